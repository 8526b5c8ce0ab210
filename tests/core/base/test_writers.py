"""Every writer of files meets every fault: refusals, full and read-only disks, missing locks (R86).

A writer here writes a first and then a second state into a folder, and says which it finds there.
Whatever happens, that is one of the two; what fails is told in a sentence, and nothing half-made
stays behind.
"""

from __future__ import annotations

import ast
import errno
import threading
from pathlib import Path

import pytest

from core.base.errors import LabError
from tests.core.file_writers import (
    CENSUS,
    KEPT,
    ROOT,
    WRITERS,
    Writer,
    damage_rows,
    keep_thumbnail,
    thumbnail,
)
from tests.support.unit_census import made_census


@pytest.fixture(scope="module", autouse=True)
def a_census(tmp_path_factory):
    CENSUS.append(made_census(tmp_path_factory.mktemp("census")))
    yield
    CENSUS.clear()
    KEPT.clear()


EVERY = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS.keys())
# To import weights takes seconds.
QUICK = pytest.mark.parametrize(
    "writer",
    [pytest.param(writer, id=name) for name, writer in WRITERS.items() if "weights" not in name],
)


def write(writer: Writer, folder: Path, number: int) -> None:
    writer.prepare(folder, number)
    writer.write(folder, number)


def attempt(writer: Writer, folder: Path) -> str:
    """Write the second state; gives what is told if that fails."""
    try:
        writer.write(folder, 2)
    except LabError as error:
        return error.message
    return ""


def names(folder: Path) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return {name for name in found if not name.endswith((".lock", ".lock-owner"))}


def half_made(folder: Path) -> list[str]:
    return [name for name in names(folder) if ".writing-" in name or name.endswith(".partial")]


@EVERY
@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("rename", errno.EACCES),
        ("rename", errno.EBUSY),
        ("write", errno.EACCES),
        ("delete", errno.EACCES),
        ("read", errno.EACCES),
    ],
)
def test_r62_r86_what_is_refused_for_a_moment_is_written(
    writer, tmp_path, profile, faults, operation, error
):
    write(writer, tmp_path, 1)
    assert writer.found(tmp_path) == 1
    writer.prepare(tmp_path, 2)
    faults.refuse(operation, error=error, times=2)
    writer.write(tmp_path, 2)
    faults.heal()
    assert writer.found(tmp_path) == 2
    assert not half_made(tmp_path) and not half_made(profile)


@EVERY
@pytest.mark.parametrize("fault", ["rename", "write", "folder", "flush", "full", "read-only"])
def test_r86_what_cannot_be_written_is_told_and_leaves_the_former(
    writer, tmp_path, profile, faults, fault
):
    write(writer, tmp_path, 1)
    writer.prepare(tmp_path, 2)
    before = names(tmp_path) | names(profile)
    if fault == "full":
        faults.disk_full()
    elif fault == "read-only":
        faults.read_only()
    else:
        faults.refuse(fault, error=errno.EIO if fault == "flush" else errno.EACCES)
    told = attempt(writer, tmp_path)
    faults.heal()
    if told:
        assert writer.found(tmp_path) == 1
        assert names(tmp_path) | names(profile) <= before
    else:
        assert writer.found(tmp_path) == 2 or writer.quiet
    if fault == "read-only":
        assert told or writer.quiet
    assert not half_made(tmp_path) or writer.prepare is damage_rows
    writer.write(tmp_path, 2)
    assert writer.found(tmp_path) == 2


@QUICK
@pytest.mark.parametrize("room", [100, 1500])
def test_r86_a_disk_that_fills_up_in_the_middle_leaves_the_former(
    writer, tmp_path, profile, faults, room
):
    write(writer, tmp_path, 1)
    writer.prepare(tmp_path, 2)
    faults.disk_full(room)
    told = attempt(writer, tmp_path)
    faults.heal()
    assert writer.found(tmp_path) == (1 if told else 2) or writer.quiet
    writer.write(tmp_path, 2)
    assert writer.found(tmp_path) == 2


@QUICK
@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_r63_r86_a_drive_without_locks_is_written(writer, tmp_path, profile, faults, error):
    faults.no_locks(error)
    for number in (1, 2):
        write(writer, tmp_path, number)
        assert writer.found(tmp_path) == number
    KEPT.pop(tmp_path, None)
    left = [path.name for path in [*tmp_path.rglob("*"), *profile.rglob("*")]]
    assert not [name for name in left if name.endswith("lock")]


