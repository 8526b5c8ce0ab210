"""Without a network everything works but Download (R06)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.models.files.catalog import models_dir

ROOT = Path(__file__).resolve().parents[2]
HOSTS = {"RN50.pt": "openaipublic.azureedge.net", "ViT-B-32-": "huggingface.co"}

pytestmark = pytest.mark.timeout(900)


def test_r06_every_feature_but_download_works_without_a_network(
    tmp_path: Path, profile: Path
) -> None:
    share = tmp_path / "share"  # holds the trash
    share.mkdir()
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "CLIP_COLOR_LAB_HOME": str(profile),
        "XDG_DATA_HOME": str(share),
    }
    environment.pop("HF_ENDPOINT", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.offline_walk", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    assert (tmp_path / "seen.json").exists(), done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert "failure" not in seen, f"{seen['failure']}\nafter {seen['done']}"
    assert seen["attempts before"] == []
    names = [step.partition(":")[0] for step in seen["done"]]
    for feature in (
        "model", "pixels", "prediction", "edit and undo", "exports", "document", "experiment",
        "census", "picture", "live_maps", "dialogs", "own_model",
    ):  # fmt: skip
        assert feature in names
    for sentence, (file, host) in zip(seen["sentences"], HOSTS.items(), strict=True):
        assert sentence.startswith(f"Could not reach {host}: ")
        assert f"copy the file by hand to {models_dir() / file}" in sentence
    asked = "\n".join(seen["attempts after"])
    assert len(seen["attempts after"]) == 2
    assert all(host in asked for host in HOSTS.values())
