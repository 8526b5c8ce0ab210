"""A census on the disk: plan, manifest, the list of pictures, and the units' lists so far.

    <census>/plan.json                 the plan and its content hash
    <census>/manifest.json             state, model, sessions of work
    <census>/pictures.json             folder and relative paths, for natural pictures
    <census>/units-<done>.safetensors  the lists after so many images; the newest two are kept
    <census>/gray-<done>.safetensors   what the gray pass has measured
    <census>/refused.json              pictures that could not be read, with reasons

The lists are cumulative: a file holds all that came before. Each carries a checksum of all its
bytes and tells which plan it is about, so that a damaged or a foreign one is noticed. Whoever reads
a census is told of it (`DamagedCensus`); who goes on with one puts it aside, and takes what the one
before it held and computes the rest again. Lists of natural pictures hold what each picture's file
held, too.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.atomic import remove, write_atomic
from core.base.checksums import BLANK, MARK, decode_json, encode_json, is_sealed, seal, seal_holds
from core.base.errors import RunError
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.census.pictures import DIGEST_BYTES, PicturePaths, SeenPictures
from core.census.plan import CensusPlan, PictureSet
from core.models.info import ModelInfo
from core.runs.folder import (
    MANIFEST_NAME,
    MOST_BYTES,
    PLAN_NAME,
    WorkFolder,
    beginning,
    new_manifest,
    plan_binding,
    put_aside,
    read_description,
    read_manifest,
    write_error,
    write_record,
)
from core.runs.manifest import SCHEMA, Manifest

FORMAT = "clip-color-lab census"
PICTURES_NAME = "pictures.json"
REFUSED_NAME = "refused.json"
_KEPT = 2
_DIGEST = "digest"  # of the arrays, in files of earlier versions
_SPANS = "spans"
_PLAN = "plan"

PICTURE_DIGESTS = "pictures/sha256"
"""Among the arrays of lists of natural pictures; see `core.census.pictures`."""

Arrays = dict[str, NDArray[Any]]


class _PlanFile(msgspec.Struct):
    format: str
    schema: int
    content_hash: str
    plan: CensusPlan

    def __post_init__(self) -> None:
        # A ValueError, so that a file that breaks this counts as damaged.
        if self.plan.content_hash() != self.content_hash:
            raise ValueError("another plan")


class _PicturesFile(msgspec.Struct):
    """`PicturePaths` of a plan; see `core.runs.folder.plan_binding`."""

    folder: str
    names: tuple[str, ...]
    plan_sha256: str = ""


class Checkpoint(msgspec.Struct, frozen=True):
    """What a file of arrays holds."""

    arrays: Arrays
    spans: tuple[tuple[int, int], ...]
    """Ranges of images that went in, sorted and apart."""

    @property
    def done(self) -> int:
        """Number of images that went in."""
        return sum(stop - start for start, stop in self.spans)


class DamagedCensus(RunError):
    """A file of a census is damaged or missing; going on with the census mends that.

    Attributes
    ----------
    what : str
        What is the matter with it, a clause.
    """

    def __init__(self, file: Path, what: str = "is damaged or of another census") -> None:
        super().__init__(
            f"The file {file.name} in {file.parent} {what}.",
            "Resume the census (census --out FOLDER): what is lost is computed again.",
        )
        self.file, self.what = file, what


class CensusFolder(WorkFolder):
    """A census; make one with `create`, read one with `open`.

    Attributes
    ----------
    pictures : PicturePaths or None
        For a set of natural pictures.
    """

    format = FORMAT
    noun = "census"

    def __init__(
        self,
        path: Path,
        plan: CensusPlan,
        manifest: Manifest,
        pictures: PicturePaths | None = None,
    ) -> None:
        super().__init__(path, manifest)
        self.plan = plan
        self.pictures = pictures

    @classmethod
    def create(
        cls,
        path: Path,
        plan: CensusPlan,
        info: ModelInfo,
        pictures: PicturePaths | None = None,
    ) -> CensusFolder:
        """Begin a census in a new or empty folder."""
        content = _PlanFile(FORMAT, SCHEMA, plan.content_hash(), plan)
        census = cls(path, plan, new_manifest(FORMAT, plan, info), pictures)
        with beginning(path):
            if pictures is not None:
                listed = _PicturesFile(pictures.folder, pictures.names, plan_binding(plan))
                write_atomic(path / PICTURES_NAME, encode_json(listed))
            write_atomic(path / PLAN_NAME, encode_json(content))
            census.save_manifest()
        return census

    @classmethod
    def open(cls, path: Path) -> CensusFolder:
        """Read a census.

        Raises
        ------
        RunError
            If the folder is no census, or its plan is damaged or that of another one.
        """
        plan = read_description(
            path / PLAN_NAME,
            _PlanFile,
            FORMAT,
            noun=cls.noun,
            hint="Delete the folder and start the census again.",
        ).plan
        manifest, binding = read_manifest(path, FORMAT), plan_binding(plan)
        if manifest is None:
            manifest = new_manifest(FORMAT, plan)
            manifest.state = "paused"
        if manifest.plan_sha256 not in ("", binding):
            raise RunError(
                f"The {PLAN_NAME} in {path} is not that of the census, but of another one.",
                f"Put the census’s own {PLAN_NAME} back, or take a new census.",
            )
        return cls(path, plan, manifest, _read_pictures(path, plan))

    def done(self) -> int:
        """Number of images that the newest lists have seen, by name alone."""
        files = self._files("units")
        return int(files[-1].stem.split("-")[1]) if files else 0

    def checkpoint(self, kind: str) -> Checkpoint | None:
        """The newest file of a kind, "units" or "gray"; None if there is none.

        Raises
        ------
        DamagedCensus
            If it is damaged or of another census, or the lists of a finished census are gone.
        """
        files = self._files(kind)
        if kind == "units" and self.manifest.state == "finished" and self.done() < len(self.plan):
            raise DamagedCensus(_lists_path(self.path, kind, len(self.plan)), "is missing")
        if not files:
            return None
        try:
            found = self._read(files[-1], kind)
        except OSError as error:
            raise DamagedCensus(files[-1], f"cannot be read: {error.strerror or error}") from error
        if found is None:
            raise DamagedCensus(files[-1])
        return found

    def check_manifest(self) -> None:
        """Refuse a census whose manifest had to be started anew."""
        if read_manifest(self.path, FORMAT) is None:
            raise DamagedCensus(self.path / MANIFEST_NAME, "is damaged or missing")

    def is_complete(self) -> bool:
        """True if every image was seen, and all that is stored about that can be read."""
        try:
            found = self.checkpoint("units")
            lost = found is None or found.done < len(self.plan) or self.lost_refusals(found)
        except DamagedCensus:
            return False
        return self.manifest.state == "finished" and not lost

    def save_checkpoint(self, kind: str, checkpoint: Checkpoint) -> None:
        """Store arrays; the file before the last one is then removed."""
        from safetensors.numpy import save

        metadata = {
            MARK: BLANK,
            _PLAN: plan_binding(self.plan),
            _SPANS: json.dumps(checkpoint.spans),
        }
        path = _lists_path(self.path, kind, checkpoint.done)
        try:
            write_atomic(path, seal(save(checkpoint.arrays, metadata)))
            for old in self._files(kind)[:-_KEPT]:
                remove(old)
        except OSError as error:
            raise write_error(self.path, error) from error

    def repair(self) -> list[str]:
        """Put damaged and foreign files aside, so that what they held is computed again."""
        lost = read_manifest(self.path, FORMAT) is None
        notes = [f"The file {MANIFEST_NAME} was damaged or lost; it starts anew."] if lost else []
        for kind in ("units", "gray"):
            for path in self._files(kind):
                if not self._is_whole(path, kind):
                    with contextlib.suppress(OSError):
                        put_aside(self.path, path)
                    notes.append(
                        f"The file {path.name} is damaged or of another census and was put aside; "
                        "what no other file holds is computed again."
                    )
        try:
            self.refused()
        except RunError:
            with contextlib.suppress(OSError):
                put_aside(self.path, self.path / REFUSED_NAME)
            notes.append(
                f"The file {REFUSED_NAME} is damaged and was put aside; what it was about is read "
                "again."
            )
        if self.manifest.state == "finished" and self.done() < len(self.plan):
            self.manifest.state = "paused"
        self.manifest.plan_sha256 = plan_binding(self.plan)
        return notes

    def refused(self) -> dict[int, str]:
        """Pictures that could not be read so far, by number, with the reasons.

        Raises
        ------
        DamagedCensus
            If their list is damaged.
        """
        try:
            return decode_json(read_bytes(self.path / REFUSED_NAME, MOST_BYTES), dict[int, str])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise DamagedCensus(self.path / REFUSED_NAME, "is damaged") from error

    def lost_refusals(self, lists: Checkpoint) -> list[int]:
        """Pictures that could not be read, and of which no reason is known any more.

        Lists of earlier versions do not tell them from those that were seen; then there are none.

        Raises
        ------
        DamagedCensus
            As for `refused`.
        """
        digests, refused = lists.arrays.get(PICTURE_DIGESTS), self.refused()
        if digests is None:
            return []
        unseen = np.flatnonzero(~digests.any(axis=1))
        found = [
            int(image)
            for start, stop in lists.spans
            for image in unseen[np.searchsorted(unseen, start) : np.searchsorted(unseen, stop)]
        ]
        in_lists = int(lists.arrays[f"{self.plan.layers[0]}/images"][0])
        if len(found) != lists.done - in_lists:
            return []
        return [image for image in found if image not in refused]

    def save_refused(self, refused: Mapping[int, str]) -> None:
        """Store the pictures that could not be read."""
        write_record(self.path / REFUSED_NAME, dict(sorted(refused.items())))

    def _files(self, kind: str) -> list[Path]:
        """Files of arrays, those with fewest images first."""
        pattern = re.compile(rf"{kind}-\d{{12,19}}\.safetensors")
        return sorted(path for path in self.path.iterdir() if pattern.fullmatch(path.name))

    def _is_whole(self, path: Path, kind: str) -> bool:
        try:
            return self._read(path, kind) is not None
        except OSError:
            return False

    def _read(self, path: Path, kind: str) -> Checkpoint | None:
        """A file of arrays; None if it is damaged, or not about this census.

        Raises
        ------
        OSError
            If the system cannot read it.
        """
        found = _read_arrays(path, plan_binding(self.plan))
        if found is None or found.done != int(path.stem.split("-")[1]):
            return None
        edges = [0, *(edge for span in found.spans for edge in span), len(self.plan)]
        fits = _lists_fit if kind == "units" else _gray_fits
        return found if edges == sorted(edges) and fits(found.arrays, self.plan) else None


def _lists_path(folder: Path, kind: str, done: int) -> Path:
    return folder / f"{kind}-{done:012d}.safetensors"


def _read_arrays(path: Path, binding: str) -> Checkpoint | None:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    content = read_bytes(path, MOST_DATA_BYTES)
    if not seal_holds(content):
        return None
    try:
        arrays = load(content)
        header = content[8 : 8 + int.from_bytes(content[:8], "little")]
        metadata = json.loads(header)["__metadata__"]
        spans = tuple((int(start), int(stop)) for start, stop in json.loads(metadata[_SPANS]))
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not is_sealed(content) and metadata.get(_DIGEST) != _digest(arrays):
        return None
    return Checkpoint(arrays, spans) if metadata.get(_PLAN, binding) == binding else None


def _lists_fit(arrays: Arrays, plan: CensusPlan) -> bool:
    """True if arrays have the forms of the lists of a plan; see `core.census.tops`."""
    for name, units in zip(plan.layers, plan.units, strict=True):
        wanted = {
            "keys": ("int64", (units, plan.capacity)),
            "positions": ("int32", (units, plan.capacity)),
            "excess": ("int64", (units,)),
            "sums": ("int64", (units,)),
            "images": ("int64", (2,)),
        }
        for field, form in wanted.items():
            array = arrays.get(f"{name}/{field}")
            if array is None or (str(array.dtype), array.shape) != form:
                return False
    pictures = arrays.get(PICTURE_DIGESTS)
    return pictures is None or (
        pictures.dtype == np.uint8 and pictures.shape == (len(plan), DIGEST_BYTES)
    )


def _gray_fits(arrays: Arrays, plan: CensusPlan) -> bool:
    """True if arrays have the forms of what a gray pass stores."""
    after = arrays.get("after")
    if after is None or (str(after.dtype), after.shape) != ("int64", (1,)):
        return False
    found = [arrays.get(name) for name in plan.layers]
    return all(
        array is not None
        and array.dtype == np.float32
        and array.ndim == 2
        and len(array) == units
        and array.shape[1] <= plan.capacity
        for array, units in zip(found, plan.units, strict=True)
    )


def _digest(arrays: Arrays) -> str:
    digest = blake2b(digest_size=32)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def seen_pictures(folder: CensusFolder, checkpoint: Checkpoint | None) -> SeenPictures | None:
    """What the pictures of a checkpoint held; None for a set that is drawn."""
    if folder.pictures is None:
        return None
    known = None if checkpoint is None else checkpoint.arrays.get(PICTURE_DIGESTS)
    return SeenPictures(folder.pictures.paths(), known)


def _read_pictures(path: Path, plan: CensusPlan) -> PicturePaths | None:
    try:
        found = decode_json(read_bytes(path / PICTURES_NAME, MOST_BYTES), _PicturesFile)
    except (OSError, ValueError) as error:
        gone = isinstance(error, FileNotFoundError)
        if gone and not isinstance(plan.images, PictureSet):
            return None
        raise RunError(
            f"The {PICTURES_NAME} of the census in {path} is {'missing' if gone else 'damaged'}.",
            "Start the census again from the folder of pictures.",
        ) from error
    count = plan.images.count if isinstance(plan.images, PictureSet) else len(found.names)
    if len(found.names) != count or found.plan_sha256 not in ("", plan_binding(plan)):
        raise RunError(
            f"The list of pictures in {path} is not that of the census, but of another one.",
            f"Put the census’s own {PICTURES_NAME} back, or take a new census.",
        )
    return PicturePaths(found.folder, found.names)
