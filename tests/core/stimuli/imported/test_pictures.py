"""Decoding of the user's pictures: R20, R21, R22, R26 and the refusals of R23."""

from __future__ import annotations

import hashlib
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.base.errors import PictureError
from core.stimuli.imported.pictures import MAX_PIXELS, decode_picture
from tests.core.picture_files import (
    deep_png,
    encoded,
    flat,
    gray_profile,
    png,
    png_header,
    swapped_profile,
    tiff,
    without_adobe_mark,
)

GRADIENT = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def only_color(data: bytes, **options: object) -> tuple[int, ...]:
    pixels = decode_picture(data, **options).pixels  # type: ignore[arg-type]
    colors = np.unique(pixels.reshape(-1, 3), axis=0)
    assert len(colors) == 1
    return tuple(int(value) for value in colors[0])


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_pictures_keep_every_value(kind: str) -> None:
    data = encoded(Image.fromarray(GRADIENT), kind)
    picture = decode_picture(data)
    assert picture.pixels.dtype == np.uint8
    np.testing.assert_array_equal(picture.pixels, GRADIENT)
    assert picture.notes == ()
    assert picture.format == kind
    assert picture.sha256 == hashlib.sha256(data).hexdigest()


def test_r20_hidden_colors_of_transparent_pixels_never_show() -> None:
    values = np.zeros((4, 4, 4), np.uint8)
    values[..., :3] = (255, 0, 0)  # red under full transparency
    values[:, 2:, 3] = 255
    data = encoded(Image.fromarray(values), "PNG")
    picture = decode_picture(data, background=(10, 20, 30))
    assert (picture.pixels[:, :2] == (10, 20, 30)).all()
    assert (picture.pixels[:, 2:] == (255, 0, 0)).all()
    assert picture.notes == ("transparent parts put on #0a141e",)


def test_r20_half_transparent_pixels_blend_with_the_stated_background() -> None:
    data = encoded(flat("RGBA", (200, 100, 0, 51)), "PNG")  # alpha one fifth
    assert only_color(data, background=(0, 50, 255)) == (40, 60, 204)
    assert only_color(data) == (244, 224, 204)  # white is the default


def test_r20_palette_transparency_is_put_on_the_background() -> None:
    image = flat("P", 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((0, 0), 1)
    data = encoded(image, "PNG", transparency=0)
    pixels = decode_picture(data, background=(1, 2, 3)).pixels
    assert tuple(pixels[0, 0]) == (0, 0, 255)
    assert (pixels[1:] == (1, 2, 3)).all()


def test_r20_gray_with_alpha_and_gray_with_one_transparent_value() -> None:
    assert only_color(encoded(flat("LA", (9, 0)), "PNG"), background=(7, 8, 9)) == (7, 8, 9)
    keyed = encoded(flat("L", 9), "PNG", transparency=9)
    assert only_color(keyed, background=(7, 8, 9)) == (7, 8, 9)
    values = np.array([[1000, 1001]])
    deep = deep_png(values, 0, (b"tRNS", (1000).to_bytes(2, "big")))
    pixels = decode_picture(deep, background=(7, 8, 9)).pixels
    assert tuple(pixels[0, 0]) == (7, 8, 9)
    assert tuple(pixels[0, 1]) == (4, 4, 4)


def test_r20_one_transparent_color_of_sixteen_bits_is_compared_whole() -> None:
    key = np.array([0x0A55, 0x1455, 0x1E55])
    values = np.stack([key, key - 0x55, key ^ (0, 0, 1), key[::-1]])[None].repeat(2, axis=0)
    data = deep_png(values, 2, (b"tRNS", key.astype(">u2").tobytes()))
    picture = decode_picture(data)
    shown = [(255, 255, 255), (10, 20, 30), (10, 20, 30), (30, 20, 10)]
    assert picture.pixels.tolist() == [list(map(list, shown))] * 2
    assert "transparent parts put on #ffffff" in picture.notes
    unused = deep_png(values[:, 1:], 2, (b"tRNS", key.astype(">u2").tobytes()))
    assert decode_picture(unused).notes == ("16-bit colors reduced to their upper 8 bits",)
    assert decode_picture(unused).pixels.tolist() == [list(map(list, shown[1:]))] * 2


def test_r20_an_opaque_alpha_channel_is_not_worth_a_note() -> None:
    assert decode_picture(encoded(flat("RGBA", (1, 2, 3, 255)), "PNG")).notes == ()


def test_r21_sixteen_bit_gray_is_divided_by_its_full_range() -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65535]])
    picture = decode_picture(deep_png(values, 0))
    np.testing.assert_array_equal(picture.pixels[0, :, 0], [0, 0, 1, 1, 128, 255])
    assert picture.notes == ("16-bit gray divided by 257",)


