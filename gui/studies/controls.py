"""Small parts of the tabs' rows of controls."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.errors import InvalidInput
from core.predict.prompts import PromptSet
from core.scans.parameters import PARAMETERS
from core.scans.plan import ScanSetup
from core.stimuli.stimulus import ObjectStimulus, WordStimulus
from gui.widgets.build import label, row
from gui.widgets.flow import FlowLayout
from gui.widgets.wheel import Combo


class QuietCombo(Combo):
    """A combo box of a fixed width."""

    def __init__(self, name: str, tip: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, name, tip, letters=6)
        self.setFixedWidth(width)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class SetupControls(QWidget):
    """The fields of a kind of scan, each with its name, as many in a row as there is room for."""

    edited = Signal(object, str)  # setup, what
    """A `ScanSetup` and the name of the step."""
    refused = Signal(object)  # error
    """The fields hold no possible setup."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup: ScanSetup | None = None
        self._figure: ObjectStimulus | None = None
        self._groups: dict[str, QWidget] = {}
        self._flow = FlowLayout(self, gap=4)

    def show_setup(self, setup: ScanSetup, figure: ObjectStimulus) -> None:
        """Show what is asked, without reporting it."""
        self._setup, self._figure = setup, figure

    def arrange(self, *fields: tuple[str, str, QWidget]) -> None:
        """Put fields one after the other, each with its name here and for the user."""
        for name, text, field in fields:
            group = self._groups[name] = QWidget(self)
            named = label(text, "", group, tip=field.toolTip())
            named.setBuddy(field)
            row(named, field, spacing=5, margins=(0, 0, 6, 0), on=group)
            self._flow.addWidget(group)

    def take(self, step: str, **fields: Any) -> None:
        """Report the setup with other fields, or that there is none."""
        assert self._setup is not None
        try:
            setup = msgspec.structs.replace(self._setup, **fields)
        except InvalidInput as error:
            self.refused.emit(error)
            return
        self.edited.emit(setup, step)


def fill_parameters(combo: QuietCombo, figure: ObjectStimulus) -> None:
    """Offer the parameters of a stimulus, each with its explanation, unless they are there."""
    is_word = isinstance(figure, WordStimulus)
    found = [one for one in PARAMETERS.values() if is_word or not one.needs_word]
    if [combo.itemData(place) for place in range(combo.count())] != [one.id for one in found]:
        combo.offer((one.name, one.id, one.tip) for one in found)


def fill_templates(combo: QuietCombo, prompts: PromptSet) -> None:
    """Offer the templates that are used, numbered; the chosen one stays, if it can."""
    chosen, texts = max(0, combo.currentIndex()), prompts.active_templates()
    combo.offer((f"{number + 1}  {text}", number, text) for number, text in enumerate(texts))
    combo.choose(min(chosen, len(texts) - 1))
