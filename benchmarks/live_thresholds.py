"""From a moved threshold to the redrawn figure, for 22,784 units, against a plain numpy pass.

The tab of types shows a made-up census of as many units as RN50 has on its main path. Each step
moves one slider as a hand would; the clock runs until the bars have been painted with the new
types, and the event loop is watched for gaps meanwhile. The plain pass compares the same arrays
with the same thresholds and counts, and does nothing else.

    python benchmarks/live_thresholds.py [steps]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

from benchmarks._report import finish, median, percentile, print_table
from benchmarks.unit_grid import UNITS, rn50_layers

STEPS = 60
BAR = 0.100
FIELDS = ("color", "word", "multimodal", "multimodal_slot", "activated", "any_word")
KEPT = 300


class Bench:
    """The tab of types on a made-up census, and a heart that beats with the event loop."""

    def __init__(self, home: Path) -> None:
        from PySide6.QtCore import QTimer

        from core.base.settings import Settings
        from gui.app.start import build_lab, make_application
        from gui.inspector.census.shown_census import ShownCensus
        from gui.inspector.figures.types_tab import TypesTab
        from tests.support.unit_census import made_census

        self.app = make_application()
        self.lab = build_lab(self.app, Settings())
        self.shown_census = ShownCensus(self.lab)
        self.tab = TypesTab(self.lab, self.shown_census)
        self.tab.resize(640, 560)
        self.tab.show()
        census = made_census(home / "pictures", rn50_layers(), kept=KEPT, pictures=400)
        assert len(census) == UNITS
        self.shown_census.take(census)
        self.wait(lambda: self.shown_census.indices is not None)
        self.gap = self._last = 0.0
        self._heart = QTimer()
        self._heart.timeout.connect(self._beat)

    def wait(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < end, "the figure did not come into the wanted state"
            self.app.processEvents()
            time.sleep(0.0005)

    def step(self, field: str, place: int) -> float:
        """Seconds from a move of a slider to the painted bars."""
        painted: list[float] = []

        def note() -> None:
            # A painting before the new types are there shows the former ones.
            indices = self.shown_census.indices
            if indices is not None and indices.thresholds is self.shown_census.thresholds:
                painted.append(time.perf_counter())

        connection = self.tab.bars.drawn.connect(note)
        self._last = time.perf_counter()
        self._heart.start(1)
        begun = time.perf_counter()
        self.tab.thresholds.threshold_sliders[field].slider.setValue(place)
        self.wait(lambda: bool(painted))
        self._heart.stop()
        self.tab.bars.drawn.disconnect(connection)
        return painted[0] - begun

    def plain(self) -> float:
        """Seconds that plain comparisons and a count over the same arrays take."""
        indices = self.shown_census.indices
        assert indices is not None and indices.measures is not None
        measures, limits = indices.measures, indices.thresholds
        slots = measures.slots
        begun = time.perf_counter()
        color = (slots.font + slots.background >= limits.color).any(axis=1)
        word = (slots.word >= limits.word).any(axis=1)
        every = np.minimum(np.minimum(slots.word, slots.font), slots.background)
        whole = slots.word + slots.font + slots.background >= limits.multimodal
        multimodal = (whole & (every >= limits.multimodal_slot)).any(axis=1)
        weak = measures.stroop < limits.activated * measures.natural
        text = measures.stroop >= limits.any_word * measures.shapes
        conditions = [weak, multimodal, word, color, text]
        codes = np.select(conditions, range(len(conditions)), len(conditions))
        layers = indices.census.layer_numbers
        np.bincount(layers * 8 + codes, minlength=8 * (int(layers[-1]) + 1))
        return time.perf_counter() - begun

    def close(self) -> None:
        self.shown_census.stop()
        self.tab.close()
        self.lab.close()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gap = max(self.gap, now - self._last)
        self._last = now


def main() -> int:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    with tempfile.TemporaryDirectory(prefix="color-lab-thresholds-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        bench = Bench(Path(home))
        generator = np.random.default_rng(0)
        for field in FIELDS:  # once each, to have everything in place
            bench.step(field, 30)
        bench.gap = 0.0
        moved, plain = [], []
        for number in range(steps):
            field = FIELDS[number % len(FIELDS)]
            slider = bench.tab.thresholds.threshold_sliders[field].slider
            places = [p for p in range(5, slider.maximum()) if p != slider.value()]
            moved.append(bench.step(field, int(generator.choice(places))))
            plain.append(bench.plain())
        gap = bench.gap
        bench.close()
    print(f"{UNITS:,} units, {steps} moves of a slider; milliseconds")
    print_table(
        ("", "median", "p95"),
        [
            (name, f"{1000 * median(times):.1f}", f"{1000 * percentile(times, 0.95):.1f}")
            for name, times in (("moved to painted", moved), ("plain numpy pass", plain))
        ],
    )
    print(f"Longest gap of the event loop: {1000 * gap:.1f} ms")
    late = "p95 of moved to painted / 100 ms"
    ratios = {
        late: percentile(moved, 0.95) / BAR,
        "moved to painted / plain pass": median(moved) / median(plain),
    }
    return finish("live_thresholds", ratios, {late: 1.0})


if __name__ == "__main__":
    sys.exit(main())