def test_r21_sixteen_bit_gray_is_not_stretched_by_its_own_content() -> None:
    assert only_color(deep_png(np.full((2, 2), 2570), 0)) == (10, 10, 10)


def test_r21_sixteen_bit_gray_of_tiff_also_with_white_as_zero_and_twelve_bits() -> None:
    values = np.full((2, 2), 51400)
    assert only_color(tiff(values, bits=16)) == (200, 200, 200)
    assert only_color(tiff(values, bits=16, photometric=0)) == (55, 55, 55)
    packed = np.frombuffer(bytes([0xFF, 0xF0, 0x00]) * 2, "<u2").reshape(3, 1)
    assert decode_picture(tiff_twelve(packed)).pixels[0, :, 0].tolist() == [255, 0]


def tiff_twelve(words: np.ndarray) -> bytes:
    """Two pixels of twelve bits a row, on two rows: 4095 and 0."""
    data = tiff(words, bits=12)
    # The helper writes the shape of the words; the picture is two pixels wide and two high.
    return data.replace(
        b"\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00", b"\x00\x01\x03\x00\x01\x00\x00\x00\x02\x00"
    ).replace(
        b"\x01\x01\x03\x00\x01\x00\x00\x00\x03\x00", b"\x01\x01\x03\x00\x01\x00\x00\x00\x02\x00"
    )


def test_r21_sixteen_bit_colors_keep_their_upper_byte() -> None:
    values = np.full((2, 2, 3), (0xFF00, 0x80FF, 0x0000))
    picture = decode_picture(deep_png(values, 2))
    assert tuple(picture.pixels[0, 0]) == (255, 128, 0)
    assert picture.notes == ("16-bit colors reduced to their upper 8 bits",)


@pytest.mark.parametrize(("mode", "color"), [("L", 77), ("1", 255)])
def test_r21_gray_pictures_get_three_equal_channels(mode: str, color: int) -> None:
    assert only_color(encoded(flat(mode, color), "PNG")) == (color,) * 3


def test_r21_cmyk_has_the_right_colors_inverted_by_adobe_or_not() -> None:
    cyan = flat("CMYK", (255, 0, 0, 0), (16, 16))
    adobe = encoded(cyan, "JPEG", quality=100)
    assert only_color(adobe) == (0, 255, 255)
    assert "CMYK converted to sRGB" in decode_picture(adobe).notes
    # The same stored numbers without Adobe's mark mean the complement: all inks but cyan.
    assert only_color(without_adobe_mark(adobe)) == (0, 0, 0)
    black = encoded(flat("CMYK", (0, 0, 0, 255), (16, 16)), "JPEG", quality=100)
    assert only_color(black) == (0, 0, 0)
    tiff_file = encoded(flat("CMYK", (0, 255, 255, 0)), "TIFF")
    assert only_color(tiff_file) == (255, 0, 0)


def test_r21_an_embedded_profile_is_honored() -> None:
    data = encoded(flat("RGB", (255, 0, 0)), "PNG", icc_profile=swapped_profile())
    picture = decode_picture(data)
    red, green, blue = (int(value) for value in picture.pixels[0, 0])
    assert (red, blue) == (0, 0)
    assert green >= 254
    assert picture.notes == ("converted to sRGB by its color profile",)


@pytest.mark.parametrize("deep", [False, True])
def test_r21_a_gray_profile_is_honored(deep: bool) -> None:
    profile = gray_profile(1.0)  # linear light: 128/255 of the light is 188 in sRGB
    if deep:
        compressed = zlib.compress(profile)
        data = deep_png(np.full((2, 2), 128 * 257), 0, (b"iCCP", b"linear\0\0" + compressed))
    else:
        data = encoded(flat("L", 128), "PNG", icc_profile=profile)
    color = only_color(data)
    assert color[0] == color[1] == color[2]
    assert abs(color[0] - 188) <= 1
    assert "converted to sRGB by its color profile" in decode_picture(data).notes


def test_r21_a_profile_that_is_srgb_changes_no_value() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    every = np.arange(256, dtype=np.uint8)
    values = np.stack([every, every[::-1], np.roll(every, 77)], axis=-1)[None]
    picture = decode_picture(encoded(Image.fromarray(values), "PNG", icc_profile=profile))
    np.testing.assert_array_equal(picture.pixels, values)
    assert picture.notes == ()


def test_r21_a_broken_profile_is_noted_and_the_colors_are_kept() -> None:
    picture = decode_picture(encoded(flat("RGB", (1, 2, 3)), "PNG", icc_profile=b"nonsense"))
    assert tuple(picture.pixels[0, 0]) == (1, 2, 3)
    assert picture.notes == ("its color profile cannot be used; taken as sRGB",)


