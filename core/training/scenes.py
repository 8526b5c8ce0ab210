"""Batches of training pictures and captions; batch n depends on the recipe and n alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.color.terms import COLOR_TERMS, PALETTES
from core.training.captions import CaptionWriter, pick
from core.training.masks import COLOR_WORDS, MaskPool
from core.training.recipe import Recipe

_NO_IDENTITY = -100  # ignored by cross-entropy
_NOISE_FIELDS = 16


@dataclass(frozen=True)
class Batch:
    """Pictures with captions."""

    images: Tensor  # float32, (B, 3, side, side), sRGB, 0..255, not normalized
    captions: list[str]
    identity: Tensor  # int64, (B,): which shape or word is shown; -100 for patches


class ColorSampler:
    """Draws sRGB values of a color term, never close to an evaluation palette's."""

    def __init__(self, recipe: Recipe) -> None:
        self._prototypes = {term: np.array(recipe.prototypes(term)) for term in COLOR_TERMS}
        self._sigma = recipe.color_setting("jitter_sigma")
        self._keep_out = recipe.color_setting("keep_out")
        values = [rgb for palette in PALETTES.values() for rgb in palette.colors.values()]
        self._evaluation = np.array(values)

    def draw(self, term: str, random: np.random.Generator) -> NDArray[np.float32]:
        """One sRGB value, shape (3,), whole numbers in 0..255."""
        prototypes = self._prototypes[term]
        while True:
            first, second = prototypes[random.integers(len(prototypes), size=2)]
            value = first + random.random() * (second - first)
            value = np.clip(np.rint(value + random.normal(0.0, self._sigma, 3)), 0, 255)
            if np.abs(self._evaluation - value).max(axis=1).min() > self._keep_out:
                return np.asarray(value, dtype=np.float32)


class SceneMaker:
    """Makes the training batches of a recipe."""

    def __init__(self, recipe: Recipe, pool: MaskPool) -> None:
        self._recipe = recipe
        self._pool = pool
        self._colors = ColorSampler(recipe)
        self._writer = CaptionWriter(recipe)
        labels = pool.label
        self._by_label = [np.flatnonzero(labels == label) for label in range(len(pool.names))]

    def batch(self, number: int) -> Batch:
        """The batch of that number."""
        recipe, side = self._recipe, self._recipe.architecture.image_side
        random = np.random.default_rng([recipe.seed, 2, number])
        size = recipe.schedule.batch
        kinds = random.choice(3, size=size, p=[recipe.mix.shape, recipe.mix.word, recipe.mix.patch])
        coverage = np.empty((size, side, side), dtype=np.float32)
        colors = np.empty((size, 2, 3), dtype=np.float32)
        captions: list[str] = []
        identity = np.full(size, _NO_IDENTITY, dtype=np.int64)
        for place, kind in enumerate(kinds):
            if kind == 2:
                coverage[place], colors[place], caption = self._patch(random)
            else:
                label = self._choose_label("shape" if kind == 0 else "word", random)
                masks = self._by_label[label]
                mask = int(masks[random.integers(len(masks))])
                identity[place] = label
                coverage[place], colors[place], caption = self._figure(label, mask, random)
            captions.append(caption)
        share = torch.from_numpy(coverage).unsqueeze(1)
        figure, background = torch.from_numpy(colors).unsqueeze(-1).unsqueeze(-1).unbind(1)
        images = background + share * (figure - background)
        if random.random() < recipe.schedule.noise_share:
            sigma = random.uniform(0.0, recipe.schedule.noise_sigma)
            # One field for several pictures: drawing them all costs more than coloring the batch.
            field = random.standard_normal((_NOISE_FIELDS, *images.shape[1:]), dtype=np.float32)
            noise = torch.from_numpy(field).repeat(-(-size // _NOISE_FIELDS), 1, 1, 1)[:size]
            images = (images + sigma * noise).clamp(0.0, 255.0)
        return Batch(images.round_(), captions, torch.from_numpy(identity))

    def _choose_label(self, kind: str, random: np.random.Generator) -> int:
        pool = self._pool
        if kind == "shape":
            return int(random.integers(pool.first_word))
        if random.random() < self._recipe.pool.color_word_share:
            return int(pool.first_word + random.integers(len(COLOR_WORDS)))
        return int(random.integers(pool.first_other_word, len(pool.names)))

    def _figure(
        self, label: int, mask: int, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], str]:
        pool = self._pool
        name = pool.names[label]
        kind = "shape" if label < pool.first_word else "word"
        figure, background = self._two_terms(name if kind == "word" else "", random)
        colors = np.stack(
            [self._colors.draw(figure, random), self._colors.draw(background, random)]
        )
        area = float(pool.area[mask])
        caption = self._writer.figure(kind, name, figure, background, area, random)
        coverage = pool.masks[mask].astype(np.float32) / 255
        if kind == "shape":  # a mirrored shape is the same shape
            down, right = 2 * random.integers(2, size=2) - 1
            coverage = coverage[::down, ::right]
        return coverage, colors, caption

    def _two_terms(self, word: str, random: np.random.Generator) -> tuple[str, str]:
        """Two different terms; a color word seldom meets its own color."""
        own = "gray" if word == "grey" else word
        if own in COLOR_TERMS and random.random() < self._recipe.pool.congruent_share:
            other = pick([term for term in COLOR_TERMS if term != own], random)
            return (own, other) if random.random() < 0.5 else (other, own)
        figure = pick([term for term in COLOR_TERMS if term != own], random)
        return figure, pick([term for term in COLOR_TERMS if term not in (own, figure)], random)

    def _patch(
        self, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], str]:
        """A patch: uniform, two colors side by side, a gradient or smooth noise within a color."""
        side = self._recipe.architecture.image_side
        first = pick(COLOR_TERMS, random)
        ys, xs = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
        angle = random.uniform(0, 2 * np.pi)
        ramp = xs * np.cos(angle) + ys * np.sin(angle)
        if random.random() < self._recipe.captions.patch.two_color_share:
            second = pick([term for term in COLOR_TERMS if term != first], random)
            coverage = (ramp > random.uniform(-0.25, 0.0)).astype(np.float32)  # first is larger
            colors = np.stack([self._colors.draw(first, random), self._colors.draw(second, random)])
            return coverage, colors, self._writer.patch(first, second, random)
        colors = np.stack([self._colors.draw(first, random), self._colors.draw(first, random)])
        style = random.integers(3)
        if style == 0:
            coverage = np.zeros((side, side), dtype=np.float32)
        elif style == 1:
            coverage = np.clip(ramp + 0.5, 0.0, 1.0)
        else:
            coverage = _smooth_noise(side, random)
        return coverage, colors, self._writer.patch(first, None, random)


def _smooth_noise(side: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Low-frequency noise in 0..1, shape (side, side)."""
    coarse = random.random((1, 1, *random.integers(3, 9, size=2)), dtype=np.float32)
    fine = torch.nn.functional.interpolate(
        torch.from_numpy(coarse), size=(side, side), mode="bicubic", align_corners=False
    )
    result: NDArray[np.float32] = fine.clamp(0.0, 1.0)[0, 0].numpy()
    return result
