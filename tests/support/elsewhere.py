"""Other processes of the product, told line by line what to do: what if two do it at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
from core.base.locks import Lock
with Lock(Path(sys.argv[1])):
    say("held")
    sys.stdin.read()
"""


class Elsewhere:
    """A process; what it prints is read line by line."""

    def __init__(self, code: str, *arguments: object) -> None:
        head = (
            "import sys\nfrom pathlib import Path\n"
            "def say(text):\n    print(text, flush=True)\n"
            "def asked():\n    return sys.stdin.readline().strip()\n"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", head + code, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def heard(self) -> str:
        """The next line it prints; empty if it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def tell(self, text: str = "") -> None:
        """Send it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let it end, and wait for that."""
        self._process.communicate(timeout=800)


@contextmanager
def elsewhere(code: str, *arguments: object) -> Iterator[Elsewhere]:
    """Run code in another process, which has said a first line when this begins."""
    process = Elsewhere(code, *arguments)
    try:
        assert process.heard()
        yield process
    except BaseException:
        process.kill()  # it may wait for what does not come any more
        raise
    finally:
        process.close()


@contextmanager
def held_elsewhere(lock: Path) -> Iterator[Elsewhere]:
    """Let another process hold a lock."""
    with elsewhere(HOLD, lock) as process:
        yield process
