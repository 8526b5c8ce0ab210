"""The hues of units' neuron features: worked out once for each unit, summed for any choice.

Figure 3 of the paper adds up the hues of the color-selective units. Which those are moves with a
threshold, so that every unit's own histogram is kept. Imports no torch.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from core.base.atomic import remove, write_atomic
from core.base.checksums import BLANK, MARK, is_sealed, seal, seal_holds
from core.base.errors import PictureError
from core.base.reading import read_bytes
from core.census.data import CensusData
from core.units.features.crops import PictureCrops, Windows
from core.units.features.hue import HueHistogram, correlation, feature_hues
from core.units.features.neuron_feature import feature_of
from core.units.neuron_indices import content_key, crop_source

MOST_PICTURES = 5000
"""Of a larger folder every second, third … picture is looked at for its own histogram."""

_KEPT_FILES = 16
_MOST_BYTES = 2**30
_MOST_UNITS = 2**24
_UNITS: dict[str, type] = {
    "total": np.int64,
    "units": np.int64,
    "hue": np.float64,
    "lengths": np.int64,
    "bins": np.uint16,
    "weights": np.float32,
}
_PICTURES: dict[str, type] = {"fine": np.float64, "counts": np.int64}


@dataclass(frozen=True, eq=False)
class HueFigure:
    """Figure 3 of the paper as far as it is known."""

    units: HueHistogram
    """Of the neuron features of the color-selective units; each unit has the weight 1."""
    pictures: HueHistogram
    """Of the natural pictures' own pixels."""
    selective: int
    """Number of color-selective units."""
    waiting: int
    """Those of them whose neuron feature is not worked out yet."""
    pictures_waiting: int
    """Pictures that were not looked at yet."""
    pictures_total: int
    """Pictures of the folder; fewer are looked at if they are more than `MOST_PICTURES`."""
    unreadable: int = 0
    """Pictures that could not be read when their own hues were counted."""

    @property
    def correlation(self) -> float | None:
        """Pearson's r of the two over 100 bins; None where undefined."""
        return correlation(self.units, self.pictures)

    @property
    def complete(self) -> bool:
        """True if nothing is waiting."""
        return not (self.waiting or self.pictures_waiting)

    def notes(self) -> tuple[str, ...]:
        """What is to be said beside the figure, as sentences."""
        found = []
        if self.waiting:
            found.append(
                f"{self.waiting:,} of {self.selective:,} color-selective neurons are not worked "
                "out yet."
            )
        if not self.selective:
            found.append("No neuron is color selective at this cut-off.")
        elif self.units.without_hue:
            found.append(self.units.in_words("color-selective neuron"))
        looked_at = self.pictures.sources + self.pictures.without_hue + self.unreadable
        if self.pictures_waiting:
            found.append(f"{self.pictures_waiting:,} pictures are still to be looked at.")
        elif looked_at < self.pictures_total:
            found.append(
                f"The pictures' own hues are those of {looked_at:,} of {self.pictures_total:,}, "
                "evenly taken."
            )
        if self.unreadable:
            pictures = "picture" if self.unreadable == 1 else "pictures"
            found.append(f"{self.unreadable:,} {pictures} could not be read.")
        if self.pictures.without_hue:
            found.append(self.pictures.in_words("picture"))
        return tuple(found)


