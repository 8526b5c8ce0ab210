"""The one renderer: exact colors inside, blends on outlines only, everything in its place."""

from __future__ import annotations

import io

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.color.terms import COLOR_TERMS, PALETTES
from core.stimuli.coverage import shape_outline
from core.stimuli.fonts import stimulus_fonts
from core.stimuli.render import (
    area_fraction,
    blend_table,
    composite,
    figure_outline,
    ink_bounds,
    lies_inside,
    render,
    render_coverage,
)
from core.stimuli.stimulus import SHAPES, ShapeStimulus, Stimulus, WordStimulus
from tests.support.outlines import area, distance_grid, winding_grid

HALF_DIAGONAL = np.sqrt(0.5)

palette_pairs = st.builds(
    lambda palette, pair: (palette[pair[0]], palette[pair[1]]),
    st.sampled_from(list(PALETTES.values())),
    st.lists(st.sampled_from(COLOR_TERMS), min_size=2, max_size=2, unique=True),
)
own_colors = st.tuples(*[st.integers(0, 255)] * 3)
color_pairs = palette_pairs | st.tuples(own_colors, own_colors)
geometry = {
    "center_x": st.floats(0, 1),
    "center_y": st.floats(0, 1),
    "size": st.floats(0.02, 1.6),
    "rotation": st.floats(-400, 400),
    "side": st.sampled_from([8, 31, 48]),
}
shapes = st.builds(
    lambda colors, **fields: ShapeStimulus(
        figure_color=colors[0], background_color=colors[1], **fields
    ),
    color_pairs,
    shape=st.sampled_from(SHAPES),
    **geometry,
)
words = st.builds(
    lambda colors, **fields: WordStimulus(
        figure_color=colors[0], background_color=colors[1], **fields
    ),
    color_pairs,
    word=st.sampled_from((*COLOR_TERMS, "grey", "Fig 7!", "l")),
    font=st.sampled_from(stimulus_fonts()),
    **geometry,
)
figures = shapes | words


def figure(**fields):
    colors = {"figure_color": (255, 0, 0), "background_color": (255, 255, 255)}
    return ShapeStimulus(**{"shape": "square", **colors, **fields})


@settings(max_examples=150)
@given(figures)
def test_r32_solid_parts_have_the_exact_colors_and_only_outlines_blend(stimulus):
    outline, side = figure_outline(stimulus), stimulus.side
    pixels = render(stimulus)
    assert pixels.shape == (side, side, 3)
    assert pixels.dtype == np.uint8

    distance = distance_grid(outline, side)
    inside = winding_grid(outline, np.arange(side) + 0.5) != 0
    clear = distance > HALF_DIAGONAL  # no edge passes through these pixels
    assert (pixels[clear & inside] == stimulus.figure_color).all()
    assert (pixels[clear & ~inside] == stimulus.background_color).all()

    coverage = render_coverage(stimulus)
    assert (pixels[coverage == 255] == stimulus.figure_color).all()
    assert (pixels[coverage == 0] == stimulus.background_color).all()
    mixed = (coverage > 0) & (coverage < 255)
    assert distance[mixed].max(initial=0) <= 1.5
    blends = blend_table(stimulus.figure_color, stimulus.background_color)
    np.testing.assert_array_equal(pixels[mixed], blends[coverage[mixed]])


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_r32_every_pair_of_every_palette_keeps_its_two_colors(palette):
    for subject in (
        figure(shape="star", rotation=17, side=64, size=0.7),
        WordStimulus(
            word="grey", figure_color=(0, 0, 0), background_color=(1, 1, 1), size=0.9, side=64
        ),
    ):
        coverage = render_coverage(subject)
        assert (coverage == 255).any() and (coverage == 0).any()
        for front in COLOR_TERMS:
            for back in COLOR_TERMS:
                pixels = composite(coverage, palette[front], palette[back])
                assert (pixels[coverage == 255] == palette[front]).all()
                assert (pixels[coverage == 0] == palette[back]).all()


@given(own_colors, own_colors)
def test_r32_blends_lie_on_the_straight_line_between_the_two_colors(front, back):
    table = blend_table(front, back).astype(float)
    np.testing.assert_array_equal(table[0], back)
    np.testing.assert_array_equal(table[255], front)
    share = np.arange(256)[:, None] / 255
    exact = np.array(back) * (1 - share) + np.array(front) * share
    assert np.abs(table - exact).max() <= 0.5 + 1e-9


