"""Devices and precisions: what runs where, decided before a model is moved (R10)."""

from __future__ import annotations

from typing import Literal, get_args

import torch

from core.base.errors import ModelError

Precision = Literal["fp32", "fp16", "bf16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)

DTYPES: dict[str, torch.dtype] = {
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}


def check_device(device: str) -> torch.device:
    """The device of this computer that is called ``"cpu"``, ``"cuda:1"``, ``"mps"`` or so."""
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ModelError(
            f"“{device}” is not the name of a device.", "Use cpu, cuda or mps."
        ) from error
    count = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": _mps_count()}.get(found.type, 0)
    if (found.index or 0) >= count:
        raise ModelError(f"This computer has no device {device}.", "Choose cpu.")
    return found


def choose_precision(device: torch.device, precision: str) -> tuple[str, str]:
    """The precision to use in place of the asked one, and why; the reason may be empty."""
    if precision not in PRECISIONS:
        raise ModelError(
            f"“{precision}” is not a precision.", f"Use one of {', '.join(PRECISIONS)}."
        )
    if precision == "fp32":
        return precision, ""
    if device.type == "cpu":
        return "fp32", f"{precision} is not used on the CPU; running in fp32."
    if precision == "bf16" and not _has_bf16(device):
        return "fp32", f"{device} does not support bf16; running in fp32."
    return precision, ""


def _has_bf16(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def _mps_count() -> int:
    return 1 if torch.backends.mps.is_available() else 0
