"""Fetches a page of a cell's images, with their answers, and draws them off the GUI thread."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from core.results.result_types import Selection
from core.stimuli.render import render
from core.stimuli.stimulus import ObjectStimulus
from gui.jobs.latest_worker import LatestWorker
from gui.widgets.images import to_image

if TYPE_CHECKING:  # they import pyarrow
    from core.results.selection import SelectedImage
    from core.sweeps.plan import SweepPlan
    from core.sweeps.run_folder import RunFolder

PAGE = 48
ORDER_SEED = 0
"""Of the shuffled order: the same images come first each time a cell is opened."""


@dataclass(frozen=True)
class PictureRequest:
    """A page of a cell.

    Attributes
    ----------
    path : Path
        Folder of the run.
    place : str
        Where the cell stands, in words.
    shuffled : bool
        In a seeded random order rather than in the order of the set.
    """

    path: Path
    selection: Selection
    place: str
    shuffled: bool = True
    page: int = 0

    def turned(self, step: int) -> PictureRequest:
        """Another page of the same cell."""
        return replace(self, page=self.page + step)


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """An image with its answer.

    Attributes
    ----------
    stimulus : ObjectStimulus
        What was drawn, at the model's side.
    image : QImage
        The very pixels the model got.
    probability : float
        Of the answer, 0..1.
    labels : tuple of str
        Those that competed for it.
    """

    answer: SelectedImage
    stimulus: ObjectStimulus
    image: QImage
    probability: float
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Page:
    """What came of a request; `total` counts the images of all pages."""

    request: PictureRequest
    plan: SweepPlan
    total: int
    thumbnails: tuple[Thumbnail, ...]


NICENESS = 5
_PAGE = "page"


class PictureLoader(LatestWorker):
    """Fetches the page asked for last; its reports are `Page`, about `PictureRequest`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("pictures", NICENESS, closing="an image is drawn", parent=parent)
        self._found: tuple[object, NDArray[np.int64]] | None = None

    def load(self, request: PictureRequest) -> None:
        """Fetch a page; earlier requests are dropped."""
        self.ask(_PAGE, lambda _request: self._load(request), "the images", request)

    def forget(self) -> None:
        """Drop the request that is under way."""
        self.withdraw(_PAGE)

    # --- runs beside the GUI thread ---

    def _load(self, request: PictureRequest) -> Generator[Page | None, None, None]:
        from core.results.selection import images_of
        from core.sweeps.run_folder import RunFolder

        run = RunFolder.open(request.path)
        found = self._matching(run, request)
        chosen = found[request.page * PAGE : (request.page + 1) * PAGE].tolist()
        thumbnails = []
        for answer in images_of(run, request.selection.template, chosen):
            thumbnails.append(_thumbnail(run.plan, answer))
            yield None
        yield Page(request, run.plan, len(found), tuple(thumbnails))

    def _matching(self, run: RunFolder, request: PictureRequest) -> NDArray[np.int64]:
        """Indices of all images of the cell; kept while pages of one cell are turned."""
        from core.results.selection import matching

        key = (request.path, request.selection, request.shuffled, run.done())
        if self._found is None or self._found[0] != key:
            found = matching(run, request.selection)
            if request.shuffled:
                found = np.random.default_rng(ORDER_SEED).permutation(found)
            self._found = (key, found)
        return self._found[1]


def _thumbnail(plan: SweepPlan, answer: SelectedImage) -> Thumbnail:
    stimulus = plan.stimuli.spec(answer.index).stimulus
    probability = answer.probabilities[plan.labels.index(answer.answer)]
    return Thumbnail(answer, stimulus, to_image(render(stimulus)), probability, plan.labels)
