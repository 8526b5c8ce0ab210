"""How much memory one picture may take.

A file of a few kilobytes can hold a picture of any size, and Pillow decodes whole pictures only. So
what decoding will take is worked out from the header, before any pixel is made. JPEG can be decoded
at a half, a quarter or an eighth of its size, each pixel the mean of those it stands for; a picture
that is too large is decoded so where that is enough, and else refused.
"""

from __future__ import annotations

import io

from PIL import IcoImagePlugin, Image, JpegImagePlugin

from core.base.errors import PictureError

MAX_PIXELS = 300_000_000
"""Largest picture that is decoded, even at a part of its size."""

MEMORY_BYTES = 1536 * 2**20
"""What one picture may take at once, besides the bytes of its file."""

MAX_BYTES = 2**30
"""Largest file of a picture that is read."""

# Pillow would warn from 89 megapixels on; the budget is looked at before anything is decoded.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_PILLOW = 4
"""Bytes a pixel takes in Pillow's own form."""

_CONVERTED = 8
"""Bytes a pixel takes in Pillow's and in the lab's form, with room for what is being converted."""

_READERS = {"WEBP": 13, "AVIF": 8, "JPEG2000": 16, "TIFF": 7}
"""Bytes a pixel takes within readers that hold more of a picture while they decode, measured."""

_COEFFICIENT = 2
_ICON = b"\0\0\1\0"
_TILE_WIDTH, _TILE_LENGTH = 322, 323


def keep_within_budget(image: Image.Image) -> list[str]:
    """Make an opened picture, not yet loaded, one that fits; what was done for it, if anything.

    If it is too large, a `PictureError` is a clause to put after a file's name.
    """
    width, height = image.size
    pixels = max(width * height, _tile_pixels(image))
    if pixels > MAX_PIXELS:
        raise too_many_pixels(pixels)
    reader = _READERS.get(str(image.format), 0)
    parts: tuple[int, ...] = (1,)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        parts = (1, 2, 4, 8)
        if image.info.get("progressive"):  # all coefficients are held before the first pixel
            reader = _COEFFICIENT * len(image.getbands())
    for part in parts:
        if _bytes(pixels, reader, part) <= MEMORY_BYTES:
            break
    else:
        raise PictureError(
            f"has {pixels / 1e6:,.0f} megapixels, which take "
            f"{_bytes(pixels, reader) / 2**30:.1f} GiB of memory",
            f"At most {MEMORY_BYTES / 2**30:.1f} are used for a picture. Make it smaller first.",
        )
    if part == 1:
        return []
    image.draft(None, (width // part, height // part))
    return [f"decoded at 1/{part} of its width and height, to save memory"]


def check_icon(data: bytes) -> None:
    """Refuse an icon with a picture in it that is too large; Pillow decodes it as it opens it.

    Damaged icons raise what Pillow's reader raises.
    """
    if data.startswith(_ICON):
        icon = IcoImagePlugin.IcoFile(io.BytesIO(data))
        if icon.entry:
            keep_within_budget(icon.getimage(icon.entry[0].dim))  # opened, not yet decoded


def too_many_pixels(pixels: int | None = None) -> PictureError:
    """The refusal of a picture beyond all measure, as a clause to put after a file's name."""
    if pixels is None:  # within the file; how many, is not known
        return PictureError(f"has more than {MAX_PIXELS // 10**6} megapixels")
    return PictureError(
        f"has {pixels / 1e6:,.0f} megapixels",
        f"At most {MAX_PIXELS // 10**6} are read. Make it smaller first.",
    )


def _bytes(pixels: int, reader: int, part: int = 1) -> int:
    """Memory that decoding and converting take at most, at a part of width and height."""
    return max(pixels * reader + pixels * _PILLOW // part**2, pixels * _CONVERTED // part**2)


def _tile_pixels(image: Image.Image) -> int:
    """Pixels of a tile, which may be larger than the picture; 0 without tiles."""
    tags = getattr(image, "tag_v2", {})
    sides = [tags.get(number) for number in (_TILE_WIDTH, _TILE_LENGTH)]
    width, height = (side if isinstance(side, int) else 0 for side in sides)
    return width * height
