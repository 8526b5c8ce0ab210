"""Work that other versions of libraries began: refused, unless the user allows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.base.errors import RunError


class OtherVersions(RunError):
    """Nothing but the versions of libraries keeps the work at `path` from going on."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message, "Resume anyway, or use that software again.")
        self.path = path


def check_versions(path: Path, check: Callable[[bool], object], allowed: bool) -> None:
    """Refuse work that cannot go on, before anything of it is touched.

    Parameters
    ----------
    path : Path
        Its folder.
    check : callable
        Refuses it by a `RunError`; given whether libraries may have other versions.
    allowed : bool
        Whether the user allows that.

    Raises
    ------
    OtherVersions
        If nothing but those versions is in the way.
    RunError
        Naming what else differs.
    """
    try:
        check(allowed)
    except RunError as error:
        check(True)
        raise OtherVersions(path, error.message) from error
