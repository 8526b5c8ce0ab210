"""The architecture of a model: by name, by its configuration file, or read off its tensors' shapes.

A configuration is a dictionary in open_clip's form: ``embed_dim``, ``vision_cfg``, ``text_cfg`` and
optionally ``quick_gelu`` and others.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import msgspec
import open_clip
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
from torch import nn
from torch.overrides import TorchFunctionMode

from core.base.errors import ModelError, is_out_of_memory
from core.models.construction.ranges import check_config

Config = dict[str, Any]
Shapes = Mapping[str, tuple[int, ...]]

EMBEDDED_ARCHITECTURE = "ColorLab-Tiny"
EMBEDDED_CONFIG: Config = {
    "embed_dim": 64,
    "quick_gelu": True,
    "vision_cfg": {"layers": [1, 1, 2, 2], "width": 16, "patch_size": None, "image_size": 96},
    "text_cfg": {
        "context_length": 77,
        "vocab_size": 49408,
        "width": 64,
        "heads": 2,
        "layers": 2,
    },
}

_BUILDING = threading.Lock()
"""Two models built at once would draw from the one global generator by turns."""

COUNTER_SUFFIX = "num_batches_tracked"
"""Batch norm's counter of training batches: absent from some files and without effect."""


class Architecture(msgspec.Struct, frozen=True):
    """A named configuration.

    If it is `in_catalog`, its name is that of open_clip's catalog, without any ``-quickgelu``
    ending; else a description of the shape.
    """

    name: str
    config: Config
    in_catalog: bool


def named_architecture(name: str) -> Architecture:
    """The architecture of a catalog name such as ``"RN50"`` or ``"ViT-B-32-quickgelu"``."""
    if name.lower() in ("embedded", EMBEDDED_ARCHITECTURE.lower()):
        return Architecture(EMBEDDED_ARCHITECTURE, deepcopy(EMBEDDED_CONFIG), False)
    wanted = name.replace("/", "-")  # "ViT-B/32", as OpenAI writes it
    by_lower = {known.lower(): known for known in open_clip.list_models()}
    known = by_lower.get(wanted.lower())
    if known is None:
        raise ModelError(
            f"There is no architecture named “{name}”.", _similar(wanted, list(by_lower.values()))
        )
    return Architecture(_plain(known), dict(open_clip.get_model_config(known)), True)


