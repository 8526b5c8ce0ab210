"""What builds: PyInstaller, beside the packages of a given environment.

The given environment is only read: PyInstaller lies in a folder of its own, which is named to the
interpreter by ``PYTHONPATH``. So whatever torch the environment has is the torch that ships.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from installer.places import ROOT, WORK

REQUIREMENTS = ROOT / "requirements-build.txt"
TOOLS = WORK / "tools"
STAMP = TOOLS / "ready"
_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_PROGRAM = "python.exe" if os.name == "nt" else "python"


class BuildError(Exception):
    """A step of the build failed; the message says which and why."""


def python_of(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / _SCRIPTS / _PROGRAM


def build_environment(given: Path) -> Path:
    """Make PyInstaller available to a given environment, in this process and those it starts.

    Parameters
    ----------
    given : Path
        An environment with the packages of ``requirements.txt``.

    Returns
    -------
    Path
        The interpreter to build with: the given environment's own, since PyInstaller keeps the
        folders of libraries only where they lie in the interpreter's own ``site-packages``.

    Raises
    ------
    BuildError
        If the given environment is none, or PyInstaller cannot be installed.
    """
    python = python_of(given)
    if not python.exists():
        raise BuildError(f"{given} is no environment of Python.")
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + str(python).encode()).hexdigest()
    if not STAMP.exists() or STAMP.read_text(encoding="utf-8") != wanted:
        print(f"Preparing PyInstaller beside the packages of {given} ...", flush=True)
        shutil.rmtree(TOOLS, ignore_errors=True)
        # What it needs besides (packaging, setuptools) torch and matplotlib bring along.
        run([str(python), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps",
             "--disable-pip-version-check", "--target", str(TOOLS),
             "--requirement", str(REQUIREMENTS)])  # fmt: skip
        STAMP.write_text(wanted, encoding="utf-8")
    os.environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(TOOLS)))
    return python


def run(command: list[str], *, capture: bool = False, **named: str) -> str:
    """Run a command from the repository; named values are added to its environment variables.

    Raises
    ------
    BuildError
        If it fails.
    """
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env={**os.environ, **named},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        text=True,
    )
    if done.returncode:
        raise BuildError(f"{' '.join(command[:3])} … failed with status {done.returncode}.")
    return done.stdout or ""
