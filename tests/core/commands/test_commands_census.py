"""The commands that take a census and draw its figures."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import commands
from core.base.errors import InvalidInput
from core.census import run as census_run
from core.census.data import CensusData, load_census
from core.census.sets import CensusOfSets
from core.commands import DONE, FAILED, STOPPED
from core.commands import census as census_command
from core.commands.census import add_arguments
from core.commands.figures import thresholds_of
from core.runs import work
from core.stimuli.factorial import ShapeSet
from core.units.thresholds import TypeThresholds
from tests.support.elsewhere import held_elsewhere

TAKE = ["census", "--stroop", "1", "--shapes", "1", "--batch", "64", "--seed", "3"]
PICTURES = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Pictures that a census can be taken of."""
    where = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(1)
    for number in range(PICTURES):
        pixels = generator.integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(where / f"{number}.png")
    return where


@pytest.fixture(scope="module")
def taken(tmp_path_factory, folder: Path) -> Path:
    """A census from the command line, never interrupted."""
    out = tmp_path_factory.mktemp("census") / "whole"
    assert commands.main([*TAKE, "--pictures", str(folder), "--out", str(out), "--quiet"]) == DONE
    return out


def test_a_census_is_taken_of_all_sets_and_in_gray(taken: Path) -> None:
    census = load_census(taken)
    assert {kind: (found.done, found.total) for kind, found in census.sets.items()} == {
        "stroop": (990, 990),
        "shapes": (880, 880),
        "pictures": (PICTURES, PICTURES),
    }
    gray = census.sets["pictures"].gray
    used = census.sets["pictures"].tops.images >= 0
    assert not np.isnan(gray[used]).any()
    assert CensusOfSets.open(taken).folder("stroop").plan.seed == 3


def assert_same_lists(mine: CensusData, theirs: CensusData) -> None:
    for kind in theirs.sets:
        for field in ("values", "images", "positions", "maximum", "mean", "excess"):
            assert np.array_equal(
                getattr(mine.sets[kind].tops, field),
                getattr(theirs.sets[kind].tops, field),
                equal_nan=True,
            ), (kind, field)
    assert np.array_equal(mine.sets["pictures"].gray, theirs.sets["pictures"].gray, True)


def test_r42_a_stopped_census_goes_on_by_the_command_it_prints(
    tmp_path: Path, taken: Path, folder: Path, monkeypatch, capsys
) -> None:
    out = tmp_path / "broken off"
    whole = [*TAKE, "--pictures", str(folder), "--out", str(out)]
    forward, calls = census_run._Census._forward, []

    def interrupted(self, batch):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return forward(self, batch)

    monkeypatch.setattr(census_run._Census, "_forward", interrupted)
    assert commands.main(whole) == STOPPED
    monkeypatch.undo()
    assert CensusOfSets.open(out).folder("stroop").done() == 4 * 64
    capsys.readouterr()
    # Sets that had not begun choose their batches by speed, and rounding depends on those.
    monkeypatch.setattr(census_command, "_best_batch", lambda *_: 64)
    assert commands.main(["census", "--out", str(out)]) == DONE
    err = capsys.readouterr().err
    assert "goes on" in err
    assert "Natural pictures: 6 images" in err
    assert_same_lists(load_census(out), load_census(taken))


