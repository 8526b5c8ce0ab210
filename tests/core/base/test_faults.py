"""The faults that tests inject are those that a system has (R86)."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest

from core.base import log as core_log
from core.base.atomic import write_atomic


def test_r86_renaming_is_refused_for_a_moment_or_for_good(tmp_path, faults):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    rule = faults.refuse("rename", times=2)
    for act in (source.rename, source.replace):
        with pytest.raises(PermissionError):
            act(tmp_path / "target")
    source.rename(tmp_path / "target")
    faults.refuse("rename", error=errno.EBUSY)
    for _ in range(3):
        with pytest.raises(OSError, match="busy"):
            (tmp_path / "target").rename(tmp_path / "third")
    assert rule.seen == 2 and (tmp_path / "target").exists()
    faults.heal()
    (tmp_path / "target").rename(tmp_path / "third")


def test_r86_opening_and_deleting_are_refused(tmp_path, faults):
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_bytes(b"x")
    faults.refuse("read", times=1)
    with pytest.raises(PermissionError):
        path.read_bytes()
    assert path.read_bytes() == b"x"
    faults.refuse("delete", times=1)
    with pytest.raises(PermissionError):
        shutil.rmtree(path.parent)
    faults.refuse("write", name="other")
    with pytest.raises(PermissionError):
        path.with_name("another").write_text("x")
    shutil.rmtree(path.parent)


def test_r86_a_full_disk_takes_what_there_is_room_for(tmp_path, faults):
    faults.disk_full(room=1000)
    (tmp_path / "first").write_bytes(b"x" * 900)
    with pytest.raises(OSError, match="No space left"):
        (tmp_path / "second").write_bytes(b"x" * 200)
    with pytest.raises(OSError, match="No space left"):
        (tmp_path / "third").write_text("x" * 200, encoding="utf-8")
    with pytest.raises(OSError, match="No space left"):
        write_atomic(tmp_path / "fourth", b"x" * 200)
    faults.heal()
    (tmp_path / "third").write_text("x" * 200, encoding="utf-8")


def test_r86_what_a_library_writes_itself_meets_the_limit_too(tmp_path, faults):
    connection = sqlite3.connect(tmp_path / "base")
    with faults.small_files(), pytest.raises(sqlite3.OperationalError):
        connection.execute("CREATE TABLE things (number INTEGER)")
    connection.execute("CREATE TABLE things (number INTEGER)")
    connection.close()


def test_r86_a_read_only_folder_changes_nothing(tmp_path, faults):
    (tmp_path / "file").write_bytes(b"x")
    faults.read_only(tmp_path)
    for act in (
        lambda: (tmp_path / "new").write_bytes(b"x"),
        lambda: (tmp_path / "new").mkdir(),
        lambda: (tmp_path / "file").unlink(),
        lambda: (tmp_path / "file").rename(tmp_path / "new"),
    ):
        with pytest.raises(OSError, match="Read-only"):
            act()
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_r86_a_drive_without_locks(tmp_path, faults, error):
    fcntl = pytest.importorskip("fcntl")
    faults.no_locks(error)
    with (tmp_path / "lock").open("w") as file, pytest.raises(OSError, match=os.strerror(error)):
        fcntl.flock(file, fcntl.LOCK_EX)


def test_r86_a_slow_disk_waits_until_it_is_let_go(tmp_path, faults):
    gate = faults.slow_disk()
    thread = threading.Thread(target=write_atomic, args=(tmp_path / "file", b"x"))
    thread.start()
    assert gate.reached.wait(100)
    assert not (tmp_path / "file").exists() and thread.is_alive()
    gate.open()
    thread.join(100)
    assert (tmp_path / "file").read_bytes() == b"x"


def test_r86_memory_runs_out(out_of_memory):
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(2, 2)
    out_of_memory(times=1, larger_than=4)
    assert layer(torch.zeros(4, 2)).shape == (4, 2)
    with pytest.raises(torch.OutOfMemoryError):
        layer(torch.zeros(5, 2))
    assert layer(torch.zeros(5, 2)).shape == (5, 2)


def test_r86_the_clock_jumps_and_the_stopwatch_does_not(clock):
    year = 365 * 24 * 3600.0
    before, steady = time.time(), time.monotonic()
    this_year = int(time.strftime("%Y"))
    clock.jump(-10 * year)
    assert time.time() < before - 9 * year and time.monotonic() >= steady
    assert int(time.strftime("%Y")) < this_year - 8
    assert core_log.datetime.now(UTC).year < this_year - 8
    assert isinstance(core_log.datetime.now(UTC), datetime)


def test_r86_other_files_are_not_touched(tmp_path, faults):
    faults.disk_full()
    faults.read_only()
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.write(descriptor, b"x")
    os.close(descriptor)
    with open(os.devnull, "wb") as file:  # noqa: PTH123 - as libraries do
        file.write(b"x")
