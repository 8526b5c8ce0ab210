"""Figures in, unit embeddings out: as fast as a sweep, or plainly.

The fast way draws a coverage mask once for all figures that share it, and colors and normalizes in
one step on the model's device. Its input equals that of `ModelSession.to_input` of the rendered
pictures bit for bit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.models.info import ModelInfo
from core.predict.prediction import Session
from core.stimuli.render import render, render_coverage
from core.stimuli.stimulus import ObjectStimulus

if TYPE_CHECKING:  # they import torch
    import torch

    from core.models.session import ModelSession

_MASKS = 256
"""Masks that are kept, 13 MB at a side of 224."""


class Embedder(Protocol):
    """What a scan computes with."""

    batch_size: int
    """A batch is what cancelling has to wait for."""

    @property
    def session(self) -> Session: ...

    def __call__(self, figures: Sequence[ObjectStimulus]) -> NDArray[np.float32]:
        """Rows of unit norm, float32, shape (B, D)."""


def make_embedder(session: Session) -> Embedder:
    """The fast way for a `ModelSession`; the plain one for any other session."""
    if hasattr(session, "to_input"):
        from core.models.session import ModelSession

        if isinstance(session, ModelSession):
            return FastEmbedder(session)
    return PlainEmbedder(session)


class PlainEmbedder:
    """Renders every figure and lets the session embed the pictures."""

    def __init__(self, session: Session) -> None:
        self.session: Session = session
        self.batch_size = batch_size_for(session.info)

    def __call__(self, figures: Sequence[ObjectStimulus]) -> NDArray[np.float32]:
        """Embed a batch."""
        return self.session.encode_images(np.stack([render(figure) for figure in figures]))


class FastEmbedder:
    """A tower of its own and masks that are drawn once."""

    def __init__(self, session: ModelSession) -> None:
        import torch

        from core.models.fast_tower import FastTower

        self.session = session
        self.batch_size = batch_size_for(session.info)
        self.tower = FastTower(session)
        self._masks: OrderedDict[ObjectStimulus, torch.Tensor] = OrderedDict()
        self._buffer = torch.empty((0, 3), device=session.device)

    def __call__(self, figures: Sequence[ObjectStimulus]) -> NDArray[np.float32]:
        """Embed a batch."""
        return self.tower(self.compose(figures))

    def compose(self, figures: Sequence[ObjectStimulus]) -> torch.Tensor:
        """The model's input for some figures.

        Returns
        -------
        tensor of float32, shape (B, 3, side, side), on the session's device
            Channels last in memory; valid until the next batch is composed.
        """
        import torch

        side = figures[0].side
        pairs = [(figure.figure_color, figure.background_color) for figure in figures]
        first_row = {pair: 256 * number for number, pair in enumerate(dict.fromkeys(pairs))}
        table = self.session.colors_to_input(blend_tables(list(first_row)))
        rows = torch.tensor([first_row[pair] for pair in pairs], dtype=torch.int32)
        with torch.inference_mode():
            places = torch.stack([self._mask(figure) for figure in figures]).to(torch.int32)
            places += rows.to(places.device)[:, None]
            if len(self._buffer) != places.numel():
                self._buffer = torch.empty((places.numel(), 3), device=places.device)
            torch.index_select(table, 0, places.reshape(-1), out=self._buffer)
            return self._buffer.view(len(figures), side, side, 3).permute(0, 3, 1, 2)

    def _mask(self, figure: ObjectStimulus) -> torch.Tensor:
        import torch

        colors = {"figure_color": (0, 0, 0), "background_color": (0, 0, 0)}
        key = msgspec.structs.replace(figure, **colors)
        mask = self._masks.get(key)
        if mask is None:
            mask = torch.from_numpy(render_coverage(figure).reshape(-1)).to(self.session.device)
            self._masks[key] = mask
            if len(self._masks) > _MASKS:
                self._masks.popitem(last=False)
        else:
            self._masks.move_to_end(key)
        return mask


def blend_tables(
    pairs: Sequence[tuple[tuple[int, int, int], tuple[int, int, int]]],
) -> NDArray[np.uint8]:
    """`core.stimuli.render.blend_table` of several pairs, one below the other; sRGB."""
    colors = np.array(pairs, dtype=np.int64)  # (pairs, 2, 3)
    share = np.arange(256, dtype=np.int64)[None, :, None]
    figure, background = colors[:, None, 0], colors[:, None, 1]
    blends = (background * (255 - share) + figure * share + 127) // 255
    return blends.reshape(-1, 3).astype(np.uint8)


def batch_size_for(info: ModelInfo) -> int:
    """Images of a batch, by the size of the model: the same on every run.

    It is not measured, so that the same scan gives the same numbers to the last bit.
    """
    if info.device != "cpu":
        return 256
    for limit, size in ((20e6, 64), (60e6, 16), (160e6, 8)):
        if info.parameters < limit:
            return size
    return 4
