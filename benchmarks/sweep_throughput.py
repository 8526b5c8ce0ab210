"""Speed of a sweep: against the bare model, and against a plain loop over picture files.

A sweep draws, colors, embeds, judges, and writes its rows; here it asks the five prompts of table 3
about the Stroop set. It takes turns, batch by batch, with bare forward passes: the same tower, made
ready in the same way, on tensors that lie there already. After each block of images a plain loop
answers for the very same pictures, as open_clip's own page writes it: Pillow opens a file, then
the transform, `encode_image`, arg-max, one picture after another. The same loop in batches is
printed, too. Drawing and saving the files is not counted. Last, a run of 100,000 images is
compared with runs of 1,000 that take turns with it.

    python benchmarks/sweep_throughput.py [--blocks N] [--images N] [embedded] [RN50]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks._report import finish, median, percentile, print_table

if TYPE_CHECKING:
    import torch

    from core.models.session import ModelSession
    from core.sweeps.plan import SweepPlan
    from core.sweeps.run_folder import RunFolder

BLOCKS = 6
BLOCK_IMAGES = {"embedded": 1024, "RN50": 64}
LOOP_FACTOR = {"embedded": 3.0, "RN50": 1.2}
LOOP_BATCH = 64
BARE_SHARE = 0.90
GROWTH_IMAGES = 100_000
GROWTH_BLOCK = 1024
GROWTH_EVERY = 5
GROWTH_BAR = 0.05
SAMPLES = 500


def make_session(name: str) -> tuple[str, ModelSession]:
    """The shipped model, or an architecture with random weights, and what to call it."""
    from core.models.loading import load_session, random_session

    if name == "embedded":
        return "embedded model", load_session(name)
    return f"{name}, random weights", random_session(name, seed=0)


def make_plan(session: ModelSession) -> SweepPlan:
    from core.experiments.presets import experiment, stimuli_for
    from core.predict.prompts import color_labels
    from core.sweeps import plan

    preset = experiment("experiments-3-5")
    side = session.info.preprocessing.side
    stimuli = stimuli_for(preset, samples=SAMPLES, side=side)
    return plan.make_plan("Benchmark", stimuli, preset.templates, color_labels(), session.info)


class Sweep:
    """A run that is driven block by block; a block ends when its rows are on the disk."""

    def __init__(self, session: ModelSession, plan: SweepPlan, block: int, batch: int) -> None:
        from core.sweeps.run import sweep
        from core.sweeps.run_folder import RunFolder

        self._folder = tempfile.TemporaryDirectory(prefix="color-lab-bench-")
        self.run: RunFolder = RunFolder.create(Path(self._folder.name) / "run", plan, session.info)
        self.run.manifest.shard_size = block
        self.run.save_manifest()
        self._events = sweep(self.run, session, batch_size=batch)
        next(self._events)  # the model is ready

    def steps(self) -> Iterator[float]:
        """Seconds of each batch of the next block, the last including the writing of its rows."""
        from core.sweeps.events import Progress, ShardWritten

        seconds = 0.0
        while True:
            begun = time.perf_counter()
            event = next(self._events)
            seconds += time.perf_counter() - begun
            if isinstance(event, ShardWritten):
                yield seconds
                return
            if isinstance(event, Progress) and event.done % self.run.manifest.shard_size:
                yield seconds
                seconds = 0.0

    def block(self) -> float:
        """Seconds of the next block."""
        return sum(self.steps())

    def close(self) -> None:
        self._events.close()
        self._folder.cleanup()


class Bare:
    """Forward passes alone, over batches that lie in memory."""

    def __init__(self, session: ModelSession, plan: SweepPlan, batch: int) -> None:
        from core.models.fast_tower import FastTower
        from core.sweeps.compositor import Compositor

        self._tower = FastTower(session)
        compositor = Compositor(plan.stimuli, session)
        self._batches: list[torch.Tensor] = [
            compositor.compose(np.arange(start, start + batch))
            .inputs.clone()
            .contiguous(memory_format=self._tower.memory_format)
            for start in range(0, 4 * batch, batch)
        ]
        self._turn = 0
        for _ in range(4):
            self.step()

    def step(self) -> float:
        """Seconds of a forward pass."""
        inputs = self._batches[self._turn % len(self._batches)]
        self._turn += 1
        begun = time.perf_counter()
        self._tower(inputs)
        return time.perf_counter() - begun


class Loop:
    """What somebody would write who has a folder of pictures, open_clip and an afternoon."""

    def __init__(self, session: ModelSession, plan: SweepPlan, folder: Path) -> None:
        import open_clip
        import torch

        info = session.info
        self._plan, self._folder, self._model = plan, folder, session.model
        self._transform = open_clip.image_transform(
            info.preprocessing.side,
            is_train=False,
            mean=info.preprocessing.mean,
            std=info.preprocessing.std,
        )
        tokenizer = open_clip.tokenizer.SimpleTokenizer(context_length=info.context_length)
        with torch.no_grad():
            self._texts = [
                self._model.encode_text(
                    tokenizer([template.replace("{}", label) for label in plan.labels]),
                    normalize=True,
                )
                for template in plan.templates
            ]

    def save(self, start: int, stop: int) -> None:
        """Draw the pictures of a block."""
        from PIL import Image

        from core.stimuli.render import render

        for index in range(start, stop):
            picture = Image.fromarray(render(self._plan.stimuli.spec(index).stimulus))
            picture.save(self._folder / f"{index}.png")

    def block(self, start: int, stop: int, batch: int) -> tuple[float, list[list[int]]]:
        """Seconds for a block, and the answers by image and template."""
        import torch
        from PIL import Image

        answers: list[list[int]] = []
        begun = time.perf_counter()
        with torch.no_grad():
            for first in range(start, stop, batch):
                tensors = []
                for index in range(first, min(first + batch, stop)):
                    with Image.open(self._folder / f"{index}.png") as picture:
                        tensors.append(self._transform(picture))
                images = self._model.encode_image(torch.stack(tensors), normalize=True)
                winners = [(images @ text.T).argmax(dim=-1).tolist() for text in self._texts]
                answers += map(list, zip(*winners, strict=True))
        return time.perf_counter() - begun, answers


def different_answers(run: RunFolder, start: int, answers: list[list[int]]) -> int:
    """How many answers differ, those left out that are too close to call (R12)."""
    rows = run.rows(["answer", "close"]).to_pylist()
    labels, templates = run.plan.labels, len(run.plan.templates)
    wanted = [labels[winner] for row in answers for winner in row]
    found = rows[start * templates : (start + len(answers)) * templates]
    return sum(
        row["answer"] != label and not row["close"]
        for row, label in zip(found, wanted, strict=True)
    )


def composed_per_second(session: ModelSession, plan: SweepPlan, batch: int, images: int) -> float:
    """Images drawn and colored into the model's input, without the model."""
    from core.sweeps.compositor import Compositor

    compositor = Compositor(plan.stimuli, session)
    for start in range(0, 4 * batch, batch):
        compositor.compose(np.arange(start, start + batch))
    rates = []
    for turn in range(5):
        first = turn * images // batch * batch
        begun = time.perf_counter()
        for start in range(first, first + images, batch):
            compositor.compose(np.arange(start, start + batch))
        rates.append(images / (time.perf_counter() - begun))
    return median(rates)


