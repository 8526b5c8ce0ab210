"""An image tower of its own in which chosen units give a constant.

The tower is a copy. Hooks are never put on the session's own, so that a live pane, a sweep or a
census that uses the session meanwhile is not affected by somebody else's ablation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.hooks import RemovableHandle

from core.base.errors import ModelError
from core.models.fast_tower import FastTower
from core.models.session import MAX_BATCH, ModelSession
from core.network.ablation import Ablation, SilencedUnits
from core.network.layer import Layer
from core.network.layers import survey
from core.network.maps import output_tensor


class AblatedTower:
    """Embeds pictures as the model does without some of its units.

    Parameters
    ----------
    ablation : Ablation, optional
        None and the empty one change nothing, bit for bit.
    fast : bool
        True for long runs: the tower of `core.models.fast_tower`, which an empty ablation equals
        bit for bit. False for single pictures: an empty ablation equals the session's own
        `encode_images` bit for bit.

    Raises
    ------
    ModelError
        If the model's tower cannot be copied, or has no such layer or unit.
    """

    def __init__(
        self, session: ModelSession, ablation: Ablation | None = None, *, fast: bool = False
    ) -> None:
        self._session = session
        side = session.info.preprocessing.side
        self._handles: list[RemovableHandle] = []
        self._ablation: Ablation | None = None
        self._tower = FastTower(session, hasten=fast)
        if self._tower.shared:
            raise ModelError(
                f"The neurons of {session.info.name} cannot be silenced, because its image tower "
                "cannot be copied.",
                "Use a model whose embedding is the output of its image tower.",
            )
        gray = np.full((2, side, side, 3), 128, np.uint8)
        with session.inference():
            self.layers = survey(self._tower.module, session.to_input(gray))
        self.set_ablation(ablation)

    @property
    def ablation(self) -> Ablation | None:
        """What is silenced now."""
        return self._ablation

    @property
    def module(self) -> nn.Module:
        """The copy of the image tower."""
        return self._tower.module

    @property
    def memory_format(self) -> torch.memory_format:
        """The layout of inputs that is fastest."""
        return self._tower.memory_format

    def set_ablation(self, ablation: Ablation | None) -> None:
        """Silence other units instead.

        Raises
        ------
        ModelError
            If the model has no such layer or unit; nothing is silenced then.
        """
        self.close()
        if ablation is None:
            return
        pairs = [(self._layer_of(part), part) for part in ablation.parts]
        try:
            for layer, part in pairs:
                module = self.module.get_submodule(layer.module)
                self._handles.append(module.register_forward_hook(_silencer(layer, part)))
        except BaseException:
            self.close()
            raise
        self._ablation = ablation

    def __call__(self, inputs: torch.Tensor) -> NDArray[np.float32]:
        """Embed a batch of inputs; see `core.models.fast_tower.FastTower`."""
        return self._tower(inputs)

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed pictures; parameters and result as for `ModelSession.encode_images`."""
        rows = [np.empty((0, self._session.info.embed_dim), np.float32)]
        for start in range(0, len(images), MAX_BATCH):
            rows.append(self(self._session.to_input(images[start : start + MAX_BATCH])))
        return np.concatenate(rows)

    def close(self) -> None:
        """Remove all hooks; the tower is then intact and may be used on."""
        self._ablation = None
        while self._handles:
            self._handles.pop().remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _layer_of(self, part: SilencedUnits) -> Layer:
        for layer in self.layers:
            if layer.name != part.layer:
                continue
            if not layer.observable:
                raise ModelError(
                    f"Neurons of the layer {layer.name} cannot be silenced. {layer.reason}"
                )
            if part.units[-1] >= layer.units:
                raise ModelError(
                    f"The layer {layer.name} of {self._session.info.name} has no neuron "
                    f"{part.units[-1]}; it has {layer.units:,}.",
                    "Choose neurons of this very model.",
                )
            return layer
        raise ModelError(
            f"{self._session.info.name} has no layer {part.layer}.",
            "Choose neurons of this very model.",
        )


def _silencer(layer: Layer, part: SilencedUnits) -> Callable[[nn.Module, object, object], object]:
    """A forward hook that puts the constants into a layer's output."""
    assert layer.layout is not None
    axis = layer.layout.index("C")
    shape = [1] * len(layer.layout)
    shape[axis] = len(part.units)
    constants: dict[tuple[torch.device, torch.dtype], tuple[torch.Tensor, torch.Tensor]] = {}

    def hook(_module: nn.Module, _inputs: object, output: object) -> object:
        tensor = output_tensor(output)
        if tensor is None:
            raise ModelError(f"The layer {layer.name} gave no tensor.")
        key = tensor.device, tensor.dtype
        if key not in constants:
            units = torch.tensor(part.units, dtype=torch.int64, device=tensor.device)
            values = torch.tensor(part.values, dtype=tensor.dtype, device=tensor.device)
            constants[key] = units, values.reshape(shape)
        units, values = constants[key]
        # A copy, because the output may be a tensor that other parts of the tower go on to read.
        silenced = tensor.clone()
        wanted = [len(units) if place == axis else size for place, size in enumerate(tensor.shape)]
        silenced.index_copy_(axis, units, values.expand(wanted).contiguous())
        if isinstance(output, tuple | list):
            return type(output)((silenced, *output[1:]))
        return silenced

    return hook
