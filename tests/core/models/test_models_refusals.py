"""Files that must not load, and what is said about them: R03, R04, R05."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.base.errors import ModelError
from core.models.loading import load_session, random_session
from tests.core.model_files import (
    TINY_VIT,
    State,
    random_state,
    write_safetensors,
    write_state_dict,
    write_torchscript,
)

Writer = Callable[..., Path]
FORMS: dict[str, Writer] = {
    "m.safetensors": write_safetensors,
    "m.pt": write_state_dict,
    "archive.pt": write_torchscript,
}


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("embedded")


def refusal(path: Path, **options: str) -> ModelError:
    """Load a file that must not load; check that an earlier model goes on as before."""
    earlier = random_session("embedded")
    picture = np.full((1, 96, 96, 3), 99, np.uint8)
    before = earlier.encode_images(picture), earlier.encode_texts(["red"])
    with pytest.raises(ModelError) as caught:
        load_session(path, **options)  # type: ignore[arg-type]
    np.testing.assert_array_equal(earlier.encode_images(picture), before[0])
    np.testing.assert_array_equal(earlier.encode_texts(["red"]), before[1])
    message = caught.value.message
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value


def identity(path: Path) -> str:
    data = path.read_bytes()
    return f"({len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()})"


def test_r03_another_architecture_is_refused_with_both_names(tmp_path: Path, state: State) -> None:
    path = write_safetensors(tmp_path / "tiny.safetensors", state)
    error = refusal(path, architecture="RN50")
    assert error.message == (
        "tiny.safetensors holds ColorLab-Tiny (ResNet 1-1-2-2, width 16, 96 px), "
        "not RN50 (ResNet 3-4-6-3, width 64, 224 px)."
    )
    vit = write_state_dict(tmp_path / "vit.pt", random_state(TINY_VIT))
    assert refusal(vit, architecture="ViT-B-32").message == (
        "vit.pt holds ViT 2 layers, width 128, patch 16, 64 px, "
        "not ViT-B-32 (ViT 12 layers, width 768, patch 32, 224 px)."
    )


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "short", ["visual.layer3.1.bn2.running_var", "text_projection", "ln_final.weight"]
)
def test_r04_a_file_one_tensor_short_is_refused(
    name: str, short: str, tmp_path: Path, state: State
) -> None:
    kept = {key: value for key, value in state.items() if key != short}
    message = refusal(FORMS[name](tmp_path / name, kept)).message
    assert short in message
    assert "missing" in message


def test_r04_matched_tensors_are_counted(tmp_path: Path, state: State) -> None:
    changed = dict(state)
    del changed["visual.layer3.1.bn2.running_var"]
    changed["visual.layer9.weight"] = torch.zeros(3)
    changed["visual.bn1.weight"] = torch.zeros(3)
    message = refusal(write_safetensors(tmp_path / "m.safetensors", changed)).message
    assert "matches 162 of the 164 tensors of ColorLab-Tiny" in message
    assert "visual.layer9.weight is superfluous" in message
    assert "visual.bn1.weight has shape (3,) in place of (8,)" in message


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_r05_truncated_files_are_refused(
    name: str, share: float, tmp_path: Path, state: State
) -> None:
    path = FORMS[name](tmp_path / name, state)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    message = refusal(path).message
    assert "is damaged or cut off" in message
    assert identity(path) in message


@pytest.mark.parametrize("name", FORMS)
def test_r05_junk_before_the_start_is_refused(name: str, tmp_path: Path, state: State) -> None:
    path = FORMS[name](tmp_path / name, state)
    path.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + path.read_bytes())
    message = refusal(path).message
    assert identity(path) in message
    if name.endswith(".pt"):
        assert "has foreign bytes put before its start" in message


def test_r05_legacy_files_cut_short_are_refused(tmp_path: Path, state: State) -> None:
    path = write_state_dict(tmp_path / "legacy.pt", state, legacy=True)
    path.write_bytes(path.read_bytes()[:-1000])
    assert "is damaged or cut off" in refusal(path).message


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "pointer of Git LFS"),
        (b'{"error": "not found"}', "is a JSON file"),
        (b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94.", "is a Python pickle"),
        (bytes(4096), "nothing but zeros"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a file of weights"),
    ],
)
def test_r05_foreign_files_are_named_as_what_they_are(
    suffix: str, data: bytes, what: str, tmp_path: Path
) -> None:
    path = tmp_path / f"RN50{suffix}"
    path.write_bytes(data)
    message = refusal(path).message
    assert what in message
    assert identity(path) in message


def test_r05_a_single_flipped_bit_in_an_archive_is_noticed(tmp_path: Path, state: State) -> None:
    path = write_state_dict(tmp_path / "m.pt", state)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "is damaged or cut off" in refusal(path).message


def test_other_zip_archives_and_models_are_refused(tmp_path: Path, state: State) -> None:
    office = tmp_path / "report.pt"
    with zipfile.ZipFile(office, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "not one of PyTorch" in refusal(office).message
    other = write_safetensors(tmp_path / "resnet.safetensors", {"conv1.weight": torch.zeros(3, 3)})
    assert "not those of a CLIP" in refusal(other).message
    foreign = {"vision_model.a": torch.zeros(1), "text_model.b": torch.zeros(1)}
    path = write_safetensors(tmp_path / "hf.safetensors", foreign)
    assert "Transformers library" in refusal(path).message


@pytest.mark.parametrize("last", [True, False])
def test_a_tensor_that_is_named_twice_is_refused(tmp_path: Path, state: State, last: bool) -> None:
    name = "visual.conv1.weight"
    first, *rest = name.split(".", 1)
    other = {first: {rest[0]: torch.zeros_like(state[name])}}
    torch.save({**state, **other} if last else {**other, **state}, tmp_path / "m.pt")
    assert f"names the tensor {name} twice" in refusal(tmp_path / "m.pt").message


def test_values_that_no_model_has_are_refused(tmp_path: Path, state: State) -> None:
    broken = {**state, "ln_final.bias": torch.full_like(state["ln_final.bias"], float("nan"))}
    path = write_safetensors(tmp_path / "nan.safetensors", broken)
    assert "not finite in ln_final.bias" in refusal(path).message
    whole = {**state, "ln_final.bias": torch.zeros(64, dtype=torch.int8)}
    path = write_safetensors(tmp_path / "int8.safetensors", whole)
    assert "holds ln_final.bias as torch.int8" in refusal(path).message


def test_a_model_with_another_vocabulary_is_refused(tmp_path: Path, state: State) -> None:
    other = {**state, "token_embedding.weight": torch.zeros(32000, 64)}
    path = write_safetensors(tmp_path / "m.safetensors", other)
    with pytest.raises(ModelError, match="vocabulary of 32000 tokens"):
        load_session(path)
    with pytest.raises(ModelError, match=r"needs the text model|reads text with the tokenizer"):
        random_session("xlm-roberta-base-ViT-B-32")
