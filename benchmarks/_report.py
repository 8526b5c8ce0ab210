"""What every benchmark prints: a table for people, then one line of JSON; and its exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the program."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, by linear interpolation."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def print_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns aligned, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    for row in [heading, ["-" * width for width in widths], *rows]:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def finish(name: str, ratios: Mapping[str, float], bars: Mapping[str, float]) -> int:
    """Print the verdict as the last line; the result is the exit status.

    Parameters
    ----------
    name : str
        Of the benchmark.
    ratios : mapping of str to float
        What was measured, each as a share of what it is compared with.
    bars : mapping of str to float
        The most each ratio may be, by the same keys.
    """
    missed = [key for key, bar in bars.items() if not ratios[key] <= bar]
    for key in missed:
        print(f"MISSED: {key} is {ratios[key]:.3f}, the bar is {bars[key]:g}")
    rounded = {key: round(value, 4) for key, value in ratios.items()}
    print(json.dumps({"name": name, "ratios": rounded, "bars": dict(bars)}), flush=True)
    sys.stdout.flush()
    return 1 if missed else 0
