"""What the self-test reports, and its first look, which needs none of the program's data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from core.base.errors import LabError
from core.base.installation import check_files
from core.base.paths import HOME_VARIABLE, log_dir

REPORT_NAME = "self-test.txt"


class Report:
    """One line a check, to stdout if there is one and to a file of the profile, if one is given."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path is not None:
            path.write_text("", encoding="utf-8")

    def line(self, text: str) -> None:
        if sys.stdout is not None:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")


def installation_is_whole() -> bool:
    """Look for lost files before anything reads one; a loss is reported (R52)."""
    try:
        check_files()
    except LabError as error:
        named = os.environ.get(HOME_VARIABLE)  # a profile of the user's own is not touched
        Report(log_dir() / REPORT_NAME if named else None).line(f"FAILED  files: {error}")
        return False
    return True
