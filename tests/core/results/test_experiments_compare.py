"""Two runs side by side, against a naive loop over the rows of both."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.base.errors import InvalidInput
from core.color.terms import PALETTES
from core.results.comparison.compare import compare
from core.results.comparison.pairing import SAME_IMAGES, SAME_OBJECTS, pairing
from core.results.intervals import newcombe, newcombe_paired
from core.results.result_types import Difference, ResultTable
from core.stimuli.sampling import WordRules
from tests.core.experiment_runs import made_run, model_info, plan_of

FONT = "The word is written in {} font"
OTHER = model_info(name="Another", sha256="cd" * 32)


def by_image(run, template: int) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of one template by condition and sample."""
    return {
        (row["subject"], row["figure"], row["background"], row["sample"]): row
        for row in run.rows().to_pylist()
        if row["template"] == run.plan.templates[template]
    }


def cell(comparison, table: str, row: int, column: str) -> Difference:
    found = table_of(comparison, table)
    ids = [shown.id for shown in found.columns]
    value = found.rows[row].cells[ids.index(column)]
    assert isinstance(value, Difference)
    return value


def table_of(comparison, id: str) -> ResultTable:
    (found,) = [table for table in comparison.tables if table.id == id]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def first(folder):
    plan = plan_of("experiments-3-5", 1, templates=("{}", FONT), title="First")
    return made_run(folder / "first", plan, seed=1)


@pytest.fixture(scope="module")
def second(folder):
    plan = plan_of("experiments-3-5", 1, templates=(FONT, "A {}"), title="Second", info=OTHER)
    return made_run(folder / "second", plan, seed=2)


def test_the_same_images_are_compared_one_by_one(first, second):
    comparison = compare(first, second)
    assert comparison.pairing == SAME_IMAGES
    assert (comparison.first_images, comparison.second_images) == (990, 990)
    ours, theirs = by_image(first, 1), by_image(second, 0)
    checked = 0
    for table in comparison.tables:
        if table.outline.kind not in ("fonts-all", "fonts-white", "prompts-all"):
            continue
        for row in table.rows:
            for column, value in zip(table.columns, row.cells, strict=True):
                if not isinstance(value, Difference):
                    continue
                keys = [
                    key
                    for key in ours
                    if (row.total or table.outline.template is None or key[1] == row.names[0])
                    and (table.outline.kind != "fonts-white" or key[2] == "white")
                ]
                wanted = {column.id}
                if column.id == "none" and table.outline.kind == "fonts-white":
                    wanted.add("background")
                hits = [
                    (ours[key]["role"] in wanted, theirs[key]["role"] in wanted) for key in keys
                ]
                both = hits.count((True, True))
                only = hits.count((True, False)), hits.count((False, True))
                neither = hits.count((False, False))
                assert value.both == both
                assert value.first.count == both + only[0]
                assert value.second.count == both + only[1]
                expected = newcombe_paired(both, only[1], only[0], neither)
                assert (value.low, value.high) == expected
                assert value.difference == pytest.approx((only[1] - only[0]) / len(keys))
                checked += 1
    assert checked > 80


def test_matrices_and_ties_are_compared_one_by_one(first, second):
    comparison = compare(first, second)
    ours, theirs = by_image(first, 1), by_image(second, 0)
    matrix = table_of(comparison, "answers-all-2")
    row = matrix.rows[17]
    keys = [key for key in ours if key[:2] == row.names]
    for column, value in zip(matrix.columns, row.cells, strict=True):
        if isinstance(value, Difference):
            assert value.both == sum(
                ours[key]["answer"] == theirs[key]["answer"] == column.id for key in keys
            )
    (row,) = table_of(comparison, "ties").rows
    tied, close = row.cells[:2]
    assert tied.both == sum(ours[key]["ties"] > 1 < theirs[key]["ties"] for key in ours)
    assert close.both == sum(ours[key]["close"] and theirs[key]["close"] for key in ours)
    assert tied.both or close.both


