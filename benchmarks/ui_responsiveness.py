"""How alive the window stays while a sweep runs on all cores.

The whole window runs, and a sweep of experiment 5 at the paper's size is started in its
experiments pane. A timer of the event loop notes when it fires: the longest time between two
beats is what a click or a key may have had to wait. Edits of the stimulus are timed to the painted
bars, with the sweep at work and without it, in turn, in the same window.

    python benchmarks/ui_responsiveness.py [edits] [embedded] [RN50]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks._report import finish, median, percentile, print_table
from benchmarks.live_latency import Bench, make_session

if TYPE_CHECKING:
    from gui.experiments.pane import ExperimentsPane

EDITS = 40
ROUNDS = 2
MODELS = ("embedded", "RN50")
WATCH_SECONDS = 15.0
BETWEEN_EDITS = 0.15
BEAT_MILLISECONDS = 2
GAP_BAR = 0.100
GAP_GOAL = 0.050
LATENCY_FACTOR = 3.0


class Heart:
    """A timer of the event loop that notes how late it fires.

    Attributes
    ----------
    longest : dict of str to float
        The longest time between two beats in seconds, by what was going on.
    """

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.longest: dict[str, float] = {}
        self._phase = "start"
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MILLISECONDS)

    def enter(self, phase: str) -> None:
        """Name what is going on from now on."""
        self._beat()
        self._phase = phase

    def stop(self) -> None:
        self._beat()
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        gap, self._last = now - self._last, now
        self.longest[self._phase] = max(gap, self.longest.get(self._phase, 0.0))


def edits(bench: Bench, first: int, count: int) -> list[float]:
    """Seconds from each edit to the painted bars, as fast as a person makes them."""
    times = []
    for number in range(first, first + count):
        times.append(bench.latency(lambda number=number: bench.edit(number)))
        bench.pause(BETWEEN_EDITS)
    return times


def begin(bench: Bench) -> None:
    """Start a sweep in the window, or go on with it, and wait for its first numbers."""
    pane: ExperimentsPane = bench.window.docks["experiments"].pane
    sweeps = bench.lab.sweeps
    bench.window.docks["experiments"].raise_()
    if pane.controller.library.runs:
        pane.controller.resume(pane.controller.library.runs[0].path)
    else:
        pane.controller.use_preset("experiment-5")
        pane.controller.set_samples(500)
        pane.run()
    bench.wait(lambda: sweeps.current is not None and sweeps.current.progress is not None)


def pause(bench: Bench) -> float:
    """Pause the sweep; seconds until it has stopped."""
    sweeps = bench.lab.sweeps
    begun = time.perf_counter()
    sweeps.pause(sweeps.current)
    bench.wait(lambda: sweeps.current is None)
    return time.perf_counter() - begun


def measure(
    title: str, bench: Bench, count: int, ratios: dict[str, float], bars: dict[str, float]
) -> tuple[list[list[str]], list[list[str]]]:
    """Rows of the two tables for one model."""
    heart = Heart()
    idle: list[float] = []
    busy: list[float] = []
    stops = []
    edits(bench, 0, 5)
    for number in range(ROUNDS):
        first = 5 + 2 * number * count
        heart.enter("no sweep: editing")
        idle += edits(bench, first, count)
        heart.enter("sweep: starting")
        begin(bench)
        heart.enter("sweep: watching it")
        bench.pause(WATCH_SECONDS)
        heart.enter("sweep: editing")
        busy += edits(bench, first + count, count)
        job = bench.lab.sweeps.current
        assert job is not None and job.progress is not None, "the sweep has ended"
        rate = job.progress.images_per_second
        heart.enter("sweep: pausing")
        stops.append(pause(bench))
    heart.stop()
    gaps = [
        [f"{title}: {phase}", f"{1000 * gap:.0f}"]
        for phase, gap in heart.longest.items()
        if phase != "start"
    ]
    during = max(gap for phase, gap in heart.longest.items() if phase.startswith("sweep"))
    latency = [
        [f"{title}: {name}", *(f"{1000 * t:.0f}" for t in _summary(times))]
        for name, times in (("without a sweep", idle), ("during a sweep", busy))
    ]
    print(
        f"{title}: {rate:,.0f} images/s while editing; pausing took {max(stops):.2f} s at most; "
        f"the goal of {1000 * GAP_GOAL:.0f} ms is {'met' if during < GAP_GOAL else 'not met'}",
        file=sys.stderr,
    )
    for key, ratio, bar in (
        (f"{title}: longest gap of the event loop / 100 ms", during / GAP_BAR, 1.0),
        (
            f"{title}: median edit to bars, sweep / none",
            median(busy) / median(idle),
            LATENCY_FACTOR,
        ),
        (f"{title}: p95 edit to bars, sweep / none", _p95(busy) / _p95(idle), LATENCY_FACTOR),
    ):
        ratios[key], bars[key] = ratio, bar
    return gaps, latency


def _p95(times: list[float]) -> float:
    return percentile(times, 0.95)


def _summary(times: list[float]) -> tuple[float, float, float]:
    return median(times), _p95(times), max(times)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EDITS
    ratios: dict[str, float] = {}
    bars: dict[str, float] = {}
    gaps: list[list[str]] = []
    latency: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        from gui.app.start import make_application

        app = make_application()
        for model in sys.argv[2:] or list(MODELS):
            os.environ["CLIP_COLOR_LAB_HOME"] = str(Path(home) / model)  # its own runs
            title, session = make_session(model)
            print(f"Measuring {title} …", file=sys.stderr)
            bench = Bench(app, session)
            more = measure(title, bench, count, ratios, bars)
            bench.close()
            gaps += more[0]
            latency += more[1]
    print("Longest time between two beats of the event loop, milliseconds")
    print_table(["", "longest"], gaps)
    print(f"\nMilliseconds from an edit to the painted bars, {ROUNDS * count} edits each, in turn")
    print_table(["", "median", "p95", "most"], latency)
    return finish("ui_responsiveness", ratios, bars)


if __name__ == "__main__":
    sys.exit(main())
