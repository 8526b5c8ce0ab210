"""The list of bundled faces, each name in its own face; typing searches it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QGlyphRun,
    QPainter,
    QPainterStateGuard,
    QPalette,
    QRawFont,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.stimuli.fonts import FontFace, font_face, font_faces
from gui.widgets.wheel import Combo

_ROW = 30
_FACE_PIXELS = 17.0
_ID = Qt.ItemDataRole.UserRole
_ROLES = {"stimulus": "default set", "held-out": "held out", "extra": ""}
_Index = QModelIndex | QPersistentModelIndex


class FontCombo(Combo):
    """Chooses a face.

    The faces are read from their files one by one as they come into sight, and never enter the
    application's own fonts: the interface cannot pick one of them up by accident.

    Attributes
    ----------
    face : str
        Id of the face shown.

    Signals
    -------
    chosen(id)
        The user took a face.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        line = self.lineEdit()
        assert line is not None
        self._line = line
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(12)
        self.setMinimumContentsLength(12)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Font")
        self.setToolTip("Font of the word; type to search")
        model = QStandardItemModel(self)
        for face in font_faces().values():
            item = QStandardItem(face.title)
            item.setData(face.id, _ID)
            item.setToolTip(_describe(face))
            model.appendRow(item)
        self.setModel(model)
        self._delegate = FaceDelegate(self)
        self.setItemDelegate(self._delegate)
        self.view().setMinimumWidth(300)
        completer = QCompleter(model, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        popup = completer.popup()
        assert popup is not None
        popup.setItemDelegate(self._delegate)
        popup.setMinimumWidth(300)
        self.activated.connect(self._take_row)
        self._line.editingFinished.connect(self._take_text)
        self.face = ""

    def show_face(self, face: str) -> None:
        """Show a face that was chosen elsewhere."""
        self.face = face
        row = self.findData(face, _ID)
        self.setCurrentIndex(row)
        if row < 0:  # a document may name a face that this version does not have
            self.setEditText(face)
        self._line.setCursorPosition(0)

    def _take_row(self, row: int) -> None:
        face = self.itemData(row, _ID)
        if face and face != self.face:
            self.face = face
            self.chosen.emit(face)

    def _take_text(self) -> None:
        wanted = self.currentText().strip().casefold()
        titles = [self.itemText(row).casefold() for row in range(self.count())]
        if wanted in titles:
            self._take_row(titles.index(wanted))
        else:
            self.show_face(self.face)


class FaceDelegate(QStyledItemDelegate):
    """Draws a face's name with the face, and what it is used for beside it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        del option, index
        return QSize(260, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        face = font_face(index.data(_ID))
        palette: QPalette = option.palette
        box = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if chosen:
                painter.fillRect(box, palette.color(QPalette.ColorRole.Highlight))
            text = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
            muted = (
                QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
            )
            note = _ROLES[face.role]
            note_width = painter.fontMetrics().horizontalAdvance(note)
            painter.setPen(palette.color(muted))
            right = box.adjusted(0, 0, -10, 0)
            painter.drawText(
                right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, note
            )
            painter.setPen(palette.color(text))
            left = box.adjusted(10, 0, -note_width - 18, 0)
            painter.setClipRect(left)
            run = _run(face.id)
            if run is None:
                painter.drawText(left, Qt.AlignmentFlag.AlignVCenter, face.title)
            else:
                raw = run.rawFont()
                # Centered on the capitals, so that faces of all proportions sit on one line.
                baseline = left.center().y() + raw.capHeight() / 2
                painter.drawGlyphRun(QPointF(left.left(), baseline), run)


@lru_cache(maxsize=256)
def _run(id: str) -> QGlyphRun | None:
    """A face's title in the face itself; None if the file cannot be read."""
    face = font_face(id)
    raw = QRawFont(str(face.path), _FACE_PIXELS)
    if not raw.isValid():
        return None
    glyphs = raw.glyphIndexesForString(face.title)
    x, places = 0.0, []
    for advance in raw.advancesForGlyphIndexes(glyphs, QRawFont.LayoutFlag.KernedAdvances):
        places.append(QPointF(x, 0.0))
        x += advance.x()
    run = QGlyphRun()
    run.setRawFont(raw)
    run.setGlyphIndexes(glyphs)
    run.setPositions(places)
    return run


def _describe(face: FontFace) -> str:
    use = {
        "stimulus": "one of the faces of the word sets",
        "held-out": "never shown to the embedded model in training",
        "extra": "offered here only",
    }[face.role]
    capitals = "\nLower case letters are drawn as capitals" if face.caps_only else ""
    return f"{face.title} ({face.category}): {use}{capitals}"
