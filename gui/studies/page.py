"""A tab's controls above its chart, or beside it where the pane is wide and low."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.look.theme import type_scale
from gui.studies.controls import QuietCombo
from gui.widgets.elided_label import ElidedLabel

_WIDE = 1000
_SIDE = 420
_TEMPLATE = 290
_LEAST_HEIGHT = 250


class StudyPage(QWidget):
    """Lays out controls, a template, what is under the cursor, buttons, a chart and a last line."""

    def lay_out(
        self,
        controls: QWidget,
        template: QuietCombo,
        line: ElidedLabel,
        buttons: tuple[QPushButton, ...],
        chart: QWidget,
        last: ElidedLabel,
    ) -> None:
        """Put the parts together; called once."""
        self._side = QWidget(self)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(controls)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(6)
        self._row.addWidget(template)
        pressed = QHBoxLayout()
        pressed.setSpacing(6)
        pressed.addStretch(1)
        for button in buttons:
            pressed.addWidget(button)
        self._row.addWidget(line, 1)
        self._row.addLayout(pressed)
        column.addLayout(self._row)
        column.addStretch(1)
        main = QWidget(self)
        beside = QVBoxLayout(main)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(4)
        beside.addWidget(chart, 1)
        beside.addWidget(last)
        self._whole = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(6)
        self._whole.addWidget(self._side)
        self._whole.addWidget(main, 1)
        self._template, self._narrow = template, template.minimumWidth()
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._arrange_for(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_for(event.size().width())

    def _arrange_for(self, width: int) -> None:
        wide = width >= _WIDE
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._whole.setDirection(across if wide else down)
        self._row.setDirection(down if wide else across)
        # Alone in its row, the template has room for more of its text.
        template = round(_TEMPLATE * type_scale(self._template.font())) if wide else self._narrow
        self._template.setFixedWidth(template)
        self._side.setMinimumWidth(_SIDE if wide else 0)
        self._side.setMaximumWidth(_SIDE if wide else 16777215)
