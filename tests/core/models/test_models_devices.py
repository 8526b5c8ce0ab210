"""Devices on offer, and how fast a model runs: R10."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from core.models import devices
from core.models.devices import change_note, device_offers, measure
from core.models.loading import random_session


def test_r10_the_cpu_is_always_on_offer_in_fp32_alone() -> None:
    cpu = device_offers()[0]
    assert (cpu.id, cpu.available) == ("cpu", True)
    assert set(cpu.refused) == {"fp16", "bf16"}
    assert "not used on the CPU" in cpu.refused["fp16"]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (None, "has no CUDA"),
        ("13.0", "No NVIDIA graphics card with a working driver"),
    ],
)
def test_r10_a_missing_card_has_its_reason(
    version: str | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", version)
    [card] = [offer for offer in device_offers() if offer.id.startswith("cuda")]
    assert not card.available
    assert reason in card.reason
    assert set(card.refused) == {"fp32", "fp16", "bf16"}


@pytest.mark.parametrize(
    ("system", "is_built", "reason"),
    [
        ("linux", False, "Only Macs have it"),
        ("darwin", False, "This installation of PyTorch has no MPS"),
        ("darwin", True, "too old for it"),
    ],
)
def test_r10_a_missing_unit_of_a_mac_has_its_reason(
    system: str, is_built: bool, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: is_built)
    monkeypatch.setattr("sys.platform", system)
    [unit] = [offer for offer in device_offers() if offer.id == "mps"]
    assert not unit.available
    assert reason in unit.reason


def test_each_card_is_on_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    properties = SimpleNamespace(name="Card X", total_memory=24 * 2**30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _number: properties)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_options: False)
    cards = [offer for offer in device_offers() if offer.id.startswith("cuda")]
    assert [(card.id, card.title) for card in cards] == [("cuda:0", "CUDA 0"), ("cuda:1", "CUDA 1")]
    assert cards[0].reason == "Card X with 24 GiB of memory."
    assert set(cards[0].refused) == {"bf16"}


def test_the_speed_is_that_of_the_model() -> None:
    session = random_session("embedded")
    speed = measure(session, seconds=0.1)
    assert speed is not None
    assert speed.images_per_second > 0
    assert speed.live_milliseconds > 0
    assert (speed.device, speed.precision) == ("cpu", "fp32")


def test_a_slow_model_is_timed_by_single_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def slow(_session: object, images: object, *_rest: object) -> float:
        asked.append(len(images))  # type: ignore[arg-type]
        return 5.0 * len(images)  # type: ignore[arg-type]

    monkeypatch.setattr(devices, "_median_time", slow)
    speed = measure(random_session("embedded"))
    assert asked == [1]
    assert speed is not None
    assert (speed.batch_size, speed.images_per_second) == (1, 0.2)


def test_measuring_stops_when_it_is_told_to() -> None:
    asked = iter([False, True])
    session = random_session("embedded")
    assert measure(session, seconds=60, stopped=lambda: next(asked, True)) is None


def test_a_choice_says_what_it_changes() -> None:
    assert "about three" in change_note("cuda", "fp16")
    assert "about two" in change_note("cuda", "bf16")
    assert "last digits" in change_note("cuda", "fp32")
    assert "lab's own numbers" in change_note("cpu", "fp32")
