"""The window at scales of 1, 1.5 and 2: nothing is cut off, and pictures have the right pixels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.scaled_window import clipped

ROOT = Path(__file__).resolve().parents[3]
PANES = ("designer", "prediction", "inspector", "experiments", "studies")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("scale", "width", "height"),
    [(1.0, 1280, 720), (1.5, 1280, 720), (2.0, 960, 540)],
    ids=["1", "1.5", "2"],
)
def test_r51_nothing_is_cut_off_at_any_scale(
    tmp_path: Path, profile: Path, scale: float, width: int, height: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.scaled_window", tmp_path, str(width), str(height)],
        cwd=ROOT,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(scale),
            "CLIP_COLOR_LAB_HOME": str(profile),
        },
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert seen["scale"] == scale
    assert {name: texts for name, texts in seen["clipped"].items() if texts} == {}
    assert {name: places for name, places in seen["outside"].items() if places} == {}
    for name in PANES:
        with Image.open(tmp_path / f"{name}.png") as picture:
            size = picture.size
            colors = picture.convert("RGB").resize((200, 120)).getcolors(24_000)
        # The window never becomes smaller than its parts need.
        assert size[0] >= width * scale
        assert size[1] >= height * scale
        assert len(colors) > 50, "the picture shows something"


def test_what_is_cut_off_is_seen(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    good, wide, high = QLabel("short"), QLabel("much longer than its place"), QLabel("word " * 40)
    wide.setFixedWidth(40)
    high.setWordWrap(True)
    high.setFixedSize(80, 14)
    button = QPushButton("A long text on a button")
    button.setFixedWidth(60)
    for part in (good, wide, high, button):
        column.addWidget(part)
    qtbot.addWidget(page)
    page.show()
    found = clipped(page)
    assert len(found) == 3
    assert "much longer" in found[0]
    assert "word word" in found[1]
    assert "on a button" in found[2]
