"""What each parameter does to a stimulus; OKLCH; blur; what documents keep."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.color.oklch import MAX_CHROMA, Oklch, to_oklch, to_srgb
from core.color.terms import COLOR_TERMS, CSS, SATURATED
from core.document.document import decode_document, default_document, encode_document
from core.predict.prompts import prompt_set
from core.scans.parameters import PARAMETERS
from core.scans.plan import Axis, ScanSetup
from core.scans.settings import Setting, apply_settings
from core.scans.state import Pin, PinnedModel, ScanState
from core.stimuli.coverage import blurred_mask
from core.stimuli.render import figure_outline, render, render_coverage
from core.stimuli.stimulus import ShapeStimulus, WordStimulus, plain

channel = st.integers(0, 255)
colors = st.tuples(channel, channel, channel)
STAR = ShapeStimulus(shape="star", figure_color=(200, 60, 90), background_color=(10, 120, 250))
WORD = WordStimulus(word="red", figure_color=(160, 100, 120), background_color=(90, 110, 150))

# CSS Color Module Level 4, section 9.2 and its samples: OKLCH of named colors.
PUBLISHED = {
    (255, 0, 0): (0.62796, 0.25768, 29.234),
    (0, 128, 0): (0.51975, 0.17686, 142.495),
    (0, 0, 255): (0.45201, 0.31321, 264.052),
    (255, 255, 0): (0.96798, 0.21101, 109.769),
    (0, 255, 0): (0.86644, 0.29483, 142.495),
    (0, 255, 255): (0.90540, 0.15455, 194.769),
    (255, 0, 255): (0.70167, 0.32249, 328.363),
}


@pytest.mark.parametrize("rgb", PUBLISHED)
def test_oklch_agrees_with_published_values(rgb):
    assert to_oklch(rgb) == pytest.approx(PUBLISHED[rgb], abs=2e-3)
    assert to_oklch(rgb)[:2] == pytest.approx(PUBLISHED[rgb][:2], abs=2e-5)


@given(colors)
def test_oklch_goes_both_ways(rgb):
    color = to_oklch(rgb)
    assert to_srgb(color) == rgb
    assert 0.0 <= color.lightness <= 1.0 and 0.0 <= color.chroma <= MAX_CHROMA


def test_colors_outside_srgb_are_none():
    assert to_srgb(Oklch(0.7, 0.3, 200.0)) is None
    assert to_srgb(Oklch(1.2, 0.0, 0.0)) is None
    assert to_srgb(Oklch(0.5, 0.0, 0.0)) == (99, 99, 99)


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_sets_what_it_reads(name):
    """Applying what is read changes nothing; applying a value makes it read that value."""
    parameter = PARAMETERS[name]
    own = parameter.read(WORD, CSS)
    if own is not None:
        assert apply_settings(WORD, {name: own}, CSS) == WORD
    wanted = {
        "font": "lato-bold",
        "word": "violet",
        "figure-term": "pink",
        "background-term": "brown",
    }.get(name, 31.0 if parameter.high > 40 else 0.08)
    if parameter.unit == " %" and parameter.coordinate is None:
        wanted = 37.5
    made = apply_settings(WORD, {name: wanted}, CSS)
    assert not isinstance(made, str) and made != WORD
    if name in ("contrast", "opacity"):
        return  # what they start from is always 100 %
    read = parameter.read(made, CSS)
    if parameter.kind == "choice":
        assert read == wanted
    else:
        assert read == pytest.approx(wanted, rel=0.03)  # colors are whole numbers
    assert wanted == pytest.approx(wanted) and parameter.text(wanted)
    assert parameter.tip.endswith(".")


def test_contrast_and_opacity_by_hand():
    gray = msgspec.structs.replace(STAR, figure_color=(100, 200, 0), background_color=(200, 100, 9))
    half = apply_settings(gray, {"contrast": 50.0}, CSS)
    assert half.figure_color == (125, 175, 2)
    assert half.background_color == (175, 125, 7)
    none = apply_settings(gray, {"contrast": 0.0}, CSS)
    assert none.figure_color == none.background_color == (150, 150, 5)
    beyond = apply_settings(gray, {"contrast": 150.0}, CSS)  # blue would be negative
    assert beyond == "outside sRGB"
    assert apply_settings(gray, {"opacity": 25.0}, CSS).figure_color == (175, 125, 7)
    assert apply_settings(gray, {"opacity": 0.0}, CSS).figure_color == (200, 100, 9)


def test_coordinates_of_one_color_are_changed_together():
    """Between two colors of sRGB the single steps may leave it; the whole must not."""
    settings = {"figure-lightness": 90.0, "figure-chroma": 0.2, "figure-hue": 115.0}
    made = apply_settings(STAR, settings, CSS)
    assert not isinstance(made, str)
    assert to_oklch(made.figure_color) == pytest.approx((0.9, 0.2, 115.0), abs=0.6)
    lighter = apply_settings(STAR, {"figure-lightness": 90.0}, CSS)
    start = STAR if isinstance(lighter, str) else lighter
    assert apply_settings(start, {"figure-chroma": 0.2}, CSS) != made
    assert apply_settings(STAR, {"figure-chroma": 0.4}, CSS) == "outside sRGB"
    both = {"figure-term": "red", "background-term": "red"}
    assert apply_settings(STAR, both, CSS) == "figure and background alike"


def test_r31_terms_take_the_palettes_colors():
    for term in COLOR_TERMS:
        made = apply_settings(STAR, {"figure-term": term}, SATURATED)
        assert made.figure_color == SATURATED[term]


@pytest.mark.parametrize("figure", [STAR, WORD])
def test_no_blur_leaves_every_byte(figure):
    sharp = msgspec.structs.replace(figure, blur=0.0)
    np.testing.assert_array_equal(render(figure), render(sharp))
    assert "blur" not in plain(figure)
    assert plain(msgspec.structs.replace(figure, blur=0.1))["blur"] == 0.1


def test_blur_is_a_gaussian_of_the_coverage():
    figure = msgspec.structs.replace(STAR, side=64, blur=2.0 / 64)
    wide = msgspec.structs.replace(STAR, side=64)
    sharp = render_coverage(wide).astype(float)
    reach = np.arange(-8, 9)
    bell = np.exp(-0.5 * (reach / 2.0) ** 2)
    bell /= bell.sum()
    wanted = sharp
    for axis in (0, 1):
        wanted = np.apply_along_axis(lambda line: np.convolve(line, bell, "same"), axis, wanted)
    found = render_coverage(figure)
    assert np.abs(found - wanted).max() <= 0.5 + 1e-9
    assert 1 < len(np.unique(found)) <= 256


def test_blur_knows_what_lies_outside_the_picture():
    """A figure that covers everything stays so: the border is no edge of it."""
    figure = ShapeStimulus(
        shape="square", figure_color=(0, 0, 0), background_color=(9, 9, 9), size=4.0, blur=0.1
    )
    assert (render_coverage(figure) == 255).all()
    outline = figure_outline(msgspec.structs.replace(figure, size=0.5))
    mask = blurred_mask(outline, 224, 20.0)
    assert mask[112, 112] == mask.max() and mask[0, 0] == 0


def test_blur_out_of_range_is_refused():
    with pytest.raises(InvalidInput, match="blur"):
        msgspec.structs.replace(STAR, blur=0.6)


def test_old_documents_open_and_are_written_as_they_were():
    for name in ("schema-1.colorlab",):
        data = (Path(__file__).parents[2] / "data" / name).read_bytes()
        document, pictures = decode_document(data, name)
        assert document.scans == ScanState()
        again = encode_document(document, pictures)
        assert b'"blur"' not in again and b'"scans"' not in again
        assert decode_document(again, name)[0] == document


def test_documents_keep_scans_and_pins():
    hue = Axis("figure-hue", 10.0, 350.0, 12)
    state = ScanState(
        curve=ScanSetup(x=hue, repetitions=4, seed=9),
        map=ScanSetup(x=hue, y=Axis("word", choices=("a", "ß")), fixed=(Setting("size", 40.0),)),
        template=1,
        pins=(
            Pin("a star", stimulus=msgspec.structs.replace(STAR, blur=0.03)),
            Pin("prompts", prompts=prompt_set(("{}",), ("a", "b"))),
            Pin("another model", model=PinnedModel("RN50", "RN50")),
        ),
    )
    document = msgspec.structs.replace(default_document(), scans=state)
    again, _pictures = decode_document(encode_document(document, {}), "x")
    assert again == document
