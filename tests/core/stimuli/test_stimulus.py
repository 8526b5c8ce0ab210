"""Specifications: what they refuse, and that they can be stored."""

from __future__ import annotations

import math

import msgspec
import pytest

from core.base.errors import InvalidInput
from core.stimuli.stimulus import (
    MAX_SIDE,
    MAX_WORD_LENGTH,
    SHAPES,
    PictureStimulus,
    ShapeStimulus,
    Stimulus,
    WordStimulus,
)

COLORS = {"figure_color": (255, 0, 0), "background_color": (0, 0, 255)}
SHAPE = ShapeStimulus(shape="star", rotation=12.5, center_x=-0.25, size=0.4, side=96, **COLORS)
WORD = WordStimulus(word="grün שלום", font="lato-bold", center_y=0.75, **COLORS)
PICTURE = PictureStimulus(sha256="ab" * 32, name="Tür 🎨.png", background_color=(1, 2, 3))


def test_there_are_eight_shapes():
    assert len(SHAPES) == len(set(SHAPES)) == 8
    assert "diamond" not in SHAPES  # freely rotated it is a square


@pytest.mark.parametrize("stimulus", [SHAPE, WORD, PICTURE])
def test_a_stored_stimulus_comes_back_as_it_was(stimulus):
    back = msgspec.json.decode(msgspec.json.encode(stimulus), type=Stimulus)
    assert back == stimulus
    assert type(back) is type(stimulus)


def test_the_kind_is_stored_by_name():
    kinds = [msgspec.to_builtins(stimulus)["kind"] for stimulus in (SHAPE, WORD, PICTURE)]
    assert kinds == ["shape", "word", "picture"]


@pytest.mark.parametrize("stimulus", [SHAPE, WORD, PICTURE])
def test_specifications_are_frozen_and_hashable(stimulus):
    with pytest.raises(AttributeError):
        stimulus.side = 8
    assert {stimulus: 1}[msgspec.structs.replace(stimulus)] == 1


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("center_x", 2.1, "center x"),
        ("center_x", -1.1, "center x"),
        ("center_y", math.nan, "center y"),
        ("center_y", math.inf, "center y"),
        ("size", 0.0, "size"),
        ("size", -0.5, "size"),
        ("size", 4.1, "size"),
        ("size", math.nan, "size"),
        ("rotation", math.inf, "rotation"),
        ("side", 7, "side"),
        ("side", MAX_SIDE + 1, "side"),
        ("figure_color", (0, 0, 256), "object"),
        ("figure_color", (0, 0), "object"),
        ("background_color", (-1, 0, 0), "background"),
        ("background_color", (0.5, 0, 0), "background"),
    ],
)
@pytest.mark.parametrize("stimulus", [SHAPE, WORD], ids=["shape", "word"])
def test_values_out_of_range_are_refused_by_name(stimulus, field, value, named):
    with pytest.raises(InvalidInput) as caught:
        msgspec.structs.replace(stimulus, **{field: value})
    assert named in caught.value.message
    assert caught.value.hint


def test_an_unknown_shape_is_refused():
    with pytest.raises(InvalidInput, match="diamond"):
        ShapeStimulus(shape="diamond", **COLORS)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x" * (MAX_WORD_LENGTH + 1), "61 characters"),
        ("red\nblue", "control character"),
        ("red\x00", "control character"),
        ("red\u202e", "control character .right-to-left override, U.202E."),
        ("red\ud800", "control character"),
        ("re\u00add\u200b", "characters .soft hyphen, U.00AD, zero width space, U.200B."),
    ],
)
def test_words_that_cannot_be_set_are_refused(word, said):
    with pytest.raises(InvalidInput, match=said):
        msgspec.structs.replace(WORD, word=word)


def test_the_longest_word_is_accepted():
    assert WordStimulus(word="x" * MAX_WORD_LENGTH, **COLORS).word == "x" * MAX_WORD_LENGTH


def test_a_picture_is_refused_a_wrong_background_and_side():
    with pytest.raises(InvalidInput, match="background"):
        msgspec.structs.replace(PICTURE, background_color=(0, 0, 999))
    with pytest.raises(InvalidInput, match="side"):
        msgspec.structs.replace(PICTURE, side=0)
