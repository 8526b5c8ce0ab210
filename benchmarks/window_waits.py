"""For how long the window stands still: a long page of the guide, another theme, closing.

The whole window runs on the embedded model; a timer of the event loop notes when it fires. At the
end an experiment is begun and the window closed on it: a sign says what is waited for, and the
event loop goes on meanwhile.

    python benchmarks/window_waits.py [rounds]
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks._report import finish, print_table
from benchmarks.live_latency import Bench, make_session
from benchmarks.ui_responsiveness import Heart, begin

ROUNDS = 3
BAR = 0.5
CLOSING_BAR = 1.0
PAGE = "results-embedded"


def acts(bench: Bench) -> dict[str, Callable[[], object]]:
    """What a person does, by what it is called in the table."""
    from gui.help.tools import HelpTools

    tools = bench.window.findChild(HelpTools)
    assert tools is not None
    tools.show_page("index")
    theme = bench.lab.theme
    return {
        "another page of the guide": lambda: tools.show_page("glossary"),
        "the longest page of the guide": lambda: tools.show_page(PAGE),
        "another theme": lambda: theme.set_mode("light" if theme.dark else "dark"),
    }


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        from gui.app.start import make_application

        app = make_application()
        _title, session = make_session("embedded")
        bench = Bench(app, session)
        known = acts(bench)
        bench.pause(1.0)
        heart = Heart()
        for _ in range(rounds):
            for name, act in known.items():
                heart.enter(name)
                act()
                bench.pause(0.5)
                heart.enter("rest")
                bench.pause(0.3)
        begin(bench)
        heart.enter("closing on a running experiment")
        bench.close()
        heart.stop()
    rows = [[name, f"{1000 * gap:.0f}"] for name, gap in heart.longest.items() if name != "start"]
    print(f"Longest time between two beats of the event loop, {rounds} rounds, milliseconds")
    print_table(["", "longest"], rows)
    ratios: dict[str, float] = {}
    bars: dict[str, float] = {}
    for name, gap in heart.longest.items():
        if name not in ("start", "rest"):
            bar = CLOSING_BAR if name.startswith("closing") else BAR
            key = f"{name}: longest gap / {1000 * bar:.0f} ms"
            ratios[key], bars[key] = gap / bar, 1.0
    return finish("window_waits", ratios, bars)


if __name__ == "__main__":
    sys.exit(main())
