"""A process that works on runs, to be killed or cramped while it does.

Loading torch takes seconds, so one process loads it and forks a child for each order. An order is
a line of JSON on stdin; events come as lines of JSON on stdout, from the child, and at last
``{"status": …}`` from the parent: the child's exit status, negative if a signal killed it.

    path        the run folder
    stay        wait to be killed when the work is done
    die         [function, n]: be killed inside the n-th call of "fsync", "replace" or "compute"
    file_limit  [n, bytes]: after n shards no file may grow beyond that size
    batch_size  as `core.sweeps.run.sweep`
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """The side of the tests: gives orders and reads events."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.sweep_worker"],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def order(self, path: Path, **options: Any) -> Iterator[dict[str, Any]]:
        """Have a child work on a run; yields what it says, the status last."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"path": str(path), **options}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            said = json.loads(line)
            yield said
            if "status" in said:
                return
        raise RuntimeError("the worker is gone")

    def work(self, path: Path, **options: Any) -> list[dict[str, Any]]:
        """All that a child says about a run."""
        return list(self.order(path, **options))

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


def main() -> None:
    import pyarrow.parquet  # noqa: F401 - loaded once, before forking

    import core.sweeps.shards  # noqa: F401
    from core.models.loading import load_session

    session = load_session("embedded")
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = _child(session, order)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        _say(status=os.waitstatus_to_exitcode(status))


def _child(session: Any, order: dict[str, Any]) -> int:
    from core.base.errors import LabError
    from core.sweeps.events import ShardWritten
    from core.sweeps.run import sweep
    from core.sweeps.run_folder import RunFolder

    _say(pid=os.getpid())
    if "die" in order:
        _die_in(*order["die"])
    shards = 0
    try:
        run = RunFolder.open(Path(order["path"]))
        for event in sweep(run, session, batch_size=order.get("batch_size", 16)):
            shards += isinstance(event, ShardWritten)
            if "file_limit" in order and shards == order["file_limit"][0]:
                limit = order["file_limit"][1]
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            _say(
                event=type(event).__name__,
                **{
                    name: getattr(event, name)
                    for name in ("done", "batch_size")
                    if hasattr(event, name)
                },
            )
    except LabError as error:
        _say(error=str(error), kind=type(error).__name__)
        return 2
    while order.get("stay"):
        signal.pause()
    return 0


def _die_in(name: str, number: int) -> None:
    """Let the process be killed inside the n-th call of a function, counted from 0."""
    from core.sweeps.run import BatchPipeline

    owner: Any = {"fsync": os, "replace": Path, "compute": BatchPipeline}[name]
    function: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def dying(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > number:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)

    setattr(owner, name, dying)


def _say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
