"""The lab's expected failures.

Each carries one plain sentence for the user, and a remedy where there is one. Anything that is not
a `LabError` is a bug and is reported as such, but for memory that ran out, in whatever way Python
or torch says it. Imports no torch.
"""

from __future__ import annotations

import sys

from core.base.text import short_text

_MOST = 800


class LabError(Exception):
    """An expected failure: something to show in plain words, not a traceback.

    The message is one sentence that names the thing at fault; the hint says what the user can do
    about it, and may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        message = short_text(message, _MOST)  # a file may hold a name of any length
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(LabError):
    """A value typed or passed by the user lies outside what is possible."""


class PictureError(LabError):
    """A picture file cannot be read or used."""


class ModelError(LabError):
    """A model cannot be found, read, built or run."""


class FontError(LabError):
    """A font is missing or lacks the characters of a word."""


class DocumentError(LabError):
    """A document cannot be read or written."""


class PromptError(LabError):
    """A template or label cannot be used."""


class ExportError(LabError):
    """An exported file cannot be written or read."""


class RunError(LabError):
    """A sweep cannot be started, continued, written or read."""


_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """True for the several ways in which Python and torch say that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error).lower() for words in _MEMORY_WORDS
    )


def expected_error(error: Exception, what: str) -> LabError | None:
    """The expected failure that an exception stands for; None if it is a fault of the program.

    It ended some work that is named, as in “There is not enough memory for the scan.”
    """
    if isinstance(error, LabError):
        return error
    if is_out_of_memory(error):
        return ModelError(
            f"There is not enough memory for {what}.",
            "Close other programs, use a smaller model, or a device with more memory.",
        )
    return None
