"""Scans as figures: curves of probabilities, maps of winners."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from core.color.spaces import to_hex
from core.figures.description import (
    DOTTED,
    Axis,
    Curve,
    Figure,
    Mark,
    Panel,
    Points,
    Regions,
    Rule,
    Texts,
    named_axis,
)
from core.scans import plan as scans
from core.scans.label_styles import LabelStyle, label_styles
from core.scans.maps import borders, focal_marks, winner_map
from core.scans.result import ScanResult
from core.scans.tables import scan_notes, scan_provenance

_HEIGHT = 2.3  # inches
_LEAST_REGION = 0.01  # of a map, to be named in it


def scan_figure(result: ScanResult, template: int, now: datetime | None = None) -> Figure:
    """A scan's answers to one of its templates as a figure."""
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return Figure(
        title=result.plan.templates[template],
        rows=((scan_panel(result, template),),),
        settings=scan_notes(result),
        provenance=scan_provenance(result, moment),
        made=moment,
    )


def scan_panel(result: ScanResult, template: int) -> Panel:
    """The curves or the map of one template: what page and window draw."""
    looks = label_styles(result.plan.labels, result.plan.palette)
    draw = _curves if result.plan.kind == "curve" else _map
    return draw(result, template, looks)


def _curves(result: ScanResult, template: int, looks: tuple[LabelStyle, ...]) -> Panel:
    axis, tally = result.plan.setup.x, result.tally
    bands = np.array(tally.intervals())
    repeated = result.plan.setup.repetitions > 1
    places = np.array(range(len(axis)) if axis.choices else axis.values(), dtype=float)
    marks: list[Mark] = [
        Curve(
            places,
            tally.probabilities[:, template, number],
            to_hex(look.color),
            look.dash,
            look.label,
            band=bands[:, :, template, number] if repeated else None,
            dots=bool(axis.choices),
        )
        for number, look in enumerate(looks)
    ]
    for found in result.thresholds:
        if found.template == template:
            # The search on a whole turn goes on beyond its end.
            value = found.value
            if axis.around:
                value = axis.low + (value - axis.low) % 360.0
            marks.append(Rule(value, dash=DOTTED, text=axis.what.text(value), turned=60))
    return Panel(
        tuple(marks), _axis(axis, turned=60), Axis(0.0, 1.0, "probability"), height=_HEIGHT
    )


def _map(result: ScanResult, template: int, looks: tuple[LabelStyle, ...]) -> Panel:
    setup, palette = result.plan.setup, result.plan.palette
    assert setup.y is not None
    winners = winner_map(result, template)
    focal = focal_marks(setup, palette)
    regions = Regions(
        winners,
        tuple(look.label for look in looks),
        tuple(to_hex(look.color) for look in looks),
        borders(winners, setup.x.around),
        blank="left blank",
    )
    named = []
    for number, look in enumerate(looks):
        where = np.argwhere(winners == number)
        if len(where) >= _LEAST_REGION * winners.size:
            middle = where[np.abs(where - np.median(where, axis=0)).sum(axis=1).argmin()]
            named.append((float(middle[1]), float(middle[0]), look.label))
    points = Points(
        tuple((mark.x, mark.y) for mark in focal),
        "disc",
        tuple(to_hex(palette[mark.term]) for mark in focal),
    )
    x, y = _axis(setup.x, cells=True, turned=60), _axis(setup.y, cells=True)
    least = min((mark.x for mark in focal), default=0.0)
    if least < x.low:  # those without a hue stand beside the map
        x = replace(x, low=least - max(0.5, 0.03 * len(setup.x)))
    names = Texts(tuple(named))
    marks = (regions, names, points) if focal else (regions, names)
    return Panel(marks, x, y, height=_HEIGHT)


def _axis(axis: scans.Axis, *, cells: bool = False, turned: float = 0.0) -> Axis:
    """An axis of choices or numbers; `cells` counts the steps in place of their values."""
    unit = f" ({axis.what.unit.strip()})" if axis.what.unit.strip() else ""
    label = axis.what.name + unit
    if axis.choices:
        return named_axis([axis.what.text(choice) for choice in axis.choices], label, turned=turned)
    if not cells:
        return Axis(axis.low, axis.high, label)
    ticks = tuple(
        (place, f"{axis.low + axis.step * place:.{axis.what.decimals}f}")
        for place in np.linspace(0, len(axis) - 1, 5).tolist()
    )
    return Axis(-0.5, len(axis) - 0.5, label, ticks)