@QUICK
def test_r86_a_slow_disk_shows_the_former_until_it_is_done(writer, tmp_path, profile, faults):
    write(writer, tmp_path, 1)
    writer.prepare(tmp_path, 2)
    gate = faults.slow_disk()
    thread = threading.Thread(target=writer.write, args=(tmp_path, 2))
    thread.start()
    while thread.is_alive() and not gate.reached.wait(0.01):
        pass
    if gate.reached.is_set():
        assert writer.found(tmp_path) in (1, 2)
    gate.open()
    thread.join(100)
    assert writer.found(tmp_path) == 2


@QUICK
@pytest.mark.parametrize("seconds", [-400 * 86400.0, 400 * 86400.0])
def test_r86_a_clock_that_jumps_changes_nothing(writer, tmp_path, profile, clock, seconds):
    write(writer, tmp_path, 1)
    clock.jump(seconds)
    write(writer, tmp_path, 2)
    assert writer.found(tmp_path) == 2


@pytest.mark.logs("the cache of thumbnails cannot be used")
def test_r86_a_database_on_a_full_disk_is_done_without(tmp_path, faults):
    keep_thumbnail(tmp_path, 1)
    with faults.small_files(100):
        keep_thumbnail(tmp_path, 2)
    assert thumbnail(tmp_path) in (0, 1)
    keep_thumbnail(tmp_path, 2)
    assert thumbnail(tmp_path) == 2


# --- no writer is forgotten ---

ATTRIBUTES = {
    "write_bytes", "write_text", "unlink", "rmdir", "touch", "rmtree", "copyfile",
    "copy2", "copytree", "savez", "save_file", "write_table",
    "symlink_to", "hardlink_to", "truncate", "mkdtemp", "mkstemp", "NamedTemporaryFile",
    "moveToTrash",
}  # fmt: skip
NAMES = {"QSettings", "QSaveFile", "QFile", "RotatingFileHandler"}

KNOWN = {
    "core/base/atomic.py": {"open", "replace", "rmtree", "unlink"},  # how all others do it
    "core/base/paths.py": {"rmtree", "unlink"},  # empties what can be computed again
    "core/base/console.py": {"open"},  # the null device
    "core/results/export.py": {"write_table"},  # into memory
    "core/base/installation.py": {"write_bytes"},  # when an installer is built
    "core/base/locks.py": {"rmdir", "unlink"},  # its own file
    "core/base/log.py": {"RotatingFileHandler", "open w"},  # files of its own for each copy
    "core/models/files/store.py": {
        "rmdir",
        "rmtree",
        "unlink",
    },  # an import
    "core/units/features/thumbnail_store.py": {"connect", "unlink"},  # a database
    "core/units/features/unit_hues.py": {"savez"},  # into memory
    "core/base/reading.py": {"open"},  # reads
    "core/sweeps/shards.py": {"write_table"},  # rows of a run
    "core/sweeps/stimulus_folder.py": {"rmtree"},
    "core/runs/folder.py": {"rmdir"},
    "gui/experiments/runs/library.py": {"rename"},  # a title
    "gui/inspector/census/census_controller.py": {"rename"},  # a title
    "gui/window/layout.py": {"QSettings"},  # Qt locks, merges and replaces
    "gui/app/self_test_report.py": {"open a", "write_text"},  # a report on the program
    "gui/jobs/background.py": {"moveToTrash"},  # how all others delete
}


def raw_writes(path: Path) -> set[str]:
    """Calls of a module that change files by themselves."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            found.add(node.func.id)
        if not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, ast.unparse(node.func.value)
        if name in ATTRIBUTES or (owner, name) in {("sqlite3", "connect"), ("os", "open")}:
            found.add(name)
        # `str.replace` takes two, and `msgspec.structs.replace` names.
        if name in ("replace", "rename") and len(node.args) == 1 and not node.keywords:
            found.add(name)
        modes = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if name == "open" and any(isinstance(m, str) and set(m) & set("wxa+") for m in modes):
            found.add(f"open {modes[-1]}")
    return found


def test_r86_no_writer_is_forgotten():
    found = {}
    for path in sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("gui/**/*.py")]):
        calls = raw_writes(path)
        if calls:
            found[path.relative_to(ROOT).as_posix()] = calls
    assert found == KNOWN
