"""Every reader answers at once when a pipe lies where its file should be (R58)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.ablation.ablation_file import read_ablation
from core.ablation.study_folder import STUDY_NAME, StudyFolder
from core.base.errors import LabError
from core.base.settings import FILE_NAME, Settings, load_settings
from core.base.tables import read_csv
from core.census.folder import CensusFolder
from core.census.pictures import picture_set
from core.census.sets import CENSUS_NAME, CensusOfSets
from core.document.autosave import find_recoveries
from core.document.document import open_document
from core.reports.plan_source import plan_in
from core.runs.folder import MANIFEST_NAME, PLAN_NAME
from core.stimuli.imported.pictures import decode_picture, list_classes, list_pictures
from core.stimuli.imported.store import PictureStore
from core.stimuli.png import read_png_notes
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import read_shard
from core.training.recipe import load_recipe
from tests.core.picture_files import encoded, flat

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="pipes with a name are POSIX"),
    pytest.mark.timeout(900),  # what waits for ever fails
]


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe.toml"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    "reader",
    [
        open_document,
        read_ablation,
        decode_picture,
        plan_in,
        load_recipe,
        read_shard,
        lambda path: PictureStore(path.parent / "store").add(path),
        lambda path: read_csv(path, ()),
    ],
)
def test_r58_a_pipe_is_refused_by_one_sentence(
    pipe: Path, reader: Callable[[Path], object]
) -> None:
    with pytest.raises(LabError) as caught:
        reader(pipe)
    assert "pipe.toml" in caught.value.message
    if reader is not read_shard:  # which speaks of damage, whatever it is
        assert "it is a pipe, not a file" in caught.value.message


def test_r58_a_pipe_among_pictures_is_listed_as_refused(tmp_path: Path) -> None:
    folder = tmp_path / "red"
    folder.mkdir()
    (folder / "a.png").write_bytes(encoded(flat("RGB", (1, 2, 3)), "PNG"))
    os.mkfifo(folder / "b.png")
    for listing in (list_pictures(tmp_path), list_classes(tmp_path, ["red"]).found["red"]):
        assert [path.name for path in listing.paths] == ["a.png"]
        assert [entry.reason for entry in listing.refused] == [
            "b.png cannot be read: it is a pipe, not a file."
        ]
    found, _paths, _listing = picture_set(tmp_path, 32)
    assert found.count == 1


@pytest.mark.parametrize(
    ("opener", "names"),
    [
        (RunFolder.open, (PLAN_NAME, MANIFEST_NAME)),
        (CensusFolder.open, (PLAN_NAME,)),
        (CensusOfSets.open, (CENSUS_NAME,)),
        (StudyFolder.open, (STUDY_NAME,)),
    ],
)
def test_r58_folders_of_work_with_pipes_are_refused(
    tmp_path: Path, opener: Callable[[Path], object], names: tuple[str, ...]
) -> None:
    for name in names:
        os.mkfifo(tmp_path / name)
    with pytest.raises(LabError):
        opener(tmp_path)


def test_r58_settings_notes_and_autosaves_do_without_a_pipe(tmp_path: Path, pipe: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    settings, notes = load_settings(tmp_path)
    assert settings == Settings()
    assert notes == (
        "The preferences cannot be read (it is a pipe, not a file); the defaults are used.",
    )
    assert read_png_notes(pipe) is None
    copy = tmp_path / "autosave" / "copy"
    copy.mkdir(parents=True)
    os.mkfifo(copy / "document.colorlab")
    os.mkfifo(copy / "origin.json")
    for recovery in find_recoveries(tmp_path / "autosave"):
        with pytest.raises(LabError):
            recovery.open()
        recovery.keep()
