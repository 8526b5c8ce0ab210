"""A SigLIP with its own vocabulary: loaded in every way, predicting, looked into, imported."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from core.base.errors import ModelError, PromptError
from core.models import loading
from core.models.files import catalog, store
from core.models.files.catalog import CatalogEntry, models_dir
from core.models.files.events import Stored
from core.models.files.store import import_path, installed, what_to_remove
from core.models.info import ModelInfo
from core.models.loading import load_session, random_session
from core.models.session import ModelSession
from core.models.text.vocabulary import MissingVocabulary, WrongVocabulary
from core.network.ablated_tower import AblatedTower
from core.network.ablation import Ablation, SilencedUnits
from core.network.layers import discover
from core.predict.prediction import BlockedTemplate, Predictor, TemplatePrediction, scale_sentence
from core.predict.prompts import color_labels, prompt_set
from core.sweeps.plan import identity, model_differences
from tests.core.model_files import State, write_safetensors
from tests.core.siglip_files import (
    CONTEXT,
    ENTRIES,
    ENTRY,
    NAME,
    REPOSITORY,
    add_to_open_clip,
    best_pieces,
    small_siglip,
    vocabulary,
    write_config,
)
from tests.core.small_towers import noise_pictures, record_maps

PIECES = vocabulary()
SHA256 = hashlib.sha256(PIECES).hexdigest()


@pytest.fixture(scope="module")
def state() -> State:
    return small_siglip()


@pytest.fixture(scope="module")
def folder(state: State, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the hub has it."""
    folder = tmp_path_factory.mktemp("hub") / "small siglip"
    folder.mkdir()
    write_safetensors(folder / "open_clip_model.safetensors", state)
    (folder / "tokenizer.json").write_bytes(PIECES)
    write_config(folder)
    return folder


@pytest.fixture(scope="module")
def session(folder: Path) -> ModelSession:
    return load_session(folder)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub's cache that is not that of whoever runs the tests; the small SigLIP is known."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    for module in (catalog, store, loading):
        monkeypatch.setattr(module, "CATALOG", (catalog.EMBEDDED_ENTRY, ENTRY))
    add_to_open_clip(monkeypatch)


def copy_to_models(state: State, *, vocabulary: bytes | None = PIECES) -> Path:
    weights = write_safetensors(models_dir() / ENTRY.file_name, state)
    if vocabulary is not None:
        (models_dir() / f"{NAME}-webli.tokenizer.json").write_bytes(vocabulary)
    return weights


def embeddings(session: ModelSession) -> np.ndarray:
    texts = ["red", "the color of the object is blue"]
    return np.concatenate(
        [session.encode_images(noise_pictures(session, 2)), session.encode_texts(texts)]
    )


# --- loading ---


def test_file_folder_and_catalog_give_the_same_model(
    session: ModelSession, folder: Path, state: State, tmp_path: Path
) -> None:
    expected = embeddings(session)
    weights = write_safetensors(tmp_path / "m.safetensors", state)
    (tmp_path / "m.tokenizer.json").write_bytes(PIECES)
    by_file = load_session(weights, architecture=NAME)
    np.testing.assert_array_equal(embeddings(by_file), expected)
    by_folder_file = load_session(folder / "open_clip_model.safetensors")
    np.testing.assert_array_equal(embeddings(by_folder_file), expected)
    copy_to_models(state)
    assert ENTRY.available()
    by_id = load_session(ENTRY.id)
    np.testing.assert_array_equal(embeddings(by_id), expected)
    for found in (session, by_file, by_id):
        assert found.info.vocabulary_sha256 == SHA256
        assert found.info.versions["tokenizers"]
        assert found.info.context_length == CONTEXT
        assert found.info.tensors_matched == found.info.tensors_total
        assert found.info.preprocessing.resize_mode == "squash"
        assert found.info.preprocessing.mean == found.info.preprocessing.std == (0.5, 0.5, 0.5)
        assert found.info.preprocessing.interpolation == "bicubic"
    assert by_id.info.name == "Small SigLIP (WebLI)"
    assert by_id.info.activation == "GELU"


def test_texts_are_embedded_as_open_clip_embeds_the_padded_pieces(session: ModelSession) -> None:
    ids = best_pieces(PIECES, "the color of the object is red")
    tokens = torch.tensor([ids + [1] * (CONTEXT - len(ids))])
    with torch.inference_mode():
        wanted = session.model.encode_text(tokens, normalize=True).numpy()
        unpadded = session.model.encode_text(tokens[:, : len(ids) + 1], normalize=True).numpy()
    found = session.encode_texts(["The color of the object is: Red!"])
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert np.abs(wanted - unpadded).max() > 1e-4  # the padding is read, too


