"""Exports: exact, safe in spreadsheets, strictly valid, and telling how they came about."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, PngImagePlugin

from core.base.errors import ExportError
from core.base.tables import (
    REGIONS,
    Column,
    Region,
    Table,
    from_csv,
    read_csv,
    to_csv,
    to_spreadsheet_csv,
    write_csv,
)
from core.base.version import VERSION
from core.color.terms import CSS, SATURATED
from core.models.loading import random_session
from core.predict.export import (
    PREDICTION_COLUMNS,
    PredictionRecord,
    prediction_json,
    prediction_table,
    to_json,
    write_prediction_csv,
    write_prediction_json,
)
from core.predict.prediction import BlockedTemplate, Predictor
from core.predict.prompts import color_labels, prompt_set
from core.predict.provenance import provenance
from core.stimuli.png import CHUNK_KEY, PngNotes, encode_png, read_png_notes, save_png
from core.stimuli.render import render
from core.stimuli.stimulus import PictureStimulus, ShapeStimulus, WordStimulus

ROOT = Path(__file__).resolve().parents[3]
FORMULAS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "－1",
    '="a"',
    '"=1',
    "x;=1+1",
    "x\t=1+1",
    "x\r\n=1+1;y",
    '=HYPERLINK("http://localhost","x")',
    "'=1",
    "''",
]
TRICKY = st.one_of(st.text(), st.text("=+-@'\" ,;\t\r\na1＝\u00a0", max_size=8), st.just(None))


@pytest.fixture(scope="module")
def record():
    session = random_session("embedded")
    stimulus = WordStimulus(
        word="=red", figure_color=CSS["green"], background_color=CSS["pink"], side=96
    )
    prompts = prompt_set(("{}", "no slot", "=1+{}"), (*color_labels(), '-dark, "red"', "赤"))
    (outcomes,) = Predictor(session).predict(render(stimulus)[None], prompts)
    return PredictionRecord(stimulus, CSS, 7, session.info, tuple(outcomes), "red.png")


def one_column(values, kind="text"):
    return Table((Column("value", kind),), tuple((value,) for value in values))


@given(
    st.lists(
        st.tuples(TRICKY, st.floats(allow_nan=False, allow_infinity=False), st.integers(), TRICKY),
        max_size=5,
    )
)
def test_r48_the_default_csv_reads_back_exactly(rows):
    columns = (Column("=a"), Column("b", "float"), Column("c", "int"), Column("d"))
    back = from_csv(to_csv(Table(columns, tuple(rows))), columns)
    assert back.rows == tuple(rows)
    signs = [math.copysign(1, row[1]) for row in rows]  # −0.0 equals 0.0
    assert [math.copysign(1, row[1]) for row in back.rows] == signs


def test_r48_the_form_is_that_of_rfc_4180():
    table = Table(
        (Column("text"), Column("x", "float"), Column("n", "int"), Column("yes", "bool")),
        (
            ('a "b", c', 0.1, 10**18, True),
            ("ä\n文", -1e-300, -5, False),
            (None,) * 4,
            ("", 2.0, 0, None),
        ),
    )
    assert (
        to_csv(table)
        == (
            "text,x,n,yes\r\n"
            '"a ""b"", c",0.1,1000000000000000000,true\r\n'
            '"ä\n文",-1e-300,-5,false\r\n'
            ",,,\r\n"
            "',2.0,0,\r\n"
        ).encode()
    )
    assert from_csv(to_csv(table), table.columns) == table


def test_r48_the_prediction_table_reads_back_exactly(record, tmp_path):
    table = prediction_table(record)
    path = tmp_path / "prädiktion 文.csv"
    write_csv(path, table)
    assert read_csv(path, PREDICTION_COLUMNS) == table
    names = [column.name for column in PREDICTION_COLUMNS]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    assert len(rows) == 13 + 1 + 13
    first = record.outcomes[0]
    assert [row["probability"] for row in rows[:13]] == first.probabilities.tolist()
    assert [row["cosine"] for row in rows[:13]] == first.cosines.tolist()
    assert [row["label"] for row in rows[:13] if row["winner"]] == [first.labels[first.winner]]
    assert [row["label"] for row in rows[:13] if row["is_font"]] == ["green"]
    assert [row["label"] for row in rows[:13] if row["is_background"]] == ["pink"]
    assert not any(row["is_written"] or row["is_figure"] for row in rows[:13])
    assert "no slot" in rows[13]["blocked"] and rows[13]["probability"] is None
    assert {row["image_file"] for row in rows} == {"red.png"}
    assert {row["word"] for row in rows} == {"=red"}
    assert {row["figure_color"] for row in rows} == {"#008000"}
    # The activation stands in each row (R02).
    assert {row["activation"] for row in rows} == {"QuickGELU"}


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("form", ["exact", *REGIONS])
def test_r47_text_never_acts_as_a_formula(text, form):
    """Not in its own cell, nor where another separator would split it."""
    table = one_column([text])
    region = REGIONS.get(form)
    data = to_csv(table) if region is None else to_spreadsheet_csv(table, region)
    content = data.decode("utf-8-sig")
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
            assert not any(starts_formula(cell) for cell in row)
    if region is None:
        assert from_csv(data, table.columns) == table


def starts_formula(cell):
    return cell.startswith(("\t", "\r", "\n")) or cell.lstrip(' "\u00a0').startswith(
        ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    )


def test_r47_numbers_stay_numbers():
    values = [-0.5, 1e-7, -3.0, 0.1 + 0.2, 1e300]
    exact = to_csv(one_column(values, "float")).decode().split("\r\n")[1:-1]
    assert exact == ["-0.5", "1e-07", "-3.0", "0.30000000000000004", "1e+300"]
    comma = to_spreadsheet_csv(one_column(values, "float"), REGIONS["comma"])
    assert comma.startswith(b"\xef\xbb\xbf")
    assert comma.decode("utf-8-sig").split("\r\n")[1:-1] == [
        "-0,5",
        "1e-07",
        "-3,0",
        "0,30000000000000004",
        "1e+300",
    ]


def test_r48_the_spreadsheet_form_suits_its_region(record, tmp_path):
    path = tmp_path / "a.csv"
    write_prediction_csv(path, record, REGIONS["comma"])
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";"))
    column = [name.name for name in PREDICTION_COLUMNS].index("probability")
    assert {len(row) for row in rows} == {len(PREDICTION_COLUMNS)}
    assert float(rows[1][column].replace(",", ".")) == record.outcomes[0].probabilities[0]
    for separator, decimal in ((",", ","), ("x", "."), (";", "·")):
        with pytest.raises(ValueError, match=r"cannot separate|no decimal"):
            Region(separator, decimal)


def test_undefined_numbers_are_empty_cells_and_null():
    values = (math.nan, math.inf, -math.inf, None)
    assert to_csv(one_column(values, "float")) == b"value\r\n" + b'""\r\n' * 4
    assert (
        from_csv(to_csv(one_column(values, "float")), (Column("value", "float"),)).rows
        == ((None,),) * 4
    )


def parse_strictly(data):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(data.decode("utf-8"), parse_constant=refuse)


def test_r49_json_is_strictly_valid_and_undefined_is_null():
    value = {
        "nan": math.nan,
        "list": (1, math.inf, [None, -math.inf]),
        "array": np.array([[0.1, np.nan]], np.float64),
        "scalar": np.float32(0.5),
        "count": np.int64(3_000_000_000),
        "flag": np.bool_(True),
        "text": 'ä \ud800 \u2028 \x00 "',
    }
    assert parse_strictly(to_json(value)) == {
        "nan": None,
        "list": [1, None, [None, None]],
        "array": [[0.1, None]],
        "scalar": 0.5,
        "count": 3_000_000_000,
        "flag": True,
        "text": 'ä \ufffd \u2028 \x00 "',
    }
    with pytest.raises(TypeError):
        to_json({"a": object()})


@given(st.floats())
def test_r49_finite_floats_keep_all_their_digits(value):
    back = parse_strictly(to_json([value]))[0]
    assert back == value if math.isfinite(value) else back is None


def test_r49_a_prediction_as_json(record, tmp_path):
    path = tmp_path / "a.json"
    write_prediction_json(path, record)
    value = parse_strictly(path.read_bytes())
    assert value["stimulus"]["word"] == "=red" and value["image_file"] == "red.png"
    answered, blocked, _ = value["predictions"]
    first = record.outcomes[0]
    assert [label["probability"] for label in answered["labels"]] == first.probabilities.tolist()
    assert answered["winner"] == first.labels[first.winner]
    assert answered["labels"][first.labels.index("green")]["roles"] == ["font"]
    assert "no slot" in blocked["blocked"]["reason"]
    (alone,) = Predictor(random_session("embedded")).predict(
        render(record.stimulus)[None], prompt_set(("{}",), ("red",))
    )
    single = prediction_json(msgspec.structs.replace(record, outcomes=tuple(alone)))
    (only,) = parse_strictly(to_json(single))["predictions"]
    assert only["margin"] is None and only["runner_up"] is None


def test_roles_of_a_picture_are_undefined_not_false(record):
    stimulus = PictureStimulus(sha256="0" * 64, name="=cat.png", side=96)
    of_picture = msgspec.structs.replace(record, stimulus=stimulus)
    table = prediction_table(of_picture)
    names = [column.name for column in table.columns]
    assert all(row[names.index("is_background")] is None for row in table.rows)
    assert {row[names.index("picture")] for row in table.rows} == {"=cat.png"}
    assert b",'=cat.png," in to_csv(table)
    assert prediction_json(of_picture)["predictions"][0]["labels"][0]["roles"] is None


def test_every_export_says_how_it_came_about(record, tmp_path):
    """Provenance: model, activation, preprocessing, palette, seed, versions, date (R02, R07)."""
    table_path, beside = write_prediction_csv(tmp_path / "a.csv", record)
    assert table_path.exists()
    block = parse_strictly(beside.read_bytes())
    info = record.info
    assert block["model"]["activation"] == info.activation == "QuickGELU"
    assert block["model"]["preprocessing"]["side"] == info.preprocessing.side
    assert block["model"]["preprocessing"]["mean"] == list(info.preprocessing.mean)
    assert block["model"]["preprocessing"]["interpolation"] == info.preprocessing.interpolation
    assert block["model"]["logit_scale"] == info.logit_scale
    assert block["palette"]["colors"]["pink"] == [255, 192, 203] and block["seed"] == 7
    assert block["app"] == {"name": "CLIP Color Lab", "version": VERSION}
    assert set(block["versions"]) >= {"torch", "open_clip_torch", "pillow", "harfbuzz", "python"}
    assert all(re.match(r"\d+\.\d", version) for version in block["versions"].values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", block["date"])
    assert prediction_json(record)["provenance"].keys() == block.keys()


def test_dates_are_utc(record):
    zone = timezone(timedelta(hours=5, minutes=30))
    block = provenance(record.info, SATURATED, 0, datetime(2024, 3, 1, 2, 15, tzinfo=zone))
    assert block["date"] == "2024-02-29T20:45:00Z"


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"other\r\n1\r\n", "other columns"),
        (b"", "other columns"),
        (b"value\r\n1,2\r\n", "2 cells in row 2"),
        (b"value\r\nabc\r\n", "unreadable cell in row 2"),
        (b"value\r\n\xff\r\n", "no CSV file"),
        (b'value\r\n"open', "no CSV file"),
    ],
)
def test_a_foreign_table_is_refused_in_words(data, words):
    with pytest.raises(ExportError, match=words):
        from_csv(data, (Column("value", "int"),))


def test_a_table_has_as_many_cells_as_columns():
    with pytest.raises(ValueError, match="2 cells for 1 columns"):
        Table((Column("a"),), (("x", "y"),))


def test_an_export_that_cannot_be_written_is_told_and_leaves_the_old_one(record, tmp_path):
    path = tmp_path / "a.json"
    write_prediction_json(path, record)
    before = path.read_bytes()
    for target in (tmp_path / "missing" / "a.json", tmp_path, path / "below", tmp_path / "\0"):
        with pytest.raises(ExportError, match="cannot be written"):
            write_prediction_json(target, record)
        with pytest.raises(ExportError, match="cannot be written"):
            save_png(target, np.zeros((2, 2, 3), np.uint8))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


COMMA_LOCALE = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ",", locale.localeconv()
from core.predict.export import to_json
from core.base.tables import Column, Table, from_csv, to_csv
table = Table((Column("x", "float"), Column("n", "int")), ((1234567.5, 1234567), (-1e-7, 0)))
data = to_csv(table)
assert from_csv(data, table.columns) == table
sys.stdout.buffer.write(data + to_json([1234567.5]))
"""


