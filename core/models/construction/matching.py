"""Tensors of a file against tensors of an architecture: all of them, or a plain refusal."""

from __future__ import annotations

from typing import Any

import torch
from open_clip.model import convert_to_custom_text_state_dict
from torch import nn

from core.base.errors import ModelError
from core.models.construction.architecture import (
    COUNTER_SUFFIX,
    Architecture,
    Shapes,
    build_model,
    describe,
    detect_architecture,
    expected_shapes,
)
from core.models.files.budget import Budget
from core.models.files.weight_files import WeightsFile

Tensors = dict[str, Any]

_REAL = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
"""Kinds of numbers that weights may have; all others are left over from quantizing."""


def adapt_layout(tensors: Tensors, architecture: Architecture) -> Tensors:
    """Rename the text tower as the architecture has it, and shape the logit scale as it does."""
    config = architecture.config
    if config.get("custom_text"):
        adapted = dict(convert_to_custom_text_state_dict(tensors))
    else:
        adapted = {name.removeprefix("text."): tensor for name, tensor in tensors.items()}
    shape = [1] if config.get("nonscalar_logit_scale") else []
    for name in ("logit_scale", "logit_bias"):
        if name in adapted and adapted[name].numel() == 1:
            adapted[name] = adapted[name].reshape(shape)
    return adapted


def fits(tensors: Tensors, architecture: Architecture) -> bool:
    """True if the tensors are exactly those of the architecture."""
    adapted = adapt_layout(tensors, architecture)
    return _found_shapes(adapted) == expected_shapes(architecture)


def load_into_new_model(
    weights: WeightsFile, architecture: Architecture, budget: Budget | None = None
) -> tuple[nn.Module, int]:
    """Build a model and fill it with the tensors of a file, all of them or none (R04).

    Nothing is built before the tensors are known to be those of the architecture. If one is
    missing, superfluous, of another shape, or not finite, a `ModelError` says which.

    Returns
    -------
    model : torch.nn.Module
        In float32; tensors of half precision are widened exactly.
    matched : int
        Number of tensors filled.
    """
    budget = budget or Budget()
    adapted = adapt_layout(weights.tensors, architecture)
    expected = expected_shapes(architecture)
    found = _found_shapes(adapted)
    if found != expected:
        raise _mismatch(weights, architecture, expected, found)
    for name in found:
        budget.look()
        if adapted[name].dtype not in _REAL:
            raise ModelError(
                f"{weights.path.name} holds {name} as {adapted[name].dtype}, not as real numbers.",
                "Use weights that are not quantized.",
            )
        if not bool(torch.isfinite(adapted[name].to(torch.float32)).all()):
            raise ModelError(
                f"{weights.path.name} holds values that are not finite in {name}.",
                "The training that made it went wrong, or the file is damaged.",
            )
    model = build_model(architecture, unfilled=True)
    own = model.state_dict()
    with torch.no_grad():
        for name in found:
            budget.look()
            own[name].copy_(adapted[name])
    return model, len(found)


def _found_shapes(tensors: Tensors) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(tensor.shape)
        for name, tensor in tensors.items()
        if not name.endswith(COUNTER_SUFFIX)
    }


def _mismatch(
    weights: WeightsFile, architecture: Architecture, expected: Shapes, found: Shapes
) -> ModelError:
    """What to tell about tensors that are not those of the architecture (R03)."""
    file, name = weights.path.name, architecture.name
    other = _detected(weights)
    if other is not None and other.name != name:
        return ModelError(
            f"{file} holds {_full_name(other)}, not {_full_name(architecture)}.",
            f"Load it as {other.name}, or choose the file of {name}.",
        )
    missing = [tensor for tensor in expected if tensor not in found]
    surplus = [tensor for tensor in found if tensor not in expected]
    reshaped = [
        tensor for tensor in found if tensor in expected and found[tensor] != expected[tensor]
    ]
    matched = len(expected) - len(missing) - len(reshaped)
    faults = []
    if missing:
        faults.append(f"{_some(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if surplus:
        faults.append(f"{_some(surplus)} {'is' if len(surplus) == 1 else 'are'} superfluous")
    if reshaped:
        first = reshaped[0]
        faults.append(f"{first} has shape {found[first]} in place of {expected[first]}")
    return ModelError(
        f"{file} matches {matched} of the {len(expected)} tensors of {_full_name(architecture)}: "
        f"{'; '.join(faults)}.",
        "Get the file again from where it came, or name the architecture it was trained with.",
    )


def _detected(weights: WeightsFile) -> Architecture | None:
    try:
        return detect_architecture(weights.shapes())
    except ModelError:
        return None


def _full_name(architecture: Architecture) -> str:
    shape = describe(architecture.config)
    return architecture.name if architecture.name == shape else f"{architecture.name} ({shape})"


def _some(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return f"{names[0]} and {names[1]}"
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