def test_both_can_be_taken_for_independent(first, second):
    comparison = compare(first, second, paired=False)
    assert comparison.pairing == ""
    value = cell(comparison, "fonts-all-2", -1, "written")
    assert value.both is None
    shares = value.second, value.first
    expected = newcombe(*(number for share in shares for number in (share.count, share.total)))
    assert (value.low, value.high) == expected
    assert any("independent samples" in note for note in comparison.notes)


def test_only_templates_with_the_same_text_are_compared(first, second):
    comparison = compare(first, second)
    assert {table.outline.prompt for table in comparison.tables} == {"", FONT}
    (row,) = table_of(comparison, "prompts-all").rows
    assert row.names == (FONT,)


def test_templates_of_one_run_can_be_compared(first):
    comparison = compare(first, first, templates=[(0, 1)])
    assert comparison.pairing == SAME_IMAGES and comparison.differs == ()
    (row,) = table_of(comparison, "prompts-all").rows
    assert row.names == ("{} → " + FONT,)
    table = table_of(comparison, "fonts-all-1-2")
    assert table.title.endswith("“{}” → “" + FONT + "”")
    ours, theirs = by_image(first, 0), by_image(first, 1)
    value = table.rows[-1].cells[1]
    assert value.both == sum(ours[key]["role"] == theirs[key]["role"] == "written" for key in ours)


def test_runs_without_a_common_prompt_are_compared_in_order(folder, first):
    plan = plan_of("experiments-3-5", 1, templates=("One {}", "Two {}", "Three {}"))
    other = made_run(folder / "other-prompts", plan, seed=4)
    comparison = compare(first, other)
    rows = table_of(comparison, "prompts-all").rows
    assert [row.names[0] for row in rows] == ["{} → One {}", FONT + " → Two {}"]
    assert any("“One {}”" in text for text in comparison.differs)


def test_a_run_compared_with_itself_shows_no_difference(first):
    comparison = compare(first, first)
    for table in comparison.tables:
        for row in table.rows:
            for value in row.cells:
                if isinstance(value, Difference) and value.first.total:  # some faces have none
                    assert value.difference == 0
                    assert value.both == value.first.count
                    assert value.low == pytest.approx(-value.high)


def test_runs_of_different_length_are_compared_on_what_both_have(folder, first):
    """A set of fewer samples is the beginning of the one with more, and a run may be partial."""
    plan = plan_of("experiments-3-5", 2, templates=("{}", FONT), title="Longer")
    longer = made_run(folder / "longer", plan, images=1200, seed=6)
    comparison = compare(first, longer)
    assert comparison.first_images == comparison.second_images == 990
    notes = " ".join(comparison.notes)
    assert "“Longer” is partial: 1,200 of 1,980 images." in notes
    assert any("samples per combination (1 and 2)" in text for text in comparison.differs)
    alone = compare(first, longer, paired=False)
    assert (alone.first_images, alone.second_images) == (990, 1200)


def test_the_white_set_is_paired_with_the_white_images_of_the_whole_set(folder, first):
    plan = plan_of("experiment-4", 1, title="White", white_word=True, info=OTHER)
    white = made_run(folder / "white", plan, seed=7)
    comparison = compare(first, white)
    assert comparison.pairing == SAME_IMAGES
    assert comparison.first_images == 90, "the word “white” is in the second alone"
    kinds = {table.outline.kind for table in comparison.tables}
    by = {f"{kind}-white" for kind in ("prompts", "fonts", "words", "faces")}
    assert kinds == {*by, "labels", "ties"}
    value = table_of(comparison, "fonts-white-2").rows[-1].cells[1]
    ours, theirs = by_image(first, 1), by_image(white, 0)
    common = [key for key in ours if key in theirs]
    assert len(common) == 90
    assert value.both == sum(
        ours[key]["role"] == theirs[key]["role"] == "written" for key in common
    )


