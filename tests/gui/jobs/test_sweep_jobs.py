"""Sweep jobs: the queue, stopping at any moment, what is kept, and where the work runs."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.base.errors import RunError
from core.runs.folder import OtherVersions
from core.sweeps.library import new_run_path
from core.sweeps.run_folder import RunFolder
from gui.jobs import job_worker, priority
from gui.jobs.job_queue import Job, JobsOfKind
from gui.jobs.job_worker import Began, Progress, Task
from gui.jobs.long_work import NICENESS, LongWork
from gui.jobs.priority import lower_priority
from gui.jobs.sweeps import SweepJobs
from gui.widgets.job_progress import JobBadge, ProgressStrip
from tests.core.experiment_runs import made_up, plan_of
from tests.gui.conftest import WAIT
from tests.support.experiments import BATCH, Engine, install
from tests.support.quick_model import QuickModel


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    made = install(monkeypatch)
    yield made
    made.open_gate()


@pytest.fixture
def session() -> QuickModel:
    return QuickModel()


@pytest.fixture
def work(qapp, engine: Engine) -> Iterator[LongWork]:
    made = LongWork()
    yield made
    engine.open_gate()
    made.stop()
    made.deleteLater()


@pytest.fixture
def jobs(work: LongWork) -> SweepJobs:
    return work.sweeps


@pytest.fixture
def add(jobs: SweepJobs, session: QuickModel):
    """Put a new run of 90 images into the queue."""

    def make(title: str = "Run", **options: object) -> Job:
        plan = plan_of("experiment-4", 1, info=session.info, title=title)
        path = RunFolder.create(new_run_path(title), plan, session.info).path
        return jobs.add(path, plan, session, **options)

    return make


def until_ended(jobs: SweepJobs, qtbot: QtBot):
    return qtbot.waitSignal(jobs.ended, timeout=WAIT)


def test_a_job_runs_to_its_end_and_tells_how_far_it_is(jobs, add, qtbot: QtBot) -> None:
    seen: list[int] = []
    jobs.progressed.connect(lambda job: seen.append(job.done))
    with until_ended(jobs, qtbot) as ended:
        job = add()
    assert ended.args == [job, "finished", None]
    assert seen[-1] == job.total == 90
    assert seen == sorted(seen)
    folder = RunFolder.open(job.path)
    assert (folder.state, folder.done()) == ("finished", 90)
    assert len(jobs) == 0


def test_partial_counts_come_along_while_it_works(jobs, add, engine, qtbot: QtBot) -> None:
    engine.close_gate()
    job = add()
    engine.let_through()
    qtbot.waitUntil(lambda: job.progress is not None, timeout=WAIT)
    assert job.progress.detail.counts.images == job.done == BATCH
    assert job.progress.detail.condition == job.task.plan.stimuli.combinations[BATCH - 1]


def test_r46_paused_and_resumed_gives_the_very_numbers_of_a_run_never_stopped(
    jobs, add, engine, session, qtbot: QtBot
) -> None:
    engine.close_gate()
    job = add()
    engine.let_through(2)
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    qtbot.waitUntil(lambda: job.done == 2 * BATCH, timeout=WAIT)
    with until_ended(jobs, qtbot) as ended:
        jobs.pause(job)
        engine.let_through()
    assert ended.args[1] == "paused"
    folder = RunFolder.open(job.path)
    assert folder.state == "paused"
    assert 2 * BATCH <= folder.done() < 90
    engine.open_gate()
    with until_ended(jobs, qtbot) as ended:
        jobs.add(job.path, job.task.plan, session, done=folder.done())
    assert ended.args[1] == "finished"
    answers = made_up(job.task.plan, 90)
    expected = RunFolder.open(job.path).empty_counts()
    parts = (answers.winners, answers.margins, answers.ties, answers.close)
    expected.add(np.arange(90), *parts)
    assert RunFolder.open(job.path).counts() == expected


def test_r42_cancel_stops_after_the_batch_and_keeps_what_is_done(
    jobs, add, engine, qtbot: QtBot
) -> None:
    engine.close_gate()
    job = add()
    engine.let_through(3)
    for _ in range(4):  # the fourth stands at the gate
        qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    qtbot.waitUntil(lambda: job.done == 3 * BATCH, timeout=WAIT)
    with until_ended(jobs, qtbot) as ended:
        jobs.cancel(job)
        assert job.state == "cancelling"
        engine.let_through()
    assert ended.args == [job, "cancelled", None]
    folder = RunFolder.open(job.path)
    assert folder.state == "cancelled"
    assert folder.done() == folder.counts().images == 4 * BATCH
    assert len(engine.computed) == 4


def test_r64_what_was_cancelled_is_kept_as_cancelled_when_the_lab_is_closed(
    work, jobs, add, engine, qtbot: QtBot
) -> None:
    engine.close_gate()
    job = add()
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    jobs.cancel(job)
    work.request_stop()
    engine.open_gate()
    work.stop()
    assert RunFolder.open(job.path).state == "cancelled"


def test_r64_a_run_that_was_cancelled_before_it_began_is_kept_as_cancelled(work, jobs, add) -> None:
    job = add()
    jobs.cancel(job)
    work.stop()  # the thread may not have seen it yet
    assert RunFolder.open(job.path).state == "cancelled"


def test_r84_tuning_is_done_once_and_can_be_cancelled(
    jobs, add, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned: list[object] = []

    def noted(machine: object, **_more: object) -> int:
        tuned.append(machine)
        return BATCH

    monkeypatch.setattr("core.sweeps.run.tuned_batch_size", noted)
    with until_ended(jobs, qtbot) as ended:
        job = add(measure=True)
    assert ended.args[1:] == ["finished", None]
    assert len(tuned) == 1  # while its speed was measured
    assert RunFolder.open(job.path).manifest.batch_size == BATCH
    tuning = threading.Event()

    def endless(_machine: object, go_on: Callable[[], None]) -> int:
        while True:
            tuning.set()
            go_on()

    monkeypatch.setattr("core.sweeps.run.tuned_batch_size", endless)
    for measure in (False, True):
        tuning.clear()
        job = add(f"Second {measure}", measure=measure)
        qtbot.waitUntil(tuning.is_set, timeout=WAIT)
        with until_ended(jobs, qtbot) as ended:
            jobs.cancel(job)
        assert ended.args[1:] == ["cancelled", None]
        folder = RunFolder.open(job.path)
        assert (folder.state, folder.manifest.batch_size) == ("cancelled", 0)
        assert jobs.measuring is None


def test_a_cancel_overtakes_a_pause_that_is_on_its_way(jobs, add, engine, qtbot: QtBot) -> None:
    engine.close_gate()
    job = add()
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    with until_ended(jobs, qtbot) as ended:
        jobs.pause(job)
        jobs.cancel(job)
        jobs.pause(job)
        engine.let_through()
    assert ended.args[1] == "cancelled"


def test_r40_stopping_ends_the_thread_and_leaves_the_run_paused(
    work, jobs, add, engine, qtbot: QtBot
) -> None:
    engine.close_gate()
    job = add()
    waiting = add("Second")
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    engine.let_through()
    qtbot.waitUntil(lambda: job.done == BATCH, timeout=WAIT)
    engine.open_gate()
    work.stop()
    assert not jobs.queue.worker.isRunning()
    folder = RunFolder.open(job.path)
    assert folder.state in ("paused", "finished")
    assert folder.done() >= BATCH
    assert RunFolder.open(waiting.path).done() == 0
    work.stop()  # safe in any state


def test_the_queue_keeps_its_order_and_can_be_changed(jobs, add, engine, qtbot: QtBot) -> None:
    engine.close_gate()
    first, second, third = (add(name) for name in ("First", "Second", "Third"))
    assert [job.state for job in jobs] == ["starting", "queued", "queued"]
    jobs.queue.move(third, -1)
    assert [job.title for job in jobs] == ["First", "Third", "Second"]
    jobs.queue.move(third, -1)  # never before the one at work
    jobs.queue.move(second, 1)
    assert [job.title for job in jobs] == ["First", "Third", "Second"]
    with until_ended(jobs, qtbot) as ended:
        jobs.pause(third)
    assert ended.args == [third, "paused", None]
    titles: list[str] = []
    jobs.ended.connect(lambda job, _state, _error: titles.append(job.title))
    engine.open_gate()
    qtbot.waitUntil(lambda: len(titles) == 2, timeout=WAIT)
    assert titles == ["First", "Second"]
    assert RunFolder.open(third.path).done() == 0
    assert first not in list(jobs)


def test_r64_a_run_that_is_cancelled_while_it_waits_is_kept_as_cancelled(
    jobs, add, engine, qtbot: QtBot
) -> None:
    engine.close_gate()
    add()
    waiting = add("Second")
    with until_ended(jobs, qtbot) as ended:
        jobs.cancel(waiting)
    assert ended.args == [waiting, "cancelled", None]
    folder = RunFolder.open(waiting.path)
    assert (folder.state, folder.done()) == ("cancelled", 0)


@dataclass(frozen=True, eq=False)
class Other(Task):
    """Something else to be done."""

    def events(self, _go_on: Callable[[], None]) -> Iterator[object]:
        yield Progress(1, 1)


def test_whatever_its_kind_a_job_waits_for_the_one_at_work_and_says_so(
    work, jobs, add, engine, qtbot: QtBot
) -> None:
    engine.close_gate()
    first = add()
    other = work.queue.add(Job(Other(Path("other"), "Other")))

    class OtherJobs(JobsOfKind):
        KIND = Other

    others = OtherJobs(work.queue, work.measurements, work)
    strip, badge = ProgressStrip(others), JobBadge((work.queue,), lambda _action: None)
    for widget in (strip, badge):
        qtbot.addWidget(widget)
    assert (first.state, other.state) == ("starting", "queued")
    assert list(jobs) == [first] and list(others) == [other]
    assert strip.text.whole == "Waits for “Run” to end"
    assert badge.text() == "Run · 0\u00a0% · 1 more" and "Waits: Other" in badge.toolTip()
    engine.open_gate()
    qtbot.waitUntil(lambda: other.state == "finished", timeout=WAIT)
    assert first.state == "finished" and not len(work.queue)
    assert strip.isHidden() and badge.isHidden()


def test_a_run_is_in_the_queue_once(jobs, add, session, engine) -> None:
    engine.close_gate()
    job = add()
    with pytest.raises(ValueError, match="already"):
        jobs.add(job.path, job.task.plan, session)


def test_the_run_keeps_the_model_it_began_with(jobs, add, engine, session, qtbot: QtBot) -> None:
    engine.close_gate()
    job = add()
    other = QuickModel("Other", seed=1)
    with until_ended(jobs, qtbot):
        assert job.task.session is session is not other
        engine.open_gate()
    assert engine.sessions == [session]


@pytest.mark.parametrize("by", ["disk", "model", "memory"])
def test_r41_a_failure_is_told_with_its_reason_and_the_next_job_works(
    jobs, add, engine, session, expect_log, qtbot: QtBot, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = None
    if by == "disk":

        def full(*_args: object) -> None:
            raise RunError("There is no space left on the disk.", "Make some.")

        with monkeypatch.context() as patched:
            patched.setattr(RunFolder, "write", full)
            with until_ended(jobs, qtbot) as ended:
                job = add()
        reason = "no space left"
    else:
        engine.fault = RunError("The model is gone.") if by == "model" else MemoryError()
        with until_ended(jobs, qtbot) as ended:
            job = add()
        reason = "The model is gone" if by == "model" else ""
    if by == "memory":  # met by smaller batches, without any failure
        assert ended.args[1] == "finished"
        assert any("8 images" in note for note in job.notes)  # R39
        return
    expect_log(reason)
    assert ended.args[1] == "failed"
    assert reason in str(ended.args[2])
    folder = RunFolder.open(job.path)
    assert folder.state == "failed"
    assert reason in folder.manifest.problem
    with until_ended(jobs, qtbot) as ended:
        jobs.add(job.path, job.task.plan, session)
    assert ended.args[1] == "finished"


@pytest.mark.logs("ZeroDivisionError: a bug", "The run met an unexpected fault")
def test_r41_an_unexpected_exception_is_reported_and_the_thread_goes_on(
    jobs, add, engine, qtbot: QtBot
) -> None:
    engine.fault = ZeroDivisionError("a bug")
    with (
        qtbot.waitSignal(jobs.queue.crashed, timeout=WAIT) as crashed,
        until_ended(jobs, qtbot) as ended,
    ):
        add()
    assert isinstance(crashed.args[0], ZeroDivisionError)
    assert "unexpected fault (ZeroDivisionError)" in str(ended.args[2])
    with until_ended(jobs, qtbot) as ended:
        add("Another")
    assert ended.args[1] == "finished"


@pytest.mark.logs("There is no run in nowhere")
def test_a_folder_that_has_gone_is_told_by_name(jobs, session, qtbot: QtBot) -> None:
    plan = plan_of("experiment-4", 1, info=session.info)
    with until_ended(jobs, qtbot) as ended:
        jobs.add(Path("nowhere"), plan, session)
    assert ended.args[1] == "failed"
    assert "There is no run in nowhere." in str(ended.args[2])


def test_progress_is_told_at_most_ten_times_a_second_and_at_the_end(
    jobs, add, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:  # 0.04 s pass from one look at it to the next
        seconds = 0.0

        @classmethod
        def monotonic(cls) -> float:
            cls.seconds += 0.04
            return cls.seconds

    monkeypatch.setattr(job_worker, "time", Clock)
    monkeypatch.setattr(job_worker, "REPORT_SECONDS", 0.1)
    seen: list[Progress] = []
    jobs.progressed.connect(lambda job: seen.append(job.progress))
    with until_ended(jobs, qtbot):
        add()
    # Six batches, one every 0.04 s: the first, one 0.12 s later, and the last.
    assert [progress.done for progress in seen] == [BATCH, 4 * BATCH, 90]


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux")
def test_r43_the_sweep_stands_back_behind_window_and_predictions(
    jobs, add, engine, monkeypatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(priority, "lower_priority", lower_priority)
    with until_ended(jobs, qtbot):
        add()
    assert set(engine.niceness) == {NICENESS}
    assert NICENESS == 19
    assert os.getpriority(os.PRIO_PROCESS, 0) < NICENESS


def test_a_measurement_tells_the_speed_and_counts_nothing(jobs, session, qtbot: QtBot) -> None:
    plan = plan_of("experiment-4", 1, info=session.info)
    with qtbot.waitSignal(jobs.measured, timeout=WAIT) as measured:
        jobs.measure(plan, session)
        assert jobs.measuring is plan
    assert measured.args[0] is plan
    assert measured.args[1].images_per_second > 0
    assert jobs.measuring is None


def test_a_measurement_that_fails_says_why(jobs, session, engine, qtbot: QtBot) -> None:
    engine.fault = RunError("It cannot be measured.")
    plan = plan_of("experiment-4", 1, info=session.info)
    with qtbot.waitSignal(jobs.unmeasured, timeout=WAIT) as unmeasured:
        jobs.measure(plan, session)
    assert str(unmeasured.args[1]) == "It cannot be measured."
    assert jobs.measuring is None


def test_the_first_run_is_measured_before_it_begins(jobs, add, qtbot: QtBot) -> None:
    measured: list[object] = []
    jobs.measured.connect(lambda plan, _calibration: measured.append(plan))
    with until_ended(jobs, qtbot) as ended:
        job = add(measure=True)
    assert ended.args[1] == "finished"
    assert measured == [job.task.plan]


def test_r44_numbers_beyond_32_bits_come_through_whole(jobs, add, engine, qtbot: QtBot) -> None:
    engine.close_gate()
    job = add()
    many = 3 * 2**31
    jobs.queue.worker.reported.emit(job.task, Began(many - 1, many))
    qtbot.waitUntil(lambda: job.total == many, timeout=WAIT)
    assert job.done == many - 1


@pytest.mark.logs("“Run” cannot be resumed with Larger")
def test_a_run_of_another_model_is_refused_by_name_and_stays_as_it_is(
    jobs, add, engine, qtbot: QtBot
) -> None:
    job = add()
    qtbot.waitUntil(lambda: len(jobs) == 0, timeout=WAIT)
    RunFolder.open(job.path).set_state("paused")
    larger = QuickModel("Larger", side=48)
    with until_ended(jobs, qtbot) as ended:
        jobs.add(job.path, job.task.plan, larger)
    assert ended.args[1] == "failed"
    assert "the preprocessing" in str(ended.args[2])
    assert RunFolder.open(job.path).state == "paused"


def test_other_versions_alone_are_told_apart_and_can_be_allowed(
    session, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of("experiment-4", 1, info=session.info)
    path = RunFolder.create(new_run_path("Old"), plan, session.info).path
    from core.sweeps import plan as planning

    found = {**planning.drawing_versions(), "torch": "99.0"}
    monkeypatch.setattr(planning, "drawing_versions", lambda: found)
    with pytest.raises(OtherVersions, match="torch"):
        RunFolder.open(path).check_resumable(session.info)
    RunFolder.open(path).check_resumable(session.info, True)
    with pytest.raises(RunError) as refused:
        RunFolder.open(path).check_resumable(QuickModel("Larger", side=48).info)
    assert not isinstance(refused.value, OtherVersions)
