"""The live tab: what the units of a layer do with the stimulus on the canvas, while it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QSplitter, QStackedWidget, QWidget

from core.base.errors import LabError
from core.document.document import LabDocument
from core.network.layer import Layer, Summary, summary_words
from core.network.receptive_field import box
from core.units.unit_words import Best, best_of, number_text, unit_of
from gui.context.document import asks_anew
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import NO_UNIT, ShownCensus
from gui.inspector.live.layer_tree import LayerTree, default_layer, layer_line, layer_tip
from gui.inspector.live.live_maps import LayerMaps, LiveMaps, LiveWatch
from gui.inspector.live.map_tiles import ALL, BY_NUMBER, EACH, STRONGEST, MapList
from gui.inspector.live.stimulus_overlay import StimulusOverlay
from gui.inspector.live.unit_value import UnitValue
from gui.look.theme import type_scale
from gui.widgets.build import STRETCH, button, column, once, row
from gui.widgets.notices import Explanation
from gui.widgets.sight import Seen, in_sight
from gui.widgets.wheel import Combo

_WIDE = 860
_TREE_HEIGHT, _TREE_WIDTH = 210, 390
_LEAST_LIST = 96
_OVERLAYS = ((480, 190), (360, 150), (0, 100))
"""From which height of the tab on the stimulus has which side; the last one holds at first."""
_AFTER_BARS = 4
"""Milliseconds by which the maps let the bars of the same picture be painted first."""

Watched = tuple[str, int]
"""A unit by its layer's name and its number."""


