"""Collects the licenses of all that the program ships, from what each package says of itself."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from installer.places import EXTRAS, HERE, ROOT

FOLDER = EXTRAS / "licenses"
_LICENSE = re.compile(
    r"(^|/)(licen[cs]es?/|(licen[cs]e|copying|notice|copyright|authors)[^/]*$)", re.I
)
_CODE = {".py", ".pyc", ".pyi", ".so", ".h"}
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

WITHOUT_TEXT = {
    "pyside6-essentials": "Qt for Python and Qt are used under the LGPL, version 3, unchanged and "
    "as libraries of their own, so that they can be replaced by others: LGPL-3.0.txt, GPL-3.0.txt.",
    "shiboken6": "Part of Qt for Python; used under the LGPL, version 3, as a library of its own.",
}
"""Packages that come without a text; what is to be said of them."""


def shipped_packages(requirements: Path = ROOT / "requirements.txt") -> list[Distribution]:
    """The packages of the requirements and all that these bring along, sorted by name."""
    waiting = [
        line.partition("==")[0]
        for line in requirements.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    found: dict[str, Distribution] = {}
    installed = {plain(each.metadata["Name"]): each for each in distributions()}
    while waiting:
        name = plain(waiting.pop())
        if name in found or name not in installed:  # not for this platform
            continue
        found[name] = installed[name]
        waiting += needed_by(installed[name])
    return [found[name] for name in sorted(found)]


def needed_by(package: Distribution) -> list[str]:
    """Names of what a package needs, its extras left out."""
    names = []
    for text in package.requires or ():
        match = _REQUIREMENT.match(text)
        if match and not re.search(r"\bextra\s*==", text):
            names.append(match[0])
    return names


def plain(name: str) -> str:
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def license_files(package: Distribution) -> list[Path]:
    """The files of a package that hold its license and those of what it contains."""
    found = []
    for file in package.files or ():
        if _LICENSE.search(file.as_posix()) and file.suffix not in _CODE:
            path = Path(str(file.locate()))
            if path.is_file():
                found.append(path)
    return found


def stated_license(package: Distribution) -> str:
    """The license that a package names, in one line."""
    metadata = package.metadata
    stated = metadata.get("License-Expression") or metadata.get("License") or ""
    if not stated.strip() or "\n" in stated:
        classified = [
            line.rpartition(" :: ")[2]
            for line in metadata.get_all("Classifier") or ()
            if line.startswith("License")
        ]
        stated = ", ".join(classified) or stated.strip().partition("\n")[0]
    return stated.strip() or "not stated"


def collect(packages: Iterable[Distribution], folder: Path = FOLDER) -> list[str]:
    """Write a folder of licenses for each package, and a list of all.

    Returns
    -------
    list of str
        Packages of which neither a text nor the name of a license is known.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = ["Software that CLIP Color Lab contains, each under its own license.", ""]
    unknown = []
    for package in packages:
        name, version = package.metadata["Name"], package.version
        if all(".dist-info/" in file.as_posix() for file in package.files or ()):
            continue  # only a list of other packages
        files = license_files(package)
        lines.append(f"{name} {version}: {stated_license(package)}")
        lines += [f"    {WITHOUT_TEXT[plain(name)]}"] if plain(name) in WITHOUT_TEXT else []
        if not files and stated_license(package) == "not stated":
            unknown.append(name)
        for number, file in enumerate(files):
            target = folder / plain(name) / (file.name if number == 0 else f"{number}-{file.name}")
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
    lines += ["", "Bundled fonts: their licenses are beside them in resources/fonts.", ""]
    (folder / "packages.txt").write_text("\n".join(lines), encoding="utf-8")
    python_license = Path(sys.base_prefix) / "lib" / f"python3.{sys.version_info.minor}"
    for candidate in (python_license / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"):
        if candidate.is_file():
            shutil.copyfile(candidate, folder / "python.txt")
            break
    for text in (HERE / "texts").iterdir():
        shutil.copyfile(text, folder / text.name)
    return unknown


def main() -> int:
    """Collect; 1 if a package says nothing of its license."""
    unknown = collect([*shipped_packages(), distribution("pyinstaller")])
    if unknown:
        print(f"Without any license: {', '.join(unknown)}", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
