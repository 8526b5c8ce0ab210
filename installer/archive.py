"""Makes the archive that installs itself, for any Linux: ``python -m installer.archive``.

A shell script with a compressed archive behind it. It needs no root, no Python and no package
manager on the computer where it installs; only ``zstd``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

from core.base.version import VERSION
from installer.environment import BuildError
from installer.menu import write_menu_files
from installer.places import DIST, HERE, NAME, PROGRAM, TITLE, WORK, package_name
from installer.sizes import files_of

HEAD = HERE / "linux" / "archive-head.sh"
MENU_FUNCTIONS = HERE / "linux" / "menu-functions.sh"
SHARE = WORK / "share"
_BLOCK = 2**20
_LEVEL = "-3"


def head_script(sha256: str, megabytes: int, version: str = VERSION) -> str:
    """The script before the archive, which has to know where itself ends."""
    text = HEAD.read_text(encoding="utf-8")
    text = text.replace("@MENU_FUNCTIONS@", MENU_FUNCTIONS.read_text(encoding="utf-8"))
    for mark, value in (
        ("@VERSION@", version),
        ("@SHA256@", sha256),
        ("@MEGABYTES@", str(megabytes)),
        ("@FIRST_LINE@", str(text.count("\n") + 1)),
    ):
        text = text.replace(mark, value)
    return text


def pack(program: Path, target: Path) -> None:
    """Write script and archive.

    Raises
    ------
    BuildError
        If zstd is missing or fails.
    """
    if shutil.which("zstd") is None:
        raise BuildError("zstd is needed; install the package of that name.")
    shutil.rmtree(SHARE, ignore_errors=True)
    write_menu_files(SHARE, None)
    payload = target.with_suffix(".payload")
    tar = [
        "tar", "--create", "--owner=0", "--group=0", "--numeric-owner",
        "-C", str(program.parent), program.name, "-C", str(SHARE.parent), SHARE.name,
    ]  # fmt: skip
    zstd = ["zstd", "-q", "-f", "-T0", _LEVEL, "-o", str(payload)]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as packing:
        compressed = subprocess.run(zstd, check=False, stdin=packing.stdout)
    if packing.returncode or compressed.returncode:
        raise BuildError("The archive could not be written.")
    megabytes = sum(path.stat().st_size for path in files_of(program)) // 10**6 + 1
    digest = hashlib.sha256()
    with payload.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    with target.open("wb") as out, payload.open("rb") as file:
        out.write(head_script(digest.hexdigest(), megabytes).encode())
        shutil.copyfileobj(file, out, _BLOCK)
    payload.unlink()
    shutil.rmtree(SHARE)
    target.chmod(0o755)


def main(arguments: list[str] | None = None) -> None:
    """Pack the built folder."""
    parser = argparse.ArgumentParser(description=f"Make the archive of {TITLE} ({NAME}).")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="the built folder")
    parser.add_argument("--out", type=Path, help="file to write (default: in dist)")
    options = parser.parse_args(arguments)
    target = options.out or DIST / package_name(".run", platform.machine() or os.name)
    pack(options.program, target)
    print(f"{target.name}: {target.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
