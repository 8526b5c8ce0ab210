"""``python main.py --self-test``: checks the installed lab without a display.

Opens the real window on a temporary profile, loads the model, and goes through what a user does
first. Prints one line a check; the exit status is 0, or 1 with the name of the check that failed.
Works without stdout and stderr, as in a windowed build: the lines also go to a file then.
"""

from __future__ import annotations

import os
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from core.base.log import start_logging
from core.base.paths import HOME_VARIABLE, log_dir
from gui.app.command_line import Options
from gui.app.crash import CrashGuard
from gui.app.self_test_checks import CHECKS, Bench, CheckFailed
from gui.app.self_test_network import NoNetwork
from gui.app.self_test_report import REPORT_NAME, Report
from gui.app.start import Session, make_application
from gui.jobs.model_load import Load

TIME_LIMIT_SECONDS = 300
THOROUGH_FACTOR = 3


def run(options: Options, load: Load | None = None) -> int:
    """Run all checks in order; the result is the exit status.

    The model of `options` is used in place of the embedded one; `load` is `Inference`'s.
    """
    with tempfile.TemporaryDirectory(
        prefix="color-lab-self-test-", ignore_cleanup_errors=True
    ) as folder:
        # A profile that the user names is used and kept; his own is not touched.
        before = os.environ.get(HOME_VARIABLE)
        if before is None:
            os.environ[HOME_VARIABLE] = folder
        try:
            return _run(options, Path(folder), load)
        finally:
            if before is None:
                del os.environ[HOME_VARIABLE]


def _run(options: Options, folder: Path, load: Load | None) -> int:
    report = Report(log_dir() / REPORT_NAME)
    stage = _Stage()
    seconds = TIME_LIMIT_SECONDS * (THOROUGH_FACTOR if options.thorough else 1)
    watchdog = threading.Timer(seconds, _give_up, (report, stage, seconds))
    watchdog.daemon = True
    watchdog.start()
    logging_session = start_logging()
    guard = CrashGuard()
    guard.install()
    bench: Bench | None = None
    network = NoNetwork()
    checks = _checks(options)
    try:
        with network:
            session = Session(make_application(), guard, options, load=load)
            bench = Bench(session, guard, folder, options.model or "embedded", network)
            for name, check in checks:
                stage.name = name
                _check(report, name, bench, check)
    except CheckFailed as failure:
        report.line(f"FAILED  {stage.name}: {failure}")
        return 1
    except Exception:
        report.line(f"FAILED  {stage.name}:\n{traceback.format_exc()}")
        return 1
    else:
        report.line(f"All {len(checks)} checks passed.")
        return 0
    finally:
        if bench is not None:
            bench.close()
        guard.uninstall()
        logging_session.stop()
        watchdog.cancel()


def _checks(options: Options) -> list[tuple[str, Callable[[Bench], str]]]:
    """Those that are asked for, in order."""
    if not options.thorough:
        return list(CHECKS)
    from gui.app.self_test_thorough import THOROUGH_CHECKS

    place = [name for name, _check in CHECKS].index("network")
    return [*CHECKS[:place], *THOROUGH_CHECKS, *CHECKS[place:]]


class _Stage:
    name = "start"


def _check(report: Report, name: str, bench: Bench, check: Callable[[Bench], str]) -> None:
    detail = check(bench)
    if bench.guard.reports:
        raise CheckFailed("an unexpected exception was caught; see the log")
    report.line(f"ok  {name}: {detail}")


def _give_up(report: Report, stage: _Stage, seconds: int) -> None:
    report.line(f"FAILED  {stage.name}: not done within {seconds} seconds")
    os._exit(1)
