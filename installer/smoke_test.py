"""Runs a built program where it has it hardest, and watches it from outside.

No network, no console streams, a folder of the program that cannot be written, a home whose name is
not ASCII. ``python -m installer.smoke_test [FOLDER]``; the exit status is 1 if anything is wrong.
Needs nothing but the standard library and the built folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from installer.confined import Confined, Outcome
from installer.places import INTERNAL, NAME, PROGRAM

HOME_NAME = "Zoë Łukasz 色"
MOST_PROCESSES = 3
"""The program, a helper that decodes pictures, and Python's own keeper of shared resources."""

LOST_FILES = (
    "open_clip/bpe_simple_vocab_16e6.txt.gz",
    "open_clip/model_configs/RN50.json",
    "resources/fonts/fonts.toml",
    "resources/icons/app.svg",
    "resources/models/embedded/model.safetensors",
    "resources/presets/gallery.toml",
    "installed-files.json",
)
"""Files whose loss the self-test has to notice, one of each kind."""


class SmokeFailure(Exception):
    """The built program did something it should not; the message says what."""


def main(arguments: list[str] | None = None) -> int:
    """Run all of it; the result is the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PROGRAM)
    parser.add_argument("--quick", action="store_true", help="leave out the lost files")
    options = parser.parse_args(arguments)
    program = options.folder.resolve() / (NAME + (".exe" if os.name == "nt" else ""))
    with tempfile.TemporaryDirectory(prefix="smoke-", ignore_cleanup_errors=True) as folder:
        place = Confined(program, Path(folder) / HOME_NAME)
        print(f"Confined: {place.account()}.", flush=True)
        try:
            for step in (self_test, commands, window):
                say(step.__doc__ or step.__name__, step, place)
            if not options.quick:
                for name in LOST_FILES:
                    say(f"Without {name} the self-test fails.", lost_file, place, name)
        except SmokeFailure as failure:
            print(f"FAILED  {failure}", file=sys.stderr)
            return 1
    print("The built program passes.")
    return 0


def say(sentence: str, step: Callable[..., str], *arguments: object) -> None:
    """Run a step and print its sentence with what it found."""
    found = step(*arguments)
    print(f"ok  {sentence.splitlines()[0]} {found}".rstrip(), flush=True)


def self_test(place: Confined) -> str:
    """The thorough self-test passes, closed streams and all; the folder stays as it was."""
    before = place.snapshot()
    outcome = place.run("--self-test", "--thorough", "--profile", str(place.profile))
    report = place.report()
    if outcome.status != 0 or "FAILED" in report or "checks passed" not in report:
        raise SmokeFailure(f"the self-test: status {outcome.status}\n{report or '(no report)'}")
    if place.snapshot() != before:
        raise SmokeFailure("something was written to the folder of the program (R56)")
    _check_processes(outcome)
    return report.splitlines()[-1] + f" {outcome.most_processes} processes at most."


def commands(place: Confined) -> str:
    """A run by command gives its tables on stdout, and an unknown word is refused in one line."""
    run = place.profile / "a run"
    done = place.run(
        "--profile", str(place.profile), "run", "experiment-4", "--samples", "1", "--quiet",
        "--out", str(run), streams=True,
    )  # fmt: skip
    if done.status != 0 or "| " not in done.stdout:
        raise SmokeFailure(f"run: status {done.status}\n{done.stdout}\n{done.stderr}")
    wrong = place.run("run", "experiment-99", streams=True)
    if wrong.status != 2 or "Traceback" in wrong.stderr:
        raise SmokeFailure(f"an unknown experiment: status {wrong.status}\n{wrong.stderr}")
    return ""


def window(place: Confined) -> str:
    """The window opens once, stays, and closes in good order when the system asks."""
    if os.name == "nt":
        return "(not asked on Windows, which has no such signal)"
    outcome = place.run_window(seconds=25)
    if outcome.status != 0:
        raise SmokeFailure(f"the window ended with status {outcome.status}\n{outcome.stderr}")
    _check_processes(outcome)
    windows = outcome.windows
    if windows is not None and windows != 1:
        raise SmokeFailure(f"{windows} windows were open instead of one (R53)")
    if not place.wrote_to_home():
        raise SmokeFailure("the program kept nothing in its user's home")
    return "One window seen." if windows == 1 else "(no X server to count windows on)"


def lost_file(place: Confined, name: str) -> str:
    """A copy of the program without one file does not pass (R52)."""
    with tempfile.TemporaryDirectory(dir=place.program.parent.parent) as folder:
        copy = Path(folder) / NAME
        shutil.copytree(place.program.parent, copy, symlinks=True, copy_function=os.link)
        Path(folder).chmod(0o755)
        lost = copy / INTERNAL.name / name
        lost.unlink()  # a link like all the others: the program itself keeps the file
        there = Confined(copy / place.program.name, place.home)
        outcome = there.run("--self-test", "--profile", str(there.profile))
    if outcome.status == 0:
        raise SmokeFailure(f"the self-test passes without {name} (R52)")
    report = there.report()
    if "FAILED" not in report:
        raise SmokeFailure(f"without {name} there is no report, but status {outcome.status}")
    return ""


def _check_processes(outcome: Outcome) -> None:
    if outcome.most_processes > MOST_PROCESSES:
        raise SmokeFailure(
            f"{outcome.most_processes} processes ran where {MOST_PROCESSES} suffice (R53)"
        )
    if outcome.left_over:
        raise SmokeFailure(f"{outcome.left_over} processes outlived the program (R53)")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.SubprocessError as error:
        sys.exit(f"FAILED  {error}")
