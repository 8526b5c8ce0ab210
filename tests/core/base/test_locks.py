"""Locks between programs: held by other processes, on drives without locks, while others look."""

from __future__ import annotations

import errno
import os

import pytest

from core.base import locks
from core.base.errors import RunError
from core.base.locks import Busy, Lock
from core.base.log import start_logging
from core.census.sets import CensusOfSets
from core.census.stages import cancel_unfinished
from core.document.autosave import Autosave, find_recoveries
from core.document.document import default_document
from core.runs.folder import FolderTaken, LockedFolder, beginning, moving
from core.stimuli.factorial import ShapeSet
from core.sweeps.library import list_runs
from core.sweeps.run_folder import RunFolder
from tests.core.experiment_runs import made_run, plan_of
from tests.support.elsewhere import HOLD, elsewhere, held_elsewhere
from tests.support.unit_census import LAYERS, MODEL, SIDE

NO_LOCKS = pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP])

# The same faults in another process.
WITHOUT_LOCKS = """
import errno, fcntl
def refuse(*given):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = fcntl.lockf = refuse
"""


def names(folder) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


# --- a lock of its own ---


def test_r64_a_lock_held_by_another_process_is_seen_and_ends_with_it(tmp_path):
    lock = Lock(tmp_path / ".lock")
    assert not lock.look()
    with held_elsewhere(lock.path) as other:
        assert lock.look()
        with pytest.raises(Busy):
            lock.acquire(0)
        other.kill()
        assert not lock.look()
        lock.acquire(0)
        lock.release()


def test_r64_looking_without_end_keeps_nobody_from_starting(tmp_path):
    folder = LockedFolder(tmp_path)
    code = """
from core.runs.folder import LockedFolder
folder = LockedFolder(Path(sys.argv[1]))
say("looking")
while True:
    folder.held
"""
    with elsewhere(code, tmp_path) as first, elsewhere(code, tmp_path) as second:
        for _ in range(500):
            with folder.hold() as told:
                assert told == []
        first.kill()
        second.kill()


def test_r64_looking_at_what_is_gone_makes_nothing(tmp_path):
    assert not LockedFolder(tmp_path / "gone").held
    with pytest.raises(RunError, match="cannot be written"), LockedFolder(tmp_path / "gone").hold():
        pass
    assert list(tmp_path.iterdir()) == []


# --- drives without locks ---


@NO_LOCKS
def test_r63_without_locks_a_file_tells_who_works(tmp_path, faults, error):
    faults.no_locks(error)
    folder = LockedFolder(tmp_path)
    assert not folder.held and names(tmp_path) == set()
    with folder.hold() as told:
        assert len(told) == 1 and "knows no locks" in told[0] and ".lock-owner" in told[0]
        assert names(tmp_path) == {".lock-owner"} and folder.held
        with (
            pytest.raises(RunError, match="Another program is working") as caught,
            LockedFolder(tmp_path).hold(),
        ):
            pass
        assert "delete" in caught.value.hint and ".lock-owner" in caught.value.hint
    assert names(tmp_path) == set() and not folder.held


@NO_LOCKS
def test_r63_without_locks_two_processes_exclude_each_other(tmp_path, faults, error):
    faults.no_locks(error)
    lock = Lock(tmp_path / ".lock")
    with elsewhere(WITHOUT_LOCKS + HOLD, lock.path) as other:
        assert lock.look()
        with pytest.raises(Busy):
            lock.acquire(0)
        other.kill()  # its file is left behind, and does not count any more
    assert names(tmp_path) == {".lock-owner"}
    lock.acquire()
    lock.release()
    assert names(tmp_path) == set()


def test_r63_who_can_lock_heeds_who_cannot(tmp_path):
    lock = Lock(tmp_path / ".lock")
    with elsewhere(WITHOUT_LOCKS + HOLD, lock.path) as other:
        with pytest.raises(Busy):
            lock.acquire(0)
        assert lock.look()
        other.kill()
    lock.acquire()
    lock.release()


def test_r63_a_file_of_another_computer_counts_until_it_is_deleted(tmp_path, faults):
    faults.no_locks()
    (tmp_path / ".lock-owner").write_text("4711\nsome-other-computer\n")
    with pytest.raises(Busy) as caught:
        Lock(tmp_path / ".lock").acquire(0)
    assert "on any computer" in caught.value.hint
    (tmp_path / ".lock-owner").unlink()
    with Lock(tmp_path / ".lock"):
        pass


@NO_LOCKS
def test_r63_a_run_is_made_held_renamed_and_listed_without_locks(tmp_path, faults, error):
    faults.no_locks(error)
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1), images=5)
    with run.hold() as told:
        assert "knows no locks" in told[0]
    run.rename("Another")
    assert RunFolder.open(run.path).manifest.title == "Another"
    assert list_runs(tmp_path)[0].state == "paused"
    assert not any(name.startswith(".lock") for name in names(run.path))


@NO_LOCKS
def test_r63_autosave_and_log_work_without_locks_and_leave_nothing(profile, faults, error):
    faults.no_locks(error)
    session = start_logging()
    assert session.path is not None and session.path.name == "colorlab.log"
    assert start_logging_again() == "colorlab-2.log"
    session.stop()
    folder = profile / "autosave"
    autosave = Autosave(folder)
    autosave.save(default_document(), {}, None)
    assert find_recoveries(folder) == []  # of a running copy
    autosave.clear()
    assert list(folder.iterdir()) == []
    assert not [name for name in names(profile / "log") if ".lock" in name]


