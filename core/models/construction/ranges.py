"""Which numbers a configuration of a model may hold (R58, R79).

A configuration comes with the weights, from anywhere, and says how much to build: a thousand
million layers would be built one by one, without end. So everything in it has a range, which is
looked at before anything is made of it. The ranges are some times what the largest CLIPs have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.base.errors import ModelError

MOST_PATCHES = 8192
"""Of one picture; attention costs their square. The largest CLIPs have 1,024."""

_WHOLE: dict[str, tuple[int, int]] = {
    "embed_dim": (1, 16_384),
    "image_size": (1, 2048),
    "patch_size": (1, 2048),
    "layers": (1, 256),
    "width": (1, 16_384),
    "heads": (1, 1024),
    "head_width": (1, 16_384),
    "dim_head": (1, 16_384),
    "context_length": (1, 4096),
    "vocab_size": (1, 2_000_000),
    "attn_pooler_queries": (1, 8192),
    "n_queries": (1, 8192),
    "attn_pooler_heads": (1, 1024),
}
"""By the names of open_clip; each stands for one whole number or a short list of them."""

_LISTED = ("layers", "image_size", "patch_size")
_OPTIONAL = ("patch_size",)
_TEXTS = ("hf_tokenizer_name", "hf_model_name", "tokenizer_mode", "timm_model_name", "pool_type")
_TABLES = ("vision_cfg", "text_cfg", "tokenizer_kwargs", "act_kwargs", "norm_kwargs")

_OTHER = (-1e6, 1e6)
_MOST_PARTS = 2000
_MOST_DEPTH = 8
_MOST_TEXT = 500
_MOST_LISTED = 8


def check_config(config: Mapping[str, Any]) -> None:
    """Refuse a configuration in open_clip's form that has numbers or parts as no model has."""
    left = [_MOST_PARTS]
    _check(config, "", 0, left)
    for part in ("vision_cfg", "text_cfg"):
        if not isinstance(config.get(part), Mapping):
            raise ModelError(f"The configuration of the model has no {part}.", _HINT)
    if type(config.get("embed_dim")) is not int:
        raise ModelError("The configuration of the model has no embed_dim.", _HINT)
    vision = config["vision_cfg"]
    if isinstance(vision.get("layers"), list | tuple) and len(vision["layers"]) != 4:
        raise ModelError("The configuration of the model has not four stages of layers.", _HINT)
    side, patch = _largest(vision.get("image_size")), _least(vision.get("patch_size"))
    plain = not vision.get("timm_model_name") and not isinstance(vision.get("layers"), list | tuple)
    if plain and (side // max(patch, 1)) ** 2 > MOST_PATCHES:
        raise ModelError(
            f"The configuration of the model cuts pictures of {side} pixels into patches of "
            f"{patch}; at most {MOST_PATCHES:,} patches are possible.",
            _HINT,
        )


_HINT = "Get the configuration again from where the weights came."


def _check(value: Any, name: str, depth: int, left: list[int]) -> None:
    if name in _TEXTS and not isinstance(value, str | None):
        raise _wrong(name, "no text")
    if name in _TABLES and not isinstance(value, Mapping | None):
        raise _wrong(name, "no table")
    left[0] -= 1
    if left[0] < 0 or depth > _MOST_DEPTH:
        raise ModelError("The configuration of the model is larger than any model has.", _HINT)
    if isinstance(value, Mapping):
        if name in _WHOLE:
            raise _wrong(name, "a table")
        for key, inner in value.items():
            if not isinstance(key, str) or len(key) > _MOST_TEXT or not key.isprintable():
                raise ModelError("The configuration of the model holds impossible names.", _HINT)
            _check(inner, key, depth + 1, left)
    elif isinstance(value, list | tuple):
        if name in _WHOLE:
            flat = all(type(inner) is int for inner in value)
            if name not in _LISTED or not flat or not 1 <= len(value) <= _MOST_LISTED:
                raise _wrong(name, f"a list of {len(value):,}")
        for inner in value:
            _check(inner, name, depth + 1, left)
    elif isinstance(value, str):
        if name in _WHOLE or len(value) > _MOST_TEXT or not value.isprintable():
            raise _wrong(name, "a text that it cannot be")
    elif isinstance(value, bool):
        if name in _WHOLE:
            raise _wrong(name, str(value).lower())
    elif isinstance(value, int | float):
        _check_number(value, name)
    elif value is not None or (name in _WHOLE and name not in _OPTIONAL):
        raise _wrong(name, "not given")


def _check_number(value: Any, name: str) -> None:
    least, most = _WHOLE.get(name, _OTHER)
    if isinstance(value, float) and (name in _WHOLE or not math.isfinite(value)):
        raise _wrong(name, f"{value:g}")
    if not least <= value <= most:
        # A whole number can have thousands of digits, and some too many to be written at all.
        shown = f"{value:,}" if abs(value) < 10**15 else "a number of more than 15 digits"
        raise _wrong(name, f"{shown}; between {least:,} and {most:,} is possible")


def _wrong(name: str, what: str) -> ModelError:
    return ModelError(f"In the configuration of the model, {name or 'a value'} is {what}.", _HINT)


def _largest(value: Any) -> int:
    return max(value) if isinstance(value, list | tuple) else value or 224


def _least(value: Any) -> int:
    return min(value) if isinstance(value, list | tuple) else value or 16
