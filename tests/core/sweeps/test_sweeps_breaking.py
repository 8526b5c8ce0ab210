"""Runs that are killed, cut off by a power failure, short of disk or memory, or may not write.

Whatever happens, what is finished is kept, the reason is told, and the resumed run equals one that
was never broken: row by row, and in every table. ``make test-slow`` breaks them more often.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest
import torch

from core.base.errors import RunError
from core.models.fast_tower import FastTower
from core.models.loading import load_session
from core.models.session import ModelSession
from core.results.results import result_tables
from core.runs.work import Span
from core.stimuli.factorial import WhiteStroop
from core.sweeps.events import BatchHalved
from core.sweeps.plan import SweepPlan
from core.sweeps.run import sweep
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import Shard, plan_in
from tests.core.sweep_runs import finish, new_run, small_plan
from tests.support.sweep_worker import Worker

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")

MOMENTS = int(os.environ.get("BREAKING_MOMENTS", "4"))
BATCH, SHARD = 8, 24
HALF = 4 * SHARD + BATCH
SHARDS = 8  # the last one shorter


@pytest.fixture(scope="module")
def session() -> ModelSession:
    return load_session("embedded")


@pytest.fixture(scope="module")
def plan(session) -> SweepPlan:
    return small_plan(session, WhiteStroop(samples=2, side=96))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, plan, session) -> RunFolder:
    """A run that was never broken."""
    run = new_run(tmp_path_factory.mktemp("whole") / "run", plan, session, SHARD)
    finish(run, session, batch_size=BATCH)
    assert len(run.shards()) == SHARDS
    return run


@pytest.fixture
def run(tmp_path, plan, session) -> RunFolder:
    return new_run(tmp_path / "run", plan, session, SHARD)


def resume(path: Path, session: ModelSession) -> RunFolder:
    run = RunFolder.open(path)
    # A run keeps the size of its batches once it has one, whatever is asked for.
    finish(run, session, batch_size=7 if run.manifest.batch_size else BATCH)
    return run


def assert_equal(run: RunFolder, whole: RunFolder) -> None:
    """Byte for byte: every cell of the rows, whatever files they lie in, and every table."""
    assert run.state == "finished" and run.missing() == []
    assert run.rows().equals(whole.rows())
    assert run.counts() == whole.counts()
    assert result_tables(run.plan, run.counts()) == result_tables(whole.plan, whole.counts())
    assert not list(run.rows_folder.glob(".*"))


def kill_at(worker: Worker, run: RunFolder, event: int, delay: float) -> None:
    """Kill -9 a while after the n-th event."""
    pid, killed = 0, False
    for number, said in enumerate(worker.order(run.path, stay=True, batch_size=BATCH)):
        pid = said.get("pid", pid)
        # A run that has less left to do is killed when it is done.
        if not killed and (number == event or said.get("event") == "Finished"):
            time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            killed = True
        if "status" in said:
            assert said["status"] == -signal.SIGKILL
    assert RunFolder.open(run.path).state in ("new", "interrupted", "finished")


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_r46_killed_at_random_moments_and_resumed_it_equals_an_uninterrupted_run(
    run, session, whole, worker, moment
):
    chance = random.Random(moment)  # noqa: S311
    for _ in range(2):  # the second time while it makes up for the first
        # A run says its number, that it has started, and each batch and shard.
        event = chance.randrange(2 + 23 + SHARDS - 4)
        kill_at(worker, run, event, chance.choice((0.0, chance.uniform(0, 0.03))))
    done = run.done()
    assert done % BATCH == 0 or done == len(run.plan)
    assert run.counts().images == done, "what is there can be read at any time"
    assert_equal(resume(run.path, session), whole)


@pytest.mark.parametrize(
    ("function", "number"),
    [
        ("fsync", 0),
        ("fsync", 3),  # a shard's file, before it is named
        ("fsync", 4),  # its folder, after that
        ("replace", 0),
        ("replace", 2),
        ("replace", 5),
        ("compute", 0),
        ("compute", 11),
    ],
)
def test_r46_killed_inside_a_write_it_equals_an_uninterrupted_run(
    run, session, whole, worker, function, number
):
    said = worker.work(run.path, die=[function, number], batch_size=BATCH)
    assert said[-1] == {"status": -signal.SIGKILL}
    assert RunFolder.open(run.path).state in ("interrupted", "new")
    assert_equal(resume(run.path, session), whole)


def test_r46_one_run_killed_many_times(run, session, whole, worker):
    """Each time it comes one write further, and nothing of it is lost."""
    reached = []
    for number in range(2, 2 + MOMENTS):
        said = worker.work(run.path, die=["replace", number], batch_size=BATCH)
        reached.append(RunFolder.open(run.path).done())
        assert said[-1]["status"] in (-signal.SIGKILL, 0)
    assert reached == sorted(reached) and reached[-1] > 0
    assert_equal(resume(run.path, session), whole)


def copy_of(run: RunFolder, path: Path) -> RunFolder:
    shutil.copytree(run.path, path)
    return RunFolder.open(path)


def files_of(run: RunFolder) -> list[Path]:
    return sorted(path for path in run.path.rglob("*") if path.is_file() and path.name[0] != ".")


def cut(path: Path, chance: random.Random) -> None:
    """What a power cut leaves of a file: its beginning, or the right length with zeros behind."""
    content = path.read_bytes()
    kept = content[: chance.randrange(len(content))]
    path.write_bytes(kept + bytes(len(content) - len(kept)) if chance.random() < 0.3 else kept)


@pytest.fixture(scope="module")
def half(tmp_path_factory, plan, session) -> RunFolder:
    """A run stopped in the middle of a shard, and noted as running, as a power cut leaves it."""
    run = new_run(tmp_path_factory.mktemp("half") / "run", plan, session, SHARD)
    events = sweep(run, session, batch_size=BATCH)
    while getattr(next(events), "done", 0) < HALF:
        pass
    events.close()
    run.set_state("running")
    assert run.done() == HALF
    return run


@pytest.mark.parametrize("seed", range(max(1, MOMENTS // 2)))
def test_r46_after_a_power_cut_that_truncates_any_file(tmp_path, half, session, whole, seed):
    chance = random.Random(1000 + seed)  # noqa: S311
    names = [path.relative_to(half.path) for path in files_of(half)]
    assert len(names) == 2 + 5  # plan, manifest, four shards and a part of one
    for number, name in enumerate(names):
        run = copy_of(half, tmp_path / str(number))
        cut(run.path / name, chance)
        assert_equal(resume(run.path, session), whole)


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_r46_after_a_power_cut_that_truncates_several_files(tmp_path, half, session, whole, seed):
    chance = random.Random(2000 + seed)  # noqa: S311
    run = copy_of(half, tmp_path / "run")
    files = files_of(run)
    for path in chance.sample(files, chance.randrange(2, len(files))):
        cut(path, chance)
    # The plan stands in every file but the manifest; where all of them are gone, so is the run.
    if run.path / "plan.json" in files and not any(map(_carries_plan, files)):
        with pytest.raises(RunError, match="no image of it is left"):
            RunFolder.open(run.path)
    else:
        assert_equal(resume(run.path, session), whole)


def _carries_plan(path: Path) -> bool:
    if path.suffix == ".parquet":
        return plan_in(Shard(Span(0, 1), path)) is not None
    try:
        return path.name == "plan.json" and bool(json.loads(path.read_bytes()))
    except ValueError:
        return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte, where one may be mounted."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_named_and_what_is_finished_kept(small_disk, plan, session, whole):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(430_000))
    run = new_run(small_disk / "run", plan, session, SHARD)
    with pytest.raises(RunError, match=r"cannot be written: No space left on device") as caught:
        finish(run, session, batch_size=BATCH)
    assert "What is finished is kept" in caught.value.hint
    done = RunFolder.open(run.path).done()
    assert 0 < done < len(plan)
    assert run.counts().images == done
    assert run.rows().equals(whole.rows().slice(0, 2 * done))
    with pytest.raises(RunError, match="No space left"):
        finish(RunFolder.open(run.path), session, batch_size=BATCH)
    assert RunFolder.open(run.path).done() >= done
    ballast.unlink()
    assert_equal(resume(run.path, session), whole)


def test_a_file_that_may_not_grow_is_named_and_what_is_finished_kept(run, session, whole, worker):
    """The limit of the system on a file's size stands in for a disk that fills up."""
    said = worker.work(run.path, file_limit=[3, 2000], batch_size=BATCH)
    error = next(line for line in said if "error" in line)
    assert error["kind"] == "RunError"
    assert "cannot be written: File too large. What is finished is kept." in error["error"]
    assert said[-1] == {"status": 2}
    assert RunFolder.open(run.path).done() == 3 * SHARD
    assert_equal(resume(run.path, session), whole)


