"""Speed of a map of winners: a whole scan of 72 × 40 cells against bare forward passes.

The map is hue × lightness at a chroma so small that nearly all cells lie within sRGB, with the
document's first prompts. The scan's time is all of it: making the stimuli, coloring, embedding,
judging, adding up, and the events of its progress. The bare passes are those of the same tower, on
tensors that lie there already, over the same number of images in batches of the same size. Both
take turns, block by block: the scan is stopped between two of its batches. Making the tower ready
for the first scan of a model is told apart; the window keeps it from scan to scan.

    python benchmarks/scan_map.py [--rounds N]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._report import finish, median, print_table

BAR = 1.3
ROUNDS = 3
CHROMA = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()

    from core.document.document import default_document
    from core.models.loading import load_session
    from core.scans.embedding import FastEmbedder
    from core.scans.events import ScanFinished, ScanProgress
    from core.scans.maps import map_setup, winner_map
    from core.scans.plan import ScanPlan
    from core.scans.run import run_scan
    from core.stimuli.stimulus import ShapeStimulus

    session = load_session("embedded")
    side = session.info.preprocessing.side
    begun = time.perf_counter()
    embedder = FastEmbedder(session)
    making = time.perf_counter() - begun
    prompts = default_document().prompts
    circle = ShapeStimulus(
        shape="circle",
        figure_color=(0, 128, 0),
        background_color=(128, 128, 128),
        size=0.6,
        side=side,
    )
    plan = ScanPlan(
        setup=map_setup("hue-lightness", held=CHROMA),
        stimulus=circle,
        templates=prompts.active_templates(),
        labels=prompts.active_labels(),
    )
    figures = [plan.figure(values) for values in plan.all_settings()]
    drawn = [figure for figure in figures if not isinstance(figure, str)]
    size = embedder.batch_size
    inputs = embedder.compose(drawn[:size]).clone()
    inputs = inputs.contiguous(memory_format=embedder.tower.memory_format)
    for _ in range(5):
        embedder.tower(inputs)

    scans, bares, kinds, images = [], [], 0, 0
    for number in range(options.rounds):
        print(f"Round {number + 1} of {options.rounds} …", file=sys.stderr)
        scanning = bare = 0.0
        events = run_scan(plan, session, embedder=embedder)
        while True:
            begun = time.perf_counter()
            event = next(events)
            scanning += time.perf_counter() - begun
            if isinstance(event, ScanProgress):
                begun = time.perf_counter()
                embedder.tower(inputs[: min(size, len(inputs))])
                bare += time.perf_counter() - begun
            elif isinstance(event, ScanFinished):
                kinds = len(set(winner_map(event.result, 0).reshape(-1).tolist()) - {-1})
                images = event.computed
                break
        # The last batch is smaller, but its bare pass is not.
        batches = -(-images // size)
        scans.append(scanning)
        bares.append(bare * images / (batches * size))
    ratio = median([a / b for a, b in zip(scans, bares, strict=True)])
    rate = [f"{images / median(times):,.0f}" for times in (bares, scans)]
    print_table(
        ("embedded model", "images/s", ""),
        [
            [f"  bare forward passes, batches of {size}", rate[0], ""],
            [f"  map of 72 × 40 cells, {images:,} within sRGB", rate[1], f"{ratio:.3f} of bare"],
            [f"  labels that win somewhere: {kinds}", "", ""],
            [f"  making the tower ready, once: {making:.2f} s", "", "not judged"],
        ],
    )
    name = "embedded model: time of a map / of bare forward passes"
    return finish("scan_map", {name: ratio}, {name: BAR})


if __name__ == "__main__":
    sys.exit(main())
