"""The words behind main.py: a mistyped one opens no window and is answered in one line (R80)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import commands
from core.commands import FAILED
from gui.app.command_line import Options, parse

ROOT = Path(__file__).resolve().parents[3]
WITHOUT_QT = """
import runpy, sys
sys.modules.update(PySide6=None, shiboken6=None, torch=None)  # not there
runpy.run_path("main.py", run_name="__main__")
"""


def refusal(arguments: list[str], capsys) -> str:
    with pytest.raises(SystemExit) as caught:
        commands.main(arguments) if commands.asked_for(arguments) else parse(arguments)
    assert caught.value.code == FAILED == 2
    written = capsys.readouterr()
    (line,) = written.err.splitlines()
    assert written.out == ""
    return line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("tabels run", "main.py: “tabels” is neither a command nor a file. Did you mean tables?"),
        ("Tables run", "main.py: “Tables” is neither a command nor a file. Did you mean tables?"),
        ("resum", "main.py: “resum” is neither a command nor a file. Did you mean resume?"),
        ("cencus --model x --natural d", "“cencus” is neither a command nor a file. Did you mean"),
        ("--profile p stdy", "“stdy” is neither a command nor a file. Did you mean study?"),
        ("--model embedded reprot", "Did you mean report?"),
        ("--model embedded run x", "main.py: the command “run” stands first: main.py run …. See"),
        ("-h run", "main.py: the command “run” stands first"),
        ("--profile=", "main.py: argument --profile: “” names no file or folder. See"),
        ("--model=", "main.py: argument --model: “” names no model. See"),
        ("abcdefgh", "main.py: “abcdefgh” is neither a command nor a file. See main.py --help."),
        ("pilot.txt", "“pilot.txt” is neither a command nor a file"),
        ("a" * 5000, "is neither a command nor a file"),
        ("--self-tset", "main.py: there is no option --self-tset. Did you mean --self-test?"),
        ("--modle embedded", "main.py: there is no option --modle. Did you mean --model?"),
        ("--modle=embedded", "main.py: there is no option --modle. Did you mean --model?"),
        ("--xyz", "main.py: there is no option --xyz. See main.py --help."),
        ("--model", "main.py: argument --model: expected one argument. See main.py --help."),
        ("here.colorlab there.colorlab", "“there.colorlab” is one argument too many"),
        ("run experiment-4 --sampels 3", "main.py run: there is no option --sampels. Did you mean"),
        ("tables a b", "main.py tables: “b” is one argument too many. See main.py tables --help."),
    ],
    ids=lambda value: value[:30],
)
def test_r80_an_unknown_word_is_refused_in_one_line_with_the_nearest(
    arguments: str, said: str, capsys, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refusal(arguments.split(), capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["tabels", "pilot 0.5", "runs.txt"])
def test_r80_files_that_are_there_are_opened_whatever_their_name(
    name: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("{}", "utf-8")
    assert parse([name]) == Options(document=Path(name))
    assert parse(["--model", "embedded", name]) == Options(Path(name), "embedded")


@pytest.mark.parametrize("name", ["gone.colorlab", "./run", "folder/gone", "/no/such/place"])
def test_r80_a_document_that_is_gone_is_left_to_the_window_to_say(name: str) -> None:
    assert parse([name]) == Options(document=Path(name))
    assert parse([]) == Options()


def test_r80_a_mistyped_command_ends_at_once_without_qt_and_without_a_display(profile) -> None:
    bare = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    bare.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_QT, "tabels", "run"],
        cwd=ROOT,
        env={**bare, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.decode("utf-8").splitlines()
    assert "Did you mean tables?" in line and done.stdout == b""


def test_r79_a_profile_folder_that_cannot_be_is_one_line(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIP_COLOR_LAB_HOME", str(tmp_path))  # put back afterwards
    (tmp_path / "file").write_text("x")
    for name in ("a" * 300, "file", "file/below"):
        line = refusal(["--profile", name], capsys)
        assert line.startswith("main.py: the profile folder “")
        assert len(line) < 300


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "main.py: “” is neither a command nor a file."),
        (["census2", "--help"], "“census2” is neither a command nor a file. Did you mean census?"),
        (["tabels", "-h"], "Did you mean tables?"),
        (["--help", "tabels"], "Did you mean tables?"),
        (["tabels", "--version"], "Did you mean tables?"),
    ],
)
def test_r80_a_mistyped_command_is_refused_though_help_is_asked_for(
    arguments, said, capsys, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refusal(arguments, capsys)


@pytest.mark.parametrize(("word", "said"), [("--help", "usage: main.py"), ("--version", "CLIP")])
def test_r80_help_and_version_are_told_and_end_well(word: str, said: str, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        parse([word])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(said)
