"""The snippets of docs/elsewhere.md run, and find what the lab itself finds.

The snippet in R is not run.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from core import commands
from core.results.results import outlines, result_tables
from core.sweeps.run_folder import RunFolder

pytestmark = pytest.mark.timeout(900)  # a slow computer does all of it before the first test

PAGE = Path(__file__).resolve().parents[3] / "docs" / "elsewhere.md"
TEXT = PAGE.read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [
    shlex.split(line)[2:]
    for line in re.findall(r"^    (\.venv/bin/python main\.py .+)$", TEXT, re.MULTILINE)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where every command of the page has been given, in order."""
    place = tmp_path_factory.mktemp("elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for command in COMMANDS:
            quick = ["--batch", "90"] if command[0] in ("run", "repeat") else []
            assert commands.main([*command, *quick, "--quiet"]) == commands.DONE, command
    return place


def run_snippet(number: int, folder: Path, monkeypatch) -> dict:
    monkeypatch.chdir(folder)
    names: dict = {}
    exec(compile(SNIPPETS[number], f"{PAGE.name}, snippet {number + 1}", "exec"), names)  # noqa: S102
    return names


def own_shares(folder: Path) -> dict[str, dict[str, float]]:
    run = RunFolder.open(folder / "my-run")
    found = next(outline for outline in outlines(run.plan) if outline.kind.startswith("fonts-"))
    table = result_tables(run.plan, run.counts(), [found.id])[0]
    ids = [column.id for column in table.columns if column.kind == "share"]
    return {
        row.names[0]: {
            name: cell.share for name, cell in zip(ids, row.cells, strict=False) if name in ROLES
        }
        for row in table.rows
        if not row.total
    }


ROLES = ("figure", "written", "none")


def test_pandas_and_polars_find_what_the_lab_finds(folder, monkeypatch, capsys) -> None:
    pandas = run_snippet(0, folder, monkeypatch)["shares"]
    polars = run_snippet(1, folder, monkeypatch)["shares"]
    known = own_shares(folder)
    assert len(known) == len(pandas) == len(polars) == 10
    seen = {row["font"]: row for row in polars.to_dicts()}
    for color, shares in known.items():
        assert set(shares) == set(ROLES)
        for role, share in shares.items():
            found = pandas.loc[color].get(role, 0.0)
            assert found == pytest.approx(share) == pytest.approx(seen[color][role])


def test_other_software_reads_the_stimuli(folder, monkeypatch, capsys) -> None:
    run_snippet(2, folder, monkeypatch)
    assert capsys.readouterr().out.startswith("180 (224, 224) ")


def test_figures_have_the_size_that_the_page_promises(folder, monkeypatch) -> None:
    run_snippet(3, folder, monkeypatch)
    page = pypdf.PdfReader(folder / "column.pdf").pages[0]
    assert float(page.mediabox.width) / 72 * 25.4 == pytest.approx(85, abs=0.05)
    with Image.open(folder / "slide.png") as image:
        assert image.size == (1920, 1080)


def test_the_page_shows_all_that_it_promises(folder) -> None:
    assert len(SNIPPETS) == TEXT.count("```python") == 4
    assert "```r\n" in TEXT
    assert (folder / "report.html").stat().st_size > 50_000
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    runs = [RunFolder.open(folder / name) for name in ("my-run", "again")]
    assert runs[0].rows().equals(runs[1].rows())