def tuned(session: ModelSession, plan: SweepPlan) -> int:
    """The batch size a sweep would choose, brought to a divisor of the blocks."""
    from core.sweeps.run import BatchPipeline, tuned_batch_size

    size = tuned_batch_size(BatchPipeline(plan, session))
    return 1 << (size.bit_length() - 1)


Ratios = dict[str, float]


def measure_speed(name: str, blocks: int, ratios: Ratios, bars: Ratios) -> list[list[str]]:
    """Parts (a), (b) and (c) for one model; the rows of the table."""
    title, session = make_session(name)
    print(f"Measuring {title} …", file=sys.stderr)
    plan = make_plan(session)
    size = BLOCK_IMAGES.get(name, 64)
    batch = min(tuned(session, plan), size)
    bare, sweep = Bare(session, plan, batch), Sweep(session, plan, size, batch)
    times: dict[str, list[float]] = {"bare": [], "sweep": [], "loop": [], "batches": []}
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as folder:
        loop = Loop(session, plan, Path(folder))
        loop.save(0, LOOP_BATCH)
        loop.block(0, LOOP_BATCH, LOOP_BATCH)
        sweep.block()
        for number in range(1, blocks + 1):
            start = number * size
            loop.save(start, start + size)
            passes, batches = [], []
            for seconds in sweep.steps():
                batches.append(seconds)
                passes.append(bare.step())
            times["sweep"].append(sum(batches))
            times["bare"].append(sum(passes))
            for key, together in (("loop", 1), ("batches", LOOP_BATCH)):
                seconds, answers = loop.block(start, start + size, together)
                times[key].append(seconds)
                wrong += different_answers(sweep.run, start, answers)
    sweep.close()
    composed = composed_per_second(session, plan, batch, 8 * size)
    to_bare = median([a / b for a, b in zip(times["sweep"], times["bare"], strict=True)])
    to_loop = median([a / b for a, b in zip(times["sweep"], times["loop"], strict=True)])
    to_batches = median([a / b for a, b in zip(times["sweep"], times["batches"], strict=True)])
    factor = LOOP_FACTOR.get(name, 1.0)
    for key, ratio, bar in (
        (f"{title}: (a) time of the sweep / of bare forward passes", to_bare, 1 / BARE_SHARE),
        (f"{title}: (b) time of the sweep / of the plain loop", to_loop, 1 / factor),
        (f"{title}: (b) answers that differ", float(wrong), 0.0),
    ):
        ratios[key], bars[key] = ratio, bar
    rate = {part: f"{size / median(seconds):,.1f}" for part, seconds in times.items()}
    asked = 2 * blocks * size * len(plan.templates)
    return [
        [f"{title}, batches of {batch}", "", ""],
        ["  bare forward passes of the same tower", rate["bare"], ""],
        ["  sweep", rate["sweep"], f"(a) {1 / to_bare:.3f} of bare"],
        ["  plain loop over PNG files", rate["loop"], f"(b) sweep {1 / to_loop:.2f} times as fast"],
        [
            f"  the same in batches of {LOOP_BATCH} (not judged)",
            rate["batches"],
            f"sweep {1 / to_batches:.2f} times as fast",
        ],
        [f"  {asked:,} answers of both compared", "", f"(b) {wrong} differ"],
        ["  composited without the model", f"{composed:,.0f}", "(c)"],
    ]