@pytest.fixture(scope="session")
def comma_locale(tmp_path_factory):
    """Environment of a locale with a decimal comma, made here unless the system has one."""
    if sys.platform == "win32" or not shutil.which("localedef"):
        pytest.skip("this system cannot make a locale")
    folder = tmp_path_factory.mktemp("locale")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")],
        capture_output=True,
    )
    if not (folder / "de_DE.UTF-8" / "LC_NUMERIC").exists():
        pytest.skip(f"localedef: {made.stderr.decode(errors='replace')}")
    return {**os.environ, "LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}


def test_r48_r49_a_decimal_comma_of_the_computer_does_not_matter(comma_locale):
    result = subprocess.run(
        [sys.executable, "-c", COMMA_LOCALE], cwd=ROOT, env=comma_locale, capture_output=True
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout == b"x,n\r\n1234567.5,1234567\r\n-1e-07,0\r\n[\n 1234567.5\n]\n"


def chunks(png):
    position, found = 8, []
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        body = png[position + 4 : position + 8 + length]
        (check,) = struct.unpack(">I", png[position + 8 + length : position + 12 + length])
        assert check == zlib.crc32(body)
        found.append(body[:4].decode())
        position += 12 + length
    return found


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_r27_a_png_keeps_every_pixel(pixels):
    with Image.open(io.BytesIO(encode_png(pixels))) as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), pixels)


