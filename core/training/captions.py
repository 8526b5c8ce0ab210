"""Captions of training pictures, drawn from a recipe's distribution."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TypeVar

import numpy as np

from core.color.terms import COLOR_TERMS, is_chromatic
from core.stimuli.stimulus import SHAPES
from core.training.recipe import FigureCaptions, Recipe

T = TypeVar("T")


def pick(items: Sequence[T], random: np.random.Generator) -> T:
    """One of the items, each equally likely; ten times as fast as ``Generator.choice``."""
    return items[int(random.integers(len(items)))]


class CaptionWriter:
    """Writes captions; every random choice comes from the generator it is handed."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._fillers = filler_vocabulary(recipe)
        self._cumulative = {
            kind: np.cumsum([form.share for form in forms.forms])
            for kind, forms in (("shape", recipe.captions.shape), ("word", recipe.captions.word))
        }

    def figure(
        self,
        kind: str,
        name: str,
        figure: str,
        background: str,
        area: float,
        random: np.random.Generator,
    ) -> str:
        """Caption of a ``"shape"`` or ``"word"`` in two color terms; `area` is a share, 0..1."""
        captions: FigureCaptions = getattr(self._recipe.captions, kind)
        shares = self._cumulative[kind]
        form = captions.forms[int(np.searchsorted(shares, random.random() * shares[-1], "right"))]
        text = pick(form.texts, random)
        by_area = figure if random.random() < area else background
        keep = self._recipe.captions
        dropped = (
            ("{f}" in text and self._unnamed(figure, keep.keep_achromatic_figure, random))
            or (
                "{b}" in text and self._unnamed(background, keep.keep_achromatic_background, random)
            )
            or ("{a}" in text and self._unnamed(by_area, keep.keep_achromatic_background, random))
        )
        if dropped:
            text = pick(captions.plain, random)
        fields = {"{s}": name, "{w}": name, "{f}": figure, "{b}": background, "{a}": by_area}
        return self._finish(text, fields, random)

    def patch(self, color: str, second: str | None, random: np.random.Generator) -> str:
        """Caption of a patch of one color, or of two."""
        captions = self._recipe.captions.patch
        text = pick(captions.two_color if second else captions.plain, random)
        return self._finish(text, {"{c}": color, "{d}": second or color}, random)

    @staticmethod
    def _unnamed(term: str, keep: float, random: np.random.Generator) -> bool:
        return not is_chromatic(term) and random.random() >= keep

    def _finish(self, text: str, fields: dict[str, str], random: np.random.Generator) -> str:
        for slot, value in fields.items():
            if slot in text:
                spelled = (
                    "grey" if value == "gray" and slot != "{w}" and random.random() < 0.5 else value
                )
                text = text.replace(slot, spelled)
        rules = self._recipe.text
        if random.random() < rules.prefix_share:
            text = f"{pick(rules.prefixes, random)} {text}"
        if random.random() < rules.suffix_share:
            text = f"{text} {pick(rules.suffixes, random)}"
        if random.random() < rules.filler_share:
            count = random.integers(rules.filler_words[0], rules.filler_words[1] + 1)
            words = [self._fillers[i] for i in random.integers(len(self._fillers), size=count)]
            before = int(random.integers(count + 1))
            text = " ".join([*words[:before], text, *words[before:]])
        return text


@cache
def _whole_word_tokens() -> tuple[str, ...]:
    from open_clip.tokenizer import SimpleTokenizer

    encoder: dict[str, int] = SimpleTokenizer().encoder
    words = (token.removesuffix("</w>") for token in encoder if token.endswith("</w>"))
    return tuple(word for word in words if re.fullmatch(r"[a-z]{3,10}", word))


def filler_vocabulary(recipe: Recipe) -> tuple[str, ...]:
    """Whole-word tokens of CLIP's vocabulary that name nothing in the pictures."""
    taken = {*COLOR_TERMS, "grey", *SHAPES, *recipe.pool.other_words}
    return tuple(word for word in _whole_word_tokens() if word not in taken)
