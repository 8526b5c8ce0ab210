"""Makes the package for Debian and Ubuntu from the built folder: ``python -m installer.deb``.

The package holds the program below ``usr/lib``, a command, a menu entry, icons, and the file type
of documents. It is compressed with zstd, which Debian 12, Ubuntu 22.04 and newer unpack.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
from pathlib import Path

from core.base.version import VERSION
from installer.elf import dependencies
from installer.environment import run
from installer.menu import write_menu_files
from installer.places import DIST, HERE, NAME, PROGRAM, ROOT, SUMMARY, WORK, package_name
from installer.sizes import files_of

TREE = WORK / "deb"
COMMAND = f"/usr/bin/{NAME}"
_FILES_LEVEL = "3"

DESCRIPTION = (
    f"Description: {SUMMARY}\n"
    " Point and drag to design colored shapes and words, and watch live what a CLIP\n"
    " model calls them; run the experiments of whole studies; look at the colors that\n"
    " single neurons of the network answer to. Works without a network.\n"
)


def control_file(version: str, architecture: str, kilobytes: int, needed: list[str]) -> str:
    """The text of the package's control file."""
    return (
        f"Package: {NAME}\n"
        f"Version: {version}\n"
        f"Architecture: {architecture}\n"
        "Maintainer: CLIP Color Lab developers <developers@clip-color-lab.invalid>\n"
        f"Installed-Size: {kilobytes}\n"
        f"Depends: {', '.join(needed)}\n"
        "Section: science\n"
        "Priority: optional\n" + DESCRIPTION
    )


def build_tree(program: Path, tree: Path, version: str, architecture: str) -> None:
    """Lay the package out in a folder; the program's files are linked, not copied."""
    shutil.rmtree(tree, ignore_errors=True)
    inside = tree / "usr" / "lib" / NAME
    shutil.copytree(program, inside, symlinks=True, copy_function=_link)
    command = tree / "usr" / "bin" / NAME
    command.parent.mkdir(parents=True)
    command.symlink_to(f"../lib/{NAME}/{NAME}")
    write_menu_files(tree / "usr" / "share", COMMAND)
    _write_docs(tree / "usr" / "share" / "doc" / NAME)
    kilobytes = sum(path.stat().st_size for path in files_of(tree)) // 1024
    control = tree / "DEBIAN"
    control.mkdir()
    text = control_file(version, architecture, kilobytes, dependencies(program))
    (control / "control").write_text(text, encoding="utf-8")
    for name in ("postinst", "postrm"):
        shutil.copyfile(HERE / "linux" / "update-databases.sh", control / name)
        (control / name).chmod(0o755)


def pack(tree: Path, target: Path, level: str = _FILES_LEVEL) -> None:
    """Make the package of a folder."""
    run(["dpkg-deb", "--root-owner-group", "-Zzstd", f"-z{level}", "--build", str(tree),
         str(target)])  # fmt: skip


def architecture() -> str:
    """What Debian calls this kind of computer."""
    done = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _write_docs(folder: Path) -> None:
    folder.mkdir(parents=True)
    libraries = "The licenses of the libraries are in"
    (folder / "copyright").write_text(
        f"{(ROOT / 'LICENSE').read_text(encoding='utf-8')}\n"
        f"{libraries} /usr/lib/{NAME}/_internal/licenses.\n",
        encoding="utf-8",
    )
    changes = (ROOT / "CHANGELOG.md").read_bytes()
    (folder / "changelog.gz").write_bytes(gzip.compress(changes, mtime=0))


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
    return target


def main(arguments: list[str] | None = None) -> None:
    """Build the package of the built folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", default=VERSION, help="version of the package")
    parser.add_argument("--level", default=_FILES_LEVEL, help="of compression, 1 to 19")
    parser.add_argument("--out", type=Path, help="file to write (default: in dist)")
    parser.add_argument(
        "--add", nargs="*", default=[], metavar="NAME",
        help="empty files to add beside the program, to see that an upgrade removes them",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    machine = architecture()
    target = options.out or DIST / package_name(".deb", machine)
    build_tree(PROGRAM, TREE, options.version, machine)
    for name in options.add:
        (TREE / "usr" / "lib" / NAME / name).touch()
    pack(TREE, target, options.level)
    shutil.rmtree(TREE)
    print(f"{target.name}: {target.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
