"""Moving files and folders to the trash of the system."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from PySide6.QtCore import QFile

from core.base.errors import LabError
from core.base.patience import patiently


class TrashError(LabError):
    """Something cannot be moved to the trash."""


def move_to_trash(path: Path) -> None:
    """Move a file or folder to the trash; one that is gone already is no error.

    Raises
    ------
    TrashError
        If the system refuses it, and goes on to.
    """

    def act() -> None:
        if path.exists() and not QFile.moveToTrash(str(path)):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))

    try:
        patiently(act, path)
    except OSError as error:
        raise TrashError(
            f"“{path.name}” cannot be moved to the trash.", f"Delete {path} by hand."
        ) from error
