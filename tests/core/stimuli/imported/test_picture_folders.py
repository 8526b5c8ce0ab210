"""Folders of pictures and the picture store: R09, R23, R24, R25, R27."""

from __future__ import annotations

import hashlib
import os
import sys
import unicodedata
from pathlib import Path

import pytest

from core.base.errors import PictureError
from core.census.pictures import picture_set
from core.stimuli.imported.pictures import PictureStore, decode_picture, list_classes, list_pictures
from tests.core.picture_files import encoded, flat

RED = encoded(flat("RGB", (255, 0, 0)), "PNG")


def write(path: Path, data: bytes = RED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_r23_bad_files_are_listed_by_path_and_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = [write(tmp_path / "b.png"), write(tmp_path / "sub" / "a.dat")]
    page = write(tmp_path / "page.png", b"<html>404</html>")
    empty = write(tmp_path / "zero.jpg", b"")
    listing = list_pictures(tmp_path)
    assert list(listing.paths) == good
    assert [(item.path, item.reason) for item in listing.refused] == [
        (page, "page.png is a web page, not a picture."),
        (empty, "zero.jpg is empty."),
    ]
    assert listing.ignored == 0


def test_r23_a_picture_that_only_begins_well_is_refused_by_the_decoder(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.png", RED[:40])
    assert list_pictures(tmp_path).paths == (cut,)
    with pytest.raises(PictureError, match=r"cut\.png is damaged or cut off"):
        decode_picture(cut)


def test_r24_system_helper_files_are_ignored(tmp_path: Path) -> None:
    good = write(tmp_path / "red.png")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._red.png", ".hidden.png"):
        write(tmp_path / name)
    write(tmp_path / "__MACOSX" / "red.png")
    write(tmp_path / ".thumbnails" / "red.png")
    listing = list_pictures(tmp_path)
    assert listing.paths == (good,)
    assert listing.refused == ()
    assert listing.ignored == 5


def test_r25_classes_are_matched_by_name_and_gaps_are_reported(tmp_path: Path) -> None:
    composed = unicodedata.normalize("NFC", "café")
    write(tmp_path / "Zebra" / "1.png")
    write(tmp_path / unicodedata.normalize("NFD", "Café") / "2.png")
    (tmp_path / "apple").mkdir()
    write(tmp_path / "other" / "3.png")
    listing = list_classes(tmp_path, ["apple", composed, "moon", "zebra"])
    assert {name: [path.name for path in found.paths] for name, found in listing.found.items()} == {
        composed: ["2.png"],
        "zebra": ["1.png"],
    }
    assert listing.empty == ("apple",)
    assert listing.missing == ("moon",)
    assert listing.unexpected == ("other",)


def test_r25_a_folder_of_unusable_files_counts_as_empty(tmp_path: Path) -> None:
    write(tmp_path / "red" / "note.txt", b"nothing here")
    assert list_classes(tmp_path, ["red"]).empty == ("red",)


def test_missing_folders_and_files_in_their_place_get_a_plain_answer(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="There is no folder gone"):
        list_pictures(tmp_path / "gone")
    with pytest.raises(PictureError, match="is a file, not a folder"):
        list_classes(write(tmp_path / "red.png"), ["red"])


def test_r09_folders_may_hold_spaces_and_any_letters(tmp_path: Path) -> None:
    path = write(tmp_path / "Bilder ø 図 🙂" / "ein Bild.png")
    assert list_pictures(path.parent).paths == (path,)


def test_r27_the_store_keeps_the_very_bytes(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "store")
    sha256 = store.add(write(tmp_path / "red.png"))
    assert sha256 == hashlib.sha256(RED).hexdigest()
    assert store.add(RED, "again.png") == sha256
    assert store.get(sha256) == RED
    assert [path.name for path in store.folder.iterdir()] == [sha256]


def test_the_store_says_what_is_missing_or_damaged(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    sha256 = store.add(RED)
    with pytest.raises(PictureError, match="is not on this computer"):
        store.get("0" * 64)
    (tmp_path / sha256).write_bytes(RED[:-1])
    with pytest.raises(PictureError, match="is damaged"):
        store.get(sha256)


def test_the_store_never_leaves_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "secret", b"secret")
    store = PictureStore(tmp_path / "store")
    with pytest.raises(PictureError):
        store.get("../secret")


LATIN_1 = os.fsdecode(b"caf\xe9")  # no text in UTF-8


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names of text only")
def test_r79_names_that_are_no_text_are_left_out_with_their_reason(tmp_path: Path) -> None:
    for name in ("good.png", f"{LATIN_1}.png", f"{LATIN_1}/inner.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(RED)
    found, paths, listing = picture_set(tmp_path, 32)
    assert (found.count, paths.names) == (1, ("good.png",))
    assert sorted(refusal.reason for refusal in listing.refused) == [
        "caf\ufffd.png has a name that is no text in UTF-8. Rename it to use it.",
        "inner.png has a name that is no text in UTF-8. Rename it to use it.",
    ]
    with pytest.raises(PictureError, match="caf\ufffd has a name that is no text in UTF-8"):
        list_pictures(tmp_path / LATIN_1)


@pytest.mark.parametrize("name", ["a" * 300, "/".join(["b" * 200] * 30), "a\0b", "a\ud800"])
def test_r79_impossible_folders_are_refused_in_one_short_sentence(
    tmp_path: Path, name: str
) -> None:
    for look in (list_pictures, lambda folder: list_classes(folder, ["red"])):
        with pytest.raises(PictureError) as caught:
            look(tmp_path / name)
        assert len(str(caught.value)) < 300
        str(caught.value).encode()


def test_r79_a_picture_that_goes_while_a_folder_is_listed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "going.png"
    path.write_bytes(RED)
    looks: list[int] = []

    def looked_at(number: int) -> None:
        looks.append(number)
        if len(looks) == 2:  # the list is made, its sizes are asked
            path.unlink()

    with pytest.raises(PictureError, match=r"going\.png cannot be read any more"):
        picture_set(tmp_path, 32, looked_at)
