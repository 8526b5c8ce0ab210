"""Pictures of the user: bytes of any common file to the pixels the lab works with (R18–R26).

Rules, the same in the preview, the model and every run: the content tells the format, not the
name; of several frames the first counts; the orientation mark of EXIF is applied; colors follow
`core.stimuli.picture_colors`. What was done is noted with the picture.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from core.color.terms import Rgb, check_rgb
from core.errors import PictureError
from core.stimuli.picture_colors import to_srgb
from core.stimuli.picture_folders import (
    ClassListing,
    FolderListing,
    Refusal,
    list_classes,
    list_pictures,
)
from core.stimuli.picture_formats import SUFFIX_FORMATS, readable_formats, what_else
from core.stimuli.picture_store import PictureStore

__all__ = [
    "MAX_PIXELS",
    "ClassListing",
    "DecodedPicture",
    "FolderListing",
    "PictureStore",
    "Refusal",
    "decode_picture",
    "list_classes",
    "list_pictures",
]

MAX_PIXELS = 300_000_000
"""Largest picture that is decoded; a larger one would need more than a gigabyte."""

MAX_BYTES = 2**30

# Pillow would warn from 89 megapixels on; the limit above is checked before anything is decoded.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

# What Pillow's readers raise on damaged files, each its own.
_DAMAGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    zlib.error,
)

_DEEP_RAW_MODES = ("RGB;16", "RGBA;16", "RGBX;16", "RGBa;16", "LA;16", "CMYK;16")


class DecodedPicture(msgspec.Struct, frozen=True):
    """A picture in the lab's own terms.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (H, W, 3), sRGB
    notes : tuple of str
        What was done to get there, e.g. ``"rotated by its EXIF orientation"``.
    format : str
        What the content is, e.g. ``"PNG"``.
    sha256 : str
        Hash of the file's bytes.
    """

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...]
    format: str
    sha256: str


def decode_picture(
    source: Path | bytes, background: Rgb = (255, 255, 255), name: str = ""
) -> DecodedPicture:
    """Decode a picture file.

    Parameters
    ----------
    source : Path or bytes
        A file or its content. Files are closed before this returns.
    background : Rgb
        What transparent pixels are put on.
    name : str
        File name, for messages and to notice a wrong ending; taken from `source` if that is a
        path.

    Returns
    -------
    DecodedPicture

    Raises
    ------
    PictureError
        If the file cannot be read, is no picture, is damaged or cut off, or is too large. One
        sentence that names the file.
    """
    check_rgb(background, "the background")
    if isinstance(source, Path):
        name = name or source.name
        data = read_file(source)
    else:
        name = name or "The picture"
        data = source
    try:
        pixels, notes, kind = _decode(data, background)
    except PictureError as error:
        raise PictureError(f"{name} {error.message}.", error.hint) from error
    except MemoryError as error:
        raise PictureError(f"{name} does not fit into memory.") from error
    suffix = Path(name).suffix.lower()
    if SUFFIX_FORMATS.get(suffix, kind) != kind:
        notes.append(f"a {kind} file in spite of its ending {suffix}")
    return DecodedPicture(pixels, tuple(notes), kind, hashlib.sha256(data).hexdigest())


def read_file(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises
    ------
    PictureError
        If it is missing, a folder, larger than a gigabyte or not readable.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise PictureError(f"{path.name} is a folder, not a picture.")
        if size > MAX_BYTES:
            raise PictureError(f"{path.name} is too large: {size:,} bytes.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PictureError(f"There is no picture {path.name} any more.") from error
    except OSError as error:
        raise PictureError(f"{path.name} cannot be read: {error.strerror}.") from error


def _decode(data: bytes, background: Rgb) -> tuple[NDArray[np.uint8], list[str], str]:
    try:
        image = Image.open(io.BytesIO(data), formats=readable_formats())
    except UnidentifiedImageError as error:
        raise PictureError(what_else(data)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(f"has more than {MAX_PIXELS // 10**6} megapixels") from error
    except _DAMAGE as error:
        raise PictureError("is damaged or cut off") from error
    with image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise PictureError(
                f"has {width * height / 1e6:,.0f} megapixels",
                f"At most {MAX_PIXELS // 10**6} are read. Make it smaller first.",
            )
        notes = []
        try:
            frames = int(getattr(image, "n_frames", 1))
            deep = _is_deep(image)  # before anything that loads, and so forgets it
            # Asked twice, because Pillow turns TIFF files upright as it loads them.
            marked = image.getexif().get(ExifTags.Base.Orientation, 1)
            image.load()
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PictureError(f"has more than {MAX_PIXELS // 10**6} megapixels") from error
        except _DAMAGE as error:
            raise PictureError("is damaged or cut off") from error
        if frames > 1:
            notes.append(f"the first of {frames} frames")
        if marked in range(2, 9):
            notes.append("rotated by its EXIF orientation")
        if deep:
            notes.append("16-bit colors reduced to their upper 8 bits")
        pixels, color_notes = to_srgb(image, background)
        return _upright(pixels, orientation), notes + color_notes, kind


def _upright(pixels: NDArray[np.uint8], orientation: object) -> NDArray[np.uint8]:
    """Undo an EXIF orientation, 1..8; anything else means upright."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _is_deep(image: Image.Image) -> bool:
    """True if the file has 16 bits a channel and Pillow keeps 8."""
    arguments = [tile.args for tile in getattr(image, "tile", [])]
    raw_modes = [args[0] if isinstance(args, tuple) and args else args for args in arguments]
    return any(isinstance(mode, str) and mode.startswith(_DEEP_RAW_MODES) for mode in raw_modes)
