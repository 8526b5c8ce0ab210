"""Looking at a file of weights without loading it, to learn whether it is whole and what it is."""

from __future__ import annotations

from pathlib import Path

from core.errors import ModelError
from core.models.architecture import (
    Architecture,
    configured_architecture,
    describe,
    detect_architecture,
    named_architecture,
)
from core.models.catalog import CatalogEntry
from core.models.configuration import neighbor_configuration
from core.models.matching import fits
from core.models.tokens import tokenizer_for
from core.models.weight_files import WeightsFile, read_weights


def check_weights(path: Path, entry: CatalogEntry | None, sha256: str = "") -> Architecture:
    """Make sure that a file can be loaded: its container, its tensors and its vocabulary.

    Nothing in the file is run, and its numbers are not kept in memory. A vocabulary of its own has
    to be where `core.models.catalog.find_vocabulary` finds it.

    Parameters
    ----------
    path : Path
    entry : CatalogEntry or None
        What it must be; None for any CLIP that the program can load.
    sha256 : str
        Of the file, if it is known already.

    Returns
    -------
    Architecture
        What it is.

    Raises
    ------
    MissingVocabulary
        If it needs a vocabulary of its own, which is not here.
    ModelError
        Saying what the file is instead.
    """
    weights = read_weights(path, values=False, sha256=sha256)
    if entry is None:
        architecture = _own_architecture(weights)
    else:
        architecture = named_architecture(entry.architecture)
        if not fits(weights.tensors, architecture):
            raise ModelError(
                f"{path.name} is not {entry.title}: it {_holds(weights)}.",
                f"Choose the file of {entry.title}, or import it without naming a model.",
            )
    tokenizer_for(architecture.config["text_cfg"], architecture.name, path, entry)
    return architecture


def _own_architecture(weights: WeightsFile) -> Architecture:
    beside = neighbor_configuration(weights.path)
    if beside is not None:
        found = configured_architecture(beside.model, describe(beside.model))
        if fits(weights.tensors, found):
            return found
    try:
        return detect_architecture(weights.shapes())
    except ModelError as error:
        raise ModelError(
            f"{weights.path.name} ({weights.size:,} bytes, SHA-256 {weights.sha256}) cannot be "
            f"imported: {error.message[0].lower()}{error.message[1:]}",
            error.hint,
        ) from error


def _holds(weights: WeightsFile) -> str:
    try:
        return f"holds {detect_architecture(weights.shapes()).name}"
    except ModelError:
        return f"holds {len(weights.tensors)} tensors of another model"
