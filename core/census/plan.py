"""What a census is: which images, which layers of which model. Imports no torch."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from core.base.errors import InvalidInput
from core.models.info import ModelInfo
from core.network.layer import Summary
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.sampling import MAX_SEED
from core.stimuli.stimulus import MAX_SIDE
from core.sweeps.plan import (
    ModelIdentity,
    drawing_versions,
    font_hashes,
    identity,
    model_differences,
    set_differences,
    versions_that_differ,
)

MOST_IMAGES = 2**32
"""As many as lists can number; see `core.census.tops`."""

Side = Annotated[int, Meta(ge=8, le=MAX_SIDE)]


class PictureSet(msgspec.Struct, frozen=True, kw_only=True, tag="pictures", tag_field="set"):
    """A folder of natural pictures, told by what it holds and not by where it lies."""

    title: str
    """Name of the folder."""
    count: Annotated[int, Meta(ge=0, le=MOST_IMAGES)]
    """Number of files that begin like pictures."""
    sha256: str
    """Hash of the sorted list of relative paths and sizes."""
    side: Side
    """The model's own input size."""

    def __len__(self) -> int:
        return self.count


CensusSet = ShapeSet | StroopSet | WhiteStroop | PictureSet


class CensusPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A census of the units of some layers over one set; make one with `make_census_plan`."""

    title: str
    """What to call it; no part of the content."""
    images: CensusSet
    layers: tuple[str, ...]
    """Names as in `core.network.layers`, in order."""
    units: tuple[Annotated[int, Meta(ge=1, le=2**24)], ...]
    """Number of units of each layer."""
    summary: Summary
    """How a map becomes one value: "max", "mean" or "cls"."""
    capacity: Annotated[int, Meta(ge=1, le=2**20)]
    """Images kept for each unit."""
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)]
    """Of the order in which tied images are taken."""
    model: ModelIdentity
    fonts: dict[str, str]
    versions: dict[str, str | None]
    """As for `core.sweeps.plan.SweepPlan`."""

    def __post_init__(self) -> None:
        # A ValueError, so that a file that breaks this counts as damaged.
        if not self.layers or len(self.layers) != len(self.units):
            raise ValueError("layers and their numbers of neurons must be as many")

    def __len__(self) -> int:
        return len(self.images)

    def content_hash(self) -> str:
        """SHA-256, hexadecimal, of everything but titles, model name and versions."""
        model = msgspec.structs.replace(self.model, name="")
        images = self.images
        if isinstance(images, PictureSet):
            images = msgspec.structs.replace(images, title="")
        content = msgspec.structs.replace(self, title="", versions={}, model=model, images=images)
        return sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def make_census_plan(
    title: str,
    images: CensusSet,
    layers: tuple[tuple[str, int], ...],
    info: ModelInfo,
    *,
    summary: Summary = "max",
    capacity: int = 300,
    seed: int = 0,
) -> CensusPlan:
    """Plan a census for a loaded model.

    Parameters
    ----------
    images : CensusSet
        At the model's own side.
    layers : tuple of (str, int)
        Names and numbers of units.
    summary, capacity, seed
        See `CensusPlan`.

    Raises
    ------
    InvalidInput
        If there is nothing to record, or the set is drawn at another side than the model's.
    """
    side = info.preprocessing.side
    if not layers:
        raise InvalidInput("No layer is chosen for the census.", "Choose at least one layer.")
    if not len(images):
        raise InvalidInput("There is no picture for the census.", "Choose another folder.")
    if len(images) > MOST_IMAGES:
        raise InvalidInput(
            f"A census can see {MOST_IMAGES:,} images, not {len(images):,}.",
            "Ask for fewer samples or pictures.",
        )
    if images.side != side:
        raise InvalidInput(
            f"The pictures are planned at {images.side} pixels and {info.name} takes {side}.",
            f"Plan them at {side} pixels.",
        )
    return CensusPlan(
        title=title,
        images=images,
        layers=tuple(name for name, _units in layers),
        units=tuple(units for _name, units in layers),
        summary=summary,
        capacity=capacity,
        seed=seed,
        model=identity(info),
        fonts={} if isinstance(images, PictureSet) else font_hashes(images),
        versions=drawing_versions(),
    )


def census_differences(ours: CensusPlan, theirs: CensusPlan) -> list[str]:
    """What differs between two plans, in words; versions are not compared."""
    found: list[str] = []
    if isinstance(ours.images, PictureSet) or isinstance(theirs.images, PictureSet):
        same = (
            isinstance(ours.images, PictureSet)
            and isinstance(theirs.images, PictureSet)
            and ours.images.sha256 == theirs.images.sha256
            and ours.images.side == theirs.images.side
        )
        found += [] if same else ["the pictures"]
    else:
        found += set_differences(ours.images, theirs.images)
    names = {
        "layers": "the layers",
        "units": "the layers",
        "summary": "the summary of a map",
        "capacity": "the number of images kept",
        "seed": "the seed of ties",
        "fonts": "the fonts",
    }
    found += [
        text for field, text in names.items() if getattr(ours, field) != getattr(theirs, field)
    ]
    return list(dict.fromkeys([*found, *model_differences(ours.model, theirs.model)]))


def census_version_differences(ours: CensusPlan, theirs: CensusPlan) -> list[str]:
    """Which versions differ, in words."""
    return versions_that_differ(ours.versions, theirs.versions)
