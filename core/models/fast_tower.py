"""A model's image tower made ready for long runs: the same numbers, sooner.

The tower is a copy of the session's own, so that a run and the live panes never wait for one
another and nothing done to either reaches the other. On the CPU, batch norms are folded into the
convolutions before them, and the channels are laid out last. Whether that leaves the embeddings
what they are is checked on pictures when the tower is made, not assumed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.models.session import ModelSession, unit_rows

TOWER_TOLERANCE = 1e-5
"""Most a component of a unit embedding may differ, in fp32, from the session's own."""


class FastTower:
    """Embeds inputs that lie on the session's device already.

    Parameters
    ----------
    session : ModelSession
        Not used any more once the tower is made, except where its tower cannot be copied.
    hasten : bool
        False leaves the copy as it is: the session's own embeddings, bit for bit.

    Attributes
    ----------
    module : torch.nn.Module
        The tower itself, to put hooks on; where it is `shared`, hold the session's lock.
    shared : bool
        True if the tower could not be copied and is the session's own.
    memory_format : torch.memory_format
        The layout of inputs that is fastest.
    folded : int
        Number of batch norms folded away.
    difference : float
        Largest difference of a component of the unit embeddings from the session's own, on the
        pictures it was checked with.
    """

    def __init__(self, session: ModelSession, hasten: bool = True) -> None:
        self._inference = session.inference
        self.folded = 0
        self.difference = 0.0
        self.memory_format = torch.contiguous_format
        probe = _probe_pictures(session.info.preprocessing.side)
        # One by one: the live panes wait for the session meanwhile.
        wanted = np.concatenate([session.encode_images(picture[None]) for picture in probe])
        pictures = session.to_input(probe)
        tower = _copied_tower(session, pictures, wanted)
        self.shared = tower is None
        if tower is None:
            self.module = getattr(session.model, "visual", session.model)
            self._forward = _shared_tower(session)
            return
        self.module = tower
        self._forward = _first_output(tower)
        if hasten and session.device.type == "cpu":
            self._hasten(tower, pictures, wanted)

    def __call__(self, inputs: torch.Tensor) -> NDArray[np.float32]:
        """Unit rows, (B, D), of a batch as `ModelSession.to_input` gives it, in any layout."""
        with self._inference():
            return unit_rows(self._forward(inputs))

    def _hasten(
        self, tower: nn.Module, pictures: torch.Tensor, wanted: NDArray[np.float32]
    ) -> None:
        faster = copy.deepcopy(tower)
        with self._inference():
            folded = fold_batch_norms(faster, pictures)
            faster = faster.to(memory_format=torch.channels_last)
            forward = _first_output(faster)
            inputs = pictures.contiguous(memory_format=torch.channels_last)
            difference = float(np.abs(unit_rows(forward(inputs)) - wanted).max())
        if difference <= TOWER_TOLERANCE:
            self.module, self._forward = faster, forward
            self.folded, self.difference = folded, difference
            self.memory_format = torch.channels_last


def fold_batch_norms(tower: nn.Module, inputs: torch.Tensor) -> int:
    """Fold every batch norm into the convolution whose output it takes, in place; how many.

    Which convolution that is shows in a forward pass of `inputs`, (B, 3, side, side), in
    evaluation mode: its output is the very tensor that the batch norm gets. A batch norm that takes
    anything else stays.
    """
    makers: dict[int, tuple[str, torch.Tensor]] = {}
    pairs: dict[str, str] = {}

    def note_output(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
            makers[id(output)] = name, output  # held, so that no other tensor takes its place

        return hook

    def note_input(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, received: tuple[torch.Tensor, ...]) -> None:
            made = makers.get(id(received[0]))
            if made is not None and made[1] is received[0]:
                pairs[name] = made[0]

        return hook

    handles = []
    for name, module in tower.named_modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(note_output(name)))
        elif isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_pre_hook(note_input(name)))
    try:
        tower(inputs)
    finally:
        for handle in handles:
            handle.remove()
    for norm_name, convolution_name in pairs.items():
        convolution = tower.get_submodule(convolution_name)
        norm = tower.get_submodule(norm_name)
        assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        tower.set_submodule(convolution_name, fuse_conv_bn_eval(convolution, norm))
        tower.set_submodule(norm_name, nn.Identity())
    return len(pairs)


def _copied_tower(
    session: ModelSession, pictures: torch.Tensor, wanted: NDArray[np.float32]
) -> nn.Module | None:
    """A copy of the image tower; None if the model does more with a picture than its tower."""
    visual = getattr(session.model, "visual", None)
    if not isinstance(visual, nn.Module):
        return None
    with session.lock:
        tower = copy.deepcopy(visual).eval()
    with session.inference():
        found = unit_rows(_first_output(tower)(pictures))
    same = found.shape == wanted.shape and np.abs(found - wanted).max() <= TOWER_TOLERANCE
    return tower if same else None


def _first_output(tower: nn.Module) -> Callable[[torch.Tensor], torch.Tensor]:
    """Some towers give the tokens beside the embedding."""

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        output = tower(inputs)
        features = output[0] if isinstance(output, tuple) else output
        assert isinstance(features, torch.Tensor)
        return features

    return forward


def _shared_tower(session: ModelSession) -> Callable[[torch.Tensor], torch.Tensor]:
    def forward(inputs: torch.Tensor) -> torch.Tensor:
        with session.lock:
            features = session.model.encode_image(inputs)  # type: ignore[operator]
        assert isinstance(features, torch.Tensor)
        return features

    return forward


def _probe_pictures(side: int) -> NDArray[np.uint8]:
    """Pictures to check a tower with: flat colors, a ramp and noise; uint8, (8, side, side, 3)."""
    pictures = np.zeros((8, side, side, 3), dtype=np.uint8)
    flat = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 128, 0), (0, 0, 255)]
    for number, color in enumerate(flat):
        pictures[number] = color
    pictures[5] = np.linspace(0, 255, side, dtype=np.uint8)[None, :, None]
    noise = np.random.default_rng(0).integers(0, 256, size=(2, side, side, 3))
    pictures[6:] = noise.astype(np.uint8)
    return pictures
