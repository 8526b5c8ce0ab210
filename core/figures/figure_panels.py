"""The panels of figures: bars of shares, intervals of differences, matrices in gray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.figures.figure_style import BAR, HEADER_SIZE, INK, QUIET, SMALL_SIZE, TOTAL_BAR
from core.results.percent import percent, points
from core.results.result_types import Cell, Difference, ResultColumn, ResultRow, Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR_HEIGHT = 0.62
_LABEL_GAP = 5  # points
_NUMBER_WIDTH = 28  # points
_SMALL = 0.15
_DARK = 0.55  # from here on a cell's number is white


def draw_bars(
    axes: Axes, column: ResultColumn, cells: Sequence[Cell], totals: Sequence[bool], right: float
) -> None:
    """Shares as bars from top to bottom: interval, number, published figure, chance.

    Parameters
    ----------
    axes : Axes
    column : ResultColumn
    cells : sequence of Cell
    totals : sequence of bool
        Which of them sum up the others.
    right : float
        Where the scale ends, in percent.
    """
    shares = [(place, cell) for place, cell in enumerate(cells) if isinstance(cell, Share)]
    known = [(place, cell, 100 * cell.share) for place, cell in shares if cell.share is not None]
    for total, color, hatch in ((False, BAR, None), (True, TOTAL_BAR, "////")):
        part = [(place, share) for place, _, share in known if totals[place] is total]
        axes.barh(
            [place for place, _ in part],
            [share for _, share in part],
            height=_BAR_HEIGHT,
            color=color,
            edgecolor=QUIET,
            linewidth=0.4,
            hatch=hatch,
        )
    _draw_intervals(
        axes, [(place, share, cell.low, cell.high) for place, cell, share in known], fmt="none"
    )
    published = [(place, cell) for place, cell in shares if cell.published is not None]
    axes.plot(
        [100 * (cell.published or 0.0) for _, cell in published],
        [place for place, _ in published],
        "D",
        markersize=4,
        color="white",
        markeredgecolor=INK,
        zorder=5,
        clip_on=False,
    )
    for place, cell, _ in known:
        _write(axes, place, percent(cell.share, unit=False), 0, INK)
    for place, cell in published:
        _write(axes, place, f"◇ {cell.published_text}", _NUMBER_WIDTH, QUIET)
    chance = common_chance(cells)
    if chance is not None and 100 * chance <= right:
        axes.axvline(100 * chance, color=QUIET, linewidth=0.7, linestyle=(0, (1.5, 2)), zorder=0.5)
    axes.set_xlim(0, right)
    if right == 100:
        axes.set_xticks([0, 25, 50, 75, 100])
    _finish(axes, f"{column.title} (%)")


def draw_differences(axes: Axes, column: ResultColumn, cells: Sequence[Cell], reach: float) -> None:
    """Differences as points with intervals, on both sides of a line of no difference.

    Parameters
    ----------
    axes : Axes
    column : ResultColumn
    cells : sequence of Cell
    reach : float
        Where the scale ends on both sides, in points.
    """
    known = [
        (place, cell, 100 * cell.difference)
        for place, cell in enumerate(cells)
        if isinstance(cell, Difference) and cell.difference is not None
    ]
    axes.axvline(0, color=QUIET, linewidth=0.8)
    _draw_intervals(
        axes, [(place, middle, cell.low, cell.high) for place, cell, middle in known], fmt="o"
    )
    for place, cell, _ in known:
        shares = [percent(one.share, unit=False) for one in (cell.first, cell.second)]
        _write(axes, place, points(cell.difference), 0, INK)
        _write(axes, place, f"{shares[0]} → {shares[1]}", _NUMBER_WIDTH, QUIET)
    axes.set_xlim(-reach, reach)
    _finish(axes, f"{column.title} (points)")


def common_chance(cells: Sequence[Cell]) -> float | None:
    """The level of chance, if all shares have the same; else None."""
    chances = [cell.chance for cell in cells if isinstance(cell, Share) and cell.chance is not None]
    if not chances or max(chances) - min(chances) > 1e-9:
        return None
    return chances[0]


def scale_end(cells: Sequence[Cell]) -> float:
    """Where a scale of shares ends, in percent: at 100, unless all are small."""
    shares = [cell for cell in cells if isinstance(cell, Share)]
    highest = max((max(cell.high or 0.0, cell.published or 0.0) for cell in shares), default=1.0)
    return 100.0 if highest > _SMALL else max(110 * highest, 0.1)


def scale_reach(cells: Sequence[Cell]) -> float:
    """Where a scale of differences ends on both sides, in points."""
    ends = [
        abs(end or 0.0)
        for cell in cells
        if isinstance(cell, Difference)
        for end in (cell.low, cell.high)
    ]
    return max(110 * max(ends, default=0.0), 1.0)


def draw_matrix(
    axes: Axes, titles: Sequence[str], rows: Sequence[ResultRow], shown: Sequence[int]
) -> None:
    """Shares or differences as cells, darker with size, each with its number in percent.

    Parameters
    ----------
    axes : Axes
    titles : sequence of str
        Of the columns shown.
    rows : sequence of ResultRow
    shown : sequence of int
        Numbers of the columns shown.
    """
    import numpy as np

    values = np.full((len(rows), len(shown)), np.nan)
    for place, row in enumerate(rows):
        for across, number in enumerate(shown):
            value = _value(row.cells[number])
            if value is not None:
                values[place, across] = value
    shades = np.ma.masked_invalid(np.abs(values))
    axes.imshow(shades, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    signed = any(isinstance(row.cells[number], Difference) for row in rows for number in shown)
    for place in range(len(rows)):
        for across in range(len(shown)):
            value = values[place, across]
            if np.isnan(value):
                continue
            text = points(value, 1) if signed else percent(value, 1, unit=False)
            color = "white" if abs(value) > _DARK else INK
            written = axes.text(
                across, place, text, ha="center", va="center", fontsize=SMALL_SIZE, color=color
            )
            written.set_in_layout(False)  # inside the panel anyway; saves seconds
    axes.set_xticks(range(len(shown)), titles)
    axes.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.tick_params(axis="both", length=0, labelcolor=INK)
    for label in axes.get_xticklabels():
        label.set_rotation(35)
        label.set_horizontalalignment("left")
        label.set_rotation_mode("anchor")
    for name in ("top", "right", "left", "bottom"):
        axes.spines[name].set_visible(False)
    axes.set_xticks([place - 0.5 for place in range(1, len(shown))], minor=True)
    axes.set_yticks([place - 0.5 for place in range(1, len(rows))], minor=True)
    axes.grid(which="minor", color="white", linewidth=1.0)
    axes.tick_params(which="minor", length=0)


def _draw_intervals(
    axes: Axes, places: Sequence[tuple[int, float, float | None, float | None]], fmt: str
) -> None:
    """Whiskers of (place, middle in percent, low, high)."""
    if not places:
        return
    # Rounding may put the middle beyond an end.
    below = [max(middle - 100 * (low or 0.0), 0.0) for _, middle, low, _ in places]
    above = [max(100 * (high or 0.0) - middle, 0.0) for _, middle, _, high in places]
    axes.errorbar(
        [middle for _, middle, _, _ in places],
        [place for place, *_ in places],
        xerr=[below, above],
        fmt=fmt,
        color=INK,
        ecolor=INK,
        markersize=3.5,
        elinewidth=0.8,
        capsize=1.8,
        capthick=0.8,
    )


def _write(axes: Axes, place: int, text: str, shift: float, color: str) -> None:
    """Text to the right of the panel, `shift` points from its edge."""
    axes.annotate(
        text,
        (1, place),
        xycoords=("axes fraction", "data"),
        xytext=(_LABEL_GAP + shift, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL_SIZE,
        color=color,
        annotation_clip=False,
    )


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=HEADER_SIZE)
    axes.tick_params(axis="y", length=0)


def _value(cell: Cell) -> float | None:
    if isinstance(cell, Share):
        return cell.share
    return cell.difference if isinstance(cell, Difference) else None
