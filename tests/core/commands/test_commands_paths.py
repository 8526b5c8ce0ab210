"""Words that name no file or folder, and names that no drive takes."""

from __future__ import annotations

import pytest

from core import commands
from core.commands import FAILED


@pytest.mark.parametrize(
    "arguments",
    [
        ["census", "--pictures", ""],
        ["census", "--model", ""],
        ["run", "experiment-4", "--model", " "],
        ["run", "experiment-4", "--out", ""],
        ["tables", ""],
        ["runs", ""],
        ["runs", "--profile", ""],
        ["--profile=", "runs"],
        ["--profile", "", "runs"],
    ],
    ids=lambda words: " ".join(words) or "–",
)
def test_r80_an_empty_word_is_not_the_folder_one_is_in(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    try:
        status = commands.main(arguments)
    except SystemExit as refused:  # by the parser
        status = refused.code
    assert status == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert "names no file or folder" in line or "names no model" in line
    assert list(tmp_path.iterdir()) == []


LONG = "a" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", LONG),
        ("repeat", LONG),
        ("run", "experiment-4", "--model", LONG),
        ("census", "--pictures", LONG),
        ("census", "--out", f"{LONG}/{LONG}"),
        ("--profile", LONG, "runs"),
    ],
)
def test_r79_a_path_that_is_too_long_is_one_short_line(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIP_COLOR_LAB_HOME", str(tmp_path))  # put back, whatever the command sets
    assert commands.main(arguments) == FAILED
    said = capsys.readouterr().err
    assert "…" in said or "File name too long" in said
    assert len(said.splitlines()) == 1
    assert len(said) < 300
