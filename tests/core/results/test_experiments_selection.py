"""From a number to its pictures: the images of a cell are those that it counts."""

from __future__ import annotations

import pytest

from core.base.errors import InvalidInput, RunError
from core.predict.roles import ROLES
from core.results.recorded import recorded_parts
from core.results.result_types import Selection, Share
from core.results.results import result_tables
from core.results.selection import images_of, matching, selected
from tests.core.experiment_runs import made_run, plan_of

FONT = "The word is written in {} font"
BROKEN_DOWN = ("words-", "faces-", "labels")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    plan = plan_of("experiments-3-5", 1, templates=("{}", FONT))
    return made_run(tmp_path_factory.mktemp("runs") / "run", plan, seed=5)


def shares_of(run) -> list[Share]:
    tables = result_tables(run.plan, run.counts())
    many = [t for t in tables if t.is_matrix or t.outline.kind.startswith(BROKEN_DOWN)]
    shown = [table for table in tables if table not in many]
    cells = [cell for table in shown for row in table.rows for cell in row.cells]
    for table in many:  # one row of each will do
        cells += table.rows[3].cells
    return [cell for cell in cells if isinstance(cell, Share)]


def test_every_cell_leads_to_as_many_images_as_it_counts(run, monkeypatch):
    shares = shares_of(run)
    parts = list(recorded_parts(run))  # read once for all cells
    monkeypatch.setattr("core.results.selection.recorded_parts", lambda _run: parts)
    assert len(shares) > 100
    for share in shares:
        assert len(matching(run, share.selection)) == share.count


def test_the_images_are_those_of_the_rows(run):
    share = next(share for share in shares_of(run) if share.selection.template == 1 and share.count)
    template = run.plan.templates[share.selection.template]
    conditions = run.plan.stimuli.combinations
    expected = {
        row["index"]: row
        for row in run.rows().to_pylist()
        if row["template"] == template
        and row["role"] in share.selection.roles
        and row["index"] % len(conditions) in share.selection.combinations
    }
    found = selected(run, share.selection, limit=None)
    assert found.total == share.count == len(expected)
    assert [image.index for image in found.images] == sorted(expected)
    for image in found.images:
        row = expected[image.index]
        item = run.plan.stimuli.spec(image.index)
        assert image.condition == item.condition and image.sample == item.sample
        assert (image.answer, image.role) == (row["answer"], row["role"])
        assert (image.cosine, image.margin) == (row["cosine"], row["margin"])
        assert (image.ties, image.close) == (row["ties"], row["close"])
        assert image.probabilities == tuple(row[f"p_{label}"] for label in run.plan.labels)


def test_pages_follow_one_another(run):
    selection = Selection(0, tuple(range(990)), roles=("written",))
    whole = selected(run, selection, limit=None)
    pages = [selected(run, selection, limit=40, offset=start) for start in range(0, 400, 40)]
    joined = [image for page in pages for image in page.images]
    assert joined == list(whole.images[:400])
    assert {page.total for page in pages} == {whole.total}
    assert selected(run, selection, offset=whole.total).images == ()


def test_a_seed_shuffles_the_same_way_each_time(run):
    selection = Selection(0, tuple(range(990)), roles=("figure",))
    ordered = [image.index for image in selected(run, selection, limit=None).images]
    shuffled = [image.index for image in selected(run, selection, limit=None, seed=7).images]
    assert shuffled != ordered and sorted(shuffled) == ordered
    again = selected(run, selection, limit=10, offset=5, seed=7)
    assert [image.index for image in again.images] == shuffled[5:15]
    other = [image.index for image in selected(run, selection, limit=None, seed=8).images]
    assert other != shuffled


@pytest.mark.parametrize("only", ["tied", "close"])
def test_ties_and_close_calls_can_be_looked_at(run, only):
    found = selected(run, Selection(1, tuple(range(990)), only=only), limit=None)
    assert found.total
    assert all(image.ties > 1 if only == "tied" else image.close for image in found.images)


def test_answers_can_be_chosen_by_label(run):
    found = selected(run, Selection(0, (5, 6, 7), answers=(2, 4)), limit=None)
    assert {image.answer for image in found.images} <= {"gray", "green"}
    everything = selected(run, Selection(0, (5, 6, 7)), limit=None)
    parts = [selected(run, Selection(0, (5, 6, 7), roles=(role,))).total for role in ROLES]
    assert sum(parts) == everything.total == 3


def test_r65_an_image_in_which_two_roles_coincide_names_both(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 2, white_word=True), seed=2)
    white = run.plan.labels.index("white")
    words = tuple(n for n, c in enumerate(run.plan.stimuli.combinations) if c.subject == "white")
    found = selected(run, Selection(0, words, answers=(white,)), limit=None).images
    assert found and {image.role for image in found} == {"background+written"}
    stored = [row["role"] for row in run.rows().to_pylist() if row["subject"] == "white"]
    assert stored.count("background+written") == len(found)
    for roles in (("written",), ("background",), ("none", "background")):
        chosen = {
            image.index for image in selected(run, Selection(0, words, roles), limit=None).images
        }
        counted = {image.index for image in found} & chosen
        assert len(counted) == (0 if "none" in roles else len(found))


def test_a_run_that_is_not_done_gives_what_it_has(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 2), images=100)
    found = selected(run, Selection(0, tuple(range(90))), limit=None)
    assert found.total == 100
    with pytest.raises(InvalidInput, match="no answer to image 150"):
        images_of(run, 0, [3, 150])


def test_images_come_in_the_order_asked_for(run):
    assert [image.index for image in images_of(run, 0, [800, 3, 989])] == [800, 3, 989]


def test_one_label_has_no_margin(tmp_path):
    plan = plan_of("experiment-4", 1, labels=("red",))
    run = made_run(tmp_path / "run", plan)
    (image,) = images_of(run, 0, [0])
    assert image.margin is None and image.answer == "red"


@pytest.mark.parametrize(
    "selection",
    [Selection(2, (0,)), Selection(0, (990,)), Selection(0, (0,), answers=(11,))],
)
def test_a_cell_of_another_run_is_refused(run, selection):
    with pytest.raises(InvalidInput, match="not one of the run"):
        selected(run, selection)


def test_a_damaged_file_is_told(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1))
    path = run.shards()[0].path
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RunError, match="damaged"):
        selected(run, Selection(0, (0,)))
