"""Cells of result tables in words: for the clipboard, tooltips and screen readers."""

from __future__ import annotations

from core.results.result_types import Cell, Difference, Share
from core.results.text.percent import UNDEFINED, percent, percent_range, points, points_range

INVITATION = "Click, or press Enter, to see these images."


def cell_text(cell: Cell) -> str:
    """A cell in as few characters as it takes."""
    if isinstance(cell, Share):
        return percent(cell.share)
    if isinstance(cell, Difference):
        return points(cell.difference)
    if cell is None:
        return UNDEFINED
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.4f}"


def cell_sentence(cell: Cell, published_label: str = "") -> str:
    """Everything a cell knows, line by line; empty for plain numbers."""
    if isinstance(cell, Share):
        return "\n".join([*share_lines(cell, published_label), INVITATION])
    if isinstance(cell, Difference):
        return "\n".join([*_difference_lines(cell), INVITATION])
    return ""


def share_lines(share: Share, published_label: str = "") -> list[str]:
    """Count, interval, published figure, chance and margin of a share."""
    if not share.total:
        return ["No image of these conditions is done yet."]
    lines = [
        f"{share.count:,} of {share.total:,} images: {percent(share.share)}",
        f"95 % interval {percent_range(share.low, share.high)} (Wilson)",
    ]
    if share.published is not None:
        label = published_label or "Published"
        lines.append(
            f"{label}: {share.published_text} %, {share.published_source}; "
            f"difference {points(share.difference)} percentage points"
        )
    if share.chance is not None:
        lines.append(f"Guessing among the labels would give {percent(share.chance, 1)}")
    if share.mean_margin is not None:
        lines.append(f"Mean margin over the runner-up {percent(share.mean_margin, 1)}")
    return lines


def _difference_lines(cell: Difference) -> list[str]:
    first, second = cell.first, cell.second
    lines = [
        f"First run: {percent(first.share)} ({first.count:,} of {first.total:,} images)",
        f"Second run: {percent(second.share)} ({second.count:,} of {second.total:,} images)",
        f"Second minus first: {points(cell.difference)} percentage points",
        f"95 % interval {points_range(cell.low, cell.high)} (Newcombe)",
    ]
    if cell.both is not None:
        lines.append(f"Compared image by image: {cell.both:,} images count in both runs")
    return lines


def is_clear(cell: Difference) -> bool:
    """True if the interval of the difference leaves zero out."""
    return cell.low is not None and cell.high is not None and (cell.low > 0 or cell.high < 0)
