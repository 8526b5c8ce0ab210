"""The user's own folder of weights: R05, R08, R09."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import time
from pathlib import Path

import pytest

from core.base.errors import ModelError
from core.models.files import catalog, partial, store
from core.models.files.catalog import CatalogEntry, models_dir
from core.models.files.events import Progress, Stored
from core.models.files.store import import_path, installed, what_to_remove
from core.models.loading import load_session
from tests.core.model_files import (
    TINY_VIT,
    TINY_VIT_CONFIG,
    State,
    add_tiny_vit_to_catalog,
    random_state,
    write_safetensors,
    write_state_dict,
    write_torchscript,
)


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("embedded")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches of other tools that are not those of whoever runs the tests."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)


def bring(source: Path, entry: CatalogEntry | None = None) -> list[Stored]:
    events = list(import_path(source, entry))
    assert all(isinstance(event, Progress | Stored) for event in events)
    return [event for event in events if isinstance(event, Stored)]


def refusal(source: Path, entry: CatalogEntry | None = None) -> ModelError:
    before = sorted(models_dir().rglob("*"))
    with pytest.raises(ModelError) as caught:
        list(import_path(source, entry))
    assert sorted(models_dir().rglob("*")) == before
    return caught.value


def tiny(sha256: str = "", **more: str) -> CatalogEntry:
    return CatalogEntry(
        id="Tiny-ViT:trained",
        title="Tiny ViT (trained)",
        family="LAION",
        quick_gelu=False,
        source="tests",
        file_name="Tiny-ViT-trained.safetensors",
        sha256=sha256,
        **more,
    )


@pytest.mark.parametrize("name", ["gewichte größe ж.safetensors", "m 1.pt", "archive.pt"])
def test_r09_a_file_is_copied_checked_and_can_be_loaded(
    name: str, tmp_path: Path, state: State
) -> None:
    write = {
        "archive.pt": write_torchscript,
        "m 1.pt": write_state_dict,
    }.get(name, write_safetensors)
    source = write(tmp_path / name, state)
    [stored] = bring(source)
    assert stored.path == models_dir() / name
    assert stored.path.read_bytes() == source.read_bytes()
    assert stored.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert stored.reference == str(stored.path)
    source.unlink()
    assert load_session(stored.reference).info.architecture == "ColorLab-Tiny"
    assert [path.name for path in models_dir().iterdir()] == [name]


def test_progress_is_told_and_an_import_that_is_closed_leaves_nothing(
    tmp_path: Path, state: State
) -> None:
    source = write_safetensors(tmp_path / "m.safetensors", state)
    events = import_path(source)
    first = next(events)
    assert isinstance(first, Progress)
    assert (first.phase, first.total, first.note) == ("copying", source.stat().st_size, source.name)
    assert list(models_dir().iterdir())
    events.close()
    assert not list(models_dir().iterdir())


def test_what_is_there_already_is_recognized(tmp_path: Path, state: State) -> None:
    source = write_safetensors(tmp_path / "m.safetensors", state)
    [first] = bring(source)
    again = source.rename(tmp_path / "another name.safetensors")
    [second] = bring(again)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert second.path == first.path
    assert len(list(models_dir().iterdir())) == 1


def test_another_file_of_the_same_name_keeps_both(tmp_path: Path, state: State) -> None:
    [first] = bring(write_safetensors(tmp_path / "m.safetensors", state))
    other = write_safetensors(tmp_path / "m.safetensors", random_state("embedded", seed=1))
    [second] = bring(other)
    assert [first.path.name, second.path.name] == ["m.safetensors", "m-2.safetensors"]
    assert first.path.read_bytes() != second.path.read_bytes()


def test_r05_what_is_no_model_is_refused_and_nothing_is_left(tmp_path: Path, state: State) -> None:
    page = tmp_path / "RN50.pt"
    page.write_bytes(b"<!DOCTYPE html><html>Not found</html>")
    assert "RN50.pt is a web page" in refusal(page).message
    program = tmp_path / "evil.pt"
    program.write_bytes(pickle.dumps({"a": os.getcwd}))
    assert "is a Python pickle" in refusal(program).message
    whole = write_state_dict(tmp_path / "m.pt", state)
    data = bytearray(whole.read_bytes())
    data[len(data) // 2] ^= 1
    whole.write_bytes(data)
    assert "is damaged or cut off" in refusal(whole).message
    cut = write_safetensors(tmp_path / "cut.safetensors", state)
    cut.write_bytes(cut.read_bytes()[:-100])
    assert "is damaged or cut off" in refusal(cut).message
    assert "no file" in refusal(tmp_path / "missing.pt").message
    foreign = {**state, "token_embedding.weight": state["token_embedding.weight"][:32000]}
    other = write_safetensors(tmp_path / "other.safetensors", foreign)
    assert "vocabulary of 32000 tokens" in refusal(other).message


def test_a_file_of_the_catalog_is_recognized_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tiny_vit_to_catalog(monkeypatch)
    source = write_safetensors(tmp_path / "whatever.safetensors", random_state(TINY_VIT))
    entry = tiny(hashlib.sha256(source.read_bytes()).hexdigest())
    monkeypatch.setattr(catalog, "CATALOG", (catalog.EMBEDDED_ENTRY, entry))
    monkeypatch.setattr(store, "CATALOG", (catalog.EMBEDDED_ENTRY, entry))
    [stored] = bring(source)
    assert stored.path == models_dir() / "Tiny-ViT-trained.safetensors"
    assert (stored.reference, stored.title) == (entry.id, entry.title)
    assert entry.path() == stored.path
    [_, listed] = installed()
    assert (listed.entry, listed.removable) == (entry, True)
    assert listed.size == source.stat().st_size
    forged = write_safetensors(tmp_path / "forged.safetensors", random_state(TINY_VIT, seed=2))
    error = refusal(forged, entry)
    assert "is not the file of Tiny ViT (trained) that was published" in error.message
    assert entry.sha256 in error.message
    own = forged.rename(tmp_path / entry.file_name)  # unnamed, it is a file of one's own
    [stored] = bring(own)
    assert stored.path.name == "Tiny-ViT-trained-2.safetensors"
    assert stored.reference == str(stored.path)


def test_a_file_from_the_hub_is_recognized_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tiny_vit_to_catalog(monkeypatch)
    entry = tiny(hub_repository="owner/tiny")
    monkeypatch.setattr(catalog, "CATALOG", (catalog.EMBEDDED_ENTRY, entry))
    monkeypatch.setattr(store, "CATALOG", (catalog.EMBEDDED_ENTRY, entry))
    blob = tmp_path / "stick" / "models--owner--tiny" / "blobs" / "0123"
    snapshot = blob.parent.parent / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    blob.parent.mkdir()
    write_safetensors(blob, random_state(TINY_VIT))
    link = snapshot / "open_clip_model.safetensors"
    link.symlink_to(blob)
    [stored] = bring(link)
    assert stored.reference == entry.id
    assert stored.path.name == "Tiny-ViT-trained.safetensors"
    assert not stored.path.is_symlink()
    wrong = tmp_path / "tiny" / "open_clip_model.safetensors"
    wrong.parent.mkdir()
    write_safetensors(wrong, random_state("embedded"))
    assert "is not Tiny ViT (trained): it holds ColorLab-Tiny" in refusal(wrong, entry).message
    [stored] = bring(wrong)
    assert stored.reference == str(models_dir() / "open_clip_model.safetensors")


def test_r08_a_folder_is_one_model_with_its_configuration_or_several_files(
    tmp_path: Path, state: State
) -> None:
    folder = tmp_path / "my model"
    folder.mkdir()
    assert "holds no file of weights" in refusal(folder).message
    write_safetensors(folder / "weights.safetensors", random_state(TINY_VIT))
    config = {"model_cfg": TINY_VIT_CONFIG, "preprocess_cfg": {"mean": [0.5, 0.5, 0.5]}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    [stored] = bring(folder)
    assert stored.path == models_dir() / "my model" / "weights.safetensors"
    assert load_session(stored.reference).info.preprocessing.mean == (0.5, 0.5, 0.5)
    several = tmp_path / "several"
    several.mkdir()
    write_safetensors(several / "a.safetensors", state)
    write_state_dict(several / "b.pt", state)
    assert [stored.path.name for stored in bring(several)] == ["a.safetensors", "b.pt"]
    assert "holds 2 files" in refusal(several, tiny()).message
    own = [model for model in installed() if model.entry is None]
    assert [model.title for model in own] == [
        "a.safetensors",
        "b.pt",
        "my model (weights.safetensors)",
    ]
    assert what_to_remove(own[2]) == [models_dir() / "my model"]
    assert what_to_remove(own[0]) == [models_dir() / "a.safetensors"]
    assert "lies in the model folder already" in refusal(own[0].path).message


def test_only_the_users_own_files_can_be_removed() -> None:
    [embedded] = installed()
    assert not embedded.removable
    with pytest.raises(ModelError, match="part of the program"):
        what_to_remove(embedded)


def test_a_full_disk_is_told_before_anything_is_copied(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = partial.shutil.disk_usage
    monkeypatch.setattr(partial.shutil, "disk_usage", lambda path: real(path)._replace(free=10**6))
    source = write_safetensors(tmp_path / "m.safetensors", state)
    assert "too little room" in refusal(source).message


def test_what_a_killed_import_left_is_cleared_later(tmp_path: Path, state: State) -> None:
    left = models_dir() / ".importing-old"
    left.mkdir()
    (left / "half.pt").write_bytes(b"PK")
    assert len(installed()) == 1
    source = write_safetensors(tmp_path / "m.safetensors", state)
    bring(source)
    assert left.exists()  # another window may be at work
    day_ago = time.time() - 25 * 3600
    os.utime(left, (day_ago, day_ago))
    bring(source)
    assert not left.exists()