def start_logging_again() -> str:
    session = start_logging()
    try:
        assert session.path is not None
        return session.path.name
    finally:
        session.stop()


# --- runs, censuses and studies ---


def test_r64_a_run_that_another_process_works_on_is_not_renamed_or_moved(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1), images=5)
    with held_elsewhere(run.path / ".lock"):
        with pytest.raises(RunError, match="Another program is working on the run"):
            run.rename("Another")
        with pytest.raises(RunError, match="Another program"), moving(run.path, "run"):
            pass
    run.rename("Another")
    with moving(run.path, "run"):
        os.replace(run.path, tmp_path / "moved")  # noqa: PTH105
    assert RunFolder.open(tmp_path / "moved").manifest.title == "Another"


def test_r64_renaming_keeps_what_was_noted_meanwhile(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1), images=5)
    seen = RunFolder.open(run.path)
    run.manifest.notes.append("Something happened.")
    run.set_state("failed", "a reason")
    seen.rename("Another")
    manifest = RunFolder.open(run.path).manifest
    assert (manifest.title, manifest.state, manifest.problem) == ("Another", "failed", "a reason")
    assert "Something happened." in manifest.notes


@pytest.mark.parametrize("noun", ["census", "study"])
def test_r64_a_set_or_run_at_work_keeps_the_whole_from_being_moved(tmp_path, noun):
    part = tmp_path / "whole" / "part"
    part.mkdir(parents=True)
    with (
        held_elsewhere(part / ".lock"),
        pytest.raises(RunError, match=f"working on the {noun}"),
        moving(part.parent, noun),
    ):
        pass
    with moving(part.parent, noun):
        pass


def test_r64_a_folder_moved_while_one_waits_for_it_is_not_worked_on(tmp_path, monkeypatch):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1), images=5)
    take = locks._take

    def moved_meanwhile(*arguments: object) -> None:
        run.path.rename(tmp_path / "moved")
        take(*arguments)  # makes the folder anew

    monkeypatch.setattr(locks, "_take", moved_meanwhile)
    with pytest.raises(RunError, match="gone"), run.hold():
        pass
    assert not run.path.exists()
    assert RunFolder.open(tmp_path / "moved").plan == run.plan


def test_r64_a_census_that_another_program_works_on_is_not_given_up(tmp_path):
    path = tmp_path / "census"
    CensusOfSets.create(path, "A census", MODEL, LAYERS, shapes=ShapeSet(samples=1, side=SIDE))
    with held_elsewhere(path / ".lock"), pytest.raises(RunError, match="working on the census"):
        cancel_unfinished(CensusOfSets.open(path))
    assert not CensusOfSets.open(path).record.cancelled
    cancel_unfinished(CensusOfSets.open(path))
    assert CensusOfSets.open(path).record.cancelled


# --- two programs begin at once ---

BEGIN = """
from core.ablation.study_folder import StudyFolder
from core.base.errors import LabError
from core.sweeps.library import begin_at
from core.sweeps.run_folder import RunFolder
from tests.core.experiment_runs import model_info, plan_of
plan = plan_of("experiment-4", 1)
say("ready")
while asked():
    try:
        begin = lambda path: RunFolder.create(path, plan, model_info())
        made = begin_at(None, "The same", begin, Path(sys.argv[1]))
        say(made.path.name)
    except LabError as error:
        say(f"refused: {error}")
"""


def test_r61_runs_begun_in_one_second_take_folders_of_their_own(tmp_path):
    tries = 30
    with elsewhere(BEGIN, tmp_path) as first, elsewhere(BEGIN, tmp_path) as second:
        made = []
        for _ in range(tries):
            first.tell("go")
            second.tell("go")
            made += [first.heard(), second.heard()]
    assert len(set(made)) == 2 * tries, [name for name in made if "refused" in name]
    assert names(tmp_path) == set(made)
    for path in tmp_path.iterdir():
        assert RunFolder.open(path).manifest.state == "new"


def test_r61_of_two_that_begin_in_one_folder_one_comes_to_write(tmp_path):
    path = tmp_path / "run"
    with beginning(path):  # nothing is written yet
        with pytest.raises(FolderTaken), beginning(path):
            pass
        (path / "mine").write_text("x")
    assert (path / "mine").exists()


def test_r61_a_failed_beginning_leaves_nothing(tmp_path, faults):
    plan = plan_of("experiment-4", 1)
    faults.refuse("rename", error=errno.ENOSPC, name="manifest")
    for name in ("new", "empty"):
        if name == "empty":
            (tmp_path / name).mkdir()
        with pytest.raises(RunError, match="No space left"):
            made_run(tmp_path / name, plan, images=0)
    assert names(tmp_path) == {"empty"} and names(tmp_path / "empty") == set()
    faults.heal()
    made_run(tmp_path / "empty", plan, images=0)


def test_r61_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(RunError, match="is not empty"):
        made_run(tmp_path, plan_of("experiment-4", 1), images=0)
    assert names(tmp_path) == {"mine"}
