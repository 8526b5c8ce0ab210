"""Drafts and their words: exact numbers of images, estimates, times, rows of the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.base.errors import InvalidInput
from core.color.terms import SATURATED
from core.experiments.presets import EXPERIMENTS
from core.network.ablation import make_ablation
from core.runs.work import Calibration
from core.stimuli.sampling import ShapeRules, WordRules
from core.sweeps.library import RunSummary
from gui.experiments.plan.draft import PlanDraft, draft_of, draft_of_plan
from gui.experiments.plan.estimates import Estimates
from gui.experiments.runs.run_rows import RunRow, run_rows
from gui.jobs.job_queue import Job
from gui.jobs.sweeps import SweepTask
from gui.widgets.words import condition_text, count_text, date_text, duration_text
from tests.core.experiment_runs import model_info, plan_of

SIZES = [
    ({"kind": "shapes"}, 440_000),
    ({"kind": "stroop"}, 495_000),
    ({"kind": "stroop", "white_backgrounds": False}, 450_000),
    ({"kind": "white-stroop"}, 45_000),
    ({"kind": "white-stroop", "white_word": True}, 50_000),
    ({"kind": "white-stroop", "samples": 1}, 90),
]


def test_the_number_of_images_is_exact() -> None:
    for fields, images in SIZES:
        assert len(PlanDraft(**fields).stimuli(32)) == images


@pytest.mark.parametrize("kind", ["shapes", "stroop", "white-stroop"])
def test_a_draft_comes_back_from_its_stimuli(kind: str) -> None:
    draft = PlanDraft(
        kind=kind,
        templates=("{}",),
        labels=("red", "grey"),
        samples=3,
        seed=9,
        palette=SATURATED,
        geometry="independent",
    )
    if kind == "shapes":
        draft = msgspec.structs.replace(draft, shapes=ShapeRules(size=(0.2, 0.4)))
    else:
        rules = WordRules(width=(0.5, 0.6), fonts=("roboto-bold",))
        draft = msgspec.structs.replace(
            draft, gray="grey", words=rules, white_backgrounds=kind != "stroop"
        )
    assert draft_of(draft.stimuli(48), draft.templates, draft.labels) == draft


def test_a_draft_keeps_the_units_that_a_plan_silences() -> None:
    silenced = make_ablation("any word", {"layer4.0": [3, 7]})
    plan = msgspec.structs.replace(plan_of("experiment-4", 1), ablation=silenced)
    draft = draft_of_plan(plan)
    assert draft.ablation == silenced
    assert draft.ablated == (plan.model.name, plan.model.sha256)
    own = model_info()
    assert draft.ablation_problem(msgspec.structs.replace(own, sha256=plan.model.sha256)) == ""
    other = msgspec.structs.replace(own, sha256="cd" * 32, name="Other")
    assert "Other is in use" in draft.ablation_problem(other)
    assert draft_of_plan(plan_of("experiment-4", 1)).ablation is None


def test_every_preset_makes_its_own_set() -> None:
    for preset in EXPERIMENTS:
        stimuli = PlanDraft(kind=preset.set, samples=1).stimuli(32)
        assert type(stimuli).__struct_config__.tag == preset.set


def test_a_set_that_cannot_be_is_refused_in_words() -> None:
    twice = {**SATURATED.colors, "red": SATURATED["blue"]}
    palette = msgspec.structs.replace(SATURATED, name="own", colors=twice)
    with pytest.raises(InvalidInput, match="same color"):
        PlanDraft(palette=palette).stimuli(32)


def test_times_in_words() -> None:
    for seconds, text in [
        (0.4, "under 1 s"),
        (1, "1 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (70, "1 min 10 s"),
        (599.6, "10 min"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
        (7_199.9, "2 h"),
    ]:
        assert duration_text(seconds) == text


def test_numbers_and_conditions_in_words() -> None:
    assert count_text(1, "image") == "1 image"
    assert count_text(495_000, "image") == "495,000 images"
    words = plan_of("experiment-4", 1).stimuli.combinations
    assert condition_text(words[0]) == "word “black” in gray on white"
    shapes = plan_of("experiment-1", 1).stimuli.combinations
    assert condition_text(shapes[0]) == "black triangle on white"


def test_dates_are_short_where_they_are_near() -> None:
    now = datetime(2026, 5, 7, 12, 0).astimezone()
    assert date_text(now.replace(hour=9, minute=5), now) == "today 09:05"
    assert date_text(now - timedelta(days=2), now) == "5 May 12:00"
    assert date_text(now.replace(year=2024), now) == "7 May 2024"
    # Midnight may pass between the two looks at the clock, but not twice.
    assert any(date_text(datetime.now(UTC)).startswith("today") for _ in range(2))


def test_an_estimate_says_what_it_comes_from_and_holds_for_its_like_alone() -> None:
    estimates = Estimates()
    plan = plan_of("experiment-4", 500)
    estimates.add_calibration(plan, "cpu, 2", Calibration(500.0, 64, 512))
    rate = estimates.rate(plan, "cpu, 2")
    sentence = rate.sentence(45_000)
    assert sentence == "about 1 min 30 s, estimated from a calibration of 512 images"
    assert rate.sentence(90) == "under 1 s, estimated from a calibration of 512 images"
    assert estimates.rate(plan_of("experiment-4", 1), "cpu, 2") == rate
    assert estimates.rate(plan, "cpu, 1") is None
    assert estimates.rate(plan_of("experiment-1", 500), "cpu, 2") is None
    assert estimates.rate(plan_of("experiment-4", 5, geometry="independent"), "cpu, 2") is None


def summary(name: str, state: str = "finished", done: int = 90) -> RunSummary:
    return RunSummary(
        path=Path(name),
        title=name,
        state=state,
        model="Quick",
        created="2024-03-05T10:00:00Z",
        done=done,
        total=90,
    )


def test_the_queue_comes_first_in_the_list_and_tells_its_place() -> None:
    plan = plan_of("experiment-4", 1)
    jobs = [
        Job(SweepTask(Path("b"), "b", plan, object()), "running", 45, 90),
        Job(SweepTask(Path("new"), "new", plan, object()), "queued", 0, 90),
    ]
    runs = [summary("a"), summary("b", "running", 16), summary("c", "paused", 30)]
    rows = run_rows(runs, jobs)
    assert [row.path.name for row in rows] == ["b", "new", "a", "c"]
    assert [row.state_text() for row in rows] == [
        "50\u00a0%",
        "queued, 1st",
        "finished",
        "paused 33\u00a0%",
    ]
    assert rows[0].detail_text() == "5 Mar 2024 · 45 of 90 images · Made up"
    assert [row.resumable for row in rows] == [False, False, False, True]


def test_a_damaged_run_gives_its_reason_in_place_of_details() -> None:
    row = RunRow(Path("x"), "x", "damaged", problem="The plan is damaged.")
    assert row.state_text() == "damaged"
    assert row.detail_text() == "The plan is damaged."
    assert not row.readable
    assert not row.resumable
