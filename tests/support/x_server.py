"""A real X server of the test's own, without a screen (Xvfb)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

PROGRAMS = ("Xvfb", "xdotool")


def missing_programs() -> list[str]:
    """What is not installed of the programs that are needed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextmanager
def x_server(width: int = 1280, height: int = 720) -> Iterator[str]:
    """Run Xvfb on a free display number; gives the value for ``DISPLAY``."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"]
    command += ["-screen", "0", f"{width}x{height}x24"]
    server = subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start.")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)
