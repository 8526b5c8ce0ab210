"""Tables and figures of scans, looks of labels, names of regions, strips of variants."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from core.base.errors import ExportError
from core.base.tables import REGIONS, read_csv, write_export
from core.color.terms import COLOR_TERMS, CSS
from core.figures.file import figure_bytes
from core.figures.scan_figures import scan_figure
from core.models.loading import load_session
from core.predict.prompts import color_labels
from core.scans.label_styles import DASHES, label_styles
from core.scans.maps import STRIPS, map_setup, preset_of, strip_setup
from core.scans.plan import Axis, ScanPlan, ScanSetup
from core.scans.regions import region_centers
from core.scans.result import NO_WINNER
from core.scans.run import scan
from core.scans.settings import Setting
from core.scans.tables import scan_notes, scan_table, threshold_table, write_scan_csv
from core.stimuli.fonts import font_faces
from core.stimuli.stimulus import ShapeStimulus

TEMPLATES = ("The color of the figure is {}", "=1+{}")
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


def plan_of(session, setup):
    circle = ShapeStimulus(
        shape="circle",
        figure_color=(255, 0, 0),
        background_color=(128, 128, 128),
        size=0.6,
        side=session.info.preprocessing.side,
    )
    return ScanPlan(setup=setup, stimulus=circle, templates=TEMPLATES, labels=color_labels())


@pytest.fixture(scope="module")
def curve(session):
    fixed = (Setting("figure-chroma", 0.14), Setting("figure-lightness", 70.0))
    return scan(plan_of(session, ScanSetup(x=Axis("figure-hue", 0, 360, 12), fixed=fixed)), session)


@pytest.fixture(scope="module")
def repeated(session):
    setup = ScanSetup(x=Axis("figure-term", choices=COLOR_TERMS[:4]), repetitions=3)
    return scan(plan_of(session, setup), session)


@pytest.fixture(scope="module")
def matrix(session):
    return scan(plan_of(session, map_setup("figure-background")), session)


def test_r48_the_exact_table_reads_back(curve, tmp_path):
    path = tmp_path / "söme scan.csv"
    files = write_scan_csv(path, curve)
    assert [file.name for file in files] == [
        "söme scan.csv",
        "söme scan thresholds.csv",
        "söme scan.csv.provenance.json",
    ]
    table = read_csv(path, scan_table(curve).columns)
    assert table == scan_table(curve)
    assert len(table.rows) == 12 * 2
    names = [column.name for column in table.columns]
    for row in table.rows:
        cells = dict(zip(names, row, strict=True))
        point = cells["point"]
        template = TEMPLATES.index(cells["template"])
        assert cells["figure-hue"] == 30.0 * point
        if cells["left_out"] is not None:
            assert cells["winner"] is None and cells["figure_color"] is None
            continue
        chances = [cells[f"p: {label}"] for label in color_labels()]
        assert sum(chances) == pytest.approx(1.0, abs=1e-6)
        np.testing.assert_array_equal(chances, curve.tally.probabilities[point, template])
        assert color_labels()[int(np.argmax(chances))] == cells["winner"]
    thresholds = read_csv(files[1], threshold_table(curve).columns)
    assert thresholds == threshold_table(curve)
    assert len(thresholds.rows) == len(curve.thresholds) > 0


def test_r47_templates_never_act_as_formulas(curve, tmp_path):
    write_scan_csv(tmp_path / "a.csv", curve, REGIONS["comma"])
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert "'=1+{}" in text and ";=1+{}" not in text


def test_r49_the_provenance_is_strict_json_and_tells_all(curve, tmp_path):
    *_, beside = write_scan_csv(tmp_path / "a.csv", curve)
    facts = json.loads(beside.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert facts["provenance"]["model"]["sha256"] == curve.info.sha256
    assert facts["provenance"]["model"]["activation"] == curve.info.activation
    assert facts["setup"]["fixed"][0] == {"parameter": "figure-chroma", "value": 0.14}
    assert facts["stimulus"]["kind"] == "shape" and "blur" not in facts["stimulus"]
    assert len(facts["thresholds"]) == len(curve.thresholds)
    assert any("OKLCH" in note for note in facts["notes"])
    assert any("outside sRGB" in note for note in facts["notes"])


def test_repetitions_state_their_intervals(repeated):
    names = [column.name for column in scan_table(repeated).columns]
    for row in scan_table(repeated).rows:
        cells = dict(zip(names, row, strict=True))
        if cells["left_out"] is not None:  # gray on gray
            assert cells["images"] == 0 and cells["p low: red"] is None
            continue
        assert cells["images"] == 3
        for label in color_labels():
            assert cells[f"p low: {label}"] <= cells[f"p: {label}"] <= cells[f"p high: {label}"]
            share = cells[f"wins: {label}"] / 3
            assert cells[f"share low: {label}"] <= share <= cells[f"share high: {label}"]
    assert any("Wilson" in note and "1.96" in note for note in scan_notes(repeated))


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_figures_are_drawn_in_every_form(form, curve, matrix, repeated, tmp_path):
    for number, result in enumerate((curve, matrix, repeated)):
        content = figure_bytes(scan_figure(result, number % 2, NOW), form)
        assert content == figure_bytes(scan_figure(result, number % 2, NOW), form)
        if form == "png":
            with Image.open(io.BytesIO(content)) as picture:
                assert picture.width > 1000
                assert "OKLCH" in picture.text["Description"]
        elif form == "svg":
            text = content.decode("utf-8")
            assert "orange" in text and TEMPLATES[number % 2].split("{")[0][:5] in text
        else:
            assert content.startswith(b"%PDF")
    path = tmp_path / f"figure.{form}"
    write_export(path, figure_bytes(scan_figure(curve, 0), form))
    assert path.stat().st_size > 2000


def test_a_map_shows_its_colors_exactly(matrix):
    with Image.open(io.BytesIO(figure_bytes(scan_figure(matrix, 0), "png"))) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    winners = set(matrix.tally.winners[:, 0].tolist()) - {NO_WINNER}
    for winner in winners:
        assert (pixels == CSS[color_labels()[winner]]).all(axis=1).sum() > 200


def test_a_folder_that_cannot_be_written_is_told(curve, tmp_path):
    with pytest.raises(ExportError, match="cannot be written"):
        write_scan_csv(tmp_path / "no" / "a.csv", curve)
    with pytest.raises(ExportError, match="cannot be written"):
        write_export(tmp_path / "no" / "a.png", figure_bytes(scan_figure(curve, 0), "png"))


def test_labels_differ_in_more_than_hue():
    looks = label_styles(color_labels("grey"), CSS)
    assert [look.color for look in looks] == [CSS[term] for term in COLOR_TERMS]
    assert all(look.own for look in looks)
    assert len({look.dash for look in looks}) == len(DASHES)
    others = label_styles(("a", "b", "Red"), CSS)
    assert others[0].color != others[1].color and not others[0].own
    assert others[2].color == CSS["red"]


def test_names_lie_deep_inside_their_regions():
    winners = np.full((9, 12), 0)
    winners[:, 6:] = 1
    winners[0, 0] = NO_WINNER
    winners[4, 9] = 2  # one cell is too small for a name
    found = region_centers(winners)
    assert [label for label, _row, _column in found] == [0, 1]
    for label, row, column in found:
        assert winners[row, column] == label
        assert 1 <= row <= 7 and (1 <= column <= 4 or 7 <= column <= 10)
    assert region_centers(np.full((3, 3), NO_WINNER)) == ()
    assert region_centers(np.zeros((4, 4), dtype=np.int64)) != ()


def test_strips_show_every_choice():
    assert strip_setup("figure-term").x.choices == COLOR_TERMS
    assert strip_setup("font").x.choices == tuple(font_faces())
    assert {strip_setup(strip).x.parameter for strip in STRIPS} == set(STRIPS)


def test_ready_maps_are_recognized_at_any_held_value():
    assert preset_of(map_setup("hue-lightness", "background", 0.03)) == "hue-lightness"
    assert preset_of(map_setup("stroop")) == "stroop"
    grey = map_setup("stroop", gray="grey")
    assert "grey" in grey.axes[1].choices and "gray" not in grey.axes[1].choices
    assert preset_of(grey) == "stroop"
    other = ScanSetup(x=Axis("size", 10, 90, 5), y=Axis("blur", 0, 10, 5))
    assert preset_of(other) is None
