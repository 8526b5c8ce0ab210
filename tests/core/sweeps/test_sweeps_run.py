"""Runs: events, files, interruption at any event, resumption, refusal, merging."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
import torch

from core.base.errors import InvalidInput, RunError
from core.models.loading import load_session, random_session
from core.runs import work
from core.runs.work import Span, cut, missing_spans
from core.stimuli.factorial import ShapeSet
from core.stimuli.render import render
from core.sweeps.events import BatchHalved, Finished, Progress, ShardWritten, Started
from core.sweeps.library import list_runs, new_run_path
from core.sweeps.merge import merge
from core.sweeps.run import BatchPipeline, calibrate, sweep
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import plan_in
from tests.core.sweep_runs import finish, new_run, small_plan


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


@pytest.fixture(scope="module")
def plan(session):
    return small_plan(session)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, plan, session):
    """A run that was never interrupted."""
    run = new_run(tmp_path_factory.mktemp("whole") / "run", plan, session)
    finish(run, session)
    return run


def test_events_of_a_run(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    events = finish(run, session)
    assert events[0] == Started(180, 0, 16, ())
    assert [e for e in events if isinstance(e, ShardWritten)] == [
        ShardWritten(0, 48),
        ShardWritten(48, 96),
        ShardWritten(96, 144),
        ShardWritten(144, 180),
    ]
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.done for event in progress] == [*range(16, 180, 16), 180]
    assert all(event.counts.images == event.done for event in progress)
    assert progress[-1].condition == plan.stimuli.combinations[-1]
    assert isinstance(events[-1], Finished) and (events[-1].done, events[-1].images) == (180, 180)
    assert run.state == "finished" and run.missing() == [] and not run.held
    record = run.manifest.sessions[0]
    assert (record.images, record.batch_size, record.device) == (180, 16, "cpu")
    assert record.peak_memory is None or record.peak_memory > 10**7
    assert run.counts() == progress[-1].counts


def test_rows_hold_what_single_predictions_give(whole, session):
    table = whole.rows()
    assert len(table) == 360
    assert table.column("index").to_pylist() == [i for i in range(180) for _ in range(2)]
    rows = table.to_pylist()
    items = [whole.plan.stimuli.spec(index) for index in range(180)]
    embeddings = session.encode_images(np.stack([render(item.stimulus) for item in items]))
    for place, template in enumerate(whole.plan.templates):
        texts = session.encode_texts([template.replace("{}", x) for x in whole.plan.labels])
        cosines = embeddings.astype(float) @ texts.astype(float).T
        for item, cosine in zip(items, cosines, strict=True):
            row = rows[2 * item.index + place]
            condition = item.condition
            assert (row["template"], row["sample"]) == (template, item.sample)
            assert row["subject"] == condition.subject
            assert (row["figure"], row["background"]) == (condition.figure, condition.background)
            assert row["font"] == item.stimulus.font
            if not row["close"]:
                assert row["answer"] == whole.plan.labels[cosine.argmax()]
            named = [condition.figure, condition.background, condition.subject]
            roles = dict(zip(named, ("figure", "background", "written"), strict=True))
            assert row["role"] == roles.get(row["answer"], "none")
            powers = np.exp(session.info.logit_scale * (cosine - cosine.max()))
            for label, share in zip(whole.plan.labels, powers / powers.sum(), strict=True):
                assert row[f"p_{label}"] == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize("stop_after", [1, 2, 4, 5, 7, 13, 15])
def test_r46_a_run_closed_at_any_event_and_resumed_equals_one_that_never_was(
    tmp_path, plan, session, whole, stop_after
):
    run = new_run(tmp_path / "run", plan, session)
    events = sweep(run, session, batch_size=16)
    last = None
    for _ in range(stop_after):
        last = next(events)
    events.close()
    assert run.state == "paused"
    assert run.done() == (last.done if isinstance(last, Progress) else run.done())
    again = RunFolder.open(run.path)
    resumed = finish(again, session, batch_size=7)  # the run keeps its own batches
    assert resumed[0].done == run.counts().images - resumed[-1].images
    assert again.rows().equals(whole.rows())
    assert again.counts() == whole.counts()
    assert again.state == "finished"
    assert len(again.manifest.sessions) == 2


def test_closing_after_the_end_leaves_it_finished(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    events = sweep(run, session, batch_size=64)
    while not isinstance(next(events), Finished):
        pass
    events.close()
    assert run.state == "finished"
    assert [type(event) for event in finish(run, session)] == [Started, Finished]


def test_damaged_rows_are_put_aside_and_computed_again(tmp_path, plan, session, whole):
    run = new_run(tmp_path / "run", plan, session)
    finish(run, session)
    first, second, third, _last = run.shards()
    first.path.write_bytes(first.path.read_bytes()[:-100])
    content = bytearray(second.path.read_bytes())
    content[300] ^= 0xFF  # one bit of the data: only the checksum tells
    second.path.write_bytes(content)
    third.path.write_bytes(b"")
    (run.rows_folder / ".writing-rows").write_bytes(b"half")
    with pytest.raises(RunError, match="is damaged"):
        run.counts()
    events = finish(RunFolder.open(run.path), session)
    assert "3 files of rows could not be read" in events[0].notes[0]
    assert "144 images" in events[0].notes[0]
    assert run.rows().equals(whole.rows())
    assert len(list((run.path / "damaged").iterdir())) == 3
    assert not list(run.rows_folder.glob(".writing*"))


@pytest.mark.parametrize("name", ["plan.json", "manifest.json"])
@pytest.mark.parametrize("content", [b"", b'{"form', b"\xff\xfe"])
def test_a_damaged_plan_or_manifest_is_put_together_again(
    tmp_path, plan, session, whole, name, content
):
    run = new_run(tmp_path / "run", plan, session)
    events = sweep(run, session, batch_size=16)
    while not isinstance(next(events), ShardWritten):
        pass
    events.close()
    (run.path / name).write_bytes(content)
    again = RunFolder.open(run.path)
    assert again.plan == plan
    finish(again, session, batch_size=64)
    assert again.rows().equals(whole.rows())
    assert json.loads((run.path / "plan.json").read_text())["content_hash"] == plan.content_hash()


def test_a_folder_that_is_no_run_or_lost_everything_is_named(tmp_path, plan, session):
    with pytest.raises(RunError, match="There is no run"):
        RunFolder.open(tmp_path / "absent")
    with pytest.raises(RunError, match="There is no run"):
        RunFolder.open(tmp_path)
    run = new_run(tmp_path / "run", plan, session)
    (run.path / "plan.json").write_bytes(b"{")
    with pytest.raises(RunError, match="no image of it is left"):
        RunFolder.open(run.path)
    with pytest.raises(RunError, match="is not empty"):
        RunFolder.create(run.path, plan, session.info)


def test_a_plan_changed_by_hand_does_not_pass(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    text = (run.path / "plan.json").read_text()
    (run.path / "plan.json").write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(RunError, match="damaged"):
        RunFolder.open(run.path)


def test_files_of_a_newer_version_are_refused(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    content = json.loads((run.path / "manifest.json").read_text())
    del content["checksum"]
    (run.path / "manifest.json").write_text(json.dumps({**content, "schema": 99}))
    with pytest.raises(RunError, match="newer version"):
        RunFolder.open(run.path)


def test_resuming_with_another_model_names_what_differs(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    other = random_session("embedded")
    with pytest.raises(RunError, match=r"cannot be resumed with .*: the weights.* differ"):
        next(sweep(run, other))
    larger = random_session("RN50")
    with pytest.raises(RunError, match="the preprocessing"):
        next(sweep(run, larger))


def test_resuming_with_other_versions_needs_leave(tmp_path, plan, session):
    old = msgspec.structs.replace(plan, versions={**plan.versions, "torch": "1.0"})
    run = new_run(tmp_path / "run", old, session)
    with pytest.raises(RunError, match=r"the version of torch \(1.0 and .*\) differs"):
        next(sweep(run, session))
    finish(run, session, allow_versions=True)
    assert any("Resumed although the version of torch" in note for note in run.manifest.notes)


def test_changed_fonts_are_named(tmp_path, plan, session):
    fonts = dict.fromkeys(plan.fonts, "0" * 64)
    run = new_run(tmp_path / "run", msgspec.structs.replace(plan, fonts=fonts), session)
    with pytest.raises(RunError, match="the fonts differs"):
        next(sweep(run, session))


def test_two_processes_do_not_work_on_one_run(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    events = sweep(run, session, batch_size=16)
    next(events)
    assert run.held and run.state == "running"
    with pytest.raises(RunError, match="Another program is working"):
        next(sweep(RunFolder.open(run.path), session))
    events.close()
    assert not run.held


def test_a_killed_run_is_told_by_its_free_lock(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    run.set_state("running")  # as a kill leaves it
    assert run.state == "interrupted"
    assert list_runs(tmp_path)[0].state == "interrupted"


def test_r39_out_of_memory_halves_the_batch_and_loses_no_image(tmp_path, plan, session, whole):
    run = new_run(tmp_path / "run", plan, session)
    compute = BatchPipeline.compute

    def scarce(pipeline, start, stop):
        if stop - start > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return compute(pipeline, start, stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchPipeline, "compute", scarce)
        events = finish(run, session)
    assert [e.batch_size for e in events if isinstance(e, BatchHalved)] == [8, 4]
    assert run.rows(["index", "answer"]).equals(whole.rows(["index", "answer"]))
    assert any("batches of 8 images" in note for note in run.manifest.notes)
    assert RunFolder.open(run.path).manifest.batch_size == 4


def test_an_error_that_is_no_lack_of_memory_ends_the_run_and_keeps_the_rest(
    tmp_path, plan, session, whole
):
    run = new_run(tmp_path / "run", plan, session)
    compute = BatchPipeline.compute

    def broken(pipeline, start, stop):
        if start >= 64:
            raise RuntimeError("a kernel is missing")
        return compute(pipeline, start, stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchPipeline, "compute", broken)
        with pytest.raises(RuntimeError, match="a kernel is missing"):
            finish(run, session)
    assert (run.state, run.done()) == ("failed", 64)
    assert "a kernel is missing" in RunFolder.open(run.path).manifest.problem
    finish(run, session)
    assert run.rows().equals(whole.rows())


def test_two_computers_share_a_run_and_merge_it(tmp_path, session, monkeypatch):
    monkeypatch.setattr(work, "_PART_UNIT", 64)
    plan = small_plan(session, ShapeSet(samples=1, side=96), templates=("{}",))
    parts = [RunFolder.create(tmp_path / str(k), plan, session.info) for k in (1, 2)]
    for number, run in enumerate(parts, start=1):
        finish(run, session, batch_size=64, part=(number, 2))
        assert run.state == "paused"
    assert [run.done() for run in parts] == [384, 880 - 384]
    assert merge(parts[0].path, parts[1].path) == 496
    assert merge(parts[0].path, parts[1].path) == 0
    merged = RunFolder.open(parts[0].path)
    assert merged.state == "finished"
    alone = RunFolder.create(tmp_path / "alone", plan, session.info)
    finish(alone, session, batch_size=64)
    assert merged.rows().equals(alone.rows())
    assert len(merged.manifest.sessions) == 2


def test_merging_overlapping_work_takes_only_what_is_missing(tmp_path, plan, session, whole):
    run = new_run(tmp_path / "run", plan, session, shard_size=64)
    events = sweep(run, session, batch_size=16)
    while next(events).done != 32:
        pass
    events.close()
    assert run.done() == 32
    assert merge(run.path, whole.path) == 148
    assert run.rows().equals(whole.rows())


def test_runs_of_different_plans_do_not_merge(tmp_path, plan, session, whole):
    other = small_plan(session, templates=("{}",))
    run = RunFolder.create(tmp_path / "other", other, session.info)
    with pytest.raises(RunError, match="not parts of one: the templates"):
        merge(run.path, whole.path)


def test_there_is_no_third_half(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    with pytest.raises(InvalidInput, match="no part 3 of 2"):
        next(sweep(run, session, part=(3, 2)))


def test_each_file_of_rows_carries_its_plan(whole):
    for shard in whole.shards():
        carried = json.loads(plan_in(shard))
        assert carried["plan"]["templates"] == list(whole.plan.templates)
        assert (carried["batch_size"], carried["shard_size"]) == (16, 48)


def test_lists_name_damaged_runs_and_go_on(tmp_path, plan, session):
    new_run(tmp_path / "good", plan, session)
    bad = new_run(tmp_path / "bad", plan, session)
    (bad.path / "plan.json").write_bytes(b"")
    (tmp_path / "unrelated").mkdir()
    found = {run.path.name: run for run in list_runs(tmp_path)}
    assert set(found) == {"good", "bad"}
    assert found["bad"].state == "damaged" and "Delete the folder" in found["bad"].problem
    assert (found["good"].state, found["good"].total) == ("new", 180)
    assert list_runs(tmp_path / "absent") == []


def test_new_runs_get_folders_of_their_own(tmp_path):
    first = new_run_path("Experiment 4: Stroop / white?", tmp_path)
    first.mkdir()
    second = new_run_path("Experiment 4: Stroop / white?", tmp_path)
    assert second != first
    assert first.name.endswith("-experiment-4-stroop-white")
    assert new_run_path("   ", tmp_path).name.endswith("-run")


def test_renaming_keeps_the_plan(tmp_path, plan, session):
    run = new_run(tmp_path / "run", plan, session)
    run.rename("Ünïque – “title”")
    again = RunFolder.open(run.path)
    assert again.manifest.title == "Ünïque – “title”"
    assert again.plan == plan


def test_calibration_measures_and_leaves_nothing(tmp_path, plan, session):
    found = calibrate(plan, session)
    assert found.images_per_second > 0 and found.batch_size >= 1
    assert found.seconds(100) == pytest.approx(100 / found.images_per_second)
    assert found.images >= 3 * found.batch_size


def test_r84_tuning_stops_between_two_batches_and_leaves_nothing(tmp_path, plan, session):
    class Enough(Exception):
        pass

    asked = []

    def go_on():
        asked.append(1)
        if len(asked) == 3:
            raise Enough

    with pytest.raises(Enough):
        calibrate(plan, session, go_on)
    assert len(asked) == 3
    asked.clear()
    run = new_run(tmp_path / "run", plan, session)
    with pytest.raises(Enough):
        list(sweep(run, session, go_on=go_on))
    again = RunFolder.open(run.path)
    assert (again.state, again.manifest.batch_size, again.done()) == ("new", 0, 0)
    with again.hold():  # nobody holds it any more
        pass


@pytest.mark.parametrize(
    ("seconds", "images"),
    [
        (1.5, 200),  # ten batches take 15 s
        (100.0, 60),  # about 64 at least, in whole batches
        (0.001, 4100),  # and about 4,096 at most
    ],
)
def test_a_file_of_rows_holds_some_seconds_of_work(
    tmp_path, plan, session, monkeypatch, seconds, images
):
    monkeypatch.setattr("core.sweeps.run._timed", lambda *_arguments: seconds)
    run = new_run(tmp_path / "run", plan, session)
    run.manifest.shard_size = 0  # it is yet to be found
    events = sweep(run, session, batch_size=20)
    next(events)
    events.close()
    assert run.manifest.shard_size == images


def test_missing_ranges():
    assert missing_spans([], 5) == [Span(0, 5)]
    assert missing_spans([Span(0, 2), Span(3, 5)], 7) == [Span(2, 3), Span(5, 7)]
    assert missing_spans([Span(0, 5)], 5) == []
    assert list(cut(Span(5, 21), 8)) == [Span(5, 8), Span(8, 16), Span(16, 21)]
