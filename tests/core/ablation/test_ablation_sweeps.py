"""Ablations as a setting of plans: hashes, resuming, and what a sweep computes with them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from core.base.errors import ModelError
from core.models.loading import random_session
from core.network.ablation import Ablation, make_ablation
from core.results.comparison.compare import plan_differences
from core.results.facts import run_facts, run_provenance, settings_line
from core.sweeps.plan import SweepPlan, differences, make_plan
from core.sweeps.run import sweep
from core.sweeps.run_folder import RunFolder
from tests.core.sweep_runs import finish, new_run, small_plan

STORED = Path(__file__).parents[2] / "data" / "plan-without-ablation.json"
CHOSEN = make_ablation("Some", {"layer4.0": range(0, 512, 2), "layer2.0.conv2": [1, 5]})


@pytest.fixture(scope="module")
def session():
    return random_session("embedded")


def with_ablation(plan: SweepPlan, ablation: Ablation | None) -> SweepPlan:
    return msgspec.structs.replace(plan, ablation=ablation)


def rows(run: RunFolder) -> object:
    return run.rows()


def test_r46_a_plan_stored_before_there_were_ablations_keeps_its_hash():
    content = json.loads(STORED.read_bytes())
    assert "ablation" not in content["plan"]
    plan = msgspec.convert(content["plan"], SweepPlan)
    assert plan.ablation is None
    assert plan.content_hash() == content["content_hash"]


def test_r46_such_a_run_folder_opens_and_goes_on(session, tmp_path):
    run = new_run(tmp_path / "run", small_plan(session), session)
    content = json.loads((run.path / "plan.json").read_bytes())
    del content["plan"]["ablation"], content["checksum"]  # as an earlier version wrote it
    (run.path / "plan.json").write_text(json.dumps(content))
    again = RunFolder.open(run.path)
    assert again.plan == run.plan
    finish(again, session)
    assert not again.missing()


def test_an_ablation_changes_the_hash_and_is_named(session):
    plan = small_plan(session)
    other = with_ablation(plan, CHOSEN)
    assert other.content_hash() != plan.content_hash()
    assert differences(plan, other) == ["the ablation"]
    assert plan_differences(plan, other) == (
        "the ablation (none and 258 neurons of layer4.0 and layer2.0.conv2, to zero)",
    )
    renamed = with_ablation(plan, msgspec.structs.replace(CHOSEN, title="Renamed"))
    assert renamed.content_hash() == other.content_hash()
    assert differences(renamed, other) == []
    again = msgspec.json.decode(msgspec.json.encode(other), type=SweepPlan)
    assert again == other


def test_an_ablation_of_no_unit_is_none(session):
    plan = small_plan(session)
    made = make_plan(
        plan.title, plan.stimuli, plan.templates, plan.labels, session.info, Ablation(title="Empty")
    )
    assert made.ablation is None
    assert made.content_hash() == plan.content_hash()


def test_r46_an_ablated_run_stopped_anywhere_is_the_same_as_one_that_never_was(session, tmp_path):
    plan = with_ablation(small_plan(session), CHOSEN)
    intact = new_run(tmp_path / "intact", small_plan(session), session)
    whole = new_run(tmp_path / "whole", plan, session)
    finish(intact, session)
    finish(whole, session)
    parts = new_run(tmp_path / "parts", plan, session)
    for events in (1, 3, 4):
        with closing(sweep(RunFolder.open(parts.path), session, batch_size=16)) as work:
            for _ in range(events):
                next(work)
    resumed = RunFolder.open(parts.path)
    assert 0 < resumed.done() < len(plan)
    finish(resumed, session)
    assert rows(resumed).equals(rows(whole))
    assert not rows(whole).equals(rows(intact)), "the ablation had no effect"
    # Silencing has not touched the session: another intact run is the same as the first.
    once_more = new_run(tmp_path / "again", small_plan(session), session)
    finish(once_more, session)
    assert rows(once_more).equals(rows(intact))


def test_an_ablation_of_another_model_fails_with_the_layers_name(session, tmp_path):
    foreign = make_ablation("Foreign", {"layer7.3": [0]})
    run = new_run(tmp_path / "run", with_ablation(small_plan(session), foreign), session)
    with pytest.raises(ModelError, match=r"has no layer layer7\.3"):
        finish(run, session)


def test_exports_say_what_was_silenced(session, tmp_path):
    run = new_run(tmp_path / "run", with_ablation(small_plan(session), CHOSEN), session)
    facts = run_facts(run)
    assert "without 258 neurons of layer4.0 and layer2.0.conv2, to zero" in settings_line(facts)
    told = run_provenance(facts)["plan"]["ablation"]
    assert told["to"] == "zero"
    assert [part["layer"] for part in told["parts"]] == ["layer4.0", "layer2.0.conv2"]
    intact = new_run(tmp_path / "intact", small_plan(session), session)
    assert run_provenance(run_facts(intact))["plan"]["ablation"] is None
