"""Random geometry: keyed, uniform, wholly inside (R28, R33)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import FontError, InvalidInput
from core.color.terms import COLOR_TERMS
from core.stimuli.fonts import font_faces, stimulus_fonts
from core.stimuli.render import ink_bounds, lies_inside
from core.stimuli.sampling import MAX_SEED, ShapeRules, WordRules, sample_geometry
from core.stimuli.stimulus import SHAPES, ShapeStimulus, WordStimulus

COLORS = {"figure_color": (255, 0, 0), "background_color": (0, 0, 255)}
SAMPLES = 1500
ranges = st.tuples(st.floats(0.02, 1), st.floats(0.02, 1)).map(lambda pair: tuple(sorted(pair)))


def shape_of(geometry, shape):
    return ShapeStimulus(
        shape=shape,
        center_x=geometry.center_x,
        center_y=geometry.center_y,
        size=geometry.size,
        rotation=geometry.rotation,
        **COLORS,
    )


def word_of(geometry, word):
    return WordStimulus(
        word=word,
        font=geometry.font,
        center_x=geometry.center_x,
        center_y=geometry.center_y,
        size=geometry.size,
        rotation=geometry.rotation,
        **COLORS,
    )


def distance_from_uniform(values):
    """Kolmogorov–Smirnov distance from the uniform distribution on 0..1, times √n."""
    values = np.sort(values)
    n = len(values)
    steps = np.arange(n + 1) / n
    gap = max((steps[1:] - values).max(), (values - steps[:-1]).max())
    return gap * math.sqrt(n)


@given(
    shape=st.sampled_from(SHAPES),
    seed=st.integers(0, MAX_SEED),
    index=st.integers(0, 10**6),
    size=ranges,
)
def test_r28_sampled_shapes_lie_wholly_inside_with_the_asked_size(shape, seed, index, size):
    figure = shape_of(sample_geometry(ShapeRules(size=size), shape, seed, index), shape)
    assert lies_inside(figure)
    left, top, right, bottom = ink_bounds(figure)
    longer = max(right - left, bottom - top)
    assert size[0] - 1e-9 <= longer <= size[1] + 1e-9
    assert 0 <= figure.rotation < 360


@given(
    word=st.sampled_from((*COLOR_TERMS, "grey", "l", "|", "Ij", "The quick brown fox")),
    seed=st.integers(0, MAX_SEED),
    index=st.integers(0, 10**6),
    width=ranges,
    font=st.sampled_from([face.id for face in font_faces().values() if face.role != "extra"]),
)
def test_r28_sampled_words_lie_wholly_inside(word, seed, index, width, font):
    rules = WordRules(width=width, fonts=(font,))
    figure = word_of(sample_geometry(rules, word, seed, index), word)
    assert lies_inside(figure)
    assert (figure.rotation, figure.font) == (0, font)
    left, top, right, bottom = ink_bounds(figure)
    assert right - left <= width[1] + 1e-9
    assert bottom - top <= width[1] + 1e-9
    if right - left < width[0] - 1e-9:  # too tall: as wide as the limit on its height allows
        assert bottom - top == pytest.approx(width[1])


def test_the_color_words_never_have_to_shrink():
    """So that their widths are uniform in 30–90 % in every face of the default set."""
    for word in (*COLOR_TERMS, "grey"):
        for font in stimulus_fonts():
            rules = WordRules(fonts=(font,))
            widths = [sample_geometry(rules, word, 0, index).size for index in range(60)]
            assert min(widths) < 0.35
            assert max(widths) > 0.85
            assert all(0.3 <= width <= 0.9 for width in widths)


def test_a_tall_word_keeps_a_uniform_width_up_to_where_it_is_too_tall():
    rules = WordRules(width=(0.2, 0.8), fonts=("roboto-bold",))
    words = [word_of(sample_geometry(rules, "l", 0, index), "l") for index in range(SAMPLES)]
    heights = np.array([bottom - top for _, top, _, bottom in map(ink_bounds, words)])
    # At 0.2 wide it would already be taller than 0.8: it is drawn exactly 0.8 tall.
    np.testing.assert_allclose(heights, 0.8)
    narrow = WordRules(width=(0.05, 0.9), fonts=("roboto-bold",))
    widths = [sample_geometry(narrow, "l", 0, index).size for index in range(SAMPLES)]
    top_width = 0.9 / (heights[0] / words[0].size)
    assert distance_from_uniform((np.array(widths) - 0.05) / (top_width - 0.05)) < 1.6


@pytest.mark.parametrize("shape", ["square", "triangle"])
def test_shape_geometry_is_uniform(shape):
    drawn = [sample_geometry(ShapeRules(), shape, 3, index) for index in range(SAMPLES)]
    figures = [shape_of(geometry, shape) for geometry in drawn]
    boxes = np.array([ink_bounds(figure) for figure in figures])
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    columns = [
        np.array([geometry.rotation for geometry in drawn]) / 360,
        (np.maximum(wide, tall) - 0.3) / 0.4,
        boxes[:, 0] / (1 - wide),  # where the box lies in the room it has
        boxes[:, 1] / (1 - tall),
    ]
    for column in columns:
        assert distance_from_uniform(column) < 1.6  # the 1 % point of the statistic
    # Nothing depends on anything else, nor on the sample before.
    for i, one in enumerate(columns):
        assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.08
        for other in columns[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.08


def test_word_geometry_is_uniform_and_every_font_is_as_likely():
    rules = WordRules()
    drawn = [sample_geometry(rules, "purple", 3, index) for index in range(SAMPLES)]
    widths = np.array([geometry.size for geometry in drawn])
    boxes = np.array([ink_bounds(word_of(geometry, "purple")) for geometry in drawn])
    assert distance_from_uniform((widths - 0.3) / 0.6) < 1.6
    assert distance_from_uniform(boxes[:, 0] / (1 - widths)) < 1.6
    assert distance_from_uniform(boxes[:, 1] / (1 - boxes[:, 3] + boxes[:, 1])) < 1.6
    counts = [sum(geometry.font == font for geometry in drawn) for font in rules.fonts]
    expected = SAMPLES / len(rules.fonts)
    assert sum((count - expected) ** 2 for count in counts) / expected < 26  # χ², 11 degrees, 1 %


def test_r33_a_sample_depends_on_seed_subject_colors_and_index_alone():
    rules = ShapeRules()
    arguments = [
        (subject, seed, index, colors)
        for subject in ("star", "plus")
        for seed in (0, 1, MAX_SEED)
        for index in (0, 1, 499, 2**40)
        for colors in (None, ("red", "blue"), ("blue", "red"))
    ]
    forward = [
        sample_geometry(rules, subject, seed, index, colors=colors)
        for subject, seed, index, colors in arguments
    ]
    sample_geometry.cache_clear()
    backward = [
        sample_geometry(rules, subject, seed, index, colors=colors)
        for subject, seed, index, colors in reversed(arguments)
    ]
    assert forward == backward[::-1]
    assert len({geometry.rotation for geometry in forward}) == len(arguments)


def test_r33_a_seed_and_an_index_cannot_be_mistaken_for_each_other():
    # 1 and 11 with sample 1: keys that are only strung together would be the same.
    rules = WordRules(fonts=("roboto-bold",))
    drawn = {
        (seed, index): sample_geometry(rules, "red", seed, index).size
        for seed in (1, 11, 111)
        for index in (1, 11, 111)
    }
    assert len(set(drawn.values())) == 9


def test_both_spellings_share_the_random_numbers():
    rules = WordRules()
    for index in range(20):
        gray = sample_geometry(rules, "gray", 0, index)
        grey = sample_geometry(rules, "gray", 0, index, written="grey")
        assert (gray.font, gray.size) == (grey.font, grey.size)
        assert lies_inside(word_of(grey, "grey"))


def test_the_stimuli_of_this_version_are_those_of_every_version():
    """Published results name a seed: these numbers must never change."""
    shape = sample_geometry(ShapeRules(), "star", 0, 0)
    assert (shape.rotation, shape.size, shape.center_x, shape.center_y) == pytest.approx(
        (222.09224348142538, 0.4025408750524618, 0.238954754894287, 0.46489641964399947), abs=1e-12
    )
    word = sample_geometry(WordRules(fonts=("roboto-bold", "lato-bold")), "red", 12345, 499)
    assert word.font == "roboto-bold"
    assert (word.size, word.center_x, word.center_y) == pytest.approx(
        (0.36349504519919174, 0.7904926681010971, 0.5698489707725877), abs=1e-12
    )


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(InvalidInput, match="seed"):
        sample_geometry(ShapeRules(), "star", seed, 0)


def test_a_negative_sample_and_an_unknown_shape_are_refused():
    with pytest.raises(InvalidInput, match="no sample -1"):
        sample_geometry(ShapeRules(), "star", 0, -1)
    with pytest.raises(InvalidInput, match="diamond"):
        sample_geometry(ShapeRules(), "diamond", 0, 0)


@pytest.mark.parametrize(
    "span", [(0.5, 0.4), (0.0, 0.5), (0.5, 1.01), (math.nan, 0.5), (0.2, math.inf)]
)
@pytest.mark.parametrize("make", [lambda s: ShapeRules(size=s), lambda s: WordRules(width=s)])
def test_impossible_ranges_are_refused(make, span):
    with pytest.raises(InvalidInput, match="range"):
        make(span)


def test_rotations_out_of_range_are_refused():
    with pytest.raises(InvalidInput, match="rotations"):
        ShapeRules(rotation=(0, 361))


def test_word_rules_need_fonts_that_exist():
    with pytest.raises(InvalidInput, match="no font"):
        WordRules(fonts=())
    with pytest.raises(InvalidInput, match="twice"):
        WordRules(fonts=("roboto-bold", "roboto-bold"))
    with pytest.raises(FontError, match="comic-sans"):
        WordRules(fonts=("roboto-bold", "comic-sans"))


def test_words_use_all_fonts_of_the_default_set():
    assert WordRules().fonts == stimulus_fonts()


def test_fixed_values_are_a_range_of_no_width():
    rules = ShapeRules(size=(0.5, 0.5), rotation=(0, 0))
    geometry = sample_geometry(rules, "square", 0, 0)
    assert (geometry.size, geometry.rotation) == (0.5, 0)
