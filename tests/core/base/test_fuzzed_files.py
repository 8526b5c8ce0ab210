"""Damaged and hostile pictures and documents: a picture, a document or one sentence (R79).

Files of every kind are changed at random, from a seed: bits, numbers at their ends, parts cut out,
doubled or put in. What is found wrong is named by its seed and number.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.ablation.ablation_file import read_ablation
from core.base.errors import LabError
from core.base.settings import FILE_NAME, Settings, load_settings
from core.color.terms import CSS
from core.document.document import decode_document, default_document, encode_document
from core.reports.plan_source import plan_in
from core.stimuli.imported import budget as picture_budget
from core.stimuli.imported.pictures import decode_picture
from core.stimuli.png import PngNotes, encode_png, read_png_notes
from core.stimuli.stimulus import WordStimulus
from core.training.recipe import load_recipe
from core.units.features.thumbnail_store import ThumbnailStore
from core.units.features.unit_hues import UnitHues
from tests.core.picture_files import encoded, flat, png, png_header, swapped_profile, tiff
from tests.core.stimuli.imported.test_picture_spaces import bitmap, jpeg_2000, photograph
from tests.support.settings import save_settings

ROOT = Path(__file__).resolve().parents[3]
NUMBERS = (0, 1, 2, 3, 4, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
VALUES = (None, True, 0, -1, 1e308, 2**63, 10**30, 0.5, "", "x" * 5000, "\u202e", [], {}, [[[]]])
RAW = ("1e999", "1" + "0" * 400, "NaN", "[" * 3000 + "]" * 3000, '"\\ud800"', "-1e-999")
AMOUNTS = [1000, pytest.param(15_000, marks=pytest.mark.slow)]

pytestmark = pytest.mark.timeout(900)  # one that never ends fails


def pictures() -> list[bytes]:
    """A small file of every kind that is read."""
    values = np.random.default_rng(0).integers(0, 256, (12, 10, 3)).astype(np.uint8)
    image, clear = Image.fromarray(values), Image.fromarray(values).convert("RGBA")
    clear.putalpha(Image.fromarray(values[..., 0]))
    adobe = photograph(0xFFFF, "R03")
    numbers = photograph(
        0xFFFF, white=(0.31, 0.33), primaries=(0.64, 0.33, 0.21, 0.71, 0.15, 0.06), gamma=2.2
    )
    word = WordStimulus(word="red", figure_color=(1, 2, 3), background_color=(4, 5, 6))
    files = [
        encoded(picture, kind, **options)
        for picture, kind, options in (
            (clear, "PNG", {"exif": adobe}),
            (image, "PNG", {"icc_profile": swapped_profile()}),
            (image.quantize(7), "PNG", {"transparency": 1}),
            (image, "JPEG", {"exif": adobe}),
            (image, "JPEG", {"progressive": True, "exif": numbers}),
            (image.convert("CMYK"), "JPEG", {}),
            (image, "MPO", {"save_all": True, "append_images": [image]}),
            (image, "WEBP", {"exif": adobe}),
            (clear, "WEBP", {"lossless": True}),
            (image.quantize(5), "GIF", {"save_all": True, "append_images": [image.quantize(9)]}),
            (image, "BMP", {}),
            (image.quantize(4), "DIB", {}),
            (image, "TIFF", {"exif": adobe}),
            (image, "TIFF", {"compression": "tiff_lzw"}),
            (image, "TIFF", {"compression": "jpeg"}),
            (clear, "TIFF", {"compression": "tiff_adobe_deflate"}),
            (image.convert("1"), "TIFF", {"compression": "group4"}),
            (image, "TIFF", {"save_all": True, "append_images": [image]}),
            (flat("LAB", (200, 128, 128)), "TIFF", {}),
            (image, "PPM", {}),
            (clear, "JPEG2000", {}),
            (clear.resize((16, 16)), "ICO", {}),
            (clear.resize((16, 16)), "ICO", {"bitmap_format": "bmp"}),
        )
    ]
    if "AVIF" in Image.SAVE:
        files.append(encoded(clear, "AVIF", exif=adobe, speed=10))
    gamma = (b"gAMA", struct.pack(">I", 55_555)), (b"cICP", bytes((12, 13, 0, 1)))
    pixels = (b"IDAT", zlib.compress(bytes(14)))
    return [
        *files,
        png(png_header(2, 2, 8, 2), *gamma, pixels, (b"IEND", b"")),
        tiff(np.full((2, 2), 51_400), bits=16),
        bitmap(bytes(4), (0.6, 0.3, 0.1, 0.2, 0.6, 0.1, 0.2, 0.1, 0.9), 2.2),
        jpeg_2000(b"\2\0\0" + swapped_profile()),
        b"P3 2 2 255 1 2 3 4 5 6 7 8 9 10 11 12",
        encode_png(values, PngNotes(word, CSS, 3)),
    ]


def changed(data: bytes, draw: random.Random) -> bytes:
    """Bytes with some of them changed."""
    found = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        place = draw.randrange(min(len(found), draw.choice((200, 10**9))) or 1)
        how = draw.random()
        if not found:
            break
        if how < 0.3:
            found[place] ^= 1 << draw.randrange(8)
        elif how < 0.5:
            found[place] = draw.choice((0, 1, 127, 128, 255))
        elif how < 0.7:
            size = draw.choice((2, 4))
            number = draw.choice(NUMBERS) & ((1 << 8 * size) - 1)
            found[place : place + size] = number.to_bytes(size, draw.choice(("big", "little")))
        elif how < 0.78:
            del found[place:]
        elif how < 0.86:
            del found[place : place + draw.randrange(1, 20)]
        else:
            start = draw.randrange(len(found))
            found[place:place] = found[start : start + draw.randrange(1, 40)]
    return bytes(found)


def with_checksums(data: bytes) -> bytes:
    """A PNG whose checksums are right again, so that its content is looked at."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    result, place = bytearray(data[:8]), 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if place + 12 + length > len(data):
            break
        result += data[place : place + 8 + length]
        result += struct.pack(">I", zlib.crc32(data[place + 4 : place + 8 + length]))
        place += 12 + length
    return bytes(result) + data[place:]


