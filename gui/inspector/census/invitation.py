"""What stands in place of a figure before there is a census."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.inspector.census.census_form import WHAT_IT_IS


class Invitation(QWidget):
    """Says in two sentences what a census is, and offers to take one.

    Signals
    -------
    wanted()
    """

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("censusInvitation")
        self.heading = QLabel(self)
        self.heading.setProperty("role", "title")
        self.heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.heading.setWordWrap(True)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setMaximumWidth(460)
        self.take = QPushButton("Take a census…", self)
        self.take.setProperty("role", "primary")
        self.take.clicked.connect(self.wanted)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.text, 8)
        middle.addStretch(1)
        button = QHBoxLayout()
        button.addStretch(1)
        button.addWidget(self.take)
        button.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        column.addWidget(self.heading)
        column.addLayout(middle)
        column.addLayout(button)
        column.addStretch(3)
        self.invite()

    def invite(self) -> None:
        """Nothing is known yet and nothing is under way."""
        self._say("No census yet", WHAT_IT_IS, offer=True)

    def wait_for_census(self, queued: bool) -> None:
        """A census is in the queue, or at work and has nothing to show yet."""
        if queued:
            self._say("The census waits", "It begins when the job at work has ended.", offer=False)
            return
        self._say(
            "The census is under way",
            "Figures appear as soon as the first images are stored. The rest of the lab can be "
            "used meanwhile.",
            offer=False,
        )

    def wait_for_reading(self, title: str) -> None:
        """A census is being read."""
        self._say(f"Reading “{title}”…", "", offer=False)

    def _say(self, heading: str, text: str, offer: bool) -> None:
        self.heading.setText(heading)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.take.setVisible(offer)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(text)
