"""The scan tab: label probabilities against one parameter of the stimulus."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.lab import Lab


class ScanTab(QWidget):
    """Curves of label probabilities."""

    NAME = "scan"
    TITLE = "Scan"
    TIP = "Change one parameter of the stimulus step by step and see what the model calls it"

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