@pytest.mark.parametrize(
    "name",
    [
        "stroop/units-000000000990.safetensors",
        "shapes/manifest.json",
        "pictures/units-000000000006.safetensors",
        "pictures/gray-*.safetensors",
    ],
)
def test_r67_a_damaged_file_is_named_by_every_reading_and_computed_again(
    tmp_path: Path, taken: Path, monkeypatch, capsys, name
) -> None:
    out = tmp_path / "census"
    shutil.copytree(taken, out)
    file = sorted(out.glob(name))[-1]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 8
    file.write_bytes(content)
    made = tmp_path / "made"
    readings = [
        ["figures", str(out), "--out", str(made)],
        ["report", str(out), "--out", f"{made}.html"],
        ["ablation", str(out), "--type", "color-word", "--out", f"{made}.json"],
    ]
    for reading in readings:
        assert commands.main(reading) == FAILED
        (line,) = capsys.readouterr().err.splitlines()
        assert f"The file {file.name} in {file.parent} is damaged" in line
        assert "Resume the census (census --out FOLDER)" in line
    assert [path.name for path in tmp_path.iterdir()] == ["census"]
    monkeypatch.setattr(census_command, "_best_batch", lambda *_: 64)
    assert commands.main(["census", "--out", str(out)]) == DONE
    told = capsys.readouterr().err
    assert re.search(f"The file {file.name} (is|was) damaged", told)
    mine, theirs = load_census(out), load_census(taken)
    for kind, tops in ((kind, found.tops) for kind, found in theirs.sets.items()):
        assert np.array_equal(mine.sets[kind].tops.values, tops.values, equal_nan=True)
        assert np.array_equal(mine.sets[kind].tops.images, tops.images)
    assert np.array_equal(mine.sets["pictures"].gray, theirs.sets["pictures"].gray, True)
    assert commands.main([*readings[0], "--quiet"]) == DONE


