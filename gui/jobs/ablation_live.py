"""The stimulus on the canvas with and without some units, in a thread of its own.

The thread holds a copy of the image tower, so that nothing it does reaches the model that other
panes use.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from core.models.info import ModelInfo, TokenCount
from core.network.ablation import Ablation
from core.predict.prediction import Outcome, Predictor
from core.predict.prompts import PromptSet
from gui.jobs.latest_worker import Channel, LatestWorker, once

if TYPE_CHECKING:  # they import torch
    from core.models.session import ModelSession
    from core.network.ablated_tower import AblatedTower

NICENESS = 12
"""Behind the window and the predictions themselves (Linux)."""

_JUDGE, _FORGET = "judge", "forget"
_WHAT = "the predictions without neurons"


@dataclass(frozen=True, eq=False)
class LiveRequest:
    """A picture to be judged with and without units."""

    session: ModelSession
    pixels: NDArray[np.uint8]
    prompts: PromptSet
    ablation: Ablation


@dataclass(frozen=True, eq=False)
class WithAndWithout:
    """What the model says with all units, and without some.

    Attributes
    ----------
    request : LiveRequest
    intact, ablated : tuple of Outcome
        One for each enabled template, in the same order.
    """

    request: LiveRequest
    intact: tuple[Outcome, ...]
    ablated: tuple[Outcome, ...]


class _AblatedSession:
    """A session whose pictures go through a tower of one's own."""

    def __init__(self, session: ModelSession, tower: AblatedTower) -> None:
        self._session = session
        self._tower = tower

    @property
    def info(self) -> ModelInfo:
        return self._session.info

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._tower.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._session.encode_texts(texts)

    def tokenize_info(self, text: str) -> TokenCount:
        return self._session.tokenize_info(text)


class LiveAblation(LatestWorker):
    """Its reports are `WithAndWithout`, about `LiveRequest`."""

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        super().__init__(
            "ablation",
            NICENESS,
            {_FORGET: Channel(rank=0)},
            threads=threads,
            at_end=self._forget,
            closing="the predictions without neurons end",
            parent=parent,
        )
        self._session: ModelSession | None = None
        self._tower: AblatedTower | None = None
        self._predictor: Predictor | None = None

    def judge(self, request: LiveRequest) -> None:
        """Judge a picture; takes the place of what was asked before."""
        self.ask(_JUDGE, lambda _request: self._judge(request), _WHAT, request)

    def judge_nothing(self) -> None:
        """An answer on its way is dropped."""
        self.withdraw(_JUDGE)

    def keep_only(self, session: ModelSession | None) -> None:
        """Keep no other model than this one in memory for the next request."""
        if self.isRunning():
            self.ask(_FORGET, lambda _request: once(lambda: self._keep(session)), _WHAT)

    # --- runs in the thread ---

    def _judge(self, request: LiveRequest) -> Generator[WithAndWithout | None, None, None]:
        predictor, tower = self._ready(request.session)
        tower.set_ablation(None)
        (intact,) = predictor.predict(request.pixels[None], request.prompts)
        yield None
        try:
            tower.set_ablation(request.ablation)
            (ablated,) = predictor.predict(request.pixels[None], request.prompts)
        finally:
            tower.close()
        yield WithAndWithout(request, tuple(intact), tuple(ablated))

    def _ready(self, session: ModelSession) -> tuple[Predictor, AblatedTower]:
        from core.network.ablated_tower import AblatedTower

        self._keep(session)
        if self._tower is None or self._predictor is None:
            self._tower = AblatedTower(session)
            self._predictor = Predictor(_AblatedSession(session, self._tower))
            self._session = session
        return self._predictor, self._tower

    def _keep(self, session: ModelSession | None) -> None:
        if self._session is not session:
            self._forget()

    def _forget(self) -> None:
        if self._tower is not None:
            self._tower.close()
        self._session = self._tower = self._predictor = None
