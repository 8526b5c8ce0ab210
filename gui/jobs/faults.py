"""What is told about an exception that ended work beside the window; the one place that decides."""

from __future__ import annotations

import logging
import sys

from core.base.errors import LabError, expected_error

log = logging.getLogger(__name__)

GOES_ON = "The report has its details; the lab goes on working."


class UnexpectedFault(LabError):
    """A fault of the program, told where its work was asked for; the report has its details."""


def told_error(exception: Exception, what: str, hint: str = GOES_ON) -> LabError:
    """The error to tell; a fault of the program is in the log before anybody is told.

    A lack of memory is an expected failure, whoever says it: “There is not enough memory for
    (what).” What is none that is expected becomes an `UnexpectedFault` with the hint.
    """
    error = expected_error(exception, what)
    if error is None:
        log.error("%s met an unexpected exception", what, exc_info=exception)
        error = UnexpectedFault(
            f"{what[0].upper()}{what[1:]} met an unexpected fault ({type(exception).__name__}).",
            hint,
        )
    return error


def surface(exception: BaseException) -> None:
    """Report a fault as if it had happened on the GUI thread."""
    sys.excepthook(type(exception), exception, exception.__traceback__)