@given(figures)
def test_the_area_fraction_is_that_of_the_outline(stimulus):
    fields = {"center_x": 0.5, "center_y": 0.5, "side": 64}
    if not lies_inside(msgspec.structs.replace(stimulus, **fields)):
        fields["size"] = 0.1  # a tall single letter still fits
    stimulus = msgspec.structs.replace(stimulus, **fields)
    coverage = render_coverage(stimulus)
    partial = np.count_nonzero((coverage > 0) & (coverage < 255))
    slack = 0.5 * (3 * partial + 16) / 255  # every pixel on the outline is rounded
    expected = area(figure_outline(stimulus))
    assert area_fraction(coverage) * 64**2 == pytest.approx(expected, abs=slack)


def test_the_area_fraction_by_hand():
    assert area_fraction(render_coverage(figure(size=0.5, side=64))) == 0.25
    assert area_fraction(np.array([[255, 0], [51, 0]], dtype=np.uint8)) == pytest.approx(0.3)


@given(figures)
def test_r28_a_figure_has_its_ink_at_the_asked_place(stimulus):
    stimulus = msgspec.structs.replace(
        stimulus, size=min(stimulus.size, 0.1), rotation=0, side=200, center_x=0.4, center_y=0.55
    )
    rows, columns = np.nonzero(render_coverage(stimulus))
    left, top, right, bottom = ink_bounds(stimulus)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((0.4, 0.55), abs=1e-9)
    assert columns.min() == pytest.approx(left * 200, abs=1.0)
    assert columns.max() + 1 == pytest.approx(right * 200, abs=1.0)
    assert rows.min() == pytest.approx(top * 200, abs=1.0)
    assert rows.max() + 1 == pytest.approx(bottom * 200, abs=1.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_r28_size_is_the_longer_side_of_a_shape(shape):
    left, top, right, bottom = ink_bounds(figure(shape=shape, size=0.62))
    assert max(right - left, bottom - top) == pytest.approx(0.62)


@pytest.mark.parametrize("font", stimulus_fonts())
def test_r28_size_is_the_width_of_a_word(font):
    word = WordStimulus(
        word="pink", font=font, figure_color=(0, 0, 0), background_color=(9, 9, 9), size=0.62
    )
    left, _, right, _ = ink_bounds(word)
    assert right - left == pytest.approx(0.62)


@pytest.mark.parametrize(
    ("fields", "inside"),
    [
        ({"size": 1.0}, True),
        ({"size": 1.0, "rotation": 1}, False),
        ({"size": 0.5, "center_x": 0.25}, True),
        ({"size": 0.5, "center_x": 0.2499}, False),
        ({"size": 0.5, "center_y": 0.7501}, False),
        ({"size": 0.5, "center_x": 1.4}, False),
    ],
)
def test_r28_lies_inside_tells_whether_the_whole_figure_is_seen(fields, inside):
    assert lies_inside(figure(**fields)) is inside


def test_a_square_is_drawn_pixel_for_pixel():
    pixels = render(figure(size=0.5, side=8, center_x=0.375, center_y=0.5))
    expected = np.full((8, 8, 3), 255, dtype=np.uint8)
    expected[2:6, 1:5] = (255, 0, 0)
    np.testing.assert_array_equal(pixels, expected)


def test_one_specification_looks_the_same_at_any_side():
    stimulus = figure(shape="plus", rotation=10, size=0.6)
    small, large = (
        render_coverage(msgspec.structs.replace(stimulus, side=side)) for side in (32, 256)
    )
    averaged = large.reshape(32, 8, 32, 8).mean(axis=(1, 3))
    assert np.abs(averaged - small).max() <= 1.0


@given(figures)
def test_r27_a_stored_stimulus_and_its_png_give_the_same_bytes(stimulus):
    pixels = render(stimulus)
    stored = msgspec.json.decode(msgspec.json.encode(stimulus), type=Stimulus)
    assert render(stored).tobytes() == pixels.tobytes()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    with Image.open(file) as image:
        assert np.asarray(image).tobytes() == pixels.tobytes()


def test_rendering_leaves_the_shared_outlines_alone():
    before = shape_outline("star")[0].copy()
    render(figure(shape="star", rotation=45, size=0.3))
    np.testing.assert_array_equal(shape_outline("star")[0], before)