def measure_growth(images: int, ratios: Ratios, bars: Ratios) -> list[list[str]]:
    """Part (d): cost of an image within a long run over that in runs of 1,000 beside it."""
    _title, session = make_session("embedded")
    plan = make_plan(session)
    batch = min(tuned(session, plan), GROWTH_BLOCK)
    blocks = max(GROWTH_EVERY + 2, images // GROWTH_BLOCK)
    print(f"Measuring a run of {blocks * GROWTH_BLOCK:,} images …", file=sys.stderr)
    long, memory = Sweep(session, plan, GROWTH_BLOCK, batch), []
    long.block()
    costs, shares, places = [], [], []
    for number in range(1, blocks):
        costs.append(long.block())
        if number % GROWTH_EVERY == 0:
            short = Sweep(session, plan, GROWTH_BLOCK, batch)
            seconds = short.block()
            short.close()
            costs.append(long.block())
            shares.append((costs[-2] + costs[-1]) / 2 / seconds)
            places.append(long.run.done())
            memory.append(resident_megabytes())
        if long.run.done() >= blocks * GROWTH_BLOCK:
            break
    long.close()
    late = shares[-max(1, len(shares) // 3) :]
    for key, found in (
        ("(d) cost of an image of the long run / of short ones, less 1", median(shares)),
        ("(d) the same over the last third of the long run", median(late)),
    ):
        ratios[key], bars[key] = abs(found - 1), GROWTH_BAR
    rows = [
        [
            f"  image {places[i]:,}",
            f"{shares[i]:.3f}",
            f"{memory[i]:,.0f}",
        ]
        for i in sorted({0, len(shares) // 2, len(shares) - 1})
    ]
    quartiles = f"{percentile(shares, 0.25):.3f}–{percentile(shares, 0.75):.3f}"
    return [*rows, ["  median; quartiles", f"{median(shares):.3f}", quartiles]]


def resident_megabytes() -> float:
    """Memory of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=list(BLOCK_IMAGES))
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--images", type=int, default=GROWTH_IMAGES, help="0: no part (d)")
    options = parser.parse_args()
    ratios: Ratios = {}
    bars: Ratios = {}
    with tempfile.TemporaryDirectory(prefix="color-lab-bench-") as home:
        os.environ["CLIP_COLOR_LAB_HOME"] = home
        speed = [
            row
            for model in options.models
            for row in measure_speed(model, options.blocks, ratios, bars)
        ]
        print("Images per second, medians of blocks that take turns")
        print_table(["", "images/s", ""], speed)
        if options.images:
            growth = measure_growth(options.images, ratios, bars)
            print("\nCost of an image in a long run over that in runs of 1,000 beside it")
            print_table(["", "ratio", "memory, MiB"], growth)
    return finish("sweep_throughput", ratios, bars)


if __name__ == "__main__":
    sys.exit(main())
