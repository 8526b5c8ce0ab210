"""Helpers that write picture files of every kind for the tests."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from numpy.typing import NDArray
from PIL import Image, ImageCms

Array = NDArray[Any]


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def flat(mode: str, color: Any, size: tuple[int, int] = (8, 6)) -> Image.Image:
    return Image.new(mode, size, color)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file from its chunks."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in chunks:
        checksum = zlib.crc32(kind + data)
        parts.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum))
    return b"".join(parts)


def png_header(width: int, height: int, bits: int = 8, color_type: int = 0) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)


def deep_png(values: Array, color_type: int, *extra: tuple[bytes, bytes]) -> bytes:
    """A 16-bit PNG of values of shape (H, W) or (H, W, channels)."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(
        png_header(width, height, 16, color_type),
        *extra,
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )


def without_adobe_mark(jpeg: bytes) -> bytes:
    """A JPEG without its Adobe segment."""
    start = jpeg.index(b"\xff\xee")
    length = struct.unpack(">H", jpeg[start + 2 : start + 4])[0]
    assert jpeg[start + 4 : start + 9] == b"Adobe"
    return jpeg[:start] + jpeg[start + 2 + length :]


def tiff(values: Array, *, bits: int, photometric: int = 1) -> bytes:
    """An uncompressed little-endian TIFF of one gray channel of 16-bit words."""
    height, width = values.shape
    data = values.astype("<u2").tobytes()
    tags = [
        (256, 3, width),
        (257, 3, height),
        (258, 3, bits),
        (259, 3, 1),
        (262, 3, photometric),
        (273, 4, 8),
        (277, 3, 1),
        (278, 3, height),
        (279, 4, len(data)),
    ]
    directory = struct.pack("<H", len(tags))
    for number, kind, value in tags:
        directory += struct.pack("<HHII", number, kind, 1, value)
    header = b"II*\0" + struct.pack("<I", 8 + len(data))
    return header + data + directory + b"\0\0\0\0"


def swapped_profile() -> bytes:
    """An RGB color profile in which red and green have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    entries = {}
    for index in range(count):
        start = 132 + 12 * index
        entries[bytes(profile[start : start + 4])] = start
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def gray_profile(gamma: float) -> bytes:
    """A gray color profile whose light is value ** gamma."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    table_end = 128 + 4 + 2 * 12
    tags = struct.pack(">I", 2)
    tags += b"wtpt" + struct.pack(">II", table_end, len(white))
    tags += b"kTRC" + struct.pack(">II", table_end + len(white), len(curve))
    body = tags + white + curve
    header = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"lcms", 0x02400000, b"mntr", b"GRAY", b"XYZ "
    )
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + body
