"""Time to the first window, against an empty PySide6 window.

Both programs are started as processes of their own, in turn. The clock runs from the start of the
process to the end of the first painting of the window. Every start has an empty profile.

    python benchmarks/start_up.py [starts]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._report import ROOT, finish, median, print_table

STARTS = 7
BAR = 8.0
"""As twice an empty window with a plot of pyqtgraph, which takes four times as long."""
LONGEST = 180.0

EMPTY = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    painted = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.painted:
            self.painted = True
            QTimer.singleShot(0, lambda: print("painted", flush=True))

app = QApplication([])
window = Window()
window.resize(1280, 720)
window.show()
app.exec()
"""

LAB = """
import sys
from gui.app.command_line import Options
from gui.app.native_order import preload_native_libraries

preload_native_libraries(sys.platform)
from gui.app import start
from gui.app.crash import CrashGuard

application = start.make_application()
guard = CrashGuard()
session = start.Session(application, guard, Options())

def say():
    heavy = sorted({"torch", "open_clip"} & set(sys.modules))
    print("painted", *heavy, flush=True)

session.window.first_painted.disconnect()
session.window.first_painted.connect(say)
session.window.first_painted.connect(session._begin)
session.lab.inference.model_ready.connect(lambda _info: print("ready", flush=True))
session.lab.inference.model_failed.connect(lambda error: print("failed", error, flush=True))
session.window.show()
application.exec()
"""


def start(code: str, folder: Path, until: str = "painted") -> dict[str, float]:
    """Start a program; seconds after which it printed each line, up to the one awaited."""
    environment = {
        **os.environ,
        "CLIP_COLOR_LAB_HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    times: dict[str, float] = {}
    watchdog = threading.Timer(LONGEST, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            word, *rest = line.split(maxsplit=1)
            times[word] = time.perf_counter() - begun
            if word == "failed":
                raise SystemExit(f"the model was not loaded: {''.join(rest)}")
            if word == "painted" and rest:
                raise SystemExit(f"loaded before the first window: {rest[0]}")
            if word == until:
                break
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
    if until not in times:
        raise SystemExit(f"the program ended, or took too long, before it was {until}")
    return times


def main() -> int:
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else STARTS
    empty: list[float] = []
    lab: list[float] = []
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        start(EMPTY, Path(home) / "warm")  # files into the system's cache, bytecode written
        start(LAB, Path(home) / "warm")
        for number in range(starts):
            empty.append(start(EMPTY, Path(home) / f"empty-{number}")["painted"])
            lab.append(start(LAB, Path(home) / f"lab-{number}")["painted"])
        ready = start(LAB, Path(home) / "ready", until="ready")["ready"]
    rows = [
        [name, f"{median(times):.3f}", f"{min(times):.3f}", f"{max(times):.3f}"]
        for name, times in (("empty PySide6 window", empty), ("the lab", lab))
    ]
    print(f"Seconds from process start to the first painted window, {starts} starts each, in turn")
    print_table(["", "median", "least", "most"], rows)
    print(f"Model ready announced after {ready:.2f} s; the window is usable meanwhile.")
    return finish(
        "start_up",
        {"lab / empty window": median(lab) / median(empty)},
        {"lab / empty window": BAR},
    )


if __name__ == "__main__":
    sys.exit(main())
