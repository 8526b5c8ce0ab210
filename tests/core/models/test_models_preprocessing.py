"""The model's pixels: R07, R18, R19."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.transform import image_transform
from PIL import Image

from core.base.errors import PictureError
from core.models.loading import random_session
from core.models.preprocessing import OPENAI_MEAN, OPENAI_STD, Preprocessing, fit_picture
from core.stimuli.imported.pictures import decode_picture
from tests.core.picture_files import encoded

SIZES = [
    (96, 96),
    (97, 96),
    (96, 97),
    (300, 200),
    (200, 301),
    (7, 5),
    (1, 40),
    (95, 400),
    (640, 95),
]


def noise(width: int, height: int) -> np.ndarray:
    generator = np.random.default_rng(width * 1000 + height)
    return generator.integers(0, 256, (height, width, 3)).astype(np.uint8)


def published_pixels(pixels: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """What open_clip's transformation makes of a picture, before mean and deviation."""
    transform = image_transform(
        preprocessing.side,
        is_train=False,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        resize_mode=preprocessing.resize_mode,
        interpolation=preprocessing.interpolation,
        fill_color=preprocessing.fill_color,
    )
    tensor = transform(Image.fromarray(pixels))
    return (tensor * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


@pytest.mark.parametrize("resize_mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("side", [96, 61])
def test_r18_pixels_equal_the_published_transformation(
    resize_mode: str, interpolation: str, side: int
) -> None:
    preprocessing = Preprocessing(
        side=side, resize_mode=resize_mode, interpolation=interpolation, fill_color=77
    )
    for width, height in SIZES:
        if resize_mode == "longest" and min(width, height) == 1:
            continue  # open_clip fails where the shorter side would round to nothing
        pixels = noise(width, height)
        np.testing.assert_array_equal(
            fit_picture(pixels, preprocessing).pixels, published_pixels(pixels, preprocessing)
        )


def test_r18_a_picture_of_the_models_size_is_not_touched() -> None:
    pixels = noise(96, 96)
    fitted = fit_picture(pixels, Preprocessing(side=96))
    np.testing.assert_array_equal(fitted.pixels, pixels)
    assert fitted.crop_box == (0, 0, 96, 96)


@pytest.mark.parametrize(
    ("size", "mode", "box", "padding"),
    [
        ((400, 200), "shortest", (100, 0, 300, 200), (0, 0, 0, 0)),
        ((200, 400), "shortest", (0, 100, 200, 300), (0, 0, 0, 0)),
        ((400, 200), "squash", (0, 0, 400, 200), (0, 0, 0, 0)),
        ((400, 200), "longest", (0, 0, 400, 200), (0, 25, 0, 25)),
    ],
)
def test_r18_what_is_cropped_away_is_told(
    size: tuple[int, int], mode: str, box: tuple[float, ...], padding: tuple[int, ...]
) -> None:
    fitted = fit_picture(noise(*size), Preprocessing(side=100, resize_mode=mode))
    assert fitted.crop_box == box
    assert fitted.padding == padding


def test_r18_a_thread_like_picture_is_refused_instead_of_filling_the_memory() -> None:
    pixels = np.zeros((1, 60_000, 3), np.uint8)
    with pytest.raises(PictureError, match="60000 × 1 pixels is too long"):
        fit_picture(pixels, Preprocessing(side=224))


def test_r19_one_path_from_file_to_tensor_equals_open_clip(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    path.write_bytes(encoded(Image.fromarray(noise(150, 130)), "PNG"))
    session = random_session("embedded")
    preprocessing = session.info.preprocessing
    pixels = fit_picture(decode_picture(path).pixels, preprocessing).pixels
    transform = image_transform(96, is_train=False, mean=OPENAI_MEAN, std=OPENAI_STD)
    with Image.open(path) as image:
        expected = transform(image)
    assert torch.equal(session.to_input(pixels[None])[0], expected)


def test_r07_size_mean_deviation_filter_and_crop_are_told() -> None:
    line = Preprocessing(side=224).summary()
    for part in ("224 × 224", "bicubic", "center crop", "0.4815", "0.2686"):
        assert part in line


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_other_arrays_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Expected uint8"):
        fit_picture(bad, Preprocessing(side=8))
