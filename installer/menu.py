"""The files by which a Linux desktop knows the program: menu entry, icons, file type."""

from __future__ import annotations

import shutil
from pathlib import Path

from installer.icons import FOLDER as ICONS
from installer.icons import SIZES, SOURCE
from installer.places import HERE, NAME

DESKTOP = HERE / "linux" / f"{NAME}.desktop"
MIME = HERE / "linux" / f"{NAME}.xml"


def desktop_entry(program: str) -> str:
    """The menu entry that starts a program."""
    return DESKTOP.read_text(encoding="utf-8").replace("@PROGRAM@", program)


def write_menu_files(share: Path, program: str | None) -> list[str]:
    """Put the files below a ``share`` folder.

    Parameters
    ----------
    share : Path
    program : str or None
        What the menu entry starts; None leaves its place open, for a script to fill.

    Returns
    -------
    list of str
        What was written, below `share`.
    """
    content: dict[str, Path | str] = {
        f"applications/{NAME}.desktop": desktop_entry(program or "@PROGRAM@"),
        f"mime/packages/{NAME}.xml": MIME,
        f"icons/hicolor/scalable/apps/{NAME}.svg": SOURCE,
    }
    for size in SIZES:
        content[f"icons/hicolor/{size}x{size}/apps/{NAME}.png"] = ICONS / f"app-{size}.png"
    for name, source in content.items():
        target = share / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            shutil.copyfile(source, target)
        else:
            target.write_text(source, encoding="utf-8")
    return sorted(content)