def test_r21_a_profile_goes_with_transparency() -> None:
    image = flat("RGBA", (255, 0, 0, 0))
    image.putpixel((0, 0), (255, 0, 0, 255))
    picture = decode_picture(encoded(image, "PNG", icc_profile=swapped_profile()))
    assert picture.pixels[0, 0, 1] >= 254
    assert tuple(picture.pixels[0, 1]) == (255, 255, 255)
    assert len(picture.notes) == 2


def test_r21_lab_is_converted_and_real_numbers_are_refused() -> None:
    neutral = encoded(flat("LAB", (255, 128, 128)), "TIFF")
    assert min(only_color(neutral)) >= 254  # rounding of the conversion
    with pytest.raises(PictureError, match="real numbers"):
        decode_picture(encoded(flat("F", 0.5), "TIFF"), name="depth.tif")


def test_r21_a_misnamed_file_is_read_by_its_content_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(Image.fromarray(GRADIENT), "PNG"))
    picture = decode_picture(path)
    np.testing.assert_array_equal(picture.pixels, GRADIENT)
    assert picture.notes == ("a PNG file in spite of its ending .jpg",)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_r22_the_orientation_mark_is_applied(kind: str, orientation: int) -> None:
    # What an upright picture looks like when stored for each mark, by the EXIF standard: the
    # first row and the first column of what is stored are these sides of the upright picture.
    sides = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :16] = 255  # a white corner at the top left
    upright[:16, 32:] = 128  # a gray one at the top right
    first_row, first_column = sides[orientation]
    stored = upright
    if first_row in ("left", "right"):
        stored = stored.swapaxes(0, 1)
    if first_row in ("bottom", "right"):
        stored = stored[::-1]
    if first_column in ("bottom", "right"):
        stored = stored[:, ::-1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100} if kind == "JPEG" else {}
    picture = decode_picture(
        encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options)
    )
    assert picture.pixels.shape == upright.shape
    np.testing.assert_allclose(picture.pixels.astype(int), upright, atol=3)
    assert picture.notes == (() if orientation == 1 else ("rotated by its EXIF orientation",))


def test_an_animation_shows_its_first_frame() -> None:
    first, second = flat("RGB", (255, 0, 0)), flat("RGB", (0, 0, 255))
    data = encoded(first, "GIF", save_all=True, append_images=[second, first])
    assert only_color(data) == (255, 0, 0)
    assert decode_picture(data).notes == ("the first of 3 frames",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page"),
        (b"just text", "is not a picture"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG drawing"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "is not a picture"),  # a program, never run
        (b"\x89PNG\r\n\x1a\n", "is damaged or cut off"),
    ],
)
def test_r23_what_is_no_picture_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, name="item 1")
    assert caught.value.message.startswith(f"item 1 {reason}")
    assert caught.value.message.count(".") == 1
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_r23_truncated_pictures_are_refused_not_half_shown(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    with pytest.raises(PictureError, match="damaged or cut off"):
        decode_picture(data[: len(data) * 2 // 3], name="half")


def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    for size in (side, 30_000):
        data = png(png_header(size, size), (b"IDAT", b""), (b"IEND", b""))
        with pytest.raises(PictureError, match="megapixels"):
            decode_picture(data, name="huge.png")


def test_a_hundred_megapixels_are_not_refused_for_their_size() -> None:
    data = png(png_header(10_000, 10_000), (b"IDAT", b""), (b"IEND", b""))
    with pytest.raises(PictureError, match="damaged"):  # there is no data, and no other complaint
        decode_picture(data, name="large.png")


def test_missing_files_and_folders_are_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"no picture gone\.png"):
        decode_picture(tmp_path / "gone.png")
    with pytest.raises(PictureError, match="is a folder"):
        decode_picture(tmp_path)


def test_r09_names_may_hold_spaces_and_any_letters(tmp_path: Path) -> None:
    path = tmp_path / "My Pictures – 図" / "été ñandú 🙂.png"
    path.parent.mkdir()
    path.write_bytes(encoded(Image.fromarray(GRADIENT), "PNG"))
    np.testing.assert_array_equal(decode_picture(path).pixels, GRADIENT)


def test_r26_decoding_leaves_no_file_open_and_no_memory_behind(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    path.write_bytes(encoded(Image.fromarray(noise), "PNG"))
    broken = tmp_path / "broken.png"
    broken.write_bytes(path.read_bytes()[:5000])

    def both() -> None:
        decode_picture(path)
        with pytest.raises(PictureError):
            decode_picture(broken)

    both()
    before = open_files()
    tracemalloc.start()
    try:
        both()
        start = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            both()
        grown = tracemalloc.get_traced_memory()[0] - start
    finally:
        tracemalloc.stop()
    assert open_files() == before
    assert grown < noise.nbytes  # not even one of the hundred pictures is held


def open_files() -> int | None:
    """Number of open file descriptors, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else None
