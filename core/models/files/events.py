"""What downloading and importing a file of weights tell while they are at work."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

Phase = Literal["connecting", "downloading", "waiting", "copying", "checking"]


class Progress(msgspec.Struct, frozen=True):
    """How far it is."""

    phase: Phase
    done: int  # bytes; while checking, those that were checked
    total: int | None  # bytes in all; None while nobody knows
    rate: float = 0.0  # bytes a second at present; 0 while unknown
    note: str = ""  # a clause for people, e.g. who is waited for and why

    @property
    def seconds_left(self) -> float | None:
        """Time to the end at the present rate; None while that is unknown."""
        if self.total is None or self.rate <= 0:
            return None
        return max(self.total - self.done, 0) / self.rate


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A file of weights that is now on this computer, whole and checked."""

    path: Path
    reference: str  # for `core.models.loading.load_session`: an id of the catalog, or the path
    title: str
    sha256: str
    size: int
    duplicate: bool = False  # it was there already, and nothing was copied


FileEvent = Progress | Stored


def size_text(size: int) -> str:
    """Bytes in decimal units, as file managers and download pages show them: ``"256 MB"``."""
    if size < 1000:
        return f"{size} bytes"
    if size < 999_500:
        return f"{size / 1000:.0f} kB"
    unit, factor = next(
        (unit, factor) for unit, factor in _UNITS if size < 999.5 * factor or unit == "TB"
    )
    value = size / factor
    return f"{value:.2f} {unit}" if value < 9.995 else f"{value:.0f} {unit}"


_UNITS = (("MB", 10**6), ("GB", 10**9), ("TB", 10**12))
