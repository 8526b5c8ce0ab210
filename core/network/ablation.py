"""Silenced units: which ones, and the constant that each gives instead. Imports no torch.

An ablation says all that is needed to compute with it. The constants are stored, so that neither
the census they were chosen from nor its pictures have to be at hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput

Constant = Literal["zero", "mean"]
"""What a silenced unit gives in every position: zero, or its mean over natural pictures."""

CONSTANT_WORDS: dict[Constant, str] = {
    "zero": "zero",
    "mean": "their mean over natural pictures",
}


class SilencedUnits(msgspec.Struct, frozen=True):
    """Silenced units of one layer."""

    layer: str
    """Name as in `core.network.layers`."""
    units: tuple[int, ...]
    """Rising."""
    values: tuple[float, ...]
    """What each gives instead."""

    def __post_init__(self) -> None:
        # A ValueError, so that a file that breaks this counts as damaged.
        if not self.units or len(self.units) != len(self.values):
            raise ValueError("neurons and their values must be as many")
        if self.units[0] < 0 or any(
            one >= other for one, other in zip(self.units, self.units[1:], strict=False)
        ):
            raise ValueError("numbers of neurons must rise from 0 on")
        if not all(map(math.isfinite, self.values)):
            raise ValueError("a silenced neuron needs a finite value")


class Ablation(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a model silenced together; make one with `make_ablation`."""

    title: str
    """What to call them, e.g. ``"any word + color word"``; no part of the content."""
    to: Constant = "zero"
    parts: tuple[SilencedUnits, ...] = ()
    """Each layer at most once."""

    def __post_init__(self) -> None:
        if len({part.layer for part in self.parts}) < len(self.parts):
            raise ValueError("a layer is named twice")

    def __len__(self) -> int:
        """Number of silenced units."""
        return sum(len(part.units) for part in self.parts)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers in which units are silenced."""
        return tuple(part.layer for part in self.parts)

    @property
    def counts(self) -> dict[str, int]:
        """Number of silenced units of each layer."""
        return {part.layer: len(part.units) for part in self.parts}

    def content_hash(self) -> str:
        """SHA-256, hexadecimal, of everything but the title; independent of the layers' order."""
        parts = tuple(sorted(self.parts, key=lambda part: part.layer))
        content = msgspec.structs.replace(self, title="", parts=parts)
        return sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()

    def in_words(self) -> str:
        """How many units of which layers are silenced, and to what."""
        if not self.parts:
            return "no neuron"
        units = "1 neuron" if len(self) == 1 else f"{len(self):,} neurons"
        constant = CONSTANT_WORDS[self.to]
        if len(self) == 1 and self.to == "mean":
            constant = constant.replace("their", "its", 1)
        return f"{units} of {layers_in_words(self.layers)}, to {constant}"


def layers_in_words(names: tuple[str, ...]) -> str:
    """Names of layers, or their number where they are many."""
    if len(names) > 3:
        return f"{len(names)} layers ({names[0]} … {names[-1]})"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return names[0] if names else "no layer"


def make_ablation(
    title: str,
    units: Mapping[str, Iterable[int]],
    to: Constant = "zero",
    means: Mapping[str, NDArray[np.floating]] | None = None,
) -> Ablation:
    """Silence units.

    Parameters
    ----------
    units : mapping of str to iterable of int
        Numbers of units by name of layer, in any order; layers without any are left out.
    means : mapping of str to ndarray, optional
        Mean of every unit of a layer over natural pictures; needed for ``"mean"``.

    Raises
    ------
    InvalidInput
        If the mean of a unit is not known.
    """
    parts = []
    for layer, wanted in units.items():
        numbers = tuple(sorted({int(number) for number in wanted}))
        if not numbers:
            continue
        if numbers[0] < 0:
            raise InvalidInput(f"The layer {layer} has no neuron {numbers[0]}.", "Count from 0 on.")
        values: tuple[float, ...] = (0.0,) * len(numbers)
        if to == "mean":
            known = None if means is None else means.get(layer)
            if known is None or numbers[-1] >= len(known):
                raise InvalidInput(
                    f"The means of the neurons of {layer} over natural pictures are not known.",
                    "Silence them to zero, or measure their means from a census with natural "
                    "pictures.",
                )
            values = tuple(float(known[number]) for number in numbers)
        parts.append(SilencedUnits(layer, numbers, values))
    return Ablation(title=title, to=to, parts=tuple(parts))


def units_by_layer(
    layers: tuple[str, ...],
    layer_numbers: NDArray[np.integer],
    unit_numbers: NDArray[np.integer],
    mask: NDArray[np.bool_],
) -> dict[str, tuple[int, ...]]:
    """Numbers of chosen units by layer, from arrays over all units of a census.

    Parameters
    ----------
    layer_numbers, unit_numbers : ndarray of int, shape (U,)
        As those of `core.census.data.CensusData`.
    mask : ndarray of bool, shape (U,)
    """
    found = {}
    for place, name in enumerate(layers):
        numbers = unit_numbers[mask & (layer_numbers == place)]
        if len(numbers):
            found[name] = tuple(int(number) for number in np.sort(numbers))
    return found


def random_control(
    ablation: Ablation,
    sizes: Mapping[str, int],
    seed: int,
    means: Mapping[str, NDArray[np.floating]] | None = None,
    *,
    redraw: bool = False,
) -> Ablation:
    """As many units of the same layers, drawn at random, to tell an effect from damage.

    Units are drawn without replacement from the layer's units that the ablation leaves alone.

    Parameters
    ----------
    sizes : mapping of str to int
        Number of units of each of its layers.
    seed : int
        The same seed draws the same units.
    means : mapping of str to ndarray, optional
        As for `make_ablation`.
    redraw : bool
        Draw from all units of the layer, those of the ablation among them; for ablations of more
        than half a layer, to which no others can be compared.

    Raises
    ------
    InvalidInput
        If a layer has too few other units, or means are not known.
    """
    drawn: dict[str, list[int]] = {}
    for part in ablation.parts:
        taken = () if redraw else part.units
        left = np.setdiff1d(np.arange(sizes[part.layer]), np.array(taken, dtype=np.int64))
        if len(left) < len(part.units):
            raise InvalidInput(
                f"{len(part.units):,} of the {sizes[part.layer]:,} neurons of {part.layer} are "
                f"silenced, and only {len(left):,} others are left to draw controls from.",
                "Silence at most half of each layer, or let silenced neurons be drawn again.",
            )
        # Each layer has its own stream, so that its draw depends on no other layer.
        name = np.frombuffer(part.layer.encode(), dtype=np.uint8).tolist()
        random = np.random.default_rng([seed, *name])
        drawn[part.layer] = random.choice(left, len(part.units), replace=False).tolist()
    return make_ablation(f"Control {seed}", drawn, ablation.to, means)
