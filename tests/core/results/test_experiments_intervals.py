"""Intervals against published examples, independent derivations and what must always hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.results.intervals import Z95, newcombe, newcombe_paired, wilson

COUNTS = st.integers(0, 500)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
        # methods", Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(count, total, low, high):
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_by_hand():
    """With z = 2 and 1 of 4: (2 + 4 ± 2 √(4 + 3)) / 16, worked out from the quadratic equation
    (p − 1/4)² = z² p (1 − p) / 4, that is 8 p² − 6 p + 1/4 = 0.
    """
    low, high = wilson(1, 4, z=2.0)
    assert (low, high) == pytest.approx((0.375 - math.sqrt(7) / 8, 0.375 + math.sqrt(7) / 8))
    for end in (low, high):
        assert 8 * end**2 - 6 * end + 0.25 == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_gives_the_published_intervals(counts, low, high):
    assert newcombe(*counts) == pytest.approx((low, high), abs=5e-5)


def test_newcombe_paired_gives_a_published_interval():
    """1, 1, 7 and 12 of Bentur et al. 2009, as in Fagerland, Lydersen and Laake, Statistics in
    Medicine 33 (2014) 2850-2875: −0.381 with −0.507 to −0.026.
    """
    assert newcombe_paired(1, 1, 7, 12) == pytest.approx((-0.507, -0.026), abs=5e-4)


def test_newcombe_paired_by_hand():
    """14, 5, 0 and 22 (Altman et al., Statistics with Confidence, 2000, table 6.2), step by step.

    p1 = 19/41 and p2 = 14/41. Wilson's limits are the roots of (p − k/n)² = z² p (1 − p) / n.
    φ = (14·22 − 5·0 − 41/2) / √(19·22·14·27) = 287.5 / 397.50…
    """
    z2 = Z95**2

    def limits(k: int) -> tuple[float, float]:
        a, b, c = 41 + z2, -(2 * k + z2), k * k / 41
        root = math.sqrt(b * b - 4 * a * c)
        return (-b - root) / (2 * a), (-b + root) / (2 * a)

    (l1, u1), (l2, u2) = limits(19), limits(14)
    phi = (14 * 22 - 5 * 0 - 41 / 2) / math.sqrt(19 * 22 * 14 * 27)
    p1, p2 = 19 / 41, 14 / 41
    below = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    above = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    expected = (p1 - p2 - below, p1 - p2 + above)
    assert newcombe_paired(14, 5, 0, 22) == pytest.approx(expected, abs=1e-12)
    assert expected == pytest.approx((0.0115, 0.2265), abs=5e-5)


def test_newcombe_paired_without_a_half_image_left_takes_no_correlation():
    """2·3 − 2·2 = 2 is less than n/2 = 4.5, so φ = 0 and both methods agree."""
    paired = newcombe_paired(2, 2, 2, 3)
    assert paired == pytest.approx(newcombe(4, 9, 4, 9))


def test_newcombe_paired_keeps_a_negative_correlation_whole():
    """1·1 − 4·4 = −15: φ = −15/25, and the interval is wider than for independent images."""
    low, high = newcombe_paired(1, 4, 4, 1)
    alone = newcombe(5, 10, 5, 10)
    half = wilson(5, 10).high - 0.5
    assert high == pytest.approx(math.sqrt(2 * half**2 * (1 + 15 / 25)))
    assert low == pytest.approx(-high)
    assert high > alone.high


@given(COUNTS, COUNTS)
def test_wilson_stays_within_bounds_and_around_the_share(count, more):
    total = count + more
    assume(total)
    low, high = wilson(count, total)
    assert 0 <= low <= count / total <= high <= 1
    assert low < high
    assert (low == 0) is (count == 0)
    assert (high == 1) is (more == 0)


@given(COUNTS, COUNTS)
def test_wilson_is_symmetric(count, more):
    assume(count + more)
    low, high = wilson(count, count + more)
    other = wilson(more, count + more)
    assert (1 - other.high, 1 - other.low) == pytest.approx((low, high), abs=1e-12)


@given(st.integers(1, 100), st.integers(0, 100))
def test_wilson_narrows_with_more_images(count, more):
    once, often = (wilson(k * count, k * (count + more)) for k in (1, 100))
    assert often.high - often.low < once.high - once.low


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_newcombe_stays_within_bounds_and_turns_with_its_arguments(a, b, c, d):
    assume(a + b and c + d)
    low, high = newcombe(a, a + b, c, c + d)
    assert -1 <= low <= a / (a + b) - c / (c + d) <= high <= 1
    turned = newcombe(c, c + d, a, a + b)
    assert (-turned.high, -turned.low) == pytest.approx((low, high), abs=1e-12)
    complement = newcombe(b, a + b, d, c + d)
    assert (-complement.high, -complement.low) == pytest.approx((low, high), abs=1e-12)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_newcombe_paired_stays_within_bounds_and_turns_with_its_arguments(a, b, c, d):
    assume(a + b + c + d)
    low, high = newcombe_paired(a, b, c, d)
    assert -1 <= low <= (b - c) / (a + b + c + d) <= high <= 1
    turned = newcombe_paired(a, c, b, d)
    assert (-turned.high, -turned.low) == pytest.approx((low, high), abs=1e-12)
    complement = newcombe_paired(d, c, b, a)
    assert (-complement.high, -complement.low) == pytest.approx((low, high), abs=1e-12)


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_pairing_never_widens_where_the_answers_agree(both, only, neither):
    assume(neither)
    total = both + only + neither
    paired = newcombe_paired(both, only, 0, neither)
    alone = newcombe(both + only, total, both, total)
    assert paired.high - paired.low <= alone.high - alone.low + 1e-12


def test_nothing_seen_has_no_interval():
    assert wilson(0, 0) is None
    assert newcombe(0, 0, 1, 2) is None
    assert newcombe(1, 2, 0, 0) is None
    assert newcombe_paired(0, 0, 0, 0) is None


@pytest.mark.parametrize(("count", "total"), [(-1, 3), (4, 3), (1, 0)])
def test_counts_that_fit_no_total_are_refused(count, total):
    with pytest.raises(ValueError, match="no share"):
        wilson(count, total)
    with pytest.raises(ValueError, match="no share"):
        newcombe(1, 2, count, total)


def test_negative_numbers_of_images_are_refused():
    with pytest.raises(ValueError, match="negative"):
        newcombe_paired(3, -1, 2, 2)


def test_r44_intervals_of_counts_beyond_32_bits():
    """2^40 of 2^41: as for large samples, 0.5 ± z √(0.25 / n)."""
    total = 2**41
    low, high = wilson(total // 2, total)
    half = Z95 * math.sqrt(0.25 / total)
    assert (low, high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-15)
    paired = newcombe_paired(total // 4, total // 4, total // 4, total // 4)
    alone = newcombe(total // 2, total, total // 2, total)
    assert paired == pytest.approx(alone, abs=1e-15)