class UnitHues:
    """Histograms of U units, as far as they are known; for one thread at a time.

    Attributes
    ----------
    hue : ndarray of float64, shape (U,)
        Circular mean in degrees; NaN where a unit has no hue, or none is known.
    known : ndarray of bool, shape (U,)
    """

    def __init__(self, units: int) -> None:
        self.hue = np.full(units, np.nan)
        self.known = np.zeros(units, dtype=np.bool_)
        self._parts: dict[int, tuple[NDArray[np.uint16], NDArray[np.float32]]] = {}

    def add(self, unit: int, histogram: HueHistogram) -> None:
        """Take in a unit's own histogram, whose weight is 1 or, without a hue, 0."""
        used = np.flatnonzero(histogram.fine)
        mean = histogram.mean()
        self.known[unit] = True
        self._parts[unit] = used.astype(np.uint16), histogram.fine[used].astype(np.float32)
        if mean is not None and mean.direction is not None:
            self.hue[unit] = mean.direction

    def histogram(self, chosen: NDArray[np.bool_]) -> HueHistogram:
        """The sum over the units that are known and `chosen`, shape (U,)."""
        parts = [self._parts[unit] for unit in np.flatnonzero(chosen & self.known).tolist()]
        whole = HueHistogram()
        if parts:
            bins = np.concatenate([part[0] for part in parts])
            weights = np.concatenate([part[1] for part in parts]).astype(np.float64)
            whole.fine += np.bincount(bins, weights, minlength=len(whole.fine))
        whole.sources = sum(1 for part in parts if len(part[0]))
        whole.without_hue = len(parts) - whole.sources
        return whole

    def stored(self) -> bytes:
        """Everything as the content of a file; the inverse of `restored`."""
        units = np.fromiter(self._parts, dtype=np.int64, count=len(self._parts))
        lengths = [len(bins) for bins, _ in self._parts.values()]
        return _packed(
            total=np.array(len(self.hue)),
            units=units,
            hue=self.hue[units],
            lengths=np.array(lengths, dtype=np.int64),
            bins=_joined([part[0] for part in self._parts.values()], np.uint16),
            weights=_joined([part[1] for part in self._parts.values()], np.float32),
        )

    @classmethod
    def restored(cls, content: bytes) -> UnitHues:
        """Go on from what `stored` gave; a ValueError if it is something else."""
        arrays = _unpacked(content, _UNITS)
        total, units, lengths = int(arrays["total"]), arrays["units"], arrays["lengths"]
        if not (
            0 <= total <= _MOST_UNITS
            and units.shape == lengths.shape == arrays["hue"].shape
            and ((units >= 0) & (units < total)).all()
            and (lengths >= 0).all()
            and arrays["bins"].shape == arrays["weights"].shape == (lengths.sum(),)
            and (arrays["bins"] < len(HueHistogram().fine)).all()
        ):
            raise ValueError("its arrays do not fit together")
        hues = cls(total)
        stops = np.cumsum(lengths)[:-1]
        parts = zip(
            np.split(arrays["bins"], stops), np.split(arrays["weights"], stops), strict=True
        )
        hues.hue[units] = arrays["hue"]
        hues.known[units] = True
        # The files of an empty store split into one empty part.
        hues._parts = dict(zip(units.tolist(), parts, strict=False))
        return hues


def measure_hues(
    census: CensusData, hues: UnitHues, units: NDArray[np.int64], top: int
) -> Generator[int, None, None]:
    """Work out the hues of units, one after the other; stop whenever you like.

    The census has natural pictures, `top` of which make a neuron feature. What is known already is
    left out. Yields every unit once it is done.

    Raises
    ------
    PictureError
        If none of a unit's pictures can be read any more, e.g. because their folder was moved.
    RunError
        If one of them has changed since the census.
    """
    found = census.sets["pictures"]
    source = crop_source(found, census.record.model.preprocessing, exact=True)
    tops = found.tops.first(top)
    for unit in units[~hues.known[units]].tolist():
        layer = census.seen_layer(int(census.layer_numbers[unit]))
        windows = Windows.of(layer, tops.positions[unit], source.side)
        feature = feature_of(source, tops.images[unit], windows, tops.values[unit])
        if isinstance(source, PictureCrops):
            used = tops.images[unit][tops.values[unit] > 0].tolist()
            if used and all(image in source.refused for image in used):
                raise PictureError(
                    f"The pictures of the census cannot be read any more: "
                    f"{source.refused[used[0]]}",
                    "Put their folder back to where it was.",
                )
        hues.add(unit, feature_hues([feature]))
        yield unit