def test_a_model_of_another_size_sees_the_same_figures():
    ours = plan_of("experiment-4", 1)
    larger = model_info(preprocessing=msgspec.structs.replace(OTHER.preprocessing, side=48))
    assert pairing(ours, plan_of("experiment-4", 1, info=larger)) == SAME_OBJECTS
    recolored = plan_of("experiment-4", 1, palette=PALETTES["saturated"])
    assert pairing(ours, recolored) == SAME_OBJECTS
    assert pairing(ours, plan_of("experiment-5", 3)) == SAME_IMAGES


@pytest.mark.parametrize(
    "settings",
    [
        {"seed": 1},
        {"geometry": "independent"},
        {"rules": WordRules(width=(0.5, 0.6))},
        {"gray": "grey"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_other_geometry_or_letters_are_independent_samples(folder, settings):
    ours = made_run(folder / f"ours-{next(iter(settings))}", plan_of("experiment-4", 1), seed=1)
    plan = plan_of("experiment-4", 1, **settings)
    theirs = made_run(folder / f"theirs-{next(iter(settings))}", plan, seed=2)
    assert pairing(ours.plan, theirs.plan) == ""
    comparison = compare(ours, theirs)
    assert comparison.pairing == "" and comparison.differs
    assert cell(comparison, "fonts-white-1", -1, "written").both is None
    with pytest.raises(InvalidInput, match="image by image"):
        compare(ours, theirs, paired=True)


def test_what_differs_is_told_with_its_values(first, second):
    assert compare(first, second).differs == (
        "the templates (only in the first: “{}”; only in the second: “A {}”)",
        "the weights (Made up and Another)",
    )


def test_labels_are_matched_by_the_color_they_name(folder, first):
    labels = ("RED", "grey", "teal", "blue")
    plan = plan_of("experiments-3-5", 1, templates=(FONT,), labels=labels)
    other = made_run(folder / "labels", plan, seed=8)
    comparison = compare(first, other)
    matrix = table_of(comparison, "answers-all-2")
    assert [column.id for column in matrix.columns] == ["gray", "red", "blue", "images"]
    ours, theirs = by_image(first, 1), by_image(other, 0)
    row = matrix.rows[0]
    keys = [key for key in ours if key[:2] == row.names]
    expected = [
        sum(ours[key]["answer"] == mine and theirs[key]["answer"] == others for key in keys)
        for mine, others in (("gray", "grey"), ("red", "RED"), ("blue", "blue"))
    ]
    assert [value.both for value in row.cells[:3]] == expected


def test_shapes_and_words_cannot_be_compared(folder, first):
    shapes = made_run(folder / "shapes", plan_of("experiment-1", 1, title="Shapes"))
    with pytest.raises(InvalidInput, match="“First” and “Shapes” have no table in common"):
        compare(first, shapes)


def test_words_on_white_and_without_white_cannot_be_compared(folder):
    white = made_run(folder / "on-white", plan_of("experiment-4", 1))
    plan = plan_of("experiment-5", 1, white_backgrounds=False)
    with pytest.raises(InvalidInput, match="no table in common"):
        compare(white, made_run(folder / "colored", plan))


def test_prompts_that_do_not_exist_are_refused(first):
    with pytest.raises(InvalidInput, match="no prompts 3 and 1"):
        compare(first, first, templates=[(2, 0)])


def test_runs_that_share_no_image_yet_are_compared_as_independent(folder):
    plan = plan_of("experiment-4", 1)
    ours = made_run(folder / "begun", plan, images=50)
    none = made_run(folder / "not-begun", plan, images=0)
    comparison = compare(ours, none)
    assert (comparison.first_images, comparison.second_images) == (50, 0)
    value = cell(comparison, "fonts-white-1", -1, "written")
    assert value.difference is None and value.low is None
    with pytest.raises(InvalidInput, match="no image in common yet"):
        compare(ours, none, paired=True)
