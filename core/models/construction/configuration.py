"""Configuration files beside weights, and preprocessing in open_clip's form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

from core.base.errors import ModelError
from core.base.reading import read_bytes
from core.base.typed import from_values
from core.models.construction.architecture import Config
from core.models.construction.ranges import check_config
from core.models.preprocessing import OPENAI_MEAN, OPENAI_STD, Preprocessing

CONFIG_NAME = "open_clip_config.json"
_MOST_BYTES = 2**20

_STATISTICS = {"mean": (-1e3, 1e3), "std": (1e-4, 1e4)}


class ModelConfiguration(msgspec.Struct, frozen=True):
    """Content of a configuration file: ``model_cfg`` and ``preprocess_cfg``."""

    model: Config
    preprocess: dict[str, Any]


def neighbor_configuration(weights: Path) -> ModelConfiguration | None:
    """The configuration file beside a file of weights, if there is one."""
    file = weights.parent / CONFIG_NAME
    if not file.is_file():
        return None
    try:
        content = msgspec.json.decode(read_bytes(file, _MOST_BYTES))
        model = content.get("model_cfg", content)
        preprocess = content.get("preprocess_cfg") or {}
        complete = all(name in model for name in ("embed_dim", "vision_cfg", "text_cfg"))
    except (
        OSError,
        msgspec.DecodeError,
        AttributeError,
        TypeError,
        RecursionError,
    ) as error:
        raise ModelError(f"{CONFIG_NAME} beside {weights.name} cannot be read.") from error
    if not complete or not isinstance(model, dict) or not isinstance(preprocess, dict):
        raise ModelError(f"{CONFIG_NAME} beside {weights.name} does not describe a CLIP.")
    check_config(model)
    return ModelConfiguration(model, preprocess)


def preprocessing_from(options: Mapping[str, Any], side: int) -> Preprocessing:
    """Preprocessing of open_clip's options; what is not given is OpenAI's."""
    given = {name: value for name, value in options.items() if value is not None}
    interpolation = given.get("interpolation", "bicubic")
    try:
        return from_values(
            {
                "side": side,
                "mean": _channels("mean", given.get("mean", OPENAI_MEAN)),
                "std": _channels("std", given.get("std", OPENAI_STD)),
                # "random" is a choice at training time; open_clip runs such models with bicubic
                "interpolation": "bicubic" if interpolation == "random" else interpolation,
                "resize_mode": given.get("resize_mode", "shortest"),
                "fill_color": given.get("fill_color", 0),
            },
            Preprocessing,
        )
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"The preprocessing of the model is not valid: {error}.") from error


def published_preprocessing(architecture: str) -> tuple[dict[str, Any], bool]:
    """Preprocessing of all weights open_clip knows for an architecture, and whether they agree.

    Empty where they do not, so that OpenAI's is but a guess, or where there are none.
    """
    known = [
        {name: get_pretrained_cfg(architecture, tag).get(name) for name in _OPTIONS}
        for tag in list_pretrained_tags_by_model(architecture)
    ]
    if not known:
        return {}, True
    if any(options != known[0] for options in known):
        return {}, False
    return known[0], True


_OPTIONS = ("mean", "std", "interpolation", "resize_mode")


def _channels(name: str, value: Any) -> tuple[float, ...]:
    least, most = _STATISTICS[name]
    listed = value if isinstance(value, list | tuple) else (value,) * 3
    channels = tuple(float(channel) for channel in listed)
    if not all(least <= channel <= most for channel in channels):
        raise ValueError(f"{name} lies between {least:g} and {most:g}")
    return channels
