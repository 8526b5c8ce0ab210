"""A census over all sets of images: words, shapes and natural pictures, for the same layers.

    <census>/census.json    title, model and layers
    <census>/stroop/        a census of each set; see `core.census.folder`
    <census>/shapes/
    <census>/pictures/

Any of the sets may be missing or unfinished: what needs it is then undefined, and says so. Imports
no torch.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.base.atomic import write_atomic
from core.base.checksums import encode_json
from core.base.errors import RunError
from core.base.locks import Busy, Lock
from core.census.folder import CensusFolder
from core.census.pictures import PicturePaths
from core.census.plan import CensusSet, PictureSet, make_census_plan
from core.models.info import ModelInfo
from core.network.layer import Layer, Summary
from core.runs.folder import (
    LockedFolder,
    beginning,
    folder_of_all,
    list_folders,
    plan_binding,
    read_description,
    write_error,
)
from core.runs.manifest import SCHEMA, utc_now
from core.stimuli.factorial import ShapeSet, StroopSet

FORMAT = "clip-color-lab census of sets"
CENSUS_NAME = "census.json"
_DESCRIPTION_LOCK = ".census.json.lock"

Kind = Literal["stroop", "shapes", "pictures"]
Stage = Literal["stroop", "shapes", "pictures", "gray"]
"""What is done one after the other: the sets, then the pictures' strongest in gray."""
KINDS: tuple[Kind, ...] = ("stroop", "shapes", "pictures")
KIND_TITLES: dict[Kind, str] = {
    "stroop": "Stroop words",
    "shapes": "Shapes",
    "pictures": "Natural pictures",
}


class CensusRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``census.json``."""

    format: str = FORMAT
    schema: int = SCHEMA
    title: str
    created: str
    """UTC, ISO 8601."""
    model: ModelInfo
    layers: tuple[Layer, ...]
    """In the order of the tower."""
    summary: Summary
    """How a map becomes one value."""
    cancelled: bool = False
    """It was given up, in whatever stage; going on with it takes that back."""
    plans: dict[Kind, str] = {}
    """Which plan each set has; see `core.runs.folder.plan_binding`. Empty in files of earlier
    versions."""


class CensusOfSets(LockedFolder):
    """Make one with `create`, read one with `open`."""

    noun = "census"

    def __init__(self, path: Path, record: CensusRecord) -> None:
        super().__init__(path)
        self.record = record

    @classmethod
    def create(
        cls,
        path: Path,
        title: str,
        info: ModelInfo,
        layers: tuple[Layer, ...],
        *,
        stroop: StroopSet | None = None,
        shapes: ShapeSet | None = None,
        pictures: tuple[PictureSet, PicturePaths] | None = None,
        summary: Summary = "max",
        seed: int = 0,
    ) -> CensusOfSets:
        """Begin a census in a new or empty folder.

        Parameters
        ----------
        stroop, shapes, pictures
            The sets to look at; at least one.
        seed : int
            Of the order in which tied images are taken.

        Raises
        ------
        RunError
            If the folder holds something or cannot be written.
        InvalidInput
            If there is no set, no layer or no picture.
        """
        sets: dict[Kind, CensusSet | None] = {
            "stroop": stroop,
            "shapes": shapes,
            "pictures": pictures[0] if pictures else None,
        }
        units = tuple((layer.name, layer.units) for layer in layers)
        plans = {
            kind: make_census_plan(
                f"{title}: {KIND_TITLES[kind]}", images, units, info, summary=summary, seed=seed
            )
            for kind, images in sets.items()
            if images is not None
        }
        record = CensusRecord(
            title=title,
            created=utc_now(),
            model=info,
            layers=layers,
            summary=summary,
            plans={kind: plan_binding(plan) for kind, plan in plans.items()},
        )
        with beginning(path):
            for kind, plan in plans.items():
                paths = pictures[1] if pictures and kind == "pictures" else None
                CensusFolder.create(path / kind, plan, info, paths)
            write_atomic(path / CENSUS_NAME, encode_json(record))
        return cls(path, record)

    @classmethod
    def open(cls, path: Path) -> CensusOfSets:
        """Read a census."""
        record = read_description(path / CENSUS_NAME, CensusRecord, FORMAT, noun=cls.noun)
        return cls(path, record)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The sets that belong to it, in order; also one whose folder is gone."""
        plans = self.record.plans
        return tuple(kind for kind in KINDS if kind in plans or (self.path / kind).is_dir())

    def folder(self, kind: Kind) -> CensusFolder:
        """The census of one set.

        Raises
        ------
        RunError
            As for `CensusFolder.open`, or if it is gone or belongs to another census.
        """
        if not (self.path / kind).is_dir():
            raise RunError(
                f"The folder {kind} of the census in {self.path} is missing.",
                "Put it back where it was, or take a new census.",
            )
        folder = CensusFolder.open(self.path / kind)
        units = tuple((layer.name, layer.units) for layer in self.record.layers)
        ours = self.record.plans.get(kind, plan_binding(folder.plan))
        theirs = tuple(zip(folder.plan.layers, folder.plan.units, strict=True))
        if plan_binding(folder.plan) != ours or units != theirs:
            raise RunError(
                f"The folder {kind} in {self.path} belongs to another census.",
                "Put the census’s own folder back, or take a new census.",
            )
        return folder

    def stage_sizes(self) -> dict[Stage, int]:
        """Images of each stage, in order; of the gray pass at most so many."""
        sizes: dict[Stage, int] = {kind: len(self.folder(kind).plan) for kind in self.kinds}
        if "pictures" in sizes:
            sizes["gray"] = sizes["pictures"]
        return sizes

    def rename(self, title: str) -> None:
        """Call it something else; whatever works on it keeps the title."""
        self._change(title=title)

    def set_cancelled(self, cancelled: bool) -> None:
        """Note that it is given up, or no longer; errors as for `rename`."""
        if cancelled != self.record.cancelled:
            self._change(cancelled=cancelled)

    def _change(self, **fields: Any) -> None:
        """Change the description; what another program has changed in it meanwhile stays."""
        lock = Lock(self.path / _DESCRIPTION_LOCK)
        try:
            with contextlib.suppress(Busy):  # one that hangs must not keep all others from it
                lock.acquire()
            found = CensusOfSets.open(self.path).record
            self.record = msgspec.structs.replace(found, **fields)
            write_atomic(self.path / CENSUS_NAME, encode_json(self.record))
        except OSError as error:
            raise write_error(self.path, error) from error
        finally:
            lock.remove()


class CensusSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A census in a list."""

    path: Path
    title: str
    model: str = ""
    created: str = ""
    """UTC, ISO 8601; empty if unknown."""
    units: int = 0
    sets: tuple[tuple[Kind, str, int, int], ...] = ()
    """Kind, state, images done and images in all, of each set."""
    problem: str = ""
    """Why it cannot be read."""


def censuses_dir() -> Path:
    """The folder of the censuses, created on first use; errors as for `folder_of_all`."""
    return folder_of_all("censuses")


def list_censuses(folder: Path | None = None) -> list[CensusSummary]:
    """All censuses of a folder, newest first; damaged ones with their reason."""
    return list_folders(folder, "censuses", (CENSUS_NAME,), CensusSummary, _summary)


def _summary(path: Path) -> CensusSummary:
    whole = CensusOfSets.open(path)
    record = whole.record
    folders = {kind: whole.folder(kind) for kind in whole.kinds}
    return CensusSummary(
        path=path,
        title=record.title,
        model=record.model.name,
        created=record.created,
        units=sum(layer.units for layer in record.layers),
        sets=tuple(
            (kind, folder.state, folder.done(), len(folder.plan))
            for kind, folder in folders.items()
        ),
    )