def changed_json(data: bytes, draw: random.Random) -> bytes:
    """JSON with a value that nobody expects at some place in it, or damaged bytes."""
    if draw.random() < 0.3:
        return changed(data, draw)
    content = json.loads(data)
    places = [place for place in every_place(content) if place]
    raw = None
    for place in draw.sample(places, draw.choice((1, 1, 2))):
        holder = content
        try:
            for key in place[:-1]:
                holder = holder[key]
            if draw.random() < 0.2:
                del holder[place[-1]]
            elif draw.random() < 0.4:
                holder[place[-1]], raw = "@raw@", draw.choice(RAW)
            else:
                holder[place[-1]] = draw.choice(VALUES)
        except (KeyError, IndexError, TypeError):  # the earlier change took it away
            continue
    text = json.dumps(content)
    return text.replace('"@raw@"', raw or "0").encode("utf-8", "surrogatepass")


def every_place(content: object, place: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [place]
    if isinstance(content, dict | list):
        entries = content.items() if isinstance(content, dict) else enumerate(content[:30])
        for key, value in entries:
            found += every_place(value, (*place, key))
    return found


def check(read: Callable[[bytes], object], data: bytes, which: str) -> None:
    """Read, and have a refusal in one sentence for people if anything is refused."""
    refusal = ""
    try:
        read(data)
    except LabError as error:
        refusal = str(error)
    except BaseException as error:
        raise AssertionError(f"{which}: {error!r}") from error
    assert len(refusal) < 1000, which
    assert "\n" not in refusal, which
    refusal.encode()


@pytest.mark.parametrize("amount", AMOUNTS)
def test_r79_changed_pictures_are_read_or_refused(
    amount: int, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[..., None]
) -> None:
    expect_log(r"^\w+ PIL\.", optional=True)  # its own words for what is damaged
    # What is large is refused early, or most of the time would go into black pixels.
    monkeypatch.setattr(picture_budget, "MEMORY_BYTES", 2**25)
    draw = random.Random(79)  # noqa: S311
    files = pictures()
    for number in range(amount):
        data = with_checksums(changed(draw.choice(files), draw))
        check(lambda data: decode_picture(data, name="x"), data, f"picture {number}")
        check(read_png_notes, data, f"notes {number}")


@pytest.mark.parametrize("amount", AMOUNTS)
def test_r79_changed_documents_plans_and_settings_are_read_or_refused(
    amount: int, tmp_path: Path
) -> None:
    draw = random.Random(790)  # noqa: S311
    file = tmp_path / "file.json"
    save_settings(Settings(), tmp_path)

    def of_file(reader: Callable[[Path], object]) -> Callable[[bytes], object]:
        def read(data: bytes) -> object:
            file.write_bytes(data)
            return reader(file)

        return read

    def settings(data: bytes) -> None:
        for old in tmp_path.glob("preferences*"):
            old.unlink()
        (tmp_path / FILE_NAME).write_bytes(data)
        found, notes = load_settings(tmp_path)
        for note in notes:
            note.encode()
        assert save_settings(found, tmp_path) is None

    recipe = tmp_path / "recipe.toml"

    def recipes(data: bytes) -> None:
        recipe.write_bytes(data)
        load_recipe(recipe)

    data_folder = ROOT / "tests" / "data"
    ablation = {
        "format": "clip-color-lab ablation",
        "schema": 1,
        "ablation": {"name": "x", "units": {"layer1": [0, 1]}, "value": "zero"},
    }
    kinds: list[tuple[bytes, Callable[[bytes], object]]] = [
        (encode_document(default_document(), {}), lambda data: decode_document(data, "x")),
        (
            (data_folder / "schema-1-picture.colorlab").read_bytes(),
            lambda data: decode_document(data, "x"),
        ),
        ((data_folder / "plan-without-ablation.json").read_bytes(), of_file(plan_in)),
        (json.dumps(ablation).encode(), of_file(read_ablation)),
        ((tmp_path / FILE_NAME).read_bytes(), settings),
        ((ROOT / "resources" / "training" / "web-like.toml").read_bytes(), recipes),
    ]
    for number in range(amount):
        base, read = draw.choice(kinds)
        data = changed_json(base, draw) if base.startswith(b"{") else changed(base, draw)
        check(read, data, f"file {number}")


@pytest.mark.parametrize("amount", [300, pytest.param(8_000, marks=pytest.mark.slow)])
def test_r79_damaged_caches_are_done_without(
    amount: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draw = random.Random(791)  # noqa: S311
    caplog.set_level(logging.CRITICAL, "core.units.features.thumbnail_store")  # it warns of each
    path = tmp_path / "thumbnails.sqlite"
    pictures = {number: np.full((3, 4, 3), number, np.uint8) for number in range(4)}
    store = ThumbnailStore(path)
    store.put("key", pictures)
    store.close()
    whole, hues = path.read_bytes(), UnitHues(5).stored()
    for number in range(amount):
        path.write_bytes(changed(whole, draw))
        store = ThumbnailStore(path)
        try:
            for found, picture in store.get("key", range(4)).items():
                np.testing.assert_array_equal(picture, pictures[found], err_msg=f"cache {number}")
            store.put("key", pictures)
        finally:
            store.close()
        with contextlib.suppress(ValueError):  # what is made anew
            UnitHues.restored(changed(hues, draw))


def test_r79_the_ends_of_what_a_picture_may_be() -> None:
    for size in ((1, 1), (1, 5000), (5000, 1)):
        for kind in ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"):
            buffer = io.BytesIO()
            Image.new("RGB", size).save(buffer, kind)
            assert decode_picture(buffer.getvalue()).pixels.shape == (*size[::-1], 3)
