"""Trying a file of weights before it is taken in: what loading would refuse is refused (R76)."""

from __future__ import annotations

from pathlib import Path

from core.base.errors import ModelError
from core.models.construction.architecture import (
    Architecture,
    detect_architecture,
    named_architecture,
)
from core.models.construction.matching import fits
from core.models.files.budget import Budget
from core.models.files.catalog import CatalogEntry
from core.models.files.weight_files import WeightsFile, read_weights
from core.models.loading import plan_for, session_of
from core.models.references import Located


def check_weights(
    path: Path, entry: CatalogEntry | None, sha256: str = "", budget: Budget | None = None
) -> Architecture:
    """Make sure that a file can be loaded, by loading it on the CPU as `load_session` does.

    Nothing in the file is run, and nothing of it is kept in memory. A vocabulary of its own has to
    be where `core.models.files.catalog.find_vocabulary` finds it. Without an entry, any CLIP that
    the program can load will do; `sha256` is that of the file, if it is known already.

    Raises
    ------
    MissingVocabulary
        If it needs a vocabulary of its own, which is not here.
    ModelError
        Saying what the file is instead.
    """
    weights = read_weights(path, sha256=sha256, budget=budget)
    located = Located(file=path)
    if entry is not None:
        if not fits(weights.tensors, named_architecture(entry.architecture)):
            raise ModelError(
                f"{path.name} is not {entry.title}: it {_holds(weights)}.",
                f"Choose the file of {entry.title}, or import it without naming a model.",
            )
        located = Located(file=path, entry=entry, architecture=entry.architecture, tag=entry.tag)
    plan = plan_for(weights, located, entry)
    session_of(weights, plan, entry, budget=budget)
    return plan.architecture


def _holds(weights: WeightsFile) -> str:
    try:
        return f"holds {detect_architecture(weights.shapes()).name}"
    except ModelError:
        return f"holds {len(weights.tensors)} tensors of another model"
