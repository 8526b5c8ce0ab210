"""Weights in several files with an index: R81."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.base.errors import ModelError
from core.models.files.catalog import models_dir
from core.models.files.events import Stored
from core.models.files.store import import_path, installed, what_to_remove
from core.models.files.weight_places import read_index, weights_in
from core.models.loading import load_session
from core.models.session import ModelSession
from tests.core.model_files import State, random_state, write_safetensors, write_state_dict

PARTS = ("model-00001-of-00002", "model-00002-of-00002")


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("embedded")


def split(folder: Path, state: State, ending: str = ".safetensors") -> Path:
    """Two parts and their index, as the hub's own tools write them; gives the index."""
    write = write_safetensors if ending == ".safetensors" else write_state_dict
    folder.mkdir(exist_ok=True)
    names = list(state)
    halves = (names[: len(names) // 3], names[len(names) // 3 :])
    places = {}
    for stem, half in zip(PARTS, halves, strict=True):
        write(folder / f"{stem}{ending}", {name: state[name] for name in half})
        places |= dict.fromkeys(half, f"{stem}{ending}")
    return write_index(folder / f"model{ending}.index.json", places)


def write_index(path: Path, places: Any) -> Path:
    path.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
    return path


def change_index(index: Path, **changes: Any) -> None:
    places = json.loads(index.read_text())["weight_map"] | changes
    write_index(index, {name: place for name, place in places.items() if place is not None})


def embeddings(session: ModelSession) -> np.ndarray:
    side = session.info.preprocessing.side
    pictures = np.random.default_rng(0).integers(0, 256, (2, side, side, 3)).astype(np.uint8)
    return np.concatenate([session.encode_images(pictures), session.encode_texts(["red", "blue"])])


def joined_hash(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def refusal(reference: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_session(reference)
    assert caught.value.message.isprintable()
    return str(caught.value)


@pytest.mark.parametrize("ending", [".safetensors", ".bin"])
def test_r81_parts_give_what_the_whole_gives(ending: str, state: State, tmp_path: Path) -> None:
    whole = embeddings(load_session(write_safetensors(tmp_path / "whole.safetensors", state)))
    index = split(tmp_path / "parts", state, ending)
    parts = read_index(index).parts
    for reference in (index.parent, index, str(index), *parts):
        session = load_session(reference)
        np.testing.assert_array_equal(embeddings(session), whole)
    info = session.info
    assert info.form.endswith(", 2 parts")
    assert info.source == str(index)
    assert info.sha256 == joined_hash(*parts)


def test_r81_a_part_that_is_missing_is_named(state: State, tmp_path: Path) -> None:
    index = split(tmp_path / "parts", state)
    gone = read_index(index).parts[1]
    gone.unlink()
    for reference in (index, index.parent, index.with_name(f"{PARTS[0]}.safetensors")):
        assert f"{gone.name} is missing" in refusal(reference)


def test_r81_parts_without_their_index_are_said_to_be_parts(state: State, tmp_path: Path) -> None:
    index = split(tmp_path / "parts", state)
    parts = read_index(index).parts
    index.unlink()
    for reference in (*parts, index.parent):
        message = refusal(reference)
        assert "of 2 of weights that are split" in message
        assert "model.safetensors.index.json" in message


def test_r81_every_tensor_lies_where_the_index_says_and_nowhere_else(
    state: State, tmp_path: Path
) -> None:
    index = split(tmp_path / "parts", state)
    first, second = read_index(index).parts
    name = next(iter(state))
    places = index.read_text()
    change_index(index, **{name: second.name})
    assert f"{first.name} holds {name}, which the index does not say" in refusal(index)
    index.write_text(places)
    change_index(index, **{"no.such.tensor": second.name})
    assert f"{second.name} lacks no.such.tensor" in refusal(index)
    index.write_text(places)
    held = {key: state[key] for key in read_index(index).names_in(second)}
    write_safetensors(second, {**held, name: torch.zeros(1)})
    assert f"{second.name} holds {name}" in refusal(index)  # in two parts


@pytest.mark.parametrize(
    "name",
    [
        "../model.safetensors",
        "/etc/model.safetensors",
        "..\\model.safetensors",
        "C:model.safetensors",
        "parts/model.safetensors",
        "..",
        "",
        "model.safetensors.index.json",
        "model.txt",
        "model\n.safetensors",
        "\0.safetensors",
        "m" * 2000 + ".safetensors",
    ],
)
def test_r81_an_index_points_to_files_beside_it_only(
    name: str, state: State, tmp_path: Path
) -> None:
    write_safetensors(tmp_path / "model.safetensors", state)
    index = split(tmp_path / "parts", state)
    change_index(index, **{next(iter(state)): name})
    assert "which is no file of weights beside it" in refusal(index)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"weight_map": {}}', '{"weight_map": {"a": 1}}', '{"weight_map": null}',
     '{"weight_map": ' + "[" * 9999, "\xff"],
)  # fmt: skip
def test_r81_a_damaged_index_is_said_to_be_that(text: str, state: State, tmp_path: Path) -> None:
    index = split(tmp_path / "parts", state)
    index.write_text(text, encoding="latin-1")
    assert index.name in refusal(index)


def test_r81_a_damaged_part_is_named(state: State, tmp_path: Path) -> None:
    index = split(tmp_path / "parts", state)
    second = read_index(index).parts[1]
    second.write_bytes(second.read_bytes()[:-1000])
    assert refusal(index).startswith(second.name)


@pytest.mark.parametrize("named", ["folder", "index", "part"])
def test_r81_an_import_takes_all_of_it(named: str, state: State, tmp_path: Path) -> None:
    index = split(tmp_path / "large model", state)
    parts = read_index(index).parts
    source = {"folder": index.parent, "index": index, "part": parts[1]}[named]
    *_, stored = import_path(source)
    assert isinstance(stored, Stored)
    folder = models_dir() / "large model"
    assert stored.path == folder / index.name
    assert stored.title == "model.safetensors"
    assert stored.size == sum(part.stat().st_size for part in parts)
    assert stored.sha256 == joined_hash(*parts)
    assert {file.name for file in folder.iterdir()} == {index.name, *(part.name for part in parts)}
    assert [file.name for file in models_dir().iterdir()] == [folder.name]
    own = [model for model in installed() if model.entry is None]
    assert [(model.path, model.size) for model in own] == [(stored.path, stored.size)]
    assert own[0].title == "large model (model.safetensors)"
    assert what_to_remove(own[0]) == [folder]
    again = list(import_path(source))[-1]
    assert isinstance(again, Stored)
    assert (again.duplicate, again.path) == (True, stored.path)
    for file in (index, *parts):
        file.unlink()
    assert load_session(stored.reference).info.architecture == "ColorLab-Tiny"


def test_r81_split_weights_copied_by_hand_are_one_model(state: State) -> None:
    index = split(models_dir(), state)
    own = [model for model in installed() if model.entry is None]
    assert [model.path for model in own] == [index]
    assert set(what_to_remove(own[0])) == {index, *read_index(index).parts}
    read_index(index).parts[0].unlink()
    assert index in weights_in(models_dir())
    assert [model.path.name for model in installed() if model.entry is None] == [
        f"{PARTS[1]}.safetensors"
    ]


def test_r81_an_import_of_too_few_parts_leaves_nothing(state: State, tmp_path: Path) -> None:
    index = split(tmp_path / "parts", state)
    read_index(index).parts[0].unlink()
    for source in (index, index.parent):
        with pytest.raises(ModelError, match="missing"):
            list(import_path(source))
    assert not list(models_dir().iterdir())
