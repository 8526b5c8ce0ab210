"""Whether the program's own files are all there (R52).

The installers list every file that they ship. An installed program can so tell what was lost on the
way or deleted afterwards. A program that runs from its checkout has no such list; there, the data
that it cannot do without is looked for by name.
"""

from __future__ import annotations

import importlib.util
import sys
from hashlib import sha256
from pathlib import Path

import msgspec

from core.base.errors import LabError
from core.base.paths import resources_dir
from core.base.typed import from_json

LIST_NAME = "installed-files.json"
HASHED_BYTES = 32 * 2**20
"""Larger files are compared by their size alone, to keep the check short."""

RESOURCES = (
    "fonts/fonts.toml",
    "icons/app.svg",
    "models/embedded/model.safetensors",
    "models/embedded/open_clip_config.json",
    "presets/experiments.toml",
    "presets/gallery.toml",
    "presets/prompts.toml",
    "published/source.toml",
)
"""Data of the program that stands for its kind."""

PACKAGE_DATA = {
    "open_clip": ("bpe_simple_vocab_16e6.txt.gz", "model_configs/RN50.json"),
}
"""Data of libraries, by package: the vocabulary of the tokenizer, the architectures."""


class InstalledFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that an installer ships."""

    path: str  # below the folder of the program's files, with forward slashes
    size: int  # bytes
    sha256: str = ""  # empty for a file that is compared by its size alone


class DamagedInstallation(LabError):
    """A file of the program is missing or is not what was installed."""


def installed_root() -> Path | None:
    """The folder of an installed program's files; None for one that runs from its checkout."""
    root = getattr(sys, "_MEIPASS", None)
    return Path(root) if root else None


def check_files() -> int:
    """Look whether all files of the program are there; how many were looked at."""
    root = installed_root()
    if root is not None:
        return check_against_list(root)
    needed = [resources_dir() / name for name in RESOURCES]
    for package, names in PACKAGE_DATA.items():
        found = importlib.util.find_spec(package)
        for folder in (found and found.submodule_search_locations) or [package]:
            needed += [Path(folder) / name for name in names]
    _complain([path.name for path in needed if not path.is_file()])
    return len(needed)


def check_against_list(root: Path) -> int:
    """Compare a folder with the list in it; see `check_files`."""
    try:
        listed = read_list(root)
    except (OSError, msgspec.MsgspecError) as error:
        raise DamagedInstallation(
            f"The list of the program's files ({LIST_NAME}) cannot be read.",
            "Install the program again.",
        ) from error
    _complain([file.path for file in listed if not _is_whole(root, file)])
    return len(listed)


def read_list(root: Path) -> list[InstalledFile]:
    """The files that belong into a folder.

    An `OSError` or `msgspec.MsgspecError` if there is no list, or it is damaged.
    """
    return from_json((root / LIST_NAME).read_bytes(), list[InstalledFile])


def write_list(root: Path) -> list[InstalledFile]:
    """Put the list of all files of a folder into it."""
    listed = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and name != LIST_NAME:
            size = path.stat().st_size
            digest = _hash(path) if size <= HASHED_BYTES else ""
            listed.append(InstalledFile(name, size, digest))
    (root / LIST_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(listed), indent=1))
    return listed


def _is_whole(root: Path, file: InstalledFile) -> bool:
    path = root / file.path
    try:
        if path.stat().st_size != file.size:
            return False
        return not file.sha256 or _hash(path) == file.sha256
    except OSError:
        return False


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _complain(names: list[str]) -> None:
    if not names:
        return
    what = (
        f"{names[0]} is missing or was changed"
        if len(names) == 1
        else f"{names[0]} and {len(names) - 1} more files are missing or were changed"
    )
    raise DamagedInstallation(f"{what} since the installation.", "Install the program again.")
