"""Sizes of folders, and emptying the cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.base.paths import (
    KEPT_IN_CACHE,
    cache_bytes,
    cache_dir,
    data_dir,
    empty_cache,
    folder_bytes,
)


def write(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def test_bytes_of_a_folder_count_what_is_below_it(tmp_path: Path) -> None:
    write(tmp_path / "a", 10)
    write(tmp_path / "b" / "c", 200)
    assert folder_bytes(tmp_path) == 210
    assert folder_bytes(tmp_path, tmp_path / "b") == 10
    assert folder_bytes(tmp_path / "nowhere") == 0


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "file", 1000)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    assert folder_bytes(inside) == 0


def test_emptying_removes_all_but_the_marks_in_use() -> None:
    write(cache_dir() / "neuron-features.sqlite", 300)
    write(cache_dir() / "hues" / "a", 50)
    mark = write(cache_dir() / KEPT_IN_CACHE / "check.svg", 7)
    kept = write(data_dir() / "runs" / "run", 99)
    assert cache_bytes() == 350
    assert empty_cache() == 350
    assert cache_bytes() == 0
    assert mark.exists()
    assert kept.exists()


@pytest.mark.parametrize("by", ["a file in its place", "no rights"])
def test_r64_without_a_cache_that_can_be_written_a_passing_one_is_used(
    profile: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "no rights":
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    else:
        (profile / "cache").write_text("no folder")
    folder = cache_dir()
    assert folder.is_dir() and folder == cache_dir()
    assert profile not in folder.parents
    (folder / "something").write_bytes(b"x" * 10)
    assert cache_bytes() >= 10
    empty_cache()
    assert not (folder / "something").exists()


def test_a_link_in_the_cache_goes_and_what_it_names_stays(tmp_path: Path) -> None:
    outside = write(tmp_path / "precious" / "file", 5)
    (cache_dir() / "link").symlink_to(outside.parent, target_is_directory=True)
    empty_cache()
    assert not (cache_dir() / "link").exists()
    assert outside.exists()
