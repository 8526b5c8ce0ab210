"""Every table against a naive loop over the rows of a run, and what the tables say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.color.terms import canonical, is_chromatic
from core.experiments.presets import EXPERIMENTS
from core.models.files.catalog import entry_of
from core.models.loading import load_session
from core.predict.prompts import color_labels
from core.results.intervals import wilson
from core.results.result_types import ResultColumn, ResultRow, ResultTable, Share
from core.results.results import outlines, result_tables
from core.stimuli.fonts import font_face
from core.sweeps.counts import AnswerCounts
from core.sweeps.events import Progress
from tests.core.experiment_runs import made_run, model_info, plan_of
from tests.core.sweep_runs import finish, new_run, small_plan

FONT = "The word is written in {} font"

CASES = {
    "shapes": {"name": "experiments-1-2", "templates": ("{}", "The color of the object is {}")},
    "words": {"name": "experiments-3-5", "templates": (FONT, "A {} thing")},
    "words without white": {
        "name": "experiment-5",
        "white_backgrounds": False,
        "geometry": "independent",
    },
    "words on white": {"name": "experiment-4", "white_word": True},
    "own labels": {
        "name": "experiment-4",
        "labels": ("Grey", "teal", "RED", "blue", "none of them", "yellow"),
    },
    "two labels of one color": {"name": "experiment-4", "labels": ("gray", "grey", "Gray")},
    "one label": {"name": "experiment-4", "labels": ("red",)},
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def run(request, tmp_path):
    settings = dict(request.param)
    return made_run(tmp_path / "run", plan_of(settings.pop("name"), 1, **settings), seed=3)


def tables_of(run) -> dict[str, ResultTable]:
    return {table.id: table for table in result_tables(run.plan, run.counts())}


def cells_of(table: ResultTable) -> Iterator[tuple[ResultRow, ResultColumn, Any]]:
    for row in table.rows:
        yield from ((row, *pair) for pair in zip(table.columns, row.cells, strict=True))


def in_row(
    table: ResultTable, names: tuple[str, ...], column: str | None
) -> Callable[[dict[str, Any]], bool]:
    """Whether an image belongs to the row of a table, told from names alone."""
    kind = table.outline.kind
    belongs = in_row_of_any_background(table, names, column)
    if kind.endswith("-white"):
        return lambda row: row["background"] == "white" and belongs(row)
    if kind.endswith("-colored"):
        return lambda row: row["background"] != "white" and belongs(row)
    return belongs


def in_row_of_any_background(
    table: ResultTable, names: tuple[str, ...], column: str | None
) -> Callable[[dict[str, Any]], bool]:
    kind = table.outline.kind
    if kind == "cells":
        cell = tuple(name == "chromatic" for name in names)
        return lambda row: (is_chromatic(row["background"]), is_chromatic(row["figure"])) == cell
    parts = {"fonts": "figure", "words": "subject", "faces": "font"}
    if (what := kind.split("-")[0]) in parts:
        if names[0] == "all":
            return lambda row: True
        part = parts[what]
        if part == "font":
            return lambda row: font_face(row["font"]).title == names[0]
        return lambda row: row[part] == names[0]
    if kind == "labels":
        part = {"figure": "figure", "background": "background", "written": "subject"}.get(column)
        term = canonical(names[0])
        return lambda row: part is None or row[part] == term
    if kind.startswith(("matrix", "answers")):
        first, second = ("subject", "figure"), ("figure", "background")
        one, other = first if "Written word" in table.row_headers else second
        pair = names if kind.startswith("answers") else (*names, column)
        return lambda row: (row[one], row[other]) == pair
    return lambda row: True


def is_counted(
    table: ResultTable, names: tuple[str, ...], column: str, row: dict[str, Any]
) -> bool:
    """Whether a cell counts an answer, told from its color alone."""
    kind = table.outline.kind
    if kind == "ties":
        return row["ties"] > 1 if column == "tied" else row["close"]
    if kind.startswith("answers"):
        return row["answer"] == column
    if kind == "labels":
        return row["answer"] == names[0]
    named = canonical(row["answer"])
    parts = {"figure": "figure", "background": "background", "written": "subject"}
    hits = {role for role, part in parts.items() if named is not None and named == row[part]}
    if kind.startswith("matrix"):
        return kind.split("-")[1] in hits
    if column == "none":
        return not hits - {"background"} if "white" in kind else not hits
    return column in hits


def test_every_share_of_every_table_equals_a_naive_count(run):
    needed = ("template", "subject", "figure", "background", "font", "answer", "margin")
    needed += ("ties", "close")
    rows: dict[str, list[dict[str, Any]]] = {text: [] for text in run.plan.templates}
    for row in run.rows(needed).to_pylist():
        rows[row["template"]].append(row)
    shares = 0
    for table in tables_of(run).values():
        seen: dict[Any, list[dict[str, Any]]] = {}
        for line, column, cell in cells_of(table):
            by_column = table.outline.kind.startswith(("matrix", "labels"))
            place = (line.names, column.id if by_column else None)
            if place not in seen:
                asked = rows[table.outline.prompt or line.names[0]]
                belongs = in_row(table, *place)
                seen[place] = [row for row in asked if belongs(row)]
            images = seen[place]
            if column.kind == "count":
                assert cell == len(images)
            if not isinstance(cell, Share):
                # Cells are empty only where there can be no image.
                assert cell is not None or not images or column.kind == "number"
                continue
            shares += 1
            counted = [row for row in images if is_counted(table, line.names, column.id, row)]
            assert (cell.count, cell.total) == (len(counted), len(images)), (table.id, line.names)
            assert (cell.low, cell.high) == (wilson(len(counted), len(images)) or (None, None))
            margins = [row["margin"] for row in counted if row["margin"] is not None]
            by_face = table.outline.kind.startswith("faces") and line.names != ("all",)
            if by_face or table.outline.kind == "ties":  # margins are not kept by face
                assert cell.mean_margin is None
            elif margins and len(run.plan.labels) > 1:
                assert cell.mean_margin == pytest.approx(np.mean(margins), abs=1e-6)
            else:
                assert cell.mean_margin is None
    assert shares > 20


def test_roles_of_a_row_sum_up_to_its_images(run):
    for table in tables_of(run).values():
        if table.is_matrix or table.outline.kind in ("ties", "labels"):
            continue
        for row in table.rows:
            shares = [cell for cell in row.cells if isinstance(cell, Share)]
            assert sum(cell.count for cell in shares) == row.cells[-1]
            assert sum(cell.chance for cell in shares) == pytest.approx(1)


def test_chance_is_what_a_guesser_reaches(tmp_path):
    """Guessing among eleven terms names each part in 1 of 11 images, and none in the rest."""
    plan = plan_of("experiment-3", 1)
    guesses = AnswerCounts.empty(5, 990, 11)
    guesses.answers += 1
    table = result_tables(plan, guesses, ["prompts-all"])[0]
    for row in table.rows:
        shares = [cell for cell in row.cells if isinstance(cell, Share)]
        assert [cell.share for cell in shares] == pytest.approx([1 / 11, 1 / 11, 1 / 11, 8 / 11])
        assert [cell.chance for cell in shares] == pytest.approx([cell.share for cell in shares])


def test_the_papers_presets_give_the_papers_tables():
    for preset in EXPERIMENTS:
        listed = outlines(plan_of(preset.id, 1))
        ids = [outline.id for outline in listed]
        assert len(set(ids)) == len(ids)
        papers = [outline.paper for outline in listed if outline.paper]
        assert set(papers) >= set(preset.tables)
        assert papers == sorted(papers)
        assert [bool(outline.paper) for outline in listed] == sorted(
            [bool(outline.paper) for outline in listed], reverse=True
        ), "those of the paper come first"


def test_without_white_backgrounds_is_a_table_of_the_whole_set_too():
    """Experiment 5 can be seen with and without white backgrounds from one run."""
    kinds = {outline.kind: outline for outline in outlines(plan_of("experiment-5", 1))}
    assert kinds["fonts-all"].paper == kinds["fonts-colored"].paper == "table-5"
    assert kinds["fonts-white"].paper == "table-4"
    plan = plan_of("experiment-5", 1)
    counts = AnswerCounts.empty(1, 990, 11)
    counts.answers[:, :, 0] = 1
    whole, colored, white = (
        result_tables(plan, counts, [f"fonts-{which}-1"])[0].rows[-1].cells[-1]
        for which in ("all", "colored", "white")
    )
    assert (whole, colored, white) == (990, 900, 90)


def test_white_letters_and_white_words_stand_where_they_can():
    def colors(name: str, kind: str, **settings: Any) -> list[str]:
        plan = plan_of(name, 1, **settings)
        counts = AnswerCounts.empty(len(plan.templates), len(plan.stimuli.combinations), 11)
        return [row.names[0] for row in result_tables(plan, counts, [kind])[0].rows]

    assert "white" not in colors("experiment-4", "fonts-white-1")
    assert colors("experiment-5", "fonts-all-1")[:2] == ["black", "white"]
    assert len(colors("experiment-5", "fonts-all-1")) == 12
    assert "white" not in colors("experiment-4", "matrix-written-white-1")
    assert "white" in colors("experiment-4", "matrix-written-white-1", white_word=True)


def test_r65_white_read_on_white_is_the_written_word_and_said_so(tmp_path):
    plan = plan_of("experiment-4", 1, white_word=True)
    white = plan.labels.index("white")
    counts = AnswerCounts.empty(1, 100, 11)
    counts.answers[0, :, white] = 1  # whatever is shown, the answer is white
    written, none = (
        result_tables(plan, counts, ["fonts-white-1"])[0].rows[-1].cells[place] for place in (1, 2)
    )
    of_white = sum(condition.subject == "white" for condition in plan.stimuli.combinations)
    assert (written.count, none.count) == (of_white, 100 - of_white) == (10, 90)
    for table in result_tables(plan, counts):
        assert any("10 of the 100 images" in note and "coincide" in note for note in table.notes)
    usual = plan_of("experiment-4", 1)
    for table in result_tables(usual, AnswerCounts.empty(1, 90, 11)):
        assert not any("coincide" in note for note in table.notes)


def test_r78_a_word_that_is_never_read_shows_by_word_and_by_label():
    """Nine words of ten read always and one never: nine times out of ten, all in all."""
    plan = plan_of("experiment-4", 1)
    faces = len(plan.fonts)
    counts = AnswerCounts.empty(1, 90, 11, faces)
    labels = {label: number for number, label in enumerate(plan.labels)}
    for number, condition in enumerate(plan.stimuli.combinations):
        answer = "black" if condition.subject == "gray" else condition.subject
        counts.answers[0, number, labels[answer]] = 1
        counts.faces[0, number % faces, number, labels[answer]] = 1
    tables = {table.id: table for table in result_tables(plan, counts)}
    assert tables["fonts-white-1"].rows[-1].cells[1].share == pytest.approx(0.9, abs=0.02)
    words = {row.names[0]: row.cells[1] for row in tables["words-white-1"].rows}
    assert words["gray"].share == 0 and words["gray"].high < 0.35 and words["red"].share == 1
    shares = {row.names[0]: row.cells for row in tables["labels-1"].rows}
    assert shares["gray"][0].count == 0 and shares["gray"][1].share == 0
    assert shares["black"][0].count == words["black"].total + words["gray"].total
    assert shares["red"][1].share == 1
    assert any(note == "Never the answer: “white”, “gray”." for note in tables["labels-1"].notes)
    rows = tables["faces-white-1"].rows
    assert len(rows) == faces + 1 and sum(row.cells[-1] for row in rows[:-1]) == 90
    assert rows[0].cells[1].selection.faces == (0,)
    with pytest.raises(ValueError, match="counts of 3 faces"):
        result_tables(plan, AnswerCounts.empty(1, 90, 11, 3))


def test_r78_a_run_at_work_counts_faces_as_its_rows_do(tmp_path):
    session = load_session("embedded")
    plan = small_plan(session)
    run = new_run(tmp_path / "run", plan, session)
    last = [event for event in finish(run, session) if isinstance(event, Progress)][-1]
    assert last.counts == run.counts()
    assert last.counts.faces.sum() == last.counts.answers.sum() == 360
    by_hand = {}
    for row in run.rows(["font", "template", "answer"]).to_pylist():
        key = row["font"], row["template"], row["answer"]
        by_hand[key] = by_hand.get(key, 0) + 1
    faces, sums = list(plan.fonts), last.counts.faces.sum(axis=2)
    for (face, template, answer), count in by_hand.items():
        place = plan.templates.index(template), faces.index(face), plan.labels.index(answer)
        assert sums[place] == count


def test_published_numbers_stand_beside_ours_with_the_difference(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiments-3-5", 1), seed=1)
    tables = tables_of(run)
    for _row, column, cell in cells_of(tables["prompts-all"]):
        if column.kind == "share":
            assert cell.published is not None and cell.published_text
            assert cell.difference == pytest.approx(cell.share - cell.published)
            assert "Table 3" in cell.published_source
    total = tables["fonts-all-1"].rows[-1]
    assert total.total and total.names == ("all",)
    assert [cell.published for cell in total.cells[:4]] == [0.0235, 0.595, 0.38, None]
    assert [cell.published for cell in tables["fonts-white-1"].rows[-1].cells[:3]] == [
        0.167,
        0.811,
        0.0217,
    ]
    for table in tables.values():
        shown = any(isinstance(c, Share) and c.published for _, _, c in cells_of(table))
        assert shown is bool(table.published_label), table.id
        assert shown <= bool(table.outline.paper)


def test_published_numbers_are_labeled_as_those_of_openais_rn50():
    entry = entry_of("RN50:openai")
    for info, label in (
        (model_info(), "Published (only for OpenAI RN50 weights)"),
        (model_info(name=entry.title, sha256=entry.sha256), "Published"),
    ):
        plan = plan_of("experiment-1", 1, info=info)
        table = result_tables(plan, AnswerCounts.empty(1, 880, 11), ["cells-1"])[0]
        assert table.published_label == label
        warned = any("hold only for OpenAI RN50" in note for note in table.notes)
        assert warned is (label != "Published")


def test_with_other_labels_the_papers_numbers_are_not_shown():
    plan = plan_of("experiment-1", 1, labels=(*color_labels(), "teal"))
    table = result_tables(plan, AnswerCounts.empty(1, 880, 12), ["cells-1"])[0]
    assert not table.published_label
    assert all(cell.published is None for _, _, cell in cells_of(table) if isinstance(cell, Share))
    assert any("not the paper's eleven" in note for note in table.notes)
    assert any("“teal”" in note for note in table.notes)
    other_spelling = plan_of("experiment-1", 1, labels=color_labels("grey"))
    table = result_tables(other_spelling, AnswerCounts.empty(1, 880, 11), ["cells-1"])[0]
    assert table.published_label


def test_notes_tell_what_the_intervals_take_for_granted():
    def notes(**settings: Any) -> str:
        plan = plan_of("experiment-4", 1, **settings)
        return " ".join(result_tables(plan, AnswerCounts.empty(1, 90, 11), ["ties"])[0].notes)

    assert "images share geometries" in notes()
    assert "treat the images as independent" in notes()
    independent = notes(geometry="independent")
    assert "share geometries" not in independent and "Wilson" in independent


def test_r12_notes_tell_the_tie_tolerance_and_what_it_concerns(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 2))
    rows = run.rows().to_pylist()
    ties = sum(row["ties"] > 1 for row in rows)
    close = sum(row["close"] for row in rows)
    assert ties and close
    (note,) = [note for note in tables_of(run)["fonts-white-1"].notes if "tolerance" in note]
    assert f"{ties} of {len(rows)} answers" in note
    assert f"In {close} (" in note
    assert "1e-05" in note and "fp32" in note and "the size of a batch may decide" in note


def test_a_run_that_is_not_done_says_so(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 2), images=40)
    table = tables_of(run)["fonts-white-1"]
    assert table.notes[0] == "Partial: 40 of 180 images so far."
    assert table.rows[-1].cells[-1] == 40
    whole = made_run(tmp_path / "whole", plan_of("experiment-4", 2))
    assert not any("Partial" in note for note in tables_of(whole)["fonts-white-1"].notes)


def test_before_the_first_image_nothing_is_defined():
    plan = plan_of("experiments-1-2", 1)
    for table in result_tables(plan, AnswerCounts.empty(3, 880, 11)):
        for _, _, cell in cells_of(table):
            if isinstance(cell, Share):
                undefined = (cell.share, cell.low, cell.high, cell.difference, cell.mean_margin)
                assert undefined == (None,) * 5
                assert cell.chance is None or 0 < cell.chance < 1


def test_tables_can_be_asked_for_one_by_one(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1))
    everything = result_tables(run.plan, run.counts())
    assert [table.outline for table in everything] == list(outlines(run.plan))
    for table in everything:
        assert result_tables(run.plan, run.counts(), [table.id]) == (table,)


def test_counts_of_another_plan_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        result_tables(plan_of("experiment-4", 1), AnswerCounts.empty(1, 91, 11))


def test_r44_counts_beyond_32_bits_stay_exact():
    plan = plan_of("experiment-4", 1)
    counts = AnswerCounts.empty(1, 90, 11)
    counts.answers[0, :, 3] = 2**33
    counts.margins[0, :, 3] = 2**33 * 2**29
    table = result_tables(plan, counts, ["fonts-white-1"])[0]
    total = table.rows[-1]
    assert total.cells[-1] == 90 * 2**33
    assert sum(cell.count for cell in total.cells[:3]) == 90 * 2**33
    assert total.cells[0].mean_margin == 0.5
