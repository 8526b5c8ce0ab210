"""Draws the panels of a figure with matplotlib; see `core.figures.page` for where they go.

Everything here is called within `core.figures.style.styled` only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures.description import (
    DASHED,
    Axis,
    Bars,
    Cells,
    Curve,
    Dash,
    Fill,
    Histograms,
    Intervals,
    Mark,
    Panel,
    Paragraph,
    Pattern,
    Points,
    Regions,
    Rule,
    Sectors,
    Texts,
    Tile,
)
from core.figures.style import FONT_SIZE, HEADER_SIZE, INK, LINE, QUIET, SMALL_SIZE, drawable

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HATCHES: dict[Pattern, str] = {
    "plain": "",
    "level": "---",
    "rising": "////",
    "crossed": "xxxx",
    "dots": "....",
    "upright": "||||",
}
LINE_SPACING = 1.35
"""Height of a line by font size."""

_EDGE = 0.4  # points, as all widths of lines
_BESIDE = 5  # points between a panel and the texts beside it
_AXES = "axes fraction"
_DARK = 0.55  # from here on a cell's number is white

Wrapped = Callable[[str, float], str]
"""Breaks small text into lines of a width in inches."""
Measured = Callable[[str], float]
"""Width of small text in inches."""


def draw_panel(axes: Axes, panel: Panel, wrapped: Wrapped, measured: Measured) -> None:
    """Draw a panel into axes that are its own, polar ones for a round panel."""
    for mark in panel.marks:
        if isinstance(mark, Paragraph):
            text = "\n".join(wrapped(line, mark.room) for line in mark.lines)
            written = axes.text(mark.left, mark.top, text, va="top", fontsize=SMALL_SIZE)
            written.set(color=QUIET, linespacing=LINE_SPACING)
        else:
            _DRAW[type(mark)](axes, mark)
    if panel.title:
        axes.set_title(drawable(panel.title), loc="left", fontsize=HEADER_SIZE, weight="bold")
    if panel.kind == "round":
        _set_round(axes, panel.x)
    else:
        _set_axes(axes, panel)
    head: dict[str, Any] = {"ha": "right", "fontsize": HEADER_SIZE, "color": QUIET}
    _write(axes, panel.row_head, (0, 1), _AXES, (-4, 5), **head)
    _write_beside(axes, panel, measured)
    _write_key(axes, panel)


# --- marks ---


def _bars(axes: Axes, mark: Bars) -> None:
    floors: Any = mark.floors if len(mark.floors) else 0.0
    draw: Any = axes.barh if mark.lying else axes.bar
    draw(mark.places, mark.values, mark.width, floors, **_filled(mark.fills))


def _histograms(axes: Axes, mark: Histograms) -> None:
    widths = np.diff(mark.edges)
    for row, values in enumerate(mark.values):
        floor = row + 0.5
        axes.bar(
            mark.edges[:-1],
            -Histograms.HEIGHT * values / mark.highest,  # rows are counted from the top
            widths,
            floor,
            align="edge",
            **_filled(mark.fills),
        )
        axes.axhline(floor, color=LINE, linewidth=0.5)


def _intervals(axes: Axes, mark: Intervals) -> None:
    if not mark.rows:
        return
    places, lows, middles, highs = np.transpose(mark.rows)
    axes.errorbar(
        middles,
        places,
        # Rounding may put the middle beyond an end.
        xerr=np.maximum([middles - lows, highs - middles], 0.0),
        fmt="o" if mark.dots else "none",
        color=INK,
        ecolor=INK,
        markersize=3.5,
        elinewidth=0.8,
        capsize=1.8,
        capthick=0.8,
    )


def _points(axes: Axes, mark: Points) -> None:
    x, y = np.reshape(mark.places, (-1, 2)).T
    look: Any = {"clip_on": False, "zorder": 5}
    if mark.symbol == "disc":
        axes.scatter(x, y, s=25, c=list(mark.colors), edgecolors=INK, linewidths=0.8, **look)
    elif mark.symbol == "ring":
        axes.plot(x, y, "o", ms=4, mfc="none", mec=QUIET, mew=0.7, **look)
    else:
        axes.plot(x, y, "D", ms=4, mfc="white", mec=INK, **look)


def _curve(axes: Axes, mark: Curve) -> None:
    if mark.band is not None:
        axes.fill_between(mark.x, *mark.band, color=mark.color, alpha=0.25, linewidth=0)
    # A dark line below carries colors that are nearly those of the paper.
    axes.plot(mark.x, mark.y, color=QUIET, linewidth=2.1, solid_capstyle="butt")
    axes.plot(
        mark.x,
        mark.y,
        color=mark.color,
        linewidth=1.5,
        linestyle=_style(mark.dash),
        marker="o" if mark.dots else "",
        markersize=3,
    )


def _rule(axes: Axes, mark: Rule) -> None:
    draw = axes.axvline if mark.upright else axes.axhline
    draw(
        mark.value,
        color=INK if mark.strong else QUIET,
        linewidth=0.9 if mark.strong else 0.7,
        linestyle=_style(mark.dash),
        zorder=2.5 if mark.strong else 0.5,
    )
    ha = "left" if mark.turned else "center"
    turned = {"rotation": mark.turned, "rotation_mode": "anchor"}
    _write(axes, mark.text, (mark.value, 1), ("data", _AXES), (0, 2), ha=ha, **turned)


def _cells(axes: Axes, mark: Cells) -> None:
    shades = np.ma.masked_invalid(np.abs(mark.values))
    axes.imshow(shades, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    for (row, column), value in np.ndenumerate(mark.values):
        if not np.isnan(value):
            written = axes.text(column, row, drawable(mark.texts[row][column]))
            written.set(ha="center", va="center", fontsize=SMALL_SIZE)
            written.set(color="white" if abs(value) > _DARK else INK)
            written.set_in_layout(False)  # inside the panel anyway; saves seconds
    rows, columns = mark.values.shape
    between: Any = {"colors": "white", "linewidth": 1.0}
    axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, **between)
    axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, **between)
    axes.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.xaxis.set_label_position("top")
    for name in ("left", "bottom"):
        axes.spines[name].set_visible(False)


def _regions(axes: Axes, mark: Regions) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb

    picture = np.full((*mark.winners.shape, 3), 1.0)
    for number, color in enumerate(mark.colors):
        picture[mark.winners == number] = to_rgb(color)
    axes.imshow(picture, origin="lower", aspect="auto", interpolation="nearest")
    edges = [
        [(column + 0.5, row - 0.5), (column + 0.5, row + 0.5)]
        if upright
        else [(column - 0.5, row + 0.5), (column + 0.5, row + 0.5)]
        for row, column, upright in mark.borders
    ]
    axes.add_collection(LineCollection(edges, colors=INK, linewidths=0.7, capstyle="projecting"))


def _texts(axes: Axes, mark: Texts) -> None:
    shift, va = ((0, 6), "bottom") if mark.above else ((0, 0), "center")
    ground = {"boxstyle": "round,pad=0.15", "facecolor": "white", "linewidth": 0}
    for x, y, text in mark.words:
        _write(axes, text, (x, y), "data", shift, ha="center", va=va, zorder=6, bbox=ground)


def _sectors(axes: Axes, mark: Sectors) -> None:
    width = 2 * np.pi / len(mark.shares)
    radii = np.sqrt(mark.shares)
    if mark.fill is not None:
        middles = (np.arange(len(radii)) + 0.5) * width
        axes.bar(middles, radii, width, **_filled([mark.fill] * len(radii)))
        return
    angles = np.repeat(np.arange(len(radii) + 1) * width, 2)[1:-1]
    outline = np.repeat(radii, 2)
    closed = (np.append(line, line[0]) for line in (angles, outline))
    axes.plot(*closed, color=INK, linewidth=1.2, linestyle=_style(DASHED))


def _tile(axes: Axes, mark: Tile) -> None:
    from matplotlib.patches import Rectangle

    def framed(left: float, bottom: float, width: float, height: float, *lines: Any) -> None:
        for color, thick in lines:
            frame = Rectangle((left, bottom), width, height, fill=False, clip_on=False)
            frame.set(edgecolor=color, linewidth=thick)
            axes.add_patch(frame)

    left, bottom, side = mark.left, mark.bottom, mark.side
    if mark.pixels is None:
        middle = (left + side / 2, bottom + side / 2)
        axes.text(*middle, mark.instead, fontsize=SMALL_SIZE, ha="center", va="center", color=QUIET)
    else:
        extent = (left, left + side, bottom, bottom + side)
        axes.imshow(mark.pixels, extent=extent, interpolation="nearest", aspect="auto")
        if mark.box is not None:
            height, width, _ = mark.pixels.shape
            x0, x1 = (left + side * edge / width for edge in (mark.box[0], mark.box[2]))
            y0, y1 = (bottom + side * (1 - edge / height) for edge in (mark.box[3], mark.box[1]))
            framed(x0, y0, x1 - x0, y1 - y0, ("black", 1.6), ("white", 0.7))
    framed(left, bottom, side, side, (LINE, 0.6))


_DRAW: dict[type[Mark], Callable[[Axes, Any], None]] = {
    Bars: _bars,
    Histograms: _histograms,
    Intervals: _intervals,
    Points: _points,
    Curve: _curve,
    Rule: _rule,
    Cells: _cells,
    Regions: _regions,
    Texts: _texts,
    Sectors: _sectors,
    Tile: _tile,
}


# --- around them ---


def _set_axes(axes: Axes, panel: Panel) -> None:
    axes.set_xlim(panel.x.low, panel.x.high)
    axes.set_ylim(panel.y.low, panel.y.high)
    if panel.kind == "bare":
        axes.axis("off")
        return
    above = any(isinstance(mark, Cells) for mark in panel.marks)
    for which, axis in (("x", panel.x), ("y", panel.y)):
        own: Any = axes.xaxis if which == "x" else axes.yaxis
        if axis.ticks is not None:
            own.set_ticks(
                [place for place, _ in axis.ticks], [drawable(text) for _, text in axis.ticks]
            )
        size = FONT_SIZE if axis.named and which == "y" else SMALL_SIZE
        own.set_tick_params(labelsize=size, labelcolor=INK, labelrotation=axis.turned)
        if axis.named:
            own.set_tick_params(length=0)
        own.set_label_text(drawable(axis.label), fontsize=FONT_SIZE)
    if above:
        axes.set_xlabel(drawable(panel.x.label), loc="left", color=QUIET, fontsize=HEADER_SIZE)
    if 0 < panel.x.turned < 90:
        for label in axes.get_xticklabels():
            label.set(ha="left" if above else "right", rotation_mode="anchor")
    if panel.y.named and panel.x.low < 0:
        axes.spines["left"].set_visible(False)


def _set_round(axes: Any, axis: Axis) -> None:
    ticks = axis.ticks or ()
    axes.set_yticks([])
    axes.set_xticks(
        [np.radians(place) for place, _ in ticks], [drawable(text) for _, text in ticks]
    )
    axes.tick_params(axis="x", pad=9)
    axes.spines["polar"].set_color(LINE)
    axes.grid(color=LINE, linewidth=0.5)


def _write_beside(axes: Axes, panel: Panel, measured: Measured) -> None:
    """Texts to the right of the rows, and what they are above them."""
    shift = float(_BESIDE)
    for column in panel.beside:
        look = {"color": QUIET if column.quiet else INK}
        for row, text in enumerate(column.texts):
            _write(axes, text, (1, row), (_AXES, "data"), (shift, 0), va="center", **look)
        _write(axes, column.head, (1, 1), _AXES, (shift, 2), va="bottom", **look)
        texts = map(drawable, (*column.texts, column.head))
        shift += 72 * max(map(measured, texts)) + _BESIDE


def _write_key(axes: Axes, panel: Panel) -> None:
    entries = [entry for mark in panel.marks for entry in _entries(mark)]
    if not entries:
        return
    if any(isinstance(mark, Bars) and len(mark.floors) for mark in panel.marks):
        entries.reverse()  # from the top of the bars to their bottom
    lines = any(isinstance(mark, Curve) for mark in panel.marks)
    key = axes.legend(
        [handle for handle, _ in entries],
        [drawable(name) for _, name in entries],
        loc="upper left",
        bbox_to_anchor=(1.16 if panel.kind == "round" else 1.0, 1.0),
        borderaxespad=0.0 if panel.kind == "round" else 0.7,
        frameon=False,
        fontsize=SMALL_SIZE,
        title=panel.key_title or None,
        title_fontsize=SMALL_SIZE,
        handlelength=2.6 if lines else 1.6,
        handleheight=0.7 if lines else 1.2,
    )
    key.set_alignment("left")


def _entries(mark: Mark) -> list[tuple[Any, str]]:
    """What stands for a mark in the key, with its name; nothing for one without a name."""
    from matplotlib.lines import Line2D

    if isinstance(mark, Bars) and mark.name:
        return [(_patch(mark.fills[0]), mark.name)]
    if isinstance(mark, Sectors):
        outline = Line2D([], [], color=INK, linewidth=1.2, linestyle=_style(DASHED))
        return [(outline if mark.fill is None else _patch(mark.fill), mark.name)]
    if isinstance(mark, Curve) and mark.name:
        below = Line2D([], [], color=QUIET, linewidth=2.1)
        above = Line2D([], [], color=mark.color, linewidth=1.5, linestyle=_style(mark.dash))
        above.set(marker="o" if mark.dots else "", markersize=3)
        return [((below, above), mark.name)]
    if isinstance(mark, Regions):
        won = set(np.unique(mark.winners).tolist())
        pairs = zip(mark.names, mark.colors, strict=True)
        found = [
            (_patch(Fill(color)), name)
            for number, (name, color) in enumerate(pairs)
            if number in won
        ]
        if mark.blank and min(won) < 0:
            found.append((_patch(Fill("#ffffff", line=LINE)), mark.blank))
        return found
    return []


def _filled(fills: Sequence[Fill]) -> dict[str, Any]:
    """How matplotlib draws bars with a fill each."""
    return {
        "color": [fill.color for fill in fills],
        "edgecolor": [fill.line for fill in fills],
        "hatch": [HATCHES[fill.pattern] for fill in fills],
        "linewidth": _EDGE,
    }


def _patch(fill: Fill) -> Artist:
    from matplotlib.patches import Patch

    hatch = HATCHES[fill.pattern]
    return Patch(facecolor=fill.color, edgecolor=fill.line, linewidth=_EDGE, hatch=hatch)


def _style(dash: Dash) -> Any:
    return (0, dash) if dash else "-"


def _write(
    axes: Axes,
    text: str,
    place: tuple[float, float],
    system: Any,
    shift: tuple[float, float],
    **look: Any,
) -> None:
    """Small text at a place of a system of coordinates, shifted by points."""
    if text:
        written = axes.annotate(
            drawable(text),
            place,
            xycoords=system,
            xytext=shift,
            textcoords="offset points",
            annotation_clip=False,
        )
        written.set(**{"fontsize": SMALL_SIZE, **look})
