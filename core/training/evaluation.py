"""What a small CLIP can do: patches, reading, shapes, measured with fresh seeds.

Reading is tested in font families that training never used; the colors are the two evaluation
palettes, which training avoids. All pictures come from the lab's own renderer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS, CSS, PALETTES
from core.models.session import ModelSession
from core.predict.prompts import PROMPT_PRESETS, fill
from core.stimuli.coverage import coverage_mask
from core.stimuli.factorial import ShapeSet
from core.stimuli.fonts import faces_with_role
from core.stimuli.render import blend_table, render
from core.stimuli.stimulus import SHAPES
from core.training.masks import COLOR_WORDS, random_word
from core.training.recipe import Recipe

_TEMPLATES = {preset.id: preset.templates for preset in PROMPT_PRESETS}
TEXT_TEMPLATES = _TEMPLATES["table-3-says"]
"""Asks for a text where a patch has none: measured, nothing required."""
PATCH_TEMPLATES = tuple(
    dict.fromkeys(
        _TEMPLATES["experiment-1"]
        + _TEMPLATES["experiment-2-object"]
        + _TEMPLATES["experiment-2-background"]
        + _TEMPLATES["experiment-3"]
    )
)
"""The six different prompts of the paper; all but the bare label are no caption of the training."""

_REFERENCE_SIDE = 224  # letter heights are stated in pixels of a picture of this side
SMALL_HEIGHTS = (20 / _REFERENCE_SIDE, 28 / _REFERENCE_SIDE)
LARGE_HEIGHTS = (28 / _REFERENCE_SIDE, 84 / _REFERENCE_SIDE)


@dataclass(frozen=True)
class Skill:
    """One measured ability, and the share of pictures that the model must get right, if any."""

    name: str
    correct: int
    total: int
    required: float | None

    @property
    def share(self) -> float:
        return self.correct / self.total

    @property
    def reached(self) -> bool:
        return self.required is None or self.share >= self.required


def evaluate_skills(session: ModelSession, recipe: Recipe, seed: int) -> list[Skill]:
    """Measure every ability with the pictures of one seed, which is not that of the training.

    The recipe says which other words there are, and how words are varied.
    """
    judge = _Judge(session)
    words = _Words(recipe, session.info.preprocessing.side, seed)
    all_words = (*COLOR_WORDS, *recipe.pool.other_words)
    return [
        *_patches(judge, session.info.preprocessing.side),
        words.skill(judge, "Reading, 28–84 px, 11 words", COLOR_TERMS, COLOR_TERMS, 0.95),
        words.skill(
            judge, "Reading, 20–28 px, 11 words", COLOR_TERMS, COLOR_TERMS, 0.80, SMALL_HEIGHTS
        ),
        words.skill(
            judge, f"Reading color words among {len(all_words)}", COLOR_TERMS, all_words, 0.85
        ),
        words.skill(judge, f"Reading any word among {len(all_words)}", all_words, all_words, 0.85),
        _shapes(judge, session.info.preprocessing.side, seed),
    ]


class _Judge:
    """Names pictures: the label whose prompt lies nearest."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session

    def answers(
        self, images: NDArray[np.uint8], labels: Sequence[str], template: str = "{}"
    ) -> NDArray[np.int64]:
        """Index of the winning label of each picture, shape (B,)."""
        texts = self._session.encode_texts([fill(template, label) for label in labels])
        cosines = self._session.encode_images(images) @ texts.T
        return np.asarray(cosines.argmax(axis=1), dtype=np.int64)


def _patches(judge: _Judge, side: int) -> list[Skill]:
    truth = np.arange(len(COLOR_TERMS))
    skills = []
    for palette in PALETTES.values():
        images = np.stack([np.full((side, side, 3), palette[t], np.uint8) for t in COLOR_TERMS])
        for template in PATCH_TEMPLATES:
            right = int((judge.answers(images, COLOR_TERMS, template) == truth).sum())
            name = f"Patches, {palette.name}, “{template}”"
            required = None if template in TEXT_TEMPLATES else 10 / 11
            skills.append(Skill(name, right, len(COLOR_TERMS), required))
    return skills


class _Words:
    """Words in black on white, in the held-out families."""

    _EACH = 100  # pictures of each of eleven words; longer word lists share as many pictures

    def __init__(self, recipe: Recipe, side: int, seed: int) -> None:
        self._recipe, self._side, self._seed = recipe, side, seed
        self._fonts = faces_with_role("held-out")

    def skill(
        self,
        judge: _Judge,
        name: str,
        shown: Sequence[str],
        labels: Sequence[str],
        required: float,
        heights: tuple[float, float] = LARGE_HEIGHTS,
    ) -> Skill:
        random = np.random.default_rng(
            [self._seed, len(labels), len(shown), round(1e4 * heights[0])]
        )
        each = max(1, self._EACH * len(COLOR_TERMS) // len(shown))
        table = blend_table(CSS["black"], CSS["white"])
        images, truth = [], []
        for word in shown:
            for _ in range(each):
                outline = random_word(self._recipe, word, self._fonts, heights, random)
                mask = coverage_mask([contour * self._side for contour in outline], self._side)
                images.append(table[mask])
                truth.append(labels.index(word))
        answers = judge.answers(np.stack(images), labels)
        return Skill(name, int((answers == np.array(truth)).sum()), len(truth), required)


def _shapes(judge: _Judge, side: int, seed: int) -> Skill:
    """The eight shapes at the sizes and angles of the shape set, in random pairs of colors."""
    stimuli = ShapeSet(seed=seed, samples=100, side=side)
    random = np.random.default_rng([seed, 3])
    chosen = random.choice(len(stimuli), size=1600, replace=False)
    items = [stimuli.spec(int(index)) for index in chosen]
    images = np.stack([render(item.stimulus) for item in items])
    truth = np.array([SHAPES.index(item.condition.subject) for item in items])
    right = int((judge.answers(images, SHAPES) == truth).sum())
    return Skill("Naming the 8 shapes, random colors", right, len(truth), 0.85)
