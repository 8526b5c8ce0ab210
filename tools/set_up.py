"""Prepares the environment in ``.venv``: packages at their pinned versions, and Qt's libraries.

Runs on the system's Python with the standard library alone. A stamp inside ``.venv`` is written
last, so that an interrupted preparation is noticed and repaired by the next.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "ready.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "constraints.txt")
LINUX_BYTES = 9 * 2**30  # fetched wheels and the installed environment together


class SetupError(Exception):
    """A step failed; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Prepare the environment; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--with-tests", action="store_true", help="also what tests need")
    parser.add_argument(
        "--up-to-date", action="store_true", help="prepare nothing; exit 0 if nothing is to be done"
    )
    parser.add_argument("--after-installing", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    wanted = wanted_stamp(options.with_tests)
    if options.up_to_date:
        return 0 if is_up_to_date(wanted) else 1
    try:
        with one_at_a_time():
            if not is_up_to_date(wanted):
                prepare(wanted, options.with_tests)
    except SetupError as error:
        print(f"\nSetting up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next `make` goes on from here.", file=sys.stderr)
        return 130
    return 0


def wanted_stamp(with_tests: bool) -> dict[str, str | bool]:
    """What the stamp says once everything is in place."""
    digest = hashlib.sha256()
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return {"requirements": digest.hexdigest(), "tests": with_tests}


def is_up_to_date(wanted: dict[str, str | bool]) -> bool:
    """True if the last preparation finished, for these requirements."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
        same = found["requirements"] == wanted["requirements"]
        return same and (found["tests"] or not wanted["tests"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def prepare(wanted: dict[str, str | bool], with_tests: bool) -> None:
    """Make or repair the environment, then write the stamp.

    Raises
    ------
    SetupError
        If a step failed.
    """
    STAMP.unlink(missing_ok=True)
    if not environment_works():
        make_environment()
    check_space()
    print("Installing the packages of requirements.txt (the first time takes some minutes) ...")
    install_packages(with_tests)
    damaged = run_here("tools/check_packages.py", "--list")
    if damaged:
        print(f"Repairing what an interruption left incomplete: {', '.join(damaged)}")
        run_here("tools/check_packages.py", "--forget")
        install_packages(with_tests)
        if still := run_here("tools/check_packages.py", "--list"):
            raise SetupError(
                f"{', '.join(still)} cannot be installed completely. Delete the folder .venv and "
                "run make again."
            )
    libraries = [str(PYTHON), str(ROOT / "tools/system_libraries.py")]
    if with_tests:
        libraries.append("--with-tests")
    if subprocess.run(libraries, check=False, cwd=ROOT, stdin=subprocess.DEVNULL).returncode:
        raise SetupError("Qt cannot start without the libraries named above.")
    unfinished = STAMP.with_suffix(".new")
    unfinished.write_text(json.dumps(wanted), encoding="utf-8")
    unfinished.replace(STAMP)
    print("The environment is ready.")


def environment_works() -> bool:
    """True if ``.venv`` has a suitable Python that runs, and pip."""
    check = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))"
    try:
        done = subprocess.run([str(PYTHON), "-c", check], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def make_environment() -> None:
    """Create ``.venv`` anew."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    print(f"Creating the environment .venv with Python {version} ...")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return
    sys.path.insert(0, str(ROOT / "tools"))
    from system_packages import install_with_apt

    if install_with_apt([f"python{version}-venv"]):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return
    print(done.stdout + done.stderr, file=sys.stderr)
    raise SetupError(
        f"Python {version} cannot create an environment. On Debian and Ubuntu install it with: "
        f"sudo apt-get install python{version}-venv"
    )


def install_packages(with_tests: bool) -> None:
    """Install the pinned packages that are not there yet."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--constraint", "constraints.txt", "--requirement", "requirements.txt"]
    if with_tests:
        command += ["--requirement", "requirements-dev.txt"]
    if not sys.stdout.isatty():
        command += ["--quiet", "--progress-bar", "off"]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SetupError(
            "pip could not install the packages; its message is above. Check the connection and "
            "the free disk space, then run make again: it goes on from here."
        )


def check_space() -> None:
    """Say so early if the disk is likely to fill up."""
    free = shutil.disk_usage(ROOT).free
    if sys.platform.startswith("linux") and free < LINUX_BYTES:
        print(f"Note: {free / 2**30:.1f} GB are free on this disk; a first set-up takes up to 9.")


def run_here(script: str, *arguments: str) -> list[str]:
    """Run a script in the environment and return the words it printed."""
    done = subprocess.run(
        [str(PYTHON), str(ROOT / script), *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SetupError(f"{script} failed: {done.stderr.strip()}")
    return done.stdout.split()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second preparation of the same checkout wait for the first."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with Path(__file__).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another preparation is running; waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # some network file systems lock only files open for writing
            pass
        yield


if __name__ == "__main__":
    sys.exit(main())
