"""Fills the folder: the program's source, packages, models, scripts, and a list of hashes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.base.errors import LabError
from installer.places import HERE, ROOT

HASHES = "SHA256SUMS"
PYTHON_VERSION = "python-version"
SCRIPTS = ("install.sh", "install.ps1")
_NOT_SHIPPED = (".ci", ".github", "benchmarks", "tests")
_BLOCK = 2**20


class OfflineError(LabError):
    """The folder cannot be prepared."""


def begin(folder: Path) -> None:
    """Make the folder, or empty one that an earlier preparation made.

    Raises
    ------
    OfflineError
        If something else is in it, or it cannot be made.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()):
            if not (folder / PYTHON_VERSION).is_file():
                raise OfflineError(f"{folder} holds something else.", "Name a new folder.")
            for name in (HASHES, *SCRIPTS):  # first, so that a broken-off one never looks whole
                (folder / name).unlink(missing_ok=True)
            for name in ("program", "models", "share"):
                shutil.rmtree(folder / name, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OfflineError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    version = f"{sys.version_info.major}.{sys.version_info.minor}\n"
    (folder / PYTHON_VERSION).write_text(version, encoding="ascii")


def add_program(folder: Path, root: Path = ROOT) -> int:
    """Copy the program's files, those that are under version control; gives their number."""
    count = 0
    for name in source_files(root):
        if name.parts[0] in _NOT_SHIPPED:
            continue
        target = folder / "program" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
        shutil.copymode(root / name, target)
        count += 1
    return count


def source_files(root: Path) -> list[Path]:
    """The files of a checkout or of an unpacked archive of it, relative to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=False, capture_output=True
    )  # not followed into other repositories
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode("utf-8", "surrogateescape").split("\0")
        found = [Path(name) for name in names if name]
    else:
        skipped = {".venv", "build", "dist", "__pycache__", ".git"}
        found = [
            path.relative_to(root)
            for path in root.rglob("*")
            if not skipped & set(path.relative_to(root).parts)
        ]
    return sorted(path for path in found if (root / path).is_file())


def add_packages(folder: Path, options: Sequence[str] = (), root: Path = ROOT) -> int:
    """Download the pinned packages for this system and this Python; gives their number.

    Packages that are there already are kept, so that a broken-off preparation goes on.

    Raises
    ------
    OfflineError
        If pip cannot get one.
    """
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary", ":all:", "--dest", str(wheels), *options]
    command += ["--constraint", str(root / "constraints.txt")]
    command += ["--requirement", str(root / "requirements.txt")]
    command += [] if sys.stdout.isatty() else ["--quiet", "--progress-bar", "off"]
    if subprocess.run(command, check=False, cwd=root, stdin=subprocess.DEVNULL).returncode:
        raise OfflineError(
            "pip could not get all packages; its message is above.",
            "Check the connection and the free disk space, then run the command again.",
        )
    return len(list(wheels.glob("*.whl")))


def add_models(folder: Path, files: Mapping[str, Path]) -> None:
    """Copy files of weights under the names to store them by."""
    models = folder / "models"
    models.mkdir(exist_ok=True)
    for name, file in files.items():
        shutil.copyfile(file, models / name)


def add_scripts(folder: Path) -> None:
    """Copy the scripts that install."""
    for name in SCRIPTS:
        shutil.copyfile(HERE / "offline" / name, folder / name)
        (folder / name).chmod(0o755)


def write_hashes(folder: Path) -> int:
    """Write the list of hashes, in the form of ``sha256sum``; gives the number of files."""
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != HASHES:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
            lines.append(f"{digest.hexdigest()}  ./{path.relative_to(folder).as_posix()}\n")
    # Last and in one step: a folder without it is not complete.
    unfinished = folder / f"{HASHES}.new"
    unfinished.write_text("".join(lines), encoding="utf-8", newline="\n")
    unfinished.replace(folder / HASHES)
    return len(lines)
