"""Weights and a vocabulary of their own from a hub that behaves badly: R05, R06, R42."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.errors import ModelError
from core.models.files import catalog
from core.models.files.catalog import CATALOG, models_dir, vocabulary_place
from core.models.files.download import Patience, download, sources, vocabulary_sources
from core.models.files.events import Progress, Stored
from core.models.files.partial import Partial, discard_partial
from core.models.loading import load_session
from tests.core.model_files import State, write_safetensors
from tests.core.siglip_files import (
    ENTRIES,
    ENTRY,
    NAME,
    REPOSITORY,
    add_to_open_clip,
    small_siglip,
    vocabulary,
)
from tests.support.weights_server import (
    WeightsServer,
    answering,
    broken_off,
    login_page,
    stalled,
    weights_server,
)

PIECES = vocabulary()
ADDRESS = f"/{REPOSITORY}/resolve/main/tokenizer.json"
WEIGHTS = f"/{ENTRY.hub_repository}/resolve/main/open_clip_model.safetensors"
QUICK = Patience(silence=0.3, pauses=(0.01, 0.01))
PART = f"{NAME}-webli.tokenizer.json"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    state: State = small_siglip()
    return write_safetensors(tmp_path_factory.mktemp("w") / "m.safetensors", state).read_bytes()


@pytest.fixture
def server(
    loopback: None, monkeypatch: pytest.MonkeyPatch, content: bytes, tmp_path: Path
) -> Iterator[WeightsServer]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    add_to_open_clip(monkeypatch)
    monkeypatch.setattr(catalog, "CATALOG", (catalog.EMBEDDED_ENTRY, ENTRY))
    with weights_server() as server:
        server.files = {ADDRESS: PIECES, WEIGHTS: content}
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def refusal() -> ModelError:
    with pytest.raises(ModelError) as caught:
        list(download(ENTRY, QUICK))
    return caught.value


def names() -> list[str]:
    return sorted(path.name for path in models_dir().iterdir() if path.name != "partial")


@pytest.mark.parametrize("linked", [True, False], ids=["hash stated", "no hash"])
def test_both_files_come_the_small_one_first(server: WeightsServer, linked: bool) -> None:
    server.linked = linked
    *progress, stored = download(ENTRY, QUICK)
    assert isinstance(stored, Stored)
    assert all(isinstance(event, Progress) for event in progress)
    assert [path for path, _ in server.requests] == [ADDRESS, WEIGHTS]
    assert names() == [ENTRY.file_name, PART]
    assert stored.path == models_dir() / ENTRY.file_name
    assert (models_dir() / PART).read_bytes() == PIECES
    info = load_session(ENTRY.id).info
    assert info.vocabulary_sha256 == hashlib.sha256(PIECES).hexdigest()
    assert info.sha256 == stored.sha256


def test_only_what_is_missing_comes(server: WeightsServer, content: bytes) -> None:
    (models_dir() / ENTRY.file_name).write_bytes(content)
    (models_dir() / PART).write_bytes(vocabulary(ENTRIES + 1))  # not the right one
    *_, stored = download(ENTRY, QUICK)
    assert [path for path, _ in server.requests] == [ADDRESS]
    assert isinstance(stored, Stored)
    assert stored.path == models_dir() / ENTRY.file_name
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert ENTRY.path() is not None and ENTRY.vocabulary_path() is not None
    (models_dir() / ENTRY.file_name).unlink()
    list(download(ENTRY, QUICK))
    assert [path for path, _ in server.requests] == [ADDRESS, WEIGHTS]


def test_a_vocabulary_broken_off_goes_on_from_there(server: WeightsServer) -> None:
    server.behaviors = [broken_off(0.4), *[answering(503)] * 3]
    assert "are kept" in refusal().message
    begun = round(len(PIECES) * 0.4)
    assert Partial(PART).size == begun
    list(download(ENTRY, QUICK))
    assert server.requests[-2:] == [(ADDRESS, begun), (WEIGHTS, 0)]
    assert (models_dir() / PART).read_bytes() == PIECES


def test_r42_stopping_keeps_what_came_and_discarding_forgets_it(server: WeightsServer) -> None:
    server.behaviors = [stalled(0.4)]
    events = download(ENTRY, Patience(silence=60))
    begun = round(len(PIECES) * 0.4)
    next(event for event in events if isinstance(event, Progress) and event.done == begun)
    events.close()
    assert Partial(PART).size == begun
    discard_partial(ENTRY)
    assert Partial(PART).size == 0
    assert names() == []


def test_r05_a_login_page_or_another_vocabulary_is_refused_and_deleted(
    server: WeightsServer,
) -> None:
    server.behaviors = [login_page]
    message = refusal().message
    assert "Small SigLIP (WebLI) is a web page, not a vocabulary; it was deleted" in message
    for wrong, clause in (
        (vocabulary(ENTRIES + 1), "it has 161 entries, and Small SigLIP (WebLI) has 160"),
        (b'{"error": "no"}', "is not a vocabulary, or is damaged"),
        (b"PK\x03\x04" + PIECES, "is not a vocabulary"),
    ):
        server.files[ADDRESS] = wrong
        error = refusal()
        assert clause in error.message
        assert str(vocabulary_place(None, ENTRY)) in error.hint
    assert Partial(PART).size == 0
    assert names() == []
    assert WEIGHTS not in dict(server.requests)


def test_a_hub_may_have_it_beside_the_weights_only_or_not_at_all(server: WeightsServer) -> None:
    del server.files[ADDRESS]
    assert "does not have the vocabulary of Small SigLIP (WebLI)" in refusal().message
    assert str(vocabulary_place(None, ENTRY)) in refusal().hint
    server.files[f"/{ENTRY.hub_repository}/resolve/main/tokenizer.json"] = PIECES
    list(download(ENTRY, QUICK))
    assert ENTRY.path() is not None and ENTRY.vocabulary_path() is not None


def test_addresses_of_vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    for entry in CATALOG:
        offered = vocabulary_sources(entry)
        assert bool(offered) is (entry.vocabulary is not None)
        if entry.vocabulary is not None:
            assert sources(entry)
            assert offered[0].url == (
                f"https://huggingface.co/{entry.vocabulary.repository}/resolve/main/tokenizer.json"
            )