def test_computers_share_a_census_and_merge_it(
    tmp_path: Path, taken: Path, folder: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(work, "_PART_UNIT", 64)
    take = [*TAKE, "--pictures", str(folder)]
    first, second = tmp_path / "first", tmp_path / "second"
    assert commands.main([*take, "--part", "1/2", "--out", str(first)]) == DONE
    err = capsys.readouterr().err
    assert f"merge {shlex.quote(str(first))} OTHER" in err and "in gray" not in err
    assert [found.done for found in load_census(first).sets.values()] == [7 * 64, 6 * 64]
    assert commands.main(["merge", str(first), str(second)]) == FAILED
    assert "There is no census in" in capsys.readouterr().err
    assert commands.main([*take, "--part", "2/2", "--out", str(second), "--quiet"]) == DONE
    for _ in range(2):  # once more changes nothing
        assert commands.main(["merge", str(first), str(second)]) == DONE
        err = capsys.readouterr().err
        assert "Not finished: the gray pass." in err and "done here: " in err
    monkeypatch.setattr(census_command, "_best_batch", lambda *_: 64)
    assert commands.main(["census", "--out", str(first), "--quiet"]) == DONE
    assert commands.main(["merge", str(first), str(second)]) == DONE
    assert "The census is whole" in capsys.readouterr().err
    assert_same_lists(load_census(first), load_census(taken))
    record = load_census(taken).record
    shapes = ShapeSet(samples=1, side=record.model.preprocessing.side)
    other = CensusOfSets.create(
        tmp_path / "other", "Other", record.model, record.layers, shapes=shapes
    )
    assert commands.main(["merge", str(first), str(other.path)]) == FAILED
    assert "are not parts of one: the sets" in capsys.readouterr().err


def test_a_census_of_nothing_or_of_layers_that_are_not_there_is_refused(tmp_path, capsys) -> None:
    out = ["--out", str(tmp_path / "x")]
    assert commands.main(["census", "--stroop", "0", "--shapes", "0", *out]) == FAILED
    assert "no images" in capsys.readouterr().err
    missing = ["--pictures", str(tmp_path / "missing")]
    assert commands.main([*TAKE, *missing, *out]) == FAILED
    assert "missing" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_r66_a_census_does_not_go_on_with_another_architecture(taken: Path, capsys) -> None:
    assert commands.main(["census", "--out", str(taken), "--model", "random:RN50"]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert "The census of" in line and "cannot be resumed with" in line
    assert "what differs is the weights, the architecture" in line


def test_figures_of_a_census_and_of_units_are_written_with_their_numbers(
    tmp_path: Path, taken: Path, capsys
) -> None:
    out = tmp_path / "figures"
    arguments = ["figures", str(taken), "--out", str(out), "--set", "top=5", "color_selective=0.5"]
    assert commands.main([*arguments, "--unit", "layer1.0 #2"]) == DONE
    names = ("types", "selectivity", "hue", "layer1.0-2")
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{name}{suffix}" for name in names for suffix in (".svg", ".csv", ".provenance.json")
    )
    made = json.loads((out / "types.provenance.json").read_text("utf-8"))
    assert made["thresholds"]["top"] == 5
    assert made["thresholds"]["color_selective"] == 0.5
    assert "Top 5 images" in (out / "layer1.0-2.svg").read_text("utf-8")
    assert capsys.readouterr().err.count("Written: ") == 12
    assert commands.main([*arguments, "--size", "85", "--no-settings", "--quiet"]) == DONE
    drawn = (out / "types.svg").read_text("utf-8")
    assert 'width="85.000mm"' in drawn and "Top 5 images" not in drawn.split("</metadata>")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--unit", "layer9.0 #2"], "has no neuron “layer9.0 #2”. Write it as “layer4.2 #17”"),
        (["--unit", "the best one"], "no neuron “the best one”"),
        (["--size", "huge"], "“huge” is no size of a figure"),
        (["--set", "beauty=1"], "“beauty=1” sets no threshold"),
        (["--set", "top"], "“top” sets no threshold"),
        (["--set", "word=much"], "cannot be set so"),
        (["--set", "word=0,9"], "word cannot be set so: “0,9” is no number. Write a decimal point"),
        (["--set", "top=2.5"], "top cannot be set so: “2.5” is no whole number."),
        (["--set", "gray_method=loud"], "gray_method cannot be set so: “loud” is not known. Use"),
        (["--set", "word=2"], "must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_written(
    tmp_path: Path, taken: Path, capsys, arguments, words
) -> None:
    out = tmp_path / "figures"
    assert commands.main(["figures", str(taken), "--out", str(out), *arguments]) == FAILED
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_thresholds_are_set_by_name() -> None:
    assert thresholds_of([]) == TypeThresholds()
    assert thresholds_of(["gray_method=clip", " word = 0.25"]) == TypeThresholds(
        gray_method="clip", word=0.25
    )
    with pytest.raises(InvalidInput, match="gray_method"):
        thresholds_of(["gray_method=loud"])


def test_the_report_of_a_census_repeats_it_in_one_command(
    taken: Path, folder: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "report.html"
    assert commands.main(["report", str(taken), "--out", str(out)]) == DONE
    assert "Written: " in capsys.readouterr().err
    page = out.read_text(encoding="utf-8")
    census = load_census(taken)
    assert "not OpenAI CLIP" in page and census.record.model.sha256 in page
    command = unescape(re.search(r"<pre>([^<]* census --model [^<]*)</pre>", page)[1])
    words = shlex.split(command)
    words = words[words.index("census") :]
    words[words.index("FOLDER")] = str(folder)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    again = parser.parse_args(words[1:])
    assert (again.stroop, again.shapes, again.seed, again.model) == (1, 1, 3, "embedded")
    assert (again.layers, again.summary) == ("default", "max")
    assert commands.main(["report", str(taken), "--out", str(out), "--all"]) == FAILED
    assert "Leave out --all" in capsys.readouterr().err


def test_r64_a_census_that_another_program_works_on_is_left_alone(
    taken: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "census"
    shutil.copytree(taken, copy)
    with held_elsewhere(copy / ".lock"):
        status = commands.main([*TAKE, "--pictures", str(folder), "--out", str(copy), "--quiet"])
        assert status == FAILED
        assert "Another program is working on the census" in capsys.readouterr().err
    CensusOfSets.open(copy).rename("Another")
    with held_elsewhere(copy / ".lock"):  # the title is not what is worked on
        CensusOfSets.open(copy).rename("A third")
    assert CensusOfSets.open(copy).record.title == "A third"
