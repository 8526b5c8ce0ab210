"""Small parts of the tabs' rows of controls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from core.predict.prompts import PromptSet
from core.scans.parameters import PARAMETERS, Parameter
from core.stimuli.stimulus import Stimulus, WordStimulus
from gui.widgets.wheel import Combo


class QuietCombo(Combo):
    """A combo box that never asks for much room."""

    def __init__(self, name: str, tip: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFixedWidth(width)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def choose(self, data: object) -> None:
        """Show the entry of that data without reporting it."""
        self.blockSignals(True)
        self.setCurrentIndex(max(0, self.findData(data)))
        self.blockSignals(False)


def labelled(text: str, field: QWidget, parent: QWidget) -> QWidget:
    """A field with its name before it."""
    group = QWidget(parent)
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 6, 0)
    row.setSpacing(5)
    label = QLabel(text, group)
    label.setBuddy(field)
    label.setToolTip(field.toolTip())
    row.addWidget(label)
    row.addWidget(field)
    return group


def offered(stimulus: Stimulus, numbers_only: bool = False) -> list[Parameter]:
    """The parameters that a stimulus has."""
    is_word = isinstance(stimulus, WordStimulus)
    return [
        parameter
        for parameter in PARAMETERS.values()
        if (is_word or not parameter.needs_word)
        and (not numbers_only or parameter.kind == "number")
    ]


def fill_parameters(combo: QComboBox, parameters: list[Parameter]) -> None:
    """Offer parameters, each with its explanation; does nothing if they are there already."""
    if [combo.itemData(row) for row in range(combo.count())] == [p.id for p in parameters]:
        return
    combo.blockSignals(True)
    combo.clear()
    for parameter in parameters:
        combo.addItem(parameter.name, parameter.id)
        combo.setItemData(combo.count() - 1, parameter.tip, Qt.ItemDataRole.ToolTipRole)
    combo.blockSignals(False)


def fill_templates(combo: QuietCombo, prompts: PromptSet, chosen: int) -> None:
    """Offer the templates that are used, numbered."""
    texts = prompts.active_templates()
    combo.blockSignals(True)
    combo.clear()
    for number, text in enumerate(texts):
        combo.addItem(f"{number + 1}  {text}", number)
        combo.setItemData(number, text, Qt.ItemDataRole.ToolTipRole)
    combo.setCurrentIndex(min(chosen, len(texts) - 1))
    combo.blockSignals(False)
