"""From a layer's output to the maps of its units, and from maps to values with their positions.

Everything is exact and on the device of the output, for all units at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import ModelError
from core.network.layer import Layer, Summary

_SMALL_MAP = 9
"""Up to this many positions a map is searched in one step."""


class Peaks(NamedTuple):
    """One value of every unit for every image, and where it was found."""

    values: torch.Tensor
    """Shape (B, U)."""
    positions: torch.Tensor
    """row × columns + column in the layer's map; 0 where the summary has no place. Shape (B, U)."""


class Points(NamedTuple):
    """Places in the maps of a layer: one image, unit and position each."""

    rows: torch.Tensor | NDArray[np.integer]
    """Number of the image in the batch. Shape (N,)."""
    units: torch.Tensor | NDArray[np.integer]
    positions: torch.Tensor | NDArray[np.integer]
    """`units` and `positions`: shape (N,)."""


def output_tensor(output: object) -> torch.Tensor | None:
    """The tensor that a module gave, alone or before others; None if there is none."""
    first = output[0] if isinstance(output, tuple | list) and output else output
    return first if isinstance(first, torch.Tensor) else None


def as_maps(layer: Layer, output: torch.Tensor) -> torch.Tensor:
    """A view of a layer's output as maps.

    Parameters
    ----------
    output : tensor, in the layer's layout

    Returns
    -------
    tensor, shape (B, U, h, w)
        Special tokens are left out. It shares the memory of `output`, which in-place operations
        may change later.

    Raises
    ------
    ModelError
        If the output has another shape than the layer.
    """
    height, width = layer.map_size
    if layer.layout is not None and output.ndim == len(layer.layout):
        if layer.layout in ("NLC", "LNC"):
            tokens = output if layer.layout == "NLC" else output.transpose(0, 1)
            patches = tokens[:, layer.special_tokens :]
            if patches.shape[1:] == (height * width, layer.units):
                maps = patches.transpose(1, 2)
                return maps.view(len(maps), layer.units, height, width)
        else:
            maps = output[:, :, None, None] if layer.layout == "NC" else output
            maps = maps.permute(0, 3, 1, 2) if layer.layout == "NHWC" else maps
            if maps.shape[1:] == (layer.units, height, width):
                return maps
    raise ModelError(
        f"The layer {layer.name} gave an output of the shape "
        f"{' × '.join(map(str, output.shape))}, which is not what was expected of it.",
        "Look at the model's layers anew.",
    )


def summarized(layer: Layer, output: torch.Tensor, summary: Summary) -> Peaks:
    """Reduce a layer's output to one value for each image and unit.

    Parameters
    ----------
    output : tensor, in the layer's layout
    summary : str
        ``"cls"`` only for layers with a class token.
    """
    maps = as_maps(layer, output)
    if summary == "max":
        return first_maximum(maps)
    if summary == "cls":
        # A copy, as everything that is kept.
        token = output[:, 0] if layer.layout == "NLC" else output[0]
        values = token.to(torch.float32, copy=True)
    else:
        values = maps.mean((2, 3), dtype=torch.float32)
    return Peaks(values, torch.zeros_like(values, dtype=torch.int32))


def first_maximum(maps: torch.Tensor) -> Peaks:
    """The largest value of every map, and the first position that has it.

    A map that holds a NaN has the value NaN.

    Parameters
    ----------
    maps : tensor of real numbers, shape (B, U, h, w)
        Fast both where the positions and where the units lie side by side in memory.
    """
    width = maps.shape[3]
    units_adjoin = maps.stride(1) == 1 and maps.shape[1] > 1
    if maps.device.type == "cpu" and units_adjoin and maps.shape[2:].numel() > _SMALL_MAP:
        # The maximum over a column of units is computed for many units at once, its place is not.
        # So the place is only looked for among the maxima of the rows, then in the first best row.
        lines = maps.permute(0, 2, 3, 1)
        values, rows = lines.amax(2).max(1)
        chosen = rows[:, None, None, :].expand(-1, 1, width, -1)
        positions = rows * width + lines.gather(1, chosen)[:, 0].max(1).indices
    else:
        values, positions = maps.flatten(2).max(2)
    return Peaks(values.to(torch.float32), positions.to(torch.int32))


def at_positions(maps: torch.Tensor, points: Points) -> torch.Tensor:
    """The values of maps at given places.

    Parameters
    ----------
    maps : tensor, shape (B, U, h, w)

    Returns
    -------
    tensor of float32, shape (N,), on the device of `maps`
    """
    rows, units, positions = (
        torch.as_tensor(part, dtype=torch.int64, device=maps.device) for part in points
    )
    width = maps.shape[3]
    line = torch.div(positions, width, rounding_mode="floor")
    return maps[rows, units, line, positions % width].to(torch.float32)
