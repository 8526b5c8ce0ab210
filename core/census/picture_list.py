"""A folder of natural pictures as a set: listed once, hashed by its names and sizes."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from core.base.errors import PictureError
from core.census.folder import PicturePaths
from core.census.plan import PictureSet
from core.stimuli.imported.folders import FolderListing, list_pictures


def picture_set(
    folder: Path, side: int, looked_at: Callable[[int], object] = lambda _files: None
) -> tuple[PictureSet, PicturePaths, FolderListing]:
    """Make a set of the pictures in a folder and the folders below it.

    Takes a while for a large folder: run it beside the window.

    Parameters
    ----------
    folder : Path
    side : int
        The model's own input size.
    looked_at : callable
        Told how many files were looked at, before each; ends the work by raising.

    Returns
    -------
    PictureSet, PicturePaths
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
