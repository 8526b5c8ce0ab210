"""Color spaces told outside an embedded profile (R71).

The expected values were worked out apart from the lab with the matrices printed in the standards:
Adobe RGB (1998) to XYZ and XYZ to sRGB of IEC 61966-2-1, and Display P3 to sRGB, in thirty digits.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.stimuli.imported.pictures import decode_picture
from tests.core.picture_files import encoded, flat, png, png_header, swapped_profile

ORANGE = (200, 120, 60)
ORANGE_OF_ADOBE_RGB = (224, 121, 53)  # 223.75, 120.84, 52.62
ORANGE_OF_DISPLAY_P3 = (213, 115, 42)  # 212.98, 115.00, 42.32
MORE_OF_ADOBE_RGB = {
    (128, 128, 128): (129, 129, 129),  # 129.02, 129.03, 129.03
    (100, 150, 200): (66, 151, 203),  # 65.97, 151.41, 203.11
    (60, 160, 90): (0, 161, 85),  # outside sRGB, 161.48, 84.70
}
FROM_ADOBE_RGB = "converted to sRGB from Adobe RGB, told by its EXIF"
P3 = bytes((12, 13, 0, 1))


def color(data: bytes, background: tuple[int, int, int] = (255, 255, 255)) -> tuple[int, ...]:
    pixels = decode_picture(data, background).pixels
    colors = np.unique(pixels.reshape(-1, 3), axis=0)
    assert len(colors) == 1
    return tuple(int(value) for value in colors[0])


def notes(data: bytes) -> tuple[str, ...]:
    return decode_picture(data).notes


def flat_png(rgb: tuple[int, int, int], *chunks: tuple[bytes, bytes]) -> bytes:
    rows = (b"\0" + bytes(rgb) * 4) * 4
    image = (b"IDAT", zlib.compress(rows))
    return png(png_header(4, 4, 8, 2), *chunks, image, (b"IEND", b""))


def gamma(value: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def primaries(*numbers: float) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in numbers))


ADOBE = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


def photograph(space: int | None, mark: str = "", **numbers: object) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 1  # Pillow writes none that is empty but for its parts
    if space is not None:
        exif.get_ifd(0x8769)[0xA001] = space
    if mark:
        exif.get_ifd(0x8769)[0xA005] = {1: mark}
    if numbers:
        exif[0x013E], exif[0x013F] = numbers["white"], numbers["primaries"]
        exif.get_ifd(0x8769)[0xA500] = numbers["gamma"]
    return exif


@pytest.mark.parametrize("exif", [photograph(0xFFFF, "R03"), photograph(2)])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_r71_adobe_rgb_told_by_exif_is_converted(exif: Image.Exif, kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    for rgb, expected in {ORANGE: ORANGE_OF_ADOBE_RGB, **MORE_OF_ADOBE_RGB}.items():
        data = encoded(flat("RGB", rgb), kind, exif=exif, **options)
        assert color(data) == expected
        assert notes(data) == (FROM_ADOBE_RGB,)


def test_r71_adobe_rgb_of_a_jpeg_and_of_a_gray_one() -> None:
    exif = photograph(0xFFFF, "R03")
    data = encoded(flat("RGB", ORANGE, (16, 16)), "JPEG", exif=exif, quality=100, subsampling=0)
    np.testing.assert_allclose(color(data), ORANGE_OF_ADOBE_RGB, atol=2)  # JPEG's own rounding
    assert notes(data) == (FROM_ADOBE_RGB,)
    assert color(encoded(flat("L", 128, (16, 16)), "JPEG", exif=exif, quality=100)) == (129,) * 3


def test_r71_exif_that_says_srgb_changes_nothing_and_other_spaces_are_named() -> None:
    data = encoded(flat("RGB", ORANGE), "PNG", exif=photograph(1, "R98"))
    assert (color(data), notes(data)) == (ORANGE, ())
    data = encoded(flat("RGB", ORANGE), "PNG", exif=photograph(0xFFFF))
    assert color(data) == ORANGE
    assert notes(data) == (
        "its EXIF tells of uncalibrated colors, which is not converted; taken as sRGB",
    )


def test_r71_numbers_of_exif_are_used() -> None:
    exif = photograph(0xFFFF, white=ADOBE[:2], primaries=ADOBE[2:], gamma=563 / 256)
    data = encoded(flat("RGB", ORANGE), "WEBP", lossless=True, exif=exif)
    assert color(data) == ORANGE_OF_ADOBE_RGB
    assert notes(data) == (
        "converted to sRGB from primaries of its own and a gamma of 2.2, told by its EXIF",
    )


def test_r71_white_and_gray_stay_so_whatever_white_a_picture_is_relative_to() -> None:
    exif = photograph(0xFFFF, white=(0.3457, 0.3585), primaries=ADOBE[2:], gamma=2.2)
    for value in (255, 128, 20):
        data = encoded(flat("RGB", (value,) * 3), "WEBP", lossless=True, exif=exif)
        assert max(color(data)) - min(color(data)) <= 1
        assert abs(color(data)[0] - value) <= 8


@pytest.mark.parametrize(
    ("exponent", "values"),
    [
        (1, {128: 188, 10: 56, 64: 137}),  # 187.85, 55.76, 137.21
        (1.8, {128: 146, 64: 81, 200: 210}),  # 146.41, 81.37, 210.19
        (2.8, {128: 106, 64: 40, 200: 189}),  # 106.36, 39.60, 188.60
    ],
)
def test_r71_the_gamma_of_a_png_is_undone(exponent: float, values: dict[int, int]) -> None:
    for value, expected in values.items():
        data = flat_png((value, 255, 0), gamma(1 / exponent))
        assert color(data) == (expected, 255, 0)
        assert notes(data) == (
            f"converted to sRGB from a gamma of {exponent:.3g}, told by its PNG gAMA",
        )


def test_r71_primaries_and_gamma_of_a_png_are_used() -> None:
    data = flat_png(ORANGE, gamma(256 / 563), primaries(*ADOBE))
    assert color(data) == ORANGE_OF_ADOBE_RGB
    assert len(notes(data)) == 1


@pytest.mark.parametrize(
    "chunks",
    [
        (gamma(1 / 2.2),),
        (gamma(1 / 2.2), primaries(*SRGB)),
        (primaries(*SRGB), gamma(1 / 2.2)),
        ((b"sRGB", b"\0"), gamma(1)),  # the chunk says more than the number
        ((b"cICP", bytes((1, 13, 0, 1))), gamma(1)),
    ],
)
def test_r71_a_png_that_is_srgb_by_its_chunks_keeps_every_value(
    chunks: tuple[tuple[bytes, bytes], ...],
) -> None:
    for rgb in (ORANGE, (1, 2, 3)):
        data = flat_png(rgb, *chunks)
        assert (color(data), notes(data)) == (rgb, ())


def test_r71_a_profile_counts_more_than_gamma_and_code_points_more_than_a_profile() -> None:
    profile = (b"iCCP", b"swapped\0\0" + zlib.compress(swapped_profile()))
    data = flat_png((255, 0, 0), profile, gamma(1))
    assert notes(data) == ("converted to sRGB by its color profile",)
    assert color(data)[1] >= 254
    data = flat_png(ORANGE, (b"cICP", P3), profile)
    assert color(data) == ORANGE_OF_DISPLAY_P3
    assert notes(data) == ("converted to sRGB from Display P3, told by its PNG cICP",)


@pytest.mark.parametrize(
    ("codes", "name"),
    [((9, 16), "BT.2020 with the curve PQ"), ((1, 18), "BT.709 with the curve HLG")],
)
def test_r71_a_curve_without_an_exact_conversion_is_said(codes: tuple[int, int], name: str) -> None:
    data = flat_png(ORANGE, (b"cICP", bytes((*codes, 0, 1))))
    assert color(data) == ORANGE
    assert notes(data) == (f"its PNG cICP tells of {name}, which is not converted; taken as sRGB",)


@pytest.mark.parametrize(
    "chunks",
    [
        (primaries(*ADOBE),),  # without a curve
        (gamma(0.0),),
        (gamma(0.0001),),
        (gamma(1), primaries(0.3, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)),
        (gamma(1), primaries(0, 0, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_r71_impossible_and_incomplete_spaces_are_said(
    chunks: tuple[tuple[bytes, bytes], ...],
) -> None:
    data = flat_png(ORANGE, *chunks)
    assert color(data) == ORANGE
    assert len(notes(data)) == 1
    assert notes(data)[0].endswith("which is not converted; taken as sRGB")


def test_r71_colors_are_converted_before_they_are_put_on_the_background() -> None:
    image = Image.new("RGBA", (4, 4), (*ORANGE, 0))
    image.putpixel((0, 0), (*ORANGE, 255))
    data = encoded(image, "WEBP", lossless=True, exact=True, exif=photograph(2))
    pixels = decode_picture(data, (1, 2, 3)).pixels
    assert tuple(pixels[0, 0]) == ORANGE_OF_ADOBE_RGB
    assert tuple(pixels[1, 1]) == (1, 2, 3)
    assert notes(data) == (FROM_ADOBE_RGB, "transparent parts put on #ffffff")


def test_r71_code_points_of_avif_are_used() -> None:
    if not Image.registered_extensions().get(".avif") or "AVIF" not in Image.SAVE:
        pytest.skip("this build of Pillow writes no AVIF")
    plain = encoded(flat("RGB", ORANGE, (16, 16)), "AVIF", quality=100, subsampling="4:4:4")
    assert notes(plain) == ()
    np.testing.assert_allclose(color(plain), ORANGE, atol=1)
    place = plain.index(b"colrnclx") + 8
    told = plain[:place] + struct.pack(">HH", 12, 13) + plain[place + 4 :]
    assert notes(told) == ("converted to sRGB from Display P3, told by its AVIF nclx",)
    np.testing.assert_allclose(color(told), ORANGE_OF_DISPLAY_P3, atol=2)
    told = plain[:place] + struct.pack(">HH", 9, 16) + plain[place + 4 :]
    assert notes(told)[0].startswith("its AVIF nclx tells of BT.2020 with the curve PQ")


def jpeg_2000(color_box: bytes) -> bytes:
    """A picture of one red color with another color box."""
    plain = encoded(flat("RGB", (255, 0, 0), (16, 16)), "JPEG2000")
    header, old = plain.index(b"jp2h") - 4, plain.index(b"colr") - 4
    (header_size,) = struct.unpack_from(">I", plain, header)
    (old_size,) = struct.unpack_from(">I", plain, old)
    new = struct.pack(">I4s", 8 + len(color_box), b"colr") + color_box
    size = struct.pack(">I", header_size - old_size + len(new))
    return plain[:header] + size + plain[header + 4 : old] + new + plain[old + old_size :]


def test_r71_the_profile_of_a_jpeg_2000_is_honored_and_other_spaces_are_named() -> None:
    plain = jpeg_2000(b"\1\0\0" + struct.pack(">I", 16))
    assert (color(plain), notes(plain)) == ((255, 0, 0), ())
    swapped = jpeg_2000(b"\2\0\0" + swapped_profile())
    assert color(swapped)[1] >= 254
    assert notes(swapped) == ("converted to sRGB by its color profile",)
    vendor = jpeg_2000(b"\4\0\0" + struct.pack(">I", 21))  # whose numbers mean something else
    assert (color(vendor), notes(vendor)) == ((255, 0, 0), ())
    other = jpeg_2000(b"\1\0\0" + struct.pack(">I", 21))
    assert notes(other) == (
        "its JPEG 2000 header tells of ROMM RGB, which is not converted; taken as sRGB",
    )


def bitmap(kind: bytes, ends: tuple[float, ...] = (0.0,) * 9, curve: float = 0.0) -> bytes:
    """A bitmap of one orange pixel whose header, of version 4, tells of its colors."""
    header = struct.pack("<IiiHHIIiiII", 108, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(16) + kind
    header += struct.pack("<9i", *(round(value * 2**30) for value in ends))
    header += struct.pack("<3I", *[round(curve * 2**16)] * 3)
    assert len(header) == 108
    body = bytes(ORANGE[::-1]) + b"\0"
    return struct.pack("<2sIHHI", b"BM", 122 + len(body), 0, 0, 122) + header + body


def test_r71_a_calibrated_bitmap_is_converted() -> None:
    adobe = (0.57667, 0.29734, 0.02703, 0.18556, 0.62736, 0.07069, 0.18823, 0.07529, 0.99134)
    data = bitmap(bytes(4), adobe, 563 / 256)
    assert color(data) == ORANGE_OF_ADOBE_RGB
    assert notes(data)[0].endswith("told by its BMP header")
    for usual in (bitmap(b"BGRs"), bitmap(b" niW"), bitmap(bytes(4))):
        assert (color(usual), notes(usual)) == (ORANGE, ())
    assert "a color profile, which is not converted" in notes(bitmap(b"DEBM"))[0]


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        ((12, 13, 0, 0), "Display P3 with values of narrow range"),
        ((1, 13, 0, 0), "sRGB with values of narrow range"),
        ((12, 13, 1, 1), "Display P3 with the matrix 1"),
        ((9, 16, 9, 0), "BT.2020 with the curve PQ with the matrix 9 and values of narrow range"),
    ],
)
def test_r71_code_points_of_other_than_full_range_rgb_are_said(
    codes: tuple[int, int, int, int], name: str
) -> None:
    data = flat_png(ORANGE, (b"cICP", bytes(codes)))
    assert color(data) == ORANGE
    assert notes(data) == (f"its PNG cICP tells of {name}, which is not converted; taken as sRGB",)


@pytest.mark.parametrize(
    "chunks",
    [(gamma(1),), (gamma(1), primaries(*ADOBE)), (primaries(*ADOBE),), ((b"cICP", P3),)],
)
def test_r71_color_chunks_behind_the_pixels_do_not_count(
    chunks: tuple[tuple[bytes, bytes], ...],
) -> None:
    rows = (b"IDAT", zlib.compress((b"\0" + bytes(ORANGE) * 4) * 4))
    data = png(png_header(4, 4, 8, 2), rows, *chunks, (b"IEND", b""))
    assert (color(data), notes(data)) == (ORANGE, ())
    # Nor do they take the place of what stands before.
    data = png(png_header(4, 4, 8, 2), gamma(1 / 1.8), rows, *chunks, (b"sRGB", b"\0"))
    data += png((b"IEND", b""))[8:]
    assert notes(data) == ("converted to sRGB from a gamma of 1.8, told by its PNG gAMA",)
    assert color(data) == color(flat_png(ORANGE, gamma(1 / 1.8)))


def test_r71_what_is_told_counts_where_the_profile_is_of_no_use() -> None:
    broken = (b"iCCP", b"broken\0\0" + zlib.compress(b"nonsense"))
    data = flat_png(ORANGE, broken, gamma(256 / 563), primaries(*ADOBE))
    assert color(data) == ORANGE_OF_ADOBE_RGB
    assert notes(data)[0] == "its color profile cannot be used"
    assert "PNG gAMA and cHRM" in notes(data)[1]
