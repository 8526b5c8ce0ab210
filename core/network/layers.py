"""Which layers of a model can be observed, found out by one forward pass (R34, R35)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import numpy as np
import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from torch import nn

from core.base.errors import ModelError
from core.models.session import ModelSession
from core.network.clip_layer_list import resnet_layers, transformer_layers
from core.network.layer import Layer, Layout
from core.network.maps import output_tensor

_LAYOUTS: dict[int, tuple[Layout, ...]] = {4: ("NCHW", "NHWC"), 3: ("NLC", "LNC"), 2: ("NC",)}
_PROBES = 2
"""Images of the probe: more than one, so that their axis can be told from others."""


def discover(session: ModelSession) -> tuple[Layer, ...]:
    """The layers of a model's image tower, in the order in which they compute.

    A layer that cannot be observed is among them, with the reason (R34).

    Raises
    ------
    ModelError
        If the model has no image tower.
    """
    side = session.info.preprocessing.side
    tower = image_tower(session)
    gray = np.full((_PROBES, side, side, 3), 128, np.uint8)
    with session.lock, session.inference():
        return survey(tower, session.to_input(gray))


def image_tower(session: ModelSession) -> nn.Module:
    """The part of a model that takes the pictures.

    Raises
    ------
    ModelError
        If there is none.
    """
    tower = getattr(session.model, "visual", None)
    if not isinstance(tower, nn.Module):
        raise ModelError(f"{session.info.name} has no image tower whose layers could be observed.")
    return tower


def survey(tower: nn.Module, inputs: torch.Tensor) -> tuple[Layer, ...]:
    """The layers of an image tower in evaluation mode.

    Parameters
    ----------
    inputs : tensor, shape (B, 3, side, side)
        Two images or more; what they show is of no consequence.
    """
    sketches = tuple(_sketches(tower))
    outputs: dict[str, list[torch.Tensor | None]] = {layer.module: [] for layer in sketches}

    def note(path: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            tensor = output_tensor(output)
            # The shape and type without the values.
            shape = None if tensor is None else tensor.new_empty(tensor.shape, device="meta")
            outputs[path].append(shape)

        return hook

    with ExitStack() as stack:
        for path in outputs:
            module = tower.get_submodule(path)
            stack.callback(module.register_forward_hook(note(path)).remove)
        tower(inputs)
    indices = [_indices(layer, outputs[layer.module], len(inputs)) for layer in sketches]
    # Maps with as many units as rows and columns are read as the tower's other maps are.
    usual = {found[0].layout for found in indices if not isinstance(found, str) and len(found) == 1}
    return tuple(
        _completed(layer, found, usual, inputs.shape[-1])
        for layer, found in zip(sketches, indices, strict=True)
    )


def _sketches(tower: nn.Module) -> Iterator[Layer]:
    if isinstance(tower, ModifiedResNet):
        return resnet_layers(tower)
    if isinstance(tower, VisionTransformer):
        return transformer_layers(tower)
    # Imported late: timm is large, and most models do without it.
    from timm.models.convnext import ConvNeXt

    from core.network.timm_layer_list import convnext_layers, named_layers

    if not isinstance(tower, TimmModel):
        return named_layers(tower, "")
    if isinstance(tower.trunk, ConvNeXt):
        return convnext_layers(tower.trunk, "trunk")
    return named_layers(tower.trunk, "trunk")


def _indices(
    layer: Layer, outputs: list[torch.Tensor | None], images: int
) -> tuple[Layer, ...] | str:
    """The ways to read what a forward pass has shown of a layer; without any, why not."""
    if not outputs:
        return "It takes no part in a forward pass."
    if len(outputs) > 1:
        return f"It runs {len(outputs)} times in a forward pass and so has no single value."
    (output,) = outputs
    if output is None:
        return "It gives no tensor."
    if not output.is_floating_point():
        return f"Its values are of type {output.dtype}, not real numbers."
    shape = tuple(output.shape)
    layouts = (layer.layout,) if layer.layout else _LAYOUTS.get(len(shape), ())
    found = (_read(layer, layout, shape, images) for layout in layouts)
    return tuple(reading for reading in found if reading is not None) or (
        f"Its output for {images} images has the shape {' × '.join(map(str, shape))}, which is "
        "neither a square map, nor tokens of a square grid, nor a vector for each image."
    )


def _completed(
    layer: Layer, indices: tuple[Layer, ...] | str, usual: set[Layout | None], side: int
) -> Layer:
    """The layer as it is read, or with why it cannot be observed."""
    if isinstance(indices, str):
        return _refused(layer, indices)
    if len(indices) > 1:
        indices = tuple(reading for reading in indices if reading.layout in usual)
    if len(indices) != 1:
        return _refused(layer, "Its output can be read in more than one way.")
    (found,) = indices
    if found.stride is None and found.layout != "NC":
        found = msgspec.structs.replace(found, stride=side / found.map_size[1])
    return found


def _refused(layer: Layer, reason: str) -> Layer:
    return msgspec.structs.replace(
        layer, layout=None, observable=False, is_default=False, reason=reason
    )


def _read(layer: Layer, layout: Layout, shape: tuple[int, ...], images: int) -> Layer | None:
    """The layer, if its output has this layout; else None."""
    if len(shape) != len(layout) or shape[layout.index("N")] != images:
        return None
    units = shape[layout.index("C")]
    special = layer.special_tokens
    if layout in ("NLC", "LNC"):
        # The patches alone, before the special tokens are added to them, are tokens too.
        tokens = shape[layout.index("L")]
        special = next((n for n in (special, 0) if _is_square(tokens - n)), -1)
        side = math.isqrt(tokens - special)
        if special < 0:
            return None
    elif layout == "NC":
        side, special = 1, 0
    else:
        side = shape[layout.index("H")]
        special = 0
        if side != shape[layout.index("W")]:
            return None
    if not units or not side:
        return None
    return msgspec.structs.replace(
        layer,
        units=units,
        map_size=(side, side),
        layout=layout,
        special_tokens=special,
        class_token=layer.class_token and special > 0,
    )


def _is_square(number: int) -> bool:
    return number > 0 and math.isqrt(number) ** 2 == number
