"""Faults of disks, locks, memory and clocks, injected where the product meets the system.

Fixtures for all tests: `faults` (files, folders and locks), `out_of_memory` (torch) and `clock`.
Only files below the test's own folders are affected, and only in this process. Nothing sleeps:
what the product waits between two tries is counted in `Faults.waited`.
"""

from __future__ import annotations

import builtins
import datetime
import errno
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.base import atomic

WRITING = ("write", "rename", "delete", "folder")
"""All that a disk without the right to write refuses."""


class Rule:
    """A refusal.

    Attributes
    ----------
    left : int or None
        How many times more; None for good.
    seen : int
        How often it has refused.
    """

    def __init__(
        self, operations: tuple[str, ...], error: int, times: int | None, under: Path, name: str
    ) -> None:
        self.operations, self.error, self.left, self.seen = operations, error, times, 0
        self._under, self._name = under, name

    def meet(self, operation: str, path: Path) -> None:
        """Raise if this is refused."""
        if operation not in self.operations or self.left == 0:
            return
        if self._under not in (path, *path.parents) or self._name not in path.name:
            return
        self.seen += 1
        if self.left is not None:
            self.left -= 1
        raise OSError(self.error, os.strerror(self.error), str(path))

    def end(self) -> None:
        """Refuse nothing any more."""
        self.left = 0


class Gate:
    """A disk that takes its time: what comes waits until it is opened.

    Attributes
    ----------
    reached : threading.Event
        Something waits.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def wait(self) -> None:
        self.reached.set()
        assert self._open.wait(100), "the gate was never opened"


class Faults:
    """The system as the product meets it; made by the fixture `faults`.

    Attributes
    ----------
    waited : list of float
        Seconds that the product would have waited between tries.
    """

    def __init__(self, patch: pytest.MonkeyPatch, root: Path) -> None:
        self.root = root
        self.waited: list[float] = []
        self._patch = patch
        self._rules: list[Rule] = []
        self.gates: list[Gate] = []
        self._room: int | None = None
        patch.setattr(atomic, "pause", self.waited.append)
        for name, operation in {
            "rename": "rename", "replace": "rename", "unlink": "delete", "remove": "delete",
            "rmdir": "delete", "mkdir": "folder",
        }.items():  # fmt: skip
            patch.setattr(os, name, self._checked(getattr(os, name), operation))
        patch.setattr(os, "open", self._checked_open(os.open))
        patch.setattr(os, "write", self._checked_write(os.write))
        patch.setattr(os, "fsync", self._checked_flush(os.fsync))
        opening = self._checked_file(io.open)
        patch.setattr(io, "open", opening)
        patch.setattr(builtins, "open", opening)

    # --- what can be made to happen ---

    def refuse(
        self,
        *operations: str,
        error: int = errno.EACCES,
        times: int | None = None,
        under: Path | None = None,
        name: str = "",
    ) -> Rule:
        """Refuse operations.

        Parameters
        ----------
        *operations
            Of "read", "write", "rename", "delete", "folder" (making one) and "flush".
        error : int
            Of `errno`.
        times : int, optional
            So many times, then no more; for good by default.
        under : Path, optional
            Only there and below; all of the test's folders by default.
        name : str
            Only files in whose name this occurs; of a renaming, the new one.
        """
        rule = Rule(operations, error, times, under or self.root, name)
        self._rules.append(rule)
        return rule

    def read_only(self, folder: Path | None = None) -> Rule:
        """Mount a folder without the right to write; all of the test's by default."""
        return self.refuse(*WRITING, error=errno.EROFS, under=folder)

    def disk_full(self, room: int = 0) -> None:
        """Let so many bytes be written, and then no more."""
        self._room = room
        if room == 0:
            self.refuse("folder", error=errno.ENOSPC)

    def no_locks(self, error: int = errno.ENOLCK) -> None:
        """Let the drive know no locks: ENOLCK, or EOPNOTSUPP."""
        fcntl = pytest.importorskip("fcntl")

        def refuse(*_arguments: object) -> None:
            raise OSError(error, os.strerror(error))

        for name in ("flock", "lockf"):
            self._patch.setattr(fcntl, name, refuse)

    def slow_disk(self) -> Gate:
        """Let every flush wait at a gate."""
        gate = Gate()
        self.gates.append(gate)
        return gate

    @contextmanager
    def small_files(self, most_bytes: int = 0) -> Iterator[None]:
        """Let no file grow, even one that a library writes by itself, such as SQLite or Qt."""
        resource = pytest.importorskip("resource")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def heal(self) -> None:
        """Let everything but locks work again."""
        for rule in self._rules:
            rule.end()
        self._room = None

    # --- where the product meets it ---

    def _meet(self, operation: str, path: Any, folder: int | None = None) -> None:
        found = _located(path, folder)
        if found is not None and self.root in (found, *found.parents):
            for rule in self._rules:
                rule.meet(operation, found)

    def _checked(self, call: Callable[..., Any], operation: str) -> Callable[..., Any]:
        def checked(path: Any, *more: Any, **named: Any) -> Any:
            target = more[0] if operation == "rename" and more else named.get("dst", path)
            self._meet(operation, target, named.get("dir_fd"))
            return call(path, *more, **named)

        return checked

    def _checked_open(self, call: Callable[..., int]) -> Callable[..., int]:
        def checked(path: Any, flags: int, *more: Any, **named: Any) -> int:
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes or not Path(path).is_dir():
                self._meet("write" if writes else "read", path, named.get("dir_fd"))
            return call(path, flags, *more, **named)

        return checked

    def _checked_write(self, call: Callable[..., int]) -> Callable[..., int]:
        def checked(descriptor: int, data: Any) -> int:
            path = _located("", descriptor)
            if path is not None and self.root in path.parents:
                self._take(len(data))
            return call(descriptor, data)

        return checked

    def _checked_flush(self, call: Callable[[int], None]) -> Callable[[Any], None]:
        def checked(file: Any) -> None:
            descriptor = file if isinstance(file, int) else file.fileno()
            self._meet("flush", "", descriptor)
            for gate in self.gates:
                gate.wait()
            call(descriptor)

        return checked

    def _checked_file(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def checked(
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: str | None = None,
            errors: str | None = None,
            newline: str | None = None,
            *more: Any,
            **named: Any,
        ) -> Any:
            if isinstance(file, int):
                return call(file, mode, buffering, encoding, errors, newline, *more, **named)
            writes = any(letter in mode for letter in "wxa+")
            self._meet("write" if writes else "read", file)
            inside = self.root in Path(file).absolute().parents
            if not inside or not writes or "+" in mode or self._room is None:
                return call(file, mode, buffering, encoding, errors, newline, *more, **named)
            raw = _Limited(self, file, mode.replace("t", "").replace("b", ""))
            buffered = io.BufferedWriter(raw)
            if "b" in mode:
                return buffered
            return io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline)

        return checked

    def _take(self, size: int) -> None:
        """Use up room."""
        if self._room is None:
            return
        if size > self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._room -= size


