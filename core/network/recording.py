"""What the units of a model do with pictures, taken while a forward pass runs.

The activations and residual adds of CLIP's towers work in place: the output of one layer is soon
overwritten by another. So each output is reduced or copied at once, inside its hook, and never
kept. Hooks are removed when a recorder closes, whatever happened in between (R36).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, Self, TypeVar

import numpy as np
import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from core.base.errors import ModelError
from core.network.layer import Layer, checked_summary
from core.network.maps import Peaks, Points, as_maps, at_positions, output_tensor, summarized

Kept = TypeVar("Kept")


class _Recorder(Generic[Kept]):
    """Keeps something of each layer in every forward pass of an image tower, while it is open.

    Where other threads use the tower too, its session's lock must be held while this is open.

    Parameters
    ----------
    visual : torch.nn.Module
        A session's image tower, or the copy of `core.models.fast_tower`.
    summary : str
        How a map becomes one value: ``"max"``, ``"mean"`` or ``"cls"`` (the class token).

    Raises
    ------
    ModelError
        If a layer cannot be observed, with the reason.
    InvalidInput
        If a layer has no such summary.
    """

    def __init__(self, visual: nn.Module, layers: Sequence[Layer], summary: str = "max") -> None:
        self._visual = visual
        self._summary = checked_summary(layers, summary)
        self._layers = {layer.name: layer for layer in layers}
        if len(self._layers) < len(layers):
            raise ValueError("a layer is named twice")
        for layer in layers:
            if not layer.observable:
                raise ModelError(f"The layer {layer.name} cannot be observed. {layer.reason}")
        self._handles: list[RemovableHandle] = []
        self._passes: list[dict[str, Kept]] = []
        self._current: dict[str, Kept] | None = None

    def __enter__(self) -> Self:
        try:
            self._handles.append(self._visual.register_forward_pre_hook(self._begin))
            for layer in self._layers.values():
                module = self._module(layer)
                self._handles.append(module.register_forward_hook(self._hook(layer)))
            self._handles.append(self._visual.register_forward_hook(self._end))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove all hooks and let go of everything that has not been taken."""
        while self._handles:
            self._handles.pop().remove()
        self._passes = []
        self._current = None

    def take(self) -> dict[str, Kept]:
        """What was kept since the last call, by layer; images in the order they were run.

        A forward pass that failed has left nothing.

        Raises
        ------
        ModelError
            If no forward pass was completed.
        """
        passes, self._passes = self._passes, []
        if not passes:
            raise ModelError("There are no values of layers: the image tower has not been run.")
        if len(passes) == 1:
            return passes[0]
        return {name: self._joined([part[name] for part in passes]) for name in self._layers}

    def _module(self, layer: Layer) -> nn.Module:
        try:
            return self._visual.get_submodule(layer.module)
        except AttributeError as error:
            raise ModelError(
                f"The model has no layer {layer.name}.", "Look at the model's layers anew."
            ) from error

    def _begin(self, _visual: nn.Module, _inputs: object) -> None:
        self._current = {}

    def _hook(self, layer: Layer) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if self._current is None:  # a part of the tower run by itself
                return
            tensor = output_tensor(output)
            if tensor is None:
                raise ModelError(f"The layer {layer.name} gave no tensor.")
            self._current[layer.name] = self._kept(layer, tensor.detach())

        return hook

    def _end(self, _visual: nn.Module, _inputs: object, _output: object) -> None:
        current, self._current = self._current, None
        assert current is not None
        missing = self._layers.keys() - current.keys()
        if missing:
            raise ModelError(f"The layer {min(missing)} took no part in the forward pass.")
        self._passes.append(current)

    def _kept(self, layer: Layer, output: torch.Tensor) -> Kept:
        """What to keep of an output, sharing no memory with it."""
        raise NotImplementedError

    def _joined(self, parts: list[Kept]) -> Kept:
        """What was kept of several forward passes as if of one."""
        raise NotImplementedError


class Recorder(_Recorder[Peaks]):
    """Keeps one value of every unit for every image.

    Examples
    --------
    >>> with session.lock, Recorder(session.model.visual, layers) as recorder:  # doctest: +SKIP
    ...     session.encode_images(pictures)
    ...     peaks = recorder.take()
    """

    def _kept(self, layer: Layer, output: torch.Tensor) -> Peaks:
        return summarized(layer, output, self._summary)

    def _joined(self, parts: list[Peaks]) -> Peaks:
        values, positions = zip(*parts, strict=True)
        return Peaks(torch.cat(values), torch.cat(positions))


class MapRecorder(_Recorder[torch.Tensor]):
    """Keeps copies of whole maps: tensors of float32, shape (B, U, h, w), for few layers."""

    def _kept(self, layer: Layer, output: torch.Tensor) -> torch.Tensor:
        return as_maps(layer, output).to(
            torch.float32, copy=True, memory_format=torch.contiguous_format
        )

    def _joined(self, parts: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat(parts)


class PointRecorder(_Recorder[torch.Tensor]):
    """Keeps the values at given places: tensors of float32, shape (N,), N as in `points`.

    With the summary ``"max"`` the value at the stored position is kept, which is not maximized
    again; with the others the value of the unit for the image, whatever the position.
    """

    points: Mapping[str, Points] = MappingProxyType({})
    """What to keep of each layer in the next forward pass; nothing of layers it does not name."""

    def _kept(self, layer: Layer, output: torch.Tensor) -> torch.Tensor:
        points = self.points.get(layer.name)
        if points is None:
            return torch.empty(0, dtype=torch.float32, device=output.device)
        if self._summary == "max":
            return at_positions(as_maps(layer, output), points)
        values = summarized(layer, output, self._summary).values
        anywhere = Points(points.rows, points.units, np.zeros(len(points.rows), np.int64))
        return at_positions(values[:, :, None, None], anywhere)

    def _joined(self, parts: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat(parts)
