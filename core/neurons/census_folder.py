"""A census on the disk: plan, manifest, the list of pictures, and the units' lists so far.

    <census>/plan.json                 the plan and its content hash
    <census>/manifest.json             state, model, sessions of work
    <census>/pictures.json             folder and relative paths, for natural pictures
    <census>/units-<done>.safetensors  the lists after so many images; the newest two are kept
    <census>/gray-<done>.safetensors   what the gray pass has measured
    <census>/refused.json              pictures that could not be read, with reasons

The lists are cumulative: a file holds all that came before. Each carries a digest of its arrays,
so that a damaged one is noticed and the one before it taken.
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

from core.atomic import write_atomic
from core.errors import RunError
from core.models.info import ModelInfo
from core.neurons.census_plan import CensusPlan
from core.sweeps.manifest import SCHEMA, Manifest, utc_now
from core.sweeps.work_folder import (
    PLAN_NAME,
    WorkFolder,
    begin_folder,
    check_schema,
    pretty_json,
    put_aside,
    read_manifest,
    write_error,
)

FORMAT = "clip-color-lab census"
PICTURES_NAME = "pictures.json"
REFUSED_NAME = "refused.json"
_KEPT = 2
_DIGEST = "digest"
_SPANS = "spans"

Arrays = dict[str, NDArray[Any]]


class PicturePaths(msgspec.Struct, frozen=True):
    """Where the pictures of a census lie.

    Attributes
    ----------
    folder : str
    names : tuple of str
        Paths below the folder, with forward slashes, in order.
    """

    folder: str
    names: tuple[str, ...]

    def paths(self) -> list[Path]:
        """The files."""
        folder = Path(self.folder)
        return [folder / name for name in self.names]


class Checkpoint(msgspec.Struct, frozen=True):
    """What a file of arrays holds.

    Attributes
    ----------
    arrays : dict of str to ndarray
    spans : tuple of (int, int)
        Ranges of images that went in, sorted and apart.
    """

    arrays: Arrays
    spans: tuple[tuple[int, int], ...]

    @property
    def done(self) -> int:
        """Number of images that went in."""
        return sum(stop - start for start, stop in self.spans)


class CensusFolder(WorkFolder):
    """A census; make one with `create`, read one with `open`.

    Attributes
    ----------
    plan : CensusPlan
    pictures : PicturePaths or None
        For a set of natural pictures.
    """

    format = FORMAT

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
        """Begin a census in a new or empty folder.

        Raises
        ------
        RunError
            If the folder holds something or cannot be written.
        """
        begin_folder(path)
        content = {"format": FORMAT, "schema": SCHEMA, "content_hash": plan.content_hash()}
        try:
            if pictures is not None:
                write_atomic(path / PICTURES_NAME, msgspec.json.encode(pictures))
            write_atomic(path / PLAN_NAME, pretty_json({**content, "plan": plan}))
        except OSError as error:
            raise write_error(path, error) from error
        manifest = Manifest(format=FORMAT, title=plan.title, created=utc_now(), model=info)
        census = cls(path, plan, manifest, pictures)
        census.save_manifest()
        return census

    @classmethod
    def open(cls, path: Path) -> CensusFolder:
        """Read a census.

        Raises
        ------
        RunError
            If the folder is no census or its plan is damaged.
        """
        try:
            content = json.loads((path / PLAN_NAME).read_bytes())
            if content["format"] != FORMAT:
                raise RunError(f"There is no census in {path}.", "Name the folder of a census.")
            check_schema(int(content["schema"]), path / PLAN_NAME)
            plan = msgspec.convert(content["plan"], CensusPlan)
            if plan.content_hash() != content["content_hash"]:
                raise ValueError("another plan")
        except FileNotFoundError as error:
            raise RunError(
                f"There is no census in {path}.", "Name the folder of a census."
            ) from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise RunError(
                f"The plan of the census in {path} is damaged.",
                "Delete the folder and start the census again.",
            ) from error
        manifest = read_manifest(path, FORMAT)
        if manifest is None:
            manifest = Manifest(
                format=FORMAT,
                title=plan.title,
                state="paused",
                created=utc_now(),
                notes=["The manifest was lost; it was begun anew."],
            )
        return cls(path, plan, manifest, _read_pictures(path))

    def done(self) -> int:
        """Number of images that the newest lists have seen, by name alone."""
        files = self._files("units")
        return int(files[-1].stem.split("-")[1]) if files else 0

    def checkpoint(self, kind: str) -> Checkpoint | None:
        """The newest whole file of a kind, "units" or "gray"; None if there is none."""
        for path in reversed(self._files(kind)):
            found = _read_arrays(path)
            if found is not None:
                return found
        return None

    def save_checkpoint(self, kind: str, checkpoint: Checkpoint) -> None:
        """Store arrays; the file before the last one is then removed.

        Raises
        ------
        RunError
            If they cannot be written.
        """
        from safetensors.numpy import save

        metadata = {_DIGEST: _digest(checkpoint.arrays), _SPANS: json.dumps(checkpoint.spans)}
        path = self.path / f"{kind}-{checkpoint.done:012d}.safetensors"
        try:
            write_atomic(path, save(checkpoint.arrays, metadata))
            for old in self._files(kind)[:-_KEPT]:
                old.unlink()
        except OSError as error:
            raise write_error(self.path, error) from error

    def repair(self) -> list[str]:
        """Put damaged files of arrays aside, so that the ones before them are taken."""
        notes = []
        for kind in ("units", "gray"):
            for path in self._files(kind):
                if _read_arrays(path) is None:
                    with contextlib.suppress(OSError):
                        put_aside(self.path, path)
                    notes.append(f"The file {path.name} is damaged; an earlier one is used.")
        return notes

    def refused(self) -> dict[int, str]:
        """Pictures that could not be read so far, by number, with the reasons."""
        try:
            content = (self.path / REFUSED_NAME).read_bytes()
            return msgspec.json.decode(content, type=dict[int, str])
        except (OSError, msgspec.DecodeError):
            return {}

    def save_refused(self, refused: Mapping[int, str]) -> None:
        """Store the pictures that could not be read."""
        try:
            write_atomic(self.path / REFUSED_NAME, pretty_json(dict(sorted(refused.items()))))
        except OSError as error:
            raise write_error(self.path, error) from error

    def _files(self, kind: str) -> list[Path]:
        """Files of arrays, those with fewest images first."""
        pattern = re.compile(rf"{kind}-\d{{12,}}\.safetensors")
        return sorted(path for path in self.path.iterdir() if pattern.fullmatch(path.name))


def _read_arrays(path: Path) -> Checkpoint | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        spans = tuple((int(start), int(stop)) for start, stop in json.loads(metadata[_SPANS]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None
    if metadata.get(_DIGEST) != _digest(arrays):
        return None
    return Checkpoint(arrays, spans)


def _digest(arrays: Arrays) -> str:
    digest = blake2b(digest_size=32)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _read_pictures(path: Path) -> PicturePaths | None:
    try:
        return msgspec.json.decode((path / PICTURES_NAME).read_bytes(), type=PicturePaths)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise RunError(
            f"The list of pictures of the census in {path} is damaged.",
            "Start the census again from the folder of pictures.",
        ) from error
