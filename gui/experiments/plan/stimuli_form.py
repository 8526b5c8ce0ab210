"""The settings of a plan's stimuli, as a form."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from core.color.terms import PALETTES, Palette
from core.stimuli.sampling import MAX_SEED
from gui.experiments.plan.draft import SET_TITLES, PlanDraft
from gui.experiments.plan.elided_combo import ElidedCombo
from gui.widgets.numbers import NumberEntry, NumberRule
from gui.widgets.plain_text import OneLine

_GEOMETRY_TIP = (
    "Crossed: sample k of a word or shape has one place and size in all its colors,\n"
    "so that colors are compared pair by pair.\n"
    "Independent: each image has its own."
)
_PALETTE_TITLES = {"css": "CSS", "saturated": "Saturated"}


class StimuliForm(QWidget):
    """Title, set, palette, seed, geometry, spelling and use of white.

    Signals
    -------
    edited(fields)
        A dict of fields of `PlanDraft` with their new values.
    """

    edited = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palettes: list[Palette] = list(PALETTES.values())
        self._document: Palette | None = None
        self._present: Palette | None = None
        self.title = QLineEdit(self)
        self.title.setMaxLength(120)
        OneLine(self.title)
        self.title.setPlaceholderText("Named by itself")
        kinds = [(title, kind) for kind, title in SET_TITLES.items()]
        self.kind = ElidedCombo(self, entries=kinds, letters=8)
        self.palette_list = ElidedCombo(self, letters=8)
        self.seed = QLineEdit(self)
        self.seed_entry = NumberEntry(self.seed, NumberRule(0, MAX_SEED))
        geometries = (("Crossed: one for all colors", "crossed"), ("Independent", "independent"))
        self.geometry_kind = ElidedCombo(self, entries=geometries, letters=8)
        spellings = (("gray", "gray"), ("grey", "grey"))
        self.gray = ElidedCombo(self, entries=spellings, letters=8)
        self.white_backgrounds = QCheckBox("White backgrounds", self)
        self.white_word = QCheckBox("The word “white”", self)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(10)
        self._form.setVerticalSpacing(5)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field, tip in (
            ("Na&me", self.title, "What to call the run"),
            ("S&et", self.kind, "Which objects are shown, in which pairs of colors"),
            (
                "Pale&tte",
                self.palette_list,
                "Which sRGB values the eleven color terms have; your own are made in the Designer",
            ),
            ("See&d", self.seed, "The same seed gives the same images again"),
            ("&Geometry", self.geometry_kind, _GEOMETRY_TIP),
            ("Gray is &written", self.gray, "A text encoder takes them for different words"),
        ):
            self._form.addRow(name, field)
            field.setToolTip(tip)
            self._form.labelForField(field).setToolTip(tip)
            field.setAccessibleName(name.replace("&", ""))
        self._form.addRow("", self.white_backgrounds)
        self._form.addRow("", self.white_word)
        self.white_backgrounds.setToolTip("Off: 450,000 instead of 495,000 images at 500 samples")
        self.white_word.setToolTip("On: 50,000 instead of 45,000 images at 500 samples")
        self._connect()

    def _connect(self) -> None:
        tell = self.edited.emit
        self.title.textEdited.connect(lambda text: tell({"title": text.strip()}))
        self.kind.activated.connect(lambda _row: tell({"kind": self.kind.currentData()}))
        self.palette_list.activated.connect(lambda row: tell({"palette": self._palettes[row]}))
        self.seed_entry.taken.connect(lambda seed: tell({"seed": seed}))
        self.geometry_kind.activated.connect(
            lambda _row: tell({"geometry": self.geometry_kind.currentData()})
        )
        self.gray.activated.connect(lambda _row: tell({"gray": self.gray.currentData()}))
        self.white_backgrounds.toggled.connect(lambda on: tell({"white_backgrounds": on}))
        self.white_word.toggled.connect(lambda on: tell({"white_word": on}))

    def show_draft(self, draft: PlanDraft) -> None:
        """Show a draft without reporting it as an edit."""
        if self.title.text().strip() != draft.title:
            self.title.setText(draft.title)
        self.kind.choose(draft.kind)
        self.seed_entry.show(draft.seed)
        self.geometry_kind.choose(draft.geometry)
        self.gray.choose(draft.gray)
        for box, on in (
            (self.white_backgrounds, draft.white_backgrounds),
            (self.white_word, draft.white_word),
        ):
            with QSignalBlocker(box):
                box.setChecked(on)
        self._form.setRowVisible(self.gray, draft.kind != "shapes")
        self._form.setRowVisible(self.white_backgrounds, draft.kind == "stroop")
        self._form.setRowVisible(self.white_word, draft.kind == "white-stroop")
        self._present = draft.palette
        self._fill_palettes()

    def show_document_palette(self, palette: Palette) -> None:
        """Offer the document's palette beside the built-in ones."""
        self._document = palette
        self._fill_palettes()

    def _fill_palettes(self) -> None:
        known = list(PALETTES.values())
        for palette in (self._document, self._present):
            if palette is not None and palette not in known:
                known.append(palette)
        self._palettes = known
        self.palette_list.offer((self._palette_title(palette), None) for palette in known)
        if self._present in known:
            self.palette_list.setCurrentIndex(known.index(self._present))

    def _palette_title(self, palette: Palette) -> str:
        title = _PALETTE_TITLES.get(palette.name, palette.name)
        own = palette is self._document and title == palette.name
        return f"{title} (document)" if own else title
