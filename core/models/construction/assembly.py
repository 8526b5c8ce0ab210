"""From a built model to a session: device, precision and the account of both."""

from __future__ import annotations

import math
import platform
from importlib.metadata import PackageNotFoundError, version

import msgspec
import numpy as np
import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.transformer import QuickGELU, VisionTransformer
from torch import nn

from core.base.errors import ModelError, PromptError, is_out_of_memory
from core.models.construction.architecture import COUNTER_SUFFIX, Architecture
from core.models.info import ModelInfo
from core.models.precision import check_device, choose_precision
from core.models.preprocessing import Preprocessing
from core.models.session import ModelSession
from core.models.text.tokens import Tokenizer


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where weights come from; the fields are those of `ModelInfo`."""

    name: str
    source: str
    form: str = ""
    sha256: str = ""
    activation_reason: str = ""
    notice: str = ""
    tensors_matched: int


def assemble(
    model: nn.Module,
    architecture: Architecture,
    preprocessing: Preprocessing,
    origin: Origin,
    device: str,
    precision: str,
    tokenizer: Tokenizer,
) -> ModelSession:
    """Put a model on its device, wrap it and try it on a picture and a text (R76).

    A precision that the device lacks, or in which the model does not run or gives values that are
    not finite, is replaced by fp32, and the session's notice says so. A `ModelError` if it fails in
    fp32 too, or the device does not exist or has too little memory.
    """
    target = check_device(device)
    used, note = choose_precision(target, precision)
    try:
        model = model.to(device=target, dtype=torch.float32)
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"{origin.name} does not fit into the memory of {device}.", "Choose cpu."
        ) from error
    scale, bias = _scale_and_bias(model, origin.name)
    info = ModelInfo(
        name=origin.name,
        architecture=architecture.name,
        tower=tower_of(model),
        source=origin.source,
        form=origin.form,
        sha256=origin.sha256,
        activation=activation_of(model),
        activation_reason=origin.activation_reason,
        preprocessing=preprocessing,
        context_length=tokenizer.context_length,
        embed_dim=int(architecture.config["embed_dim"]),
        tensors_matched=origin.tensors_matched,
        tensors_total=tensor_count(model),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        logit_scale=scale,
        logit_bias=bias,
        device=str(target),
        precision=used,
        notice=_joined(origin.notice, note),
        versions=versions(*(["tokenizers"] if tokenizer.vocabulary_sha256 else [])),
        vocabulary_sha256=tokenizer.vocabulary_sha256,
    )
    session = ModelSession(model, tokenizer, info)
    fault = _fault(session)
    if fault and used != "fp32":
        note = f"{origin.name} does not run in {used} on {device}; running in fp32."
        info = msgspec.structs.replace(info, precision="fp32", notice=_joined(origin.notice, note))
        session = ModelSession(model, tokenizer, info)
        fault = _fault(session)
    if fault:
        raise ModelError(f"{origin.name} cannot be used: it {fault}.", _DAMAGED)
    return session


_DAMAGED = "The training that made it went wrong, or the file is damaged."


def _scale_and_bias(model: nn.Module, name: str) -> tuple[float, float | None]:
    """The factor of the cosines, and the offset of the logits where there is one; finite (R76)."""
    exponent = float(model.logit_scale.detach().item())  # type: ignore[operator]
    bias = getattr(model, "logit_bias", None)
    offset = None if bias is None else float(bias.detach().item())
    scale = float(model.logit_scale.detach().exp().item())  # type: ignore[operator]
    if not 0 < scale < math.inf:
        raise ModelError(
            f"{name} has the logit scale exp({exponent:g}), from which no probability comes.",
            _DAMAGED,
        )
    if offset is not None and not math.isfinite(offset):
        raise ModelError(f"{name} has the logit bias {offset:g}, which is not finite.", _DAMAGED)
    return scale, offset


def model_side(model: nn.Module, name: str) -> int:
    """Side of the pictures a model takes; a `ModelError` if they are not square."""
    size = getattr(model.visual, "image_size", 224)
    if isinstance(size, int):
        return size
    try:
        height, width = (int(value) for value in size)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} does not say how large its pictures are.") from error
    if height != width:
        raise ModelError(f"{name} takes pictures of {width} × {height} pixels, not square ones.")
    return height


def tensor_count(model: nn.Module) -> int:
    """Number of tensors of a model, counters of training batches left out."""
    return sum(not name.endswith(COUNTER_SUFFIX) for name in model.state_dict())


def tower_of(model: nn.Module) -> str:
    """Kind of the image tower: ``"resnet"``, ``"vit"`` or ``"other"``."""
    if isinstance(model.visual, ModifiedResNet):
        return "resnet"
    return "vit" if isinstance(model.visual, VisionTransformer) else "other"


def activation_of(model: nn.Module) -> str:
    """Activation the transformers of a built model really have."""
    found = []
    for module in model.modules():
        if isinstance(module, QuickGELU):
            found.append("QuickGELU")
        elif isinstance(module, nn.GELU):
            found.append("GELU" if module.approximate == "none" else "GELU (tanh)")
    return " and ".join(dict.fromkeys(found)) or "none"


def versions(*further: str) -> dict[str, str]:
    """Versions of everything that takes part in a model's numbers; `further` packages as well."""
    found = {"python": platform.python_version()}
    for package in ("torch", "open_clip_torch", "numpy", "pillow", "ftfy", *further):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a frozen program may come without this record
            found[package] = "unknown"
    return found


def _fault(session: ModelSession) -> str:
    """What is wrong with a model that one picture and one text pass through, as a clause."""
    side, width = session.info.preprocessing.side, session.info.embed_dim
    gray = np.full((1, side, side, 3), 128, np.uint8)
    try:
        image, text = session.encode_images(gray), session.encode_texts(["gray"])
    except PromptError:  # it takes so few tokens that no word fits
        return f"takes {session.info.context_length} tokens, too few for a word"
    except Exception as error:  # what a configuration from anywhere makes of a forward pass
        if is_out_of_memory(error):
            raise
        said = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        return f"does not run ({said.rstrip('.')})"
    if image.shape != (1, width) or text.shape != (1, width):
        return "gives embeddings of another size than it says"
    finite = np.isfinite(image).all() and np.isfinite(text).all()
    ok = finite and image.any() and text.any()
    return "" if ok else "gives values that are not finite, or nothing but zeros"


def _joined(*parts: str) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)
