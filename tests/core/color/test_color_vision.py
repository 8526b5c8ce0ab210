"""Charts are told apart without hue: by what people of other color vision see, or by patterns."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from core.color.spaces import from_hex
from core.color.terms import COLOR_TERMS, CSS, PALETTES
from core.predict.attribution import ROLE_NAMES, ROLES
from core.scans.label_styles import label_styles
from core.units.category_styles import STACK, CategoryStyle
from tests.support.color_vision import DEFICIENCIES, VISIONS, distance, seen

APART = 12.0
"""Distance in CIELAB at which two areas are told apart at a glance, without being side by side."""


@pytest.mark.parametrize("vision", DEFICIENCIES)
def test_grays_look_the_same_in_every_vision(vision: str) -> None:
    # The rows of each matrix sum to 1: what has no hue keeps its look.
    for level in (0, 60, 128, 255):
        gray = (level, level, level)
        np.testing.assert_allclose(seen(gray, vision), seen(gray, "normal"), atol=1e-5)


def test_the_simulation_confuses_what_these_people_confuse() -> None:
    reddish, greenish = (170, 100, 60), (116, 130, 60)
    assert distance(reddish, greenish, "normal") > 40
    assert distance(reddish, greenish, "deutan") < 20
    assert distance(reddish, greenish, "protan") < 30
    blue, green = (0, 150, 190), (0, 160, 130)
    assert distance(blue, green, "tritan") < distance(blue, green, "normal") / 2


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize(
    ("one", "other"),
    list(combinations(STACK, 2)),
    ids=lambda style: style.category.replace(" ", "-"),
)
def test_types_differ_in_look_or_pattern(
    one: CategoryStyle, other: CategoryStyle, vision: str
) -> None:
    assert one.letter != other.letter
    if one.pattern == other.pattern:
        assert distance(from_hex(one.color), from_hex(other.color), vision) >= APART


@pytest.mark.parametrize("vision", VISIONS)
def test_parts_of_a_bar_that_touch_differ_in_look_too(vision: str) -> None:
    for below, above in pairwise(STACK):
        assert distance(from_hex(below.color), from_hex(above.color), vision) >= APART


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette", PALETTES)
def test_curves_of_labels_differ_in_look_or_line(palette: str, vision: str) -> None:
    looks = label_styles(COLOR_TERMS, PALETTES[palette])
    for one, other in combinations(looks, 2):
        if one.dash == other.dash:
            assert distance(one.color, other.color, vision) >= APART, (one.label, other.label)


@pytest.mark.parametrize("vision", VISIONS)
def test_curves_of_other_labels_differ_in_look_or_line(vision: str) -> None:
    looks = label_styles(tuple(f"label {number}" for number in range(12)), CSS)
    for one, other in combinations(looks, 2):
        if one.dash == other.dash:
            assert distance(one.color, other.color, vision) >= APART, (one.label, other.label)


def test_roles_are_words_and_no_two_are_alike() -> None:
    # Marks at the bars say what a label names; no color stands for a role.
    assert set(ROLE_NAMES) == set(ROLES)
    assert len(set(ROLE_NAMES.values())) == len(ROLES)
    assert all(name.strip() for name in ROLE_NAMES.values())
