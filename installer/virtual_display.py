"""An X server without a screen, to see on it how many windows a program opens."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from types import TracebackType
from typing import Self


class VirtualDisplay:
    """Runs Xvfb for a while, where it is installed; without it nothing is counted."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._display = ""

    def __enter__(self) -> Self:
        if shutil.which("Xvfb") and shutil.which("xdotool"):
            reading, writing = os.pipe()
            # The program runs as another user, whom the server would otherwise turn away.
            self._server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-ac",
                 "-screen", "0", "1280x720x24"],
                pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            os.close(writing)
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            self._display = f":{number}" if number else ""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)

    def environment(self) -> dict[str, str]:
        """What a program needs to find the display."""
        if not self._display:
            return {}
        return {"DISPLAY": self._display, "QT_QPA_PLATFORM": "xcb"}

    def count_windows(self, title: str) -> int | None:
        """Visible windows whose title holds some words; None without a display."""
        if not self._display:
            return None
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "DISPLAY": self._display},
        )
        return len(done.stdout.split())

    def wait_for_windows(self, title: str, seconds: float) -> int | None:
        """The same, once there is one or the time is over."""
        end = time.monotonic() + seconds
        while (found := self.count_windows(title)) == 0 and time.monotonic() < end:
            time.sleep(0.5)
        return found
