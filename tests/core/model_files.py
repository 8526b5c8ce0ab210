"""Helpers that write files of weights in every form the lab reads."""

from __future__ import annotations

import warnings
from pathlib import Path

import open_clip
import pytest
import safetensors.torch
import torch
from torch import nn

from core.models.construction.architecture import (
    EMBEDDED_CONFIG,
    Architecture,
    build_model,
    named_architecture,
)
from core.models.construction.random_weights import draw_the_rest

State = dict[str, torch.Tensor]

TINY_VIT = "Tiny-ViT"
TINY_VIT_CONFIG = {
    "embed_dim": 64,
    "vision_cfg": {"layers": 2, "width": 128, "patch_size": 16, "image_size": 64},
    "text_cfg": EMBEDDED_CONFIG["text_cfg"] | {"width": 128},
}
"""A ViT small enough to be written and read many times; its heads follow OpenAI's convention."""


def add_tiny_vit_to_catalog(patch: pytest.MonkeyPatch) -> None:
    """Let open_clip know the tiny ViT under its plain name and under its QuickGELU name."""
    configs = open_clip.factory._MODEL_CONFIGS
    patch.setitem(configs, TINY_VIT, TINY_VIT_CONFIG)
    patch.setitem(configs, f"{TINY_VIT}-quickgelu", TINY_VIT_CONFIG | {"quick_gelu": True})


def random_state(name: str, seed: int = 0) -> State:
    """Random weights of an architecture, every value one that half precision can hold."""
    tiny = Architecture(TINY_VIT, TINY_VIT_CONFIG, False)
    model = build_model(tiny if name == TINY_VIT else named_architecture(name), seed=seed)
    draw_the_rest(model, seed)
    return {
        key: tensor.half().float() if tensor.is_floating_point() else tensor
        for key, tensor in model.state_dict().items()
    }


def half_as_openai(state: State) -> State:
    """Matrices and convolutions in half precision and the rest in full, as OpenAI's files."""
    return {key: tensor.half() if tensor.ndim > 1 else tensor for key, tensor in state.items()}


def write_safetensors(path: Path, state: State) -> Path:
    safetensors.torch.save_file({key: value.contiguous() for key, value in state.items()}, path)
    return path


def write_state_dict(path: Path, state: State, *, prefix: str = "", legacy: bool = False) -> Path:
    content = {prefix + key: value for key, value in state.items()}
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


def write_torchscript(path: Path, state: State, *, scalars: bool = True) -> Path:
    """A TorchScript archive with OpenAI's names and, if wanted, OpenAI's extra scalars."""
    root = Tree()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            root.hold(name, tensor)
    if scalars:
        for name, value in (("input_resolution", 224), ("context_length", 77)):
            root.register_buffer(name, torch.tensor(value))
        root.register_buffer("vocab_size", torch.tensor(49408))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is on its way out and says so
        torch.jit.script(root).save(str(path))
    return path


class Tree(nn.Module):
    """Modules that only hold named tensors."""

    def hold(self, name: str, tensor: torch.Tensor) -> None:
        head, dot, rest = name.partition(".")
        if dot:
            if head not in self._modules:
                self.add_module(head, Tree())
            self.get_submodule(head).hold(rest, tensor)
        elif name.startswith("running_"):
            self.register_buffer(name, tensor)
        else:
            self.register_parameter(name, nn.Parameter(tensor, requires_grad=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x
