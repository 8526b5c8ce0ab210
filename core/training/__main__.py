"""Command line: ``python -m core.training train`` and ``python -m core.training evaluate``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.base.errors import LabError
from core.models.files.catalog import embedded_dir
from core.models.loading import load_session
from core.training.card import paper_tables, skills_table, update_card, weights_facts
from core.training.evaluation import evaluate_skills
from core.training.loop import CheckpointSaved, PoolDrawn, StepDone, TrainingDone, train
from core.training.package import write_package
from core.training.recipe import load_recipe


def _train(arguments: argparse.Namespace) -> None:
    recipe = load_recipe(arguments.recipe)
    print(f"Training “{recipe.name}” …", flush=True)
    for event in train(recipe, arguments.folder):
        if isinstance(event, PoolDrawn):
            print(f"{event.masks:,} coverage masks drawn in {event.seconds:.0f} s", flush=True)
        elif isinstance(event, StepDone) and event.step % 50 == 0:
            print(
                f"step {event.step:,}/{event.steps:,}  loss {event.loss:.3f}  "
                f"naming {event.identity_accuracy:.0%}  scale {event.scale:.1f}  "
                f"{event.images_per_second:.0f} images/s",
                flush=True,
            )
        elif isinstance(event, CheckpointSaved):
            print(f"saved at step {event.step:,}", flush=True)
        elif isinstance(event, TrainingDone):
            file = write_package(event.model, recipe, event.seconds, arguments.output)
            print(f"finished after {event.seconds / 60:.1f} minutes of training: {file}")


def _evaluate(arguments: argparse.Namespace) -> None:
    session = load_session(arguments.model)
    folder = embedded_dir() if arguments.model == "embedded" else Path(arguments.model)
    parts = [f"{session.info.name}. {session.info.notice.rstrip('.')}.", weights_facts(folder)]
    print("\n\n".join(parts), flush=True)
    recipe = load_recipe(arguments.recipe)
    skills = [evaluate_skills(session, recipe, seed) for seed in arguments.seeds]
    parts.append(skills_table(arguments.seeds, skills))
    print(f"\n{parts[-1]}", flush=True)
    if arguments.samples:
        parts.append(
            f"The paper's tables for this model, {arguments.samples} images of each combination "
            "(the paper's own numbers are of OpenAI's RN50 and of 500 images each):"
        )
        print(f"\n{parts[-1]}", flush=True)
        for table in paper_tables(session, arguments.samples):
            parts.append(table)
            print(f"\n{table}", flush=True)
    evaluation = "\n\n".join(parts)
    if arguments.write_card:
        print(f"\nWritten to {update_card(folder, evaluation)}.")


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    trainer = commands.add_parser("train", help="train a model, or resume its training")
    trainer.add_argument("--recipe", default="web-like", help="name or path of a recipe (TOML)")
    trainer.add_argument("--folder", type=Path, required=True, help="where the checkpoint lies")
    trainer.add_argument("--output", type=Path, required=True, help="where the model is written")
    trainer.set_defaults(run=_train)
    judge = commands.add_parser("evaluate", help="print the tables of the model card")
    judge.add_argument("--model", default="embedded", help="“embedded”, or a model's folder")
    judge.add_argument("--recipe", default="web-like", help="name or path of its recipe (TOML)")
    judge.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    judge.add_argument(
        "--samples", type=int, default=20, help="images of each combination; 0: no tables"
    )
    judge.add_argument("--write-card", action="store_true", help="put the tables into card.md")
    judge.set_defaults(run=_evaluate)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
