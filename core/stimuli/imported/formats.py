"""Which files are pictures, told by how they begin."""

from __future__ import annotations

import struct
import zlib
from functools import cache

from PIL import Image

_WANTED = (
    "PNG",
    "JPEG",
    "WEBP",
    "GIF",
    "BMP",
    "DIB",
    "TIFF",
    "PPM",
    "JPEG2000",
    "AVIF",
    "ICO",
)
"""Formats that are decoded. Formats that are programs (PostScript) are left out on purpose."""


@cache
def readable_formats() -> tuple[str, ...]:
    """Formats that are decoded and that this build of Pillow has a reader for."""
    Image.init()
    return tuple(name for name in _WANTED if name in Image.OPEN)


DAMAGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
)
"""What Pillow's readers raise on damaged files, each its own."""

SUFFIX_FORMATS: dict[str, str] = {
    ".png": "PNG",
    ".apng": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".pbm": "PPM",
    ".pnm": "PPM",
    ".jp2": "JPEG2000",
    ".jpx": "JPEG2000",
    ".avif": "AVIF",
    ".ico": "ICO",
}

SNIFF_BYTES = 64

_STARTS: tuple[bytes, ...] = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
    b"\x00\x00\x01\x00",
)


def looks_like_picture(start: bytes) -> bool:
    """True if a file that begins with these bytes is worth decoding."""
    if start.startswith(_STARTS):
        return True
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return True
    if start[4:8] == b"ftyp" and start[8:12] in (b"avif", b"avis", b"mif1"):
        return True
    return (
        start[:1] == b"P"
        and start[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6")
        and (start[2:3].isspace())
    )


def what_else(data: bytes) -> str:
    """What bytes are that are no readable picture, as a clause to put after a file's name."""
    if not data:
        return "is empty"
    text = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "is a web page, not a picture"
    if b"<svg" in text:
        return "is an SVG drawing, which has no pixels of its own"
    if text.startswith(b"%pdf"):
        return "is a PDF document, not a picture"
    if text.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, not the picture itself"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1"):
        return "is a HEIC picture, which is not supported"
    if looks_like_picture(data[:SNIFF_BYTES]):
        return "is damaged or cut off"
    return "is not a picture of a known format"
