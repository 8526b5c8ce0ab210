"""Runs with made-up answers, written without any model, for the tests of tables and exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.experiments.presets import experiment, stimuli_for
from core.models.info import ModelInfo
from core.models.preprocessing import Preprocessing
from core.predict.prompts import color_labels
from core.predict.scoring import Scores
from core.runs.work import Span
from core.stimuli.factorial import FactorialSet
from core.sweeps.plan import SweepPlan, make_plan
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import RowBuffer

SHARD = 700


def model_info(**changes: Any) -> ModelInfo:
    known: dict[str, Any] = {
        "name": "Made up",
        "architecture": "None",
        "tower": "other",
        "source": "tests",
        "form": "",
        "sha256": "ab" * 32,
        "activation": "GELU",
        "activation_reason": "of the tests",
        "preprocessing": Preprocessing(side=32),
        "context_length": 77,
        "embed_dim": 16,
        "tensors_matched": 1,
        "tensors_total": 1,
        "parameters": 1,
        "logit_scale": 20.0,
        "logit_bias": None,
        "device": "cpu",
        "precision": "fp32",
        "notice": "",
        "versions": {},
    }
    return ModelInfo(**{**known, **changes})


def small_stimuli(name: str, samples: int = 2, **settings: Any) -> FactorialSet:
    return stimuli_for(experiment(name), samples=samples, side=settings.pop("side", 32), **settings)


def plan_of(
    name: str,
    samples: int = 2,
    *,
    templates: tuple[str, ...] | None = None,
    labels: tuple[str, ...] = color_labels(),
    info: ModelInfo | None = None,
    title: str = "Made up",
    **settings: Any,
) -> SweepPlan:
    """A plan of a preset, with other prompts where they are given."""
    info = info or model_info()
    side = info.preprocessing.side
    stimuli = small_stimuli(name, samples, side=side, **settings)
    return make_plan(title, stimuli, templates or experiment(name).templates, labels, info)


def made_up(plan: SweepPlan, images: int, seed: int = 0) -> Scores:
    """Answers that follow the stimulus now and then, with ties and close calls among them."""
    chance = np.random.default_rng(seed)
    shape = (images, len(plan.templates))
    labels = len(plan.labels)
    winners = chance.integers(0, labels, shape)
    conditions = plan.stimuli.combinations
    for image in range(images):
        condition = conditions[image % len(conditions)]
        for template in range(shape[1]):
            wanted = chance.choice([condition.figure, condition.background, condition.subject, ""])
            if wanted in plan.labels:
                winners[image, template] = plan.labels.index(wanted)
    return Scores(
        winners=winners,
        cosines=chance.random(shape, dtype=np.float32),
        probabilities=chance.random((*shape, labels), dtype=np.float32),
        margins=chance.random(shape, dtype=np.float32)
        if labels > 1
        else np.full(shape, np.nan, "f4"),
        ties=np.where(chance.random(shape) < 0.05, 2, 1),
        close=chance.random(shape) < 0.1,
    )


def made_run(path: Path, plan: SweepPlan, *, images: int | None = None, seed: int = 0) -> RunFolder:
    """A run whose first images, all by default, have made-up answers."""
    info = model_info(name=plan.model.name, sha256=plan.model.sha256)
    run = RunFolder.create(path, plan, info)
    count = len(plan) if images is None else images
    scores = made_up(plan, count, seed)
    parts = Scores.__dataclass_fields__
    buffer = RowBuffer(plan)
    for start in range(0, count, SHARD):
        stop = min(start + SHARD, count)
        specs = (plan.stimuli.spec(index).stimulus for index in range(start, stop))
        fonts = np.array([getattr(spec, "font", None) for spec in specs], dtype=object)
        buffer.add(
            np.full(stop - start, 0.25, np.float32),
            fonts,
            Scores(**{name: getattr(scores, name)[start:stop] for name in parts}),
        )
        run.write(Span(start, stop), buffer.take(start))
    run.set_state("finished" if count == len(plan) else "paused")
    return run
