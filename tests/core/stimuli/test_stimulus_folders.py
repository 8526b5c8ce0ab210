"""A set of stimuli as PNG files with a table: the renderer's pixels, whatever interrupts it."""

from __future__ import annotations

import csv
import shutil
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import commands
from core.base.errors import ExportError
from core.base.tables import read_csv
from core.stimuli.factorial import FactorialSet
from core.stimuli.png import read_png_notes
from core.stimuli.render import render
from core.sweeps.stimulus_folder import (
    COLUMNS,
    Written,
    estimate_bytes,
    export_set,
    file_name,
    size_text,
)
from tests.core.experiment_runs import small_stimuli


@pytest.fixture
def stimuli() -> FactorialSet:
    return small_stimuli("experiment-4", 2, side=24, seed=3)  # 180 images


def written(folder: Path, stimuli: FactorialSet) -> list[Written]:
    return list(export_set(folder, stimuli))


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def unpacked(png: bytes) -> np.ndarray:
    """The pixels of an 8-bit RGB PNG, read without any library for pictures."""
    place, data, size = 8, b"", (0, 0)
    while place < len(png):
        length, kind = int.from_bytes(png[place : place + 4]), png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            size = int.from_bytes(body[:4]), int.from_bytes(body[4:8])
            assert body[8:10] == bytes((8, 2))
        data += body if kind == b"IDAT" else b""
        place += length + 12
    width, height = size
    raw = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + 3 * width)
    rows = np.zeros((height, width, 3), np.int64)
    for y in range(height):
        line = raw[y, 1:].reshape(width, 3).astype(np.int64)
        above = rows[y - 1] if y else np.zeros((width, 3), np.int64)
        for x in range(width):
            left = rows[y, x - 1] if x else 0
            corner = above[x - 1] if x else np.zeros(3, np.int64)
            if raw[y, 0] == 1:
                guess = left
            elif raw[y, 0] == 2:
                guess = above[x]
            elif raw[y, 0] == 3:
                guess = (left + above[x]) // 2
            elif raw[y, 0] == 4:
                guess = np.array(
                    [paeth(*v) for v in zip(left + 0 * corner, above[x], corner, strict=True)]
                )
            else:
                guess = 0
            rows[y, x] = (line[x] + guess) % 256
    return rows.astype(np.uint8)


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    ways = [(abs(guess - value), order, value) for order, value in enumerate((left, above, corner))]
    return min(ways)[2]


def test_r27_every_image_has_exactly_the_pixels_of_the_renderer(tmp_path, stimuli) -> None:
    events = written(tmp_path / "set", stimuli)
    assert (events[0].done, events[-1]) == (0, Written(180, 180))
    for index in (0, 17, 89, 90, 179):
        item = stimuli.spec(index)
        path = tmp_path / "set" / file_name(item)
        expected = render(item.stimulus)
        with Image.open(path) as image:
            assert np.array_equal(np.asarray(image), expected)
        assert np.array_equal(unpacked(path.read_bytes()), expected)
        notes = read_png_notes(path)
        assert notes is not None and notes.stimulus == item.stimulus


