"""Confidence intervals of shares and of their differences, 95 % unless told otherwise.

Sources
-------
E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
American Statistical Association 22 (1927) 209–212.

R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison
of eleven methods", Statistics in Medicine 17 (1998) 873–890.

R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based
on paired data", Statistics in Medicine 17 (1998) 2635–2650.

Counts are Python integers of any size.
"""

from __future__ import annotations

import math
from typing import NamedTuple

Z95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


class Interval(NamedTuple):
    """Both ends of an interval."""

    low: float
    high: float


def wilson(count: int, total: int, z: float = Z95) -> Interval | None:
    """Wilson's score interval of a share; z is a quantile of the standard normal distribution.

    The interval lies within 0..1 and around count / total; it begins at exactly 0 for a count of 0
    and ends at exactly 1 for a full one. None if the total is 0.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share")
    if not total:
        return None
    center = 2 * count + z * z
    half = z * math.sqrt(z * z + 4 * count * (total - count) / total)
    width = 2 * (total + z * z)
    low = (center - half) / width if count else 0.0
    high = (center + half) / width if count < total else 1.0
    return Interval(low, high)


def newcombe(
    count: int, total: int, other_count: int, other_total: int, z: float = Z95
) -> Interval | None:
    """Interval of the difference of two independent shares, Newcombe's method 10.

    The difference is count / total − other_count / other_total. The interval lies within −1..1;
    None if one of the totals is 0.
    """
    mine, theirs = wilson(count, total, z), wilson(other_count, other_total, z)
    if mine is None or theirs is None:
        return None
    share, other = count / total, other_count / other_total
    difference = share - other
    return _within_bounds(
        difference - math.hypot(share - mine.low, theirs.high - other),
        difference + math.hypot(mine.high - share, other - theirs.low),
    )


def newcombe_paired(
    both: int, first_only: int, second_only: int, neither: int, z: float = Z95
) -> Interval | None:
    """Interval of the difference of two shares of the same images, Newcombe's paired method 10.

    The difference is that of the first share, (both + first_only) / n, and the second,
    (both + second_only) / n. Wilson's limits of both are combined with their correlation φ, from
    which half an image is taken where it is positive. The interval lies within −1..1; None without
    any image.
    """
    if min(both, first_only, second_only, neither) < 0:
        raise ValueError("a number of images is negative")
    total = both + first_only + second_only + neither
    mine, theirs = wilson(both + first_only, total, z), wilson(both + second_only, total, z)
    if mine is None or theirs is None:
        return None
    share, other = (both + first_only) / total, (both + second_only) / total
    phi = _correlation(both, first_only, second_only, neither)
    difference = (first_only - second_only) / total
    return _within_bounds(
        difference - _combined(share - mine.low, theirs.high - other, phi),
        difference + _combined(mine.high - share, other - theirs.low, phi),
    )


def _correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    sides = (both + first_only, second_only + neither, both + second_only, first_only + neither)
    if 0 in sides:
        return 0.0
    total = both + first_only + second_only + neither
    cross = both * neither - first_only * second_only
    corrected = max(cross - total / 2, 0.0) if cross > 0 else float(cross)
    return corrected / math.sqrt(math.prod(sides))


def _combined(one: float, other: float, phi: float) -> float:
    # Never negative but for rounding, since |φ| ≤ 1.
    return math.sqrt(max(one * one - 2 * phi * one * other + other * other, 0.0))


def _within_bounds(low: float, high: float) -> Interval:
    return Interval(max(low, -1.0), min(high, 1.0))
