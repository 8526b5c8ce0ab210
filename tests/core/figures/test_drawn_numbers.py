"""What is drawn is what was described, and what the tables beside it say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.container import BarContainer, ErrorbarContainer

from core.ablation.study_result import study_result
from core.ablation.study_run import run_study
from core.color.terms import COLOR_TERMS
from core.figures.ablation_export import study_provenance, study_table
from core.figures.ablation_figure import ablation_figure
from core.figures.census_figures import census_figure
from core.figures.census_tables import figure_table
from core.figures.description import (
    Axis,
    Bars,
    Cells,
    Curve,
    Figure,
    Histograms,
    Intervals,
    Mark,
    Panel,
    Paragraph,
    Points,
    Regions,
    Rule,
    Sectors,
    Texts,
    Tile,
    all_text,
)
from core.figures.page import drawn_figure
from core.figures.result_figures import result_figure
from core.figures.scan_figures import scan_figure
from core.figures.style import styled
from core.figures.unit_figure import unit_sheet
from core.models.loading import load_session
from core.predict.prompts import color_labels
from core.results.comparison.compare import compare
from core.results.export import results_of_comparison, results_of_run
from core.results.results import result_tables
from core.results.text.long_table import long_table
from core.scans.plan import Axis as ScanAxis
from core.scans.plan import ScanPlan, ScanSetup
from core.scans.run import scan
from core.scans.settings import Setting
from core.scans.tables import scan_table, threshold_table
from core.stimuli.stimulus import ShapeStimulus
from core.units.features.hue import HueHistogram
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import CensusReader
from core.units.selectivity import SLOTS
from core.units.selectivity_histogram import BINS
from core.units.thresholds import TypeThresholds
from tests.core.ablation.test_ablation_study import begun
from tests.core.experiment_runs import made_run, plan_of
from tests.support.unit_census import made_census

KINDS = (
    Bars,
    Cells,
    Curve,
    Histograms,
    Intervals,
    Paragraph,
    Points,
    Regions,
    Rule,
    Sectors,
    Texts,
    Tile,
)
"""Every kind of mark; each must be met in some figure of these tests."""


# --- taking numbers out of what is drawn ---


class Artists:
    """The artists of axes by kind, each handed out once, in the order they were drawn."""

    def __init__(self, axes) -> None:
        self.axes = axes
        errors = [c for c in axes.containers if isinstance(c, ErrorbarContainer)]
        owned = {id(line) for c in errors for line in (c.lines[0], *c.lines[1]) if line is not None}
        owned |= {id(line) for c in errors for line in c.lines[2]}
        self.bars = iter([c for c in axes.containers if isinstance(c, BarContainer)])
        inside = {id(bar) for c in axes.containers if isinstance(c, BarContainer) for bar in c}
        self.errors = iter(errors)
        self.lines = iter([line for line in axes.lines if id(line) not in owned])
        self.images = iter(axes.images)
        self.collections = iter([c for c in axes.collections if id(c) not in owned])
        self.patches = iter([patch for patch in axes.patches if id(patch) not in inside])
        self.texts = {text.get_text() for text in axes.texts}

    def left(self) -> int:
        """How many are not accounted for."""
        kinds = (self.bars, self.errors, self.lines, self.images, self.collections, self.patches)
        return sum(1 for kind in kinds for _ in kind)


def check_mark(drawn: Artists, mark: Mark) -> None:
    """Compare one mark with its artists."""
    if isinstance(mark, Bars):
        bars = next(drawn.bars)
        floors = mark.floors if len(mark.floors) else [0.0] * len(mark.values)
        for bar, place, value, floor, fill in zip(
            bars, mark.places, mark.values, floors, mark.fills, strict=True
        ):
            box = bar.get_bbox()
            along, across = (box.intervalx, box.intervaly)[:: 1 if mark.lying else -1]
            assert along == pytest.approx((floor, floor + value))
            assert across == pytest.approx((place - mark.width / 2, place + mark.width / 2))
            assert to_hex(bar.get_facecolor()) == fill.color.lower()
            assert bool(bar.get_hatch()) is (fill.pattern != "plain")
    elif isinstance(mark, Histograms):
        for row, values in enumerate(mark.values):
            bars = next(drawn.bars)
            tall = [-bar.get_height() * mark.highest / Histograms.HEIGHT for bar in bars]
            assert tall == pytest.approx(values.tolist())
            assert [bar.get_x() for bar in bars] == pytest.approx(mark.edges[:-1])
            assert {bar.get_y() for bar in bars} == {row + 0.5}
            assert list(next(drawn.lines).get_ydata()) == [row + 0.5] * 2
    elif isinstance(mark, Intervals):
        if mark.rows:
            line, _caps, (whiskers,) = next(drawn.errors).lines
            expected = [
                [(min(low, middle), place), (max(high, middle), place)]
                for place, low, middle, high in mark.rows
            ]
            assert np.array(whiskers.get_segments()) == pytest.approx(np.array(expected))
            assert (line is not None) is mark.dots
            if mark.dots:
                assert list(line.get_xdata()) == [middle for _, _, middle, _ in mark.rows]
    elif isinstance(mark, Points):
        if mark.symbol == "disc":
            discs = next(drawn.collections)
            assert [tuple(place) for place in discs.get_offsets().tolist()] == list(mark.places)
            assert [to_hex(color) for color in discs.get_facecolors()] == [
                color.lower() for color in mark.colors
            ]
        else:
            line = next(drawn.lines)
            assert list(zip(*line.get_data(), strict=True)) == list(mark.places)
    elif isinstance(mark, Curve):
        for line in (next(drawn.lines), next(drawn.lines)):
            assert np.array_equal(line.get_xdata(), mark.x)
            assert np.array_equal(line.get_ydata(), mark.y, equal_nan=True)
        assert to_hex(line.get_color()) == mark.color.lower()
        if mark.band is not None:
            corners = np.concatenate([p.vertices for p in next(drawn.collections).get_paths()])
            known = [
                (x, y)
                for x, *ends in zip(mark.x, *mark.band, strict=True)
                for y in ends
                if not np.isnan(y)
            ]
            assert set(map(tuple, corners.tolist())) == set(known)
    elif isinstance(mark, Rule):
        line = next(drawn.lines)
        where = line.get_xdata() if mark.upright else line.get_ydata()
        assert list(where) == [mark.value] * 2
        assert not mark.text or mark.text in drawn.texts
    elif isinstance(mark, Cells):
        shades = next(drawn.images).get_array()
        assert np.array_equal(shades.filled(np.nan), np.abs(mark.values), equal_nan=True)
        written = {text for row in mark.texts for text in row if text}
        assert written <= drawn.texts
        assert [next(drawn.collections) for _ in range(2)], "the lines between cells"
    elif isinstance(mark, Regions):
        picture = next(drawn.images).get_array()
        for number, color in enumerate(mark.colors):
            assert (picture[mark.winners == number] == to_rgb(color)).all()
        assert (picture[mark.winners < 0] == 1.0).all()
        assert len(next(drawn.collections).get_segments()) == len(mark.borders)
    elif isinstance(mark, Texts):
        assert {text for *_, text in mark.words} <= drawn.texts
    elif isinstance(mark, Sectors):
        if mark.fill is not None:
            radii = [bar.get_height() for bar in next(drawn.bars)]
        else:
            radii = next(drawn.lines).get_ydata()[:-1:2]
        assert np.square(radii) == pytest.approx(mark.shares)
    elif isinstance(mark, Tile):
        if mark.pixels is not None:
            image = next(drawn.images)
            assert np.array_equal(image.get_array(), mark.pixels)
            if mark.box is not None:
                check_box(drawn, mark)
        else:
            assert mark.instead in drawn.texts
        assert next(drawn.patches).get_width() == mark.side, "the frame"
    else:
        assert isinstance(mark, Paragraph)
        said = " ".join(" ".join(drawn.texts).split())
        assert all(" ".join(line.split()) in said for line in mark.lines)


def check_box(drawn: Artists, mark: Tile) -> None:
    """The box of a picture lies where its pixels are."""
    height, width, _ = mark.pixels.shape
    left, top, right, bottom = mark.box
    for frame in (next(drawn.patches), next(drawn.patches)):
        box = frame.get_bbox()
        across = (box.intervalx - mark.left) * width / mark.side
        down = height - (box.intervaly - mark.bottom) * height / mark.side
        assert across == pytest.approx((left, right))
        assert down[::-1] == pytest.approx((top, bottom))


def check(figure: Figure) -> set[type]:
    """Compare all marks of a figure with what is drawn of them; the kinds that occurred."""
    with styled(all_text(figure)):
        drawing = drawn_figure(figure)
        for panel, axes in zip(figure.panels, drawing.axes, strict=True):
            drawn = Artists(axes)
            for mark in panel.marks:
                check_mark(drawn, mark)
            assert not drawn.left(), f"{drawn.left()} artists that nobody described"
            if panel.kind == "plain":
                assert axes.get_xlim() == pytest.approx((panel.x.low, panel.x.high))
                assert axes.get_ylim() == pytest.approx((panel.y.low, panel.y.high))
                for axis, own in ((panel.x, axes.xaxis), (panel.y, axes.yaxis)):
                    if axis.ticks is not None:
                        assert list(own.get_majorticklocs()) == [place for place, _ in axis.ticks]
                        texts = [label.get_text() for label in own.get_ticklabels()]
                        assert texts == [text for _, text in axis.ticks]
            beside = {text for column in panel.beside for text in column.texts if text}
            assert beside <= drawn.texts
    return {type(mark) for panel in figure.panels for mark in panel.marks}


def marks_of(figure: Figure, kind: type) -> Iterator[tuple[Panel, Mark]]:
    """All marks of a kind, with their panels."""
    for panel in figure.panels:
        for mark in panel.marks:
            if isinstance(mark, kind):
                yield panel, mark


# --- the figures ---


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    plan = plan_of("experiment-5", 1)
    return made_run(tmp_path_factory.mktemp("runs") / "run", plan, images=800)


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    census = made_census(tmp_path_factory.mktemp("census") / "pictures")
    return CensusReader(census).read(TypeThresholds(top=12, color_selective=0.1))


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


def scanned(session, setup):
    circle = ShapeStimulus(
        shape="circle",
        figure_color=(255, 0, 0),
        background_color=(128, 128, 128),
        size=0.6,
        side=session.info.preprocessing.side,
    )
    templates = ("The color of the figure is {}",)
    plan = ScanPlan(setup=setup, stimulus=circle, templates=templates, labels=color_labels())
    return scan(plan, session)


def columns_of(table, *names: str):
    """The cells of some columns of a table, row by row."""
    places = [[column.name for column in table.columns].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in table.rows]


def test_bars_intervals_and_matrices_are_those_of_the_results(run) -> None:
    wanted = ["prompts-all", "fonts-all-1", "matrix-written-all-1", "ties"]
    results = results_of_run(run, result_tables(run.plan, run.counts(), wanted))
    assert [table.id for table in results.tables] == wanted
    seen = set()
    for table in results.tables:
        figure = result_figure(table, results)
        seen |= check(figure)
        cells = columns_of(
            long_table([table], results.runs), "column_title", "row", "share", "low", "high"
        )
        if table.is_matrix:
            ((_panel, matrix),) = marks_of(figure, Cells)
            shares = [share for *_, share, _low, _high in cells if share is not None]
            assert matrix.values[~np.isnan(matrix.values)].tolist() == shares
            continue
        for panel, bars in marks_of(figure, Bars):
            (_, intervals) = next(marks_of(replace(figure, rows=((panel,),)), Intervals))
            own = [cell for cell in cells if panel.title == f"{cell[0]} (%)"]
            assert own
            told = [[100 * number for number in cell[2:]] for cell in own]
            assert bars.values == pytest.approx([share for share, _, _ in told])
            drawn = [(middle, low, high) for _, low, middle, high in intervals.rows]
            assert np.array(drawn) == pytest.approx(np.array(told))
    assert seen >= {Bars, Intervals, Points, Rule, Cells}


def test_differences_are_those_of_the_comparison(tmp_path) -> None:
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1, templates=("A {} font", "A {}")))
    results = results_of_comparison(run, run, compare(run, run, templates=[(0, 1)]))
    table = results.tables[0]
    figure = result_figure(table, results)
    check(figure)
    names = ("column_title", "difference", "difference_low", "difference_high")
    cells = columns_of(long_table([table], results.runs), *names)
    for panel, intervals in marks_of(figure, Intervals):
        own = [cell for cell in cells if panel.title == f"{cell[0]} (points)"]
        told = [[100 * number for number in cell[1:]] for cell in own]
        drawn = [(middle, low, high) for _, low, middle, high in intervals.rows]
        assert np.array(drawn) == pytest.approx(np.array(told))


def test_stacked_bars_are_those_of_the_table_of_types(readings) -> None:
    for counts in (False, True):
        figure = census_figure(readings, "types", as_counts=counts)
        assert check(figure) == {Bars}
        (panel,) = figure.panels
        table = columns_of(figure_table(readings, "types"), "layer", "units", "percent")
        layers = [text for _, text in panel.x.ticks]
        values = np.array([bars.values for bars in panel.marks])
        for place, layer in enumerate(layers):
            told = [row[1 if counts else 2] for row in table if row[0] == layer]
            assert values[:, place].tolist() == pytest.approx(told)


def test_histograms_are_those_of_the_table_of_selectivity(readings) -> None:
    figure = census_figure(readings, "selectivity", parts="blocks")
    assert check(figure) == {Histograms, Rule}
    ((panel, drawn),) = marks_of(figure, Histograms)
    table = columns_of(
        figure_table(readings, "selectivity", "blocks"), "block", "bin", "percent_of_defined"
    )
    for row, (_, block) in enumerate(panel.y.ticks):
        told = [cell[2] for cell in table if cell[0] == block and cell[1] != "undefined"]
        assert len(told) == BINS + 1
        assert drawn.values[row].tolist() == pytest.approx(told)
    limits = readings.thresholds
    assert [rule.value for _, rule in marks_of(figure, Rule)] == [
        limits.color_selective,
        limits.strongly_selective,
    ]


def test_the_rose_is_that_of_the_table_of_hues(readings) -> None:
    units, pictures = HueHistogram(), HueHistogram()
    units.fine[[100, 450, 2000]] = (1, 1, 2)
    pictures.fine[::50] = 1
    hues = HueFigure(units, pictures, 4, 0, 0, 1)
    figure = census_figure(readings, "hue", hues=hues)
    assert check(figure) == {Sectors}
    for (_, sectors), column in zip(
        marks_of(figure, Sectors), ("share_of_units", "share_of_pictures"), strict=True
    ):
        table = columns_of(figure_table(readings, "hue", hues=hues), "from_degrees", column)
        assert sum(sectors.shares) == pytest.approx(1)
        # Of both kinds of bins a whole number makes a quarter of the circle.
        told = [sum(share for degrees, share in table if degrees // 90 == n) for n in range(4)]
        assert np.reshape(sectors.shares, (4, -1)).sum(axis=1) == pytest.approx(told)


def test_tiles_and_slots_are_those_of_the_unit(readings) -> None:
    unit = int(np.nanargmax(readings.slots.word.max(axis=1)))
    sheet = unit_sheet(readings, unit, first=3)
    figure = census_figure(readings, "unit", sheet=sheet)
    assert check(figure) == {Tile, Paragraph, Bars, Rule}
    table = columns_of(
        figure_table(readings, "unit", sheet=sheet), "left", "top", "right", "bottom"
    )
    tiles = [tile for _, tile in marks_of(figure, Tile) if tile.bottom]
    assert len(tiles) == len(table) > 3
    for tile, edges in zip(tiles, table, strict=True):
        height, width, _ = tile.pixels.shape
        assert (tile.box or (0, 0, width, height)) == edges
    for (_, bars), slot in zip(marks_of(figure, Bars), SLOTS, strict=True):
        assert np.array_equal(bars.values, readings.slots.index(slot)[unit])


def test_a_box_away_from_the_edges_lies_where_its_pixels_are() -> None:
    pixels = np.arange(8 * 10 * 3, dtype=np.uint8).reshape(8, 10, 3)
    tile = Tile(1.0, 0.5, 1.2, pixels, box=(3, 2, 7, 5))
    axis = Axis(0.0, 3.0)
    panel = Panel((tile,), axis, axis, kind="bare")
    assert check(Figure("A picture", ((panel,),))) == {Tile}


def test_curves_bands_and_thresholds_are_those_of_the_scan(session) -> None:
    fixed = (Setting("figure-chroma", 0.14), Setting("figure-lightness", 70.0))
    axis = ScanAxis("figure-hue", 0, 360, 12)
    plain = scanned(session, ScanSetup(x=axis, fixed=fixed))
    repeated = scanned(session, ScanSetup(x=axis, fixed=fixed, repetitions=2))
    chosen = scanned(session, ScanSetup(x=ScanAxis("figure-term", choices=COLOR_TERMS[:4])))
    for result in (plain, repeated, chosen):
        figure = scan_figure(result, 0)
        assert Curve in check(figure)
        table = scan_table(result)
        for _, curve in marks_of(figure, Curve):
            known = np.array(columns_of(table, f"p: {curve.name}"), dtype=float)[:, 0]
            assert np.array_equal(curve.y, known, equal_nan=True)
            assert (curve.band is not None) is (result is repeated)
            if curve.band is not None:
                names = (f"p low: {curve.name}", f"p high: {curve.name}")
                ends = np.array(columns_of(table, *names), dtype=float).T
                assert np.array_equal(curve.band, ends, equal_nan=True)
    told = columns_of(threshold_table(plain), "threshold")
    rules = [(rule.value,) for _, rule in marks_of(scan_figure(plain, 0), Rule)]
    assert rules == told and rules


def test_regions_are_those_of_the_map(session) -> None:
    setup = ScanSetup(
        x=ScanAxis("figure-hue", 0, 360, 12),
        y=ScanAxis("figure-lightness", 1.25, 98.75, 8),
        fixed=(Setting("figure-chroma", 0.1),),
    )
    result = scanned(session, setup)
    figure = scan_figure(result, 0)
    assert check(figure) == {Regions, Texts, Points}
    ((_, regions),) = marks_of(figure, Regions)
    told = [winner for (winner,) in columns_of(scan_table(result), "winner")]
    names = [regions.names[place] if place >= 0 else None for place in regions.winners.ravel()]
    assert names == told
    assert len(set(names)) > 3
    # Each cell of the map is one step of its axis, told by its value there.
    (panel,) = figure.panels
    assert panel.x.low < -0.5  # the colors without a hue stand beside the map
    assert panel.x.high == len(setup.x) - 0.5
    assert (panel.y.low, panel.y.high) == (-0.5, len(setup.y) - 0.5)
    for axis, drawn in ((setup.x, panel.x), (setup.y, panel.y)):
        for place, text in drawn.ticks:
            assert float(text) == pytest.approx(axis.low + axis.step * place, abs=0.51)


def test_effects_and_controls_are_those_of_the_study(session, tmp_path) -> None:
    study = begun(tmp_path / "study", session, controls=1)
    for _event in run_study(study, session, batch_size=16):
        pass
    result = study_result(study)
    figure = ablation_figure(result, 1, study_provenance(study, result))
    assert check(figure) == {Rule, Intervals, Texts, Points}
    names = ("prompt", "answers_naming", "role", "difference", "low", "high")
    table = columns_of(study_table(result), *names)
    prompt = result.plan.templates[result.measures[1].template]
    assert figure.panels[0].title == result.measures[1].what
    drawn = [
        abs(end)
        for _, mark in (*marks_of(figure, Intervals), *marks_of(figure, Points))
        for end in (
            [place[0] for place in mark.places] if isinstance(mark, Points) else mark.rows[0][1:]
        )
    ]
    # One scale for all, around zero, with everything on it and little room besides.
    for panel in figure.panels:
        assert panel.x.high == -panel.x.low == figure.panels[0].x.high
        assert max(drawn) < panel.x.high < 1.3 * max(drawn)
    for panel in figure.panels:
        own = [row[2:] for row in table if row[:2] == (prompt, panel.title)]
        ((_, interval),) = marks_of(replace(figure, rows=((panel,),)), Intervals)
        (effect,) = [row[1:] for row in own if row[0] == "ablated"]
        ((_, low, middle, high),) = interval.rows
        assert (middle, low, high) == pytest.approx([100 * number for number in effect])
        ((_, controls),) = marks_of(replace(figure, rows=((panel,),)), Points)
        told = [100 * row[1] for row in own if row[0] == "control"]
        assert [x for x, _ in controls.places] == pytest.approx(told)


def test_every_kind_of_mark_is_compared_somewhere() -> None:
    assert set(KINDS) == set(get_args(Mark))
