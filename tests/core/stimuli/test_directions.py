"""Words that mix writing directions (R73)."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

from core.stimuli.lettering import parts_of, word_outline

HEBREW_FACE = "amatic-sc-bold"

# Every kind of character the rules tell apart but marks: letters of both directions, numbers of
# both kinds with their signs and separators, brackets, spaces and others.
CHARACTERS = "אבגabc   123١٢٣ودر()[]{}<>.,:;+-/%$€!?\"'"


def seen(text: str) -> str:
    """The characters from the left to the right of the line."""
    return "".join(part.text[::-1] if part.to_left else part.text for part in parts_of(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("red 17", "red 17"),
        ("אדום", "םודא"),
        ("אדום 17", "17 םודא"),
        ("17 אדום", "םודא 17"),
        ("red אדום 5", "red 5 םודא"),  # a number after Hebrew goes with it
        ("אדום red 5", "red 5 םודא"),
        ("1.5-2 אב", "בא 1.5-2"),
        ("אב 12%", "12% בא"),
        ("אב (red)", ")red( בא"),  # the shaper mirrors the brackets
        ("ab(אב)cd", "ab(בא)cd"),
        ("ثلاثة ١٢", "١٢ " + "ثلاثة"[::-1]),
        ("אדום  ", "  םודא"),
    ],
)
def test_r73_parts_stand_where_the_unicode_standard_puts_them(text: str, line: str) -> None:
    assert seen(text) == line


def test_r73_all_rules_agree_with_another_program() -> None:
    # Raqm, with which matplotlib lays its text out, has an implementation of its own.
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font, LoadFlags

    font = FT2Font(font_manager.findfont("DejaVu Sans"))
    font.set_size(20, 72)
    draw = random.Random(73)  # noqa: S311
    for _ in range(3000):
        text = "".join(draw.choice(CHARACTERS) for _ in range(draw.randint(1, 14)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # characters that the font lacks
            laid_out = font._layout(text, LoadFlags.NO_HINTING)
        assert seen(text) == "".join(item.char for item in laid_out), ascii(text)


def test_r73_places_of_characters_are_kept() -> None:
    for text in ("אדום 17", "red אדום 5", "אב (red)"):
        for part in parts_of(text):
            assert text[part.start : part.start + len(part.text)] == part.text


def shapes(outline: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Contours from the left, each moved and scaled to a box of one."""
    ordered = sorted(outline, key=lambda contour: contour[:, 0].min())
    return [(each - each.min(axis=0)) / np.ptp(each, axis=0) for each in ordered]


def test_r73_a_number_beside_hebrew_is_read_as_it_was_typed() -> None:
    drawn = shapes(word_outline("אדום 17", HEBREW_FACE))
    one, seven = (shapes(word_outline(digit, HEBREW_FACE))[0] for digit in "17")
    for contour, digit in ((drawn[0], one), (drawn[1], seven)):
        np.testing.assert_allclose(contour, digit, atol=1e-9)
    hebrew = shapes(word_outline("אדום", HEBREW_FACE))
    assert len(drawn) == len(hebrew) + 2
    for contour, letter in zip(drawn[2:], hebrew, strict=True):
        np.testing.assert_allclose(contour, letter, atol=1e-9)


def test_r73_latin_beside_hebrew_and_brackets_around_it_are_read_as_they_were_typed() -> None:
    drawn = shapes(word_outline("(אב) lo", HEBREW_FACE))
    latin = shapes(word_outline("lo", HEBREW_FACE))
    for contour, letter in zip(drawn[: len(latin)], latin, strict=True):
        np.testing.assert_allclose(contour, letter, atol=1e-9)
    opening, closing = (shapes(word_outline(bracket, HEBREW_FACE))[0] for bracket in "()")
    np.testing.assert_allclose(
        drawn[len(latin)], opening, atol=1e-9
    )  # around the Hebrew, both ways
    np.testing.assert_allclose(drawn[-1], closing, atol=1e-9)
