"""How any picture becomes the square of pixels a model gets, to the last bit (R07, R18, R19).

The steps and roundings are those of the transformation the models are published with: resize with
an antialiasing filter, then crop or pad about the center. They are computed with Pillow alone, so
that the window can show the result before any model is loaded. Making the tensor (division by 255,
mean, standard deviation) is the business of `core.models.session`.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.base.errors import PictureError

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)

MAX_RESIZED_PIXELS = 100_000_000
"""A picture so long that its resized copy would exceed this is refused, not squeezed."""

Interpolation = Literal["bicubic", "bilinear"]
ResizeMode = Literal["shortest", "squash", "longest"]

_FILTERS: dict[Interpolation, Image.Resampling] = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}


class Preprocessing(msgspec.Struct, frozen=True, kw_only=True):
    """Size, crop and normalization of a model's input.

    Attributes
    ----------
    side : int
        Side of the square input in pixels.
    mean, std : tuple of 3 floats
        Per channel R, G, B, for values in 0..1.
    resize_mode : str
        ``"shortest"``: the shorter side becomes `side`, the longer is cropped about the center;
        ``"longest"``: the longer side becomes `side`, the shorter is padded;
        ``"squash"``: both sides become `side`, the proportions change.
    fill_color : int
        Gray value 0..255 of padding in mode ``"longest"``.
    """

    side: int
    mean: tuple[float, float, float] = OPENAI_MEAN
    std: tuple[float, float, float] = OPENAI_STD
    interpolation: Interpolation = "bicubic"
    resize_mode: ResizeMode = "shortest"
    fill_color: int = 0

    def __post_init__(self) -> None:
        if self.side < 1:
            raise ValueError(f"The side is {self.side}; it must be at least 1.")
        if not 0 <= self.fill_color <= 255:
            raise ValueError(f"The fill color is {self.fill_color}; it lies between 0 and 255.")
        if min(self.std) <= 0:
            raise ValueError(f"The standard deviations {self.std} must be positive.")

    def summary(self) -> str:
        """One line for people: size, resize rule, filter, mean and standard deviation."""
        mean = ", ".join(f"{value:.4g}" for value in self.mean)
        std = ", ".join(f"{value:.4g}" for value in self.std)
        return (
            f"{self.side} × {self.side} px, {_RULES[self.resize_mode]}, {self.interpolation}, "
            f"mean ({mean}), std ({std})"
        )


_RULES: dict[ResizeMode, str] = {
    "shortest": "shorter side resized, center crop",
    "longest": "longer side resized, padded",
    "squash": "both sides resized",
}


class FittedPicture(msgspec.Struct, frozen=True):
    """A picture as the model gets it; boxes and padding are left, top, right, bottom."""

    pixels: NDArray[np.uint8]  # (side, side, 3), sRGB
    crop_box: tuple[float, float, float, float]  # what is seen, in source pixels
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # added pixels


def fit_picture(pixels: NDArray[np.uint8], preprocessing: Preprocessing) -> FittedPicture:
    """Resize and crop a picture exactly as the model's published transformation does.

    Raises
    ------
    PictureError
        If the picture is too long and thin to be resized.
    ValueError
        If the array is not uint8 of shape (H, W, 3), sRGB.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"Expected uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}.")
    height, width = pixels.shape[:2]
    side = preprocessing.side
    new_width, new_height = resized_size(width, height, preprocessing)
    if new_width * new_height > MAX_RESIZED_PIXELS:
        raise PictureError(
            f"A picture of {width} × {height} pixels is too long and thin for this model.",
            "Crop it closer to a square first.",
        )
    left, top, right, bottom = _centered_window(new_width, new_height, side)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if (new_width, new_height) != (width, height):
        image = image.resize((new_width, new_height), _FILTERS[preprocessing.interpolation])
    resized = np.asarray(image)
    # Without padding the fill color does not matter; "shortest" pads with black if ever.
    fill = preprocessing.fill_color if preprocessing.resize_mode == "longest" else 0
    result = np.full((side, side, 3), fill, dtype=np.uint8)
    seen_left, seen_top = max(left, 0), max(top, 0)
    seen_right, seen_bottom = min(right, new_width), min(bottom, new_height)
    result[seen_top - top : seen_bottom - top, seen_left - left : seen_right - left] = resized[
        seen_top:seen_bottom, seen_left:seen_right
    ]
    scale_x, scale_y = width / new_width, height / new_height
    return FittedPicture(
        pixels=result,
        crop_box=(
            seen_left * scale_x,
            seen_top * scale_y,
            seen_right * scale_x,
            seen_bottom * scale_y,
        ),
        padding=(seen_left - left, seen_top - top, right - seen_right, bottom - seen_bottom),
    )


def resized_size(width: int, height: int, preprocessing: Preprocessing) -> tuple[int, int]:
    """Width and height of a picture after resizing and before cropping or padding.

    The longer side is rounded down in mode "shortest", both are rounded half to even in mode
    "longest", as the published transformations do; a side never becomes less than one pixel.
    """
    side = preprocessing.side
    if preprocessing.resize_mode == "squash":
        return side, side
    if preprocessing.resize_mode == "longest":
        ratio = max(height / side, width / side)
        return max(round(width / ratio), 1), max(round(height / ratio), 1)
    if width <= height:
        return side, int(side * height / width)
    return int(side * width / height), side


def _centered_window(width: int, height: int, side: int) -> tuple[int, int, int, int]:
    """Window of the given side about the center: left, top, right, bottom; may overhang."""
    left, top = _centered_start(width, side), _centered_start(height, side)
    return left, top, left + side, top + side


def _centered_start(length: int, side: int) -> int:
    """First pixel of a centered window: rounded half to even inside, padding rounded down."""
    if length >= side:
        return round((length - side) / 2.0)
    return -((side - length) // 2)
