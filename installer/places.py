"""Where the build reads and writes, and the names that all installers share."""

from __future__ import annotations

from pathlib import Path

from core.base.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "installer"
WORK = ROOT / "build" / "installer"
"""Intermediate files; may be deleted at any time."""
DIST = ROOT / "dist"

NAME = "clip-color-lab"
TITLE = "CLIP Color Lab"
MIME_TYPE = "application/x-clip-color-lab"
SUMMARY = "A desktop laboratory for color in CLIP models"

PROGRAM = DIST / NAME
"""The folder that PyInstaller makes: the program and ``_internal``."""
INTERNAL = PROGRAM / "_internal"
EXTRAS = WORK / "extras"
"""What is made before the build and goes into it: icons, licenses, the guide."""


def package_name(suffix: str, machine: str) -> str:
    """The name of an installer's file, e.g. ``clip-color-lab_0.1.0_amd64.deb``."""
    return f"{NAME}_{VERSION}_{machine}{suffix}"
