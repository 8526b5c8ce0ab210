"""The catalog, architectures read off shapes, and no network: R01, R06, R08."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from open_clip.pretrained import get_pretrained_cfg, list_pretrained_models_by_tag

from core.base.errors import ModelError
from core.models.construction.architecture import (
    build_model,
    detect_architecture,
    expected_shapes,
    named_architecture,
)
from core.models.files import catalog
from core.models.files.catalog import CATALOG, EMBEDDED_ID, entry_of, entry_of_sha256
from core.models.references import locate
from core.models.text.tokens import reads_own_vocabulary, tokenizer_for
from core.models.text.vocabulary import MissingVocabulary


def test_the_catalog_begins_with_the_embedded_model_and_says_what_it_is() -> None:
    embedded = CATALOG[0]
    assert embedded.id == EMBEDDED_ID
    assert "not OpenAI CLIP" in embedded.notice
    assert len({entry.id for entry in CATALOG}) == len(CATALOG)


OPENAI = [entry for entry in CATALOG if entry.family == "OpenAI"]


@pytest.mark.parametrize("entry", OPENAI, ids=lambda entry: entry.id)
def test_openai_entries_agree_with_open_clip(entry: catalog.CatalogEntry) -> None:
    published = get_pretrained_cfg(entry.architecture, entry.tag)
    assert published["url"].split("/")[-2:] == [entry.sha256, entry.file_name]
    assert published["quick_gelu"] is entry.quick_gelu is True
    assert entry_of_sha256(entry.sha256) is entry


@pytest.mark.parametrize("entry", CATALOG[1:], ids=lambda entry: entry.id)
def test_entries_agree_with_open_clip(entry: catalog.CatalogEntry) -> None:
    architecture, tag = entry.id.split(":")
    published = get_pretrained_cfg(architecture, tag)
    assert published["hf_hub"] == f"{entry.hub_repository}/"
    assert bool(published.get("quick_gelu")) is entry.quick_gelu
    assert (entry.architecture, entry.tag) == (architecture, tag)
    assert entry_of(entry.id.upper()) is entry


@pytest.mark.parametrize("entry", CATALOG[1:], ids=lambda entry: entry.id)
def test_what_is_said_of_sizes_and_support_is_true(
    entry: catalog.CatalogEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    named = named_architecture(entry.architecture)
    model = build_model(named, meta=True)
    assert entry.parameters == sum(parameter.numel() for parameter in model.parameters())
    if entry.family != "OpenAI":  # theirs mix two number formats
        assert entry.size == pytest.approx(4 * entry.parameters, rel=0.001)
    text = named.config["text_cfg"]
    if entry.vocabulary is not None:
        assert reads_own_vocabulary(text)
        assert entry.vocabulary.repository == text["hf_tokenizer_name"]
        assert entry.vocabulary.entries == text["vocab_size"]
        with pytest.raises(MissingVocabulary, match=entry.architecture):
            tokenizer_for(text, entry.architecture, entry=entry)
    elif entry.unsupported:
        assert not reads_own_vocabulary(text)
        with pytest.raises(ModelError, match="reads text with the tokenizer"):
            tokenizer_for(text, entry.architecture)
        with pytest.raises(ModelError, match="cannot be loaded"):
            locate(entry.id)
    else:
        tokenizer_for(text, entry.architecture)


def test_files_of_the_catalog_have_names_of_their_own() -> None:
    names = [entry.file_name for entry in CATALOG]
    assert len(set(names)) == len(names)


def test_every_model_of_openai_is_in_the_catalog() -> None:
    published = {
        name.removesuffix("-quickgelu") for name in list_pretrained_models_by_tag("openai")
    }
    assert published == {entry.architecture for entry in OPENAI}


@pytest.mark.parametrize(
    "name",
    ["embedded", "RN50", "RN101", "RN50x4", "ViT-B-32", "ViT-B-16", "ViT-L-14-336", "ViT-H-14"],
)
def test_architectures_are_read_off_the_shapes(name: str) -> None:
    expected = named_architecture(name)
    found = detect_architecture(expected_shapes(expected))
    assert found.name == expected.name
    assert found.config == expected.config  # heads included, which leave no trace in the shapes


def test_r08_shapes_that_fit_several_architectures_are_called_ambiguous(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import open_clip

    shapes = expected_shapes(named_architecture("ViT-B-32"))
    twin = open_clip.get_model_config("ViT-B-32")
    twin["text_cfg"]["heads"] = 4
    real = open_clip.get_model_config
    monkeypatch.setattr(open_clip, "list_models", lambda: ["ViT-B-32", "Twin-32"])
    monkeypatch.setattr(
        open_clip, "get_model_config", lambda name: twin if name == "Twin-32" else real(name)
    )
    with pytest.raises(ModelError, match="fit several architectures: Twin-32 and ViT-B-32"):
        detect_architecture(shapes)


def test_an_unlisted_architecture_follows_openais_convention() -> None:
    base = named_architecture("ViT-S-32")
    base.config["vision_cfg"].update(layers=2, width=128)
    base.config["text_cfg"].update(layers=3, width=192, heads=3)
    found = detect_architecture(expected_shapes(base))
    assert found.name == "ViT 2 layers, width 128, patch 32, 224 px"
    assert not found.in_catalog
    assert found.config["text_cfg"]["heads"] == 3
    assert expected_shapes(found) == expected_shapes(base)


def test_r06_the_catalog_needs_neither_torch_nor_a_network() -> None:
    code = (
        "import sys, core.models.files.catalog as c, core.models.info;"
        "import core.stimuli.imported.pictures;"
        "[(entry.path(), entry.vocabulary_path()) for entry in c.CATALOG];"
        "heavy = {'torch', 'open_clip', 'torchvision', 'safetensors', 'huggingface_hub'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stderr
