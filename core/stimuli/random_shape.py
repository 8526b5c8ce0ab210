"""A figure in new colors at a new place, from one seed."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from core.color.terms import COLOR_TERMS, Palette, canonical
from core.stimuli.sampling import ShapeRules, WordRules, sample_geometry
from core.stimuli.stimulus import Figure, ShapeStimulus


def random_figure(figure: Figure, seed: int, palette: Palette) -> Figure:
    """The same shape or word in random colors, at a random place and size.

    Place, size and a shape's rotation are drawn as in the sets of the experiments, the same ones
    for the same seed, 0..`core.stimuli.sampling.MAX_SEED`. The two colors are different terms, and
    neither is the color that the word names. What the figure is, the font of a word and the side
    are kept; nothing else of `figure` counts.
    """
    if isinstance(figure, ShapeStimulus):
        subject: str = figure.shape
        named = None
        place = sample_geometry(ShapeRules(), subject, seed, 0)
    else:
        subject, named = figure.word, canonical(figure.word)
        place = sample_geometry(WordRules(fonts=(figure.font,)), subject, seed, 0)
    front, back = _colors(seed, subject, named)
    return msgspec.structs.replace(
        figure,
        figure_color=palette[front],
        background_color=palette[back],
        center_x=place.center_x,
        center_y=place.center_y,
        size=place.size,
        rotation=place.rotation,
    )


def _colors(seed: int, subject: str, named: str | None) -> tuple[str, str]:
    terms = [term for term in COLOR_TERMS if term != named]
    pairs = [(front, back) for front in terms for back in terms if front != back]
    digest = blake2b(f"{seed}\x1f{subject}\x1fcolors".encode(), digest_size=8).digest()
    return pairs[int.from_bytes(digest, "little") % len(pairs)]
