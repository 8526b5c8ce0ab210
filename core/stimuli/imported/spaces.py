"""What a picture file tells of its colors outside an embedded profile.

PNG has chunks for it (cICP, sRGB, gAMA, cHRM), AVIF a box of code points (nclx), JPEG 2000 a box
that may hold a profile, BMP a header, and photographs carry EXIF. Of a space that is known exactly,
by its white, its primaries and its curve, the colors are converted; of any other the values are
taken as sRGB, and it is said so.

A PNG gamma of 1/2.2 with the primaries of sRGB, or without any, is what the PNG specification has
writers of sRGB pictures put there, and changes nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from core.color.oklch import linear

Curve = float | None
"""Light is value ** curve; None for the curve of sRGB."""

Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue."""

_D65 = (0.3127, 0.3290)
_SRGB: Chromaticities = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_ADOBE_RGB: Chromaticities = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_ADOBE_GAMMA = 563 / 256

# The code points of ITU-T H.273, as in PNG's cICP and AVIF's nclx.
_UNSPECIFIED = 2
_PRIMARIES: dict[int, Chromaticities] = {
    1: _SRGB,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (0.310, 0.316, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_CURVES: dict[int, Curve] = {4: 2.2, 5: 2.8, 8: 1.0, 13: None}
_PRIMARIES_NAMES = {1: "BT.709", 9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
_CURVE_NAMES = {1: "BT.709", 6: "BT.601", 14: "BT.2020", 15: "BT.2020", 16: "PQ", 18: "HLG"}

# Color spaces of ISO 15444: two-valued, CMYK, sRGB, gray and sYCC, which Pillow reads; others.
_JP2_USUAL = (0, 12, 15, 16, 17, 18)
_JP2_NAMES = {14: "CIE Lab", 20: "e-sRGB", 21: "ROMM RGB"}

# Cone responses of Bradford, for whites other than that of sRGB.
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

_EXIF_WHITE, _EXIF_PRIMARIES, _EXIF_CURVE_TABLE, _EXIF_GAMMA = 0x013E, 0x013F, 0x012D, 0xA500
_ADOBE_MARK = "R03"
_EXIF_SRGB, _EXIF_ADOBE, _EXIF_UNCALIBRATED = 1, 2, 0xFFFF
_MOST_BOXES = 10_000


class Told(NamedTuple):
    """A color space that a file tells of.

    None for the chromaticities means that they are not known exactly; see also `Curve`.
    """

    by: str  # what tells of it, e.g. "PNG gAMA"
    name: str  # what it is, for people
    chromaticities: Chromaticities | None
    curve: Curve = None
    over_profile: bool = False  # it counts more than an embedded profile

    @property
    def known(self) -> bool:
        """True if its colors can be converted."""
        return self.chromaticities is not None and _matrix(self.chromaticities) is not None

    @property
    def note(self) -> str:
        """What to say beside the picture."""
        if self.known:
            return f"converted to sRGB from {self.name}, told by its {self.by}"
        return f"its {self.by} tells of {self.name}, which is not converted; taken as sRGB"

    def to_srgb(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Colors of this space, uint8 (H, W, 3), in sRGB; what lies outside is clipped."""
        assert self.chromaticities is not None
        matrix = _matrix(self.chromaticities)
        assert matrix is not None
        steps = np.arange(256) / 255
        light = linear(steps) if self.curve is None else steps**self.curve
        red, green, blue = (light[values[..., channel]] for channel in range(3))
        result = np.empty_like(values)
        for channel, (r, g, b) in enumerate(matrix):  # no BLAS: it rounds in its own ways
            result[..., channel] = _EDGES.searchsorted(r * red + g * green + b * blue, "right")
        return result

    def changes_nothing(self) -> bool:
        """True if it moves no color of a grid by more than a rounding step."""
        levels = np.linspace(0, 255, 9).round().astype(np.uint8)
        grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
        grid = grid.reshape(1, -1, 3)
        return int(np.abs(self.to_srgb(grid).astype(int) - grid).max()) <= 1


def told_space(image: Image.Image, data: bytes) -> Told | None:
    """What an opened picture and its file tell of its colors besides a profile.

    None if that is nothing, or that it is sRGB.
    """
    told = None
    if image.format == "PNG":
        told = _of_png(data)
    elif image.format == "AVIF":
        told = _of_avif(data)
    elif image.format == "JPEG2000":
        told = _of_jp2(data)
    elif image.format == "BMP":
        told = _of_bmp(data)
    if told is None:
        told = _of_exif(image)
    if told is None or (told.known and told.changes_nothing()) or told.name == "sRGB":
        return None
    return told


def profile_in_jp2(data: bytes) -> bytes | None:
    """The color profile of a JPEG 2000 file, which Pillow leaves aside."""
    content = _jp2_colors(data)
    return content[3:] if content[:1] in (b"\2", b"\3") else None


_IS_SRGB = Told("", "sRGB", _SRGB)


def _of_png(data: bytes) -> Told | None:
    # Not by Pillow, which also takes chunks behind the pixels, where they mean nothing.
    codes = _png_chunk(data, b"cICP")
    if len(codes) == 4:
        told = _of_codes("PNG cICP", codes[0], codes[1], over_profile=True)
        flaws = [f"the matrix {codes[2]}"] if codes[2] else []
        flaws += ["values of narrow range"] if codes[3] != 1 else []
        if not flaws:
            return told
        return told._replace(name=f"{told.name} with {' and '.join(flaws)}", chromaticities=None)
    if _png_chunk(data, b"sRGB"):
        return _IS_SRGB
    gamma, primaries = _png_numbers(data, b"gAMA", 1), _png_numbers(data, b"cHRM", 8)
    if not gamma:
        return Told("PNG cHRM", "primaries without a curve", None) if primaries else None
    curve = 1 / gamma[0] if gamma[0] > 0 else 0.0
    by = "PNG gAMA and cHRM" if primaries else "PNG gAMA"
    chromaticities = primaries or _SRGB
    of_srgb = np.allclose(chromaticities, _SRGB, rtol=0, atol=0.001)
    if of_srgb and abs(gamma[0] * 2.2 - 1) < 0.01:
        return _IS_SRGB
    return _of_numbers(by, chromaticities, curve)


def _png_numbers(data: bytes, wanted: bytes, count: int) -> tuple[float, ...]:
    """The numbers of a chunk, kept as hundred thousandths; none if they are fewer."""
    content = _png_chunk(data, wanted)
    if len(content) < 4 * count:
        return ()
    return tuple(value / 100_000 for value in struct.unpack_from(f">{count}I", content))


def _png_chunk(data: bytes, wanted: bytes) -> bytes:
    """The content of the first such chunk before the pixels; empty if there is none."""
    place = 8
    while place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind = data[place + 4 : place + 8]
        if kind == wanted:
            return data[place + 8 : place + 8 + min(length, 64)]
        if kind in (b"IDAT", b"IEND"):
            break
        place += 12 + length
    return b""


def _of_avif(data: bytes) -> Told | None:
    for kind, content in _boxes(data, {b"meta": 4, b"iprp": 0, b"ipco": 0}):
        if kind == b"colr" and content[:4] == b"nclx" and len(content) >= 10:
            primaries, curve = struct.unpack_from(">HH", content, 4)
            return _of_codes("AVIF nclx", primaries, curve)
    return None


def _jp2_colors(data: bytes) -> bytes:
    """The content of the color box; empty without one."""
    boxes = _boxes(data, {b"jp2h": 0})
    return next((content for kind, content in boxes if kind == b"colr"), b"")


def _of_jp2(data: bytes) -> Told | None:
    content = _jp2_colors(data)
    if content[:1] != b"\1" or len(content) < 7:
        return None
    (space,) = struct.unpack_from(">I", content, 3)
    if space in _JP2_USUAL:
        return None
    return Told("JPEG 2000 header", _JP2_NAMES.get(space, f"the color space {space}"), None)


def _boxes(data: bytes, inside: dict[bytes, int]) -> Iterator[tuple[bytes, bytes]]:
    """Boxes of an ISO media or JPEG 2000 file, by kind and content (at most a megabyte of each).

    Of the boxes that are looked into, `inside` says how many bytes come before those in them.
    """
    place, visits = 0, 0
    while place + 8 <= len(data) and visits < _MOST_BOXES:
        visits += 1
        size, kind = struct.unpack_from(">I4s", data, place)
        start = place + 8
        if size == 1 and place + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        elif size == 0:
            size = len(data) - place
        end = place + size
        if end < start:
            return
        yield kind, data[start : min(end, start + 2**20)]
        place = start + inside[kind] if kind in inside else end


def _of_codes(by: str, primaries: int, curve: int, *, over_profile: bool = False) -> Told:
    primaries = 1 if primaries == _UNSPECIFIED else primaries
    curve = 13 if curve == _UNSPECIFIED else curve
    colors = _PRIMARIES_NAMES.get(primaries, f"primaries {primaries}")
    if curve in _CURVES:
        name = "sRGB" if (primaries, curve) == (1, 13) else colors
        chromaticities = _PRIMARIES.get(primaries)
        return Told(by, name, chromaticities, _CURVES[curve], over_profile)
    shape = _CURVE_NAMES.get(curve, str(curve))
    return Told(by, f"{colors} with the curve {shape}", None, None, over_profile)


def _of_bmp(data: bytes) -> Told | None:
    """The calibrated colors of a bitmap's header of version 4 or 5."""
    if len(data) < 122 or struct.unpack_from("<I", data, 14)[0] not in (108, 124):
        return None
    kind, *numbers = struct.unpack_from("<4s9i3I", data, 70)
    if kind == bytes(4):
        ends = np.array(numbers[:9], dtype=np.float64).reshape(3, 3) / 2**30  # XYZ of each
        sums = np.array([*ends.sum(axis=1), ends.sum()])
        if (sums <= 0).any():
            return None  # most writers leave them empty
        xy = np.array([*ends, ends.sum(axis=0)])[:, :2] / sums[:, None]
        gammas = {number / 2**16 for number in numbers[9:]}
        if gammas == {0.0}:
            return None
        chromaticities = tuple(float(value) for value in (*xy[3], *xy[:3].ravel()))
        if len(gammas) == 1:
            return _of_numbers("BMP header", chromaticities, gammas.pop())
        return Told("BMP header", "colors with a curve for each channel", None)
    if kind in (b"DEBM", b"KNIL"):  # MBED and LINK, the last byte first
        return Told("BMP header", "a color profile", None)
    return None


def _of_exif(image: Image.Image) -> Told | None:
    if image.mode in ("CMYK", "LAB"):
        return None
    exif = image.getexif()
    photograph = exif.get_ifd(ExifTags.IFD.Exif)
    mark = exif.get_ifd(ExifTags.IFD.Interop).get(1)
    space = photograph.get(ExifTags.Base.ColorSpace)
    if space == _EXIF_SRGB:
        return _IS_SRGB
    if space == _EXIF_ADOBE or (isinstance(mark, str) and mark.strip("\0 ") == _ADOBE_MARK):
        return Told("EXIF", "Adobe RGB", _ADOBE_RGB, _ADOBE_GAMMA)
    white, primaries = exif.get(_EXIF_WHITE), exif.get(_EXIF_PRIMARIES)
    gamma = photograph.get(_EXIF_GAMMA)
    numbers = _floats(white, 2) + _floats(primaries, 6)
    if len(numbers) == 8 and gamma is not None:
        return _of_numbers("EXIF", numbers, (*_floats((gamma,), 1), 0.0)[0])
    if len(numbers) == 8 and np.allclose(numbers, _SRGB, rtol=0, atol=0.001):
        return _IS_SRGB
    if primaries is not None or exif.get(_EXIF_CURVE_TABLE) is not None:
        return Told("EXIF" if photograph else "TIFF tags", "primaries or curves of its own", None)
    if space == _EXIF_UNCALIBRATED:
        return Told("EXIF", "uncalibrated colors", None)
    return None


def _floats(values: object, count: int) -> tuple[float, ...]:
    """Numbers of an EXIF entry; none if they are not so many or not finite."""
    try:
        found = tuple(float(value) for value in values)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return ()
    return found if len(found) == count and all(map(isfinite, found)) else ()


def _of_numbers(by: str, chromaticities: Chromaticities, curve: float) -> Told:
    if not 0.1 <= curve <= 10:
        return Told(by, "an impossible gamma", None)
    if np.allclose(chromaticities, _SRGB, rtol=0, atol=0.001):
        return Told(by, f"a gamma of {curve:.3g}", _SRGB, curve)
    return Told(by, f"primaries of its own and a gamma of {curve:.3g}", chromaticities, curve)


def _matrix(chromaticities: Chromaticities) -> NDArray[np.float64] | None:
    """Linear light of a space to linear sRGB; None if there is no such space."""
    source, target = _to_xyz(chromaticities), _to_xyz(_SRGB)
    if source is None:
        return None
    assert target is not None
    whites = [_BRADFORD @ matrix.sum(axis=1) for matrix in (source, target)]
    if (whites[0] <= 0).any():
        return None
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(whites[1] / whites[0]) @ _BRADFORD
    return np.asarray(np.linalg.inv(target) @ adapted @ source)


def _to_xyz(chromaticities: Chromaticities) -> NDArray[np.float64] | None:
    """Linear light of a space to XYZ, white with Y = 1; None if there is no such space."""
    xy = np.array(chromaticities, dtype=np.float64).reshape(4, 2)
    if not np.isfinite(xy).all() or (np.abs(xy) > 2).any() or (np.abs(xy[:, 1]) < 1e-4).any():
        return None
    xyz = np.stack([xy[:, 0], xy[:, 1], 1 - xy.sum(axis=1)]) / xy[:, 1]
    if abs(np.linalg.det(xyz[:, 1:])) < 1e-6:
        return None
    return np.asarray(xyz[:, 1:] * np.linalg.solve(xyz[:, 1:], xyz[:, 0]))


_EDGES = linear((np.arange(255) + 0.5) / 255)
"""The light from which on a value is rounded to the next."""
