"""What stands in place of a figure before there is a census."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from gui.inspector.census.census_form import WHAT_IT_IS
from gui.widgets.build import STRETCH, button, column, label, row


class Invitation(QWidget):
    """Says in two sentences what a census is, and offers to take one."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("censusInvitation")
        self.heading = label("", "title", self, wraps=True)
        self.text = label("", "", self, wraps=True)
        for part in (self.heading, self.text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setMaximumWidth(460)
        self.take = button("Take a census…", "", self.wanted, self, role="primary")
        middle = row(STRETCH, (self.text, 8), STRETCH, spacing=12)
        below = row(STRETCH, self.take, STRETCH, spacing=12)
        parts = (2 * STRETCH, self.heading, middle, below, 3 * STRETCH)
        column(*parts, spacing=12, margins=(11, 11, 11, 11), on=self)
        self.invite()

    def invite(self) -> None:
        """Nothing is known yet and nothing is under way."""
        self._say("No census yet", WHAT_IT_IS, offer=True)

    def wait_for_census(self, queued: bool) -> None:
        """A census is in the queue, or at work and has nothing to show yet."""
        if queued:
            self._say("The census waits", "It starts when the running job has ended.", offer=False)
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
