"""Figures of scans for publication: PNG, SVG, PDF. Matplotlib is imported when one is drawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.base.paths import APP_NAME
from core.base.version import VERSION
from core.color.terms import Rgb
from core.figures.figure_file import DPI, FigureForm, FigureSize, saved_figure
from core.figures.figure_page import Page
from core.figures.figure_style import INK, LINE, QUIET, SMALL_SIZE, drawable, styled
from core.predict.export import to_json
from core.scans.label_styles import LabelStyle, label_styles
from core.scans.maps import borders, focal_marks, winner_map
from core.scans.plan import Axis
from core.scans.result import NO_WINNER, ScanResult
from core.scans.tables import scan_notes, scan_provenance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 6.4, 3.3  # inches
_LEGEND = 1.15


def scan_figure(
    result: ScanResult,
    template: int,
    form: FigureForm,
    now: datetime | None = None,
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
) -> bytes:
    """The content of a figure's file.

    Parameters
    ----------
    result : ScanResult
    template : int
        Index into the plan's templates.
    form : {"png", "svg", "pdf"}
    now : datetime, optional
        Aware; the present by default.
    size : FigureSize, optional
        On paper, in millimeters; the figure's own by default.
    dpi : float
        Pixels per inch of a PNG.
    settings : bool
        False leaves out the lines that say how the scan was made.
    """
    plan = result.plan
    looks = label_styles(plan.labels, plan.palette)
    lines = scan_notes(result)
    title = plan.templates[template]
    texts = [title, *lines, *plan.labels, *_texts(plan.setup.x), "−0123456789.%°×"]
    if plan.setup.y is not None:
        texts += _texts(plan.setup.y)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    with styled(" ".join(texts)):
        page = Page(title, lines if settings else (), _WIDTH, _HEIGHT)
        axes = page.axes(0.85, 0.85, _WIDTH - 0.85 - _LEGEND, _HEIGHT - 1.0)
        if plan.kind == "curve":
            _draw_curves(axes, result, template, looks)
        else:
            _draw_map(axes, result, template, looks)
        metadata = _metadata(result, title, form, moment)
        return saved_figure(page.figure, form, size=size, dpi=dpi, metadata=metadata)


def _draw_curves(
    axes: Axes, result: ScanResult, template: int, looks: tuple[LabelStyle, ...]
) -> None:
    axis = result.plan.setup.x
    tally = result.tally
    probabilities = tally.probabilities[:, template]
    low, high = tally.intervals()
    places = np.arange(len(axis)) if axis.choices else np.array(axis.values(), dtype=float)
    for number, look in enumerate(looks):
        color = _shares(look.color)
        values = probabilities[:, number]
        if result.plan.setup.repetitions > 1:
            axes.fill_between(
                places, low[:, template, number], high[:, template, number], color=color, alpha=0.25
            )
        # A dark line below carries colors that are nearly those of the paper.
        axes.plot(places, values, color=QUIET, linewidth=2.1, solid_capstyle="butt")
        dash: Any = (0, look.dash) if look.dash else "-"
        axes.plot(
            places,
            values,
            color=color,
            linewidth=1.5,
            linestyle=dash,
            label=drawable(look.label),
            marker="o" if axis.choices else "",
            markersize=3,
        )
    for found in result.thresholds:
        if found.template == template:
            axes.axvline(found.value, color=INK, linewidth=0.5, linestyle=(0, (1.5, 2)))
            text = axis.what.text(found.value)
            axes.text(
                found.value, 1.02, text, rotation=60, fontsize=SMALL_SIZE - 1, ha="left", color=INK
            )
    axes.set_ylim(0, 1)
    axes.set_ylabel("probability")
    _label_axis(axes, "x", axis)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=SMALL_SIZE,
        handlelength=2.6,
    )


def _draw_map(axes: Axes, result: ScanResult, template: int, looks: tuple[LabelStyle, ...]) -> None:
    from matplotlib.patches import Patch

    setup = result.plan.setup
    assert setup.y is not None
    winners = winner_map(result, template)
    picture = np.full((*winners.shape, 3), 1.0)
    for number, look in enumerate(looks):
        picture[winners == number] = np.array(look.color) / 255.0
    axes.imshow(picture, origin="lower", aspect="auto", interpolation="nearest")
    for row, column, upright in borders(winners, setup.x.around):
        if upright:
            axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color=INK, linewidth=0.7)
        else:
            axes.plot([column - 0.5, column + 0.5], [row + 0.5] * 2, color=INK, linewidth=0.7)
    for number, look in enumerate(looks):
        where = np.argwhere(winners == number)
        if len(where) >= 0.01 * winners.size:
            middle = where[np.abs(where - np.median(where, axis=0)).sum(axis=1).argmin()]
            axes.text(
                middle[1],
                middle[0],
                drawable(look.label),
                ha="center",
                va="center",
                fontsize=SMALL_SIZE,
                color=INK,
                bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "linewidth": 0},
            )
    for mark in focal_marks(setup, result.plan.palette):
        color = _shares(result.plan.palette[mark.term])
        axes.plot(
            [mark.x],
            [mark.y],
            "o",
            markersize=5,
            color=color,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            clip_on=False,
        )
    _label_axis(axes, "x", setup.x)
    _label_axis(axes, "y", setup.y)
    present = [n for n in range(len(looks)) if (winners == n).any()]
    handles = [
        Patch(
            facecolor=_shares(looks[n].color),
            edgecolor=INK,
            linewidth=0.4,
            label=drawable(looks[n].label),
        )
        for n in present
    ]
    if (winners == NO_WINNER).any():
        handles.append(Patch(facecolor="white", edgecolor=LINE, label="left blank"))
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=SMALL_SIZE,
    )


def _label_axis(axes: Axes, which: Literal["x", "y"], axis: Axis) -> None:
    """Name an axis; on a map the places are cells."""
    unit = f" ({axis.what.unit.strip()})" if axis.what.unit.strip() else ""
    name = drawable(axis.what.name + unit)
    own = axes.xaxis if which == "x" else axes.yaxis
    own.set_label_text(name)
    if axis.choices:
        texts = [drawable(axis.what.text(choice)) for choice in axis.choices]
        own.set_ticks(list(range(len(texts))), texts)
        if which == "x":
            own.set_tick_params(rotation=60)
    elif axes.images:
        ticks = np.linspace(0, len(axis) - 1, 5)
        own.set_ticks(
            ticks.tolist(),
            [f"{axis.low + axis.step * tick:.{axis.what.decimals}f}" for tick in ticks],
        )


def _shares(color: Rgb) -> tuple[float, float, float]:
    red, green, blue = color
    return red / 255, green / 255, blue / 255


def _texts(axis: Axis) -> list[str]:
    return [axis.what.name, axis.what.unit, *(axis.what.text(choice) for choice in axis.choices)]


def _metadata(result: ScanResult, title: str, form: FigureForm, moment: datetime) -> dict[str, Any]:
    """The file's metadata, with the whole provenance."""
    software = f"{APP_NAME} {VERSION}"
    facts = to_json(scan_provenance(result, moment)).decode("utf-8")
    if form == "png":
        return {"Software": software, "Title": title, "Description": facts}
    if form == "svg":
        date = moment.replace(microsecond=0).isoformat()
        return {"Creator": software, "Title": title, "Date": date, "Description": facts}
    return {
        "Creator": software,
        "Title": title,
        "Subject": " | ".join(scan_notes(result)),
        "Keywords": facts,
        "CreationDate": moment,
    }
