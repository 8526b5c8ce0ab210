"""Files of weights: told apart by their content, read all or not at all (R01, R05)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import torch
from safetensors import SafetensorError, safe_open

from core.base.errors import ModelError
from core.base.reading import open_regular
from core.models.files.budget import MOST_BYTES, MOST_TENSORS, Budget, Cancelled
from core.models.files.inert_pickle import reason
from core.models.files.start import START_BYTES, container_of, foreign_content
from core.models.files.torch_archive import named_tensors, read_legacy_archive, read_torch_archive
from core.models.files.weight_places import is_index, read_index

OPENAI_SCALARS = ("input_resolution", "context_length", "vocab_size")
"""Extra entries of the archives OpenAI published, and of nobody else's weights."""

_HEADER_BYTES = 16 * 2**20
"""Of safetensors' own description of the tensors; the largest CLIPs have some 300 kB."""

_PIECE = 2**22
_CONTAINERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.", "model.")


class WeightsFile(msgspec.Struct, frozen=True):
    """Tensors of a file under the model's own names."""

    path: Path  # of split weights, their index
    form: str  # "safetensors", "state dict" or "TorchScript archive", and of how many parts
    size: int
    sha256: str  # of split weights that of all parts, in the order of their names
    tensors: dict[str, Any]  # by name, without wrapping prefixes and without `OPENAI_SCALARS`
    has_openai_scalars: bool  # the file held all of `OPENAI_SCALARS`

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the tensors by name."""
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}


def read_weights(path: Path, *, sha256: str = "", budget: Budget | None = None) -> WeightsFile:
    """Read a file of weights, or the parts that an index names; nothing in it is ever run.

    The hash is computed, unless it is known already.

    Raises
    ------
    ModelError
        If it is missing, empty, damaged, costs too much, or is something else than a file of
        weights. The message names the file, its size and its SHA-256.
    """
    budget = budget or Budget()
    split = read_index(path) if is_index(path) else None
    parts = split.parts if split else (path,)
    starts, sizes = [], []
    digest = hashlib.sha256()
    try:
        for part in parts:
            with open_regular(part) as file:
                starts.append(file.read(START_BYTES))
                sizes.append(file.seek(0, os.SEEK_END))
                if not sha256 and sum(sizes) <= MOST_BYTES:
                    _digest(file, digest, budget)
    except OSError as error:
        raise ModelError(f"{part.name} cannot be read: {error.strerror or error}.") from error
    sha256, size = sha256 or digest.hexdigest(), sum(sizes)
    forms: dict[str, None] = {}
    found: dict[str, torch.Tensor] = {}
    try:
        if size > MOST_BYTES:
            raise ModelError("holds more bytes than any model")
        for part, start, length in zip(parts, starts, sizes, strict=True):
            form, tensors = _read_any(part, start, length, budget)
            if split is not None:
                _check_part(split.names_in(part), set(tensors))
            forms[form] = None
            found.update(tensors)
        own, scalars = _own_names(found)
    except Cancelled:
        raise
    except ModelError as error:
        hint = error.hint or "Get the file again from where it came."
        raise ModelError(
            f"{part.name} {error.message} ({size:,} bytes, SHA-256 {sha256}).", hint
        ) from error
    form = " and ".join(forms) + (f", {len(parts)} parts" if split else "")
    return WeightsFile(path, form, size, sha256, own, scalars)


def _check_part(wanted: set[str], found: set[str]) -> None:
    """Refuse a part that does not hold what the index says, no more and no less (R81)."""
    if wanted - found:
        raise ModelError(f"lacks {min(wanted - found)}, which the index says it holds")
    if found - wanted:
        raise ModelError(f"holds {min(found - wanted)}, which the index does not say")


def _digest(file: BinaryIO, digest: Any, budget: Budget) -> None:
    """Put a whole file under a hash."""
    file.seek(0)
    while piece := file.read(_PIECE):
        budget.look()
        digest.update(piece)


def _read_any(
    path: Path, start: bytes, size: int, budget: Budget
) -> tuple[str, Mapping[str, torch.Tensor]]:
    if size == 0:
        raise ModelError("is empty")
    container = container_of(start, size)
    if container == "safetensors":
        return "safetensors", _read_safetensors(path, start, budget)
    if not container:
        raise ModelError(foreign_content(path, start))
    read = read_torch_archive if container == "zip" else read_legacy_archive
    archive = read(path, budget)
    root = archive.root
    if container == "pickle" and not isinstance(root, dict):
        raise ModelError("holds no named tensors")
    if isinstance(root, dict):
        root = _unwrapped(root)
    form = "TorchScript archive" if archive.is_torchscript else "state dict"
    tensors: dict[str, torch.Tensor] = {}
    for name, ref in named_tensors(root, budget):
        if name in tensors:
            raise ModelError(f"names the tensor {name} twice, and it is not clear which is meant")
        tensors[name] = archive.tensor(ref)
    return form, tensors


def _read_safetensors(path: Path, start: bytes, budget: Budget) -> dict[str, torch.Tensor]:
    if int.from_bytes(start[:8], "little") > _HEADER_BYTES:
        raise ModelError("holds an implausibly long list of tensors")
    budget.begin()
    tensors = {}
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = file.keys()
            if len(names) > MOST_TENSORS:
                raise ModelError(f"holds more than {MOST_TENSORS:,} tensors, which no model has")
            for name in names:
                budget.visit()
                tensors[name] = file.get_tensor(name)
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise ModelError(f"is damaged or cut off ({reason(error)})") from error
    return tensors


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
    if not all(name.isprintable() for name in tensors):
        raise ModelError("holds names that cannot be printed")
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
