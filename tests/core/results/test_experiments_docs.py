"""Every snippet of docs/experiments.md runs on the run that the page makes, and so do its commands.

The snippet in R is not run.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest

from core import commands
from core.experiments.presets import EXPERIMENTS, stimuli_for
from core.sweeps.run_folder import RunFolder

PAGE = Path(__file__).resolve().parents[3] / "docs" / "experiments.md"
TEXT = PAGE.read_text(encoding="utf-8")
SNIPPETS = re.findall(
    r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL
)
COMMANDS = [
    shlex.split(line, posix=True)[2:]
    for line in re.findall(r"^    (\.venv/bin/python main\.py .+)$", TEXT, re.MULTILINE)
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The run of the page's first command."""
    folder = tmp_path_factory.mktemp("page")
    first = COMMANDS[0]
    assert first[-2:] == ["--out", "my-run"]
    status = commands.main([*first[:-1], str(folder / "my-run"), "--quiet", "--batch", "64"])
    assert status == commands.DONE
    return folder / "my-run"


@pytest.fixture
def here(made, tmp_path, monkeypatch) -> Path:
    shutil.copytree(made, tmp_path / "my-run")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippet_runs_and_prints_what_the_page_says(here, number):
    code, output = SNIPPETS[number]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, f"{PAGE.name}, snippet {number + 1}", "exec"), {})  # noqa: S102
    assert printed.getvalue() == output


def test_every_snippet_is_tested():
    assert len(SNIPPETS) == TEXT.count("```python") == 5
    for name in ("pandas", "polars", "duckdb"):
        assert any(f"import {name}" in code for code, _ in SNIPPETS)


@pytest.mark.slow
def test_the_commands_of_the_page_work(here, capsys, monkeypatch):
    names = {command[0] for command in COMMANDS}
    assert names >= {"run", "resume", "tables", "merge", "runs", "report", "repeat", "stimuli"}
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGE.parent.glob("*.md"))
    for name in set(commands.HELP) - names:  # those about neurons have pages of their own
        assert f"main.py {name} " in pages, f"no page shows the command {name}"
    # The pictures of shared runs are hundreds of thousands: a preview is enough here.
    fewer = ["--samples", "3", "--batch", "64", "--labels", "red", "blue"]
    for command in COMMANDS[1:]:
        if command[0] == "repeat":
            continue  # it is given on a page of its own, with fewer pictures
        short = [*command, *fewer] if command[0] == "run" else command
        assert commands.main(short) == commands.DONE, command
    merged = RunFolder.open(here / "first")
    assert merged.state == "finished" and merged.done() == 2970
    assert (here / "tables.tex").exists()


def test_the_page_lists_every_experiment_with_its_number_of_pictures():
    for preset in EXPERIMENTS:
        assert f"| `{preset.id}` | {len(stimuli_for(preset)):,} |" in TEXT
    assert len(re.findall(r"^\| `experiments?-", TEXT, re.MULTILINE)) == len(EXPERIMENTS)


def test_the_page_names_every_column(made):
    columns = RunFolder.open(made).rows().column_names
    for name in columns:
        assert f"`{name}`" in TEXT or name.startswith("p_"), name
