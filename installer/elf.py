"""Which libraries the built program takes from the system, and from which packages of Debian."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from installer.environment import BuildError
from installer.places import ROOT
from installer.sizes import files_of

C_LIBRARY = re.compile(r"lib(?:c|m|dl|rt|pthread|util|resolv|anl|nsl)\.so\.\d|ld-linux.*\.so\.\d")
OF_THE_DRIVER = re.compile(r"libcuda\.so|libnvidia-ml\.so|libcudla|libnvcuvid")
"""Come with the driver of a graphics card; the program runs without."""

OTHERS = {
    "libatomic.so.1": "libatomic1",
    "libcrypt.so.1": "libcrypt1",
    "libdrm.so.2": "libdrm2",
    "libgbm.so.1": "libgbm1",
    "libgcc_s.so.1": "libgcc-s1",
}
DATA = ("xkb-data",)
"""Data packages that bundled libraries read."""

_NEEDED = re.compile(r"\(NEEDED\)[^\[]*\[([^\]]+)\]")
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")
_BATCH = 200


def dependencies(folder: Path) -> list[str]:
    """The packages that a built folder needs, as a control file names them.

    Raises
    ------
    BuildError
        If a library is neither shipped nor known to a package.
    """
    programs = [path for path in files_of(folder) if is_elf(path)]
    shipped = {path.name for path in folder.rglob("*") if not path.is_dir()}
    text = "".join(_readelf(programs))
    return packages_for(set(_NEEDED.findall(text)) - shipped, newest_glibc(text))


def packages_for(libraries: Iterable[str], glibc: tuple[int, int]) -> list[str]:
    """The packages of some libraries, sorted; see `dependencies`."""
    known = {name: names[0] for name, names in _table().items()} | OTHERS
    found = {f"libc6 (>= {glibc[0]}.{glibc[1]})", *DATA}
    unknown = []
    for name in libraries:
        if C_LIBRARY.fullmatch(name) or OF_THE_DRIVER.match(name):
            continue
        if name in known:
            found.add(known[name])
        else:
            unknown.append(name)
    if unknown:
        raise BuildError(
            f"The program needs {', '.join(sorted(unknown))}, which is neither shipped nor named "
            "in tools/system_libraries.py."
        )
    return sorted(found)


def newest_glibc(text: str) -> tuple[int, int]:
    """The newest version of the C library that any program asks for."""
    asked = {(int(major), int(minor)) for major, minor in _GLIBC.findall(text)}
    return max(asked, default=(2, 28))


def is_elf(path: Path) -> bool:
    """True for a program or library of Linux."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _readelf(paths: list[Path]) -> Iterable[str]:
    for start in range(0, len(paths), _BATCH):
        batch = [str(path) for path in paths[start : start + _BATCH]]
        try:
            done = subprocess.run(
                ["readelf", "--dynamic", "--version-info", "--wide", *batch],
                check=False, capture_output=True, text=True, errors="replace",
            )  # fmt: skip
        except FileNotFoundError as error:
            raise BuildError("readelf is needed; install the package binutils.") from error
        yield done.stdout


def _table() -> dict[str, tuple[str, str, str]]:
    tools = str(ROOT / "tools")  # its scripts import each other as they run, from their folder
    sys.path.insert(0, tools)
    try:
        table: dict[str, tuple[str, str, str]] = importlib.import_module(
            "system_libraries"
        ).PACKAGES
        return table
    finally:
        sys.path.remove(tools)