def test_r51_a_png_has_the_models_size_and_nothing_that_alters_its_colors(tmp_path):
    stimulus = ShapeStimulus(
        shape="circle", figure_color=CSS["orange"], background_color=CSS["blue"], side=96
    )
    pixels = render(stimulus)
    path = tmp_path / "Kreis ä.png"
    save_png(path, pixels, PngNotes(stimulus, CSS, 3))
    with Image.open(path) as image:
        assert image.size == (96, 96)
        assert not {"dpi", "gamma", "icc_profile", "srgb", "chromaticity"} & set(image.info)
        assert np.array_equal(np.asarray(image), pixels)
    assert set(chunks(path.read_bytes())) == {"IHDR", "tEXt", "iTXt", "IDAT", "IEND"}
    # Not the size of a view, but the very rows given: a part is exported as that part.
    part = encode_png(pixels[::2, 1:50])
    with Image.open(io.BytesIO(part)) as image:
        assert image.size == (49, 48) and np.array_equal(np.asarray(image), pixels[::2, 1:50])


def test_r27_a_png_brings_its_stimulus_back():
    stimulus = WordStimulus(
        word="größe 文", figure_color=(1, 2, 3), background_color=(250, 251, 252), size=0.1 + 0.2
    )
    notes = PngNotes(stimulus, SATURATED, 2**63 - 1)
    data = encode_png(np.zeros((2, 2, 3), np.uint8), notes)
    assert read_png_notes(data) == notes
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["Software"] == f"CLIP Color Lab {VERSION}"
    assert data == encode_png(np.zeros((2, 2, 3), np.uint8), notes)  # the same bytes each time
    picture = PngNotes(PictureStimulus(sha256="0" * 64, name="a\udcff.png"), CSS)
    back = read_png_notes(encode_png(np.zeros((2, 2, 3), np.uint8), picture))
    assert back is not None and back.stimulus.name == "a\ufffd.png"


