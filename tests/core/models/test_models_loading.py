"""Loading from every form of file: R01, R02, R04, R07, R08, R09, and the four-form acceptance."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.base.errors import ModelError
from core.models.construction.architecture import EMBEDDED_CONFIG
from core.models.construction.assembly import versions
from core.models.files import catalog
from core.models.loading import load_session, random_session
from core.models.session import ModelSession
from tests.core.model_files import (
    TINY_VIT,
    State,
    add_tiny_vit_to_catalog,
    half_as_openai,
    random_state,
    write_safetensors,
    write_state_dict,
    write_torchscript,
)

TEXTS = ["red", "The color of the object is red"]


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("embedded")


def embeddings(session: ModelSession) -> np.ndarray:
    side = session.info.preprocessing.side
    pictures = np.random.default_rng(0).integers(0, 256, (2, side, side, 3)).astype(np.uint8)
    return np.concatenate([session.encode_images(pictures), session.encode_texts(TEXTS)])


def write_all_forms(folder: Path, state: State) -> list[Path]:
    half = half_as_openai(state)
    return [
        write_safetensors(folder / "plain.safetensors", state),
        write_safetensors(folder / "half.safetensors", half),
        write_state_dict(folder / "plain.pt", state),
        write_state_dict(folder / "prefixed.pt", state, prefix="module."),
        write_state_dict(folder / "legacy.pt", half, legacy=True),
        write_torchscript(folder / "archive.pt", half),
    ]


@pytest.mark.parametrize("name", ["embedded", TINY_VIT])
def test_r01_every_form_gives_equal_embeddings(name: str, tmp_path: Path) -> None:
    state = random_state(name)
    expected = None
    for path in write_all_forms(tmp_path, state):
        session = load_session(path, activation="QuickGELU")
        assert session.info.tensors_matched == session.info.tensors_total > 50
        assert session.info.activation == "QuickGELU"
        found = embeddings(session)
        expected = found if expected is None else expected
        np.testing.assert_array_equal(found, expected)
        path.unlink()


def test_r01_rn50_of_random_weights_loads_from_each_form_alike(tmp_path: Path) -> None:
    state = random_state("RN50", seed=7)
    half = half_as_openai(state)
    written = {
        "safetensors": lambda: write_safetensors(tmp_path / "a.safetensors", state),
        "state dict": lambda: write_state_dict(tmp_path / "b.pt", state),
        "prefixed": lambda: write_state_dict(tmp_path / "c.pt", state, prefix="module."),
        "archive": lambda: write_torchscript(tmp_path / "d.pt", half),
    }
    plain = random_session("RN50-quickgelu", seed=7).model
    with torch.no_grad():
        for name, tensor in plain.state_dict().items():
            tensor.copy_(state[name])
    side = 224
    pictures = np.random.default_rng(0).integers(0, 256, (1, side, side, 3)).astype(np.uint8)
    expected = None
    for write in written.values():
        path = write()
        session = load_session(path, activation="QuickGELU")
        path.unlink()
        assert session.info.architecture == "RN50"
        assert (session.info.tensors_matched, session.info.parameters) == (434, 102007137)
        found = np.concatenate([session.encode_images(pictures), session.encode_texts(TEXTS)])
        if expected is None:
            expected = found
            with torch.no_grad():
                image = plain.encode_image(session.to_input(pictures), normalize=True).numpy()
            np.testing.assert_allclose(found[:1], image, atol=1e-5)
        np.testing.assert_array_equal(found, expected)


def test_r01_a_model_saved_with_its_own_method_and_inside_a_checkpoint(
    tmp_path: Path, state: State
) -> None:
    expected = embeddings(random_session("embedded", seed=2))
    model = random_session("embedded", seed=2).model
    torch.save(model.state_dict(), tmp_path / "own.pth")
    np.testing.assert_array_equal(
        embeddings(load_session(tmp_path / "own.pth", activation="QuickGELU")), expected
    )
    checkpoint = {
        "epoch": 3,
        "name": "run",
        "state_dict": {f"module.{key}": value for key, value in model.state_dict().items()},
        "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 1e-3}]},
    }
    torch.save(checkpoint, tmp_path / "epoch_3.pt")
    np.testing.assert_array_equal(
        embeddings(load_session(tmp_path / "epoch_3.pt", activation="QuickGELU")), expected
    )


def test_r02_openai_weights_always_run_with_quickgelu(tmp_path: Path, state: State) -> None:
    path = write_torchscript(tmp_path / "archive.pt", state)
    info = load_session(path).info
    assert (info.activation, info.activation_reason) == ("QuickGELU", "OpenAI weights")
    assert info.form == "TorchScript archive"
    with pytest.raises(ModelError, match="run with QuickGELU only"):
        load_session(path, activation="GELU")
    scalars = {
        name: torch.tensor(value)
        for name, value in (("input_resolution", 96), ("context_length", 77), ("vocab_size", 49408))
    }
    resaved = write_state_dict(tmp_path / "resaved.pt", {**state, **scalars})
    assert load_session(resaved).info.activation_reason == "OpenAI weights"


def test_r02_a_published_hash_is_enough_to_know_openai_weights(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_safetensors(tmp_path / "renamed.safetensors", state)
    sha256 = load_session(path).info.sha256
    known = catalog.CatalogEntry(
        id="Tiny:openai",
        title="Tiny (OpenAI)",
        architecture="ColorLab-Tiny",
        quick_gelu=True,
        source="",
        notice="",
        file_name="tiny.pt",
        sha256=sha256,
    )
    monkeypatch.setattr(catalog, "CATALOG", (known,))
    info = load_session(path).info
    assert (info.name, info.activation_reason) == ("Tiny (OpenAI)", "OpenAI weights")


def test_r02_what_is_not_known_is_assumed_aloud_and_may_be_overridden(
    tmp_path: Path,
) -> None:
    path = write_safetensors(tmp_path / "vit.safetensors", random_state(TINY_VIT))
    assumed = load_session(path)
    assert assumed.info.activation == "GELU"
    assert "GELU assumed, because the file does not tell" in assumed.info.notice
    chosen = load_session(path, activation="quick-gelu")
    assert chosen.info.activation == "QuickGELU"
    assert chosen.info.activation_reason == "chosen by the user"
    assert "assumed" not in chosen.info.notice
    assert np.abs(embeddings(assumed) - embeddings(chosen)).max() > 1e-4
    with pytest.raises(ModelError, match="is not an activation"):
        load_session(path, activation="ReLU")


def test_r02_the_name_of_the_architecture_tells_the_activation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tiny_vit_to_catalog(monkeypatch)
    path = write_state_dict(tmp_path / "vit.pt", random_state(TINY_VIT))
    quick = load_session(path, architecture="Tiny-ViT-quickgelu").info
    assert (quick.activation, quick.architecture) == ("QuickGELU", "Tiny-ViT")
    assert quick.activation_reason == "the architecture Tiny-ViT-quickgelu"
    assert load_session(path, architecture="tiny/vit").info.activation == "GELU"


def test_r04_r07_the_account_is_complete(tmp_path: Path, state: State) -> None:
    info = load_session(write_safetensors(tmp_path / "m.safetensors", state)).info
    assert (info.tensors_matched, info.tensors_total) == (164, 164)
    assert info.source == str(tmp_path / "m.safetensors")
    assert info.name == "ColorLab-Tiny (m.safetensors)"
    assert len(info.sha256) == 64
    assert info.preprocessing.side == 96


def test_a_configuration_beside_the_weights_is_followed(tmp_path: Path) -> None:
    custom = json.loads(json.dumps(EMBEDDED_CONFIG))
    custom["text_cfg"]["heads"] = 4
    preprocess = {"size": 96, "mean": [0.5] * 3, "std": [0.25] * 3, "resize_mode": "squash"}
    content = {"model_cfg": custom, "preprocess_cfg": preprocess}
    path = write_safetensors(tmp_path / "m.safetensors", random_state("embedded"))
    without = load_session(path, activation="QuickGELU")
    (tmp_path / "open_clip_config.json").write_text(json.dumps(content), encoding="utf-8")
    session = load_session(path)
    assert session.info.activation == "QuickGELU"
    assert session.info.activation_reason == "open_clip_config.json"
    assert session.info.preprocessing.mean == (0.5, 0.5, 0.5)
    assert session.info.preprocessing.resize_mode == "squash"
    # Four heads in place of two: the same tensors mean another text tower.
    assert np.abs(embeddings(session)[2:] - embeddings(without)[2:]).max() > 1e-5


def test_a_configuration_of_another_model_beside_the_weights_is_passed_over(
    tmp_path: Path, state: State
) -> None:
    other = {"embed_dim": 512, "vision_cfg": {"layers": 1, "width": 64}, "text_cfg": {}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": other}))
    path = write_safetensors(tmp_path / "m.safetensors", state)
    assert load_session(path).info.architecture == "ColorLab-Tiny"
    (tmp_path / "open_clip_config.json").write_text("{ not json")
    with pytest.raises(ModelError, match=r"open_clip_config\.json beside m\.safetensors"):
        load_session(path)


def test_a_custom_text_layout_needs_its_architecture_named(tmp_path: Path, state: State) -> None:
    custom = {
        name if name.startswith(("visual.", "logit_")) else f"text.{name}": tensor
        for name, tensor in state.items()
    }
    path = write_safetensors(tmp_path / "custom.safetensors", custom)
    with pytest.raises(ModelError, match="cannot be told") as caught:
        load_session(path)
    assert "Name the architecture" in caught.value.hint
    named = load_session(path, architecture="embedded")
    plain = write_safetensors(tmp_path / "plain.safetensors", state)
    np.testing.assert_array_equal(
        embeddings(named), embeddings(load_session(plain, architecture="embedded"))
    )
    config = {"model_cfg": {**EMBEDDED_CONFIG, "custom_text": True}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    # Its text tower runs on padded tokens: the same sums in another order.
    np.testing.assert_allclose(embeddings(load_session(path)), embeddings(named), atol=1e-5)


def test_a_logit_bias_is_carried_along(tmp_path: Path, state: State) -> None:
    biased = {**state, "logit_bias": torch.tensor([-10.0]), "logit_scale": torch.tensor([4.0])}
    info = load_session(write_safetensors(tmp_path / "m.safetensors", biased)).info
    assert info.logit_bias == -10.0
    assert info.logit_scale == pytest.approx(np.exp(4.0))


def test_the_embedded_model_goes_by_its_own_name(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "resources_dir", lambda: tmp_path)
    with pytest.raises(ModelError, match="embedded model is missing"):
        load_session("embedded")
    folder = catalog.embedded_dir()
    folder.mkdir(parents=True)
    write_safetensors(folder / "model.safetensors", half_as_openai(state))
    content = {"model_cfg": EMBEDDED_CONFIG, "preprocess_cfg": {"size": 96}}
    (folder / "open_clip_config.json").write_text(json.dumps(content))
    info = load_session("embedded").info
    assert info.name == "Embedded: ColorLab Tiny (web-like)"
    assert info.architecture == "ColorLab-Tiny"
    assert info.source == "built-in"
    assert info.activation == "QuickGELU"
    assert info.notice == "Small embedded model, not OpenAI CLIP."


def test_r08_a_folder_with_one_model_is_as_good_as_the_file(tmp_path: Path, state: State) -> None:
    path = write_safetensors(tmp_path / "m.safetensors", state)
    assert load_session(tmp_path).info.source == str(path)
    write_state_dict(tmp_path / "m.pt", state)  # the same model, in a second form
    assert load_session(str(tmp_path)).info.source == str(path)
    write_state_dict(tmp_path / "other.pt", state)
    with pytest.raises(ModelError, match=r"holds 3 files of weights: m\.pt, m\.saf.*, other\.pt"):
        load_session(tmp_path)


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        ("", "No model is named", "embedded"),
        ("random:", "“random:” names no architecture", "random:RN50"),
        ("random: ", "“random:” names no architecture", "random:RN50"),
        ("/nowhere/RN50.pt", "There is no file RN50.pt", "Check the name"),
        ("RN50", "RN50 is an architecture, not a file", "RN50:openai"),
        ("RN50:nobody", "knows no weights “nobody” of RN50", "openai"),
        ("RN50:openai", "RN50 (OpenAI) are not on this computer", "Put RN50.pt into"),
        ("rn101:YFCC15M", "RN101:YFCC15M are not on this computer", "Put "),
        ("RN55:openai", "There is no file RN55:openai", ""),
        ("random:RN55", "There is no architecture named “RN55”", "Did you mean RN50"),
    ],
)
def test_r08_references_that_lead_nowhere_get_a_helpful_answer(
    reference: str, message: str, hint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    with pytest.raises(ModelError) as caught:
        load_session(reference)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_r08_near_names_and_empty_folders(tmp_path: Path, state: State) -> None:
    with pytest.raises(ModelError, match="holds no file of weights"):
        load_session(tmp_path)
    write_state_dict(tmp_path / "model-v2.pt", state)
    with pytest.raises(ModelError) as caught:
        load_session(tmp_path / "modelv2.pt")
    assert caught.value.hint == "Did you mean model-v2.pt?"


def test_r09_paths_may_hold_spaces_and_any_letters(tmp_path: Path, state: State) -> None:
    folder = tmp_path / "Mes modèles – 模型 🙂"
    folder.mkdir()
    for path in write_all_forms(folder, state):
        named = path.rename(path.with_name(f"poids n° 1 ñ {path.name}"))
        assert load_session(str(named)).info.tensors_matched == 164


def test_a_file_in_the_users_model_folder_or_a_cache_is_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    add_tiny_vit_to_catalog(monkeypatch)
    listed = catalog.CatalogEntry(
        id="Tiny-ViT:openai",
        title="Tiny-ViT (OpenAI)",
        architecture=TINY_VIT,
        quick_gelu=True,
        source="",
        notice="",
        file_name="Tiny-ViT.pt",
        sha256="0" * 64,
        hub_repository="timm/tiny.openai",
    )
    monkeypatch.setattr(catalog, "CATALOG", (listed,))
    repository = tmp_path / "hf" / "hub" / "models--timm--tiny.openai"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc\n")
    write_safetensors(snapshot / "open_clip_model.safetensors", random_state(TINY_VIT))
    assert listed.available()
    info = load_session("tiny-vit:OpenAI").info
    assert (info.name, info.activation) == ("Tiny-ViT (OpenAI)", "QuickGELU")
    # A file under the published name must be the published file.
    shutil.copy(snapshot / "open_clip_model.safetensors", catalog.models_dir() / "Tiny-ViT.pt")
    with pytest.raises(ModelError, match="is not the file that was published"):
        load_session("Tiny-ViT:openai")


def test_a_package_without_a_record_of_its_version_is_named_all_the_same() -> None:
    found = versions("a-package-that-nobody-has")
    assert found["a-package-that-nobody-has"] == "unknown"
    assert str(torch.__version__).startswith(found["torch"])
