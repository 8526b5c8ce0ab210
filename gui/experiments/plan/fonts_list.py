"""Which faces words are set in."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from core.stimuli.fonts import font_faces, stimulus_fonts
from gui.widgets.build import button, column, label, row

_ID = Qt.ItemDataRole.UserRole


class FontsList(QWidget):
    """All bundled faces with a check box each.

    Signals
    -------
    edited(tuple)
        Ids of the checked faces.
    """

    edited = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Fonts of the words")
        self.list.setMinimumHeight(76)
        standard = stimulus_fonts()
        for face in sorted(font_faces().values(), key=lambda face: face.id not in standard):
            title = f"{face.title} (capitals only)" if face.caps_only else face.title
            item = QListWidgetItem(title, self.list)
            item.setData(_ID, face.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        self.count = label("", "muted", self)
        tip = "The bold face of each family that is meant for stimuli"
        self.standard = button("Default set", tip, lambda: self._choose(stimulus_fonts()), self)
        column((self.list, 1), row((self.count, 1), self.standard), on=self, spacing=4)
        self.list.itemChanged.connect(lambda _item: self._tell())

    @property
    def checked(self) -> tuple[str, ...]:
        """Ids of the checked faces, in the list's order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return tuple(
            str(item.data(_ID)) for item in items if item.checkState() == Qt.CheckState.Checked
        )

    def show_fonts(self, fonts: Collection[str]) -> None:
        """Check these faces without reporting it as an edit."""
        with QSignalBlocker(self.list):
            for row in range(self.list.count()):
                item = self.list.item(row)
                wanted = item.data(_ID) in fonts
                state = Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked
                if item.checkState() != state:
                    item.setCheckState(state)
        self._show_count()

    def _choose(self, fonts: Collection[str]) -> None:
        self.show_fonts(fonts)
        self._tell()

    def _tell(self) -> None:
        self._show_count()
        self.edited.emit(self.checked)

    def _show_count(self) -> None:
        self.count.setText(f"{len(self.checked)} of {self.list.count()} fonts")
