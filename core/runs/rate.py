"""How fast work goes at present."""

from __future__ import annotations

from collections import deque

WINDOW = 30.0
"""Seconds of work that the rate is about."""


class Rate:
    """Images per second over the last half minute of work."""

    def __init__(self) -> None:
        self._batches: deque[tuple[int, float]] = deque()
        self._images, self._seconds = 0, 0.0

    def add(self, images: int, seconds: float) -> None:
        """Take a batch into account."""
        self._batches.append((images, seconds))
        self._images += images
        self._seconds += seconds
        while len(self._batches) > 1 and self._seconds - self._batches[0][1] > WINDOW:
            oldest = self._batches.popleft()
            self._images -= oldest[0]
            self._seconds -= oldest[1]

    @property
    def images_per_second(self) -> float:
        return self._images / max(self._seconds, 1e-9)

    def seconds_for(self, images: int) -> float:
        """Time that more images will take; infinite while nothing is known."""
        return images / self.images_per_second if self._images else float("inf")