def with_chunk(text):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(CHUNK_KEY, text)
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        encode_png(np.zeros((2, 2, 3), np.uint8)),
        b"",
        b"no picture",
        encode_png(np.zeros((2, 2, 3), np.uint8))[:40],
        with_chunk("{"),
        with_chunk('{"stimulus": {"kind": "hologram"}}'),
        with_chunk("[" * 100_000),
    ],
)
def test_other_pictures_bring_no_stimulus(data, tmp_path):
    assert read_png_notes(data) is None
    assert read_png_notes(tmp_path / "missing.png") is None


def test_notes_of_a_newer_version_are_not_guessed_at():
    stimulus = ShapeStimulus(shape="star", figure_color=(1, 2, 3), background_color=(4, 5, 6))
    newer = msgspec.structs.replace(PngNotes(stimulus, CSS), schema=2)
    assert read_png_notes(encode_png(np.zeros((2, 2, 3), np.uint8), newer)) is None


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 4), (0, 2, 3), (1, 2, 2, 3)])
def test_only_rgb_arrays_become_pngs(shape):
    with pytest.raises(ValueError, match="Expected uint8"):
        encode_png(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="Expected uint8"):
        encode_png(np.zeros((2, 2, 3)))


def test_blocked_templates_over_the_limit_tell_what_would_be_lost(record):
    blocked = BlockedTemplate("{} x", 0, "With the label …", lost="the end")
    value = prediction_json(msgspec.structs.replace(record, outcomes=(blocked,)))
    assert value["predictions"][0]["blocked"]["lost"] == "the end"
