"""Every kind of decoded picture to 8-bit sRGB on a stated background (R20, R21).

Rules, the same for every file:

- An embedded color profile is honored; without one the values are taken as sRGB (CMYK by the plain
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

from core.color.terms import Rgb
from core.errors import PictureError

_PROBE_STEPS = 9
_GRAY_16 = ("I;16", "I;16L", "I;16B", "I;16N")
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262


def to_srgb(image: Image.Image, background: Rgb) -> tuple[NDArray[np.uint8], list[str]]:
    """Convert a loaded picture.

    Parameters
    ----------
    image : PIL.Image.Image
        Loaded, first frame, upright.
    background : Rgb
        What transparent pixels are put on.

    Returns
    -------
    pixels : ndarray of uint8, shape (H, W, 3), sRGB
    notes : list of str
        What was converted.

    Raises
    ------
    PictureError
        If the values have no defined colors; the message is a clause to put after a file's name.
    """
    notes: list[str] = []
    if image.mode in _GRAY_16 or image.mode == "I":
        return _from_deep_gray(image, background, notes)
    if image.mode == "F":
        raise PictureError("holds real numbers without a defined range")
    alpha = _alpha_of(image)
    if image.mode == "CMYK":
        image = _unify_cmyk(image)
        notes.append("CMYK converted to sRGB")
    colors = _colors_of(image, notes)
    if alpha is None:
        return colors, notes
    notes.append(f"transparent parts put on {_hex(background)}")
    return composite_on(colors, alpha, background), notes


def composite_on(
    colors: NDArray[np.uint8], alpha: NDArray[np.uint8], background: Rgb
) -> NDArray[np.uint8]:
    """Put colors with alpha on a background, linear in gamma-encoded values, to the nearest.

    Parameters
    ----------
    colors : ndarray of uint8, shape (H, W, 3), sRGB, not premultiplied
    alpha : ndarray of uint8, shape (H, W); 255 opaque
    background : Rgb

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        Exactly the background where alpha is 0, exactly the color where it is 255.
    """
    result = np.empty_like(colors)
    share = alpha.astype(np.uint32)
    for channel, behind in enumerate(background):  # one channel at a time: a third of the memory
        over = colors[:, :, channel].astype(np.uint32) * share
        result[:, :, channel] = (over + behind * (255 - share) + 127) // 255
    return result


def _from_deep_gray(
    image: Image.Image, background: Rgb, notes: list[str]
) -> tuple[NDArray[np.uint8], list[str]]:
    values = np.asarray(image).astype(np.int64)
    bits = _bits_of(image)
    full = 2**bits - 1
    if values.min() < 0 or values.max() > full:
        raise PictureError("holds gray values outside the range of 16 bits")
    transparent = image.info.get("transparency")
    hidden = values == transparent if isinstance(transparent, int) else None
    if _tag(image, _TIFF_PHOTOMETRIC) == 0:  # "white is zero", which Pillow passes on as it is
        values = full - values
    gray = ((values * 255 + full // 2) // full).astype(np.uint8)
    notes.append(f"{bits}-bit gray divided by {full / 255:g}")
    flat = Image.fromarray(gray)
    flat.info = dict(image.info)
    colors = _colors_of(flat, notes)
    if hidden is None:
        return colors, notes
    notes.append(f"transparent parts put on {_hex(background)}")
    alpha = np.where(hidden, 0, 255).astype(np.uint8)
    return composite_on(colors, alpha, background), notes


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


def _unify_cmyk(image: Image.Image) -> Image.Image:
    """CMYK with 0 as no ink.

    Pillow takes every CMYK JPEG as inverted, as Adobe writes them. Only files that carry Adobe's
    mark are.
    """
    if image.format == "JPEG" and "adobe" not in image.info:
        inverted = Image.fromarray(255 - np.asarray(image), "CMYK")
        inverted.info = dict(image.info)
        return inverted
    return image


def _colors_of(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    """Colors without regard to alpha, uint8 (H, W, 3), by the embedded profile if there is one."""
    profile = image.info.get("icc_profile")
    opaque = _without_alpha(image)
    if opaque.mode == "LAB":
        notes.append("CIE Lab converted to sRGB")
        source = ImageCms.createProfile("LAB")
        return _array(_transform(opaque, ImageCms.ImageCmsProfile(source)))
    if profile:
        converted = _by_profile(opaque, profile, notes)
        if converted is not None:
            return converted
    return _array(opaque.convert("RGB"))


def _by_profile(image: Image.Image, profile: bytes, notes: list[str]) -> NDArray[np.uint8] | None:
    """Colors by an embedded profile; None if it is sRGB in effect or cannot be used."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode in ("RGB", "L") and _changes_nothing(source, image.mode):
            return None
        converted = _array(_transform(image, source))
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        notes.append("its color profile cannot be used; taken as sRGB")
        return None
    notes.append("converted to sRGB by its color profile")
    return converted


def _transform(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # it is None only for in-place conversion
    return converted


def _changes_nothing(source: ImageCms.ImageCmsProfile, mode: str) -> bool:
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
    moved = _array(_transform(probe, source)).astype(np.int16)
    return int(np.abs(moved - _array(probe)).max()) <= 1


def _without_alpha(image: Image.Image) -> Image.Image:
    """The picture without alpha, in a mode that color profiles are made for."""
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
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


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
