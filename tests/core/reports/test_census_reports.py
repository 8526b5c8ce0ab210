"""Reports of a census: figures 2 to 5, and enough to take the same census again."""

from __future__ import annotations

import argparse
import io
import itertools
import shlex
from dataclasses import replace

import msgspec
import pypdf
import pytest

from core import commands
from core.census.data import CensusData
from core.census.sets import KIND_TITLES
from core.commands import FAILED
from core.commands.census import add_arguments
from core.figures.unit_figure import unit_title
from core.models.files.catalog import EMBEDDED_NOTICE, entry_of
from core.reports.census_report import census_report, example_units, repeat_command
from core.reports.writing import report_bytes
from core.units.category_styles import ORDER, STACK
from core.units.features.hue_work import HueMeasurement
from core.units.neuron_indices import CensusReader, most_images
from core.units.thresholds import TypeThresholds
from core.units.type_histogram import CATEGORIES
from tests.core.reports.test_reports import outline
from tests.support.unit_census import MODEL, made_census

INFO = msgspec.structs.replace(MODEL, notice=EMBEDDED_NOTICE)


@pytest.fixture(scope="module")
def indices(tmp_path_factory):
    census = made_census(tmp_path_factory.mktemp("pictures"), model=INFO)
    limits = TypeThresholds(top=most_images(census), color_selective=0.1, word=0.3, color=0.4)
    return CensusReader(census).read(limits)


@pytest.fixture(scope="module")
def report(indices):
    *_earlier, (hues, _hue) = HueMeasurement().figures(
        indices.census, indices.selective, indices.thresholds.top
    )
    return census_report(indices, hues=hues)


@pytest.fixture(scope="module")
def page(report) -> str:
    return report_bytes(report, "html").decode("utf-8")


def test_a_report_of_a_census_needs_no_other_file(page) -> None:
    found = outline(page)
    assert all(target.startswith(("#", "data:")) for target in found.targets)
    assert len(found.ids) == len(set(found.ids))
    assert "default-src 'none'" in page and "<script" not in page


def test_it_says_what_was_measured_with_what(indices, page) -> None:
    text = " ".join(outline(page).text.split())
    census = indices.census
    assert f"{EMBEDDED_NOTICE}." in text
    assert census.record.model.sha256 in text
    for layer in census.layers:
        assert f"{layer.name}{layer.units:,} neurons" in text
    for found in census.sets.values():
        assert found.plan.content_hash() in text
        assert f"{found.done:,} of {found.total:,}" in text
    assert "Seed of ties0" in text and "Color selective0.1" in text
    assert f"Could not be read{len(indices.census.sets['pictures'].refused)}" in text
    versions = census.sets["stroop"].plan.versions
    assert all(str(version) in text for version in versions.values() if version)


def test_types_stand_layer_by_layer_with_their_sum(indices, report) -> None:
    section = report.sections[0]
    counts = indices.type_counts["layers"].counts
    assert section.header[2:] == tuple(style.title for style in STACK)
    for row, cells in enumerate(section.body[:-1]):
        numbers = [int(cell.partition(" ")[0].replace(",", "")) for cell in cells[1:]]
        assert numbers == [counts[row].sum(), *counts[row, list(ORDER)]]
    last = [int(cell.partition(" ")[0].replace(",", "")) for cell in section.body[-1][1:]]
    assert last == [counts.sum(), *counts.sum(axis=0)[list(ORDER)]]
    assert section.totals[-1] is True
    shares = [cell.partition(" ")[2] for cell in section.body[0][2:]]
    whole = counts[0].sum()
    assert shares == [
        f"({100 * count / whole:.1f} %)" if count else "" for count in counts[0, list(ORDER)]
    ]


def test_the_papers_number_stands_beside_with_what_it_is_worth(indices, report, page) -> None:
    hues = report.sections[2]
    assert hues.header[2] == "Published (only for OpenAI RN50 weights)"
    assert hues.body[0][2] == "0.965"
    assert any("no yardstick" in note for note in hues.notes)
    assert "Color in Visual-Language Models" in page
    entry = entry_of("RN50:openai")
    known = msgspec.structs.replace(INFO, name=entry.title, notice="")
    record = msgspec.structs.replace(indices.census.record, model=known)
    theirs = replace(indices, census=replace(indices.census, record=record))
    own = census_report(theirs, units=[])
    assert own.sections[2].notes == ("The hues were not worked out.",)
    assert EMBEDDED_NOTICE not in " ".join(own.cautions)


