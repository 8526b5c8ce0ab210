"""Studies: the runs, their controls, the damage check, and what is said of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from core.ablation.ablation_file import ablation_file, read_ablation, write_ablation
from core.ablation.damage import check_damage, plain_patches
from core.ablation.study_folder import StudyFolder, list_studies
from core.ablation.study_result import measures_of, study_result
from core.ablation.study_run import run_study
from core.ablation.study_words import caution, damage_sentence, points, result_sentence
from core.base.errors import DocumentError, InvalidInput, RunError
from core.base.tables import read_csv
from core.color.terms import COLOR_TERMS, PALETTES
from core.figures.ablation_export import COLUMNS, export_study, study_table
from core.models.loading import load_session
from core.network.ablated_tower import AblatedTower
from core.network.ablation import make_ablation
from core.predict.prediction import Predictor
from core.predict.prompts import prompt_set
from core.results.intervals import newcombe_paired
from core.results.text.percent import percent
from core.runs.folder import moving
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.sweeps.run_folder import RunFolder
from tests.core.sweep_runs import small_plan
from tests.support.elsewhere import held_elsewhere

ROOT = Path(__file__).resolve().parents[3]
CHOSEN = make_ablation("Some", {"layer4.0": range(0, 512, 3), "layer2.0.conv2": [1, 5]})
SIZES = {"layer4.0": 512, "layer2.0.conv2": 32}


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")  # the answers of random weights do not move


def begun(path: Path, session, controls: int = 2) -> StudyFolder:
    plan = small_plan(session, WhiteStroop(samples=1, side=session.info.preprocessing.side))
    chosen = ablation_file(CHOSEN, SIZES, session.info)
    return StudyFolder.create(path, "Study", plan, session.info, chosen, controls=controls)


@pytest.fixture(scope="module")
def finished(session, tmp_path_factory) -> StudyFolder:
    study = begun(tmp_path_factory.mktemp("study") / "whole", session)
    for _event in run_study(study, session, batch_size=16):
        pass
    return study


def answers(run: RunFolder) -> dict[tuple[int, str], tuple[str, str]]:
    """Answer and role by image and template, straight from the rows."""
    return {
        (row["index"], row["template"]): (row["answer"], row["role"])
        for row in run.rows(["index", "template", "answer", "role"]).to_pylist()
    }


@pytest.mark.slow
def test_r46_a_study_stopped_anywhere_ends_like_one_that_never_was(session, finished, tmp_path):
    study = begun(tmp_path / "parts", session)
    total = study.total
    for steps in (1, 4, 9, 3, 14):
        with closing(run_study(StudyFolder.open(study.path), session, batch_size=16)) as work:
            for _ in range(steps):
                next(work)
    again = StudyFolder.open(study.path)
    assert 0 < again.done() < total
    assert not again.finished
    # What a kill leaves of a run that was just being made.
    (study.path / "control-02").mkdir(exist_ok=True)
    last = None
    for event in run_study(again, session):
        last = event
    assert (last.done, last.total, last.number, last.members) == (total, total, 4, 4)
    assert again.finished
    for mine, theirs in zip(again.members, finished.members, strict=True):
        assert mine == theirs
        assert again.run(mine).rows().equals(finished.run(theirs).rows())
        assert again.damage(mine) == finished.damage(theirs)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal")
def test_r46_a_study_killed_from_outside_ends_like_one_that_never_was(session, finished, tmp_path):
    study = begun(tmp_path / "killed", session)
    command = [sys.executable, str(ROOT / "main.py"), "study", "experiment-4", "--quiet"]
    command += ["--batch", "16", "--out", str(study.path)]
    for run in ("intact", "control-01"):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            # As soon as something of that run is there, wherever the program is by then.
            while not list((study.path / run).glob("*")) and process.poll() is None:
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
    assert not study.finished
    for _event in run_study(StudyFolder.open(study.path), session):
        pass
    for mine, theirs in zip(study.members, finished.members, strict=True):
        assert study.run(mine).rows().equals(finished.run(theirs).rows())
        assert study.damage(mine) == finished.damage(theirs)


def test_the_runs_are_those_of_the_plan_with_and_without_the_units(session, finished):
    intact, ablated, *controls = finished.members
    assert finished.run(intact).plan.ablation is None
    assert finished.run(ablated).plan.ablation == CHOSEN
    for control in controls:
        (first, second) = finished.run(control).plan.ablation.parts
        assert (len(first.units), len(second.units)) == (171, 2)
        assert not set(first.units) & set(CHOSEN.parts[0].units)
        assert not set(second.units) & {1, 5}
    sizes = {finished.run(member).manifest.batch_size for member in finished.members}
    assert sizes == {16}, "batches of other sizes could move answers"


def test_effects_equal_those_counted_by_hand(finished):
    result = study_result(finished)
    plan = finished.record.plan
    intact = answers(finished.run(finished.members[0]))
    runs = [result.ablated, *result.controls]
    assert len(runs) == 3
    moved = 0
    for run in runs:
        other = answers(finished.run(run.member))
        for template, text in enumerate(plan.templates):
            keys = [key for key in intact if key[1] == text]
            assert len(keys) == len(plan)
            changed = sum(intact[key][0] != other[key][0] for key in keys)
            assert run.changed[template] == changed
            moved += changed
        for measure, effect in zip(result.measures, run.effects, strict=True):
            text = plan.templates[measure.template]
            keys = [key for key in intact if key[1] == text]
            before = [intact[key][1] in measure.roles for key in keys]
            after = [other[key][1] in measure.roles for key in keys]
            both = sum(one and two for one, two in zip(before, after, strict=True))
            assert (effect.first.count, effect.second.count) == (sum(before), sum(after))
            assert effect.both == both
            assert effect.difference == pytest.approx((sum(after) - sum(before)) / len(keys))
            neither = len(keys) - sum(before) - sum(after) + both
            low, high = newcombe_paired(both, sum(after) - both, sum(before) - both, neither)
            assert (effect.low, effect.high) == (low, high)
    assert moved, "nothing moved: the test would prove nothing"
    for number in range(len(result.measures)):
        effect = result.ablated.effects[number].difference
        sizes = [control.effects[number].difference for control in result.controls]
        assert result.as_large(number) == sum(abs(size) >= abs(effect) for size in sizes)


def test_the_sentence_names_what_was_removed_the_effect_and_the_controls(finished):
    result = study_result(finished)
    sentence = result_sentence(result)
    effect = result.ablated.effects[0]
    assert sentence.startswith(
        "Silencing 173 neurons (“Some”) of layer4.0 and layer2.0.conv2 to zero "
    )
    assert "the written word" in sentence
    assert f"{points(effect.low)} to {points(effect.high)}" in sentence
    assert f"the same {len(finished.record.plan):,} images" in sentence
    assert "2 random controls of as many neurons of the same layers moved it by" in sentence
    assert f"“{finished.record.plan.templates[0]}”" in sentence
    assert damage_sentence(result).startswith("Plain color patches were named rightly in ")
    assert "crossed" in caution(result)


@pytest.mark.parametrize(
    ("difference", "words"),
    [(0.25, "raised the share"), (-0.25, "lowered the share"), (0.0, "left the share")],
)
def test_the_sentence_says_where_the_share_went(finished, difference, words):
    result = study_result(finished)
    member = result.ablated
    effects = tuple(
        msgspec.structs.replace(effect, difference=difference, low=-0.5, high=0.5)
        for effect in member.effects
    )
    moved = msgspec.structs.replace(
        result, ablated=msgspec.structs.replace(member, effects=effects)
    )
    sentence = result_sentence(moved)
    assert words in sentence
    assert (f" to {percent(effects[0].second.share, 1)} (" in sentence) is (difference != 0)


def test_a_sentence_for_no_one_and_many_controls(finished):
    result = study_result(finished)
    none = msgspec.structs.replace(result, controls=(), planned=0)
    assert "no random control was run" in result_sentence(none)
    one = msgspec.structs.replace(result, controls=result.controls[:1], planned=5)
    assert "1 random control of as many neurons" in result_sentence(one)
    assert "4 of 5 controls are still to do." in caution(one)
    assert points(0.0) == "0.0" and points(-0.123) == "−12.3" and points(0.05) == "+5.0"


def test_the_damage_check_equals_single_predictions(session, finished):
    result = study_result(finished)
    plan = finished.record.plan
    patches = plain_patches(plan.labels)
    assert len(patches) == len(COLOR_TERMS) * len(PALETTES) == 22
    side = session.info.preprocessing.side
    predictor = Predictor(session)
    prompts = prompt_set(plan.templates, plan.labels)
    correct = [0] * len(plan.templates)
    for patch in patches:
        picture = np.full((1, side, side, 3), patch.rgb, np.uint8)
        (outcomes,) = predictor.predict(picture, prompts)
        for template, outcome in enumerate(outcomes):
            correct[template] += outcome.labels[outcome.winner] == patch.term
    assert result.intact.correct == tuple(correct)
    assert result.intact.total == 44
    with AblatedTower(session, CHOSEN, fast=True) as tower:
        assert check_damage(plan, session, tower) == result.ablated.damage


def test_labels_that_are_no_colors_have_no_damage_check(session, finished):
    plan = msgspec.structs.replace(finished.record.plan, labels=("a cat", "a dog"))
    with AblatedTower(session) as tower:
        check = check_damage(plan, session, tower)
    assert check.share is None


def test_measures_of_every_set(session):
    side = session.info.preprocessing.side
    words = measures_of(small_plan(session, StroopSet(samples=1, side=side)))
    white = measures_of(small_plan(session))
    shapes = measures_of(small_plan(session, ShapeSet(samples=1, side=side)))
    assert [m.id for m in words[:4]] == ["written-1", "figure-1", "background-1", "none-1"]
    assert [m.id for m in white] == [
        f"{kind}-{template}" for template in (1, 2) for kind in ("written", "figure", "none")
    ]
    assert shapes[0].id == "figure-1"
    for measures, roles in ((words, 4), (white, 4), (shapes, 3)):
        of_first = [role for m in measures if m.template == 0 for role in m.roles]
        assert len(of_first) == len(set(of_first)) == roles, "shares must add up to all answers"


def test_a_study_without_its_first_two_runs_has_no_result(session, tmp_path):
    study = begun(tmp_path / "new", session)
    with pytest.raises(RunError, match="has no result yet"):
        study_result(study)


def test_impossible_studies_are_refused(session, tmp_path):
    plan = small_plan(session)
    nothing = ablation_file(make_ablation("None", {}), {}, session.info)
    with pytest.raises(InvalidInput, match="No neuron is chosen"):
        StudyFolder.create(tmp_path / "a", "A", plan, session.info, nothing)
    most = ablation_file(make_ablation("Most", {"layer4.0": range(400)}), SIZES, session.info)
    with pytest.raises(InvalidInput, match="only 112 others"):
        StudyFolder.create(tmp_path / "b", "B", plan, session.info, most)
    study = StudyFolder.create(tmp_path / "b", "B", plan, session.info, most, redraw=True)
    assert all(len(control) == 400 for control in study.record.controls)
    foreign = msgspec.structs.replace(most, model="Another", weights="ab" * 32)
    with pytest.raises(InvalidInput, match="about neurons of Another"):
        StudyFolder.create(tmp_path / "c", "C", plan, session.info, foreign)
    assert not (tmp_path / "c").exists()


def test_r48_r49_exports_read_back_exactly(finished, tmp_path):
    result = study_result(finished)
    paths = export_study(tmp_path / "out", finished, result)
    assert [path.name for path in paths] == [
        "study.csv",
        "study-spreadsheet.csv",
        "study.json",
        "study.svg",
    ]
    assert read_csv(paths[0], COLUMNS) == study_table(result)
    assert ",all units,intact," in paths[0].read_text("utf-8")  # as in files of earlier versions
    content = json.loads(paths[2].read_text("utf-8"))
    assert content["sentences"][0] == result_sentence(result)
    made = content["provenance"]["study"]
    assert made["ablation"]["title"] == "Some"
    assert len(made["controls"]) == 2
    drawn = paths[3].read_text("utf-8")
    assert "the written word" in drawn and "controls" in drawn


def test_studies_are_listed_newest_first_and_damaged_ones_with_their_reason(session, tmp_path):
    begun(tmp_path / "one", session)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "study.json").write_text("{")
    found = {entry.path.name: entry for entry in list_studies(tmp_path)}
    assert found["one"].total == 4 * 90
    assert "is damaged" in found["two"].problem


def test_files_of_ablations_read_back_and_foreign_ones_are_refused(session, tmp_path):
    means = {name: np.linspace(-1, 1, size) for name, size in SIZES.items()}
    chosen = make_ablation("Means", {"layer4.0": [3, 7]}, "mean", means)
    content = ablation_file(chosen, SIZES, session.info, means)
    path = tmp_path / "ablation.json"
    write_ablation(path, content)
    again = read_ablation(path)
    assert again == content
    assert np.array_equal(again.means["layer4.0"], means["layer4.0"])
    assert again.sizes == {"layer4.0": 512}
    for text, words in (
        ("{", "holds no ablation"),
        ('{"format": "other", "schema": 1}', "holds no ablation"),
        ('{"format": "clip-color-lab ablation", "schema": 99}', "newer version"),
        ('{"format": "clip-color-lab ablation", "schema": 1}', "is damaged"),
    ):
        path.write_text(text)
        with pytest.raises(DocumentError, match=words):
            read_ablation(path)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_ablation(tmp_path / "missing.json")


def test_r64_a_study_that_another_program_works_on_is_left_alone(session, tmp_path):
    study = begun(tmp_path / "study", session, controls=0)
    study.begun_run(study.members[0])
    before = sorted(path.name for path in study.path.rglob("*"))
    with held_elsewhere(study.path / ".lock"):
        with pytest.raises(RunError, match="Another program is working on the study"):
            next(run_study(StudyFolder.open(study.path), session))
        with pytest.raises(RunError, match="working on the study"), moving(study.path, "study"):
            pass
    after = sorted(path.name for path in study.path.rglob("*") if path.name != ".lock")
    assert after == [name for name in before if name != ".lock"]


def test_r64_two_programs_that_go_on_with_a_study_do_not_remove_its_runs(session, tmp_path):
    study = begun(tmp_path / "study", session, controls=0)
    events = run_study(study, session, batch_size=16)
    next(events)
    run = study.run(study.members[0])
    with pytest.raises(RunError, match="Another program is working on the study"):
        next(run_study(StudyFolder.open(study.path), session))
    assert study.run(study.members[0]).manifest.created == run.manifest.created
    events.close()
    assert not study.held
