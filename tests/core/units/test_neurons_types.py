"""The seven types of units: their order, their limits, their reasons, and the traps of ties."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.census.tops import tied_counts
from core.color.terms import CHROMATIC, COLOR_TERMS
from core.stimuli.factorial import ShapeSet, StroopSet
from core.stimuli.render import area_fraction, render_coverage
from core.units.neuron_types import (
    ANY_WORD,
    COLOR,
    COLOR_WORD,
    DEAD,
    MULTIMODAL,
    NOT_ACTIVATED,
    OTHER,
    TYPES,
    UnitMeasures,
    classify,
)
from core.units.selectivity import SlotSelectivity, slot_selectivity
from core.units.slot_labels import SlotLabels
from core.units.thresholds import TypeThresholds
from core.units.unit_facts import reason
from tests.support.sorted_tops import sorted_tops

NAN = float("nan")
RED, BLUE, WHITE = (COLOR_TERMS.index(term) for term in ("red", "blue", "white"))


def one_unit(word=None, font=None, background=None, stroop=10.0, natural=10.0, shapes=10.0):
    """Measures of one unit; slots as label → index, 0 for the other labels."""
    slots = []
    for slot in (word, font, background):
        row = np.zeros((1, 11))
        for label, value in (slot or {}).items():
            row[0, label] = value
        slots.append(row)
    return UnitMeasures(
        SlotSelectivity(*slots),
        np.array([stroop], np.float32),
        None if natural is None else np.array([natural], np.float32),
        None if shapes is None else np.array([shapes], np.float32),
    )


def found(measures, **limits):
    """Code, label, chromatic, population of one unit."""
    types = classify(measures, TypeThresholds(**limits))
    return (
        int(types.codes[0]),
        int(types.labels[0]),
        bool(types.chromatic[0]),
        int(types.population[0]),
    )


# Known answers --------------------------------------------------------------------------------


def measured(values, stroop, shapes, capacity=100, keys=None):
    """Types from dense values over a Stroop set and over a set of shapes."""
    tops = sorted_tops(np.atleast_2d(values).astype(np.float32), capacity, keys=keys)
    slots = slot_selectivity(tops, SlotLabels.of(stroop), capacity)
    natural = tops.maximum  # as strong as on the Stroop set
    return UnitMeasures(slots, tops.maximum, natural, np.float32(np.atleast_1d(shapes))), tops


def test_a_unit_that_measures_red_background_is_a_red_color_unit_and_nothing_else():
    stimuli = StroopSet(samples=5, side=48)
    areas = {}
    values = np.zeros(len(stimuli))
    for image in range(len(stimuli)):
        item_combination, _ = stimuli.locate(image)
        if stimuli.combinations[item_combination].background == "red":
            mask = stimuli.geometry_index(image)
            if mask not in areas:
                areas[mask] = area_fraction(render_coverage(stimuli.spec(image).stimulus))
            values[image] = 1 - areas[mask]
    shapes = max(
        1 - area_fraction(render_coverage(ShapeSet(side=48).spec(image).stimulus))
        for image in range(0, 880, 110)
    )
    measures, tops = measured(values, stimuli, shapes)
    assert len(np.unique(tops.values)) > 5

    assert found(measures) == (COLOR, RED, True, 1)
    slots = measures.slots
    assert slots.background[0, RED] == pytest.approx(1)
    assert slots.word[0, RED] == slots.font[0, RED] == 0
    assert slots.word.max() < 0.5
    others = np.delete(slots.as_color[0], RED)
    assert others.max() < 0.2
    # No setting of the other color types would claim it for red either.
    assert found(measures, word=0.01, color=1.0)[1] != RED
    assert found(measures, multimodal=0.1, multimodal_slot=0.01)[0] == COLOR


def test_a_constant_unit_gets_no_word_label_unless_ties_go_by_enumeration():
    stimuli = StroopSet(samples=10)
    constant = np.ones((3, len(stimuli)))
    for seed in range(5):
        keys = np.random.default_rng(seed).permutation(len(stimuli))
        measures, tops = measured(constant, stimuli, [1, 1, 1], keys=keys)
        types = classify(measures)
        assert types.codes.tolist() == [OTHER] * 3
        assert types.labels.tolist() == [-1] * 3
        assert measures.slots.word.max() < 0.3
        tied = tied_counts(tops, 100)
        assert tied.sharing.tolist() == [len(stimuli)] * 3
        assert tied.inside.tolist() == [100] * 3
    # The guard: in the order of the set the first hundred images show one word, so that a unit that
    # sees nothing would pass for one that reads.
    measures, _ = measured(constant, stimuli, [1, 1, 1])
    types = classify(measures)
    assert types.codes.tolist() == [COLOR_WORD] * 3
    assert types.labels.tolist() == [COLOR_TERMS.index("black")] * 3


def test_a_unit_of_flat_background_is_no_word_unit_either():
    """It takes one value on all images of a background, whatever they show."""
    stimuli = StroopSet(samples=20)
    back = SlotLabels.of(stimuli).background[np.arange(len(stimuli)) % 990]
    values = (back == WHITE).astype(float)
    keys = np.random.default_rng(0).permutation(len(stimuli))
    measures, _ = measured(values, stimuli, 1.0, keys=keys)
    assert found(measures)[:3] == (COLOR, WHITE, False)
    assert measures.slots.word.max() < 0.3


def test_random_units_have_no_label():
    stimuli = StroopSet(samples=10)
    values = np.random.default_rng(2).random((60, len(stimuli)), dtype=np.float32)
    measures, _ = measured(values, stimuli, np.ones(60))
    types = classify(measures)
    assert set(types.codes.tolist()) == {OTHER}
    assert not types.chromatic.any()


# Order and limits -----------------------------------------------------------------------------


def test_types_stand_in_the_order_of_their_tests():
    assert TYPES == (
        "dead",
        "not activated",
        "color multimodal",
        "color word",
        "color",
        "any word",
        "other",
    )


MULTI = {"word": {RED: 0.3}, "font": {RED: 0.3}, "background": {RED: 0.3}}


@pytest.mark.parametrize(
    ("measures", "wanted"),
    [
        (one_unit(**MULTI, stroop=0, natural=0), (DEAD, -1, False, 0)),
        (one_unit(**MULTI, stroop=-1, natural=-2), (DEAD, -1, False, 0)),
        (one_unit(**MULTI, stroop=4.9), (NOT_ACTIVATED, -1, False, 0)),
        (one_unit(**MULTI, stroop=-1, natural=0.1), (NOT_ACTIVATED, -1, False, 0)),
        (one_unit(**MULTI, stroop=5.0), (MULTIMODAL, RED, True, 1)),
        (one_unit(**MULTI, stroop=5.0, natural=-1), (MULTIMODAL, RED, True, 1)),
        (
            one_unit({RED: 0.2}, {RED: 0.15}, {RED: 0.15}),  # exactly on both limits
            (MULTIMODAL, RED, True, 1),
        ),
        (one_unit({RED: 0.7}, {RED: 0.15}, {RED: 0.15}), (MULTIMODAL, RED, True, 1)),
        (one_unit({RED: 0.5}, {RED: 0.14}, {RED: 0.3}), (COLOR_WORD, RED, True, 1)),
        (one_unit({WHITE: 0.5}, {BLUE: 0.5}, {RED: 0.9}), (COLOR_WORD, WHITE, False, 1)),
        (one_unit({RED: 0.49}, {BLUE: 0.3}, {BLUE: 0.2}), (COLOR, BLUE, True, 1)),
        (one_unit({}, {WHITE: 0.1}, {WHITE: 0.4}), (COLOR, WHITE, False, 1)),
        (one_unit({RED: 0.49}, {}, {BLUE: 0.49}, shapes=5), (ANY_WORD, -1, False, 0)),
        (one_unit({RED: 0.49}, {}, {BLUE: 0.49}, shapes=-3), (ANY_WORD, -1, False, 0)),
        (one_unit({RED: 0.49}, {}, {BLUE: 0.49}, shapes=5.1), (OTHER, -1, False, 0)),
    ],
)
def test_the_first_test_that_applies_decides(measures, wanted):
    assert found(measures) == wanted


def test_of_two_labels_the_larger_wins_and_the_population_code_counts_both():
    both = one_unit({RED: 0.3, BLUE: 0.25}, {RED: 0.2, BLUE: 0.25}, {RED: 0.2, BLUE: 0.25})
    assert found(both) == (MULTIMODAL, BLUE, True, 2)
    # Red's sum is larger, but its background is too weak for the type.
    uneven = one_unit({RED: 0.5, BLUE: 0.2}, {RED: 0.3, BLUE: 0.2}, {RED: 0.1, BLUE: 0.2})
    assert found(uneven) == (MULTIMODAL, BLUE, True, 2)
    third = one_unit({}, {RED: 0.6, BLUE: 0.2, WHITE: 0.19})
    assert found(third) == (COLOR, RED, True, 2)
    assert found(third, population=0.1) == (COLOR, RED, True, 3)


THIRD = 0.1 + 0.2  # 0.30000000000000004: equal to 0.3 but for rounding


@pytest.mark.parametrize(
    ("measures", "code", "text"),
    [
        (one_unit({RED: 0.5, BLUE: 0.5}), COLOR_WORD, "red or blue, tied"),
        (one_unit({}, {RED: 0.5, BLUE: 0.2}, {BLUE: 0.3}), COLOR, "red or blue, tied"),
        (one_unit({}, {WHITE: 0.5, BLUE: 0.5}), COLOR, "white or blue, tied"),
        (
            one_unit({RED: 0.3, BLUE: 0.2}, {RED: 0.2, BLUE: THIRD}, {RED: 0.2, BLUE: 0.2}),
            MULTIMODAL,
            "red or blue, tied",
        ),
    ],
)
def test_r70_of_equal_indices_the_order_of_the_labels_chooses_none(measures, code, text):
    assert found(measures) == (code, -1, True, 2)
    types = classify(measures)
    assert types.label_text(0) == text and types.title(0) == f"{TYPES[code]} ({text})"
    said = reason(measures, 0)
    assert "no single label" in said and text in said and "alike" in said
    assert types.in_words().startswith("1 neuron has no single color")
    # Turned around, the labels are the same.
    backwards = SlotSelectivity(
        *(getattr(measures.slots, slot)[:, ::-1] for slot in ("word", "font", "background"))
    )
    turned = classify(UnitMeasures(backwards, measures.stroop, measures.natural, measures.shapes))
    assert turned.codes[0] == code
    assert sorted(10 - term for term in turned.tied[0]) == list(types.tied[0])


def test_r70_a_weak_unit_is_not_tied_and_a_clear_one_has_its_label():
    assert not classify(one_unit({RED: 0.5, BLUE: 0.5}, stroop=1)).tied
    assert not classify(one_unit({RED: 0.5, BLUE: 0.4})).tied
    # Tied as a color, but its word is read first.
    both = one_unit({WHITE: 0.6}, {RED: 0.5, BLUE: 0.5})
    assert found(both) == (COLOR_WORD, WHITE, False, 1) and not classify(both).tied


@pytest.mark.parametrize(
    ("kind", "code"), [("stroop", OTHER), ("natural", OTHER), ("shapes", NOT_ACTIVATED)]
)
def test_r70_a_maximum_that_is_no_number_is_said(kind, code):
    silent = one_unit(**{"stroop": 0.0, kind: NAN})
    assert found(silent)[0] == code
    if code == OTHER:
        assert "maximum over a set is not a number" in reason(silent, 0)
    assert silent.in_words().startswith(
        "1 of 1 neuron has a maximum over a set that is not a number"
    )
    assert not one_unit(stroop=0.0).in_words()


@pytest.mark.parametrize(
    ("measures", "limits", "code"),
    [
        (one_unit(**MULTI), {"multimodal": 0.91}, COLOR),
        (one_unit(**MULTI), {"multimodal_slot": 0.31}, COLOR),
        (one_unit(**MULTI), {"multimodal": 0.91, "color": 0.61}, OTHER),
        (one_unit(**MULTI, stroop=5.5), {"activated": 0.6}, NOT_ACTIVATED),
        (one_unit({RED: 0.6}), {"word": 0.61}, OTHER),
        (one_unit(stroop=25), {"any_word": 2.6}, OTHER),
        (one_unit(stroop=15), {"any_word": 1.5}, ANY_WORD),
    ],
)
def test_thresholds_move_the_types(measures, limits, code):
    assert found(measures)[0] != code
    assert found(measures, **limits)[0] == code


def test_r37_a_unit_without_indices_gets_no_color():
    nothing = SlotSelectivity(*(np.full((3, 11), NAN) for _ in range(3)))
    zeros = np.zeros(3, np.float32)
    natural = np.array([0, 1, -1], np.float32)
    types = classify(UnitMeasures(nothing, zeros, natural, zeros))
    assert types.codes.tolist() == [DEAD, NOT_ACTIVATED, DEAD]
    assert types.labels.tolist() == [-1] * 3
    # Even if nothing counts as weak, 0/0 is no color, and 0 is not twice a negative maximum.
    loose = TypeThresholds(activated=0.0)
    types = classify(UnitMeasures(nothing, zeros, natural, zeros - 1), loose)
    assert types.codes.tolist() == [DEAD, OTHER, DEAD]
    text = reason(UnitMeasures(nothing, zeros, natural, zeros - 1), 1, loose)
    assert "no color-label indices, because no image of the Stroop set activates it" in text


def test_sets_that_are_missing_are_said_and_their_tests_left_out():
    weak = one_unit(**MULTI, stroop=1, natural=None)
    assert found(weak)[0] == MULTIMODAL
    assert found(one_unit(stroop=0, natural=None))[0] == DEAD
    assert found(one_unit(stroop=99, shapes=None))[0] == OTHER
    assert "natural images" in weak.in_words() and "shapes" not in weak.in_words()
    assert "“any word”" in one_unit(shapes=None).in_words()
    assert one_unit().in_words() == ""
    assert "without the set of shapes" in reason(one_unit(stroop=99, shapes=None), 0)


slot_values = st.lists(st.floats(0, 1), min_size=11, max_size=11)
maxima = st.floats(-2, 10, width=32)


def plain_type(word, font, background, stroop, natural, shapes):
    """Section by section, for one unit, in words of Python; all terms that share the largest."""
    if natural <= 0 and stroop <= 0:
        return "dead", []
    if stroop < 0.5 * natural:
        return "not activated", []
    slots = list(zip(word, font, background, strict=True))
    both = [sum(three) if sum(three) >= 0.5 and min(three) >= 0.15 else 0.0 for three in slots]
    colors = [f + b for _, f, b in slots]
    for name, index in (("color multimodal", both), ("color word", word), ("color", colors)):
        if max(index) >= 0.5:
            # A difference of rounding is none.
            return name, [n for n, value in enumerate(index) if max(index) - value < 1e-9]
    if stroop >= 2 * shapes and stroop > 0:
        return "any word", []
    return "other", []


@given(
    units=st.lists(
        st.tuples(slot_values, slot_values, slot_values, maxima, maxima, maxima),
        min_size=1,
        max_size=8,
    )
)
@example(
    [
        (
            (0.0,) * 5 + (0.6171875, 0.0, 0.79296875) + (0.0,) * 3,
            (0.0,) * 5 + (0.84765625, 0.0, 0.99609375) + (0.0,) * 3,
            (0.0,) * 4 + (1.0, 0.900390625, 1.0, 0.578125) + (1.0,) * 3,
            1.0,
            0.0,
            0.0,
        )
    ]
)  # equal but for rounding
@settings(max_examples=80, deadline=None)
def test_all_units_at_once_get_the_types_of_one_by_one(units):
    scaled = []
    for word, font, background, stroop, natural, shapes in units:
        # As in a Stroop set: for each label the three slots share at most 1.
        shares = [
            [value / 3 for value in slot] if sum(map(sum, (word, font, background))) > 9 else slot
            for slot in (word, font, background)
        ]
        # Sums that lie on a limit but for rounding are decided by a stated tolerance.
        rounded = [[round(value, 3) + 0.0004 for value in slot] for slot in shares]
        scaled.append((*rounded, stroop, natural, shapes))
    columns = list(zip(*scaled, strict=True))
    measures = UnitMeasures(
        SlotSelectivity(*(np.array(slot) for slot in columns[:3])),
        *(np.array(column, np.float32) for column in columns[3:]),
    )
    types = classify(measures)
    for number, unit in enumerate(scaled):
        name, terms = plain_type(*unit)
        assert TYPES[types.codes[number]] == name
        assert types.labels[number] == (terms[0] if len(terms) == 1 else -1)
        assert types.chromatic[number] == any(COLOR_TERMS[term] in CHROMATIC for term in terms)
        assert reason(measures, number).lower().startswith(types.title(number))


def test_a_common_threshold_above_a_third_makes_multimodal_units_impossible():
    stimuli = StroopSet(samples=2)
    values = np.random.default_rng(4).random((40, len(stimuli)))
    # The most multimodal unit there can be: as much red word as red font and red background.
    red = SlotLabels.of(stimuli)
    combination = np.arange(len(stimuli)) % 990
    values += sum(
        (slot[combination] == RED) for slot in (red.word, red.font, red.background)
    ) + np.zeros((40, 1))
    measures, _ = measured(values, stimuli, np.ones(40), capacity=300)
    types = classify(measures)
    assert set(types.codes.tolist()) == {MULTIMODAL}
    assert set(types.labels.tolist()) == {RED}
    limit = TypeThresholds(multimodal_slot=0.34)
    assert not (classify(measures, limit).codes == MULTIMODAL).any()
    assert "cannot all be above 1/3" in limit.notes()[0]
    assert TypeThresholds().notes() == ()
    assert TypeThresholds(multimodal_slot=1 / 3).notes() == ()  # three equal ones are possible
    assert len(TypeThresholds(word=0.05, color=0.1).notes()) == 2


# Reasons and settings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measures", "parts"),
    [
        (one_unit(stroop=0, natural=0), ["Dead", "none of the natural images"]),
        (one_unit(stroop=0, natural=None), ["Dead: no image of the Stroop set activates it."]),
        (one_unit(stroop=3), ["Not activated", "3 is less than 0.5 ×", "natural images, 10"]),
        (
            one_unit({RED: 0.31}, {RED: 0.3}, {RED: 0.29}),
            ["multimodal (red)", "word 0.31, font 0.30 and background 0.29", "0.90", "least 0.15"],
        ),
        (
            one_unit({RED: 0.55, BLUE: 0.25}),
            ["Color word (red)", "red in 0.55", "least 0.5", "2 labels share it"],
        ),
        (
            one_unit({}, {WHITE: 0.21}, {WHITE: 0.42}),
            ["Color (white), achromatic", "font 0.21 and background 0.42", "0.63"],
        ),
        (
            one_unit({RED: 0.4}, {BLUE: 0.2}, {BLUE: 0.1}, shapes=2),
            ["Any word", "word red 0.40", "blue 0.30", "10 is at least 2 × that on shapes, 2"],
        ),
        (one_unit(), ["Other", "10 is less than 2 × that on shapes, 10"]),
    ],
)
def test_the_reason_names_the_numbers_that_decided(measures, parts):
    text = reason(measures, 0)
    for part in parts:
        assert part in text
    assert text.endswith(".")


def test_the_reason_speaks_of_the_unit_asked_for_under_the_thresholds_in_force():
    two = UnitMeasures(
        SlotSelectivity(*(np.vstack([np.zeros(11), np.eye(11)[RED] * 0.3]) for _ in range(3))),
        np.array([1, 10], np.float32),
        np.array([9, 10], np.float32),
        np.array([1, 10], np.float32),
    )
    assert reason(two, 0).startswith("Not activated")
    assert reason(two, 1).startswith("Color multimodal (red)")
    assert reason(two, 1, TypeThresholds(multimodal_slot=0.31)).startswith("Color (red)")
    assert classify(two).title(1) == "color multimodal (red)"
    assert classify(two).title(0) == "not activated"


def test_every_setting_is_printed():
    default = TypeThresholds()
    changed = {
        "top": 77,
        "activated": 0.61,
        "multimodal": 0.62,
        "multimodal_slot": 0.163,
        "word": 0.64,
        "color": 0.65,
        "any_word": 2.6,
        "population": 0.267,
        "color_selective": 0.268,
        "strongly_selective": 0.469,
        "gray_method": "clip",
        "slot_share": 0.01,
    }
    assert set(changed) == set(TypeThresholds.__struct_fields__)
    for name, value in changed.items():
        words = msgspec.structs.replace(default, **{name: value}).in_words()
        assert words != default.in_words()
        assert ("1%" if name == "slot_share" else str(value)) in words


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"top": 0}, "cannot look at 0 images"),
        ({"word": 1.2}, "color words is 1.2"),
        ({"multimodal_slot": -0.1}, "each slot is -0.1"),
        ({"color": NAN}, "colors is nan"),
        ({"any_word": -1.0}, "any word is -1"),
        ({"activated": float("inf")}, "natural maximum is inf"),
        ({"gray_method": "rank"}, "“rank” is no way"),
    ],
)
def test_impossible_thresholds_are_refused(limits, message):
    with pytest.raises(InvalidInput, match=message):
        TypeThresholds(**limits)


def test_thresholds_come_back_as_they_were_stored():
    limits = TypeThresholds(word=0.45, top=50, gray_method="clip")
    assert msgspec.json.decode(msgspec.json.encode(limits), type=TypeThresholds) == limits


def test_measures_of_other_units_are_a_mistake():
    slots = SlotSelectivity(*(np.zeros((2, 11)) for _ in range(3)))
    with pytest.raises(ValueError, match="maxima for 2 neurons"):
        UnitMeasures(slots, np.zeros(3, np.float32))
    assert len(classify(UnitMeasures(slots, np.zeros(2, np.float32)))) == 2
    empty = SlotSelectivity(*(np.zeros((0, 11)) for _ in range(3)))
    assert len(classify(UnitMeasures(empty, np.zeros(0, np.float32)))) == 0
