"""The thresholds of a figure as sliders that move it at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from core.units.features.crop_shares import MINIMUM_SHARE
from core.units.thresholds import TypeThresholds
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.threshold_sliders import ThresholdSetting, ThresholdSlider
from gui.widgets.build import STRETCH, button, column, label, row, tell

_WIDE = 530
"""Two columns from this width on."""


class ThresholdsPanel(QWidget):
    """Sliders in one or two columns, and a button that goes back to the defaults.

    Parameters
    ----------
    more : sequence of ThresholdSetting
        Those that show only when they are asked for.
    covering : bool
        Offer to count a label only where its part of the picture covers enough of the crop.
    """

    def __init__(
        self,
        shown_census: ShownCensus,
        threshold_sliders: Sequence[ThresholdSetting],
        more: Sequence[ThresholdSetting] = (),
        covering: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shown_census = shown_census
        self._columns = 0
        self.setAccessibleName("Thresholds")
        self.threshold_sliders = {
            threshold.field: ThresholdSlider(threshold, self)
            for threshold in (*threshold_sliders, *more)
        }
        self.covering = QCheckBox(f"Only labels that cover {MINIMUM_SHARE:.0%} of the crop", self)
        self.covering.setToolTip(
            "Off: the labels of an image count, whatever a neuron can see of it.\n"
            "On: a word, font or background counts only where it covers enough of what the neuron "
            "sees.\nWords have to be drawn for that, which takes a while the first time."
        )
        self.covering.setVisible(covering)
        self._hidden: list[QWidget] = [self.threshold_sliders[one.field] for one in more]
        self._hidden += [self.covering] * covering
        self._hidden_fields = [threshold.field for threshold in more] + ["slot_share"] * covering
        self._fields = [threshold.field for threshold in threshold_sliders] + self._hidden_fields
        self.more = button("", parent=self, role="flat")
        self.more.setCheckable(True)
        self.more.setVisible(bool(self._hidden))
        self.more.toggled.connect(lambda _on: self._show_hidden())
        tip = "Put the thresholds of this figure back to their defaults"
        self.reset = button("Defaults", tip, self._reset, self, role="flat")
        self.problem = label("", "problem", self, wraps=True, shown=False)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(2)
        buttons = row(self.more, STRETCH, self.reset, spacing=2)
        column(self._grid, buttons, self.problem, spacing=2, on=self)
        for slider in self.threshold_sliders.values():
            slider.moved.connect(self._on_moved)
        self.covering.clicked.connect(
            lambda on: shown_census.set_thresholds(slot_share=MINIMUM_SHARE if on else 0.0)
        )
        shown_census.thresholds_changed.connect(self.show_thresholds)
        shown_census.loaded.connect(lambda _data: self.show_thresholds(shown_census.thresholds))
        shown_census.problem.connect(lambda error: tell(self.problem, str(error)))
        shown_census.changed.connect(lambda _indices: tell(self.problem, ""))
        self._arrange(1)
        self._show_hidden()
        self.show_thresholds(shown_census.thresholds)

    def show_thresholds(self, thresholds: TypeThresholds) -> None:
        """Show thresholds without reporting them as moved."""
        for field, slider in self.threshold_sliders.items():
            slider.show_value(getattr(thresholds, field))
        self.covering.setChecked(thresholds.slot_share > 0)
        self.reset.setEnabled(bool(self._changed(self._fields)))
        changed = len(self._changed(self._hidden_fields))
        text = "Fewer thresholds" if self.more.isChecked() else "More thresholds"
        # What decides a figure is never out of sight without a word.
        self.more.setText(f"{text} ({changed} changed)" if changed else text)

    def minimumSizeHint(self) -> QSize:
        # That of one column: two must not keep the panel from getting narrower again.
        widest = max(slider.minimumSizeHint().width() for slider in self.threshold_sliders.values())
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= _WIDE else 1)

    def _changed(self, fields: Sequence[str]) -> list[str]:
        """Fields that differ from their defaults."""
        present, defaults = self._shown_census.thresholds, self._shown_census.defaults
        return [field for field in fields if getattr(present, field) != getattr(defaults, field)]

    def _show_hidden(self) -> None:
        for widget in self._hidden:
            widget.setVisible(self.more.isChecked())
        self.show_thresholds(self._shown_census.thresholds)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        widgets: list[QWidget] = list(self.threshold_sliders.values())
        widgets += [self.covering] * (self.covering in self._hidden)
        for widget in widgets:
            self._grid.removeWidget(widget)
        for number, widget in enumerate(widgets):
            self._grid.addWidget(widget, *divmod(number, columns))
        for place in range(2):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)

    def _on_moved(self, field: str, value: float) -> None:
        kind = type(getattr(self._shown_census.thresholds, field))
        self._shown_census.set_thresholds(**{field: kind(value)})

    def _reset(self) -> None:
        defaults = msgspec.structs.asdict(self._shown_census.defaults)
        self._shown_census.set_thresholds(**{field: defaults[field] for field in self._fields})
