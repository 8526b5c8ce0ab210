"""Time from an edit to the drawn bars, against one bare forward pass of the same model.

The whole window runs with its three default templates and eleven labels. An edit is a change of
the document, as a drag or a click makes it; the clock stops when every visible chart has been
painted with the answer to it. Between edits the same model embeds one picture, in a thread of the
same priority as the window's own, with nothing around it. Then 200 edits follow one another in
two seconds and every painting of bars is checked against the document at that moment.

    python benchmarks/live_latency.py [edits] [embedded] [RN50]
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks._report import finish, median, percentile, print_table

if TYPE_CHECKING:
    import numpy as np
    from PySide6.QtWidgets import QApplication

    from core.models.session import ModelSession
    from gui.prediction.pane import PredictionPane
    from gui.window.main_window import MainWindow

EDITS = 120
MODELS = ("embedded", "RN50")
TYPED = 10
BURST_EDITS = 200
BURST_SECONDS = 2.0
FACTOR = 1.3
ALLOWANCE = 0.025
LONGEST = 120.0


class Lane:
    """A thread that runs one function at a time, at the priority of the inference thread."""

    def __init__(self) -> None:
        self._work: Callable[[], float] | None = None
        self._result = 0.0
        self._begin = threading.Event()
        self._done = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def time(self, function: Callable[[], object]) -> float:
        """Seconds that a function takes there."""

        def work() -> float:
            begun = time.perf_counter()
            function()
            return time.perf_counter() - begun

        self._work = work
        self._done.clear()
        self._begin.set()
        self._done.wait()
        return self._result

    def _run(self) -> None:
        from gui.jobs.inference import NICENESS
        from gui.jobs.priority import lower_priority

        lower_priority(NICENESS)
        while True:
            self._begin.wait()
            self._begin.clear()
            assert self._work is not None
            self._result = self._work()
            self._done.set()


class Bench:
    """One window on one model."""

    def __init__(self, app: QApplication, session: ModelSession) -> None:
        from PySide6.QtCore import QTimer

        from core.base.settings import Settings
        from gui.app.start import build_lab, build_window

        self.app = app
        self.session = session
        self.lab = build_lab(app, Settings(), lambda _request: session)
        self.window: MainWindow = build_window(self.lab)
        self.window.resize(1280, 800)
        self.window.show()
        self.lab.inference.start()
        self.lab.use_model("embedded")
        self.pane: PredictionPane = self.window.docks["prediction"].pane
        self.drawn: dict[int, int] = {}
        self._awake = QTimer()  # so that a wait looks at its clock
        self._awake.start(500)
        self.stale = 0
        self.paintings = 0
        self.wait(lambda: self.pane.shown is not None)
        for row, card in enumerate(self.pane.cards.cards):
            card.chart.answer_drawn.connect(
                lambda generation, row=row: self._on_drawn(row, generation)
            )
        for _ in range(20):
            self.app.processEvents()

    def _on_drawn(self, row: int, generation: int) -> None:
        from gui.prediction.cards.views import answers

        self.paintings += 1
        self.drawn[row] = generation
        shown = self.pane.shown
        present = shown is not None and answers(shown, self.lab.document.state)
        if not present or shown.generation != generation:
            self.stale += 1

    def wait(self, condition: Callable[[], bool]) -> None:
        """Sleep in the event loop, as the real one does: a loop that spins would hold Python's
        lock against the inference thread."""
        from PySide6.QtCore import QEventLoop

        begun = time.perf_counter()
        while not condition():
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() - begun > LONGEST:
                raise SystemExit("the window gave no answer")

    def pause(self, seconds: float) -> None:
        """Let the window run for a while."""
        from PySide6.QtCore import QEventLoop, Qt, QTimer

        loop = QEventLoop()
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setSingleShot(True)
        timer.timeout.connect(loop.quit)
        timer.start(max(0, round(1000 * seconds)))
        loop.exec()

    def all_drawn(self) -> bool:
        """True if every visible chart was painted with the answer to the present state."""
        shown = self.pane.shown
        return shown is not None and all(
            self.drawn.get(row) == shown.generation
            for row, card in enumerate(self.pane.cards.cards)
            if not card.chart.viewport().visibleRegion().isEmpty()
        )

    def latency(self, edit: Callable[[], object]) -> float:
        """Seconds from an edit to the painted bars."""
        begun = time.perf_counter()
        edit()
        self.wait(self.all_drawn)
        return time.perf_counter() - begun

    def edit(self, number: int) -> None:
        """A change such as dragging, resizing, turning or coloring makes; never the same twice."""
        from core.color.terms import COLOR_TERMS

        document = self.lab.document
        kind = number % 5
        if kind < 2:
            place = 0.3 + 0.4 * ((number * 0.618) % 1.0)
            document.change_stimulus("move", merge="drag", center_x=place)
        elif kind == 2:
            document.change_stimulus("scale", merge="size", size=0.4 + 0.5 * (number * 0.618 % 1.0))
        elif kind == 3:
            document.change_stimulus("rotate", merge="turn", rotation=(number * 7.3) % 360.0)
        else:
            term = COLOR_TERMS[number % 11]
            if document.state.palette[term] == document.stimulus.figure_color:
                term = COLOR_TERMS[(number + 1) % 11]
            document.change_stimulus("font color", figure_color=document.state.palette[term])

    def type_letter(self, number: int) -> None:
        """A letter more in the first template."""
        edits = self.pane.edits
        text = edits.prompts.templates[0].text
        edits.type_template(0, text + "abcdefgh"[number % 8])

    def burst(self) -> tuple[int, int, bool]:
        """Many edits in little time: paintings, stale ones among them, and if the last one won."""
        self.paintings = self.stale = 0
        begun = time.perf_counter()
        for number in range(BURST_EDITS):
            due = begun + BURST_SECONDS * (number + 1) / BURST_EDITS
            self.edit(1000 + number)
            self.pause(due - time.perf_counter())
        self.wait(self.all_drawn)
        from gui.prediction.cards.views import answers

        shown = self.pane.shown
        last = shown is not None and answers(shown, self.lab.document.state)
        return self.paintings, self.stale, bool(last)

    def close(self) -> None:
        self._awake.stop()
        self.window.close_without_asking()
        for _ in range(5):
            self.app.processEvents()


def measure(bench: Bench, lane: Lane, edits: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of bare forward passes, of edits of the stimulus, and of letters typed."""
    picture: np.ndarray = bench.lab.pixels[None]
    for _ in range(5):
        lane.time(lambda: bench.session.encode_images(picture))
    for number in range(5):
        bench.latency(lambda number=number: bench.edit(number))
    bare, live = [], []
    for number in range(5, 5 + edits):
        bare.append(lane.time(lambda: bench.session.encode_images(picture)))
        live.append(bench.latency(lambda number=number: bench.edit(number)))
    typed = [
        bench.latency(lambda number=number: bench.type_letter(number)) for number in range(TYPED)
    ]
    return bare, live, typed