@pytest.mark.parametrize("entry", [e for e in catalog.CATALOG if e.family == "SigLIP"])
def test_published_preprocessing_is_siglips_own(entry: CatalogEntry) -> None:
    from core.models.construction.configuration import preprocessing_from, published_preprocessing

    options, agreed = published_preprocessing(entry.architecture)
    found = preprocessing_from(options, 224)
    assert agreed
    assert found.mean == found.std == (0.5, 0.5, 0.5)
    assert (found.interpolation, found.resize_mode) == ("bicubic", "squash")


def test_a_missing_or_wrong_vocabulary_is_said_so_in_one_sentence(state: State) -> None:
    copy_to_models(state, vocabulary=None)
    assert not ENTRY.available()
    place = models_dir() / f"{NAME}-webli.tokenizer.json"
    with pytest.raises(MissingVocabulary, match=f"The vocabulary of {NAME}") as caught:
        load_session(ENTRY.id)
    assert str(place) in caught.value.hint
    place.write_bytes(vocabulary(ENTRIES + 40))
    with pytest.raises(WrongVocabulary, match="it has 200 entries, and Small-SigLIP has 160"):
        load_session(ENTRY.id)
    place.write_bytes(PIECES)
    assert load_session(ENTRY.id).info.vocabulary_sha256 == SHA256


def test_random_weights_take_the_vocabulary_of_the_catalog() -> None:
    with pytest.raises(MissingVocabulary):
        random_session(NAME)
    (models_dir() / f"{NAME}-webli.tokenizer.json").write_bytes(PIECES)
    assert random_session(NAME).info.vocabulary_sha256 == SHA256


def test_what_open_clip_left_in_the_hubs_cache_is_found(folder: Path) -> None:
    hub = Path.home().parent / "hf" / "hub"
    files = (ENTRY.hub_repository, "open_clip_model.safetensors"), (REPOSITORY, "tokenizer.json")
    for repository, name in files:  # in two repositories, as open_clip leaves them
        place = hub / f"models--{repository.replace('/', '--')}"
        (place / "refs").mkdir(parents=True)
        (place / "refs" / "main").write_text("abc")
        (place / "snapshots" / "abc").mkdir(parents=True)
        (place / "snapshots" / "abc" / name).write_bytes((folder / name).read_bytes())
    assert load_session(ENTRY.id).info.vocabulary_sha256 == SHA256


# --- the account ---


def test_accounts_of_earlier_versions_still_read_and_keep_their_hash(session: ModelSession) -> None:
    old = msgspec.to_builtins(session.info)
    assert old.pop("vocabulary_sha256") == SHA256
    assert msgspec.convert(old, ModelInfo).vocabulary_sha256 == ""
    own = identity(session.info)
    plain = msgspec.structs.replace(own, vocabulary_sha256="")
    assert b"vocabulary" not in msgspec.json.encode(plain)
    assert model_differences(own, plain) == ["the vocabulary"]


# --- what is done with it ---


def test_it_predicts(session: ModelSession) -> None:
    pictures = noise_pictures(session, 1)
    words = " ".join(["purple"] * CONTEXT)
    templates = ("{}", "The color of the object is {}.", f"{words} {{}}")
    predictor = Predictor(session)
    [[first, second, third]] = predictor.predict(pictures, prompt_set(templates, color_labels()))
    for found in (first, second):
        assert isinstance(found, TemplatePrediction)
        assert found.probabilities.sum() == pytest.approx(1)
        image = session.encode_images(pictures)[0].astype(np.float64)
        texts = session.encode_texts(found.prompts).astype(np.float64)
        np.testing.assert_allclose(found.cosines, texts @ image, atol=1e-6)
    assert isinstance(third, BlockedTemplate)
    assert "purple" in third.lost
    assert "sigmoid and a bias of -10" in scale_sentence(session.info)
    with pytest.raises(PromptError, match="would be lost"):
        session.encode_texts([words])


