"""Makes one line of what is pasted into a field."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QLineEdit

from core.base.text import one_line


class OneLine(QValidator):
    """Takes a text as the field shows it, so that what is seen is what is stored.

    A field of one line shows line ends, tabs and control characters as spaces but would keep them.
    Here they become spaces, as do all kinds of white space; line ends around a copied line go.
    """

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        field.setValidator(self)

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        clean = re.sub(r"\s", " ", one_line(text.strip("\r\n\u2028\u2029")))
        behind = _units(text) - cursor  # what was pasted ends at the cursor
        return QValidator.State.Acceptable, clean, max(0, min(cursor, _units(clean) - behind))


def _units(text: str) -> int:
    """Length as Qt counts it, in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
