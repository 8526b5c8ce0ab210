"""Memory that ran out, in whatever way Python or torch says it, as an expected failure.

Imports no torch.
"""

from __future__ import annotations

import sys

from core.base.errors import LabError, ModelError

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
