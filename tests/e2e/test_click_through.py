"""Somebody uses the lab with mouse and keyboard on a real X server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from core.color.terms import CSS
from core.document.document import LabDocument, default_document, open_document
from tests.e2e.person import SENTENCE
from tests.support.x_server import missing_programs, x_server
from tools.pictures.photographer import shrink

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.xvfb, pytest.mark.slow, pytest.mark.timeout(900)]


def plain(document: LabDocument) -> Any:
    return json.loads(msgspec.json.encode(document))


@pytest.mark.skipif(bool(missing_programs()), reason=f"not installed: {missing_programs()}")
def test_click_through(tmp_path: Path, profile: Path, request: pytest.FixtureRequest) -> None:
    """Drag the figure, change its color, edit a prompt, save, undo all, redo all, reopen."""
    folder = tmp_path / "what was done"
    folder.mkdir()
    with x_server() as display:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.person", str(folder)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=570,
            check=False,
        )
    assert (folder / "seen.json").exists(), done.stderr
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    assert "failure" not in seen, seen["failure"]
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr

    first, dragged, colored = (seen[name] for name in ("first", "dragged", "colored"))
    assert first == plain(default_document(side=first["stimulus"]["side"]))
    assert dragged["stimulus"]["center_x"] > first["stimulus"]["center_x"] + 0.02
    assert dragged["stimulus"]["center_y"] > first["stimulus"]["center_y"] + 0.02
    assert seen["steps after dragging"] == 1
    assert without(dragged, "center_x", "center_y") == without(first, "center_x", "center_y")
    assert colored["stimulus"]["figure_color"] == list(CSS["red"])
    assert without(colored, "figure_color") == without(dragged, "figure_color")
    assert seen["edited"]["prompts"]["templates"][0]["text"] == SENTENCE
    assert seen["edited"]["stimulus"] == colored["stimulus"]
    assert seen["charts"] == len(first["prompts"]["templates"])

    saved, pictures = open_document(folder / seen["saved as"])
    assert plain(saved) == seen["edited"]
    assert not pictures
    assert seen["undone"] == first
    assert seen["redone"] == seen["edited"]
    assert seen["new"] == first
    assert seen["reopened"] == seen["edited"]
    assert any((profile / "config").iterdir()), "preferences belong into the profile"

    names = sorted(path.name for path in folder.glob("*.png"))
    assert len(names) == 5
    for name in names:
        with Image.open(folder / name) as image:
            assert image.size >= (1000, 600)
            assert len(image.convert("RGB").resize((200, 120)).getcolors(24_000)) > 50
    keep = request.config.getoption("--click-pictures")
    if keep:
        for name in names:
            kept = Path(shutil.copy(folder / name, keep))
            shrink(kept)


def without(document: dict[str, Any], *fields: str) -> dict[str, Any]:
    """The document without some fields of its stimulus."""
    stimulus = {key: value for key, value in document["stimulus"].items() if key not in fields}
    return {**document, "stimulus": stimulus}
