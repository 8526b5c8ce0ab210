"""Pictures that are drawn here, where the window needs some to show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = 64


def sunset(width: int, height: int) -> np.ndarray:
    """A picture to import, uint8, shape (height, width, 3): a sun over the sea."""
    down = np.linspace(0.0, 1.0, height)[:, None]
    across = np.linspace(0.0, 1.0, width)[None, :]
    top, low = np.array([60.0, 70.0, 150.0]), np.array([255.0, 150.0, 60.0])
    sky = top + (low - top) * np.clip(down / 0.62, 0, 1)[..., None] ** 1.6
    waves = 0.5 + 0.5 * np.sin(1400 * down**3 + 9 * np.sin(7 * across + 40 * down))
    glitter = np.exp(-(((across - 0.62) / 0.09) ** 2)) * waves
    sea = np.array([20.0, 45.0, 90.0]) + glitter[..., None] * np.array([235.0, 140.0, 40.0])
    sky = np.broadcast_to(sky, (height, width, 3))
    picture = np.where((down > 0.62)[..., None], sea, sky)
    distance = np.hypot((across - 0.62) * width, (down - 0.5) * height)
    sun = np.clip(height * 0.1 - distance + 0.5, 0, 1) * (down <= 0.62)
    picture = picture + sun[..., None] * (np.array([255.0, 225.0, 120.0]) - picture)
    return np.clip(picture.round(), 0, 255).astype(np.uint8)


def make_pictures(folder: Path) -> None:
    """Pictures in all colors, told apart by their numbers."""
    folder.mkdir(parents=True)
    base = sunset(160, 120).astype(np.float64)
    for number in range(PICTURES):
        generator = np.random.default_rng(number)
        mixed = base[..., generator.permutation(3)]
        shade = generator.uniform(0.3, 1.2, 3)
        turned = np.rot90(mixed, number % 4) * shade + generator.normal(0, 6, mixed.shape[2])
        picture = np.clip(turned.round(), 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(folder / f"{number:02}.png")
