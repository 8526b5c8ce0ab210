"""The thresholds of a figure as sliders that move it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QLocale, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from core.neurons.crop_shares import MINIMUM_SHARE
from core.neurons.thresholds import TypeThresholds
from gui.inspector.book import CensusBook
from gui.theme import number_font

_WIDE = 530
"""Two columns from this width on."""


@dataclass(frozen=True)
class Knob:
    """A threshold to move.

    Attributes
    ----------
    field : str
        Of `TypeThresholds`.
    title, tip : str
    low, high : float
    step : float
    decimals : int
    """

    field: str
    title: str
    tip: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    decimals: int = 2


TOP = Knob(
    "top",
    "Top images N",
    "How many of its strongest images an index of a unit looks at.\n"
    "The census keeps 300 of each unit, so that this moves without another one.",
    1,
    300,
    1,
    0,
)
COLOR = Knob(
    "color",
    "Color f ≥",
    "Color units: the least share of the weight of the top images in which one color is the\n"
    "font’s or the background’s. Chance is 0.18.",
)
WORD = Knob(
    "word",
    "Color word f ≥",
    "Color-word units: the least share of the weight of the top images with one written word.\n"
    "Chance is 0.09.",
)
MULTIMODAL = Knob(
    "multimodal",
    "Multimodal Σf ≥",
    "Multimodal units: the least sum of one color’s shares as word, font and background.\n"
    "Chance is 0.27; the three add up to 1 at most.",
)
SLOT = Knob(
    "multimodal_slot",
    "… each slot ≥",
    "Multimodal units: the least share in each of the slots word, font and background.\n"
    "Above 1/3 no unit can be multimodal.",
)
ACTIVATED = Knob(
    "activated",
    "Not activated <",
    "A unit whose maximum on Stroop images is below this times its maximum on natural\n"
    "pictures is not activated.",
)
ANY_WORD = Knob(
    "any_word",
    "Any word ≥ ×",
    "A unit of any word is at least this many times stronger on words than on shapes in the\n"
    "same colors.",
    0.0,
    10.0,
    0.1,
    1,
)
POPULATION = Knob(
    "population",
    "Population f ≥",
    "Population code: how many colors share a unit. A color counts from this share on.\n"
    "It decides no type.",
)
SELECTIVE = Knob(
    "color_selective",
    "Color selective ≥",
    "Cut-off of the color selectivity α: the share of its answer that a unit loses in gray.\n"
    "No published value could be verified, so the whole histogram is shown.",
)
STRONGLY = Knob(
    "strongly_selective",
    "Second mark ≥",
    "A second mark on the scale of the color selectivity; it decides nothing.",
)


class ThresholdsPanel(QWidget):
    """Sliders in one or two columns, and a button that goes back to the defaults.

    Parameters
    ----------
    book : CensusBook
    knobs : sequence of Knob
    covering : bool
        Offer to count a label only where its part of the picture covers enough of the crop.
    """

    def __init__(
        self,
        book: CensusBook,
        knobs: Sequence[Knob],
        covering: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._columns = 0
        self.setAccessibleName("Thresholds")
        self.knobs = {knob.field: KnobSlider(knob, self) for knob in knobs}
        self.reset = QPushButton("Defaults", self)
        self.reset.setProperty("role", "flat")
        self.reset.setToolTip("Put the thresholds of this figure back to their defaults")
        self.reset.clicked.connect(self._reset)
        self.covering = QCheckBox(f"Only labels that cover {MINIMUM_SHARE:.0%} of the crop", self)
        self.covering.setToolTip(
            "Off: the labels of an image count, whatever a unit can see of it.\n"
            "On: a word, font or background counts only where it covers enough of what the unit "
            "sees.\nWords have to be drawn for that, which takes a while the first time."
        )
        self.covering.setVisible(covering)
        self.problem = QLabel(self)
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._grid)
        column.addWidget(self.problem)
        for slider in self.knobs.values():
            slider.moved.connect(self._on_moved)
        self._fields = [*self.knobs, *(["slot_share"] if covering else [])]
        self.covering.clicked.connect(
            lambda on: book.set_thresholds(slot_share=MINIMUM_SHARE if on else 0.0)
        )
        book.thresholds_changed.connect(self.show_thresholds)
        book.problem.connect(lambda error: self._show_problem(str(error)))
        book.changed.connect(lambda _readings: self._show_problem(""))
        self.show_thresholds(book.thresholds)
        self._arrange(1)

    def show_thresholds(self, thresholds: TypeThresholds) -> None:
        """Show thresholds without reporting them as moved."""
        defaults = self._book.defaults
        for field, slider in self.knobs.items():
            slider.show_value(getattr(thresholds, field))
        self.covering.setChecked(thresholds.slot_share > 0)
        self.reset.setEnabled(
            any(getattr(thresholds, field) != getattr(defaults, field) for field in self._fields)
        )

    def minimumSizeHint(self) -> QSize:
        # That of one column: two must not keep the panel from getting narrower again.
        widest = max(slider.minimumSizeHint().width() for slider in self.knobs.values())
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= _WIDE else 1)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        widgets: list[QWidget] = list(self.knobs.values())
        if "slot_share" in self._fields:
            widgets.append(self.covering)
        for widget in (*widgets, self.reset):
            self._grid.removeWidget(widget)
        for number, widget in enumerate(widgets):
            self._grid.addWidget(widget, *divmod(number, columns))
        place = divmod(len(widgets), columns)
        self._grid.addWidget(self.reset, *place, Qt.AlignmentFlag.AlignRight)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def _on_moved(self, field: str, value: float) -> None:
        kind = type(getattr(self._book.thresholds, field))
        self._book.set_thresholds(**{field: kind(value)})

    def _reset(self) -> None:
        defaults = msgspec.structs.asdict(self._book.defaults)
        self._book.set_thresholds(**{field: defaults[field] for field in self._fields})

    def _show_problem(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))


class KnobSlider(QWidget):
    """A threshold: its name, a slider, and its number to type.

    Signals
    -------
    moved(field, value)
    """

    moved = Signal(str, float)

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._knob = knob
        self.label = QLabel(knob.title, self)
        self.label.setFixedWidth(112)
        self.slider = _Slider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(round(knob.low / knob.step), round(knob.high / knob.step))
        self.slider.setPageStep(max(1, (self.slider.maximum() - self.slider.minimum()) // 10))
        self.slider.setMinimumWidth(60)
        self.spin = _Spin(self)
        self.spin.setLocale(QLocale(QLocale.Language.C))
        self.spin.setDecimals(knob.decimals)
        self.spin.setRange(knob.low, knob.high)
        self.spin.setSingleStep(knob.step)
        self.spin.setKeyboardTracking(False)
        self.spin.setFont(number_font())
        self.spin.setFixedWidth(72)
        self.spin.lineEdit().setTextMargins(2, 0, 0, 0)  # the style gives spin boxes none
        self.spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.spin)
        name = knob.title.strip("… ")
        for widget in (self.label, self.slider, self.spin):
            widget.setToolTip(knob.tip)
            widget.setAccessibleName(name)
        self.slider.valueChanged.connect(self._on_slider)
        self.spin.valueChanged.connect(self._on_spin)

    @property
    def value(self) -> float:
        return self.spin.value()

    def set_highest(self, high: float) -> None:
        """Let the value go as far as that."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.slider.setMaximum(round(high / self._knob.step))
            self.spin.setMaximum(high)

    def show_value(self, value: float) -> None:
        """Show a value without reporting it as moved."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.slider.setValue(round(value / self._knob.step))
            self.spin.setValue(value)

    def _on_slider(self, place: int) -> None:
        value = round(place * self._knob.step, self._knob.decimals)
        with QSignalBlocker(self.spin):
            self.spin.setValue(value)
        self.moved.emit(self._knob.field, value)

    def _on_spin(self, value: float) -> None:
        value = round(value, self._knob.decimals)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(value / self._knob.step))
        self.moved.emit(self._knob.field, value)


class _Slider(QSlider):
    """Leaves the wheel to the scrolling pane unless it has the focus."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Spin(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
