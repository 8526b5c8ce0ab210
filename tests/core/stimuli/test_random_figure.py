"""A figure in new colors at a new place, from one seed."""

import msgspec
import pytest

from core.color.terms import CSS
from core.stimuli.render import lies_inside
from core.stimuli.sampling import random_figure
from core.stimuli.stimulus import ShapeStimulus, WordStimulus

SQUARE = ShapeStimulus(shape="square", figure_color=CSS["red"], background_color=CSS["white"])
WORD = WordStimulus(word="blue", figure_color=CSS["red"], background_color=CSS["white"], size=0.6)


@pytest.mark.parametrize("figure", [SQUARE, WORD], ids=["shape", "word"])
def test_r33_a_random_figure_depends_on_its_seed_and_subject_alone(figure):
    elsewhere = msgspec.structs.replace(
        figure, center_x=0.9, size=1.2, figure_color=(9, 9, 9), background_color=(8, 8, 8)
    )
    drawn = [random_figure(figure, seed, CSS) for seed in range(200)]
    assert drawn == [random_figure(elsewhere, seed, CSS) for seed in range(200)]
    assert len({(one.figure_color, one.background_color) for one in drawn}) > 50
    for one in drawn:
        assert one.figure_color != one.background_color
        assert lies_inside(one)
        assert None not in (CSS.term_of(one.figure_color), CSS.term_of(one.background_color))
        if isinstance(one, WordStimulus):
            assert (one.word, one.font) == (WORD.word, WORD.font)
            assert CSS["blue"] not in (one.figure_color, one.background_color)
