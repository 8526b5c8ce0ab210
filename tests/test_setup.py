"""Preparing the environment: when it is done, what it repairs, what it says is missing."""

from __future__ import annotations

import importlib
import json
import sys
from importlib.metadata import Distribution
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"


def load(name: str) -> ModuleType:
    """A script of ``tools``, imported as it runs: its folder is on the path."""
    sys.path.insert(0, str(TOOLS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(TOOLS))


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = load("set_up")
    monkeypatch.setattr(module, "STAMP", tmp_path / "ready.json")
    return module


def test_only_a_whole_stamp_of_the_same_requirements_counts(set_up: ModuleType) -> None:
    to_run, to_test = set_up.wanted_stamp(False), set_up.wanted_stamp(True)
    assert not set_up.is_up_to_date(to_run)
    set_up.STAMP.write_text(json.dumps(to_run))
    assert set_up.is_up_to_date(to_run)
    assert not set_up.is_up_to_date(to_test)
    set_up.STAMP.write_text(json.dumps(to_test))
    assert set_up.is_up_to_date(to_run)
    assert set_up.is_up_to_date(to_test)
    set_up.STAMP.write_text(json.dumps(to_test)[:-5])
    assert not set_up.is_up_to_date(to_run)
    set_up.STAMP.write_text("[]")
    assert not set_up.is_up_to_date(to_run)


def test_a_changed_requirement_changes_the_stamp(
    set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in set_up.REQUIREMENTS:
        (tmp_path / name).write_bytes((set_up.ROOT / name).read_bytes())
    before = set_up.wanted_stamp(False)
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    assert set_up.wanted_stamp(False) == before
    (tmp_path / "constraints.txt").write_text("pillow==1.0\n")
    assert set_up.wanted_stamp(False) != before


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An installed package of one module; gives its folder of records."""
    record = tmp_path / "little-1.0.dist-info"
    record.mkdir()
    (tmp_path / "little.py").write_text("x = 1\n")
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: little\nVersion: 1.0\n")
    (record / "RECORD").write_text(
        "little.py,sha256=x,6\n__pycache__/little.cpython-311.pyc,,\nlittle-1.0.dist-info/RECORD,,\n"
    )
    return record


def test_a_whole_package_is_complete(package: Path) -> None:
    assert load("check_packages").is_complete(Distribution.at(package))


@pytest.mark.parametrize("damage", ["missing", "short", "no list", "no name"])
def test_a_package_that_was_cut_off_is_found(package: Path, damage: str) -> None:
    if damage == "missing":
        (package.parent / "little.py").unlink()
    elif damage == "short":
        (package.parent / "little.py").write_text("x")
    elif damage == "no list":
        (package / "RECORD").unlink()
    else:
        (package / "METADATA").write_text("")
    check_packages = load("check_packages")
    assert not check_packages.is_complete(Distribution.at(package))
    assert check_packages.record_folder(Distribution.at(package)) == package


def test_this_environment_is_complete() -> None:
    """What the repair looks at has no false alarms."""
    check_packages = load("check_packages")
    folders = [folder for folder in sys.path if folder.endswith("site-packages")]
    assert folders
    damaged = [
        found.metadata["Name"]
        for found in check_packages.distributions(path=folders)
        if not check_packages.is_complete(found)
    ]
    assert not damaged


def test_missing_libraries_are_named_with_the_command_that_brings_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    libraries = load("system_libraries")
    monkeypatch.setattr(libraries.shutil, "which", lambda name: name == "dnf" or None)
    lacking = {"libxcb-cursor.so.0", "libEGL.so.1", "libnew.so.7"}
    monkeypatch.setattr(
        libraries, "missing", lambda files: lacking if files == libraries.X11 else set()
    )
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert libraries.report() == 1  # there is an X server, and its windows cannot be shown
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert libraries.report() == 0
    monkeypatch.setattr(libraries, "missing", lambda files: lacking)
    assert libraries.report() == 1
    said = capsys.readouterr().err
    assert "libxcb-cursor.so.0" in said
    assert "sudo dnf install libglvnd-egl xcb-util-cursor" in said
    assert "libnew.so.7" in said
    assert "apt-get" not in said
