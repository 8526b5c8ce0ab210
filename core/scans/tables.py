"""A scan as tables: every point with its stimulus and probabilities, and the thresholds."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from core.base.paths import APP_NAME
from core.base.tables import Cell, Column, Region, Table, columns, write_csv
from core.base.version import VERSION
from core.color.spaces import to_hex
from core.predict.export import write_described_csv
from core.predict.provenance import provenance
from core.scans.parameters import parameter_of
from core.scans.plan import Axis
from core.scans.result import NO_WINNER, ScanResult
from core.stimuli.stimulus import plain

FORMAT = "clip-color-lab scan"
SCHEMA = 1
_HASH_DIGITS = 8

INTERVALS = (
    "Intervals of probabilities are normal ones (mean ± 1.96 standard errors, cut to 0..1), those "
    "of shares of wins Wilson's; both 95 %."
)
COLOR_SPACE = (
    "Hue, chroma and lightness are those of OKLCH (Ottosson 2020), rounded to sRGB; colors outside "
    "sRGB are left out."
)


def scan_table(result: ScanResult) -> Table:
    """One row for each point and template; those without a stimulus say why."""
    plan, tally = result.plan, result.tally
    repeated = plan.setup.repetitions > 1
    settings = plan.all_settings()
    names = list(settings[0])
    shown = [
        Column("point", "int"),
        *(
            Column(name, "float" if parameter_of(name).kind == "number" else "text")
            for name in names
        ),
        *columns("figure_color background_color left_out template winner close:bool images:int"),
    ]
    for label in plan.labels:
        shown.append(Column(f"p: {label}", "float"))
        if repeated:
            shown += [
                Column(f"p low: {label}", "float"),
                Column(f"p high: {label}", "float"),
                Column(f"wins: {label}", "int"),
                Column(f"share low: {label}", "float"),
                Column(f"share high: {label}", "float"),
            ]
    probabilities, winners = tally.probabilities, tally.winners
    lows, highs = tally.intervals()
    rows: list[tuple[Cell, ...]] = []
    for point, values in enumerate(settings):
        figure = plan.figure(values)
        colors: tuple[Cell, Cell] = (None, None)
        if not isinstance(figure, str):
            colors = (to_hex(figure.figure_color), to_hex(figure.background_color))
        numbers = [v if isinstance(v, str) else float(v) for v in (values[n] for n in names)]
        for row, template in enumerate(plan.templates):
            winner = int(winners[point, row])
            cells: list[Cell] = [point, *numbers, *colors, tally.blanks[point], template]
            answered = winner != NO_WINNER
            cells += [plan.labels[winner] if answered else None]
            cells += [bool(tally.close[point, row]) if answered else None]
            cells += [int(tally.counts[point])]
            for number in range(len(plan.labels)):
                cells.append(_number(probabilities[point, row, number]))
                if repeated:
                    share = tally.win_interval(point, row, number)
                    cells += [
                        _number(lows[point, row, number]),
                        _number(highs[point, row, number]),
                        int(tally.wins[point, row, number]),
                        share.low if share else None,
                        share.high if share else None,
                    ]
            rows.append(tuple(cells))
    return Table(tuple(shown), tuple(rows))


def threshold_table(result: ScanResult) -> Table:
    """Where the winner changes: one row for each threshold."""
    plan = result.plan
    what = plan.setup.x.what
    return Table(
        columns(
            "template parameter unit threshold:float low:float high:float before after precise:bool"
        ),
        tuple(
            (
                plan.templates[found.template],
                what.name,
                what.unit.strip(),
                found.value,
                found.low,
                found.high,
                plan.labels[found.before],
                plan.labels[found.after],
                found.precise,
            )
            for found in result.thresholds
        ),
    )


def scan_notes(result: ScanResult) -> tuple[str, ...]:
    """Sentences that say how a scan was made."""
    setup = result.plan.setup
    notes = [COLOR_SPACE]
    held = ", ".join(
        f"{parameter_of(h.parameter).name.lower()} {parameter_of(h.parameter).text(h.value)}"
        for h in setup.fixed
    )
    if held:
        notes.append(f"Held: {held}.")
    if setup.repetitions:
        notes.append(
            f"{setup.repetitions} random places, sizes and angles (seed {setup.seed}); the winner "
            f"has the highest mean probability. {INTERVALS}"
        )
    left_out = result.left_out_sentence()
    if left_out:
        notes.append(left_out)
    if not result.complete:
        notes.append("The scan was stopped before its end.")
    info = result.info
    notes.append(f"{info.name}, {info.activation}, {info.precision}.")
    return tuple(notes)


def scan_line(result: ScanResult) -> str:
    """What made a scan, in one line for its picture: study, values, seed, prompts, model."""
    plan, info = result.plan, result.info
    setup = plan.setup
    parts = ["Scan" if plan.kind == "curve" else "Map"]
    parts += [_axis_words(axis) for axis in setup.axes]
    for held in setup.fixed:
        what = parameter_of(held.parameter)
        value = what.text(held.value)
        if not isinstance(held.value, str):
            value = f"{held.value:g}{what.unit}"
        parts.append(f"{what.name.lower()} held at {value}")
    if setup.repetitions:
        parts.append(f"{setup.repetitions} random places (seed {setup.seed})")
    parts.append(f"prompts {'; '.join(f'“{text}”' for text in plan.templates)}")
    parts += [f"{len(plan.labels)} labels", f"palette {plan.palette.name}", info.name]
    if info.sha256:
        parts.append(f"weights {info.sha256[:_HASH_DIGITS]}")
    parts += [info.activation, info.precision]
    if not result.complete:
        parts.append("stopped before its end")
    return " · ".join([*parts, f"{APP_NAME} {VERSION}"])


def _axis_words(axis: Axis) -> str:
    what = axis.what
    if axis.choices:
        return f"{what.name.lower()}: {', '.join(map(what.text, axis.choices))}"
    ends = f"{axis.low:g} to {axis.high:g}{what.unit}"
    return f"{what.name.lower()} {ends} in {axis.steps} steps"


def scan_provenance(result: ScanResult, now: datetime | None = None) -> dict[str, Any]:
    """How a scan was made, for `core.predict.export.to_json`.

    `now` as for `core.predict.provenance.provenance`.
    """
    plan = result.plan
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "provenance": provenance(result.info, plan.palette, plan.setup.seed, now),
        "setup": msgspec.to_builtins(plan.setup),
        "stimulus": plain(plan.stimulus),
        "templates": list(plan.templates),
        "labels": list(plan.labels),
        "complete": result.complete,
        "notes": list(scan_notes(result)),
        "thresholds": [
            {
                "template": plan.templates[found.template],
                "value": found.value,
                "low": found.low,
                "high": found.high,
                "before": plan.labels[found.before],
                "after": plan.labels[found.after],
                "precise": found.precise,
            }
            for found in result.thresholds
        ],
    }


def write_scan_csv(
    path: Path, result: ScanResult, region: Region | None = None
) -> tuple[Path, ...]:
    """`write_described_csv` of the points, and the thresholds if there are any; all files."""
    _, beside = write_described_csv(path, scan_table(result), scan_provenance(result), region)
    if not result.thresholds:
        return path, beside
    write_csv(thresholds_path(path), threshold_table(result), region)
    return path, thresholds_path(path), beside


def thresholds_path(path: Path) -> Path:
    """Where the thresholds of a scan go whose points go to `path`."""
    return path.with_name(f"{path.stem} thresholds{path.suffix}")


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
