"""Where the app's files lie: read-only resources, and the user's own folders.

Nothing is ever written beside the program (R56). Setting ``CLIP_COLOR_LAB_HOME`` puts all of the
user's folders under one directory, as portable installs and tests want.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path

import platformdirs

APP_NAME = "CLIP Color Lab"
_DIRECTORY = "clip-color-lab"
HOME_VARIABLE = "CLIP_COLOR_LAB_HOME"
DOCUMENT_SUFFIX = ".colorlab"

KEPT_IN_CACHE = "marks"
"""Small marks that the window's style reads while it is shown."""


def resources_dir() -> Path:
    """The folder of fonts, presets and embedded models that ships with the program."""
    return _program_root() / "resources"


def docs_dir() -> Path:
    """The folder of the user guide's pages and pictures, which ships with the program."""
    return _program_root() / "docs"


def config_dir() -> Path:
    """The folder of the preferences file, created on first use."""
    return _user_dir("config", platformdirs.user_config_path(_DIRECTORY, appauthor=False))


def data_dir() -> Path:
    """The folder of autosaves, imported pictures and runs, created on first use."""
    return _user_dir("data", platformdirs.user_data_path(_DIRECTORY, appauthor=False))


def cache_dir() -> Path:
    """The folder of what can be computed again, created on first use.

    Where it cannot be written it is a temporary one, which goes with the program.
    """
    with contextlib.suppress(OSError):
        folder = _user_dir("cache", platformdirs.user_cache_path(_DIRECTORY, appauthor=False))
        if os.access(folder, os.W_OK):
            return folder
    return _temporary_cache()


def log_dir() -> Path:
    """The folder of logs and crash traces, created on first use."""
    return _user_dir("log", platformdirs.user_log_path(_DIRECTORY, appauthor=False))


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
    return folder_bytes(cache_dir(), cache_dir() / KEPT_IN_CACHE)


def empty_cache() -> int:
    """Remove what the cache holds, as far as nothing is using it; the bytes that were removed."""
    before = cache_bytes()
    for entry in cache_dir().iterdir():
        if entry.name == KEPT_IN_CACHE:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)  # what is in use stays
        else:
            with contextlib.suppress(OSError):  # open in another program, on Windows
                entry.unlink(missing_ok=True)
    return before - cache_bytes()


def _program_root() -> Path:
    frozen_root = getattr(sys, "_MEIPASS", None)
    return Path(frozen_root) if frozen_root else Path(__file__).resolve().parents[2]


@functools.cache
def _temporary_cache() -> Path:
    folder = tempfile.TemporaryDirectory(prefix=f"{_DIRECTORY}-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _user_dir(name: str, default: Path) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    folder = Path(home) / name if home else default
    folder.mkdir(parents=True, exist_ok=True)
    return folder
