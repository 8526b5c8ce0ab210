"""Somebody goes through the whole paper by keys alone, on a real X server."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.document.document import open_document
from tests.e2e.keyboard_person import TEMPLATE
from tests.support.x_server import missing_programs, x_server

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ["tour", "design", "predict", "experiment", "neuron", "export"]

pytestmark = [pytest.mark.xvfb, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.skipif(bool(missing_programs()), reason=f"not installed: {missing_programs()}")
def test_the_whole_paper_by_keys_alone(tmp_path: Path, profile: Path) -> None:
    """Design, predict, run, read the table, look at a neuron, export."""
    folder = tmp_path / "by keys"
    folder.mkdir()
    with x_server() as display:
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.keyboard_person", str(folder)],
            cwd=ROOT,
            env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
            capture_output=True,
            text=True,
            timeout=880,
            check=False,
        )
    assert (folder / "seen.json").exists(), done.stderr
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    assert "failure" not in seen, seen["failure"]
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert seen["chapters"] == CHAPTERS
    assert "unnamed" not in seen, seen["unnamed"]

    designed = seen["designed"]["stimulus"]
    assert (designed["shape"], designed["figure_color"]) == ("star", [255, 0, 0])
    assert designed["center_x"] > 0.5 > designed["center_y"]
    assert seen["images"] == 90  # ten words in nine other colors on white, one sample each
    assert 0 < seen["images of the cell"] <= 90

    document, _pictures = open_document(folder / "by keys.colorlab")
    assert document.prompts.templates[0].text == TEMPLATE
    assert document.stimulus.shape == "star"
    with Image.open(folder / "stimulus.png") as stimulus:
        pixels = np.asarray(stimulus.convert("RGB"))
    assert pixels.shape == (96, 96, 3), "the pixels that the embedded model gets"
    assert (pixels.reshape(-1, 3) == (255, 0, 0)).all(axis=1).any()
    with Image.open(folder / "neuron.png") as neuron:
        assert min(neuron.size) > 300
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) > 1
