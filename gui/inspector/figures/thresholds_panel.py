"""The thresholds of a figure as sliders that move it at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.units.features.crop_shares import MINIMUM_SHARE
from core.units.thresholds import TypeThresholds
from gui.inspector.census.shown_census import CensusBook
from gui.inspector.figures.threshold_sliders import Knob, KnobSlider

_WIDE = 530
"""Two columns from this width on."""


class ThresholdsPanel(QWidget):
    """Sliders in one or two columns, and a button that goes back to the defaults.

    Parameters
    ----------
    book : CensusBook
    knobs : sequence of Knob
    more : sequence of Knob
        Those that show only when they are asked for.
    covering : bool
        Offer to count a label only where its part of the picture covers enough of the crop.
    """

    def __init__(
        self,
        book: CensusBook,
        knobs: Sequence[Knob],
        more: Sequence[Knob] = (),
        covering: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._columns = 0
        self.setAccessibleName("Thresholds")
        self.knobs = {knob.field: KnobSlider(knob, self) for knob in (*knobs, *more)}
        self.covering = QCheckBox(f"Only labels that cover {MINIMUM_SHARE:.0%} of the crop", self)
        self.covering.setToolTip(
            "Off: the labels of an image count, whatever a unit can see of it.\n"
            "On: a word, font or background counts only where it covers enough of what the unit "
            "sees.\nWords have to be drawn for that, which takes a while the first time."
        )
        self._hidden: list[QWidget] = [self.knobs[knob.field] for knob in more]
        if covering:
            self._hidden.append(self.covering)
        self.covering.setVisible(covering)
        self._hidden_fields = [knob.field for knob in more] + ["slot_share"] * covering
        self._fields = [knob.field for knob in knobs] + self._hidden_fields
        self.more = QPushButton(self)
        self.more.setProperty("role", "flat")
        self.more.setCheckable(True)
        self.more.setVisible(bool(self._hidden))
        self.more.toggled.connect(lambda _on: self._show_hidden())
        self.reset = QPushButton("Defaults", self)
        self.reset.setProperty("role", "flat")
        self.reset.setToolTip("Put the thresholds of this figure back to their defaults")
        self.reset.clicked.connect(self._reset)
        self.problem = QLabel(self)
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.more)
        buttons.addStretch(1)
        buttons.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._grid)
        column.addLayout(buttons)
        column.addWidget(self.problem)
        for slider in self.knobs.values():
            slider.moved.connect(self._on_moved)
        self.covering.clicked.connect(
            lambda on: book.set_thresholds(slot_share=MINIMUM_SHARE if on else 0.0)
        )
        book.thresholds_changed.connect(self.show_thresholds)
        book.loaded.connect(lambda _data: self.show_thresholds(book.thresholds))
        book.problem.connect(lambda error: self._show_problem(str(error)))
        book.changed.connect(lambda _readings: self._show_problem(""))
        self._arrange(1)
        self._show_hidden()
        self.show_thresholds(book.thresholds)

    def show_thresholds(self, thresholds: TypeThresholds) -> None:
        """Show thresholds without reporting them as moved."""
        for field, slider in self.knobs.items():
            slider.show_value(getattr(thresholds, field))
        self.covering.setChecked(thresholds.slot_share > 0)
        self.reset.setEnabled(bool(self._changed(self._fields)))
        changed = len(self._changed(self._hidden_fields))
        text = "Fewer thresholds" if self.more.isChecked() else "More thresholds"
        # What decides a figure is never out of sight without a word.
        self.more.setText(f"{text} ({changed} changed)" if changed else text)

    def minimumSizeHint(self) -> QSize:
        # That of one column: two must not keep the panel from getting narrower again.
        widest = max(slider.minimumSizeHint().width() for slider in self.knobs.values())
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= _WIDE else 1)

    def _changed(self, fields: Sequence[str]) -> list[str]:
        """Fields that differ from their defaults."""
        present, defaults = self._book.thresholds, self._book.defaults
        return [field for field in fields if getattr(present, field) != getattr(defaults, field)]

    def _show_hidden(self) -> None:
        for widget in self._hidden:
            widget.setVisible(self.more.isChecked())
        self.show_thresholds(self._book.thresholds)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        widgets: list[QWidget] = list(self.knobs.values())
        if self.covering in self._hidden:
            widgets.append(self.covering)
        for widget in widgets:
            self._grid.removeWidget(widget)
        for number, widget in enumerate(widgets):
            self._grid.addWidget(widget, *divmod(number, columns))
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
