"""Autosaved documents survive a kill and are offered once, by one copy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from core.base.errors import DocumentError
from core.document.autosave import Autosave, autosave_dir, find_recoveries
from core.document.document import default_document

ROOT = Path(__file__).resolve().parents[3]

RUNNING_COPY = """
import sys
from pathlib import Path
import msgspec
from core.document.autosave import Autosave
from core.document.document import default_document
autosave = Autosave()
document = msgspec.structs.replace(default_document(), seed=int(sys.argv[1]))
autosave.save(document, {}, Path(sys.argv[2]) if sys.argv[2] else None)
print("saved", flush=True)
sys.stdin.read()
autosave.clear()
"""


def start_copy(seed, origin=""):
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNING_COPY, str(seed), origin],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ.copy(),
    )
    assert process.stdout is not None and process.stdout.readline().strip() == b"saved"
    return process


def kill(process):
    process.kill()
    process.communicate()


def test_a_killed_copy_is_recovered_and_a_running_one_left_alone(tmp_path):
    origin = tmp_path / "Übung 1.colorlab"
    killed, running = start_copy(11, str(origin)), start_copy(22)
    try:
        kill(killed)
        (recovery,) = find_recoveries()
        assert recovery.open()[0].seed == 11
        assert recovery.origin == origin
        assert abs((datetime.now(UTC) - recovery.saved_at).total_seconds()) < 3600
        # Another copy that starts at the same time is not offered it.
        assert find_recoveries() == []
        recovery.discard()
        assert find_recoveries() == []
    finally:
        kill(running)
    (recovery,) = find_recoveries()
    assert recovery.open()[0].seed == 22 and recovery.origin is None
    recovery.discard()
    assert list(autosave_dir().iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_copy_that_dies_of_a_fault_is_recovered_too():
    process = start_copy(33)
    process.send_signal(signal.SIGSEGV)
    process.communicate()
    (recovery,) = find_recoveries()
    assert recovery.open()[0].seed == 33
    recovery.keep()
    (again,) = find_recoveries()
    assert again.path == recovery.path
    again.discard()


def test_a_clean_exit_leaves_nothing():
    process = start_copy(44)
    process.communicate(b"")
    assert process.returncode == 0
    assert find_recoveries() == []
    assert list(autosave_dir().iterdir()) == []


def test_newest_recovery_first():
    processes = [start_copy(seed) for seed in (1, 2, 3)]
    for process in processes:
        kill(process)
    found = find_recoveries()
    for recovery in found:
        seed = recovery.open()[0].seed
        os.utime(recovery.path, (1_700_000_000 + 60 * seed,) * 2)
        recovery.keep()
    found = find_recoveries()
    assert [recovery.open()[0].seed for recovery in found] == [3, 2, 1]
    for recovery in found:
        recovery.discard()


def test_this_copys_own_autosave_is_not_offered_and_clear_removes_it(tmp_path):
    autosave = Autosave(tmp_path)
    assert autosave.path is None and list(tmp_path.iterdir()) == []
    document = default_document()
    autosave.save(document, {}, None)
    changed = msgspec.structs.replace(document, seed=5)
    autosave.save(changed, {}, tmp_path / "a.colorlab")
    assert find_recoveries(tmp_path) == []
    assert autosave.path is not None and autosave.path.is_file()
    autosave.clear()
    assert autosave.path is None and list(tmp_path.iterdir()) == []
    autosave.clear()  # twice does no harm
    autosave.save(document, {}, None)  # and it can go on
    assert autosave.path is not None
    autosave.clear()


def test_a_damaged_autosave_is_offered_and_says_what_is_wrong(tmp_path):
    folder = tmp_path / "20240101-000000-1-abcdef"
    folder.mkdir()
    (folder / "document.colorlab").write_bytes(b'{"format": "clip-color-lab", "schema": 1, ')
    (folder / "origin.json").write_bytes(b"\x00")
    (recovery,) = find_recoveries(tmp_path)
    assert recovery.origin is None
    with pytest.raises(DocumentError, match="damaged"):
        recovery.open()
    recovery.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_crash_before_the_first_autosave_leaves_no_offer(tmp_path):
    (tmp_path / "20240101-000000-1-abcdef").mkdir()
    assert find_recoveries(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_cannot_be_used_is_told(profile):
    (profile / "data").write_text("a file where the folder should be")
    assert find_recoveries() == []
    with pytest.raises(DocumentError, match="cannot be autosaved"):
        Autosave().save(default_document(), {}, None)
