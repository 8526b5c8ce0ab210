"""Small CLIPs of every kind with random weights, and what their layers compute, out of place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from core.models.construction.architecture import Architecture, build_model
from core.models.construction.assembly import Origin, assemble, tensor_count
from core.models.construction.random_weights import draw_the_rest
from core.models.preprocessing import Preprocessing
from core.models.session import ModelSession
from core.models.text.tokens import tokenizer_for
from core.network.layer import Layer
from core.network.layers import image_tower
from core.network.maps import Peaks
from core.network.recording import MapRecorder, Recorder

TEXT = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 1, "layers": 1}
VISION = {
    "resnet": {"layers": [2, 1, 2, 1], "width": 8, "patch_size": None, "image_size": 64},
    "vit": {"layers": 2, "width": 48, "head_width": 16, "patch_size": 8, "image_size": 32},
    "convnext": {
        "timm_model_name": "test_convnext",
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 64,
    },
    "siglip": {
        "timm_model_name": "test_vit",
        "timm_pool": "",
        "timm_proj": "linear",
        "image_size": 160,
    },
}


def small_session(kind: str, seed: int = 0) -> ModelSession:
    """A session of a small CLIP: ``"resnet"``, ``"vit"``, ``"convnext"`` or ``"siglip"``."""
    config = {"embed_dim": 32, "vision_cfg": dict(VISION[kind]), "text_cfg": TEXT}
    architecture = Architecture(f"Small {kind}", config, False)
    model = build_model(architecture, seed=seed)
    draw_the_rest(model, seed)
    origin = Origin(name=f"Small {kind}", source="random", tensors_matched=tensor_count(model))
    preprocessing = Preprocessing(side=VISION[kind]["image_size"])
    tokenizer = tokenizer_for(TEXT, architecture.name)
    return assemble(model, architecture, preprocessing, origin, "cpu", "fp32", tokenizer)


def noise_pictures(session: ModelSession, count: int, seed: int = 0) -> np.ndarray:
    side = session.info.preprocessing.side
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def record(
    session: ModelSession, pictures: np.ndarray, layers: Sequence[Layer], summary: str = "max"
) -> dict[str, Peaks]:
    """One value of every unit for every picture, of all layers in the same forward passes."""
    with session.lock, Recorder(image_tower(session), layers, summary) as recorder:
        session.encode_images(pictures)
        return recorder.take()


def record_maps(
    session: ModelSession, pictures: np.ndarray, layers: Sequence[Layer]
) -> dict[str, torch.Tensor]:
    """The whole maps of some layers, shape (B, U, h, w)."""
    with session.lock, MapRecorder(image_tower(session), layers) as recorder:
        session.encode_images(pictures)
        return recorder.take()


def reference(session: ModelSession, pictures: np.ndarray) -> dict[str, torch.Tensor]:
    """The maps of every layer, from a copy of the tower that does nothing in place.

    Returns
    -------
    dict of str to tensor of float32, shape (B, U, h, w)
        For tokens the class token stands under the layer's name and ``" cls"``, shape (B, U).
    """
    tower = copy.deepcopy(session.model.visual).eval()
    with torch.inference_mode():
        return _FORWARDS[session.info.architecture](tower, session.to_input(pictures))


def _resnet(tower: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    seen = {}
    for number in (1, 2, 3):
        x = torch.relu(tower.get_submodule(f"bn{number}")(tower.get_submodule(f"conv{number}")(x)))
        seen[f"stem.conv{number}"] = x
    x = tower.avgpool(x)
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        for number, block in enumerate(getattr(tower, stage)):
            name = f"{stage}.{number}"
            first = torch.relu(block.bn1(block.conv1(x)))
            second = torch.relu(block.bn2(block.conv2(first)))
            third = block.bn3(block.conv3(block.avgpool(second)))
            shortcut = x if block.downsample is None else block.downsample(x)
            x = torch.relu(third + shortcut)
            seen |= {f"{name}.conv1": first, f"{name}.conv2": second, f"{name}.conv3": third}
            seen[name] = x
    seen["attnpool"] = tower.attnpool(x)[:, :, None, None]
    return seen


def _vit(tower: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    patches = tower.conv1(x)
    seen = {"stem": patches}
    grid = patches.shape[2]
    tokens = patches.flatten(2).transpose(1, 2)
    first = tower.class_embedding.expand(len(tokens), 1, -1)
    tokens = tower.ln_pre(torch.cat([first, tokens], dim=1) + tower.positional_embedding)
    for number, block in enumerate(tower.transformer.resblocks):
        normed = block.ln_1(tokens)
        attended = block.attn(normed, normed, normed, need_weights=False)[0]
        tokens = tokens + attended
        mlp = block.mlp(block.ln_2(tokens))
        tokens = tokens + mlp
        for name, values in ((".attention", attended), (".mlp", mlp), ("", tokens)):
            seen[f"blocks.{number}{name} cls"] = values[:, 0]
            maps = values[:, 1:].transpose(1, 2)
            seen[f"blocks.{number}{name}"] = maps.reshape(*maps.shape[:2], grid, grid)
    return seen


def _convnext(tower: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    x = tower.trunk.stem(x)
    seen = {"stem": x}
    for stage_number, stage in enumerate(tower.trunk.stages):
        x = stage.downsample(x)
        for number, block in enumerate(stage.blocks):
            inner = block.conv_dw(x).permute(0, 2, 3, 1)
            inner = block.mlp(block.norm(inner)).permute(0, 3, 1, 2)
            x = x + inner * block.gamma[:, None, None]
            seen[f"stages.{stage_number}.blocks.{number}"] = x
    return seen


_FORWARDS: dict[str, Callable[[nn.Module, torch.Tensor], dict[str, torch.Tensor]]] = {
    "Small resnet": _resnet,
    "Small vit": _vit,
    "Small convnext": _convnext,
}
