"""Single thresholds: what they are called and mean, and a slider with a number for each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QWidget

from gui.look.theme import number_font
from gui.widgets.build import label, row
from gui.widgets.numbers import DecimalSpin
from gui.widgets.wheel import Slider


@dataclass(frozen=True)
class ThresholdSetting:
    """A threshold to move; `field` is that of `TypeThresholds`."""

    field: str
    title: str
    tip: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    decimals: int = 2


TOP = ThresholdSetting(
    "top",
    "Top images N",
    "How many of its strongest images an index of a neuron looks at.\n"
    "The census keeps 300 of each neuron, so that this moves without another one.",
    1,
    300,
    1,
    0,
)
COLOR = ThresholdSetting(
    "color",
    "Color f ≥",
    "Color neurons: the least share of the weight of the top images in which one color is the\n"
    "font’s or the background’s. Chance is 0.18.",
)
WORD = ThresholdSetting(
    "word",
    "Color word f ≥",
    "Color-word neurons: the least share of the weight of the top images with one written word.\n"
    "Chance is 0.09.",
)
MULTIMODAL = ThresholdSetting(
    "multimodal",
    "Multimodal Σf ≥",
    "Color multimodal neurons: the least sum of one color’s shares as word, font and background.\n"
    "Chance is 0.27; the three add up to 1 at most.",
)
SLOT = ThresholdSetting(
    "multimodal_slot",
    "… each slot ≥",
    "Color multimodal neurons: the least share in each of the slots word, font and background.\n"
    "Above 1/3 no neuron can be color multimodal.",
)
ACTIVATED = ThresholdSetting(
    "activated",
    "Not activated <",
    "A neuron whose maximum on Stroop images is below this times its maximum on natural\n"
    "pictures is not activated.",
)
ANY_WORD = ThresholdSetting(
    "any_word",
    "Any word ≥ ×",
    "A neuron of any word is at least this many times stronger on words than on shapes in the\n"
    "same colors.",
    0.0,
    10.0,
    0.1,
    1,
)
POPULATION = ThresholdSetting(
    "population",
    "Population f ≥",
    "Population code: how many colors share a neuron. A color counts from this share on.\n"
    "It decides no type.",
)
SELECTIVE = ThresholdSetting(
    "color_selective",
    "Color selective ≥",
    "Cut-off of the color selectivity α: the share of its answer that a neuron loses in gray.\n"
    "No published value could be verified, so the whole histogram is shown.",
)
STRONGLY = ThresholdSetting(
    "strongly_selective",
    "Second mark ≥",
    "A second mark on the scale of the color selectivity; it decides nothing.",
)


class ThresholdSlider(QWidget):
    """A threshold: its name, a slider, and its number to type."""

    moved = Signal(str, float)

    def __init__(self, threshold: ThresholdSetting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._threshold = threshold
        self.label = label(threshold.title, "", self)
        self.label.setFixedWidth(112)
        self.slider = Slider(Qt.Orientation.Horizontal, self)
        low, high, step = threshold.low, threshold.high, threshold.step
        self.slider.setRange(round(low / step), round(high / step))
        self.slider.setPageStep(max(1, (self.slider.maximum() - self.slider.minimum()) // 10))
        self.slider.setMinimumWidth(60)
        decimals = threshold.decimals
        self.spin = DecimalSpin(threshold.title, low, high, step, decimals=decimals, parent=self)
        self.spin.setFont(number_font())
        self.spin.setFixedWidth(72)
        self.spin.lineEdit().setTextMargins(2, 0, 0, 0)
        row(self.label, (self.slider, 1), self.spin, on=self)
        name = threshold.title.strip("… ")
        for widget in (self.label, self.slider, self.spin):
            widget.setToolTip(threshold.tip)
            widget.setAccessibleName(name)
        self.slider.valueChanged.connect(self._on_slider)
        self.spin.valueChanged.connect(self._on_spin)

    @property
    def value(self) -> float:
        return self.spin.value()

    def set_highest(self, high: float) -> None:
        """Let the value go as far as that."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.slider.setMaximum(round(high / self._threshold.step))
            self.spin.setRange(self._threshold.low, high)

    def show_value(self, value: float) -> None:
        """Show a value without reporting it as moved."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.slider.setValue(round(value / self._threshold.step))
            self.spin.show_value(value)

    def _on_slider(self, place: int) -> None:
        value = round(place * self._threshold.step, self._threshold.decimals)
        with QSignalBlocker(self.spin):
            self.spin.setValue(value)
        self.moved.emit(self._threshold.field, value)

    def _on_spin(self, value: float) -> None:
        value = round(value, self._threshold.decimals)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(value / self._threshold.step))
        self.moved.emit(self._threshold.field, value)
