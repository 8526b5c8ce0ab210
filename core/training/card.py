"""The model card of a trained model: fixed text from a template, tables from its evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from safetensors import safe_open

from core.errors import ModelError
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
    """What the model can do, as a Markdown table.

    Parameters
    ----------
    seeds : sequence of int
    skills : sequence of sequence of Skill
        One sequence a seed, all in the same order.
    """
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


def update_card(folder: Path, evaluation: str) -> Path:
    """Put the evaluation into the card between its two marks.

    Raises
    ------
    ModelError
        If there is no card, or it lacks the marks.
    """
    card = folder / CARD
    try:
        before, rest = card.read_text(encoding="utf-8").split(_BEGIN)
        after = rest.split(_END)[1]
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(
            f"The model card {card.name} is missing or lacks its evaluation marks.",
            f"Keep the lines {_BEGIN} and {_END} in it.",
        ) from error
    card.write_text(f"{before}{_BEGIN}\n\n{evaluation}\n\n{_END}{after}", encoding="utf-8")
    return card
