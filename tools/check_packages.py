"""Finds installed packages that an interruption left incomplete. Runs inside ``.venv``."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path


def main() -> None:
    """Print the damaged packages; with ``--forget`` remove their records, for pip to redo them."""
    for distribution in distributions(path=[folder for folder in sys.path if ".venv" in folder]):
        if is_complete(distribution):
            continue
        record = record_folder(distribution)
        print(distribution.metadata["Name"] or record.name.partition("-")[0])
        if "--forget" in sys.argv:
            shutil.rmtree(record)


def is_complete(distribution: Distribution) -> bool:
    """True if every file of the package is there in full.

    Compiled files are left out, since Python itself makes and removes them.
    """
    files = distribution.files
    if not files or not distribution.metadata["Name"]:
        return False
    for file in files:
        if file.suffix == ".pyc":
            continue
        path = Path(str(file.locate()))
        if not path.is_file() or (file.size is not None and path.stat().st_size != file.size):
            return False
    return True


def record_folder(distribution: Distribution) -> Path:
    """The folder by which pip knows that a package is installed."""
    return Path(str(distribution._path))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