def pictures_to_look_at(census: CensusData) -> list[Path]:
    """The pictures whose own hues are counted: all, or evenly taken ones of a large folder."""
    found = census.sets["pictures"]
    paths = found.pictures.paths() if found.pictures is not None else []
    return paths[places_to_look_at(census)]


def places_to_look_at(census: CensusData) -> slice:
    """Where `pictures_to_look_at` lie among all pictures."""
    pictures = census.sets["pictures"].pictures
    count = 0 if pictures is None else len(pictures.names)
    return slice(None, None, max(1, -(-count // MOST_PICTURES)))


class HueCache:
    """Hues on the disk, so that they are worked out once.

    A file that is damaged, or cannot be written, is no loss: the hues are worked out again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_units(self, census: CensusData, top: int) -> UnitHues:
        """What is known of a census's units."""
        try:
            hues = UnitHues.restored(read_bytes(self._units_file(census, top), _MOST_BYTES))
        except (OSError, ValueError):
            return UnitHues(len(census))
        return hues if len(hues.hue) == len(census) else UnitHues(len(census))

    def save_units(self, census: CensusData, top: int, hues: UnitHues) -> None:
        """Keep what is known."""
        self._write(self._units_file(census, top), hues.stored())

    def load_pictures(self, census: CensusData) -> HueHistogram | None:
        """The pictures' own histogram; None if it is not known."""
        try:
            content = read_bytes(self._pictures_file(census), _MOST_BYTES)
            arrays = _unpacked(content, _PICTURES)
            histogram = HueHistogram()
            histogram.fine += arrays["fine"]
            histogram.sources, histogram.without_hue = (int(n) for n in arrays["counts"])
        except (OSError, ValueError):
            return None
        return histogram

    def save_pictures(self, census: CensusData, histogram: HueHistogram) -> None:
        """Keep the pictures' own histogram."""
        counts = np.array([histogram.sources, histogram.without_hue], dtype=np.int64)
        self._write(self._pictures_file(census), _packed(fine=histogram.fine, counts=counts))

    def _units_file(self, census: CensusData, top: int) -> Path:
        return self._folder / f"units-{content_key(census)[:32]}-{top}.npz"

    def _pictures_file(self, census: CensusData) -> Path:
        found = census.sets["pictures"]
        content = sha256(f"{found.plan.images} {MOST_PICTURES}".encode())
        if found.seen is not None:  # the set tells names and sizes alone
            content.update(found.seen.known)
        return self._folder / f"pictures-{content.hexdigest()[:32]}.npz"

    def _write(self, path: Path, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomic(path, content)
            files = sorted(self._folder.glob("*.npz"), key=lambda file: file.stat().st_mtime)
            for old in files[:-_KEPT_FILES]:
                remove(old)
        except OSError:
            pass


def _packed(**arrays: NDArray[Any]) -> bytes:
    """Arrays as the content of an npz file with its checksum."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with ZipFile(buffer, "a") as archive:
        archive.comment = f"{MARK}={BLANK}".encode()
    return seal(buffer.getvalue())


def _unpacked(content: bytes, kinds: Mapping[str, type]) -> dict[str, NDArray[Any]]:
    """The inverse of `_packed`, for arrays of known names and types.

    Raises
    ------
    ValueError
        If it is anything else, or was changed; files of earlier versions have no checksum, and
        what they held is worked out again.
    """
    if not (is_sealed(content) and seal_holds(content)):
        raise ValueError("it does not match its checksum")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in kinds}
    except (OSError, KeyError, EOFError, BadZipFile, NotImplementedError, MemoryError) as error:
        raise ValueError("it holds no such arrays") from error
    if any(arrays[name].dtype != kind for name, kind in kinds.items()):
        raise ValueError("its arrays are of other types")
    return arrays


def _joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)
