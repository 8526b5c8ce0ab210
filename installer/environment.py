"""The environment that builds: PyInstaller, beside the packages of a given environment.

The given environment is only read: PyInstaller lives in an environment of its own, which finds the
other's packages through a path file. So whatever torch the given one has is the torch that ships.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from installer.places import ROOT, WORK

REQUIREMENTS = ROOT / "requirements-build.txt"
ENVIRONMENT = WORK / "environment"
STAMP = ENVIRONMENT / "ready"
_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_PROGRAM = "python.exe" if os.name == "nt" else "python"


class BuildError(Exception):
    """A step of the build failed; the message says which and why."""


def python_of(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / _SCRIPTS / _PROGRAM


def build_environment(given: Path) -> Path:
    """Prepare the environment that builds from the packages of another.

    Parameters
    ----------
    given : Path
        An environment with the packages of ``requirements.txt``.

    Returns
    -------
    Path
        The interpreter to build with.

    Raises
    ------
    BuildError
        If the given environment is none, or PyInstaller cannot be installed.
    """
    python = python_of(given)
    if not python.exists():
        raise BuildError(f"{given} is no environment of Python.")
    packages = site_packages(python)
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + packages.encode()).hexdigest()
    ours = python_of(ENVIRONMENT)
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return ours
    print(f"Preparing PyInstaller beside the packages of {given} ...", flush=True)
    run([str(python), "-m", "venv", "--clear", str(ENVIRONMENT)])
    beside = Path(site_packages(ours)) / "given-environment.pth"
    run([str(ours), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
         "--requirement", str(REQUIREMENTS)])  # fmt: skip
    beside.write_text(packages + "\n", encoding="utf-8")
    STAMP.write_text(wanted, encoding="utf-8")
    return ours


def site_packages(python: Path) -> str:
    """Where an interpreter's packages lie."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return run([str(python), "-c", code], capture=True).strip()


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


def main() -> None:
    """Prepare the environment from the command line."""
    print(build_environment(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".venv"))


if __name__ == "__main__":
    main()
