"""Figure 3, worked out step by step in ever better versions; what is known is kept on the disk."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.base.paths import cache_dir
from core.census.data import CensusData
from core.census.pictures import SeenPictures
from core.units.features.hue import HueHistogram, add_files
from core.units.features.unit_hues import (
    HueCache,
    HueFigure,
    UnitHues,
    measure_hues,
    pictures_to_look_at,
    places_to_look_at,
)

_REPORT_SECONDS = 0.25
_SAVE_SECONDS = 30.0


class HueMeasurement:
    """Keeps between two figures what it has worked out; for one thread at a time."""

    def __init__(self) -> None:
        self._cache: HueCache | None = None
        self._units: tuple[CensusData, int, UnitHues] | None = None
        self._pictures: _Counted | None = None

    def figures(
        self, census: CensusData, chosen: NDArray[np.bool_], top: int
    ) -> Generator[tuple[HueFigure, NDArray[np.float64]], None, None]:
        """The figure as it gets better; closing the generator keeps what is known.

        The census has natural pictures, `top` of which make a neuron feature, and `chosen`, shape
        (U,), are the color-selective units; errors as for `measure_hues`.

        Yields
        ------
        HueFigure, ndarray of float64, shape (U,)
            Each unit's hue in degrees as far as it is known, NaN for none. The last figure is
            complete.
        """
        if self._cache is None:
            self._cache = HueCache(cache_dir() / "hues")
        hues = self._units_of(census, top)
        counted = self._counted(census)
        total = len(census.sets["pictures"].plan)

        def figure() -> tuple[HueFigure, NDArray[np.float64]]:
            return (
                HueFigure(
                    units=hues.histogram(chosen),
                    pictures=_copy(counted.histogram),
                    selective=int(np.count_nonzero(chosen)),
                    waiting=int(np.count_nonzero(chosen & ~hues.known)),
                    pictures_waiting=len(counted.left),
                    pictures_total=total,
                    unreadable=counted.unreadable,
                ),
                hues.hue.copy(),
            )

        yield figure()
        due = saved = time.monotonic()
        measured = False
        try:
            with closing(measure_hues(census, hues, np.flatnonzero(chosen), top)) as units:
                for _unit in units:
                    measured = True
                    now = time.monotonic()
                    if now >= due + _REPORT_SECONDS:
                        due = now
                        yield figure()
                    if now >= saved + _SAVE_SECONDS:
                        saved = now
                        self._cache.save_units(census, top, hues)
        finally:
            if measured:
                self._cache.save_units(census, top, hues)
        if counted.left:
            for refusal in add_files(counted.histogram, counted.left, counted.seen_before):
                counted.seen += 1
                counted.unreadable += refusal is not None
                now = time.monotonic()
                if now >= due + _REPORT_SECONDS:
                    due = now
                    yield figure()
            if counted.unreadable < len(counted.paths):  # a folder may be back the next time
                self._cache.save_pictures(census, counted.histogram)
        yield figure()

    def _units_of(self, census: CensusData, top: int) -> UnitHues:
        assert self._cache is not None
        if self._units is None or self._units[0] is not census or self._units[1] != top:
            self._units = census, top, self._cache.load_units(census, top)
        return self._units[2]

    def _counted(self, census: CensusData) -> _Counted:
        assert self._cache is not None
        if self._pictures is None or self._pictures.census is not census:
            paths = pictures_to_look_at(census)
            known = self._cache.load_pictures(census)
            if known is not None:
                unreadable = len(paths) - known.sources - known.without_hue
                self._pictures = _Counted(census, paths, known, len(paths), unreadable)
            else:
                self._pictures = _Counted(census, paths, HueHistogram())
        return self._pictures


@dataclass
class _Counted:
    """The pictures' own hues, as far as they were counted."""

    census: CensusData
    paths: list[Path]
    histogram: HueHistogram
    seen: int = 0
    unreadable: int = 0

    @property
    def left(self) -> list[Path]:
        """Pictures that were not looked at yet."""
        return self.paths[self.seen :]

    @property
    def seen_before(self) -> SeenPictures | None:
        """What the files of `left` held when the census saw them."""
        before = self.census.sets["pictures"].seen
        if before is None:
            return None
        return before.part(places_to_look_at(self.census)).part(slice(self.seen, None))


def _copy(histogram: HueHistogram) -> HueHistogram:
    return HueHistogram(histogram.fine.copy(), histogram.sources, histogram.without_hue)
