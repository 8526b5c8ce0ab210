"""Every kind of decoded picture to 8-bit sRGB on a stated background (R20, R21).

Rules, the same for every file:

- An embedded color profile is honored, or what the file tells of its colors without one (see
  `core.stimuli.imported.spaces`); without both the values are taken as sRGB (CMYK by the plain
  complement, (1 − C)(1 − K)). A profile that is sRGB in effect changes no value.
- 16-bit gray is divided by its format's full range, never stretched between its own darkest and
  lightest value. 16-bit colors keep their upper 8 bits.
- Transparent pixels are put on the background in gamma-encoded values, before any resizing, so
  that the colors hidden under them reach nothing.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from core.base.errors import PictureError
from core.color.spaces import to_hex
from core.color.terms import Rgb
from core.stimuli.imported.spaces import Told

_STRIP_PIXELS = 2**20
_PROBE_STEPS = 9
_GRAY_16 = ("I;16", "I;16L", "I;16B", "I;16N")
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262


def to_srgb(
    image: Image.Image, background: Rgb, orientation: object = 1, told: Told | None = None
) -> tuple[NDArray[np.uint8], list[str]]:
    """Convert a loaded picture, a strip at a time: all of it at once would take many times as much.

    Parameters
    ----------
    image : PIL.Image.Image
        Loaded, first frame.
    background : Rgb
        What transparent pixels are put on.
    orientation : object
        How it is stored, 1..8 as in EXIF; anything else means upright.
    told : Told, optional
        What the file tells of its colors besides a profile.

    Returns
    -------
    pixels : ndarray of uint8, shape (H, W, 3), sRGB, upright
    notes : list of str
        What was converted.

    Raises
    ------
    PictureError
        If the values have no defined colors; the message is a clause to put after a file's name.
    """
    width, height = image.size
    turned = orientation in (5, 6, 7, 8)
    pixels = np.empty((width, height, 3) if turned else (height, width, 3), np.uint8)
    stored = _as_stored(pixels, orientation)
    converter = _Converter(image, background, told)
    notes: dict[str, None] = {}  # in their order, each once
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        stored[top:bottom], said = converter.strip(image.crop((0, top, width, bottom)))
        notes |= dict.fromkeys(said)
    return pixels, list(notes)


def _as_stored(upright: NDArray[np.uint8], orientation: object) -> NDArray[np.uint8]:
    """A view of an upright picture as it is stored under an EXIF orientation."""
    if orientation in (2, 3, 6, 7):
        upright = upright[:, ::-1]
    if orientation in (3, 4, 7, 8):
        upright = upright[::-1]
    return upright.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else upright


def composite_on(
    colors: NDArray[np.uint8], alpha: NDArray[np.uint8], background: Rgb
) -> NDArray[np.uint8]:
    """Put colors, (H, W, 3), with alpha, (H, W), on a background, linear in gamma-encoded values.

    The colors are not premultiplied. The result, rounded to the nearest, is exactly the background
    where alpha is 0, exactly the color where it is 255.
    """
    result = np.empty_like(colors)
    share = alpha.astype(np.uint32)
    for channel, behind in enumerate(background):  # one channel at a time: a third of the memory
        over = colors[:, :, channel].astype(np.uint32) * share
        result[:, :, channel] = (over + behind * (255 - share) + 127) // 255
    return result


class _Converter:
    """Turns strips of a picture into sRGB on a background, all by the same rules."""

    def __init__(self, image: Image.Image, background: Rgb, told: Told | None) -> None:
        self._background = background
        self._deep = image.mode in _GRAY_16 or image.mode == "I"
        self._full = 2 ** _bits_of(image) - 1
        self._white_is_zero = _tag(image, _TIFF_PHOTOMETRIC) == 0  # Pillow passes it on as it is
        # Pillow takes every CMYK JPEG as inverted, as Adobe writes them. Only files that carry
        # Adobe's mark are.
        self._upright_cmyk = image.format == "JPEG" and "adobe" not in image.info
        self._notes: list[str] = []
        profile = image.info.get("icc_profile")
        mode = _opaque_mode("L" if self._deep else image.mode)
        self._told: Told | None = None
        self._transform: ImageCms.ImageCmsTransform | None = None
        if image.mode == "F":
            raise PictureError("holds real numbers without a defined range")
        if self._deep:
            self._notes.append(f"{_bits_of(image)}-bit gray divided by {self._full / 255:g}")
        if mode == "CMYK":
            self._notes.append("CMYK converted to sRGB")
        if mode == "LAB":
            self._notes.append("CIE Lab converted to sRGB")
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
            self._transform = _transform(source, mode)
        elif profile and not (told is not None and told.over_profile and mode != "CMYK"):
            self._by_profile(profile, mode, told)
        else:
            self._by_what_is_told(told, mode)

    def strip(self, image: Image.Image) -> tuple[NDArray[np.uint8], list[str]]:
        """Some rows of the picture, uint8 (H, W, 3), and what was done with them."""
        alpha: NDArray[np.uint8] | None
        if self._deep:
            image, alpha = self._shallow(image)
        else:
            alpha = _alpha_of(image)
        colors = self._colors_of(image)
        if alpha is None:
            return colors, self._notes
        put = f"transparent parts put on {to_hex(self._background).lower()}"
        return composite_on(colors, alpha, self._background), [*self._notes, put]

    def _shallow(self, image: Image.Image) -> tuple[Image.Image, NDArray[np.uint8] | None]:
        """Deep gray in 8 bits, and alpha of one value that is transparent."""
        values = np.asarray(image).astype(np.int64)
        full = self._full
        if values.min() < 0 or values.max() > full:
            raise PictureError("holds gray values outside the range of 16 bits")
        transparent = image.info.get("transparency")
        hidden = values == transparent if isinstance(transparent, int) else None
        if self._white_is_zero:
            values = full - values
        gray = ((values * 255 + full // 2) // full).astype(np.uint8)
        if hidden is None or not hidden.any():
            return Image.fromarray(gray), None
        return Image.fromarray(gray), np.where(hidden, 0, 255).astype(np.uint8)

    def _colors_of(self, image: Image.Image) -> NDArray[np.uint8]:
        """Colors without regard to alpha."""
        if image.mode == "CMYK" and self._upright_cmyk:
            image = Image.fromarray(255 - np.asarray(image), "CMYK")
        image = _without_alpha(image)
        if self._transform is not None:
            converted = self._transform.apply(image)
            assert converted is not None  # it is None only for in-place conversion
            return _array(converted)
        colors = _array(image.convert("RGB"))
        return colors if self._told is None else self._told.to_srgb(colors)

    def _by_profile(self, profile: bytes, mode: str, told: Told | None) -> None:
        """Convert by an embedded profile, unless it is sRGB in effect; else by what is told."""
        try:
            transform = _transform(ImageCms.ImageCmsProfile(io.BytesIO(profile)), mode)
            if mode in ("RGB", "L") and _changes_nothing(transform, mode):
                return
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            if self._by_what_is_told(told, mode):
                self._notes.insert(-1, "its color profile cannot be used")
            else:
                self._notes.append("its color profile cannot be used; taken as sRGB")
            return
        self._notes.append("converted to sRGB by its color profile")
        self._transform = transform

    def _by_what_is_told(self, told: Told | None, mode: str) -> bool:
        """Convert by what the file tells besides a profile; False if that is nothing."""
        if told is None or mode == "CMYK":
            return False
        self._notes.append(told.note)
        self._told = told if told.known else None
        return True


def _bits_of(image: Image.Image) -> int:
    """Bits a gray value may have: those the file states, else 16."""
    stated = _tag(image, _TIFF_BITS)
    return stated if stated in (12, 16) else 16


def _tag(image: Image.Image, number: int) -> int | None:
    value = getattr(image, "tag_v2", {}).get(number)
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, int) else None


def _alpha_of(image: Image.Image) -> NDArray[np.uint8] | None:
    """Alpha of a picture that has any transparency, shape (H, W)."""
    if not image.has_transparency_data:
        return None
    alpha = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    values = np.asarray(alpha.getchannel("A"))
    return None if values.min() == 255 else values


def _transform(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """True if a profile moves no color of a grid, or no gray, by more than a rounding step.

    Names of profiles differ and prove nothing; passing pixels through an sRGB-to-sRGB conversion
    would still move some of them by one.
    """
    if mode == "L":
        probe = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    else:
        steps = np.linspace(0, 255, _PROBE_STEPS).round().astype(np.uint8)
        grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
        probe = Image.fromarray(np.ascontiguousarray(grid.reshape(1, -1, 3)))
    moved = transform.apply(probe)
    assert moved is not None
    return int(np.abs(_array(moved).astype(np.int16) - _array(probe)).max()) <= 1


def _opaque_mode(mode: str) -> str:
    """The mode of a picture without its alpha, one that color profiles are made for."""
    if mode in ("L", "RGB", "CMYK", "LAB"):
        return mode
    return "L" if mode in ("1", "LA", "La") else "RGB"


def _without_alpha(image: Image.Image) -> Image.Image:
    """The picture without alpha, in the mode that `_opaque_mode` tells."""
    if image.mode == _opaque_mode(image.mode):
        return image
    if image.mode in ("1", "LA", "La"):
        return image.convert("L")
    if image.mode in ("P", "PA", "RGBX", "RGBa"):
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        return Image.merge("RGB", image.split()[:3])
    return image.convert("RGB")


def _array(image: Image.Image) -> NDArray[np.uint8]:
    return np.array(image if image.mode == "RGB" else image.convert("RGB"), dtype=np.uint8)
