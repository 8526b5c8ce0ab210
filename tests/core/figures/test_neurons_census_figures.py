"""Figures of a census as files: numbers, fine print, metadata; hues of units and their cache."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.base.errors import ExportError, InvalidInput
from core.base.tables import read_csv, write_export
from core.color.terms import CHROMATIC
from core.figures.census_figures import census_figure, selectivity_panel
from core.figures.census_notes import figure_lines, figure_provenance
from core.figures.census_tables import figure_table, write_figure_csv
from core.figures.file import figure_bytes as bytes_of
from core.units.category_styles import ORDER, STACK
from core.units.features.hue import COMPARED_BINS, HueHistogram
from core.units.features.opponent import HUE_NAMES
from core.units.features.unit_hues import (
    HueCache,
    HueFigure,
    UnitHues,
    measure_hues,
    pictures_to_look_at,
)
from core.units.neuron_indices import CensusReader
from core.units.selectivity_histogram import BINS
from core.units.thresholds import TypeThresholds
from core.units.type_histogram import CATEGORIES
from tests.support.unit_census import made_census, made_layer


def figure_bytes(indices, figure, form, *, dpi=200, **options) -> bytes:
    return bytes_of(census_figure(indices, figure, **options), form, dpi=dpi)


MOMENT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def census(tmp_path):
    return made_census(tmp_path / "pictures")


@pytest.fixture
def indices(census):
    return CensusReader(census).read(TypeThresholds(top=12))


def hue_figure(*units: float, pictures: float = 60.0) -> HueFigure:
    """Units of single hues, and pictures of one hue, in degrees."""
    of_units, of_pictures = HueHistogram(), HueHistogram()
    for hue in units:
        of_units.fine[round(hue * 10)] += 1
        of_units.sources += 1
    of_pictures.fine[round(pictures * 10)] = 10_000
    of_pictures.sources = 1
    return HueFigure(of_units, of_pictures, len(units), 0, 0, 1)


# --- numbers ---


def test_rows_of_many_layers_move_closer_together(indices) -> None:
    def height(layers: int) -> float:
        counts = indices.selectivity_counts["layers"]
        many = replace(
            counts,
            groups=tuple(f"layer{number}" for number in range(layers)),
            counts=np.ones((layers, BINS), np.int64),
            negative=np.ones(layers, np.int64),
            undefined=np.zeros(layers, np.int64),
        )
        stub = SimpleNamespace(
            selectivity_counts={"layers": many},
            selective_counts={"layers": (np.ones(layers, int),)},
            thresholds=indices.thresholds,
        )
        return selectivity_panel(stub, "layers").height

    assert height(10) == pytest.approx(10 / 3 * height(3))
    assert height(10) < height(30) < 2.5 * height(10)


def test_tables_hold_every_unit_once(indices) -> None:
    types = figure_table(indices, "types")
    assert sum(row[2] for row in types.rows) == 40
    assert len(types.rows) == 3 * len(CATEGORIES)
    for layer in ("stem.conv1", "layer1.0", "layer2.0"):
        assert sum(row[4] for row in types.rows if row[0] == layer) == pytest.approx(100)
    selectivity = figure_table(indices, "selectivity", "blocks")
    assert sum(row[4] for row in selectivity.rows) == 40
    assert len(selectivity.rows) == 3 * (BINS + 2)
    hues = figure_table(indices, "hue", hues=hue_figure(10, 20, 20.1))
    assert len(hues.rows) == COMPARED_BINS
    assert sum(row[2] for row in hues.rows) == pytest.approx(1)
    assert [row[2] for row in hues.rows if row[0] <= 20.05 < row[1]] == [pytest.approx(2 / 3)]


def test_r49_undefined_is_an_empty_cell_and_null(indices, tmp_path) -> None:
    figure = replace(hue_figure(), pictures=HueHistogram())
    path = tmp_path / "hue.csv"
    table = figure_table(indices, "hue", hues=figure)
    files = write_figure_csv(path, indices, "hue", hues=figure)
    assert all(row[2:] == (None, None) for row in read_csv(path, table.columns).rows)
    beside = json.loads(files[1].read_bytes(), parse_constant=pytest.fail)
    assert beside["correlation"] is None
    assert "No neuron is color selective at this cut-off." in beside["notes"]


def test_a_figure_without_content_is_refused(tmp_path) -> None:
    census = made_census(tmp_path / "p", kinds=("pictures",))
    indices = CensusReader(census).read(TypeThresholds(top=12))
    for make in (
        lambda: figure_table(indices, "types"),
        lambda: figure_bytes(indices, "types", "png"),
        lambda: figure_bytes(indices, "hue", "svg"),
    ):
        with pytest.raises(InvalidInput, match="nothing to show"):
            make()
    with pytest.raises(InvalidInput, match="no form"):
        figure_bytes(indices, "selectivity", "gif")


# --- fine print ---


def test_the_lines_name_thresholds_sets_model_and_what_is_missing(indices, tmp_path) -> None:
    text = "\n".join(figure_lines(indices, "types"))
    for part in ("Top 12 images", "each slot ≥ 0.15", "990 images", "880 images", "15 images"):
        assert part in text
    for part in ("Quick", "weights abababab", "fp32", "A model of the tests", "maximum of its map"):
        assert part in text
    without = made_census(tmp_path / "q", kinds=("stroop",))
    lines = figure_lines(CensusReader(without).read(TypeThresholds(top=12)), "types")
    assert any("not seen: shapes, natural pictures" in line for line in lines)
    assert any("Without natural images" in line for line in lines)


def test_the_provenance_says_how_far_each_set_is(census) -> None:
    partial = replace(census.sets["shapes"], done=100)
    indices = CensusReader(replace(census, sets={**census.sets, "shapes": partial})).read(
        TypeThresholds(top=12)
    )
    made = figure_provenance(indices, "types")
    assert made["census"]["sets"]["shapes"]["partial"] is True
    assert made["census"]["sets"]["shapes"]["images_done"] == 100
    assert made["census"]["sets"]["stroop"]["partial"] is False
    assert made["thresholds"]["word"] == 0.5
    assert made["model"]["notice"] == "A model of the tests"


def test_categories_of_the_table_and_of_the_drawing_are_the_same() -> None:
    assert [CATEGORIES[column] for column in ORDER] == [style.category for style in STACK]
    assert all(style.tip.endswith(".") for style in STACK)


def test_corners_of_the_cube_lie_where_the_opponent_space_has_them() -> None:
    named = {name: angle for angle, name in HUE_NAMES}
    assert named["yellow"] == pytest.approx(90)
    assert named["blue"] == pytest.approx(270)
    assert (named["red"] + 180) % 360 == pytest.approx(named["cyan"])
    assert [angle for angle, _ in HUE_NAMES] == sorted(angle for angle, _ in HUE_NAMES)
    assert set(CHROMATIC) & set(named) == {"red", "green", "blue", "yellow"}


# --- drawings ---


@pytest.mark.parametrize("figure", ["types", "selectivity", "hue"])
def test_a_figure_is_the_same_file_every_time(indices, figure) -> None:
    hues = hue_figure(10, 50, 200) if figure == "hue" else None
    one, two = (figure_bytes(indices, figure, "svg", hues=hues, now=MOMENT) for _ in range(2))
    assert one == two
    text = one.decode()
    for line in figure_lines(indices, figure):
        # Long lines are broken.
        assert line.split(" · ")[0][:30] in text


def test_a_picture_tells_its_provenance_and_leaves_matplotlib_alone(indices) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    data = figure_bytes(indices, "types", "png", as_counts=True, dpi=60, now=MOMENT)
    assert dict(mpl.rcParams) == before
    with Image.open(io.BytesIO(data)) as picture:
        told = json.loads(picture.text["Description"])
    assert told["census"]["units"] == 40
    assert figure_bytes(indices, "selectivity", "pdf", now=MOMENT)[:5] == b"%PDF-"


def test_many_layers_and_odd_names_find_room(tmp_path) -> None:
    layers = tuple(made_layer(f"layer{n % 4}.{n}.very_long_module_name", 3) for n in range(60))
    indices = CensusReader(made_census(tmp_path / "p", layers)).read(TypeThresholds(top=12))
    for figure in ("types", "selectivity"):
        data = figure_bytes(indices, figure, "png", dpi=40)
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.width > 200


def test_r37_units_without_selectivity_are_written_beside_their_block(indices) -> None:
    svg = figure_bytes(indices, "selectivity", "svg", now=MOMENT).decode()
    assert "2 undefined" in svg
    assert "≥ 0.25" in svg


def test_a_file_that_cannot_be_written_is_an_expected_failure(indices, tmp_path) -> None:
    with pytest.raises(ExportError):
        write_export(tmp_path / "nowhere" / "types.png", figure_bytes(indices, "types", "png"))


# --- hues of units ---


def test_hues_add_up_whatever_is_chosen(census, indices) -> None:
    hues = UnitHues(len(census))
    every = np.arange(len(census))
    assert list(measure_hues(census, hues, every, 12)) == every.tolist()
    assert list(measure_hues(census, hues, every, 12)) == []  # known already
    chosen = np.zeros(len(census), dtype=bool)
    chosen[[4, 9, 30]] = True
    parts = HueHistogram()
    for unit in (4, 9, 30):
        one = np.zeros(len(census), dtype=bool)
        one[unit] = True
        part = hues.histogram(one)
        parts.fine += part.fine
        parts.sources += part.sources
        parts.without_hue += part.without_hue
    whole = hues.histogram(chosen)
    assert np.allclose(whole.fine, parts.fine)
    assert (whole.sources, whole.without_hue) == (parts.sources, parts.without_hue)
    assert whole.total == pytest.approx(whole.sources, rel=1e-5)
    assert hues.histogram(np.ones(len(census), dtype=bool)).without_hue >= 1  # the dead unit


def test_hues_survive_the_disk_and_damage_is_no_loss(census, tmp_path) -> None:
    cache = HueCache(tmp_path / "cache")
    hues = UnitHues(len(census))
    list(measure_hues(census, hues, np.array([5, 2, 31]), 12))
    cache.save_units(census, 12, hues)
    back = cache.load_units(census, 12)
    assert np.array_equal(back.hue, hues.hue, equal_nan=True)
    assert np.array_equal(back.known, hues.known)
    everything = np.ones(len(census), dtype=bool)
    assert np.array_equal(back.histogram(everything).fine, hues.histogram(everything).fine)
    assert not cache.load_units(census, 11).known.any()
    histogram = hue_figure(1, 2, 3).units
    cache.save_pictures(census, histogram)
    assert np.array_equal(cache.load_pictures(census).fine, histogram.fine)
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert not cache.load_units(census, 12).known.any()
    assert cache.load_pictures(census) is None


def test_an_empty_store_comes_back_empty() -> None:
    assert not UnitHues.restored(UnitHues(3).stored()).known.any()


def test_a_large_folder_is_looked_at_evenly(census, monkeypatch) -> None:
    from core.units.features import unit_hues

    assert len(pictures_to_look_at(census)) == 15
    monkeypatch.setattr(unit_hues, "MOST_PICTURES", 4)
    names = [path.name for path in pictures_to_look_at(census)]
    assert names == [f"picture {number:03}.png" for number in (0, 4, 8, 12)]


def test_what_is_still_to_come_is_said() -> None:
    figure = replace(hue_figure(10, 20), waiting=2, selective=4, pictures_waiting=30)
    assert not figure.complete
    assert "2 of 4 color-selective neurons are not worked out yet." in figure.notes()
    assert "30 pictures are still to be looked at." in figure.notes()
    assert hue_figure(60, pictures=60).correlation == pytest.approx(1)
    assert replace(hue_figure(10), pictures_total=3).notes() == (
        "The pictures' own hues are those of 1 of 3, evenly taken.",
    )
