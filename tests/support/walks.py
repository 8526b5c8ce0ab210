"""Which files of the product a piece of work goes through."""

from __future__ import annotations

import inspect
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("core", "gui")


class Reached:
    """Files of the product of which a function runs while one watches.

    What runs while a module is imported does not count: that is done once for the whole program.
    Threads that begin meanwhile are watched, too; one that runs already, or that Qt has begun, is
    watched from when it sets `profile` itself.

    Attributes
    ----------
    files : set of str
        Relative to the repository.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._known: set[CodeType] = set()
        self._open = False

    def __enter__(self) -> Reached:
        self._open = True
        threading.setprofile(self.profile)
        self.watch()
        return self

    def __exit__(self, *_reason: object) -> None:
        self._open = False
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]

    def watch(self) -> None:
        """Watch the calling thread, also if it runs before this is entered."""
        sys.setprofile(self.profile)

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """Take a call into account; for `sys.setprofile`."""
        code = frame.f_code
        if not self._open or event != "call" or code in self._known:
            return
        path = Path(code.co_filename)
        inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in SIDES
        if inside and code.co_flags & inspect.CO_OPTIMIZED:  # no module, no body of a class
            if _is_importing(frame):
                return
            self.files.add(path.relative_to(ROOT).as_posix())
        self._known.add(code)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def at_work() -> set[str]:
    """Files of the product of which a function waits for what is called at the moment."""
    frame: FrameType | None = sys._getframe(1)
    files = set()
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in SIDES:
            files.add(path.relative_to(ROOT).as_posix())
        frame = frame.f_back
    return files
