"""A place for a built program to run in: cut off, closed in, and watched.

As root on Linux the program runs as an ordinary user without any network of its own, and cannot
write where it is installed. Elsewhere, what the system allows is done and the rest is said.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from installer.virtual_display import VirtualDisplay

ORDINARY_USER = 12_345
"""A number that no account of the system has: all rights are those of “others”."""

LIMIT_SECONDS = 1800
_NICE_PAUSE = 0.05


@dataclass
class Outcome:
    """How a run ended.

    Attributes
    ----------
    status : int
    stdout, stderr : str
        Empty where the program had no streams.
    most_processes : int
        Most that were alive at once, the program included; 0 where they cannot be counted.
    left_over : int
        Processes that outlived it.
    windows : int or None
        Windows on the screen before it was asked to end; None where there was no screen.
    """

    status: int
    stdout: str = ""
    stderr: str = ""
    most_processes: int = 0
    left_over: int = 0
    windows: int | None = None


class Confined:
    """Runs one program.

    Parameters
    ----------
    program : Path
    home : Path
        Made if it is not there; the program's home, and its folder of temporary files.
    """

    def __init__(self, program: Path, home: Path) -> None:
        self.program = program
        self.home = home
        self.profile = home / "Prüfprofil"
        self._linux = sys.platform.startswith("linux")
        self._root = self._linux and os.geteuid() == 0
        self._cut = self._linux and _works(["unshare", *self._unshare(), "true"])
        home.mkdir(parents=True, exist_ok=True)
        (home / "tmp").mkdir(exist_ok=True)
        if self._root:
            home.parent.chmod(0o755)
            for path in (home, home / "tmp"):
                os.chown(path, ORDINARY_USER, ORDINARY_USER)

    def account(self) -> str:
        """What this place keeps from the program, in words."""
        return "; ".join(
            (
                "no network" if self._cut else "the network is there, but the self-test refuses it",
                "an ordinary user who cannot write the folder of the program"
                if self._root
                else "the user who runs this",
                f"home {self.home.name}",
            )
        )

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file of the program's folder."""
        found = {}
        for folder, _folders, names in os.walk(self.program.parent):
            for name in names:
                path = Path(folder, name)
                state = path.lstat()
                found[str(path)] = (state.st_size, state.st_mtime_ns)
        return found

    def report(self) -> str:
        """What the last self-test reported."""
        path = self.profile / "log" / "self-test.txt"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wrote_to_home(self) -> bool:
        """True if the program made its folders where its user's belong."""
        return any(self.home.rglob("clip-color-lab"))

    def run(self, *arguments: str, streams: bool = False) -> Outcome:
        """Run to the end; without `streams`, stdin, stdout and stderr are closed."""
        shutil.rmtree(self.profile / "log", ignore_errors=True)
        command = self._command([str(self.program), *arguments], streams=streams)
        pipe = subprocess.PIPE if streams else None
        process = subprocess.Popen(
            command, env=self._environment(), cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=pipe, stderr=pipe, text=True, encoding="utf-8", start_new_session=True,
        )  # fmt: skip
        if streams:
            stdout, stderr = process.communicate(timeout=LIMIT_SECONDS)
            return Outcome(process.returncode, stdout, stderr)
        most = self._watch(process, LIMIT_SECONDS)
        return Outcome(process.wait(), most_processes=most, left_over=self._alive())

    def run_window(self, seconds: float) -> Outcome:
        """Open the window, wait, and ask the program to end."""
        with VirtualDisplay() as display:
            # A namespace of its own for the network would hide the display's abstract socket, not
            # its file, which is the one that Qt uses when it must.
            environment = {**self._environment(), **display.environment()}
            process = subprocess.Popen(
                self._command([str(self.program)], streams=False),
                env=environment, cwd=self.home, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            most = self._watch(process, seconds, whole=False)
            windows = display.wait_for_windows("CLIP Color Lab", 120)
            time.sleep(3)  # a second window would come now
            windows = display.count_windows("CLIP Color Lab") if windows else windows
            most = max(most, len(self._processes()))
            for pid in self._processes():
                os.kill(pid, signal.SIGTERM)
            try:
                status = process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                status = -signal.SIGKILL
            return Outcome(status, most_processes=most, left_over=self._alive(), windows=windows)

    def _watch(self, process: subprocess.Popen[str], seconds: float, *, whole: bool = True) -> int:
        """Count the program's processes while it runs; the most at once."""
        most, end = 0, time.monotonic() + seconds
        while process.poll() is None:
            most = max(most, len(self._processes()))
            if time.monotonic() > end:
                if not whole:
                    break
                os.killpg(process.pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(str(self.program), seconds)
            time.sleep(_NICE_PAUSE)
        return most

    def _alive(self) -> int:
        """Processes of the program that are still there, a moment after its end."""
        end = time.monotonic() + 5
        while (left := self._processes()) and time.monotonic() < end:
            time.sleep(_NICE_PAUSE)
        return len(left)

    def _processes(self) -> list[int]:
        """Numbers of all processes that run the program's file."""
        if not self._linux:
            return []
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if (entry / "exe").readlink() == self.program:
                        found.append(int(entry.name))
                except OSError:  # it ended meanwhile, or is none of ours
                    continue
        return found

    def _command(self, program: list[str], *, streams: bool) -> list[str]:
        if not self._linux:
            return program
        quoted = 'exec "$@"' if streams else 'exec "$@" <&- >&- 2>&-'
        command = ["sh", "-c", quoted, "sh", *program]
        if self._root:
            user = str(ORDINARY_USER)
            rights = ["--reuid", user, "--regid", user, "--clear-groups"]
            command = ["setpriv", *rights, *command]
        return ["unshare", *self._unshare(), *command] if self._cut else command

    def _unshare(self) -> list[str]:
        return ["--net"] if self._root else ["--net", "--map-root-user"]

    def _environment(self) -> dict[str, str]:
        if os.name == "nt":
            changed = {"USERPROFILE": str(self.home), "TEMP": str(self.home / "tmp")}
            return {**os.environ, **changed, "TMP": changed["TEMP"]}
        kept = {
            name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS") if name in os.environ
        }
        return {
            **kept, "HOME": str(self.home), "TMPDIR": str(self.home / "tmp"),
            "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen",
        }  # fmt: skip


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
