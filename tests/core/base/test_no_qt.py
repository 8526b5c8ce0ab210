"""The core works where Qt is not installed, and loads no heavy library before it is needed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import core
from tests.support import without_qt

ROOT = Path(core.__file__).resolve().parents[1]
LIGHT = (
    "core.color",
    "core.stimuli",
    "core.predict.prompts",
    "core.predict.prediction",
    "core.document.document",
    "core.base.settings",
    "core.predict.export",
    "core.base.paths",
    "core.base.errors",
    "core.models.files.catalog",
    "core.models.preprocessing",
    "core.models.info",
    "core.experiments",
    "core.results",
    "core.census.data",
    "core.census.sets",
    "core.network.layer",
    "core.units.neuron_types",
    "core.units.query",
    "core.census.tops",
    "core.sweeps.counts",
    "core.sweeps.events",
    "core.sweeps.library",
    "core.sweeps.plan",
    "core.sweeps.run_folder",
    "core.sweeps.shards",
)


def core_modules() -> list[str]:
    found = pkgutil.walk_packages([str(ROOT / "core")], prefix="core.")
    return [module.name for module in found if not module.name.endswith(".__main__")]


def run_python(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_every_module_of_the_core_can_be_imported_without_qt() -> None:
    modules = core_modules()
    assert {"core.predict.prediction", "core.stimuli.render", "core.models.session"} <= set(modules)
    imported = run_python(
        "from tests.support import without_qt\n"
        "import importlib, sys\n"
        "without_qt.block()\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    assert "core" in imported
    assert not without_qt.BLOCKED & set(imported)


def test_what_the_window_needs_at_its_start_loads_no_torch() -> None:
    light = [
        name
        for name in core_modules()
        if any(name == prefix or name.startswith(prefix + ".") for prefix in LIGHT)
    ]
    assert len(light) > len(LIGHT) - 2
    imported = run_python(
        f"import importlib, sys\nfor name in {light!r}: importlib.import_module(name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    assert "core" in imported
    assert not {"torch", "torchvision", "open_clip", "timm", "transformers"} & set(imported)


@pytest.mark.parametrize("name", ["PySide6", "PySide6.QtCore", "pyqtgraph", "superqt", "gui"])
def test_the_block_blocks(name: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from tests.support import without_qt; without_qt.block(); import {name}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "blocked" in done.stderr


@pytest.mark.skipif(without_qt.VARIABLE not in os.environ, reason="only in the run without Qt")
def test_this_run_has_no_qt() -> None:
    with pytest.raises(ModuleNotFoundError, match="blocked"):
        importlib.import_module("PySide6")
