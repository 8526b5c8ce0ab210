"""The scan itself: a generator of events, for a thread, a script or a test to drive.

It holds no thread and calls nobody back; closing it ends it. Each image is answered on its own, as
a single prediction of the same specification is, within `core.predict.prediction.COSINE_TOLERANCE`.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from copy import deepcopy

import numpy as np

from core.base.errors import InvalidInput, PromptError
from core.predict.prediction import Session, check_prompts
from core.predict.scoring import Scorer, Scores
from core.scans.embedding import Embedder, make_embedder
from core.scans.events import ScanEvent, ScanFinished, ScanProgress, ScanStarted
from core.scans.parameters import Value
from core.scans.plan import ScanPlan
from core.scans.result import ScanResult, Tally
from core.scans.settings import Blank
from core.scans.thresholds import Measure, refined_thresholds
from core.stimuli.stimulus import ObjectStimulus

_RENEWED = 0.1
"""Seconds after which a partial result is copied anew."""


def run_scan(
    plan: ScanPlan, session: Session, *, embedder: Embedder | None = None
) -> Generator[ScanEvent, None, None]:
    """Answer for every point of a plan, then refine the thresholds of a curve.

    Parameters
    ----------
    session : Session
        At whose side the plan's stimulus is drawn.
    embedder : Embedder, optional
        Of that session, to be used again from scan to scan; made anew by default.

    Yields
    ------
    ScanEvent
        `ScanProgress` after each batch; `ScanFinished` last.

    Raises
    ------
    InvalidInput
        If the stimulus has another side than the model takes.
    PromptError
        If there is no template or label, a prompt has more tokens than the model takes, or the
        model reads two templates or labels as one text.
    FontError
        If a word cannot be drawn in its font.
    ModelError
        If the model gives values that are not finite.
    """
    begun = time.perf_counter()
    work = _Work(plan, session, embedder or make_embedder(session))
    result = yield from work.grid()
    thresholds = yield from refined_thresholds(result, work.measure)
    result = ScanResult(plan, session.info, result.tally, thresholds, complete=True)
    yield ScanFinished(result, time.perf_counter() - begun, work.computed)


def scan(plan: ScanPlan, session: Session, *, embedder: Embedder | None = None) -> ScanResult:
    """The whole result of a scan; parameters and errors as for `run_scan`."""
    for event in run_scan(plan, session, embedder=embedder):
        if isinstance(event, ScanFinished):
            return event.result
    raise AssertionError("a scan ends with ScanFinished")


class _Work:
    """One pass over a plan."""

    def __init__(self, plan: ScanPlan, session: Session, embedder: Embedder) -> None:
        if not plan.templates or not plan.labels:
            raise PromptError("There is nothing to ask.", "Add a template and a label.")
        side = session.info.preprocessing.side
        if plan.stimulus.side != side:
            raise InvalidInput(
                f"The stimulus is {plan.stimulus.side} pixels wide and the model takes {side}.",
                "Give the stimulus the model's own side.",
            )
        self.plan = plan
        self.computed = 0
        self._info = session.info
        self._embed = embedder
        check_prompts(plan.templates, plan.labels, session)
        self._scorer = Scorer(plan, session)

    def grid(self) -> Generator[ScanEvent, None, ScanResult]:
        """All points of the plan."""
        counter = _Counter(self.plan, self.plan.all_settings())
        images = len(counter)
        yield ScanStarted(images, counter.left_out)
        shown, due = ScanResult(self.plan, self._info, counter.tally()), 0.0
        for done in self._batches(counter):
            now = time.perf_counter()
            if now >= due or done == images:
                shown, due = ScanResult(self.plan, self._info, counter.tally()), now + _RENEWED
            yield ScanProgress(done, images, shown)
        return shown

    def measure(self, settings: Sequence[dict[str, Value]], shown: ScanResult) -> Measure:
        """Answers at settings of one's own, reporting `shown` meanwhile."""
        counter = _Counter(self.plan, settings)
        for done in self._batches(counter):
            yield ScanProgress(done, len(counter), shown, refining=True)
        return counter.tally()

    def _batches(self, counter: _Counter) -> Iterator[int]:
        """Compute batch after batch; yields how many images are done."""
        size = self._embed.batch_size
        for start in range(0, len(counter), size):
            stop = min(start + size, len(counter))
            points, figures = counter.batch(start, stop)
            counter.add(points, self._scorer.score(self._embed(figures)))
            self.computed += stop - start
            yield stop


class _Counter:
    """Adds up the answers to some settings.

    All points of a repetition follow each other, so that each mask is drawn once and every point
    soon has an answer.
    """

    def __init__(self, plan: ScanPlan, settings: Sequence[dict[str, Value]]) -> None:
        shape = (len(settings), len(plan.templates), len(plan.labels))
        self._plan = plan
        self._settings = settings
        blanks: list[Blank | None] = []
        self._points: list[int] = []
        self._first: list[ObjectStimulus] = []
        for point, values in enumerate(settings):
            figure = plan.figure(values)
            if isinstance(figure, str):
                blanks.append(figure)
            else:
                blanks.append(None)
                self._points.append(point)
                self._first.append(figure)
        self._tally = Tally(
            counts=np.zeros(shape[0], dtype=np.int64),
            sums=np.zeros(shape),
            squares=np.zeros(shape),
            wins=np.zeros(shape, dtype=np.int64),
            close=np.zeros(shape[:2], dtype=np.bool_),
            blanks=tuple(blanks),
        )

    def __len__(self) -> int:
        """Number of images."""
        return len(self._points) * max(1, self._plan.setup.repetitions)

    @property
    def left_out(self) -> int:
        """Number of points without an image."""
        return len(self._settings) - len(self._points)

    def batch(self, start: int, stop: int) -> tuple[list[int], list[ObjectStimulus]]:
        """Points and stimuli of some images."""
        points: list[int] = []
        figures: list[ObjectStimulus] = []
        for image in range(start, stop):
            repetition, place = divmod(image, len(self._points))
            point = self._points[place]
            points.append(point)
            if not repetition:
                figures.append(self._first[place])
                continue
            figure = self._plan.figure(self._settings[point], repetition)
            assert not isinstance(figure, str)  # colors do not depend on the place
            figures.append(figure)
        return points, figures

    def add(self, points: Sequence[int], scores: Scores) -> None:
        """Take the answers to a batch."""
        where = np.array(points)
        probabilities = scores.probabilities.astype(np.float64)
        won = np.arange(probabilities.shape[2]) == scores.winners[..., None]
        np.add.at(self._tally.counts, where, 1)
        np.add.at(self._tally.sums, where, probabilities)
        np.add.at(self._tally.squares, where, probabilities**2)
        np.add.at(self._tally.wins, where, won)
        np.logical_or.at(self._tally.close, where, scores.close)

    def tally(self) -> Tally:
        """A copy of what is known."""
        return deepcopy(self._tally)
