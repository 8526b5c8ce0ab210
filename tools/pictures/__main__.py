"""Draws the pictures of the window: every pane, both themes, two sizes of window.

``python -m tools.pictures`` writes all of them to ``build/screenshots`` and copies those that the
documentation shows to ``docs/images``. ``--only inspector studies`` draws a part.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.pictures.ablation import take_ablation
from tools.pictures.experiments import take_experiments
from tools.pictures.inspector import take_inspector
from tools.pictures.lab import take_double, take_lab
from tools.pictures.photographer import Photographer
from tools.pictures.studies import take_studies

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DOUBLE = "double"
# In this order: the ablation tab silences units of the census that the inspector's pictures make.
PARTS = {
    "lab": take_lab,
    "experiments": take_experiments,
    "studies": take_studies,
    "inspector": take_inspector,
    "ablation": take_ablation,
    DOUBLE: take_double,
}


def main() -> None:
    """Take the pictures; those at double scale in a process of their own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--model", default="embedded")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART",
        help=f"only these, of: {', '.join(PARTS)} (the ablation needs the inspector's census)",
    )  # fmt: skip
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parts = [part for part in PARTS if part in options.only]
    if DOUBLE in parts and len(parts) > 1:
        parts.remove(DOUBLE)
        command = [sys.executable, "-m", "tools.pictures", "--only", DOUBLE]
        command += ["--folder", str(options.folder), "--model", options.model]
        subprocess.run(command, check=True, cwd=ROOT)
    if parts == [DOUBLE]:
        os.environ["QT_SCALE_FACTOR"] = "2"
    with tempfile.TemporaryDirectory(prefix="color-lab-pictures-") as profile:
        os.environ["CLIP_COLOR_LAB_HOME"] = profile
        photographer = Photographer(options.folder, Path(profile), options.model)
        for part in parts:
            PARTS[part](photographer)
        photographer.close()
    copy_shown(options.folder)


def copy_shown(folder: Path) -> None:
    """Copy the pictures that the documentation shows to where it looks for them."""
    for page in (*DOCS.glob("*.md"), ROOT / "README.md", DOCS / "gallery" / "README.md"):
        for link in re.findall(r"\]\(([\w/-]+\.png)\)", page.read_text(encoding="utf-8")):
            target = page.parent / link
            if (folder / target.name).exists():
                shutil.copyfile(folder / target.name, target)


if __name__ == "__main__":
    main()
