"""Natural pictures as a set: a folder listed once, and what each file held when it was seen.

A set is told by its names and sizes. A census sees its pictures over hours or days, stops and goes
on, and sees the strongest again in gray; figures and means read them once more. The hash of each
file is kept with the lists it went into; whenever it is read again, and before a census goes on, it
must be the same. Reading and hashing takes a small part of the time that decoding a picture and the
model take.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.errors import PictureError, RunError
from core.census.plan import PictureSet
from core.models.preprocessing import Preprocessing, fit_picture
from core.stimuli.imported.folders import FolderListing, list_pictures
from core.stimuli.imported.pictures import decode_picture, read_picture

DIGEST_BYTES = 16
"""Of the SHA-256 of a file: as many as keep two of any pictures in the world apart."""

_STEP = 64
_NAMED = 3

Digests = NDArray[np.uint8]
"""Beginnings of SHA-256, shape (B, DIGEST_BYTES); zeros where nothing is known."""


class ReadPicture(NamedTuple):
    """A picture as the model gets it, shape (side, side, 3), sRGB; and what its file held."""

    pixels: NDArray[np.uint8]
    digest: Digests


class PicturePaths(msgspec.Struct, frozen=True):
    """Where the pictures of a census lie."""

    folder: str
    names: tuple[str, ...]
    """Paths below the folder, with forward slashes, in order."""

    def paths(self) -> list[Path]:
        """The files."""
        folder = Path(self.folder)
        return [folder / name for name in self.names]


def picture_set(
    folder: Path, side: int, looked_at: Callable[[int], object] = lambda _files: None
) -> tuple[PictureSet, PicturePaths, FolderListing]:
    """Make a set of the pictures in a folder and the folders below it.

    Takes a while for a large folder: run it beside the window.

    Parameters
    ----------
    side : int
        The model's own input size.
    looked_at : callable
        Told how many files were looked at, before each; ends the work by raising.

    Returns
    -------
    FolderListing
        What was refused and ignored.

    Raises
    ------
    PictureError
        If the folder cannot be read, or holds no picture.
    """
    listing = list_pictures(folder, looked_at)
    if not listing.paths:
        raise PictureError(f"There is no picture in {folder}.", "Choose another folder.")
    names = tuple(path.relative_to(folder).as_posix() for path in listing.paths)
    digest = sha256()
    for name, path in zip(names, listing.paths, strict=True):
        looked_at(len(names))
        try:
            size = path.stat().st_size
        except OSError as error:
            raise PictureError(
                f"{name} cannot be read any more: {error.strerror}.",
                "Choose the folder again when nothing else works in it.",
            ) from error
        digest.update(f"{name}\0{size}\n".encode())
    return (
        PictureSet(title=folder.name, count=len(names), sha256=digest.hexdigest(), side=side),
        PicturePaths(folder=str(folder.absolute()), names=names),
        listing,
    )


class SeenPictures:
    """The digests of the pictures of a census.

    Parameters
    ----------
    paths : sequence of Path
        The files, by number.
    digests : Digests, optional
        As stored; nothing is known by default.

    Attributes
    ----------
    digests : Digests
        Of all pictures.
    """

    def __init__(self, paths: Sequence[Path], digests: Digests | None = None) -> None:
        self._paths = paths
        self.digests = (
            np.zeros((len(paths), DIGEST_BYTES), np.uint8) if digests is None else digests.copy()
        )

    @property
    def known(self) -> bytes:
        """All that is known, to tell the same names with other contents apart; empty if nothing."""
        return self.digests.tobytes() if self.digests.any() else b""

    def note(self, images: NDArray[np.int64], digests: Digests) -> None:
        """Keep the digests of pictures that were just seen."""
        self.digests[images] = digests

    def compare(self, images: NDArray[np.int64], digests: Digests) -> None:
        """Refuse pictures that are not what was seen before."""
        known = self.digests[images]
        changed = (known != digests).any(axis=1) & known.any(axis=1)
        if changed.any():
            self._refuse(images[changed].tolist())

    def compare_one(self, image: int, sha256_hex: str) -> None:
        """Refuse a picture that is not what was seen before; see `compare`.

        Parameters
        ----------
        sha256_hex : str
            Of the bytes that were read.
        """
        self.compare(np.array([image]), digest_of(sha256_hex)[None])

    def part(self, places: slice) -> SeenPictures:
        """Some of the pictures, numbered from 0 on."""
        return SeenPictures(self._paths[places], self.digests[places])

    def check(self, images: Iterable[int]) -> Generator[None, None, int]:
        """Read pictures that were seen and compare them; stop whenever you like.

        What cannot be read any more has not changed what was seen.

        Yields
        ------
        None
            Now and then.

        Returns
        -------
        int
            Number of pictures of which nothing is known.

        Raises
        ------
        RunError
            If any has changed, naming the first of them.
        """
        unknown, changed = 0, []
        for count, image in enumerate(images):
            if count % _STEP == 0:
                yield
            if not self.digests[image].any():
                unknown += 1
                continue
            try:
                found = digest_of(sha256(read_picture(self._paths[image])).hexdigest())
            except PictureError:
                continue
            if not np.array_equal(found, self.digests[image]):
                changed.append(image)
        if changed:
            self._refuse(changed)
        return unknown

    def _refuse(self, changed: Sequence[int]) -> None:
        names = ", ".join(f"“{self._paths[image].name}”" for image in changed[:_NAMED])
        what = "picture of the census has" if len(changed) == 1 else "pictures of the census have"
        more = " and others" if len(changed) > _NAMED else ""
        raise RunError(
            f"{len(changed):,} {what} changed since the census has seen it: {names}{more}."
            if len(changed) == 1
            else f"{len(changed):,} {what} changed since the census has seen them: {names}{more}.",
            "Put the pictures back as they were, or take a new census of those that are there now.",
        )


def digest_of(sha256_hex: str) -> Digests:
    """The digest of a file from its SHA-256, shape (DIGEST_BYTES,)."""
    return np.frombuffer(bytes.fromhex(sha256_hex)[:DIGEST_BYTES], np.uint8)


def read_batch(paths: Sequence[Path], preprocessing: Preprocessing) -> list[ReadPicture | str]:
    """Pictures as the model gets them, or why one cannot be read.

    It stands here, without torch, so that a process that decodes pictures starts at once.

    Returns
    -------
    list
        For each path a `ReadPicture`, or a sentence.
    """
    found: list[ReadPicture | str] = []
    for path in paths:
        try:
            decoded = decode_picture(path)
            pixels = fit_picture(decoded.pixels, preprocessing).pixels
            found.append(ReadPicture(pixels, digest_of(decoded.sha256)))
        except PictureError as error:
            found.append(str(error))
    return found
