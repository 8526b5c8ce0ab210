"""The model card of a trained model: fixed text from a template, tables from its evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from safetensors import safe_open

from core.base.atomic import write_atomic
from core.base.errors import ModelError
from core.base.reading import read_text
from core.experiments.presets import experiment, stimuli_for
from core.models.session import ModelSession
from core.predict.prompts import color_labels
from core.results.results import result_tables
from core.results.text.markdown import markdown_table
from core.sweeps.plan import make_plan
from core.sweeps.run import sweep
from core.sweeps.run_folder import RunFolder
from core.training.evaluation import Skill
from core.training.package import WEIGHTS

CARD = "card.md"
_BEGIN = "<!-- evaluation: begin -->"
_END = "<!-- evaluation: end -->"


def weights_facts(folder: Path) -> str:
    """Size and training of the shipped weights, as Markdown."""
    file = folder / WEIGHTS
    with safe_open(file, framework="pt") as opened:
        facts = opened.metadata() or {}
    return (
        f"Weights: {file.stat().st_size / 1e6:.2f} MB (at most 12), trained on "
        f"{int(facts['images']):,} pictures in {facts['training_minutes']} minutes, recipe "
        f"“{facts['recipe']}”, seed {facts['seed']}."
    )


def skills_table(seeds: Sequence[int], skills: Sequence[Sequence[Skill]]) -> str:
    """What the model can do, as a Markdown table; the skills of each seed are in the same order."""
    lines = [
        "| Skill | " + " | ".join(f"Seed {seed}" for seed in seeds) + " | Required | Reached |",
        "|---|" + "---|" * (len(seeds) + 2),
    ]
    for measured in zip(*skills, strict=True):
        shares = " | ".join(
            f"{skill.share:.1%} ({skill.correct}/{skill.total})" for skill in measured
        )
        required = measured[0].required
        verdict = "yes" if all(skill.reached for skill in measured) else "**no**"
        bar = "– | –" if required is None else f"{required:.1%} | {verdict}"
        lines.append(f"| {measured[0].name} | {shares} | {bar} |")
    return "\n".join(lines)


def paper_tables(session: ModelSession, samples: int, seed: int = 0) -> Iterator[str]:
    """Tables 1 to 5 of the paper for a model, one Markdown text each.

    So many images are drawn of each combination; the paper has 500.
    """
    for name in ("experiments-1-2", "experiments-3-5"):
        preset = experiment(name)
        side = session.info.preprocessing.side
        stimuli = stimuli_for(preset, samples=samples, seed=seed, side=side)
        plan = make_plan(preset.title, stimuli, preset.templates, color_labels(), session.info)
        with TemporaryDirectory() as folder:
            run = RunFolder.create(Path(folder) / "run", plan, session.info)
            for _ in sweep(run, session):
                pass
            counts = run.counts()
        for table in result_tables(plan, counts):
            outline = table.outline
            if outline.paper and not outline.kind.endswith("-colored"):
                text = markdown_table(table, intervals=False, published=False)
                yield f"**{table.title}**\n\n{text}"


def update_card(folder: Path, evaluation: str) -> Path:
    """Put the evaluation into the card between its two marks."""
    card = folder / CARD
    try:
        before, rest = read_text(card).split(_BEGIN)
        after = rest.split(_END)[1]
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(
            f"The model card {card.name} is missing or lacks its evaluation marks.",
            f"Keep the lines {_BEGIN} and {_END} in it.",
        ) from error
    write_atomic(card, f"{before}{_BEGIN}\n\n{evaluation}\n\n{_END}{after}".encode())
    return card
