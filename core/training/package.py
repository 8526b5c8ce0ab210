"""Writing a trained model as the files that ship: fp16 safetensors and open_clip's config."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from open_clip.model import CLIP
from safetensors.torch import save

from core.base.atomic import write_atomic
from core.models.files.catalog import EMBEDDED_NAME
from core.training.recipe import Recipe

WEIGHTS = "model.safetensors"
CONFIG = "open_clip_config.json"


def write_package(model: CLIP, recipe: Recipe, seconds: float, folder: Path) -> Path:
    """Write weights and configuration; any open_clip reads the folder as ``local-dir:…``.

    The weights are rounded to half precision, and the recipe's name, seed, steps, hash and the
    training time go into the metadata of their file, which is returned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_cfg": recipe.architecture.model_config(),
        "preprocess_cfg": {
            "mean": list(OPENAI_DATASET_MEAN),
            "std": list(OPENAI_DATASET_STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }
    write_atomic(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())
    tensors = {
        name: tensor.detach().to(torch.float16 if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in model.state_dict().items()
    }
    metadata = {
        "format": "pt",
        "name": EMBEDDED_NAME,
        "recipe": recipe.name,
        "recipe_sha256": recipe.digest(),
        "seed": str(recipe.seed),
        "steps": str(recipe.schedule.steps),
        "images": str(recipe.schedule.steps * recipe.schedule.batch),
        "training_minutes": f"{seconds / 60:.1f}",
        "torch": torch.__version__.split("+")[0],
    }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    write_atomic(folder / WEIGHTS, save(contiguous, metadata=metadata))
    return folder / WEIGHTS
