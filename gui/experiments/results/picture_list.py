"""The images of a cell as a grid: each with its answer, the probability and the margin."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPainterStateGuard,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.results.text.percent import percent
from gui.experiments.results.picture_loader import Thumbnail
from gui.experiments.row_list import Index, RowList, RowModel, row_at
from gui.look.theme import Theme, number_font
from gui.widgets.words import condition_text

_SIDE, _MARGIN = 84, 6
_SMALL_POINTS = 8.5
_SHOWN_LABELS = 4

ROLE_TEXTS = {
    "figure": "color of the object",
    "background": "background",
    "written": "written word",
    "none": "neither shown nor written",
}


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints an image and two lines below it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strong = number_font(_SMALL_POINTS)
        self._strong.setWeight(QFont.Weight.DemiBold)
        self._small = number_font(_SMALL_POINTS)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        line = QFontMetricsF(self._strong).height()
        return QSize(_SIDE + 2 * _MARGIN, round(_SIDE + 2 * line + 3 * _MARGIN))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        thumbnail: Thumbnail = row_at(index)
        tokens = self._theme.tokens
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            area = QRectF(option.rect).adjusted(1, 1, -1, -1)
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            if selected or option.state & QStyle.StateFlag.State_MouseOver:
                painter.setPen(QPen(QColor(tokens.accent if selected else tokens.border), 1.5))
                painter.setBrush(QColor(tokens.accent_soft if selected else tokens.raised))
                painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            left = area.left() + (area.width() - _SIDE) / 2
            picture = QRectF(left, area.top() + _MARGIN - 1, _SIDE, _SIDE)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(picture, thumbnail.image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QColor(tokens.border_strong))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(picture.adjusted(-1, -1, 0, 0))
            line = QRectF(area.left() + 2, picture.bottom() + 4, area.width() - 4, 0)
            line.setHeight(QFontMetricsF(self._strong).height())
            painter.setPen(QColor(tokens.text))
            self._write(painter, line, answer_text(thumbnail), self._strong)
            painter.setPen(QColor(tokens.muted))
            line.translate(0, line.height())
            self._write(painter, line, margin_text(thumbnail), self._small)

    def _write(self, painter: QPainter, box: QRectF, text: str, font: QFont) -> None:
        painter.setFont(font)
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


class ThumbnailList(RowList):
    """The grid.

    Signals
    -------
    opened(thumbnail)
        Clicked, or Enter pressed on it.
    page_wanted(step)
        Page Up (−1) or Page Down (+1).
    left()
        Escape.
    """

    opened = Signal(object)
    page_wanted = Signal(int)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        pictures, delegate = RowModel(_texts, id), ThumbnailDelegate(theme)
        super().__init__("Images of the cell", pictures, delegate, theme, parent)
        self.setObjectName("thumbnails")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSpacing(2)
        self.clicked.connect(self._open)

    def show_page(self, thumbnails: Sequence[Thumbnail]) -> None:
        """Show the images of a page."""
        self.rows.show(thumbnails)
        self.scrollToTop()

    def minimumSizeHint(self) -> QSize:
        return QSize(_SIDE + 2 * _MARGIN + 20, 64)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.page_wanted.emit(-1 if event.key() == Qt.Key.Key_PageUp else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(row_at(index))


def _texts(thumbnail: Thumbnail) -> tuple[str, str, str]:
    named = f"{condition_text(thumbnail.answer.condition)}: {answer_text(thumbnail)}"
    return named, details(thumbnail), named


def answer_text(thumbnail: Thumbnail) -> str:
    """The answer and its probability, e.g. ``"blue 61 %"``."""
    return f"{thumbnail.answer.answer} {percent(thumbnail.probability, 0)}"


def margin_text(thumbnail: Thumbnail) -> str:
    """How clear the answer is."""
    answer = thumbnail.answer
    if answer.ties > 1:
        return f"tied, {answer.ties} labels"
    if answer.margin is None:
        return "only label"
    if answer.close:
        return "too close to call"
    return f"margin {percent(answer.margin, 0)}"


def details(thumbnail: Thumbnail) -> str:
    """Everything about an image, line by line."""
    answer = thumbnail.answer
    ranked = sorted(
        zip(thumbnail.labels, answer.probabilities, strict=True), key=lambda pair: -pair[1]
    )
    shown = ", ".join(f"{label} {percent(p, 1)}" for label, p in ranked[:_SHOWN_LABELS])
    role = " and ".join(ROLE_TEXTS[role] for role in answer.role.split("+"))
    return "\n".join(
        [
            condition_text(answer.condition),
            f"Answer {answer.answer}: {role}",
            f"{margin_text(thumbnail)}, cosine {answer.cosine:.3f}",
            shown,
            f"Image {answer.index:,}, sample {answer.sample}",
            "Click to open it in the Designer with its prompt.",
        ]
    )
