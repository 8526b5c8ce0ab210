"""How a number came about: what every export carries along.

Imports neither torch nor open_clip; their versions are read from the installed packages.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
import uharfbuzz

from core.base.paths import APP_NAME
from core.base.version import VERSION
from core.color.terms import Palette
from core.models.info import ModelInfo
from core.predict.prediction import COSINE_TOLERANCE, scale_sentence

_PACKAGES = ("torch", "torchvision", "open_clip_torch", "numpy", "pillow", "uharfbuzz")


def provenance(
    info: ModelInfo, palette: Palette, seed: int, now: datetime | None = None
) -> dict[str, Any]:
    """The provenance block of an export.

    It tells the model with its weights' hash, activation and preprocessing (R02, R07), what the
    color names meant and the document's seed, in values that JSON knows; undefined is None.

    Parameters
    ----------
    now : datetime, optional
        Aware; the present by default. Written in UTC.
    """
    return {
        **stamp(now),
        "model": msgspec.to_builtins(info),
        "probabilities": scale_sentence(info),
        "cosine_tolerance": COSINE_TOLERANCE.get(info.precision),
        "palette": msgspec.to_builtins(palette),
        "seed": seed,
        "versions": library_versions(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def stamp(now: datetime | None = None) -> dict[str, Any]:
    """The program and the date; `now` as for `provenance`."""
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    return {
        "app": {"name": APP_NAME, "version": VERSION},
        "date": moment.isoformat().replace("+00:00", "Z"),
    }


def library_versions() -> dict[str, str | None]:
    """Versions of everything that takes part in drawing and predicting; None where unknown."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a frozen program may come without this record
            found[package] = None
    found["harfbuzz"] = uharfbuzz.version_string()
    return found
