"""Shares in words, the same in tables, figures and exports."""

from __future__ import annotations

NO_BREAK_SPACE = "\u00a0"
MINUS = "−"
DASH = "–"
UNDEFINED = "–"
DECIMALS = 2
"""Digits after the point, as in the paper."""


def percent(share: float | None, decimals: int = DECIMALS, unit: bool = True) -> str:
    """A share in percent.

    Parameters
    ----------
    share : float or None
        0..1; None is written as a dash.
    unit : bool
        False leaves the percent sign out.

    Returns
    -------
    str
        A share that is neither 0 nor 1 never looks like one of them.

    Examples
    --------
    >>> percent(0.59531, unit=False), percent(1e-6, unit=False), percent(1 - 1e-6, unit=False)
    ('59.53', '<0.01', '>99.99')
    """
    if share is None:
        return UNDEFINED
    step = 10.0**-decimals
    text = f"{share * 100:.{decimals}f}"
    if share > 0 and float(text) == 0:
        text = f"<{step:.{decimals}f}"
    elif share < 1 and float(text) == 100:
        text = f">{100 - step:.{decimals}f}"
    return f"{text}{NO_BREAK_SPACE}%" if unit else text


def percent_range(
    low: float | None, high: float | None, decimals: int = DECIMALS, unit: bool = True
) -> str:
    """An interval of shares, e.g. ``59.39–59.67 %``; a dash if it is undefined."""
    if low is None or high is None:
        return UNDEFINED
    text = f"{low * 100:.{decimals}f}{DASH}{high * 100:.{decimals}f}"
    return f"{text}{NO_BREAK_SPACE}%" if unit else text


def points(difference: float | None, decimals: int = DECIMALS) -> str:
    """A difference of shares in percentage points, always with its sign, e.g. ``+1.20``."""
    if difference is None:
        return UNDEFINED
    text = f"{abs(difference) * 100:.{decimals}f}"
    if float(text) == 0:
        return text
    return (MINUS if difference < 0 else "+") + text


def points_range(low: float | None, high: float | None, decimals: int = DECIMALS) -> str:
    """An interval of differences in percentage points, e.g. ``−0.20 to +1.30``."""
    if low is None or high is None:
        return UNDEFINED
    return f"{points(low, decimals)} to {points(high, decimals)}"