class _Limited(io.FileIO):
    """A file on a disk of which little is left."""

    def __init__(self, faults: Faults, file: Any, mode: str) -> None:
        super().__init__(os.fspath(file), mode)
        self._faults = faults

    def write(self, data: Any) -> int:
        self._faults._take(memoryview(data).nbytes)
        return super().write(data)


class Clock:
    """The wall clock; the clock that only runs forward stays as it is."""

    def __init__(self) -> None:
        self.offset = 0.0

    def jump(self, seconds: float) -> None:
        """Put the clock forward, or back."""
        self.offset += seconds


@pytest.fixture
def faults(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Faults]:
    """Faults of files, folders and locks; none until one is asked for."""
    made = Faults(monkeypatch, tmp_path_factory.getbasetemp().absolute())
    yield made
    for gate in made.gates:
        gate.open()


@pytest.fixture
def out_of_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let torch's memory run out: call it with the number of times, or None for good."""

    def run_out(times: int | None = 1, larger_than: int = 0) -> None:
        """Only batches of more than `larger_than` images are too much."""
        import torch

        call, left = torch.nn.Module.__call__, times

        def lacking(module: Any, *given: Any, **named: Any) -> Any:
            nonlocal left
            sizes = [len(each) for each in given if isinstance(each, torch.Tensor) and each.ndim]
            if left != 0 and max(sizes, default=0) > larger_than:
                left = None if left is None else left - 1
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return call(module, *given, **named)

        monkeypatch.setattr(torch.nn.Module, "__call__", lacking)

    return run_out


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A wall clock that can jump, as after a suspend, by hand, or by a server of the time."""
    clock = Clock()
    seconds, nanoseconds = time.time, time.time_ns
    local, universal, formatted = time.localtime, time.gmtime, time.strftime

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Shifted:
            return cls.fromtimestamp(time.time(), tz)

    def now(at: float | None) -> float:
        return time.time() if at is None else at

    for name, shifted in {
        "time": lambda: seconds() + clock.offset,
        "time_ns": lambda: nanoseconds() + int(clock.offset * 1e9),
        "localtime": lambda at=None: local(now(at)),
        "gmtime": lambda at=None: universal(now(at)),
        "strftime": lambda form, at=None: formatted(form, at if at else time.localtime()),
    }.items():
        monkeypatch.setattr(time, name, shifted)
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("core", "gui"):
            if getattr(module, "datetime", None) is datetime.datetime:
                monkeypatch.setattr(module, "datetime", Shifted)
    return clock


def _located(path: Any, folder: int | None) -> Path | None:
    """Where a path lies that may be told from an open folder, or be an open file itself."""
    if isinstance(path, int):
        path, folder = "", path
    if folder is None:
        return Path(os.fsdecode(path)).absolute()
    try:
        return Path(f"/proc/self/fd/{folder}").readlink() / os.fsdecode(path)
    except OSError:  # no Linux
        return None