class LiveTab(Seen, QWidget):
    """Layers on top or at the side, one unit over the stimulus, the maps of all units below.

    Maps are asked for only while the tab is seen. `layer` is chosen, `unit` watched, `found` shown.
    """

    def __init__(
        self, lab: LabContext, shown_census: ShownCensus, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown_census = shown_census
        self.layer: Layer | None = None
        self._wanted = ""
        self.unit: Watched | None = None
        self.found: LiveMaps | None = None
        self._failure: LabError | None = None
        self._wide: bool | None = None
        self._latest: LiveMaps | None = None
        self._after_bars = once(_AFTER_BARS, self._show_latest, self)
        self.setObjectName("liveTab")
        self.watch = LiveWatch(lab.inference, self)
        self.choice = button("No layer", parent=self, role="menu")
        self.choice.setCheckable(True)
        self.tree = LayerTree(lab.theme, self)
        self.overlay = StimulusOverlay(lab.theme, self)
        self.veil = QCheckBox("Map on stimulus", self)
        self.veil.setChecked(True)
        self.veil.setToolTip(
            "A gray veil covers the stimulus where the neuron is weak.\n"
            "The box is what the neuron's strongest position depends on: its receptive field."
        )
        self.value = UnitValue(lab.theme, self)
        self.maps = MapList(lab.theme, self)
        orders = (("Strongest first", STRONGEST), ("By number", BY_NUMBER))
        self.order = Combo(self, "Order of the maps", entries=orders)
        tip = "White is the largest value of the map itself, or of all maps of the layer."
        scales = (("Each map by itself", EACH), ("All maps alike", ALL))
        self.scale = Combo(self, "Shades of gray", tip, scales)
        for combo in (self.order, self.scale):
            combo.setMinimumWidth(_LEAST_LIST)  # else three panes side by side ask for more
        self.explanation = Explanation(self)
        self._arrange()
        self._connect()
        self._show_state()

    # --- what can be asked from outside ---

    def choose_layer(self, name: str) -> None:
        """Look at a layer; later, if the model's layers are not known yet."""
        self._wanted = name
        layer = next((known for known in self.watch.layers if known.name == name), None)
        if layer is None or layer == self.layer:
            return
        self.tree.select(name)
        self.layer = layer
        self._failure = None
        self.found = None
        self.maps.maps.show(None)
        if not self.value.pin.isChecked():
            self.unit = None
            self._show_unit()
        self._show_state()
        self._ask()

    def watch_unit(self, layer: str, number: int) -> None:
        """Watch a unit, and look at its layer; a pinned one is let go."""
        self.value.pin.setChecked(False)
        self.choose_layer(layer)
        self._set_unit((layer, number))
        self.maps.mark_unit(number)

    # --- wiring ---

    def _arrange(self) -> None:
        self._size_overlay(0)
        top = Qt.AlignmentFlag.AlignTop
        head = row((self.overlay, 0, top), (self.value, 1), spacing=8)
        bar = row(self.veil, STRETCH, self.order, self.scale)
        shown = QWidget(self)
        column(head, bar, (self.maps, 1), on=shown)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(shown)
        self.stack.addWidget(self.explanation)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.addWidget(self.tree)
        self.splitter.addWidget(self.stack)
        self.splitter.setStretchFactor(1, 1)
        column(self.choice, (self.splitter, 1), on=self)
        self.tree.hide()

    def _size_overlay(self, height: int) -> None:
        side = next(side for least, side in _OVERLAYS if height >= least)
        self.overlay.setFixedSize(side, side)

    def _connect(self) -> None:
        lab, shown_census = self._lab, self._shown_census
        self.hear(lab.edited, self._on_edited)
        # Ask now, so that the maps come with the very forward pass of the predictions.
        self.hear(lab.inference.submitting, lambda _pixels: self._ask())
        lab.inference.model_ready.connect(self._on_model_ready)
        lab.closing.connect(self.watch.withdraw)
        shown_census.loaded.connect(self._on_census)
        shown_census.selected.connect(self._on_selected)
        self.watch.surveyed.connect(lambda _info, _layers: self._on_surveyed())
        self.watch.shown.connect(self._on_shown)
        self.watch.failed.connect(self._on_failed)
        self.choice.toggled.connect(self._show_tree)
        self.tree.chosen.connect(lambda layer: self.choose_layer(layer.name))
        self.maps.selectionModel().currentChanged.connect(self._on_current)
        self.maps.opened.connect(lambda _row: self._open_page())
        self.value.page_wanted.connect(self._open_page)
        self.value.pinned.connect(self._on_pinned)
        self.veil.toggled.connect(self.overlay.set_veiled)
        self.order.activated.connect(self._rearrange)
        self.scale.activated.connect(self._rearrange)

    def _on_edited(self, new: LabDocument, old: LabDocument) -> None:
        if asks_anew(new, old):
            self._ask()

    def on_seen(self) -> None:
        self._ask()

    def on_unseen(self) -> None:
        self.watch.withdraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size_overlay(self.height())
        wide = self.width() >= _WIDE
        if wide != self._wide:
            self._wide = wide
            self.splitter.setOrientation(
                Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
            )
            self.choice.setChecked(wide)
            self._share_room()

    def minimumSizeHint(self) -> QSize:
        """As little as with the tree above the maps, where it goes when there is less room.

        A tab behind others is not resized, so a wide one would keep the window from shrinking.
        """
        return QSize(self.stack.minimumSizeHint().width(), super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._share_room()

    def _share_room(self) -> None:
        whole, first = (self.width(), _TREE_WIDTH) if self._wide else (self.height(), _TREE_HEIGHT)
        first = round(first * type_scale(self.font()))
        self.splitter.setSizes([first, max(1, whole - first)])

    def _show_tree(self, shown: bool) -> None:
        self.tree.setVisible(shown)
        self._share_room()

    # --- asking ---

    def _ask(self) -> None:
        """Have the chosen layer recorded for the present stimulus, if anybody sees it."""
        lab = self._lab
        if not in_sight(self) or lab.inference.info is None:
            return
        if self.watch.info is not lab.inference.info:
            self.watch.survey()
            self._show_state()
            return
        pixels = lab.view.pixels
        layers = self._recorded()
        if pixels is None or not layers:
            self.watch.withdraw()
            self._show_state()
            return
        self.watch.watch(pixels, layers, self._summary())

    def _recorded(self) -> tuple[Layer, ...]:
        """The chosen layer and that of a pinned unit."""
        names = {self.layer.name} if self.layer is not None else set()
        if self.unit is not None:
            names.add(self.unit[0])
        chosen = tuple(layer for layer in self.watch.layers if layer.name in names)
        return tuple(layer for layer in chosen if layer.observable)

    def _summary(self) -> Summary:
        """How values are summed up: as in the census that they are compared with."""
        data = self._shown_census.data
        if data is not None and self._shown_census.fits(self._lab.inference.info):
            summary = data.record.summary
            if all(summary in layer.summaries for layer in self._recorded()):
                return summary
        return "max"

    def _retry(self) -> None:
        self._failure = None
        self._show_state()
        self._ask()

    def _on_model_ready(self, _info: object) -> None:
        self.watch.forget()
        self.layer = self.unit = self.found = self._failure = None
        self.value.pin.setChecked(False)
        self.maps.maps.show(None)
        self._show_unit()
        self._show_state()
        self._ask()

    def _on_surveyed(self) -> None:
        layers = self.watch.layers
        self.tree.show_layers(layers, self._lab.view.side)
        first = default_layer(layers)
        known = any(layer.name == self._wanted for layer in layers)
        self._failure = None
        self.choose_layer(self._wanted if known or first is None else first.name)
        self._show_state()

    # --- what comes back ---

    def _on_shown(self, found: LiveMaps) -> None:
        self._latest = found
        if not self._after_bars.isActive():
            self._after_bars.start()

    def _show_latest(self) -> None:
        found, self._latest = self._latest, None
        if found is not None and found.info is self.watch.info:
            self._show_maps(found)

    def _show_maps(self, found: LiveMaps) -> None:
        self._failure = None
        if self.layer is None or self.layer.name not in found.layers:
            return  # another layer was chosen since; its maps are asked for
        moved = self.found is None or self.found.pixels is not found.pixels
        self.found = found
        shown = found.layers[self.layer.name]
        self.maps.maps.show(shown)
        if self.unit is None:
            self._set_unit((self.layer.name, int(self.maps.maps.units[0])))
        if self.unit is not None and self.unit[0] == self.layer.name:
            self.maps.mark_unit(self.unit[1])
        self._show_state()
        if moved:
            self._show_value()

    def _on_failed(self, error: LabError) -> None:
        self._failure = error
        self.found = self._latest = None
        self.maps.maps.show(None)
        self._show_state()

    # --- the watched unit ---

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid() and self.layer is not None and not self.value.pin.isChecked():
            number = int(self.maps.maps.units[current.row()])
            self._set_unit((self.layer.name, number))
            self._select()

    def _set_unit(self, unit: Watched) -> None:
        if unit != self.unit:
            self.unit = unit
            self._show_unit()
            self._show_value()

    def _on_pinned(self, pinned: bool) -> None:
        if not pinned and self.layer is not None and self.unit is not None:
            if self.unit[0] != self.layer.name:
                self.unit = None
                if self.found is not None:
                    self._show_maps(self.found)

    def _census_unit(self) -> int | None:
        """The watched unit's place in the census that is shown, if that is of this model."""
        data = self._shown_census.data
        if (
            data is None
            or self.unit is None
            or not self._shown_census.fits(self._lab.inference.info)
        ):
            return None
        return unit_of(data, *self.unit)

    def _select(self) -> None:
        unit = self._census_unit()
        if unit is not None:
            self._shown_census.select(unit)

    def _open_page(self) -> None:
        unit = self._census_unit()
        if unit is not None:
            self._shown_census.open_page(unit)

    def _on_selected(self, unit: int) -> None:
        """Follow what is selected elsewhere, unless a unit is pinned."""
        data = self._shown_census.data
        if unit == NO_UNIT or data is None or self.value.pin.isChecked():
            return
        if self._shown_census.fits(self._lab.inference.info) and unit != self._census_unit():
            self.watch_unit(data.layer_of(unit).name, int(data.unit_numbers[unit]))

    def _on_census(self, _data: object) -> None:
        self._show_unit()
        self._show_value()
        self._ask()

    # --- what is shown ---

    def _rearrange(self) -> None:
        self.maps.maps.arrange(self.order.currentData(), self.scale.currentData())
        self.maps.scrollToTop()
        if self.unit is not None:
            self.maps.mark_unit(self.unit[1])

    def _show_unit(self) -> None:
        """Name the watched unit and begin its history."""
        layer = self._unit_layer()
        if self.unit is None or layer is None:
            self.value.clear()
            self.overlay.clear()
            return
        self.value.show_unit(
            f"{self.unit[0]} #{self.unit[1]}",
            summary_words(layer, self._summary()),
            self._census_unit() is not None,
        )

    def _unit_layer(self) -> Layer | None:
        if self.unit is None:
            return None
        name = self.unit[0]
        return next((layer for layer in self.watch.layers if layer.name == name), None)

    def _show_value(self) -> None:
        if self.found is None or self.unit is None or self.unit[0] not in self.found.layers:
            return
        found = self.found.layers[self.unit[0]]
        number = self.unit[1]
        best, comparison = self._best()
        self.value.show_value(float(found.values[number]), best, comparison)
        self._show_overlay(found, number)

    def _show_overlay(self, found: LayerMaps, number: int) -> None:
        assert self.found is not None
        layer, pixels = found.layer, self.found.pixels
        text = f"{layer.name} #{number}: {number_text(float(found.values[number]))}"
        if layer.positions == 1:
            text += "\nThe neuron has one value for the whole picture and no place in it."
            self.overlay.show_map(pixels, None, None, text)
            return
        seen = box(layer, int(found.positions[number]), pixels.shape[0])
        if seen.is_whole:
            text += "\nIts strongest position depends on the whole image."
        else:
            text += (
                f"\nIts strongest position depends on columns {seen.left}–{seen.right - 1}, "
                f"rows {seen.top}–{seen.bottom - 1}."
            )
        self.overlay.show_map(pixels, found.maps[number], seen, text)

    def _best(self) -> tuple[Best | None, str]:
        """The watched unit's best in the census, or why there is none to compare with."""
        data = self._shown_census.data
        if data is None:
            return None, "No census is shown, so there is no best to compare with."
        if not self._shown_census.fits(self._lab.inference.info):
            return None, f"The census shown is of another model, {data.record.model.name}."
        unit = self._census_unit()
        if unit is None:
            assert self.unit is not None
            return None, f"The census has not looked at {self.unit[0]}."
        return best_of(data, unit), ""

    def _show_state(self) -> None:
        layer = self.layer
        side = self._lab.view.side
        self.choice.setText(layer_line(layer, side) if layer is not None else "No layer")
        self.choice.setToolTip(layer_tip(layer, side) if layer is not None else "")
        reason = self._reason()
        if reason is None:
            self.stack.setCurrentIndex(0)
            return
        heading, body, retry = reason
        self.explanation.explain(heading, body, "Retry" if retry else "", retry)
        self.stack.setCurrentWidget(self.explanation)

    def _reason(self) -> tuple[str, str, Callable[[], None] | None] | None:
        """Why there are no maps; None if there are, or will be at once."""
        lab, layer = self._lab, self.layer
        if lab.inference.info is None:
            return "The model is loading.", "Its layers appear here by themselves.", None
        if self._failure is not None:
            return self._failure.message, self._failure.hint, self._retry
        if self.watch.info is not lab.inference.info:
            return "Looking for the layers of the model…", "", None
        if layer is None:
            return "The model has no layer that can be observed.", "", None
        if not layer.observable:
            return f"{layer.name} cannot be observed.", layer.reason, None
        if lab.view.error is not None:
            return lab.view.error.message, lab.view.error.hint, None
        return None
