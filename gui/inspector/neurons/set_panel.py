"""What one set shows of a unit: its feature, its strongest images, and numbers in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from core.base.errors import LabError
from core.base.tables import Column, Table
from core.census.sets import KIND_TITLES, Kind
from core.units.features.unit_pictures import UnitInSet
from core.units.neuron_indices import NeuronIndices
from core.units.unit_facts import set_lines
from core.units.unit_words import number_text
from gui.charts.sparkline import Sparkline
from gui.inspector.neurons.crop_grid import CropGrid
from gui.inspector.picture_view import PictureView
from gui.look.theme import Theme, number_font
from gui.widgets.build import STRETCH, column, label

_MOST = 200
_BESIDE = 190
"""From this width on the feature stands on the left of the images, as in the paper's figure."""
_POINTS = 8.5
_COLUMNS = (Column("rank", "int"), Column("value", "float"), Column("gray_value", "float"))


class FeatureView(PictureView):
    """A neuron feature, as large as the panel allows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Neuron feature", parent, smooth=True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.set_least(60, 60)
        self.setMaximumHeight(_MOST)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_feature(self, pixels: NDArray[np.uint8] | None, text: str, tip: str) -> None:
        """Show a picture, or a text where there is none."""
        self.setAccessibleDescription(text or tip)
        self.setToolTip(tip)
        self.show_picture(pixels, text)

    @property
    def area(self) -> QRectF:
        return super().area.translated(-super().area.left(), 0)

    def sizeHint(self) -> QSize:
        return QSize(_MOST, _MOST)

    def heightForWidth(self, width: int) -> int:
        return min(width, _MOST)


class ActivationChart(Sparkline):
    """Values by rank: a line in color, dots in gray at the same positions."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Values of the strongest images", 60, 64, parent)
        self.setToolTip(
            "Line: the neuron's values for its strongest images, strongest first.\n"
            "Dots: its values at the same positions when the images are gray.\n"
            "The more the dots lie below the line, the more the neuron needs color."
        )

    def show_unit(self, values: NDArray[np.float32], gray: NDArray[np.float32]) -> None:
        """Show lists of values, float32, shape (N,); NaN where there is none."""
        used = ~np.isnan(values)
        self.show_values(values[used].astype(np.float64), gray[used].astype(np.float64))
        self.setAccessibleDescription(self.described())

    def described(self) -> str:
        if not len(self.line):
            return "No values"
        text = f"In color from {number_text(float(self.line[0]))} down to "
        text += number_text(float(self.line[-1]))
        measured = self.dots[~np.isnan(self.dots)]
        if len(measured):
            text += f", in gray {number_text(float(measured.mean()))} on average"
        return text

    def words_of(self, point: int) -> str:
        text = f"Image {point + 1}: {number_text(float(self.line[point]))} in color"
        gray = float(self.dots[point])
        return text if np.isnan(gray) else f"{text}, {number_text(gray)} in gray"

    def table(self) -> Table | None:
        values = zip(self.line.tolist(), self.dots.tolist(), strict=True)
        rows = tuple(
            (rank, value, None if np.isnan(gray) else gray)
            for rank, (value, gray) in enumerate(values, start=1)
        )
        return Table(_COLUMNS, rows) if rows else None


class SetPanel(QWidget):
    """A column of the page."""

    opened = Signal(object)  # image
    """A `TopImage` shall be opened in the designer."""
    left = Signal()

    def __init__(self, kind: Kind, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.title = label(KIND_TITLES[kind], "heading", self)
        self.feature = FeatureView(theme, self)
        self.crops = CropGrid(theme, self)
        self.chart = ActivationChart(theme, self)
        self.facts = label("", "muted", self, wraps=True, copied=True)
        self.facts.setFont(number_font(_POINTS))
        self.facts.setToolTip(
            "α: share of the neuron's answer to its strongest images that is lost in gray.\n"
            "Hue: mean hue of the neuron feature, as an angle in the opponent space.\n"
            "Ties: images with exactly the same value; which of them are in the list was drawn "
            "by lot."
        )
        self.part: UnitInSet | None = None
        self._problem = ""
        self._pictures = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pictures.setSpacing(5)
        for widget in (self.feature, self.crops):
            self._pictures.addWidget(widget, 1, Qt.AlignmentFlag.AlignTop)
        column(self.title, self._pictures, self.chart, self.facts, STRETCH, spacing=5, on=self)
        self.crops.part_chosen.connect(self.opened)
        self.crops.left.connect(self.left)

    def begin(self, indices: NeuronIndices, unit: int, count: int, same_unit: bool) -> None:
        """Show what is known of a unit at once, and wait for `count` images.

        Those of the `same_unit` stay until the new ones come.
        """
        if not same_unit:
            self.part, self._problem = None, ""
            self.feature.show_feature(None, "", "The neuron feature is being drawn.")
            self.crops.show_images(())
        self.crops.expect(count)
        self._turn()
        self.show_indices(indices, unit)

    def show_part(self, part: UnitInSet, indices: NeuronIndices, unit: int) -> None:
        """Show the pictures."""
        self.part, self._problem = part, ""
        feature = part.feature
        words = feature.in_words()
        tip = (
            "Neuron feature: weighted mean of what the neuron sees of its strongest images, its "
            "contrast stretched.\n" + words
        ).strip()
        picture = part.picture if feature.images else None
        self.feature.show_feature(picture, "No neuron feature", tip)
        self.crops.expect(len(part.images))
        self.crops.show_images(part.images)
        self._turn()
        self.show_indices(indices, unit)

    def show_problem(self, error: LabError) -> None:
        """Say why there are no pictures."""
        self.part = None
        self._problem = f"{error.message} {error.hint}".strip()
        self.feature.show_feature(None, error.message, error.hint)
        self.crops.expect(0)
        self.crops.show_images(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """Few images stand beside the feature where there is room, others below it."""
        beside = self.crops.few and self.width() >= _BESIDE
        self._pictures.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )

    def show_indices(self, indices: NeuronIndices, unit: int) -> None:
        """The numbers in words, under the present thresholds."""
        found = indices.census.sets[self.kind]
        top = indices.thresholds.top
        values = found.tops.values[unit, :top]
        gray = np.full(values.shape, np.nan, dtype=np.float32)
        if found.gray is not None:
            measured = found.gray[unit, :top]
            gray[: len(measured)] = measured
        self.chart.show_unit(values, gray)
        self.chart.setVisible(bool((~np.isnan(values)).any()))
        lines = set_lines(indices, self.kind, unit, self.part)
        if self._problem:
            lines.append(self._problem)
        self.facts.setText("\n".join(lines))
