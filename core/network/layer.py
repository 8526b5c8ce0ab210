"""What is known about a layer of an image tower. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, cast, get_args

import msgspec
from msgspec import Meta

from core.base.errors import InvalidInput

Layout = Literal["NCHW", "NHWC", "NLC", "LNC", "NC"]
"""Order of an output's axes: N images, C units, H × W positions, L tokens."""

Summary = Literal["max", "mean", "cls"]
"""How the map of a unit becomes its one value for an image."""


Cells = Annotated[int, Meta(ge=1, le=2**16)]


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of an image tower, its units and where in the picture they look."""

    name: str
    """Stable name, e.g. ``"layer3.4.conv2"``."""
    group: str
    """Part of the tower that the layer belongs to, e.g. ``"layer3"``."""
    module: str
    """Dotted path of the module whose output is recorded, from the image tower on."""
    kind: str
    """``"stem"``, ``"convolution"``, ``"block"``, ``"attention"``, ``"mlp"``, ``"attention pool"``
    or ``"other"``.
    """
    values: str
    """What is recorded, in words."""
    units: Annotated[int, Meta(ge=0, le=2**24)] = 0
    """Number of units: channels of a map, components of a token."""
    map_size: tuple[Cells, Cells] = (1, 1)
    """Rows and columns of the map; (1, 1) for a vector."""
    layout: Layout | None = None
    """See `Layout`; None where the layer cannot be observed."""
    special_tokens: Annotated[int, Meta(ge=0, le=2**16)] = 0
    """Tokens before those of the patches; no part of the map."""
    class_token: bool = False
    """The first of the special tokens is the class token."""
    stride: Annotated[float, Meta(gt=0, le=2**16)] | None = None
    """Pixels between two neighboring positions; None for a vector."""
    receptive_field: Annotated[int, Meta(ge=1, le=2**20)] | None = None
    """Side of the square of pixels that a position depends on; None for the whole image."""
    field_start: Annotated[int, Meta(ge=-(2**20), le=2**20)] = 0
    """Pixel, from the left and from the top, where the field of the first position begins; negative
    where it overhangs the picture.
    """
    field_known: bool = True
    """False if the field is only taken to be the whole image, because it has no closed form."""
    is_default: bool = False
    """Chosen where nothing else is asked for."""
    observable: bool = True
    """False if no values can be had; `reason` says why (R34)."""
    reason: str = ""

    @property
    def positions(self) -> int:
        """Number of positions of the map."""
        return self.map_size[0] * self.map_size[1]

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """The ways in which a map of this layer can become one value."""
        return ("max", "mean", "cls") if self.class_token else ("max", "mean")


def main_convolutions(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The convolutions on the main path of a ResNet (22,784 units in RN50)."""
    return tuple(layer for layer in layers if layer.kind == "convolution" and layer.observable)


def block_outputs(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The outputs of the blocks (16 layers of 15,104 units in RN50)."""
    return tuple(layer for layer in layers if layer.kind == "block" and layer.observable)


def checked_summary(layers: Iterable[Layer], summary: str) -> Summary:
    """The summary, if every layer has it.

    Raises
    ------
    InvalidInput
        If there is no such summary, or a layer lacks the token it needs.
    """
    if summary not in get_args(Summary):
        raise InvalidInput(
            f"“{summary}” is no way to sum up a map.", f"Choose {_listed(get_args(Summary))}."
        )
    for layer in layers:
        if summary not in layer.summaries:
            raise InvalidInput(
                f"The layer {layer.name} has no class token.", "Choose the maximum or the mean."
            )
    return cast(Summary, summary)


def summary_words(layer: Layer, summary: Summary) -> str:
    """The value of a unit for an image, in words (R35)."""
    if summary == "cls":
        return "value of the class token"
    if layer.positions == 1:
        return "value"
    places = "patch tokens" if layer.layout in ("NLC", "LNC") else "positions of the map"
    return f"{'maximum' if summary == 'max' else 'mean'} over the {layer.positions:,} {places}"


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"
