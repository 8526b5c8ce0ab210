"""Which block of a tower a layer belongs to. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.network.layer import Layer


class Grouping(NamedTuple):
    """Layers brought together."""

    names: tuple[str, ...]
    """Of the groups, in the order of the tower."""
    group_of: NDArray[np.int32]
    """Each layer's group. Shape (layers,)."""

    def members(self, group: int) -> list[int]:
        """The layers of a group."""
        return np.flatnonzero(self.group_of == group).tolist()


def block_of(name: str) -> str:
    """The block that a layer lies in, by its name.

    ``"layer3.4.conv2"`` and ``"layer3.4"`` lie in ``"layer3.4"``, ``"stem.conv1"`` in ``"stem"``.
    """
    parts = name.split(".")
    numbered = [place for place, part in enumerate(parts) if part.isdigit()]
    return ".".join(parts[: numbered[-1] + 1]) if numbered else parts[0]


def by_layer(layers: Sequence[Layer]) -> Grouping:
    """Every layer for itself."""
    names = tuple(layer.name for layer in layers)
    return Grouping(names, np.arange(len(names), dtype=np.int32))


def by_block(layers: Sequence[Layer]) -> Grouping:
    """The layers of each block together."""
    blocks = [block_of(layer.name) for layer in layers]
    names = tuple(dict.fromkeys(blocks))
    return Grouping(names, np.array([names.index(block) for block in blocks], dtype=np.int32))
