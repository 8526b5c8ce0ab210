"""Text that can always be written to a file."""

from __future__ import annotations

import unicodedata


def valid_text(text: str) -> str:
    """`text` with every lone surrogate replaced by U+FFFD, so that it can be encoded as UTF-8.

    Half characters reach the lab through damaged clipboards and through file names that are no
    valid UTF-8. Two halves that belong together are joined.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def is_blank(text: str) -> bool:
    """True if `text` shows nothing: empty, or only spaces, control and format characters."""
    return all(
        character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in text
    )