def test_every_figure_is_there_and_the_clearest_units(indices, report, page) -> None:
    units = example_units(indices)
    categories = [CATEGORIES[indices.categories[unit]] for unit in units]
    assert units and len(set(categories)) == len(units)
    drawn = " ".join(outline(page).svg_text.split())
    for unit in units:
        assert unit_title(indices, unit) in drawn
    assert page.count("<svg") == 3 + len(units)
    for text in ("% of neurons", "color selectivity α", "dashed: chance"):
        assert text in drawn or text in page, text


def test_natural_pictures_are_left_out_unless_asked_for(indices) -> None:
    def embedded(photographs: bool) -> int:
        made = census_report(indices, units=[10], photographs=photographs)
        assert ("left out" in " ".join(made.sources)) is not photographs
        return report_bytes(made, "html").count(b"<image")

    few, all_of_them = embedded(False), embedded(True)
    assert 0 < few < all_of_them


def test_a_pdf_has_all_of_it_as_text(indices, report) -> None:
    pages = pypdf.PdfReader(io.BytesIO(report_bytes(report, "pdf"))).pages
    text = " ".join(" ".join(page.extract_text().split()) for page in pages)
    drawn = [section for section in report.sections if section.figure is not None]
    assert len(pages) >= len(drawn) + 2
    for section in report.sections:
        assert section.title in text
    assert EMBEDDED_NOTICE in text and "0.965" in text


def test_what_is_missing_is_said_in_a_sentence(tmp_path) -> None:
    census = made_census(tmp_path, kinds=("shapes",))
    found = CensusReader(census).read(TypeThresholds(top=most_images(census)))
    made = census_report(found)
    said = " ".join(made.cautions + sum((section.notes for section in made.sections), ()))
    assert "No neuron has a type, because the census has seen no Stroop words." in said
    assert "no natural pictures" in said
    assert all(section.figure is None for section in made.sections)
    assert report_bytes(made, "html") and report_bytes(made, "pdf")


def test_sets_that_are_not_seen_to_the_end_are_named_without_their_folder(
    indices, tmp_path
) -> None:
    census = replace(indices.census, path=tmp_path / "gone")
    partial = replace(census.sets["shapes"], done=census.sets["shapes"].done - 1)
    begun = replace(census, sets={**census.sets, "shapes": partial})
    cautions = census_report(replace(indices, census=begun), units=[]).cautions
    assert f"Not finished: {KIND_TITLES['shapes']}." in cautions
    whole = census_report(replace(indices, census=census), units=[]).cautions
    assert whole and not any("Not finished" in text for text in whole)


def test_the_command_of_a_report_asks_for_the_same_census(indices) -> None:
    command = repeat_command(indices.census)
    words = shlex.split(command.text)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    asked = parser.parse_args(words[words.index("census") + 1 :])
    stroop = indices.census.sets["stroop"].plan.images
    assert (asked.stroop, asked.seed) == (stroop.samples, stroop.seed)
    assert (asked.palette, asked.gray) == (stroop.palette.name, stroop.gray)
    assert (asked.layers, asked.precision) == ("default", "fp32")
    assert str(asked.pictures) == "FOLDER" and "Put the folder" in command.note


@pytest.mark.parametrize(
    ("kinds", "by_default", "asked"),
    [
        ({"block"}, True, "default"),
        ({"convolution", "block"}, True, "default"),
        ({"block"}, False, "default"),
        ({"convolution"}, False, "convolutions"),
        ({"convolution", "block"}, False, "all"),
    ],
)
def test_the_command_of_a_report_asks_for_the_same_layers(
    indices, kinds: set[str], by_default: bool, asked: str
) -> None:
    census = indices.census
    replace = msgspec.structs.replace
    layers = tuple(
        replace(layer, kind=kind, is_default=by_default)
        for layer, kind in zip(census.layers, itertools.cycle(sorted(kinds)), strict=False)
    )
    record = replace(census.record, layers=layers)
    some = CensusData(census.path, record, census.sets, census.layer_numbers, census.unit_numbers)
    assert f"--layers {asked} " in repeat_command(some).text


def test_neither_a_run_nor_a_census_is_told_in_one_sentence(tmp_path, capsys) -> None:
    out = str(tmp_path / "report.html")
    assert commands.main(["report", str(tmp_path), "--out", out]) == FAILED
    err = capsys.readouterr().err
    assert "neither a run nor a census" in err and "Traceback" not in err
    assert commands.main(["report", str(tmp_path), "--out", out, "--photographs"]) == FAILED
    assert "no census" in capsys.readouterr().err
