"""The color terms, the palettes, and colors in writing."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.color.spaces import (
    contrast_color,
    contrast_ratio,
    from_hex,
    relative_luminance,
    to_hex,
)
from core.color.terms import (
    ACHROMATIC,
    CHROMATIC,
    COLOR_TERMS,
    CSS,
    PALETTES,
    SATURATED,
    Palette,
    canonical,
    check_rgb,
    is_chromatic,
    spelled,
)

ROOT = Path(__file__).resolve().parents[3]
rgbs = st.tuples(*[st.integers(0, 255)] * 3)


def test_the_eleven_terms():
    assert ACHROMATIC == ("black", "white", "gray")
    assert len(CHROMATIC) == 8
    assert len(set(COLOR_TERMS)) == 11
    assert [term for term in COLOR_TERMS if not is_chromatic(term)] == list(ACHROMATIC)


def test_r31_the_css_palette_holds_the_css_values():
    assert CSS.colors == {
        "black": (0, 0, 0),
        "white": (255, 255, 255),
        "gray": (128, 128, 128),
        "red": (255, 0, 0),
        "green": (0, 128, 0),
        "blue": (0, 0, 255),
        "yellow": (255, 255, 0),
        "orange": (255, 165, 0),
        "brown": (165, 42, 42),
        "pink": (255, 192, 203),
        "purple": (128, 0, 128),
    }


def test_r31_the_saturated_palette_replaces_pink_and_green_alone():
    changed = {term for term in COLOR_TERMS if SATURATED[term] != CSS[term]}
    assert changed == {"green", "pink"}


def test_r31_no_other_part_of_the_app_has_a_table_of_color_values():
    """Values that mean nothing but a color name stand in `core.color.terms` alone."""
    tell_tale = {CSS[term] for term in ("orange", "brown", "pink", "purple")}
    tell_tale |= {SATURATED[term] for term in ("green", "pink")}
    found = []
    for folder in ("core", "gui"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == ROOT / "core" / "color" / "terms.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Tuple) and len(node.elts) == 3:
                    values = tuple(getattr(part, "value", None) for part in node.elts)
                    if values in tell_tale:
                        found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_a_palette_has_eleven_different_colors_and_finds_them_again(palette):
    assert len(set(palette.colors.values())) == 11
    for term in COLOR_TERMS:
        assert palette.term_of(palette[term]) == term
    assert palette.term_of((1, 2, 3)) is None
    assert PALETTES[palette.name] is palette


def test_an_own_palette_may_come_in_any_order_and_is_stored():
    own = Palette("mine", dict(reversed(SATURATED.colors.items())))
    assert tuple(own.colors) == COLOR_TERMS
    assert own.colors == SATURATED.colors
    assert msgspec.json.decode(msgspec.json.encode(own), type=Palette) == own


def test_a_palette_does_not_change_with_the_dictionary_it_was_made_of():
    colors = dict(CSS.colors)
    own = Palette("mine", colors)
    colors["red"] = (1, 1, 1)
    assert own["red"] == (255, 0, 0)


@pytest.mark.parametrize(
    ("colors", "said"),
    [
        ({}, "eleven terms"),
        ({**CSS.colors, "teal": (0, 128, 128)}, "eleven terms"),
        ({term: CSS[term] for term in COLOR_TERMS[1:]}, "eleven terms"),
        ({**CSS.colors, "red": (256, 0, 0)}, "red"),
    ],
)
def test_a_palette_that_is_not_one_is_refused(colors, said):
    with pytest.raises(InvalidInput, match=said):
        Palette("mine", colors)


def test_an_unknown_term_is_refused_by_name():
    with pytest.raises(InvalidInput, match="teal"):
        CSS["teal"]


@pytest.mark.parametrize("rgb", [(0, 0), (0, 0, 0, 0), (-1, 0, 0), (0, 256, 0), (0, 0, 1.5)])
def test_what_is_no_srgb_value_is_refused(rgb):
    with pytest.raises(InvalidInput, match="the test"):
        check_rgb(rgb, "the test")


def test_spelling_of_gray():
    assert [spelled(term, "grey") for term in ("gray", "red")] == ["grey", "red"]
    assert spelled("gray") == "gray"
    with pytest.raises(InvalidInput, match="graey"):
        spelled("gray", "graey")


@pytest.mark.parametrize(
    ("word", "term"), [("Grey", "gray"), (" RED ", "red"), ("teal", None), ("", None)]
)
def test_the_term_a_word_names(word, term):
    assert canonical(word) == term


@given(rgbs)
def test_hexadecimal_codes_come_back_as_they_were(rgb):
    assert from_hex(to_hex(rgb)) == rgb
    assert from_hex(to_hex(rgb).lower().removeprefix("#")) == rgb


def test_hexadecimal_codes_by_hand():
    assert to_hex((255, 165, 0)) == "#FFA500"
    assert from_hex(" #fa0 ") == (255, 170, 0)


@pytest.mark.parametrize(
    "text", ["", "#", "#12345", "#1234567", "red", "#GGGGGG", "##123456", "١٢٣"]
)
def test_what_is_no_hexadecimal_code_is_refused(text):
    with pytest.raises(InvalidInput, match="not a color code"):
        from_hex(text)


def test_luminance_and_contrast_against_published_values():
    # WCAG: black on white is 21 : 1; #767676 is the lightest gray with 4.5 : 1 on white.
    assert relative_luminance((255, 255, 255)) == pytest.approx(1)
    assert relative_luminance((0, 0, 0)) == 0
    assert relative_luminance((255, 0, 0)) == pytest.approx(0.2126)
    assert contrast_ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    white = (255, 255, 255)
    assert contrast_ratio(white, (118, 118, 118)) > 4.5 > contrast_ratio(white, (119, 119, 119))


@given(rgbs)
def test_the_contrast_color_can_always_be_read(rgb):
    # Black or white reaches at least √21 : 1 on any color, less a step of the grid.
    assert contrast_ratio(contrast_color(rgb), rgb) > 4.5


def test_the_contrast_color_by_hand():
    assert contrast_color(CSS["yellow"]) == (0, 0, 0)
    assert contrast_color(CSS["blue"]) == (255, 255, 255)
