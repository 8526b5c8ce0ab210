"""Files that are wholly written or not touched."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.atomic import remove, remove_tree, write_atomic
from core.base.reading import read_bytes


def test_writes_and_replaces_leaving_nothing_else(tmp_path):
    path = tmp_path / "ünï code 文.json"
    write_atomic(path, b"one")
    write_atomic(path, b"")
    assert path.read_bytes() == b""
    write_atomic(path, b"three\r\n")
    assert path.read_bytes() == b"three\r\n"
    assert list(tmp_path.iterdir()) == [path]


def test_the_longest_possible_name_works(tmp_path):
    path = tmp_path / ("n" * 255)
    write_atomic(path, b"x")
    assert path.read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    import resource

    path = tmp_path / "document"
    write_atomic(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError):  # noqa: PT011 - the kind differs between systems
            write_atomic(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_before_the_replacement_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "document"
    write_atomic(path, b"old")

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_way_is_not_touched(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    with pytest.raises(OSError):  # noqa: PT011 - the kind differs between systems
        write_atomic(tmp_path / "folder", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")
def test_permissions_and_links_are_kept(tmp_path):
    target = tmp_path / "target"
    write_atomic(target, b"old")
    target.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomic(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640


WRITER = """
import sys
from pathlib import Path
from core.base.atomic import write_atomic
path = Path(sys.argv[1])
for number in range(10**9):
    write_atomic(path, bytes([65 + number % 26]) * 300_000)
    if number == 3:
        print("running", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "document"
    for _attempt in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[3],
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"running\n"
            process.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert len(content) == 300_000 and len(set(content)) == 1


@pytest.mark.parametrize("operation", ["rename", "write"])
def test_r62_a_passing_refusal_is_tried_again(tmp_path, faults, operation):
    path = tmp_path / "document"
    write_atomic(path, b"old")
    rule = faults.refuse(operation, times=3)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]
    assert rule.seen == 3 and 0 < sum(faults.waited) < 1


def test_r62_a_lasting_refusal_is_believed_after_a_moment(tmp_path, faults):
    path = tmp_path / "document"
    write_atomic(path, b"old")
    faults.refuse("rename")
    with pytest.raises(PermissionError):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    assert 1 < sum(faults.waited) < 10


def test_r62_a_full_or_read_only_disk_is_believed_at_once(tmp_path, faults):
    faults.read_only()
    with pytest.raises(OSError, match="Read-only"):
        write_atomic(tmp_path / "document", b"new")
    assert faults.waited == []


def test_r62_reading_and_deleting_are_tried_again(tmp_path, faults):
    path = tmp_path / "folder" / "document"
    path.parent.mkdir()
    path.write_bytes(b"x")
    faults.refuse("read", times=1)
    assert read_bytes(path) == b"x"
    faults.refuse("delete", times=2)
    remove(path)
    faults.refuse("delete", error=errno.EBUSY, times=2)
    remove_tree(path.parent)
    assert list(tmp_path.iterdir()) == [] and len(faults.waited) == 5
    remove(path)
    remove_tree(path.parent)  # what is gone already is no error
