"""What stands in place of something that cannot be shown: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QWidget

from core.base.errors import LabError
from gui.widgets.build import STRETCH, button, column, label, row


class Explanation(QFrame):
    """A sentence, its remedy, and a button if there is something to press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.failed = False
        self._call: Callable[[], object] | None = None
        self._heading = label("", "heading", self, wraps=True, copied=True)
        self._body = label("", "muted", self, wraps=True, copied=True)
        self.button = button("", "", self._on_clicked, self)
        self.arrange()

    def arrange(self) -> None:
        """Lay the parts out; a subclass may do it in another way."""
        line = row(self.button, STRETCH)
        parts = (self._heading, self._body, line, STRETCH)
        column(*parts, margins=(4, 8, 4, 8), on=self)

    @property
    def text(self) -> str:
        """What it says; empty if it is not shown."""
        if self.isHidden():
            return ""
        return f"{self._heading.text()} {self._body.text()}".strip()

    def explain(
        self,
        heading: str,
        body: str = "",
        button: str = "",
        call: Callable[[], object] | None = None,
    ) -> None:
        """Say why there is nothing to see, and offer a remedy if `button` has a text."""
        self.failed = False
        self._call = call
        self._heading.setText(heading)
        self._body.setText(body)
        self._body.setVisible(bool(body))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(heading)
        self.setAccessibleDescription(body)
        self.apply_theme()
        self.show()

    def show_error(self, error: LabError, retry: Callable[[], object] | None = None) -> None:
        """Show a failure with its remedy."""
        self.explain(error.message, error.hint, "Retry" if retry is not None else "", retry)
        self.failed = True
        self.apply_theme()

    def apply_theme(self) -> None:
        """Draw what depends on the theme, or tells a failure: an icon, if a subclass has one."""

    def _on_clicked(self) -> None:
        if self._call is not None:
            self._call()