def make_session(name: str) -> tuple[str, ModelSession]:
    """The shipped model, or an architecture with random weights, and what to call it."""
    from core.models.loading import load_session, random_session

    if name == "embedded":
        return "embedded model", load_session(name)
    return f"{name}, random weights", random_session(name, seed=0)


def main() -> int:
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else EDITS
    models = sys.argv[2:] or list(MODELS)
    rows: list[list[str]] = []
    bursts: list[list[str]] = []
    ratios: dict[str, float] = {}
    bars: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        from gui.app.start import make_application

        app = make_application()
        lane = Lane()
        for model in models:
            name, session = make_session(model)
            print(f"Measuring {name} …", file=sys.stderr)
            bench = Bench(app, session)
            bare, live, typed = measure(bench, lane, edits)
            paintings, stale, last = bench.burst()
            bench.close()
            allowed = FACTOR * percentile(bare, 0.95) + ALLOWANCE
            for title, times in (
                ("bare forward", bare),
                ("edit to bars", live),
                ("letter typed to bars (not judged)", typed),
            ):
                rows.append([f"{name}: {title}", *(f"{1000 * t:.1f}" for t in _summary(times))])
            rows.append([f"{name}: allowed p95", "", f"{1000 * allowed:.1f}", ""])
            bursts.append([name, str(BURST_EDITS), str(paintings), str(stale), str(last)])
            key = f"{name}: p95 edit to bars / (1.3 p95 forward + 25 ms)"
            ratios[key], bars[key] = percentile(live, 0.95) / allowed, 1.0
            key = f"{name}: stale paintings, or the last edit not shown"
            ratios[key], bars[key] = float(stale + (not last)), 0.0
    print(f"Milliseconds, {edits} edits each, forward passes between them")
    print_table(["", "median", "p95", "most"], rows)
    print(f"\n{BURST_EDITS} edits in {BURST_SECONDS:g} s")
    print_table(["", "edits", "charts painted", "stale", "ends on the last"], bursts)
    return finish("live_latency", ratios, bars)


def _summary(times: list[float]) -> tuple[float, float, float]:
    return median(times), percentile(times, 0.95), max(times)


if __name__ == "__main__":
    sys.exit(main())
