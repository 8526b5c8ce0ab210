"""Keeps a drag in step with the model, so that the bars follow the figure while it moves.

The pointer reports more places a second than a model answers, and an answer that comes late is
never shown: with every move passed on at once, the bars would stand still until the hand does. So
a move waits until the one before has been answered and drawn, and only the latest waiting move
counts. A model too slow for that is not waited for: then the figure goes smoothly, and the bars
follow at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from gui.jobs.inference import Answer, Inference

LONGEST_WAIT = 100
"""Milliseconds after which a move is passed on without an answer to the one before."""

DRAWING_TIME = 16
"""Milliseconds for the bars to be painted and seen: one frame of a common screen."""


class DragThrottle(QObject):
    """Passes moves on at the pace of the answers.

    Parameters
    ----------
    inference : Inference
    parent : QObject
    """

    def __init__(self, inference: Inference, parent: QObject) -> None:
        super().__init__(parent)
        self._inference = inference
        self._waiting: Callable[[], object] | None = None
        self._passed_at = 0.0
        self._answer_milliseconds = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        inference.answered.connect(self._on_answered)

    def put(self, move: Callable[[], object]) -> None:
        """Pass a move on now or soon; it takes the place of one that still waits."""
        self._waiting = move
        waited = 1000.0 * (time.monotonic() - self._passed_at)
        if self._timer.isActive() and waited < LONGEST_WAIT:
            return  # the answer before is being drawn, or awaited
        if self._inference.busy and waited < LONGEST_WAIT and self._keeps_up():
            self._timer.start(round(LONGEST_WAIT - waited))
            return
        self.flush()

    def flush(self) -> None:
        """Pass on the move that waits, if any."""
        self._timer.stop()
        move, self._waiting = self._waiting, None
        if move is not None:
            self._passed_at = time.monotonic()
            move()

    def drop(self) -> None:
        """Forget the move that waits."""
        self._timer.stop()
        self._waiting = None

    def _keeps_up(self) -> bool:
        return self._answer_milliseconds <= LONGEST_WAIT

    def _on_answered(self, answer: Answer) -> None:
        self._answer_milliseconds = answer.milliseconds
        if self._keeps_up():
            self._timer.start(DRAWING_TIME)
