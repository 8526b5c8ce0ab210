"""Which sRGB values the color terms have: a choice of palettes, and the user's own."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QWidget

from core.base.text import without_invisible
from core.color.terms import COLOR_TERMS, CSS, PALETTES, Palette, Rgb
from gui.designer.colors.color_picker import ColorEditor
from gui.designer.colors.popover import Popover
from gui.designer.colors.swatches import SwatchRow
from gui.widgets.build import button, label, row
from gui.widgets.plain_text import OneLine
from gui.widgets.wheel import Combo

OWN_NAME = "own"
_TITLES = {"css": "CSS", "saturated": "Saturated"}


class PaletteBar(QWidget):
    """The palette's name, and a panel that edits its colors.

    Signals
    -------
    chosen(palette)
        Another palette was chosen.
    edited(palette, merge)
        A term's color or the name of an own palette was changed.
    finished
    """

    chosen = Signal(object)
    edited = Signal(object, str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = CSS
        self._own: dict[str, Palette] = {}
        self.list = Combo(self)
        self.list.setAccessibleName("Palette")
        self.list.setToolTip("Which sRGB values the eleven color terms have")
        tip = "Change the color of a term; saved with the document"
        self.edit_button = button("Edit colors…", tip, lambda: self.open_editor(), self)
        name = QLabel("&Palette", self)
        name.setBuddy(self.list)
        row(name, (self.list, 1), self.edit_button, spacing=8, on=self)
        self.panel: PalettePanel | None = None
        self.list.activated.connect(self._take_row)
        self._fill()

    def show_palette(self, palette: Palette) -> None:
        """Show the palette in use; an own one stays in the list from now on."""
        if palette == self._palette:
            return
        if self._palette.name not in PALETTES and palette.name not in (
            self._palette.name,
            *PALETTES,
        ):
            self._own.pop(self._palette.name, None)  # renamed
        self._palette = palette
        if palette.name not in PALETTES:
            self._own[palette.name] = palette
        self._fill()
        if self.panel is not None:
            self.panel.show_palette(palette)

    def open_editor(self, term: str = COLOR_TERMS[0]) -> None:
        """Open the panel at a term."""
        if self.panel is None:
            self.panel = PalettePanel(self)
            self.panel.edited.connect(self.edited)
            self.panel.finished.connect(self.finished)
            self.panel.closed.connect(self.finished)
        self.panel.show_palette(self._palette)
        self.panel.show_term(term)
        self.panel.open_at(self.edit_button)

    def _fill(self) -> None:
        self.list.clear()
        for palette in (*PALETTES.values(), *self._own.values()):
            self.list.addItem(_TITLES.get(palette.name, palette.name), palette)
            if palette.name == self._palette.name:
                self.list.setCurrentIndex(self.list.count() - 1)

    def _take_row(self, row: int) -> None:
        palette = self.list.itemData(row)
        if palette != self._palette:
            self.chosen.emit(palette)


class PalettePanel(Popover):
    """The eleven terms, and an editor for the one that is taken.

    Signals
    -------
    edited(palette, merge)
    finished
    """

    edited = Signal(object, str)
    finished = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = CSS
        self._term = COLOR_TERMS[0]
        self.name = QLineEdit(self)
        self.name.setMaxLength(40)
        OneLine(self.name)
        self.name.setAccessibleName("Name of the palette")
        self.terms = SwatchRow("Palette", self)
        self.terms.setMinimumWidth(400)
        self.editor = ColorEditor("Term", self)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Name", self.name)
        self.body.addWidget(label("Colors of the terms", "heading", self))
        self.body.addLayout(form)
        self.body.addWidget(self.terms)
        self.body.addWidget(self.editor)
        self.terms.chosen.connect(self.show_term)
        self.editor.edited.connect(self._take_color)
        self.editor.finished.connect(self.finished)
        self.name.editingFinished.connect(self._take_name)

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.terms.set_palette(palette)
        own = palette.name not in PALETTES
        self.name.setText(palette.name if own else "")
        self.name.setEnabled(own)
        self.name.setPlaceholderText(f"A copy of {_TITLES.get(palette.name, '')} is made on change")
        self.editor.show_color(palette[self._term])

    def show_term(self, term: str) -> None:
        self._term = term
        self.terms.take(term)
        self.editor.show_color(self._palette[term])

    def _take_color(self, rgb: Rgb) -> None:
        name = OWN_NAME if self._palette.name in PALETTES else self._palette.name
        colors = {**self._palette.colors, self._term: rgb}
        self.edited.emit(Palette(name, colors), f"palette {self._term}")

    def _take_name(self) -> None:
        name = without_invisible(self.name.text()).strip()
        taken = {*PALETTES, *(title.casefold() for title in _TITLES.values())}
        if not name or name.casefold() in taken:
            self.name.setText(self._palette.name)
        elif name != self._palette.name:
            self.edited.emit(msgspec.structs.replace(self._palette, name=name), "")
