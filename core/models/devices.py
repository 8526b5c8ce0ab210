"""What a model can run on here, in which number formats, and how fast (R10)."""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import ModelError
from core.models.precision import PRECISIONS, choose_precision
from core.models.session import ModelSession

_SECONDS = 1.0
_BATCHES = (8, 32)
_LEAST = 3


class DeviceOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A device, be it here or not."""

    id: str  # as in the settings: "cpu", "cuda", "cuda:1", "mps"
    title: str
    available: bool
    reason: str  # one sentence: what it is, or why it cannot be used
    refused: dict[str, str]  # number formats that it does not run in, each with the reason


class Speed(msgspec.Struct, frozen=True):
    """What a short calibration found."""

    images_per_second: float  # in batches, as in an experiment
    batch_size: int  # the faster of those that were tried
    live_milliseconds: float  # median time for one picture, as on the canvas
    device: str
    precision: str


def device_offers() -> list[DeviceOffer]:
    """All kinds of devices, the CPU first; of graphics cards each one that is here."""
    return [_cpu(), *_cuda(), _mps()]


def measure(
    session: ModelSession,
    seconds: float = _SECONDS,
    stopped: Callable[[], bool] = lambda: False,
) -> Speed | None:
    """Time a model for about so many seconds on pictures of noise; nothing is recorded.

    Other users of the session come in between any two batches. Of a model so slow that a batch
    would take longer than all of this, single pictures alone are timed. `stopped` is asked before
    each batch; once it says true, the result is None.
    """
    side = session.info.preprocessing.side
    noise = np.random.default_rng(0).integers(0, 256, (max(_BATCHES), side, side, 3), np.uint8)
    try:
        single = _median_time(session, noise[:1], seconds / 3, stopped)
        rates = {1: 1 / single}
        for size in _BATCHES:
            if size * single < seconds and not stopped():
                taken = _median_time(session, noise[:size], seconds / 3, stopped)
                rates[size] = size / taken
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"{session.info.device} has too little memory for a batch of {max(_BATCHES)} images.",
            "Experiments choose smaller batches by themselves.",
        ) from error
    if stopped():
        return None
    best = max(rates, key=rates.__getitem__)
    return Speed(rates[best], best, 1000 * single, session.info.device, session.info.precision)


def change_note(device: str, precision: str) -> str:
    """What a choice means for the numbers, in one or two sentences."""
    if precision in ("fp16", "bf16"):
        digits = {"fp16": "about three", "bf16": "about two"}[precision]
        return (
            f"{precision} computes with {digits} significant digits instead of seven: "
            "probabilities, cosines and activations change visibly, and close calls may turn. "
            "Keep fp32 for numbers to publish or to compare with others."
        )
    if device == "cpu":
        return "fp32 on the CPU is what the lab's own numbers and tests were made with."
    return (
        "fp32 on another device sums in another order: the last digits differ from the CPU's, and "
        "only ties can turn."
    )


def _median_time(
    session: ModelSession,
    images: NDArray[np.uint8],
    seconds: float,
    stopped: Callable[[], bool],
) -> float:
    session.encode_images(images)  # the first one also allocates
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < _LEAST or (time.perf_counter() < end and not stopped()):
        began = time.perf_counter()
        session.encode_images(images)
        times.append(time.perf_counter() - began)
        if stopped():
            break
    return statistics.median(times)


def _cpu() -> DeviceOffer:
    cores = torch.get_num_threads()
    return DeviceOffer(
        id="cpu",
        title="CPU",
        available=True,
        reason=f"Always there; {cores} thread{'s' if cores != 1 else ''} now.",
        refused=_refused(torch.device("cpu")),
    )


def _cuda() -> list[DeviceOffer]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about a driver that is missing or too old
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count:
        return [_card(number, count) for number in range(count)]
    if torch.version.cuda is None:
        reason = "This installation of PyTorch has no CUDA; the larger installer brings it."
    else:
        reason = "No NVIDIA graphics card with a working driver was found."
    return [_missing("cuda", "CUDA", reason)]


def _card(number: int, count: int) -> DeviceOffer:
    name = "cuda" if count == 1 else f"cuda:{number}"
    properties = torch.cuda.get_device_properties(number)
    memory = properties.total_memory / 2**30
    return DeviceOffer(
        id=name,
        title="CUDA" if count == 1 else f"CUDA {number}",
        available=True,
        reason=f"{properties.name} with {memory:.0f} GiB of memory.",
        refused=_refused(torch.device(name)),
    )


def _mps() -> DeviceOffer:
    if torch.backends.mps.is_available():
        return DeviceOffer(
            id="mps",
            title="MPS",
            available=True,
            reason="The graphics unit of this Mac.",
            refused=_refused(torch.device("mps")),
        )
    if sys.platform != "darwin":
        reason = "Only Macs have it."
    elif not torch.backends.mps.is_built():
        reason = "This installation of PyTorch has no MPS."
    else:
        reason = "This Mac or its system is too old for it."
    return _missing("mps", "MPS", reason)


def _missing(name: str, title: str, reason: str) -> DeviceOffer:
    return DeviceOffer(
        id=name,
        title=title,
        available=False,
        reason=reason,
        refused=dict.fromkeys(PRECISIONS, reason),
    )


def _refused(device: torch.device) -> dict[str, str]:
    """Number formats that would be replaced by fp32, with the reason."""
    found = {precision: choose_precision(device, precision)[1] for precision in PRECISIONS}
    return {precision: note for precision, note in found.items() if note}
