"""Ablations as files: ``… .json``, strict JSON that holds all it takes to repeat one.

A file holds the ablation with its constants, the model it is about, and for each of its layers the
number of units and, if units are silenced to their means, the means of all of them, so that random
controls can be drawn without the census at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from core.base.atomic import write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import DocumentError, InvalidInput
from core.base.reading import read_bytes
from core.base.text import valid_text
from core.base.typed import from_json
from core.models.info import ModelInfo
from core.network.ablation import Ablation
from core.runs.manifest import SCHEMA

FORMAT = "clip-color-lab ablation"


class LayerUnits(msgspec.Struct, frozen=True, kw_only=True):
    """A layer from which units are silenced."""

    layer: str
    units: Annotated[int, Meta(ge=1, le=2**24)]
    """Number of its units."""
    means: tuple[float, ...] = ()
    """Of all of them over natural pictures; empty where units are silenced to zero."""

    def __post_init__(self) -> None:
        if self.means and len(self.means) != self.units:
            raise ValueError("means and neurons must be as many")


class AblationFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a file; make one with `ablation_file`."""

    format: str = FORMAT
    schema: int = SCHEMA
    model: str
    weights: str
    """Name of the model and SHA-256 of its weights; the latter is empty for weights of no file."""
    ablation: Ablation
    layers: tuple[LayerUnits, ...]
    """Those of the ablation, in its order."""

    def __post_init__(self) -> None:
        if tuple(layer.layer for layer in self.layers) != self.ablation.layers:
            raise ValueError("the layers are not those of the ablation")
        for layer, part in zip(self.layers, self.ablation.parts, strict=True):
            if part.units[-1] >= layer.units:
                raise ValueError(f"{layer.layer} has no neuron {part.units[-1]}")

    @property
    def sizes(self) -> dict[str, int]:
        """Number of units of each layer."""
        return {layer.layer: layer.units for layer in self.layers}

    @property
    def means(self) -> dict[str, NDArray[np.float64]]:
        """Means of all units of the layers, as far as known."""
        return {layer.layer: np.array(layer.means) for layer in self.layers if layer.means}

    def check_model(self, info: ModelInfo) -> None:
        """Refuse another model."""
        if self.weights != info.sha256 or (not self.weights and self.model != info.name):
            raise InvalidInput(
                f"The ablation “{self.ablation.title}” is about neurons of {self.model}, not of "
                f"{info.name}.",
                "Use that model, or choose neurons of this one.",
            )


def ablation_file(
    ablation: Ablation,
    sizes: Mapping[str, int],
    info: ModelInfo,
    means: Mapping[str, NDArray[np.floating]] | None = None,
) -> AblationFile:
    """All that is needed to repeat an ablation.

    Parameters
    ----------
    sizes : mapping of str to int
        Number of units of each of its layers.
    info : ModelInfo
        The model whose units they are.
    means : mapping of str to ndarray, optional
        Of all units of each layer; for units silenced to their means.
    """
    known = means if means is not None and ablation.to == "mean" else {}
    return AblationFile(
        model=info.name,
        weights=info.sha256,
        ablation=ablation,
        layers=tuple(
            LayerUnits(
                layer=name,
                units=sizes[name],
                means=tuple(float(value) for value in known[name]) if name in known else (),
            )
            for name in ablation.layers
        ),
    )


def write_ablation(path: Path, content: AblationFile) -> None:
    """Write a file; an existing one is replaced in one step or left as it was."""
    try:
        write_atomic(path, encode_json(content))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(
            f"“{valid_text(path.name)}” cannot be written: {reason}.",
            "Choose another folder or free some space.",
        ) from error


def read_ablation(path: Path) -> AblationFile:
    """Read a file.

    Raises
    ------
    DocumentError
        If it is missing, foreign, damaged or of a newer version.
    """
    name = valid_text(path.name)
    hint = "Choose a file that this app has written."
    try:
        data = read_bytes(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"“{name}” cannot be read: {reason}.", hint) from error
    try:
        header = from_json(data, _Header)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DocumentError(f"“{name}” holds no ablation.", hint) from error
    if header.format != FORMAT:
        raise DocumentError(f"“{name}” holds no ablation.", hint)
    if header.schema > SCHEMA:
        raise DocumentError(
            f"“{name}” was written by a newer version of the app.", "Update the app to read it."
        )
    try:
        return decode_json(data, AblationFile)
    except ValueError as error:
        raise DocumentError(f"The ablation in “{name}” is damaged: {error}.", hint) from error


class _Header(msgspec.Struct):
    format: str
    schema: int
