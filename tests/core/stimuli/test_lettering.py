"""Words as outlines: shaping, curves, and what cannot be drawn."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import uharfbuzz

from core.base.errors import FontError
from core.color.terms import COLOR_TERMS
from core.stimuli import lettering
from core.stimuli.coverage import bounds, coverage_mask, placed
from core.stimuli.fonts import font_faces, harfbuzz_font, stimulus_fonts
from core.stimuli.lettering import word_outline
from tests.support.outlines import area, supersampled

FACES = sorted(font_faces())


def same(one, other):
    return len(one) == len(other) and all(
        np.array_equal(a, b) for a, b in zip(one, other, strict=True)
    )


def left_to_right(outline):
    """Left and right end of each contour, from the leftmost on."""
    return sorted((contour[:, 0].min(), contour[:, 0].max()) for contour in outline)


@pytest.mark.parametrize("font", stimulus_fonts())
def test_unit_outlines_are_centered_and_one_wide(font):
    for word in (*COLOR_TERMS, "grey"):
        left, top, right, bottom = bounds(word_outline(word, font))
        assert right - left == pytest.approx(1, abs=1e-12)
        assert (left + right, top + bottom) == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize("font", FACES)
def test_words_in_every_bundled_face_agree_with_brute_force(font):
    outline = placed(word_outline("brown", font), (28.3, 27.9), 52, 8)
    share = coverage_mask(outline, 56) / 255
    expected = supersampled(outline, 56, 12)
    # Thin strokes have two edges in a pixel, each told to within one row of the 12 × 12 points.
    assert np.abs(share - expected).max() <= 2 / 12
    assert np.abs(share - expected).mean() <= 0.002


@pytest.mark.parametrize("font", ["dancing-script-bold", "lobster-two-regular", "manrope-bold"])
def test_joined_strokes_are_not_counted_twice(font):
    outline = placed(word_outline("orange", font), (48.3, 47.9), 90, 0)
    share = coverage_mask(outline, 96) / 255
    expected = supersampled(outline, 96, 16)
    assert np.abs(share - expected).max() <= 0.1


def test_letters_stand_in_reading_order():
    # The narrow letter of the two changes sides.
    assert left_to_right(word_outline("lo", "roboto-bold"))[0][1] < -0.2
    assert left_to_right(word_outline("ol", "roboto-bold"))[-1][0] > 0.2


def test_kerning_moves_letters_together():
    ends = left_to_right(word_outline("AV", "roboto-bold"))
    a_right, v_left = ends[0][1], ends[-1][0]
    assert v_left < a_right  # the V leans over the foot of the A
    (_, h_right), (second_left, _) = left_to_right(word_outline("HH", "roboto-bold"))
    assert second_left > h_right


def test_combining_characters_join_their_letter():
    composed = word_outline(unicodedata.normalize("NFC", "rosé"), "roboto-bold")
    combining = word_outline(unicodedata.normalize("NFD", "rosé"), "roboto-bold")
    assert same(composed, combining)
    assert len(composed) == len(word_outline("rose", "roboto-bold")) + 1  # the accent


def test_a_combining_mark_without_a_composed_form_is_placed_over_its_letter():
    # There is no single character for x with a dot below.
    marked = word_outline("ax\u0323a", "gentium-basic-regular")
    plain = word_outline("axa", "gentium-basic-regular")
    assert len(marked) == len(plain) + 1
    dot = max(marked, key=lambda contour: contour[:, 1].min())
    assert abs(dot[:, 0].mean()) < 0.1  # under the middle letter


def test_right_to_left_scripts_run_from_right_to_left():
    # Hebrew vav is a narrow letter, shin a wide one.
    vav_first = left_to_right(word_outline("וש", "amatic-sc-bold"))
    shin_first = left_to_right(word_outline("שו", "amatic-sc-bold"))
    assert vav_first[-1][1] - vav_first[-1][0] < 0.5 < vav_first[0][1] - vav_first[0][0]
    assert shin_first[0][1] - shin_first[0][0] < 0.5 < shin_first[-1][1] - shin_first[-1][0]


def test_spaces_at_the_ends_change_nothing():
    spaced, plain = word_outline(" red ", "roboto-bold"), word_outline("red", "roboto-bold")
    for one, other in zip(spaced, plain, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_r30_the_shaping_language_is_not_the_computers(monkeypatch):
    languages = []

    def shape(font, buffer, *arguments):
        languages.append(buffer.language)
        return original(font, buffer, *arguments)

    original = uharfbuzz.shape
    monkeypatch.setattr(lettering.uharfbuzz, "shape", shape)
    word_outline.cache_clear()
    word_outline("fin", "roboto-bold")
    assert languages == ["en"]


@pytest.mark.parametrize("font", ["roboto-bold", "source-serif-pro-bold", "eb-garamond-regular"])
def test_curves_are_flat_to_a_fraction_of_a_pixel(font, monkeypatch):
    """TrueType and PostScript curves alike, against chords many times finer."""
    usual = word_outline("go", font)
    monkeypatch.setattr(lettering, "_FLATNESS", lettering._FLATNESS / 100)
    word_outline.cache_clear()
    fine = word_outline("go", font)
    word_outline.cache_clear()
    assert sum(map(len, fine)) > 7 * sum(map(len, usual))
    one = coverage_mask(placed(usual, (112, 112), 200, 0), 224).astype(int)
    other = coverage_mask(placed(fine, (112, 112), 200, 0), 224)
    assert np.abs(one - other).max() <= 8  # levels of 255: 0.03 pixels
    assert area(usual) == pytest.approx(area(fine), rel=1e-3)


@pytest.mark.parametrize(
    ("word", "missing"), [("rot 赤", "赤"), ("a😀b", "😀"), ("😀赤", "😀"), ("ab赤", "赤")]
)
def test_r29_a_missing_character_is_named_and_never_replaced(word, missing):
    with pytest.raises(FontError) as caught:
        word_outline(word, "roboto-bold")
    assert f"“{missing}”" in caught.value.message
    assert "Roboto Bold" in caught.value.message
    assert caught.value.hint


def test_a_word_without_ink_is_refused():
    with pytest.raises(FontError, match="no ink"):
        word_outline("  ", "roboto-bold")


def test_outlines_from_the_cache_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        word_outline("red", "roboto-bold")[0][0, 0] = 5.0


def test_every_face_is_drawn_from_its_own_file():
    outlines = [word_outline("brown", font) for font in FACES]
    for i, one in enumerate(outlines):
        assert harfbuzz_font(FACES[i]) is harfbuzz_font(FACES[i])
        for other in outlines[:i]:
            assert not same(one, other)
