"""What the other panes cost the bars: from an edit to the drawn bars, with and without them.

The same window is edited in turn with the panes of prediction and design alone, with all panes as
they open (Studies behind Experiments), and with a live scan or a comparison of Studies and the
maps of the inspector in sight. Edits come at a pace at which the scan follows each of them.

    python benchmarks/whole_window.py [edits] [embedded] [RN50]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks._report import finish, median, percentile, print_table
from benchmarks.live_latency import Bench, make_session

EDITS = 24
ROUNDS = 2
MODELS = ("embedded", "RN50")
PACE = 0.45
"""Seconds after the bars until the next edit: the scan is at work by then."""
FACTOR = 1.5
ALONE = ("designer", "prediction")
PLACES = ("prediction alone", "as it opens", "with a scan", "with a comparison")


def arrange(bench: Bench, place: str) -> None:
    """Bring panes into sight or take them away, and let what follows from that come to rest."""
    for name, dock in bench.window.docks.items():
        dock.setVisible(place != PLACES[0] or name in ALONE)
    docks = bench.window.docks
    if place == PLACES[1]:
        docks["experiments"].raise_()
    elif place != PLACES[0]:
        docks["studies"].raise_()
        docks["studies"].pane.show_tab("scan" if place == PLACES[2] else "compare")
    bench.pause(3.0)


def edits(bench: Bench, first: int, count: int) -> list[float]:
    """Seconds from each edit to the painted bars."""
    times = []
    for number in range(first, first + count):
        times.append(bench.latency(lambda number=number: bench.edit(number)))
        bench.pause(PACE)
    return times


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EDITS
    rows: list[list[str]] = []
    ratios: dict[str, float] = {}
    bars: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        from gui.app.start import make_application

        app = make_application()
        for model in sys.argv[2:] or list(MODELS):
            title, session = make_session(model)
            print(f"Measuring {title} …", file=sys.stderr)
            bench = Bench(app, session)
            bench.window.resize(1600, 980)
            times: dict[str, list[float]] = {place: [] for place in PLACES}
            number = 0
            for _round in range(ROUNDS):
                for place in PLACES:
                    arrange(bench, place)
                    times[place] += edits(bench, number, count // ROUNDS)
                    number += count // ROUNDS
            bench.close()
            for place in PLACES:
                middle, high = median(times[place]), percentile(times[place], 0.95)
                rows.append(
                    [f"{title}: {place}"]
                    + [f"{1000 * t:.0f}" for t in (middle, high, max(times[place]))]
                )
                if place != PLACES[0]:
                    key = f"{title}: median edit to bars, {place} / {PLACES[0]}"
                    ratios[key], bars[key] = middle / median(times[PLACES[0]]), FACTOR
    print(f"Milliseconds from an edit to the painted bars, {count} edits each, in turn")
    print_table(["", "median", "p95", "most"], rows)
    return finish("whole_window", ratios, bars)


if __name__ == "__main__":
    sys.exit(main())
