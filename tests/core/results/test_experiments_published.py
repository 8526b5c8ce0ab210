"""The paper's numbers: what the files hold, and that they are shown only where they belong."""

from __future__ import annotations

import re

import pytest

import core.experiments
from core.color.terms import COLOR_TERMS
from core.experiments.presets import EXPERIMENTS, SETS
from core.models.files.catalog import entry_of
from core.predict.prompts import PROMPT_PRESETS
from core.predict.roles import ROLES
from core.results.published import (
    inconsistencies,
    is_published_model,
    published_label,
    published_source,
    published_tables,
)
from tests.core.base.test_no_qt import ROOT

FONT = "The word is written in {} font"


def test_every_table_is_of_known_prompts_sets_and_roles():
    tables = published_tables()
    assert list(tables) == [f"table-{number}" for number in range(1, 6)]
    templates = {text for preset in PROMPT_PRESETS for text in preset.templates}
    for table in tables.values():
        assert table.set in SETS
        assert set(table.templates) <= templates
        for row in table.row:
            assert set(row.shares) <= set(ROLES)
            assert all(0 <= share <= 100 for share in row.shares.values())


def test_whole_rows_sum_up_to_a_hundred_but_for_rounding():
    for row in published_tables()["table-3"].row:
        assert sum(row.shares.values()) == pytest.approx(100, abs=0.011)
    for name, rows in (("table-1", 4), ("table-2", 8)):
        table = published_tables()[name]
        assert len(table.row) == rows
        for row in table.row:
            shares = table.shares(row.template, row.background, row.figure)
            assert sum(share.share for share in shares.values()) == pytest.approx(1)
            assert shares["none"].derived and not shares["figure"].derived


def test_numbers_are_those_of_the_paper():
    tables = published_tables()
    cell = tables["table-1"].shares("{}", "achromatic", "chromatic")
    assert (cell["background"].printed, cell["figure"].printed) == ("6.28", "91.08")
    assert cell["none"].printed == "2.64"
    cell = tables["table-2"].shares("The color of the object is {}", "chromatic", "achromatic")
    assert (cell["background"].share, cell["figure"].share) == (0.9983, 0.0015)
    row = tables["table-3"].shares("My favorite word, written in the color {}")
    assert [row[role].share for role in ROLES] == [0.0198, 0.3698, 0.6101, 0.0004]
    assert "Table 3, row 5" in row["none"].source
    totals = tables["table-4"].shares(FONT)
    assert {role: share.printed for role, share in totals.items()} == {
        "figure": "16.7",
        "written": "81.1",
        "none": "2.17",
    }
    totals = tables["table-5"].shares(FONT)
    assert (totals["written"].printed, totals["background"].printed) == ("59.5", "38")
    assert "none" not in totals, "the paper does not print it"


def test_what_the_paper_does_not_give_is_empty():
    assert published_tables()["table-4"].shares("{}") == {}
    assert published_tables()["table-1"].shares("{}") == {}


def test_the_papers_inconsistencies_are_told():
    told = {name: " ".join(inconsistencies(name)) for name in published_tables()}
    assert "2.23" in told["table-3"] and "2.35" in told["table-3"]
    assert "59.53" in told["table-3"] and "59.63" in told["table-3"]
    assert "0.19" in told["table-2"] and "0.15" in told["table-2"]
    assert "figure 1" in told["table-1"] and "figure 1" in told["table-2"]
    assert "picture" in told["table-4"] and "picture" in told["table-5"]
    assert inconsistencies("table-9") == ()


def test_only_openais_rn50_has_published_numbers():
    entry = entry_of("RN50:openai")
    assert is_published_model("anything.pt", entry.sha256.upper())
    assert is_published_model(entry.title, "12" * 32), "the same weights in another form"
    assert published_label(entry.title, "") == "Published"
    for other in ("Embedded: ColorLab Tiny (web-like)", "RN50 (random weights)", "RN101 (OpenAI)"):
        assert not is_published_model(other, "12" * 32)
        assert not is_published_model(other, "")
        assert published_label(other, "") == "Published (only for OpenAI RN50 weights)"


def test_experiments_name_tables_of_their_own_set():
    for preset in EXPERIMENTS:
        for name in preset.tables:
            table = published_tables()[name]
            assert set(table.templates) <= set(preset.templates)
            assert table.set == preset.set or (table.set, preset.set) == ("white-stroop", "stroop")


def test_the_source_can_be_cited():
    source = published_source()
    assert source.samples == 500
    assert "Arias" in source.citation() and source.doi in source.citation()


def test_no_published_number_stands_in_the_code():
    printed = {
        str(value)
        for table in published_tables().values()
        for row in table.row
        for value in row.shares.values()
        if len(str(value)) > 3
    }
    for path in (ROOT / "core" / "experiments").rglob("*.py"):
        numbers = set(re.findall(r"\d+\.\d+", path.read_text(encoding="utf-8")))
        # Examples of how a number is written may use one of the paper's.
        assert len(numbers & printed) <= 2, path.name
    assert core.experiments.__doc__
    assert len(COLOR_TERMS) == 11
