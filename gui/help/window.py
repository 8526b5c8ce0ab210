"""The window of the user guide: pages and search at the left, the page at the right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSplitter, QWidget

from gui.help.browser import GuideBrowser, page_of_link
from gui.help.guide import Page, read_pages, search
from gui.look.theme import Theme
from gui.widgets.build import Call, IconButton, SearchField, column, label, row
from gui.widgets.elided_label import ElidedLabel

_PLACE = Qt.ItemDataRole.UserRole
_Place = tuple[str, str]  # name of a page, anchor of a heading


class GuideWindow(QWidget):
    """A window of its own beside the main one, which stays usable and closes it when it goes."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._theme = theme
        self.pages = read_pages()
        self._by_name = {page.name: page for page in self.pages}
        self._past: list[tuple[Page, str]] = []
        self._future: list[tuple[Page, str]] = []
        self._here: tuple[Page, str] | None = None
        self.setWindowTitle("User guide")
        self.setWindowIcon(theme.icon("app"))
        self.setObjectName("guideWindow")
        tip = "Words in any order; Ctrl+F comes here"
        self.query = SearchField("Search the user guide", "Search the guide", tip, self)
        self.query.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Pages of the user guide")
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        nothing = "No page has all of these words."
        self.nothing = label(nothing, "muted", self, wraps=True, shown=False)
        self.back = self._tool("previous", "Back (Alt+Left)", lambda: self._turn(-1))
        self.forward = self._tool("next", "Forward (Alt+Right)", lambda: self._turn(1))
        self.title = ElidedLabel("heading", self)
        self.browser = GuideBrowser(theme, self)
        self._arrange()
        self._connect()
        self._restyle()
        self._show_list("")
        self.resize(1060, 720)
        self.open_page("index")

    def open_page(self, name: str, anchor: str = "") -> None:
        """Show a page by its name, from a heading on."""
        page = self._by_name.get(name)
        if page is None:
            self.title.show_text("The user guide is not installed with this program.")
            return
        self._visit(page, anchor)

    def come(self) -> None:
        """Show the window in front, ready to read."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.browser.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.query and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                row = max(0, min(self.list.count() - 1, self.list.currentRow() + step))
                self.list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.count():
                if self.list.currentRow() < 0:
                    self.list.setCurrentRow(0)
                self.browser.setFocus()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.query.text():
                self.query.clear()
            else:
                self.close()
        else:
            super().keyPressEvent(event)

    # --- inside ---

    def _arrange(self) -> None:
        side = QWidget(self)
        side.setMinimumWidth(220)
        margins = (12, 10, 0, 12)
        column(self.query, (self.list, 1), self.nothing, spacing=8, margins=margins, on=side)
        page = QWidget(self)
        head = row(self.back, self.forward, (self.title, 1), margins=(8, 0, 12, 0))
        column(head, (self.browser, 1), margins=(0, 8, 0, 0), on=page)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(9)
        split.addWidget(side)
        split.addWidget(page)
        split.setStretchFactor(1, 1)
        split.setSizes([270, 790])
        column(split, on=self)

    def _connect(self) -> None:
        self.query.textChanged.connect(self._show_list)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.browser.anchorClicked.connect(self._follow)
        self._theme.changed.connect(self._restyle)
        for keys, handler in (
            ("Ctrl+F", self._find),
            ("Alt+Left", lambda: self._turn(-1)),
            ("Alt+Right", lambda: self._turn(1)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(handler)

    def _find(self) -> None:
        self.query.setFocus()
        self.query.selectAll()

    def _show_list(self, query: str) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        if query.strip():
            for hit in search(self.pages, query):
                section = hit.section
                where = "" if section.title == hit.page_title else f" — {hit.page_title}"
                self._add(f"{section.title}{where}\n{hit.excerpt}", section.page, section.anchor)
        else:
            for page in self.pages:
                self._add(page.title, page.name, "")
            self._mark_page()
        self.nothing.setVisible(not self.list.count())
        self.list.blockSignals(False)

    def _add(self, text: str, page: str, anchor: str) -> None:
        item = QListWidgetItem(text, self.list)
        item.setData(_PLACE, (page, anchor))
        item.setToolTip(text.partition("\n")[0])

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            place: _Place = item.data(_PLACE)
            self.open_page(*place)

    def _follow(self, url: QUrl) -> None:
        page = self.browser.page
        assert page is not None
        target, anchor = page_of_link(page, url)
        if target is not None:
            self._visit(target, anchor)
        elif url.scheme() in ("http", "https"):
            self.browser.open_outside(url)

    def _visit(self, page: Page, anchor: str) -> None:
        if self._here == (page, anchor) and self.browser.page is page:
            self.browser.go_to(anchor)
            return
        if self._here is not None:
            self._past.append(self._here)
        self._future.clear()
        self._show(page, anchor)

    def _turn(self, way: int) -> None:
        source, target = (self._past, self._future) if way < 0 else (self._future, self._past)
        if source and self._here is not None:
            target.append(self._here)
            self._show(*source.pop())

    def _show(self, page: Page, anchor: str) -> None:
        self._here = (page, anchor)
        self.browser.show_page(page, anchor)
        self.title.show_text(page.title)
        self.back.setEnabled(bool(self._past))
        self.forward.setEnabled(bool(self._future))
        if not self.query.text().strip():
            self._mark_page()

    def _mark_page(self) -> None:
        if self._here is None:
            return
        name = self._here[0].name
        self.list.blockSignals(True)
        rows = [r for r in range(self.list.count()) if self.list.item(r).data(_PLACE)[0] == name]
        self.list.setCurrentRow(rows[0] if rows else -1)
        self.list.blockSignals(False)

    def _tool(self, icon: str, tip: str, handler: Call) -> IconButton:
        made = IconButton(self._theme, icon, tip, handler, self, side=16)
        made.setEnabled(False)
        return made

    def _restyle(self) -> None:
        background = self._theme.tokens.background
        self.setStyleSheet(f"QWidget#guideWindow {{ background: {background}; }}")