def _similar(name: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else "RN50 and ViT-B-32 are examples."


def _plain(name: str) -> str:
    return name.removesuffix("-quickgelu")


def configured_architecture(config: Config, fallback_name: str) -> Architecture:
    """Name a configuration: by the catalog where it has the same one, else `fallback_name`."""
    check_config(config)
    try:
        _filled(config)
    except TypeError as error:
        raise ModelError(f"The configuration of the model is not understood: {error}.") from error
    if _without_activation(config) == _without_activation(EMBEDDED_CONFIG):
        return Architecture(EMBEDDED_ARCHITECTURE, config, False)
    for known in open_clip.list_models():
        if _without_activation(open_clip.get_model_config(known)) == _without_activation(config):
            return Architecture(_plain(known), config, True)
    return Architecture(fallback_name, config, False)


def detect_architecture(shapes: Shapes) -> Architecture:
    """Read the architecture off the shapes of the tensors of a CLIP.

    Head counts leave no trace in the shapes. They come from the catalog when it has a model of
    these shapes, else from OpenAI's convention of 64 channels a head. Where several architectures
    fit, none is chosen: that is a `ModelError`.
    """
    derived = _derive_config(shapes)
    candidates: dict[str, Architecture] = {}
    for known in sorted(open_clip.list_models(), key=len):
        config = open_clip.get_model_config(known)
        if _is_plain(config) and _shape_key(config) == _shape_key(derived):
            key = repr(_without_activation(config))
            candidates.setdefault(key, Architecture(_plain(known), config, True))
    if len(candidates) > 1:
        names = " and ".join(candidate.name for candidate in candidates.values())
        raise ModelError(
            f"The tensors fit several architectures: {names}.", "Name the one that was trained."
        )
    for found in candidates.values():
        if "init_logit_bias" in derived:
            found.config["init_logit_bias"] = derived["init_logit_bias"]
        return found
    if _shape_key(derived) == _shape_key(EMBEDDED_CONFIG):
        return named_architecture(EMBEDDED_ARCHITECTURE)
    return Architecture(describe(derived), derived, False)


def describe(config: Config) -> str:
    """A short description of a configuration, e.g. ``"ResNet 3-4-6-3, width 64, 224 px"``."""
    vision = config["vision_cfg"]
    timm_name = vision.get("timm_model_name")
    if timm_name:
        return f"{timm_name}, {vision.get('image_size', 224)} px"
    layers = vision.get("layers", 12)
    width, size = vision.get("width", 768), vision.get("image_size", 224)
    if isinstance(layers, list | tuple):
        return f"ResNet {'-'.join(map(str, layers))}, width {width}, {size} px"
    return f"ViT {layers} layers, width {width}, patch {vision.get('patch_size', 16)}, {size} px"


def build_model(
    architecture: Architecture,
    *,
    meta: bool = False,
    unfilled: bool = False,
    seed: int | None = None,
) -> nn.Module:
    """Build the model of an architecture, with random weights, without any network.

    The same seed gives the same weights; the global random generator is left as it was. With
    `meta` no memory is taken for the weights, to learn their shapes; `unfilled` draws none of the
    weights, for a model every tensor of which is set right afterwards. A faulty configuration, or
    one that needs parts that only a download brings, is a `ModelError`.
    """
    check_config(architecture.config)
    config = deepcopy(architecture.config)
    text, vision = config["text_cfg"], config["vision_cfg"]
    if text.get("hf_model_name"):
        raise ModelError(
            f"{architecture.name} needs the text model {text['hf_model_name']}, "
            "which is not part of this program.",
            "Use a model with CLIP's own text tower.",
        )
    if vision.get("timm_model_name"):
        _check_timm_name(vision["timm_model_name"])
        vision["timm_model_pretrained"] = False
    custom = bool(config.pop("custom_text", False))
    if config.pop("multimodal_cfg", None) is not None:
        raise ModelError(
            f"{architecture.name} is a captioning model.", "Use a CLIP without a text decoder."
        )
    kind = CustomTextCLIP if custom else CLIP
    try:
        with (
            _BUILDING,
            torch.random.fork_rng(devices=[]),
            torch.device("meta" if meta else "cpu"),
            _NothingDrawn() if unfilled else nullcontext(),
        ):
            if seed is not None:
                torch.default_generator.manual_seed(seed)
            model: nn.Module = kind(**config)
    except Exception as error:  # what a library does with numbers that it never expected
        if is_out_of_memory(error):
            raise
        said = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise ModelError(
            f"The configuration of {architecture.name} cannot be built: {said.rstrip('.')}."
        ) from error
    return model


class _NothingDrawn(TorchFunctionMode):
    """Leaves weights as they lie in memory: drawing millions of them takes longer than reading."""

    _DRAWING = frozenset(
        getattr(owner, name)
        for owner in (torch.Tensor, nn.init)
        for name in ("normal_", "uniform_", "erfinv_", "kaiming_uniform_", "kaiming_normal_")
        if hasattr(owner, name)
    )

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        named = kwargs or {}
        if func in self._DRAWING:
            return args[0] if args else named["tensor"]
        return func(*args, **named)


def _check_timm_name(name: object) -> None:
    """Let timm build what it knows: other names would make it look elsewhere, even on the web."""
    from timm.models import is_model

    if not isinstance(name, str) or ":" in name or "/" in name or not is_model(name):
        raise ModelError(f"The configuration of the model names an unknown image tower, “{name}”.")


def expected_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors of an architecture, counters of training batches left out."""
    model = build_model(architecture, meta=True)
    return {
        name: tuple(tensor.shape)
        for name, tensor in model.state_dict().items()
        if not name.endswith(COUNTER_SUFFIX)
    }


def looks_like_clip(shapes: Shapes) -> bool:
    """True if there are an image tower and token embeddings under the expected names."""
    has_image = any(name.startswith("visual.") for name in shapes)
    return has_image and any(name.endswith("token_embedding.weight") for name in shapes)


def _derive_config(shapes: Shapes) -> Config:
    if not looks_like_clip(shapes):
        raise ModelError("The tensors are not those of a CLIP with an image and a text tower.")
    if "text.token_embedding.weight" in shapes or any("visual.trunk." in name for name in shapes):
        raise ModelError(
            "The architecture cannot be told from the tensors of this kind of model.",
            "Name the architecture, or put its open_clip_config.json beside the file.",
        )
    try:
        config: Config = {
            "embed_dim": shapes["text_projection"][1],
            "vision_cfg": _derive_vision(shapes),
            "text_cfg": _derive_text(shapes),
        }
    except KeyError as error:
        raise ModelError(f"The tensor {error.args[0]} of the CLIP is missing.") from error
    except (IndexError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise ModelError("The tensors have shapes that no CLIP has.") from error
    if "logit_bias" in shapes:
        config["init_logit_bias"] = 0.0
    check_config(config)
    return config


def _derive_vision(shapes: Shapes) -> Config:
    if "visual.layer1.0.conv1.weight" in shapes:
        positions = shapes["visual.attnpool.positional_embedding"][0]
        return {
            "layers": [_count(shapes, f"visual.layer{stage}.") for stage in (1, 2, 3, 4)],
            "width": shapes["visual.layer1.0.conv1.weight"][0],
            "patch_size": None,
            "image_size": math.isqrt(positions - 1) * 32,
        }
    width, _, _, patch = shapes["visual.conv1.weight"]
    tokens = shapes["visual.positional_embedding"][0]
    hidden = shapes["visual.transformer.resblocks.0.mlp.c_fc.weight"][0]
    config: Config = {
        "layers": _count(shapes, "visual.transformer.resblocks."),
        "width": width,
        "patch_size": patch,
        "image_size": math.isqrt(tokens - 1) * patch,
        "mlp_ratio": hidden / width,
    }
    if "visual.ln_pre.weight" not in shapes:
        config["no_ln_pre"] = True
    return config


def _derive_text(shapes: Shapes) -> Config:
    width = shapes["ln_final.weight"][0]
    return {
        "context_length": shapes["positional_embedding"][0],
        "vocab_size": shapes["token_embedding.weight"][0],
        "width": width,
        "heads": max(width // 64, 1),
        "layers": _count(shapes, "transformer.resblocks."),
    }


def _count(shapes: Shapes, prefix: str) -> int:
    """Number of numbered blocks under a prefix."""
    found = {name[len(prefix) :].split(".", 1)[0] for name in shapes if name.startswith(prefix)}
    return len(found)


def _is_plain(config: Config) -> bool:
    """True for the kind of model `_derive_config` can read."""
    text = config["text_cfg"]
    return not (
        config["vision_cfg"].get("timm_model_name")
        or text.get("hf_model_name")
        or text.get("hf_tokenizer_name")
        or config.get("custom_text")
        or config.get("multimodal_cfg")
    )


def _filled(config: Config) -> Config:
    """A configuration with every default written out, so that equal ones compare equal."""
    vision = asdict(CLIPVisionCfg(**config["vision_cfg"]))
    text = asdict(CLIPTextCfg(**config["text_cfg"]))
    if isinstance(vision["layers"], list | tuple):
        vision["layers"] = tuple(vision["layers"])
        vision["patch_size"] = None  # a ResNet has none, whatever its configuration says
    return {**config, "vision_cfg": vision, "text_cfg": text}


def _without_activation(config: Config) -> Config:
    filled = _filled(config)
    filled.pop("quick_gelu", None)
    return filled


def _shape_key(config: Config) -> tuple[object, ...]:
    """What of a configuration shows in the shapes of the tensors."""
    filled = _filled(config)
    vision, text = filled["vision_cfg"], filled["text_cfg"]
    hidden = None
    if not isinstance(vision["layers"], tuple):
        hidden = int(vision["width"] * vision["mlp_ratio"])
    return (
        filled["embed_dim"],
        vision["layers"],
        vision["width"],
        vision["patch_size"],
        vision["image_size"],
        hidden,
        vision["no_ln_pre"],
        text["context_length"],
        text["vocab_size"],
        text["width"],
        text["layers"],
    )
