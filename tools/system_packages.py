"""Installs packages of the operating system where that needs no password. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence


def install_with_apt(packages: Sequence[str]) -> bool:
    """Install packages with apt-get, as root or through a sudo that asks no password.

    Returns
    -------
    bool
        False if that is not possible here or failed.
    """
    prefix = _privileged()
    if not packages or prefix is None or shutil.which("apt-get") is None:
        return False
    print(f"Installing with apt-get: {' '.join(packages)} ...", flush=True)
    install = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    # The lists may be old or absent: fetch them only if the first attempt fails.
    return _runs(install) or (_runs([*prefix, "apt-get", "update", "-qq"]) and _runs(install))


def _privileged() -> list[str] | None:
    variable = "DEBIAN_FRONTEND=noninteractive"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ["env", variable]
    if shutil.which("sudo") and _runs(["sudo", "-n", "true"]):
        return ["sudo", "-n", "env", variable]
    return None


def _runs(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=900
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
