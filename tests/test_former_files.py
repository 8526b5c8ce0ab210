"""Runs, a census and studies of an earlier version open, give the same numbers, and go on.

``tests/data/former.zip`` was made by version 0.1.0 before its modules moved into rooms: each kind
once finished and once stopped half-way, beside the tables that it gave.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.ablation.study_folder import StudyFolder
from core.base.tables import read_csv
from core.census.data import load_census
from core.census.sets import CensusOfSets
from core.commands import main
from core.commands.figures import indices_of
from core.figures.ablation_export import COLUMNS
from core.figures.census_tables import write_figure_csv
from core.sweeps.run_folder import RunFolder

ZIPPED = Path(__file__).parent / "data" / "former.zip"


@pytest.fixture
def former(tmp_path: Path) -> Path:
    folder = tmp_path / "former"
    shutil.unpack_archive(ZIPPED, folder)
    return folder


def command(*words: object) -> None:
    assert main([str(word) for word in words]) == 0


def resume_study(former: Path, name: str, exports: Path) -> StudyFolder:
    """Go on with it as the command began it, and write its numbers."""
    how = ("--allow-versions", "--threads", 1, "--quiet")
    ablation = ("--ablation", former / "ablation.json")
    command("study", "experiment-4", "--out", former / name, "--export", exports, *ablation, *how)
    return StudyFolder.open(former / name)


def the_same(made: Path, kept: Path) -> bool:
    return made.read_bytes() == kept.read_bytes()


@pytest.mark.parametrize(
    ("table", "kept"), [("fonts-white-1", "fonts"), ("words-white-1", "words")]
)
def test_a_run_gives_the_same_tables(former: Path, tmp_path: Path, table: str, kept: str) -> None:
    made = tmp_path / "made.csv"
    command("tables", former / "run", "--table", table, "--out", made)
    assert the_same(made, former / f"{kept}.csv")


def test_a_run_that_was_stopped_goes_on_to_the_same_answers(former: Path) -> None:
    stopped = former / "run-unfinished"
    assert RunFolder.open(stopped).state == "paused"
    already = {file.name: file.read_bytes() for file in (stopped / "rows").glob("*.parquet")}
    assert already
    command("resume", stopped, "--allow-versions", "--threads", 1, "--quiet")
    run, whole = RunFolder.open(stopped), RunFolder.open(former / "run")
    assert run.state == "finished" and run.plan == whole.plan
    asked = ["index", "answer", "margin"]
    answers, expected = (each.rows(asked).to_pydict() for each in (run, whole))
    assert answers["index"] == expected["index"]
    # Another processor may decide otherwise where two labels are as good as equal.
    sure = [place for place, margin in enumerate(expected["margin"]) if margin > 1e-3]
    assert len(sure) > 80
    assert [answers["answer"][i] for i in sure] == [expected["answer"][i] for i in sure]


def test_a_census_gives_the_same_figures(former: Path, tmp_path: Path) -> None:
    # Its natural pictures are on no other computer; the figure of hues would look at them again.
    indices = indices_of(former / "census", [])
    for name in ("types", "selectivity"):
        write_figure_csv(tmp_path / f"{name}.csv", indices, name, parts="layers")
        assert the_same(tmp_path / f"{name}.csv", former / f"{name}.csv")


def test_a_census_that_was_stopped_goes_on(former: Path) -> None:
    stopped = former / "census-unfinished"
    before = load_census(stopped).sets
    assert before["shapes"].done < len(CensusOfSets.open(stopped).folder("shapes").plan)
    command("census", "--out", stopped, "--allow-versions", "--threads", 1, "--quiet")
    resumed, whole = load_census(stopped).sets, load_census(former / "census").sets
    for kind in ("stroop", "shapes"):
        assert resumed[kind].done == whole[kind].done
        same = resumed[kind].tops.images == whole[kind].tops.images
        assert same.mean() > 0.95  # the last places of a list may be as good as equal


def test_a_study_gives_the_same_numbers(former: Path, tmp_path: Path) -> None:
    resume_study(former, "study", tmp_path)  # there is nothing left to do
    made = (tmp_path / "study.csv").read_text(encoding="utf-8")
    assert made == (former / "study.csv").read_text(encoding="utf-8")


def test_a_study_that_was_stopped_goes_on(former: Path, tmp_path: Path) -> None:
    stopped = StudyFolder.open(former / "study-unfinished")
    assert 0 < stopped.done() < stopped.total
    study = resume_study(former, "study-unfinished", tmp_path)
    assert study.finished
    assert study.record.plan == StudyFolder.open(former / "study").record.plan
    made, whole = (read_csv(each / "study.csv", COLUMNS).rows for each in (tmp_path, former))
    what = [column.name for column in COLUMNS]
    counts, labels = what.index("count"), slice(0, what.index("count"))
    assert [row[labels] for row in made] == [row[labels] for row in whole]
    # Another processor may decide otherwise where two labels are as good as equal.
    assert all(
        abs(row[counts] - other[counts]) <= 2 for row, other in zip(made, whole, strict=True)
    )
