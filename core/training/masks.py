"""The pool of coverage masks that training pictures are colored from.

Held-out font families never enter the pool, so that reading can be tested in letters the model has
not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS
from core.stimuli.coverage import bounds, coverage_mask, placed, shape_outline
from core.stimuli.fonts import FontFace, faces_with_role
from core.stimuli.lettering import word_outline
from core.stimuli.stimulus import SHAPES
from core.training.recipe import Recipe

COLOR_WORDS = (*COLOR_TERMS, "grey")


@dataclass(frozen=True)
class MaskPool:
    """Coverage masks with what they show."""

    masks: NDArray[np.uint8]  # (N, side, side)
    label: NDArray[np.int64]  # (N,), into `names`
    area: NDArray[np.float32]  # (N,), share of the picture covered, 0..1
    names: tuple[str, ...]  # see `subject_names`

    @property
    def first_word(self) -> int:
        return len(SHAPES)

    @property
    def first_other_word(self) -> int:
        return len(SHAPES) + len(COLOR_WORDS)


def training_fonts() -> list[FontFace]:
    """Every bundled face that is not held out."""
    return faces_with_role("stimulus", "extra")


def subject_names(recipe: Recipe) -> tuple[str, ...]:
    """All that the masks show: the shapes, the color words, the other words."""
    return (*SHAPES, *COLOR_WORDS, *recipe.pool.other_words)


def draw_pool(recipe: Recipe) -> MaskPool:
    """Draw the whole pool; depends on the recipe and the bundled fonts only."""
    names = subject_names(recipe)
    side = recipe.architecture.image_side
    fonts = training_fonts()
    masks: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for label, name in enumerate(names):
        random = np.random.default_rng([recipe.seed, 1, label])
        for _ in range(_count(recipe, label)):
            if label < len(SHAPES):
                outline = _random_shape(recipe, label, random)
            else:
                outline = random_word(recipe, name, fonts, recipe.pool.word_height, random)
            masks.append(coverage_mask([contour * side for contour in outline], side))
            labels.append(label)
    stacked = np.stack(masks)
    area = stacked.mean(axis=(1, 2), dtype=np.float64).astype(np.float32) / 255
    return MaskPool(stacked, np.array(labels), area, names)


def _count(recipe: Recipe, label: int) -> int:
    if label < len(SHAPES):
        return recipe.pool.per_shape
    if label < len(SHAPES) + len(COLOR_WORDS):
        return recipe.pool.per_color_word
    return recipe.pool.per_other_word


def _random_shape(
    recipe: Recipe, label: int, random: np.random.Generator
) -> list[NDArray[np.float64]]:
    unit = shape_outline(SHAPES[label])
    turned = placed(unit, (0.0, 0.0), 1.0, random.uniform(0.0, 360.0))
    left, top, right, bottom = bounds(turned)
    scale = random.uniform(*recipe.pool.shape_extent) / max(right - left, bottom - top)
    return _somewhere_inside(turned, scale, random)


def random_word(
    recipe: Recipe,
    word: str,
    fonts: Sequence[FontFace],
    heights: tuple[float, float],
    random: np.random.Generator,
) -> list[NDArray[np.float64]]:
    """Outline of a word at a random place, size, case and font; the side is 1.

    A word too wide for the range of ink heights, shares of the side, is made smaller.
    """
    cases = list(recipe.pool.case.items())
    case = str(random.choice([name for name, _ in cases], p=[share for _, share in cases]))
    written = {"lower": word, "title": word.title(), "upper": word.upper()}[case]
    font = fonts[int(random.integers(len(fonts)))]
    tilt = random.uniform(-recipe.pool.word_tilt, recipe.pool.word_tilt)
    turned = placed(
        word_outline(written, font.id), (0.0, 0.0), 1.0, tilt if random.random() < 1 / 3 else 0.0
    )
    left, top, right, bottom = bounds(turned)
    scale = random.uniform(*heights) / (bottom - top)
    scale = min(scale, recipe.pool.word_max_width / (right - left))
    return _somewhere_inside(turned, scale, random)


def _somewhere_inside(
    outline: list[NDArray[np.float64]], scale: float, random: np.random.Generator
) -> list[NDArray[np.float64]]:
    left, top, right, bottom = (edge * scale for edge in bounds(outline))
    x = random.uniform(-left, 1.0 - right)
    y = random.uniform(-top, 1.0 - bottom)
    return [contour * scale + np.array([x, y]) for contour in outline]
