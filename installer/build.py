"""Builds the program and its Linux installers: ``python -m installer.build``.

Each step can be run alone with ``--steps``; a step that fails stops the build.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core.base.installation import LIST_NAME, write_list
from installer.contents import WITH_SYMBOLS
from installer.environment import BuildError, build_environment, run
from installer.places import EXTRAS, HERE, INTERNAL, PROGRAM, ROOT, WORK

PYINSTALLER_WORK = WORK / "pyinstaller"


def build_extras(python: Path) -> None:
    """Icons, licenses, and the user guide as web pages."""
    run([str(python), "-m", "installer.icons"], QT_QPA_PLATFORM="offscreen")
    run([str(python), "-m", "installer.licenses"])
    # Their pictures are those of the Markdown beside which they are put.
    run([str(python), "-m", "tools.guide", str(EXTRAS / "guide"), "--pages-only"])


def build_program(python: Path) -> None:
    """The folder of the program, with the list of its files."""
    shutil.rmtree(PROGRAM, ignore_errors=True)
    run([
        str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
        "--distpath", str(PROGRAM.parent), "--workpath", str(PYINSTALLER_WORK),
        str(HERE / f"{PROGRAM.name}.spec"),
    ], QT_QPA_PLATFORM="offscreen")  # fmt: skip
    shutil.rmtree(PYINSTALLER_WORK, ignore_errors=True)
    drop_debugging_symbols(INTERNAL)
    for folder in (PROGRAM, *(path for path in PROGRAM.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    listed = write_list(INTERNAL)
    print(f"{len(listed):,} files are listed in {LIST_NAME}.")


def drop_debugging_symbols(internal: Path) -> None:
    """Make those libraries smaller that were built for debugging."""
    if not sys.platform.startswith("linux") or not shutil.which("strip"):
        return
    for path in sorted({path for name in WITH_SYMBOLS for path in internal.glob(name)}):
        if not path.is_symlink():
            run(["strip", "--strip-unneeded", str(path)])


def check_program(python: Path) -> None:
    """Sizes, data files, OpenMP runtimes."""
    run([str(python), "-m", "installer.checks"])


def smoke_test(python: Path) -> None:
    """The program runs where it has it hardest."""
    run([str(python), "-m", "installer.smoke_test"])


def build_deb(python: Path) -> None:
    """The package for Debian and Ubuntu."""
    if sys.platform.startswith("linux") and shutil.which("dpkg-deb"):
        run([str(python), "-m", "installer.deb"])
    else:
        print("No .deb: it needs Linux and dpkg-deb.")


def build_archive(python: Path) -> None:
    """The archive that installs itself, for any Linux."""
    if sys.platform.startswith("linux"):
        run([str(python), "-m", "installer.archive"])
    else:
        print("No archive that installs itself: it needs Linux.")


STEPS: dict[str, Callable[[Path], None]] = {
    "extras": build_extras,
    "program": build_program,
    "check": check_program,
    "smoke": smoke_test,
    "deb": build_deb,
    "archive": build_archive,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the steps; the result is the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--environment", type=Path, default=ROOT / ".venv", metavar="DIR",
        help="environment whose packages, its torch among them, are shipped (default: .venv)",
    )  # fmt: skip
    parser.add_argument(
        "--steps", nargs="+", choices=STEPS, default=list(STEPS), metavar="STEP",
        help=f"only these, of: {', '.join(STEPS)}",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        python = build_environment(options.environment.absolute())
        for name in options.steps:
            begun = time.monotonic()
            print(f"== {name}", flush=True)
            STEPS[name](python)
            print(f"== {name}: {time.monotonic() - begun:.0f} s", flush=True)
    except BuildError as error:
        print(f"The build stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