@pytest.mark.parametrize("number", [0, 3, 7])
def test_a_disk_that_fills_up_while_flushing(run, session, whole, monkeypatch, number):
    """Some file systems tell only then, with the file half on the disk."""
    fsync, calls = os.fsync, []

    def failing(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(RunError, match="cannot be written: No space left on device"):
            finish(run, session, batch_size=BATCH)
    assert_equal(resume(run.path, session), whole)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be written, with a copy of what `tmp_path` / "copy" holds."""
    folder = tmp_path / "read only"
    if os.geteuid() != 0:
        folder.mkdir()
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)
        return
    folder.mkdir()
    bind = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(folder)]
    if subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("no read-only file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_run_cannot_begin_where_nothing_may_be_written(read_only, plan, session):
    with pytest.raises(RunError, match=r"cannot be written: (Read-only|Permission denied)"):
        RunFolder.create(read_only / "run", plan, session.info)
    assert list(read_only.iterdir()) == []


def test_a_run_that_became_read_only_can_be_read_and_says_why_it_stops(
    tmp_path, half, session, whole
):
    run = copy_of(half, tmp_path / "run")
    before = {path: path.read_bytes() for path in files_of(run)}
    (run.path / ".lock").unlink(missing_ok=True)
    if os.geteuid() == 0:
        bind = ["mount", "--bind", "-o", "ro", str(run.path), str(run.path)]
        if subprocess.run(bind, capture_output=True, check=False).returncode:
            pytest.skip("no read-only file system can be mounted here")
    else:
        for folder in (run.path, run.rows_folder):
            folder.chmod(0o555)
    try:
        again = RunFolder.open(run.path)
        assert again.state == "interrupted"
        assert again.counts().images == HALF
        with pytest.raises(RunError, match=r"cannot be written: (Read-only|Permission denied)"):
            finish(again, session, batch_size=BATCH)
        assert {path: path.read_bytes() for path in files_of(run)} == before
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", str(run.path)], check=True)
        else:
            for folder in (run.path, run.rows_folder):
                folder.chmod(0o755)
    assert_equal(resume(run.path, session), whole)


def exhaust_memory() -> None:
    torch.empty(2**60, dtype=torch.uint8)  # the allocator's own refusal, in its own words


def exhaust_device() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def exhaust_numpy() -> None:
    np.empty(2**62, dtype=np.uint8)


@pytest.mark.parametrize(
    ("exhaust", "begun"),
    [(exhaust_memory, False), (exhaust_device, True), (exhaust_numpy, True)],
)
def test_r39_out_of_memory_halves_the_batch_and_loses_no_image(
    tmp_path, plan, session, whole, monkeypatch, exhaust, begun
):
    """Whoever runs out of it, and be it while the size of a shard is measured."""
    run = RunFolder.create(tmp_path / "run", plan, session.info)
    call, calls = FastTower.__call__, []

    def cramped(tower: FastTower, inputs: torch.Tensor) -> np.ndarray:
        calls.append(len(inputs))
        if len(inputs) > 20 and (not begun or len(calls) > 2):
            exhaust()
        return call(tower, inputs)

    monkeypatch.setattr(FastTower, "__call__", cramped)
    events = list(sweep(run, session, batch_size=80))
    assert [event.batch_size for event in events if isinstance(event, BatchHalved)] == [40, 20]
    assert (run.state, run.done()) == ("finished", len(plan))
    assert sum("not enough memory" in note for note in run.manifest.notes) == 2
    assert_same_answers(run, whole)


def assert_same_answers(run: RunFolder, whole: RunFolder) -> None:
    """Answers equal wherever the batches' size cannot decide (R12)."""
    decided = pa.compute.invert(whole.rows(["close"]).column("close"))
    assert pa.compute.sum(decided).as_py() > 0.99 * len(decided)
    columns = ["index", "template", "answer", "role"]
    found, wanted = run.rows(columns), whole.rows(columns)
    assert found.filter(decided).equals(wanted.filter(decided))


def test_two_processes_never_work_on_one_run(run, session, worker):
    events = sweep(run, session, batch_size=BATCH)
    next(events)
    said = worker.work(run.path, batch_size=BATCH)
    assert "Another program is working on the run" in said[-2]["error"]
    assert said[-1] == {"status": 2}
    events.close()
    assert worker.work(run.path, batch_size=BATCH)[-1] == {"status": 0}
