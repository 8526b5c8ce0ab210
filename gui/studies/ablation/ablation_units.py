"""Which units are silenced: choose more, switch selections on and off, and to which constant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from core.ablation.ablation_file import write_ablation
from core.ablation.choosing import by_layer
from core.ablation.setup import AblationSetup, UnitSelection
from core.base.errors import LabError
from core.network.layer import block_outputs
from core.units.neuron_indices import NeuronIndices
from core.units.query import Found, search
from core.units.type_histogram import CATEGORIES
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.jobs.background import Background
from gui.widgets.build import (
    STRETCH,
    IconButton,
    SearchField,
    button,
    column,
    label,
    once,
    row,
    scrolling,
    tell,
)
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.wheel import Combo
from gui.widgets.words import count_text

_PAUSE = 200  # milliseconds of typing
_ROW_HEIGHT = 30
_SHOWN_ROWS = 4

MEAN_TIP = (
    "Each neuron gives its mean over the natural pictures of the census, in every position. "
    "Milder than zero: what comes after still gets a usual value."
)
ZERO_TIP = "Each neuron gives 0 in every position, whatever the picture."


class UnitChooser(QWidget):
    """Type, layers and a search, and a button that adds what they find."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._mask: NDArray[np.bool_] | None = None
        tip = "Neurons of one type, as the inspector tells them"
        self.type = Combo(self, "Type of the neurons to silence", tip, letters=8)
        tip = "Neurons of one layer, of one part of the network, or of all"
        self.layers = Combo(self, "Layers of the neurons to silence", tip, letters=8)
        for box in (self.type, self.layers):
            box.activated.connect(self.refresh)
        self.search = SearchField(
            "Search of the neurons to silence",
            "Search: word > 0.9, or layer4.1#17",
            "As in the inspector: an index above a threshold (word > 0.9, font red > 0.5,\n"
            "selectivity > 0.4), layers (layer4.*), single neurons (layer4.1#17)",
            self,
        )
        tip = "Add these neurons to those that are silenced"
        self.add = button("Add neurons", tip, self._take, self)
        self.note = label("", "muted", self, wraps=True)
        self._pause = once(_PAUSE, self.refresh, self)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.search.returnPressed.connect(self._take)
        boxes = row((self.type, 1), (self.layers, 1), spacing=4)
        line = row((self.search, 1), self.add, spacing=4)
        column(boxes, line, self.note, spacing=5, on=self)
        lab.ablation.readings_changed.connect(self._fill)
        lab.closing.connect(self._pause.stop)
        self._fill()

    def refresh(self) -> None:
        """Count what would be added."""
        self._pause.stop()
        indices = self._lab.ablation.indices
        self._mask = None
        if indices is None:
            self.add.setText("Add neurons")
            self.add.setEnabled(False)
            self.note.setText(
                "Neurons are chosen from a census: take or open one in the Inspector (Alt+3)."
            )
            return
        found: Found = search(self.search.text(), indices.table())
        mask = found.mask.copy()
        category = self.type.currentData()
        if category is not None and indices.categories is not None:
            mask &= indices.categories == category
        wanted = self.layers.currentData()
        if wanted:
            names = [layer.name for layer in indices.census.layers]
            places = [names.index(name) for name in wanted]
            mask &= np.isin(indices.census.layer_numbers, places)
        count = int(np.count_nonzero(mask))
        self._mask = mask if count else None
        self.add.setEnabled(bool(count))
        self.add.setText(f"Add {count_text(count, 'neuron')}")
        tell(self.note, found.problems)

    def _fill(self) -> None:
        indices = self._lab.ablation.indices
        for widget in (self.type, self.layers, self.search):
            widget.setEnabled(indices is not None)
        kept = self.type.currentIndex(), self.layers.currentText()
        self.type.offer([("All types", None)])
        self.layers.offer([("All layers", ())])
        if indices is not None:
            self._fill_types(indices)
            self._fill_layers(indices)
        self.type.setCurrentIndex(max(0, min(kept[0], self.type.count() - 1)))
        self.layers.setCurrentIndex(max(0, self.layers.findText(kept[1])))
        self.note.setVisible(indices is None)
        self.refresh()

    def _fill_types(self, indices: NeuronIndices) -> None:
        codes = indices.categories
        if codes is None:
            return
        for code, name in enumerate(CATEGORIES):
            number = int(np.count_nonzero(codes == code))
            self.type.addItem(f"{name.capitalize()} · {number:,}", code)

    def _fill_layers(self, indices: NeuronIndices) -> None:
        layers = indices.census.layers
        blocks = tuple(layer.name for layer in block_outputs(layers))
        if blocks and len(blocks) < len(layers):
            self.layers.addItem("Outputs of all blocks", blocks)
        for group in dict.fromkeys(layer.group for layer in layers):
            members = tuple(layer.name for layer in layers if layer.group == group)
            if len(members) > 1:
                self.layers.addItem(f"{group}, all", members)
            inside = tuple(name for name in members if name in blocks)
            if 1 < len(inside) < len(members):
                self.layers.addItem(f"{group}, outputs of its blocks", inside)
        for layer in layers:
            self.layers.addItem(layer.name, (layer.name,))

    def _take(self) -> None:
        self.refresh()
        indices = self._lab.ablation.indices
        if indices is None or self._mask is None:
            return
        parts = [
            self.type.currentText().split(" · ")[0].lower() if self.type.currentIndex() else "",
            self.layers.currentText() if self.layers.currentIndex() else "",
            self.search.text().strip(),
        ]
        title = " · ".join(part for part in parts if part) or "all neurons"
        info = indices.census.record.model
        self._lab.ablation.add(title, by_layer(indices, self._mask), info)


