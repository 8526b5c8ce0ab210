"""Numbers as text: shares, points, intervals, cells."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.text import one_line
from core.results.result_types import Difference, Selection, Share
from core.results.text import percent as module
from core.results.text.cell_text import cell_text, published_text
from core.results.text.percent import percent, percent_range, points, points_range

SHARE = Share(
    count=3,
    total=10,
    low=0.1078,
    high=0.6032,
    published=0.595,
    published_text="59.5",
    difference=-0.295,
    selection=Selection(0, (0,)),
)
NOTHING = Share(count=0, total=0, low=None, high=None, selection=Selection(0, (0,)))


def test_the_examples_of_the_documentation_hold():
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (0.0, 2, "0.00"),
        (1.0, 2, "100.00"),
        (0.5953, 2, "59.53"),
        (0.00001, 2, "<0.01"),
        (0.99999, 2, ">99.99"),
        (0.0004, 1, "<0.1"),
        (0.4, 0, "40"),
        (None, 2, "–"),
    ],
)
def test_shares(share, decimals, text):
    assert percent(share, decimals, unit=False) == text
    if share is not None:
        assert percent(share, decimals) == f"{text}\u00a0%"


@given(st.floats(0, 1), st.integers(0, 4))
def test_only_zero_and_one_look_like_zero_and_one(share, decimals):
    text = percent(share, decimals, unit=False)
    shown = float(text.strip("<>"))
    assert (shown == 0) is (share == 0)
    assert (shown == 100) is (share == 1)


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0.012, "+1.20"), (-0.0003, "−0.03"), (0.0, "0.00"), (-0.000001, "0.00"), (None, "–")],
)
def test_points(difference, text):
    assert points(difference) == text


def test_intervals():
    assert percent_range(0.1, 0.25) == "10.00–25.00\u00a0%"
    assert percent_range(None, None) == "–"
    assert points_range(-0.002, 0.013) == "−0.20 to +1.30"
    assert points_range(None, 0.1) == "–"


def test_cells():
    assert cell_text(SHARE) == "30.00 [10.78–60.32]"
    assert cell_text(SHARE, 1, interval=False) == "30.0"
    assert published_text(SHARE) == "59.5 (−29.50)"
    assert cell_text(NOTHING) == "–" and published_text(NOTHING) == ""
    assert cell_text(None) == "–"
    assert cell_text(495_000) == "495,000"
    assert cell_text(0.25) == "0.2500"
    compared = Difference(first=SHARE, second=SHARE, difference=0.0, low=-0.1, high=0.1)
    assert cell_text(compared) == "30.00 → 30.00: 0.00 [−10.00 to +10.00]"
    unknown = Difference(first=SHARE, second=NOTHING, difference=None, low=None, high=None)
    assert cell_text(unknown) == "30.00 → –: –"


def test_one_line():
    assert one_line("a\r\n\tb\u2028c\x7fd\ud800") == "a b c d\ufffd"
