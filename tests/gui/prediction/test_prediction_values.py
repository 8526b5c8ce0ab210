"""The pane's plain values: numbers in words, orders, pasted lists, colors of bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.color.spaces import contrast_ratio
from core.color.terms import COLOR_TERMS, CSS, PALETTES
from gui.charts.drawing import ink_on
from gui.look.theme import DARK, LIGHT
from gui.prediction.cards.views import (
    NO_BREAK_SPACE,
    BarRow,
    cosine_text,
    exact_text,
    label_color,
    ordered,
    percent_text,
    utf16_length,
)
from gui.prediction.labels.paste_dialog import MAX_LABELS, parse_list
from gui.prediction.labels.prompt_edits import (
    inserted,
    moved,
    moved_before,
    removed,
    replaced,
)


def row(label: str, probability: float, roles: str = "") -> BarRow:
    return BarRow(label, f"a {label}", probability, 0.1, roles, None, False)


@pytest.mark.parametrize(
    ("probability", "decimals", "text"),
    [
        (0.611, 1, "61.1 %"),
        (0.5, 0, "50 %"),
        (0.0, 1, "0 %"),
        (1.0, 1, "100 %"),
        (0.0004, 1, "<0.1 %"),
        (0.0006, 1, "0.1 %"),
        (1e-300, 1, "<0.1 %"),
        (0.9996, 1, ">99.9 %"),
        (0.9994, 1, "99.9 %"),
        (0.004, 0, "<1 %"),
        (0.0000012, 3, "<0.001 %"),
        (0.0000012, 6, "0.000120 %"),
    ],
)
def test_percentages_never_claim_more_than_is_so(
    probability: float, decimals: int, text: str
) -> None:
    assert percent_text(probability, decimals) == text.replace(" ", NO_BREAK_SPACE)


@given(st.floats(0.0, 1.0), st.integers(0, 6))
def test_only_certainties_are_shown_as_such(probability: float, decimals: int) -> None:
    text = percent_text(probability, decimals).removesuffix(f"{NO_BREAK_SPACE}%")
    assert (text.lstrip("<>") == text and float(text) == 0.0) == (probability == 0.0)
    assert (text == "100") == (probability == 1.0)
    if text[0] not in "<>":
        assert abs(float(text) - 100 * probability) <= 0.5000001 * 10.0**-decimals


def test_small_numbers_and_signs_are_told_apart() -> None:
    assert exact_text(0.0000123).startswith("0.00123")
    assert cosine_text(-0.0184) == "\u22120.018"
    assert cosine_text(0.2) == "0.200"


def test_order_by_probability_keeps_label_order_among_equals() -> None:
    rows = [row("a", 0.2), row("b", 0.3), row("c", 0.2), row("d", 0.3)]
    assert [r.label for r in ordered(rows, True)] == ["b", "d", "a", "c"]
    assert [r.label for r in ordered(rows, False)] == ["a", "b", "c", "d"]


def test_r31_bars_take_their_color_from_the_one_table() -> None:
    for palette in PALETTES.values():
        for term in COLOR_TERMS:
            assert label_color(term, palette) == palette[term]
    assert label_color(" Grey ", CSS) == CSS["gray"]
    assert label_color("cat", CSS) is None


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_outline_is_seen_on_the_ground(tokens: object) -> None:
    """A white bar on the light theme and a black one on the dark are carried by the outline."""

    def channels(value: str) -> tuple[int, int, int]:
        return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)

    ground = channels(tokens.surface)  # type: ignore[attr-defined]
    outline = channels(tokens.border_strong)  # type: ignore[attr-defined]
    assert contrast_ratio(ground, outline) >= 3.0


def test_text_inside_a_bar_is_readable_on_every_term() -> None:
    for palette in PALETTES.values():
        for rgb in palette.colors.values():
            ink = ink_on(rgb)
            assert contrast_ratio((ink.red(), ink.green(), ink.blue()), rgb) >= 4.5


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("red\ngreen\r\nblue", ("red", "green", "blue")),
        ("red, green;blue\tpink", ("red", "green", "blue", "pink")),
        ("  red  \n\n , ,", ("red",)),
        ("红色，绿色、蓝色", ("红色", "绿色", "蓝色")),
        ("أحمر، أخضر", ("أحمر", "أخضر")),
        ('"light blue","dark red"', ("light blue", "dark red")),
        ("a {} b, {}", ("a {} b", "{}")),
        ("", ()),
        (" \n\t", ()),
    ],
)
def test_r16_lists_of_any_language_are_split(text: str, entries: tuple[str, ...]) -> None:
    assert parse_list(text).entries == entries


def test_pasted_list_counts_what_it_drops() -> None:
    found = parse_list("red, blue, red\nred")
    assert (found.entries, found.duplicates) == (("red", "blue"), 2)
    long = parse_list("\n".join(map(str, range(MAX_LABELS + 3))))
    assert (len(long.entries), long.beyond_limit) == (MAX_LABELS, 3)


def test_tuples_are_edited_without_touching_the_rest() -> None:
    items = ("a", "b", "c", "d")
    assert replaced(items, 1, "x") == ("a", "x", "c", "d")
    assert inserted(items, 4, "x") == ("a", "b", "c", "d", "x")
    assert removed(items, [3, 0]) == ("b", "c")
    assert moved(items, 0, 2) == ("b", "c", "a", "d")
    assert moved(items, 3, 0) == ("d", "a", "b", "c")
    assert moved_before(items, [0, 2], 4) == (("b", "d", "a", "c"), 2)
    assert moved_before(items, [1, 2], 0) == (("b", "c", "a", "d"), 0)
    assert moved_before(items, [1], 2) == (items, 1)


@given(
    st.lists(st.integers(), unique=True, min_size=1, max_size=8),
    st.data(),
)
def test_moving_loses_and_reorders_nothing_else(items: list[int], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(items) - 1), min_size=1))
    gap = data.draw(st.integers(0, len(items)))
    result, start = moved_before(items, sorted(chosen), gap)
    block = [items[i] for i in sorted(chosen)]
    assert list(result[start : start + len(block)]) == block
    rest = [item for item in items if item not in block]
    assert [item for item in result if item not in block] == rest


def test_lengths_count_as_qt_does() -> None:
    assert utf16_length("a🎨b") == 4