class SelectionRow(QWidget):
    """One selection: on or off, its name and counts, and a button that gives it up."""

    def __init__(
        self, lab: LabContext, place: int, selection: UnitSelection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.check = QCheckBox(self)
        self.check.setChecked(selection.on)
        self.check.setAccessibleName(f"Silence {selection.title}")
        self.check.setToolTip("Off leaves these neurons alone, without forgetting them")
        self.check.toggled.connect(lambda on: lab.ablation.switch_selection(place, on))
        counts = ", ".join(f"{part.layer}: {len(part.units):,}" for part in selection.parts)
        self.name = ElidedLabel("", self)
        self.name.show_text(f"{selection.title} · {count_text(len(selection), 'neuron')}", counts)
        tip = "Give this selection up; Undo brings it back"
        remove = lab.ablation.remove
        self.remove = IconButton(lab.theme, "close", tip, lambda: remove(place), self, side=12)
        self.remove.setAccessibleName(f"Remove {selection.title}")
        row(self.check, (self.name, 1), self.remove, margins=(6, 0, 4, 0), on=self)
        self.setFixedHeight(_ROW_HEIGHT)


class UnitsPanel(QWidget):
    """The selections of the document and how they are silenced."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown: AblationSetup | None = None
        self.switch = QCheckBox("Silence neurons", self)
        self.switch.setToolTip(
            "Ablation: the chosen neurons give a constant instead of what they see, in a copy of "
            "the model. Nothing else in the lab is affected."
        )
        constants = (("to zero", "zero", ZERO_TIP), ("to their mean", "mean", MEAN_TIP))
        self.constant = Combo(self, "What silenced neurons give", entries=constants)
        tip = "Give all selections up; Undo brings them back"
        self.clear = button("Remove all", tip, lab.ablation.clear, self, role="flat")
        tip = "Save the silenced neurons with their constants, for “main.py run … --ablation FILE”"
        self.save = button("Save…", tip, self._save, self, role="flat", name="Save the ablation")
        self.ask_path: Callable[[Path, str], Path | None] = self._dialog
        self._background = Background(self)
        self.chooser = UnitChooser(lab, self)
        self.counts = label("", "", self, wraps=True)
        self.problem = label("", "warning", self, wraps=True)
        self.rows: list[SelectionRow] = []
        self._inside = QWidget(self)
        self._list = column(spacing=0, on=self._inside)
        self.scroll_area = scrolling(self._inside, self, sideways=True)
        self.scroll_area.setObjectName("ablationSelections")
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # keys scroll
        head = row(self.switch, self.constant, STRETCH, self.save, self.clear)
        below = (self.chooser, self.scroll_area, self.counts, self.problem)
        column(head, *below, STRETCH, on=self)
        self.switch.toggled.connect(lab.ablation.switch)
        self.constant.activated.connect(
            lambda _row: lab.ablation.set_constant(self.constant.currentData())
        )
        lab.closing.connect(self._background.stop)
        lab.ablation.changed.connect(lambda _setup: self.refresh())
        lab.ablation.means_changed.connect(self.refresh)
        lab.ablation.measuring_changed.connect(lambda _done, _total: self.refresh())
        lab.ablation.measuring_changed.connect(self._show_measuring)
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says."""
        setup = self._lab.ablation.setup
        with QSignalBlocker(self.switch):
            self.switch.setChecked(setup.on)
        self.constant.choose(setup.to)
        self.clear.setVisible(bool(setup.selections))
        self.save.setVisible(self._lab.ablation.count > 0)
        if self._shown is None or setup.selections != self._shown.selections:
            self._fill(setup)
        self._shown = setup
        self.counts.setText(_counts_text(setup, self._lab.ablation.sizes))
        tell(self.problem, self._problem())

    def _save(self) -> None:
        lab = self._lab
        try:
            content = lab.ablation.file()
        except LabError as error:
            lab.report(error)
            return
        folder = lab.document.path.parent if lab.document.path is not None else Path.home()
        path = self.ask_path(folder / "ablation.json", "Ablation (*.json)")
        if path is None:
            return
        self._background.write(
            lambda: write_ablation(path, content),
            lambda _none: lab.say(f"Saved {path.name}"),
            lambda error: lab.report(error, self._save),
        )

    def _dialog(self, suggested: Path, file_filter: str) -> Path | None:
        return ask_file(self, suggested, file_filter, "Save the ablation")

    def _problem(self) -> str:
        ablation = self._lab.ablation
        setup, info = ablation.setup, ablation.info
        if not ablation.count or info is None:
            return ""
        if not ablation.fits:
            return f"These are neurons of {setup.model}; {info.name} is in use and stays intact."
        if setup.to == "mean" and ablation.means is None and not ablation.measuring:
            return (
                "The means of the neurons are not known: they need a census with natural pictures, "
                "shown in the Inspector. Until then nothing is silenced."
            )
        return ""

    def _show_measuring(self, done: int, total: int) -> None:
        if total:
            tell(self.problem, f"Measuring the means: {done:,} of {total:,} pictures…")

    def _fill(self, setup: AblationSetup) -> None:
        focus = self.focusWidget() or self
        holds_focus = [old.isAncestorOf(focus) for old in self.rows]
        place = holds_focus.index(True) if any(holds_focus) else -1
        for old in self.rows:
            self._list.removeWidget(old)
            old.deleteLater()
        self.rows = [
            SelectionRow(self._lab, number, selection, self._inside)
            for number, selection in enumerate(setup.selections)
        ]
        for new in self.rows:
            self._list.addWidget(new)
        shown = min(len(self.rows), _SHOWN_ROWS)
        self.scroll_area.setFixedHeight(shown * _ROW_HEIGHT + 2)
        self.scroll_area.setVisible(bool(self.rows))
        if 0 <= place < len(self.rows):
            self.rows[place].check.setFocus()


def _counts_text(setup: AblationSetup, sizes: dict[str, int]) -> str:
    units = setup.units()
    if not units:
        return "No neuron is chosen yet." if not setup.selections else "No selection is on."
    total = sum(len(numbers) for numbers in units.values())
    parts = [
        f"{layer} {len(numbers):,}" + (f" of {sizes[layer]:,}" if layer in sizes else "")
        for layer, numbers in units.items()
    ]
    shown = ", ".join(parts[:6]) + (f" and {len(parts) - 6} more layers" if len(parts) > 6 else "")
    return f"{count_text(total, 'neuron')}: {shown}."