def test_the_manifest_says_what_each_image_shows(tmp_path, stimuli) -> None:
    written(tmp_path, stimuli)
    table = read_csv(tmp_path / "manifest.csv", COLUMNS)
    assert len(table.rows) == len(stimuli)
    with (tmp_path / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for index in (0, 90, 101):
        item, row = stimuli.spec(index), rows[index]
        pixels = render(item.stimulus)
        assert row["file"] == file_name(item) and (tmp_path / row["file"]).is_file()
        assert (row["subject"], row["figure"]) == (item.condition.subject, item.condition.figure)
        assert int(row["sample"]) == item.sample and int(row["index"]) == index
        assert float(row["center_x"]) == item.stimulus.center_x
        assert row["font"] == item.stimulus.font and row["word"] == item.stimulus.word
        assert row["pixels_sha256"] == sha256(pixels.tobytes()).hexdigest()
        assert tuple(bytes.fromhex(row["figure_rgb"][1:])) == item.stimulus.figure_color
        assert row["sample_seed"] == f"3/{item.condition.subject}/{item.sample}"
    # Images of one mask share a number, others do not.
    assert len({row["geometry"] for row in rows}) == stimuli.samples * len(stimuli.subjects)


def test_r46_an_export_cut_off_anywhere_goes_on_to_the_same_bytes(tmp_path, stimuli) -> None:
    written(tmp_path / "whole", stimuli)
    events = export_set(tmp_path / "cut", stimuli)
    for event in events:
        if event.done >= 120:
            break
    events.close()
    images = tmp_path / "cut" / "images"
    assert [path.name for path in images.iterdir()] == ["0000"]
    assert not (tmp_path / "cut" / "manifest.csv").exists()
    # What a kill or a power cut leaves: half a sample, a file without its end.
    (images / ".writing-0001").mkdir()
    (images / ".writing-0001" / "half.png").write_bytes(b"half")
    victim = tmp_path / "cut" / file_name(stimuli.spec(5))
    victim.write_bytes(victim.read_bytes()[:-9])
    first = next(iter(export_set(tmp_path / "cut", stimuli)))
    assert first.done == 0
    written(tmp_path / "cut", stimuli)
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_r33_more_samples_leave_the_images_there_are_as_they_are(tmp_path, stimuli) -> None:
    one = small_stimuli("experiment-4", 1, side=24, seed=3)
    written(tmp_path / "grown", one)
    before = content(tmp_path / "grown")
    first = next(iter(export_set(tmp_path / "grown", stimuli)))
    assert first.done == len(one)
    written(tmp_path / "grown", stimuli)
    written(tmp_path / "at-once", stimuli)
    after = content(tmp_path / "grown")
    assert after == content(tmp_path / "at-once")
    assert all(after[name] == data for name, data in before.items() if name.startswith("images"))


def test_what_lies_there_is_never_mixed_up(tmp_path, stimuli) -> None:
    written(tmp_path / "set", stimuli)
    other = small_stimuli("experiment-4", 2, side=24, seed=4)
    with pytest.raises(ExportError, match="another set"):
        written(tmp_path / "set", other)
    with pytest.raises(ExportError, match="already holds 2 samples"):
        written(tmp_path / "set", small_stimuli("experiment-4", 1, side=24, seed=3))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match="not empty"):
        written(tmp_path / "full", stimuli)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.tex"]
    (tmp_path / "set" / "set.json").write_text("{", encoding="utf-8")
    with pytest.raises(ExportError, match="damaged"):
        written(tmp_path / "set", stimuli)


def test_a_disk_without_room_is_named_before_anything_is_written(tmp_path, stimuli) -> None:
    needed = estimate_bytes(stimuli)
    with pytest.raises(ExportError, match="has only 1 kB left") as caught:
        list(export_set(tmp_path / "set", stimuli, free_bytes=lambda _folder: 1000))
    assert size_text(needed) in caught.value.message
    assert not (tmp_path / "set" / "images").exists()
    written(tmp_path / "set", stimuli)
    used = sum(-(-len(data) // 4096) * 4096 for data in content(tmp_path / "set").values())
    assert used < needed < 2 * used


def test_a_whole_export_is_not_drawn_again(tmp_path, stimuli) -> None:
    written(tmp_path, stimuli)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "images").rglob("*.png")}
    assert [event.done for event in written(tmp_path, stimuli)] == [180, 180]
    assert times == {path: path.stat().st_mtime_ns for path in times}


def test_gray_is_written_as_it_is_spelled_in_the_pictures(tmp_path) -> None:
    stimuli = small_stimuli("experiment-4", 1, side=16, gray="grey")
    written(tmp_path, stimuli)
    rows = read_csv(tmp_path / "manifest.csv", COLUMNS).rows
    names = [column.name for column in COLUMNS]
    pairs = {(row[names.index("subject")], row[names.index("word")]) for row in rows}
    assert ("gray", "grey") in pairs and ("gray", "gray") not in pairs


def test_the_command_writes_the_set_and_goes_on(tmp_path, capsys) -> None:
    folder = tmp_path / "naïve set"
    asked = ["stimuli", "experiment-4", "--out", str(folder), "--side", "16", "--quiet"]
    assert commands.main([*asked, "--samples", "1"]) == commands.DONE
    assert len(list(folder.rglob("*.png"))) == 90
    shutil.rmtree(folder / "images" / "0000")
    assert commands.main([*asked, "--samples", "1", "--white-word"]) == commands.FAILED
    assert "another set" in capsys.readouterr().err
    assert commands.main([*asked, "--samples", "2"]) == commands.DONE
    assert len(list(folder.rglob("*.png"))) == 180
    assert commands.main([*asked, "--without-white"]) == commands.FAILED
    assert "has no use for --without-white" in capsys.readouterr().err
