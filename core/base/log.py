"""The log file and the trace that a hard crash leaves.

Log lines go to a rotating file in the user's log folder. A second copy of the program writes to a
file of its own. If the interpreter itself dies (a fault in a native library), its stack traces go
to a file that the next start finds. Nothing is ever written to stdout or stderr, which a windowed
program may not have.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

import msgspec

from core.base.locks import Busy, Claim, Lock, claim_left_behind, claim_new
from core.base.paths import log_dir
from core.base.reading import read_bytes
from core.base.version import VERSION

MAX_BYTES = 1_000_000
KEPT_FILES = 3
_MAX_COPIES = 20
_TRACE_NAME = "trace.txt"
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"

logger = logging.getLogger(__name__)


class CrashTrace(msgspec.Struct, frozen=True):
    """Stack traces of all threads of a copy that crashed, and when that was, UTC."""

    text: str
    when: datetime


class LogSession:
    """Logging and crash capture of this process; see `start_logging`.

    There is no `path` if the log folder cannot be written. The `crashes` are those of copies that
    crashed since the last start, oldest first.
    """

    def __init__(
        self, folder: Path | None, crashes: tuple[CrashTrace, ...], level: int = logging.INFO
    ) -> None:
        self.path: Path | None = None
        self.crashes = crashes
        self._handler: logging.Handler | None = None
        self._lock: Lock | None = None
        self._claim: Claim | None = None
        self._trace: IO[str] | None = None
        self._level_before = logging.getLogger().level
        if folder is not None:
            self._open_log(folder, level)
            self._open_trace(folder)

    def stop(self) -> None:
        """Close the files; a clean exit leaves no trace file."""
        if self._trace is not None:
            faulthandler.disable()
            self._trace.close()
            self._trace = None
        if self._claim is not None:
            self._claim.release(remove=True)
            self._claim = None
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            logging.getLogger().setLevel(self._level_before)
            self._handler.close()
            self._handler = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _open_log(self, folder: Path, level: int) -> None:
        for number in range(1, _MAX_COPIES + 1):
            name = "colorlab" if number == 1 else f"colorlab-{number}"
            # Two processes cannot rotate one file, so each copy takes the first free name.
            lock = Lock(folder / f"{name}.lock")
            try:
                lock.acquire(0)
            except Busy:
                continue
            except OSError:
                return
            try:
                handler = RotatingFileHandler(
                    folder / f"{name}.log",
                    maxBytes=MAX_BYTES,
                    backupCount=KEPT_FILES - 1,
                    encoding="utf-8",
                    errors="backslashreplace",  # file names may hold what is no text
                )
            except OSError:
                lock.release()
                return
            handler.setFormatter(logging.Formatter(_FORMAT))
            root = logging.getLogger()
            root.addHandler(handler)
            root.setLevel(level)
            self.path = folder / f"{name}.log"
            self._handler, self._lock = handler, lock
            return

    def _open_trace(self, folder: Path) -> None:
        try:
            self._claim = claim_new(_crash_dir(folder))
            self._trace = (self._claim.folder / _TRACE_NAME).open("w", encoding="utf-8")
            faulthandler.enable(self._trace, all_threads=True)
        except OSError as error:
            logger.warning("a crash will leave no trace: %s", error)


def start_logging(level: int = logging.INFO) -> LogSession:
    """Begin to log and to catch hard crashes; collect what crashed copies left.

    A collected trace is written to the log and its file deleted. A log folder that cannot be
    written does not keep the program from starting. Call `LogSession.stop` at the end.
    """
    try:
        folder = log_dir()
    except OSError:
        return LogSession(None, ())
    crashes = _collect_crashes(folder)
    session = LogSession(folder, crashes, level)
    logger.info("CLIP Color Lab %s starts", VERSION)
    for crash in crashes:
        logger.error("an earlier copy crashed at %s\n%s", crash.when.isoformat(), crash.text)
    return session


def _crash_dir(folder: Path) -> Path:
    return folder / "crashes"


def _collect_crashes(folder: Path) -> tuple[CrashTrace, ...]:
    crashes: list[CrashTrace] = []
    for claim in claim_left_behind(_crash_dir(folder)):
        trace = claim.folder / _TRACE_NAME
        with contextlib.suppress(OSError):
            text = read_bytes(trace).decode("utf-8", errors="replace").strip()
            if text:  # an empty one was left by a process that was killed
                when = datetime.fromtimestamp(trace.stat().st_mtime, UTC)
                crashes.append(CrashTrace(text, when))
        claim.release(remove=True)
    return tuple(crashes)
