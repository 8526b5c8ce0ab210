"""Weights that would give no numbers are refused at the door, by imports and by loading: R76."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.base.errors import ModelError
from core.models.files.catalog import models_dir
from core.models.files.store import import_path
from core.models.loading import load_session
from tests.core.model_files import (
    State,
    random_state,
    write_safetensors,
    write_state_dict,
    write_torchscript,
)


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("embedded")


def with_value(state: State, name: str, value: float) -> State:
    tensor = state[name].clone()
    tensor.view(-1)[-1] = value
    return {**state, name: tensor}


BLOCK = "visual.layer3.1.bn2"
FAULTS: dict[str, tuple[Callable[[State], State], str]] = {
    "a scale without a power": (
        lambda state: with_value(state, "logit_scale", 710.0),
        "logit scale exp(710)",
    ),
    "a scale of nothing": (
        lambda state: with_value(state, "logit_scale", -1000.0),
        "logit scale exp(-1000)",
    ),
    "one value that is no number": (
        lambda state: with_value(state, "ln_final.weight", math.nan),
        "not finite in ln_final.weight",
    ),
    "one infinite value": (
        lambda state: with_value(state, "token_embedding.weight", -math.inf),
        "not finite in token_embedding.weight",
    ),
    "a value too large for single precision": (
        lambda state: {
            **state,
            "ln_final.bias": with_value(
                {"x": state["ln_final.bias"].double()}, "x", 1e300
            )["x"],
        },
        "not finite in ln_final.bias",
    ),
    "whole numbers": (
        lambda state: {**state, "text_projection": (state["text_projection"] * 99).to(torch.int8)},
        "text_projection as torch.int8",
    ),
    "a spread below nothing": (
        lambda state: with_value(state, f"{BLOCK}.running_var", -1.0),
        "gives values that are not finite",
    ),
    "values that overflow on the way": (
        lambda state: {**state, "text_projection": state["text_projection"] * 1e38},
        "gives values that are not finite",
    ),
    "a text tower without a word": (
        lambda state: {**state, "text_projection": state["text_projection"] * 0},
        "nothing but zeros",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_r76_what_loading_refuses_an_import_refuses_in_the_same_words(
    name: str, state: State, tmp_path: Path
) -> None:
    change, words = FAULTS[name]
    path = write_safetensors(tmp_path / "m.safetensors", change(state))
    said = []
    for call in (lambda: load_session(path), lambda: list(import_path(path))):
        with pytest.raises(ModelError) as caught:
            call()
        said.append(caught.value.message)
    assert words in said[0]
    assert said[0] == said[1]
    assert not list(models_dir().iterdir())


@pytest.mark.parametrize("write", [write_safetensors, write_state_dict, write_torchscript])
def test_r76_the_door_is_the_same_for_every_form(
    write: Callable[..., Path], state: State, tmp_path: Path
) -> None:
    path = write(tmp_path / "m.pt", with_value(state, "logit_scale", 710.0))
    with pytest.raises(ModelError, match="logit scale"):
        load_session(path)


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
def test_r76_real_numbers_of_every_width_are_let_in(
    kind: torch.dtype, state: State, tmp_path: Path
) -> None:
    path = write_safetensors(
        tmp_path / "m.safetensors",
        {name: tensor.to(kind) for name, tensor in state.items() if tensor.is_floating_point()},
    )
    assert load_session(path).info.tensors_matched == load_session(path).info.tensors_total
