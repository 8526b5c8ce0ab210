"""Sizes of the lab's folders, and emptying the one that holds what can be computed again."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from core.base.paths import cache_dir

KEPT = "marks"
"""Small marks that the window's style reads while it is shown."""


def folder_bytes(folder: Path, without: Path | None = None) -> int:
    """Bytes of all files in a folder and below it, but for one folder; links are not followed."""
    total = 0
    for path in folder.rglob("*"):
        try:
            counts = path.is_file() and not path.is_symlink()
            if counts and (without is None or without not in path.parents):
                total += path.stat().st_size
        except OSError:  # it went meanwhile
            continue
    return total


def cache_bytes() -> int:
    """Bytes that emptying the cache would remove."""
    return folder_bytes(cache_dir(), cache_dir() / KEPT)


def empty_cache() -> int:
    """Remove what the cache holds, as far as nothing is using it; the bytes that were removed."""
    before = cache_bytes()
    for entry in cache_dir().iterdir():
        if entry.name == KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)  # what is in use stays
        else:
            with contextlib.suppress(OSError):  # open in another program, on Windows
                entry.unlink(missing_ok=True)
    return before - cache_bytes()
