"""Files of weights: told apart by their content, read all or not at all (R01, R05)."""

from __future__ import annotations

import hashlib
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from core.errors import ModelError
from core.models.file_start import START_BYTES, container_of, foreign_content
from core.models.torch_archive import named_tensors, read_torch_archive

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")

OPENAI_SCALARS = ("input_resolution", "context_length", "vocab_size")
"""Extra entries of the archives OpenAI published, and of nobody else's weights."""

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""Safetensors' names of number formats; a file with any other is refused."""

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


def read_weights(path: Path, *, values: bool = True, sha256: str = "") -> WeightsFile:
    """Read a file of weights; nothing in it is ever run.

    Parameters
    ----------
    path : Path
    values : bool
        False to learn names and shapes only: the tensors then hold no memory. The file is checked
        for damage all the same.
    sha256 : str
        Of the file, if it is known already; otherwise it is computed.

    Raises
    ------
    ModelError
        If it is missing, empty, damaged, or something else than a file of weights. The message
        names the file, its size and its SHA-256.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(START_BYTES)
            file.seek(0)
            sha256 = sha256 or hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        form, found = _read_any(path, start, size, values)
        tensors, scalars = _own_names(found)
    except ModelError as error:
        hint = error.hint or "Get the file again from where it came."
        raise ModelError(
            f"{path.name} {error.message} ({size:,} bytes, SHA-256 {sha256}).", hint
        ) from error
    return WeightsFile(path, form, size, sha256, tensors, scalars)


def _read_any(path: Path, start: bytes, size: int, values: bool) -> tuple[str, Mapping[str, Any]]:
    if size == 0:
        raise ModelError("is empty")
    container = container_of(start, size)
    if container == "zip":
        archive = read_torch_archive(path, values=values)
        root = archive.root
        form = "TorchScript archive" if archive.is_torchscript else "state dict"
        if isinstance(root, dict):
            root = _unwrapped(root)
        return form, {name: archive.tensor(ref) for name, ref in named_tensors(root)}
    if container == "safetensors":
        return "safetensors", _read_safetensors(path, values)
    if container == "pickle":
        return "state dict", _read_legacy(path)
    raise ModelError(foreign_content(path, start))


def _read_safetensors(path: Path, values: bool) -> dict[str, torch.Tensor]:
    try:
        if values:
            return load_file(path)
        with safe_open(path, framework="pt", device="cpu") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            return {
                name: torch.empty(
                    tuple(part.get_shape()), dtype=_DTYPES[part.get_dtype()], device="meta"
                )
                for name, part in slices.items()
            }
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
