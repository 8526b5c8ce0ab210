"""From numbers of images to the model's input, without a picture in between.

A coverage mask is drawn once for all images that share it. Coloring it, rounding to the exact
uint8 pixels and normalizing are one step: for each pair of colors, a table gives the input values
of the 256 blends. The result equals `ModelSession.to_input` of the rendered pictures bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.color.luma import gray_version
from core.models.session import ModelSession
from core.stimuli.factorial import FactorialSet
from core.stimuli.render import area_fraction, blend_table, render_coverage
from core.stimuli.stimulus import WordStimulus


@dataclass(frozen=True, eq=False)
class Composed:
    """A batch of B images."""

    inputs: torch.Tensor
    """Float32, shape (B, 3, side, side), on the session's device. Channels last in memory; valid
    until the next batch is composed."""
    combinations: NDArray[np.int64]
    """Shape (B,)."""
    areas: NDArray[np.float32]
    """Shape (B,). Share of the picture that the figure covers, 0..1."""
    fonts: NDArray[np.object_]
    """Shape (B,). Id of each word's face; None for shapes."""


@dataclass(frozen=True, eq=False)
class _Mask:
    coverage: torch.Tensor  # uint8, shape (side²,)
    area: float
    font: str | None


class Compositor:
    """Draws the images of one set for one model.

    Parameters
    ----------
    stimuli : FactorialSet
        At the model's own side.
    gray : bool
        Give the gray version of each image; see `core.color.luma`.
    """

    def __init__(self, stimuli: FactorialSet, session: ModelSession, *, gray: bool = False) -> None:
        self._stimuli = stimuli
        self._device = session.device
        self._masks: dict[int, _Mask] = {}
        conditions = stimuli.combinations
        subjects = {subject: number for number, subject in enumerate(stimuli.subjects)}
        self._subject = np.array([subjects[condition.subject] for condition in conditions])
        pairs = {(condition.figure, condition.background): 0 for condition in conditions}
        pairs = {pair: number for number, pair in enumerate(pairs)}
        self._first_row = torch.tensor(
            [256 * pairs[condition.figure, condition.background] for condition in conditions],
            dtype=torch.int32,
            device=self._device,
        )
        palette = stimuli.palette
        colors = [blend_table(palette[figure], palette[background]) for figure, background in pairs]
        blends = np.concatenate(colors)
        self._table = session.colors_to_input(gray_version(blends) if gray else blends)
        self._buffer = torch.empty((0, 3), device=self._device)

    def compose(self, indices: NDArray[np.int64]) -> Composed:
        """Some images of the set.

        Parameters
        ----------
        indices : ndarray of int64, shape (B,)
            Ascending along a run: masks of lower numbers than those of a batch are dropped.
        """
        samples, combinations = np.divmod(indices, len(self._subject))
        if self._stimuli.geometry == "independent":
            numbers = indices
        else:
            numbers = samples * len(self._stimuli.subjects) + self._subject[combinations]
        used, rows = np.unique(numbers, return_inverse=True)
        # Numbers never fall along a set, so of the earlier masks only those used now can return.
        firsts = {
            int(number): int(indices[np.argmax(rows == place)]) for place, number in enumerate(used)
        }
        self._masks = {
            number: self._masks.get(number) or self._draw(first) for number, first in firsts.items()
        }
        masks = [self._masks[int(number)] for number in used]
        areas = np.array([mask.area for mask in masks], dtype=np.float32)
        fonts = np.array([mask.font for mask in masks], dtype=np.object_)
        coverage = torch.stack([mask.coverage for mask in masks])
        return Composed(
            self._color(coverage, rows, combinations), combinations, areas[rows], fonts[rows]
        )

    def _draw(self, index: int) -> _Mask:
        figure = self._stimuli.spec(index).stimulus
        coverage = render_coverage(figure)
        font = figure.font if isinstance(figure, WordStimulus) else None
        tensor = torch.from_numpy(coverage.reshape(-1)).to(self._device)
        return _Mask(tensor, area_fraction(coverage), font)

    def _color(
        self, coverage: torch.Tensor, rows: NDArray[np.int64], combinations: NDArray[np.int64]
    ) -> torch.Tensor:
        side, count = self._stimuli.side, len(rows)
        with torch.inference_mode():
            first = self._first_row[torch.from_numpy(combinations).to(self._device)]
            places = coverage[torch.from_numpy(rows).to(self._device)].to(torch.int32)
            places += first[:, None]
            if len(self._buffer) != places.numel():
                self._buffer = torch.empty((places.numel(), 3), device=self._device)
            torch.index_select(self._table, 0, places.reshape(-1), out=self._buffer)
            return self._buffer.view(count, side, side, 3).permute(0, 3, 1, 2)
