"""Searching units in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.color.terms import COLOR_TERMS
from core.units.neuron_types import (
    ANY_WORD,
    COLOR,
    COLOR_WORD,
    DEAD,
    MULTIMODAL,
    NOT_ACTIVATED,
    OTHER,
    NeuronTypes,
)
from core.units.query import MEASURES, UnitTable, search
from core.units.selectivity import SlotSelectivity

NAN = float("nan")
RED, WHITE = (COLOR_TERMS.index(term) for term in ("red", "white"))
LAYERS = ("stem.conv1", "layer3.1", "layer3.1.conv2", "layer3.10", "layer4.2", "attnpool")
#         0             1           2                 3            4           5


def slot(*reds):
    """Index of red for each unit, the rest of the weight on white."""
    table = np.zeros((8, 11))
    table[:, RED] = reds
    table[:, WHITE] = 1 - np.array(reds)
    return table


def table(**changes):
    codes = [DEAD, NOT_ACTIVATED, MULTIMODAL, COLOR_WORD, COLOR, COLOR, ANY_WORD, OTHER]
    labels = np.array([-1, -1, RED, RED, RED, WHITE, -1, -1], np.int8)
    types = NeuronTypes(
        np.array(codes, np.uint8),
        labels,
        labels == RED,
        np.array([0, 0, 3, 1, 1, 2, 0, 0], np.uint8),
    )
    word = slot(NAN, 0.0, 0.3, 0.7, 0.1, 0.0, 0.2, 0.6)
    parts = {
        "layers": LAYERS,
        "layer_of": np.array([0, 1, 2, 3, 4, 4, 4, 5]),
        "numbers": np.array([0, 1, 2, 17, 17, 5, 6, 17]),
        "types": types,
        "slots": SlotSelectivity(word, slot(*[0.25] * 8), slot(*[0.125] * 8)),
        "measures": {
            "selectivity": np.array([NAN, -0.2, 0.1, 0.4, 0.5, 0.6, 0.41, 0.3]),
            "stroop": np.array([0.0, 1, 2, 3, 4, 5, 6, 7]),
            "hue": np.array([NAN, 10.0, 50, 60, 70, 350, 90, 95]),
        },
    }
    return UnitTable(**{**parts, **changes})


def units(text, **changes):
    found = search(text, table(**changes))
    assert found.problems == ""
    return np.flatnonzero(found.mask).tolist()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("   ", [0, 1, 2, 3, 4, 5, 6, 7]),
        # layers
        ("layer3", [1, 2, 3]),
        ("layer3.1", [1, 2]),  # not layer3.10
        ("layer3.*", [1, 2, 3]),
        ("layer3.?", [1, 2]),
        ("*.conv2", [2]),
        ("LAYER4", [4, 5, 6]),
        ("layer:attnpool", [7]),
        # types
        ("type:any-word", [6]),
        ("type:color", [4, 5]),
        ("type:color-word", [3]),
        ("type:chromatic", [4]),
        ("type:achromatic-color", [5]),
        ("multimodal", [2]),
        ("color multimodal", [2]),
        ("dead", [0]),
        ("other", [7]),
        ("any word", [6]),
        ("color word red", [3]),
        ("not activated", [1]),
        ("type:not-activated", [1]),
        ("not-activated", [1]),
        # labels
        ("red", [2, 3, 4]),
        ("label:White", [5]),
        # indices
        ("word red > 0.6", [3]),
        ("word red >= 0.6", [3, 7]),
        ("word red ≥ 60%", [3, 7]),
        ("word:red>0.6", [3]),
        ("word red > 0.6 layer3", [3]),
        ("word > 0.85", [1, 4, 5]),  # any label, here white
        ("word red = 0.7", [3]),
        ("font red < .3", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("color red >= 0.375", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("background red >= .2", []),
        ("any red > 0.7", [3, 7]),
        # measures
        ("selectivity>0.4", [4, 5, 6]),
        ("selectivity < 0", [1]),
        ("selectivity > -0.3 selectivity < −0.1", [1]),
        ("alpha ≤ 0.1", [1, 2]),
        ("population >= 2", [2, 5]),
        ("hue > 40 hue < 65", [2, 3]),
        ("max > 5", [6, 7]),
        # numbers
        ("#17", [3, 4, 7]),
        ("unit:17", [3, 4, 7]),
        ("layer4.2#17", [4]),
        # together and turned around
        ("type:any-word selectivity>0.4 layer4.*", [6]),
        ("layer4, selectivity > 0.4 and red", [4]),
        ("layer4 -red", [5, 6]),
        ("layer4 not red", [5, 6]),
        ("-layer4 −dead", [1, 2, 3, 7]),
        ("-word red > 0.5", [0, 1, 2, 4, 5, 6]),  # an undefined index is not above 0.5
        ("not not activated", [0, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_units_that_meet_every_term(text, wanted):
    assert units(text) == wanted


def test_gray_may_be_spelled_either_way():
    gray = NeuronTypes(
        np.full(8, COLOR, np.uint8),
        np.full(8, COLOR_TERMS.index("gray"), np.int8),
        np.zeros(8, bool),
        np.ones(8, np.uint8),
    )
    for text in ("gray", "grey", "word grey < 1"):
        assert len(units(text, types=gray)) >= 7


@pytest.mark.parametrize(
    ("text", "problem", "kept"),
    [
        ("layr3 red", "“layr3” (no layer, type, color or measure has that name)", [2, 3, 4]),
        ("word red layer3", "“word red” (needs a comparison, as in “word red > 0.5”)", [1, 2, 3]),
        ("word", "“word” (needs a comparison, as in “word red > 0.5”)", range(8)),
        ("selectivity layer3", "“selectivity” (needs a comparison", [1, 2, 3]),
        ("red > 0.5", "“red > 0.5” (say of which slot, as in “word red > 0.5”)", range(8)),
        ("word red > much dead", "“word red >” (a number must follow >)", None),
        ("type:blurry layer3", "“type:blurry” (the types are dead, not activated,", [1, 2, 3]),
        ("shape:square dead", "“shape:square” (there is no such thing to search by)", [0]),
        ("size > 3 dead", "“size > 3” (no layer", [0]),
        ("layer4# dead", "“layer4#” (the number of a neuron is missing)", [0]),
        ("dead not", "“not” (nothing follows)", [0]),
        ("natural > 2 dead", "“natural > 2” (the maximum on natural images is not known", [0]),
        ("color word red > 0.5", "“color” (needs a comparison", [3, 7]),
        ("> 5", "“>” (no layer", range(8)),
    ],
)
def test_what_is_not_understood_is_left_out_and_said(text, problem, kept):
    found = search(text, table())
    assert found.problems.startswith("Left out: ") and found.problems.endswith(".")
    assert problem in found.problems
    if kept is not None:
        assert np.flatnonzero(found.mask).tolist() == list(kept)


def test_what_the_census_has_not_told_yet_is_said():
    bare = table(types=None, slots=None, measures={})
    for text, problem in (
        ("dead", "no types yet"),
        ("red", "no types yet"),
        ("type:chromatic", "no types yet"),
        ("word red > 0.5", "no color-label indices yet"),
        ("population > 1", "population code is not known yet"),
        ("hue > 1", "hue is not known yet"),
    ):
        found = search(text, bare)
        assert problem in found.problems
        assert found.mask.all()


def test_every_measure_can_be_searched_by():
    for name in MEASURES:
        values = {name: np.arange(8)}
        assert units(f"{name} >= 6", measures=values) == [6, 7]


@given(text=st.text(max_size=40) | st.text("wordlayer3.4#*:<>=≥-!% 0,[", max_size=40))
def test_any_text_gives_an_answer(text):
    found = search(text, table())
    assert found.mask.shape == (8,) and found.mask.dtype == bool


def test_there_may_be_no_units():
    empty = UnitTable(layers=(), layer_of=np.empty(0, int), numbers=np.empty(0, int))
    assert search("", empty).mask.shape == (0,)
    assert "no layer" in search("layer3", empty).problems


def test_r70_units_without_a_single_label_are_found_as_such_and_by_no_color():
    whole = table()
    types = whole.types
    labels = types.labels.copy()
    labels[3] = -1
    tied = replace(types, labels=labels, tied={3: (RED, WHITE)})
    assert (
        search("label:tied", table(types=tied)).mask.tolist() == [False] * 3 + [True] + [False] * 4
    )
    assert not search("red", table(types=tied)).mask[3] and search("red", whole).mask[3]
    assert not search("label:tied", whole).mask.any()
    assert "no types yet" in search("label:tied", table(types=None)).problems


@pytest.mark.parametrize(
    ("comma", "point"),
    [
        ("word red > 0,6", "word red > 0.6"),
        ("selectivity>0,4 layer4.*", "selectivity>0.4 layer4.*"),
        ("layer4, selectivity > 0,4, red", "layer4 selectivity > 0.4 red"),
        ("word red > ,6", "word red > 0.6"),  # once read as 6
        ("word red >= 60,0%", "word red >= 0.6"),
        ("selectivity > -0,1", "selectivity > -0.1"),
        ("word red > 0,125", "word red > 0.125"),
        ("selectivity > 0.4,layer4", "selectivity > 0.4 layer4"),
    ],
)
def test_r68_a_decimal_comma_is_read_as_a_point(comma, point):
    assert units(comma) == units(point)


@pytest.mark.parametrize("number", ["1,000", "0,5,6", "0.5,6", "1,000.5"])
def test_r68_a_comma_that_may_mean_something_else_is_said(number):
    found = search(f"stroop > {number} dead", table())
    assert f"“stroop > {number}” (write the number" in found.problems
    assert "as in 0.1" in found.problems
    assert np.flatnonzero(found.mask).tolist() == [0]


@pytest.mark.parametrize(
    "text", ["#" + "9" * 5000, "[" * 10_000, "red " * 2500, "*a" * 5000], ids=lambda text: text[:2]
)
def test_a_text_that_is_no_search_is_left_out_as_a_whole(text):
    found = search(text, table())
    assert found.mask.all()
    assert found.problems == (
        f"Left out: the search has {len(text):,} characters, and 1,000 are read at most."
    )


def test_what_is_left_out_of_a_long_search_is_said_in_few_words():
    found = search(("x" * 99 + " ") * 10, table())
    assert found.problems.count("no layer, type, color or measure") == 8
    assert found.problems.endswith("; and 2 more.") and "…" in found.problems
    assert len(found.problems) < 1200
    assert not search("#" + "9" * 900, table()).mask.any()
