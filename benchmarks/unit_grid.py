"""The longest gap of the event loop while 22,784 units are scrolled, sorted and searched.

The grid of the network inspector shows as many units as RN50 has on its main path, while the
neuron features of those in sight are being drawn beside it. Their lists are made up; their images
are real, drawn from the Stroop set. A timer of the event loop notes how late it fires.

    python benchmarks/unit_grid.py [steps]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks._report import finish, print_table

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from core.network.layer import Layer

STEPS = 300
FRAME = 0.016
GAP_BAR = 0.050
SIZES = {"narrow pane, 430 × 600": (430, 600), "wide pane, 1000 × 1000": (1000, 1000)}
BLOCKS = ((3, 64), (4, 128), (6, 256), (3, 512))
UNITS = 22_784


def rn50_layers() -> tuple[Layer, ...]:
    """Layers with the names, units and fields of RN50's main path, for pictures of 32 pixels."""
    from tests.support.unit_census import made_layer

    layers = [
        made_layer("stem.conv1", 32, 16, 3),
        made_layer("stem.conv2", 32, 16, 7),
        made_layer("stem.conv3", 64, 16, 11),
    ]
    for stage, (blocks, width) in enumerate(BLOCKS, start=1):
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            layers.append(made_layer(f"{name}.conv1", width, 8, 13 + stage))
            layers.append(made_layer(f"{name}.conv2", width, 8, 17 + stage))
            layers.append(made_layer(f"{name}.conv3", 4 * width, 4, 29))
    return tuple(layers)


class Bench:
    """The grid on a made-up census, and a heart that beats with the event loop."""

    def __init__(self, app: QApplication, home: Path) -> None:
        from core.base.settings import Settings
        from gui.app.start import build_lab
        from gui.inspector.census.shown_census import ShownCensus
        from gui.inspector.neurons.units_tab import UnitsTab
        from tests.support.unit_census import made_census

        self.app = app
        self.lab = build_lab(app, Settings())
        self.shown_census = ShownCensus(self.lab)
        self.tab = UnitsTab(self.lab, self.shown_census)
        self.grid = self.tab.grid
        census = made_census(home / "pictures", rn50_layers(), kept=120, pictures=200)
        assert len(census) == UNITS
        self.shown_census.take(census)
        self.tab.show()
        self.wait(lambda: self.shown_census.indices is not None)

    def wait(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < end, "the grid did not come into the wanted state"
            self.app.processEvents()
            time.sleep(0.002)

    def longest(self, steps: Sequence[Callable[[], object]]) -> float:
        """Seconds of the longest gap while steps follow each other, one a frame."""
        from PySide6.QtCore import QTimer

        gaps = [0.0]
        last = [time.perf_counter()]

        def beat() -> None:
            now = time.perf_counter()
            gaps.append(now - last[0])
            last[0] = now

        timer = QTimer()
        timer.timeout.connect(beat)
        timer.start(0)
        for step in steps:
            step()
            end = time.perf_counter() + FRAME
            while time.perf_counter() < end:
                self.app.processEvents()
        beat()
        timer.stop()
        return max(gaps)

    def measure(self, steps: int) -> dict[str, float]:
        """Longest gaps by what was done."""
        grid, view = self.grid, self.grid.view
        bar = view.verticalScrollBar()
        pause: list[Callable[[], object]] = [lambda: None] * 30
        line = view.tile.height() // 3
        searches = (
            "word red > 0.2 layer3",
            "type:color-word",
            "layer*.conv2 selectivity > 0.1",
            "",
        )
        orders = ("word", "selectivity", "tied", "stroop", "tower")
        return {
            "wheel": self.longest(
                [lambda i=i: bar.setValue(i * line) for i in range(steps)] + pause
            ),
            "drag from end to end": self.longest(
                [lambda i=i: bar.setValue(bar.maximum() * i // steps) for i in range(steps + 1)]
                + pause
            ),
            "sort": self.longest(
                [step for by in orders for step in (lambda by=by: grid.bar.sort_by(by), *pause)]
            ),
            "search": self.longest(
                [
                    step
                    for text in searches
                    for step in (lambda text=text: grid.bar.search_now(text), *pause)
                ]
            ),
        }

    def close(self) -> None:
        self.lab.close()
        self.shown_census.stop()


def main() -> int:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    ratios, bars, rows = {}, {}, []
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        from gui.app.start import make_application

        bench = Bench(make_application(), Path(home))
        for title, size in SIZES.items():
            bench.tab.resize(*size)
            bench.longest([lambda: None] * 30)
            found = bench.measure(steps)
            rows += [[f"{title}: {what}", f"{1000 * gap:.0f}"] for what, gap in found.items()]
            key = f"{title}: longest gap while scrolling {UNITS:,} units / 50 ms"
            ratios[key] = max(found["wheel"], found["drag from end to end"]) / GAP_BAR
            key_other = f"{title}: longest gap while sorting and searching / 50 ms"
            ratios[key_other] = max(found["sort"], found["search"]) / GAP_BAR
            bars[key] = bars[key_other] = 1.0
        bench.close()
    print("Longest time between two beats of the event loop, milliseconds")
    print_table(["", "longest"], rows)
    return finish("unit_grid", ratios, bars)


if __name__ == "__main__":
    sys.exit(main())
