"""Pictures of the user: bytes of any common file to the pixels the lab works with (R18–R26).

Rules, the same in the preview, the model and every run: the content tells the format, not the
name; of several frames the first counts; the orientation mark of EXIF is applied; colors follow
`core.stimuli.imported.colors`. What was done is noted with the picture.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from core.base.errors import PictureError
from core.base.text import valid_text
from core.color.terms import Rgb, check_rgb
from core.stimuli.imported.budget import MAX_PIXELS, check_icon, keep_within_budget, too_many_pixels
from core.stimuli.imported.colors import to_srgb
from core.stimuli.imported.folders import (
    ClassListing,
    FolderListing,
    Refusal,
    list_classes,
    list_pictures,
)
from core.stimuli.imported.formats import DAMAGE, SUFFIX_FORMATS, readable_formats, what_else
from core.stimuli.imported.spaces import profile_in_jp2, told_space
from core.stimuli.imported.store import PictureStore, read_picture

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
    "read_picture",
]

_COUNTED_BYTES = 32 * 2**20
"""Of larger files the frames are not counted: a frame can take a dozen bytes."""

# It goes on with what is left of damaged EXIF data, and so does the lab.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_DEEP_RAW_MODES = ("RGB;16", "RGBA;16", "RGBX;16", "RGBa;16", "LA;16", "CMYK;16")


class DecodedPicture(msgspec.Struct, frozen=True):
    """A picture in the lab's own terms."""

    pixels: NDArray[np.uint8]  # (H, W, 3), sRGB
    notes: tuple[str, ...]  # what was done to get there, e.g. "rotated by its EXIF orientation"
    format: str  # what the content is, e.g. "PNG"
    sha256: str  # of the file's bytes


def decode_picture(
    source: Path | bytes, background: Rgb = (255, 255, 255), name: str = ""
) -> DecodedPicture:
    """Decode a picture file, or the content of one; files are closed before this returns.

    Parameters
    ----------
    background : Rgb
        What transparent pixels are put on.
    name : str
        File name, for messages and to notice a wrong ending; taken from `source` if that is a
        path.

    Raises
    ------
    PictureError
        If the file cannot be read, is no picture, is damaged or cut off, or is too large. One
        sentence that names the file.
    """
    check_rgb(background, "the background")
    if isinstance(source, Path):
        name = name or valid_text(source.name)
        data = read_picture(source)
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


def _decode(data: bytes, background: Rgb) -> tuple[NDArray[np.uint8], list[str], str]:
    try:
        check_icon(data)
        image = Image.open(io.BytesIO(data), formats=readable_formats())
    except UnidentifiedImageError as error:
        raise PictureError(what_else(data)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels() from error
    except DAMAGE as error:
        raise PictureError("is damaged or cut off") from error
    with image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        try:
            notes = keep_within_budget(image)
            frames = _frames(image, len(data))
            deep = _is_deep(image)  # before anything that loads, and so forgets it
            # Asked twice, because Pillow turns TIFF files upright as it loads them.
            marked = image.getexif().get(ExifTags.Base.Orientation, 1)
            image.load()
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            if kind == "JPEG2000" and (profile := profile_in_jp2(data)):
                image.info["icc_profile"] = profile
            if deep and kind == "PNG" and isinstance(image.info.get("transparency"), tuple):
                _hide_deep_key(image, data)
            told = told_space(image, data)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise too_many_pixels() from error
        except DAMAGE as error:
            raise PictureError("is damaged or cut off") from error
        notes += frames
        if marked in range(2, 9):
            notes.append("rotated by its EXIF orientation")
        if deep:
            notes.append("16-bit colors reduced to their upper 8 bits")
        pixels, color_notes = to_srgb(image, background, orientation, told)
        return pixels, notes + color_notes, kind


def _frames(image: Image.Image, size: int) -> list[str]:
    """What to say of further frames of a picture file of `size` bytes."""
    if not getattr(image, "is_animated", False):
        return []
    if size > _COUNTED_BYTES:
        return ["the first of several frames"]
    return [f"the first of {getattr(image, 'n_frames', 1)} frames"]


def _hide_deep_key(image: Image.Image, data: bytes) -> None:
    """Give a PNG of 16-bit colors the alpha of its one transparent color.

    Pillow keeps the upper 8 bits of a value and would compare them with 16. It is asked for the
    lower 8 as well, which are the upper ones of the other byte order.
    """
    key = image.info.pop("transparency")
    with Image.open(io.BytesIO(data), formats=("PNG",)) as lower:
        lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
        lower.load()
        parts = zip(image.split(), lower.split(), key, strict=True)
        hidden = np.ones((image.height, image.width), np.bool_)
        for high, low, value in parts:
            hidden &= np.asarray(high) == value >> 8
            hidden &= np.asarray(low) == value & 255
    image.putalpha(Image.fromarray(np.where(hidden, 0, 255).astype(np.uint8)))


def _is_deep(image: Image.Image) -> bool:
    """True if the file has 16 bits a channel and Pillow keeps 8."""
    arguments = [tile.args for tile in getattr(image, "tile", [])]
    raw_modes = [args[0] if isinstance(args, tuple) and args else args for args in arguments]
    return any(isinstance(mode, str) and mode.startswith(_DEEP_RAW_MODES) for mode in raw_modes)