def test_its_layers_are_seen_and_silenced(session: ModelSession) -> None:
    layers = {layer.name: layer for layer in discover(session)}
    pictures = noise_pictures(session, 2)
    maps = record_maps(session, pictures, [layers["blocks.1"]])
    assert maps["blocks.1"].shape[:2] == (2, layers["blocks.1"].units)
    silenced = Ablation(
        title="Test", to="zero", parts=(SilencedUnits("blocks.1", tuple(range(8)), (0.0,) * 8),)
    )
    with AblatedTower(session, silenced) as tower:
        found = tower.encode_images(pictures)
    assert np.abs(found - session.encode_images(pictures)).max() > 1e-4


# --- bringing it and removing it ---


def bring(source: Path, entry: CatalogEntry | None = None) -> Stored:
    *_, stored = import_path(source, entry)
    assert isinstance(stored, Stored)
    return stored


def refusal(source: Path, entry: CatalogEntry | None = None) -> ModelError:
    before = sorted(models_dir().rglob("*"))
    with pytest.raises(ModelError) as caught:
        list(import_path(source, entry))
    assert sorted(models_dir().rglob("*")) == before
    return caught.value


def names() -> list[str]:
    return sorted(path.name for path in models_dir().iterdir())


def test_a_folder_brings_both_and_both_are_removed(folder: Path) -> None:
    stored = bring(folder)
    own = models_dir() / "small siglip"
    assert sorted(path.name for path in own.iterdir()) == [
        "open_clip_config.json",
        "open_clip_model.safetensors",
        "open_clip_model.tokenizer.json",
    ]
    assert load_session(stored.reference).info.vocabulary_sha256 == SHA256
    [_, model] = installed()
    assert what_to_remove(model) == [own]


def test_a_file_of_the_catalog_brings_its_vocabulary_under_its_name(folder: Path) -> None:
    stored = bring(folder / "open_clip_model.safetensors", ENTRY)
    assert names() == [ENTRY.file_name, f"{NAME}-webli.tokenizer.json"]
    [_, model] = installed()
    assert (model.entry, model.incomplete) == (ENTRY, False)
    assert model.vocabulary == models_dir() / f"{NAME}-webli.tokenizer.json"
    assert what_to_remove(model) == [stored.path, model.vocabulary]
    assert load_session(ENTRY.id).info.vocabulary_sha256 == SHA256
    model.vocabulary.unlink()
    [_, model] = installed()
    assert model.incomplete
    again = bring(folder / "open_clip_model.safetensors", ENTRY)  # brings what is missing
    assert again.duplicate
    assert ENTRY.available()


def test_weights_without_their_vocabulary_are_refused(
    folder: Path, state: State, tmp_path: Path
) -> None:
    alone = write_safetensors(tmp_path / "siglip.safetensors", state)
    error = refusal(alone, ENTRY)
    assert error.message == (
        "siglip.safetensors needs its vocabulary, a tokenizer.json, which is not beside it."
    )
    assert "siglip.tokenizer.json" in error.hint
    (tmp_path / "tokenizer.json").write_bytes(vocabulary(ENTRIES + 1))
    assert "161 entries" in refusal(alone, ENTRY).message
    named = alone.rename(tmp_path / ENTRY.file_name)  # recognized by its name
    assert "161 entries" in refusal(named).message
    (tmp_path / "tokenizer.json").unlink()
    assert "needs its vocabulary" in refusal(named).message
    write_config(tmp_path)
    assert "needs its vocabulary" in refusal(tmp_path).message


def test_a_vocabulary_can_be_brought_by_itself(folder: Path, state: State, tmp_path: Path) -> None:
    file = folder / "tokenizer.json"
    assert "is a vocabulary, not a file of weights" in refusal(file).message
    copy_to_models(state, vocabulary=None)
    wrong = tmp_path / "tokenizer.json"
    wrong.write_bytes(b"<html>")
    assert "is a web page, not a vocabulary" in refusal(wrong, ENTRY).message
    stored = bring(file, ENTRY)
    assert (stored.path, stored.sha256) == (models_dir() / f"{NAME}-webli.tokenizer.json", SHA256)
    assert stored.reference == ENTRY.id
    assert ENTRY.available()


def test_a_vocabulary_beside_other_weights_stays_where_it_is(tmp_path: Path) -> None:
    """Repositories of the hub hold one for other programs beside the weights of a CLIP."""
    from tests.core.model_files import random_state

    source = write_safetensors(tmp_path / "m.safetensors", random_state("embedded"))
    (tmp_path / "tokenizer.json").write_bytes(b"{}")
    bring(source)
    assert names() == ["m.safetensors"]
