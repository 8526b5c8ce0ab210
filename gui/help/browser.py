"""A page of the guide, drawn by Qt from its Markdown; no browser and no network is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from gui.help.guide import Page, anchor_of, read_page
from gui.look.theme import Theme
from gui.widgets.build import once

_MARGIN = 22
_SETTLE = 120
"""Milliseconds after a change of width in which pictures keep their size."""


class GuideBrowser(QTextBrowser):
    """Shows one page; pictures are never wider than the window."""

    page_shown = Signal(object)  # page

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._page: Page | None = None
        self._document: QTextDocument | None = None
        self._picture_width = 0
        self.setAccessibleName("Page of the user guide")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self._later = once(_SETTLE, self._fit, self)
        theme.changed.connect(self._draw_again)

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        return self._page

    def show_page(self, page: Page, anchor: str = "") -> None:
        """Show a page, from one of its headings on."""
        self._page = page
        self._draw()
        self.go_to(anchor)
        self.page_shown.emit(page)

    def go_to(self, anchor: str) -> bool:
        """Bring a heading to the top; the page's beginning for no or an unknown one."""
        block = self._heading(anchor) if anchor else None
        bar = self.verticalScrollBar()
        if block is None:
            bar.setValue(0)
            self.moveCursor(QTextCursor.MoveOperation.Start)
            return not anchor
        self.setTextCursor(QTextCursor(block))
        top = self.document().documentLayout().blockBoundingRect(block).top()
        bar.setValue(max(0, int(top) - _MARGIN // 2))
        return True

    def open_outside(self, url: QUrl) -> None:
        """Give an address of the network or a file to the system."""
        QDesktopServices.openUrl(url)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        if kind != QTextDocument.ResourceType.ImageResource.value or self._page is None:
            return super().loadResource(kind, name)
        path = Path(self._page.path.parent, QUrl(name).path())
        image = QImage(str(path))
        scale = self.devicePixelRatioF()
        most = round(self._picture_width * scale)
        if image.width() > most > 0:
            image = image.scaledToWidth(most, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(scale)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wanted_width() != self._picture_width:
            self._later.start()

    def _fit(self) -> None:
        if self._wanted_width() != self._picture_width:
            self._draw_again()

    def _wanted_width(self) -> int:
        return max(120, self.viewport().width() - 2 * _MARGIN - 8)

    def _draw_again(self) -> None:
        whole = max(1, self.verticalScrollBar().maximum())
        share = self.verticalScrollBar().value() / whole
        self._draw()
        self.verticalScrollBar().setValue(round(share * self.verticalScrollBar().maximum()))

    def _draw(self) -> None:
        self._picture_width = self._wanted_width()
        if self._page is None:
            return
        # A document keeps its pictures at the width at which it asked for them first.
        old, document = self._document, QTextDocument(self)
        document.setDefaultFont(self.font())
        document.setDocumentMargin(_MARGIN)
        document.setUndoRedoEnabled(False)
        document.setMarkdown(
            self._page.markdown, QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        )
        # Dressed before it is shown: a page on the screen is laid out again after each change.
        self._dress(document)
        self.setDocument(document)
        self._document = document
        if old is not None:
            old.deleteLater()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _dress(self, document: QTextDocument) -> None:
        """Room between paragraphs and rows, quiet tables, code on a ground of its own."""
        block = document.begin()
        while block.isValid():
            cursor = QTextCursor(block)
            shape = block.blockFormat()
            if shape.headingLevel():
                shape.setTopMargin(18 if shape.headingLevel() > 1 else 4)
                shape.setBottomMargin(6)
            elif not cursor.currentTable():
                shape.setLineHeight(132, 1)  # per cent
            if shape.nonBreakableLines():  # code
                shape.setBackground(self._theme.color("raised"))
                shape.setLineHeight(120, 1)
            cursor.setBlockFormat(shape)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                look = frame.format().toTableFormat()
                look.setBorder(0)
                look.setCellPadding(5)
                look.setCellSpacing(0)
                look.setTopMargin(8)
                look.setBottomMargin(10)
                look.setWidth(QTextLength())
                frame.setFormat(look)
                self._shade_rows(frame)

    def _shade_rows(self, table: QTextTable) -> None:
        """The head and every second row on a ground of their own."""
        for row in range(0, table.rows(), 2):
            for column in range(table.columns()):
                cell = table.cellAt(row, column)
                look = cell.format()
                look.setBackground(self._theme.color("raised" if row else "hover"))
                cell.setFormat(look)

    def _heading(self, anchor: str) -> QTextBlock | None:
        used: dict[str, int] = {}
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel():
                own = anchor_of(block.text())
                repeated = used.get(own, 0)
                used[own] = repeated + 1
                if anchor == (f"{own}-{repeated}" if repeated else own):
                    return block
            block = block.next()
        return None


def page_of_link(page: Page, url: QUrl) -> tuple[Page | None, str]:
    """The page and heading that a link within the guide names; no page if it leaves the guide."""
    if url.scheme() or url.authority():
        return None, ""
    if not url.path():
        return page, url.fragment()
    path = Path(page.path.parent, url.path())
    if path.suffix != ".md" or not path.is_file():
        return None, ""
    return read_page(path.resolve()), url.fragment()
