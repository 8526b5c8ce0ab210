"""Files of weights: told apart by their content, read all or not at all (R01, R05)."""

from __future__ import annotations

import hashlib
import json
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import ModelError
from core.models.torch_archive import named_tensors, read_torch_archive

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")

OPENAI_SCALARS = ("input_resolution", "context_length", "vocab_size")
"""Extra entries of the archives OpenAI published, and of nobody else's weights."""

_LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save before version 1.6
_CONTAINERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.", "model.")


class WeightsFile(msgspec.Struct, frozen=True):
    """Tensors of a file under the model's own names.

    Attributes
    ----------
    path : Path
    form : str
        ``"safetensors"``, ``"state dict"`` or ``"TorchScript archive"``.
    size : int
        Bytes.
    sha256 : str
    tensors : dict of str to torch.Tensor
        Without wrapping prefixes and without `OPENAI_SCALARS`.
    has_openai_scalars : bool
        True if the file held all of `OPENAI_SCALARS`.
    """

    path: Path
    form: str
    size: int
    sha256: str
    tensors: dict[str, Any]
    has_openai_scalars: bool

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the tensors by name."""
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}


def read_weights(path: Path) -> WeightsFile:
    """Read a file of weights; nothing in it is ever run.

    Raises
    ------
    ModelError
        If it is missing, empty, damaged, or something else than a file of weights. The message
        names the file, its size and its SHA-256.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(512)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        form, found = _read_any(path, start, size)
        tensors, scalars = _own_names(found)
    except ModelError as error:
        hint = error.hint or "Get the file again from where it came."
        raise ModelError(
            f"{path.name} {error.message} ({size:,} bytes, SHA-256 {sha256}).", hint
        ) from error
    return WeightsFile(path, form, size, sha256, tensors, scalars)


def _read_any(path: Path, start: bytes, size: int) -> tuple[str, Mapping[str, Any]]:
    if size == 0:
        raise ModelError("is empty")
    if start.startswith(b"PK\x03\x04"):
        archive = read_torch_archive(path)
        root = archive.root
        form = "TorchScript archive" if archive.is_torchscript else "state dict"
        if isinstance(root, dict):
            root = _unwrapped(root)
        return form, {name: archive.tensor(ref) for name, ref in named_tensors(root)}
    if len(start) > 8 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size:
        return "safetensors", _read_safetensors(path)
    if start.startswith(_LEGACY_START):
        return "state dict", _read_legacy(path)
    raise ModelError(_what_else(path, start))


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelError(f"is damaged or cut off ({error})") from error


def _read_legacy(path: Path) -> dict[str, torch.Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch about its own old format
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            "holds more than tensors",
            "Only files of tensors are read, because other files could run programs.",
        ) from error
    except (RuntimeError, EOFError, ValueError, OSError, KeyError, IndexError) as error:
        raise ModelError(f"is damaged or cut off ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise ModelError("holds no named tensors")
    return {k: v for k, v in _unwrapped(found).items() if isinstance(v, torch.Tensor)}


def _unwrapped(found: dict[Any, Any]) -> dict[Any, Any]:
    """The state dict inside a training checkpoint."""
    for name in _CONTAINERS:
        inner = found.get(name)
        if isinstance(inner, dict):
            return inner
    return found


def _own_names(found: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Tensors under the model's own names, and whether OpenAI's extra scalars were there."""
    tensors = {str(name): tensor for name, tensor in found.items()}
    stripped = True
    while stripped and tensors:
        stripped = False
        for prefix in _PREFIXES:
            if all(name.startswith(prefix) for name in tensors):
                tensors = {name[len(prefix) :]: tensor for name, tensor in tensors.items()}
                stripped = True
    if not tensors:
        raise ModelError("holds no named tensors")
    scalars = all(name in tensors for name in OPENAI_SCALARS)
    kept = {
        name: tensor
        for name, tensor in tensors.items()
        # The causal mask is computed, not learned, and some archives carry it in every block.
        if name not in OPENAI_SCALARS and name.rpartition(".")[2] != "attn_mask"
    }
    if any(name.startswith("vision_model.") for name in kept):
        raise ModelError(
            "is in the form of the Transformers library",
            "Use the open_clip or OpenAI file of the same model.",
        )
    return kept, scalars


def _what_else(path: Path, start: bytes) -> str:
    """What a file is that is no file of weights, as a clause."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "is a web page, not a file of weights"
    if text.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, not the file of weights itself"
    if start.startswith(b"\x80") and start[1:2] in b"\x02\x03\x04\x05":
        return "is a Python pickle, not a file of weights"
    if text.startswith((b"{", b"[")) and _is_json(path):
        return "is a JSON file, not a file of weights"
    if zipfile.is_zipfile(path):
        return "has foreign bytes put before its start"
    if not any(start):
        return "begins with nothing but zeros, as an interrupted download does"
    return "is not a file of weights, or is damaged at its start"


def _is_json(path: Path) -> bool:
    if path.stat().st_size > 2**20:
        return False
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
