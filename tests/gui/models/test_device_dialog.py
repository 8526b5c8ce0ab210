"""Device and precision: what there is, why not, how fast, and what it changes (R10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from core.base.errors import ModelError
from core.models.devices import DeviceOffer
from gui.jobs.background import Background
from gui.jobs.inference import ModelRequest
from gui.models import device_dialog
from gui.models.device_dialog import PRECISIONS, DeviceDialog
from gui.models.opener import ModelTools
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.quick_model import QuickLoader

CARD = DeviceOffer(id="cuda", title="CUDA", available=True, reason="A card.", refused={})
OFFERS = [
    DeviceOffer(
        id="cpu",
        title="CPU",
        available=True,
        reason="Always there.",
        refused={name: f"{name} is not used on the CPU; running." for name in ("fp16", "bf16")},
    ),
    CARD,
    DeviceOffer(
        id="mps",
        title="MPS",
        available=False,
        reason="Only Macs have it.",
        refused=dict.fromkeys(PRECISIONS, "Only Macs have it."),
    ),
]


@pytest.fixture
def dialog(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DeviceDialog]:
    monkeypatch.setattr(device_dialog, "_find", lambda: OFFERS)
    background = Background()
    dialog = DeviceDialog(window.lab, background, window)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.devices), timeout=WAIT)
    yield dialog
    dialog.reject()
    background.stop()
    dialog.deleteLater()


def test_r10_what_cannot_be_used_is_disabled_with_its_reason(dialog: DeviceDialog) -> None:
    assert dialog.device == "cpu" and dialog.precision == "fp32"
    assert not dialog.devices["mps"].isEnabled()
    assert dialog.devices["mps"].accessibleDescription() == "Only Macs have it."
    assert not dialog.precisions["fp16"].isEnabled()
    assert dialog._reasons["fp16"].text() == "fp16 is not used on the CPU."
    assert "own numbers and tests" in dialog.note.text()


def test_a_choice_that_changes_numbers_says_so(dialog: DeviceDialog) -> None:
    dialog.devices["cuda"].setChecked(True)
    assert "last digits differ" in dialog.note.text()
    dialog.precisions["bf16"].setChecked(True)
    assert (dialog.device, dialog.precision) == ("cuda", "bf16")
    assert "about two significant digits" in dialog.note.text()
    dialog.devices["cpu"].setChecked(True)  # which has no bf16
    assert dialog.precision == "fp32"


def test_the_speed_of_the_model_in_use_is_measured_beside_the_window(
    dialog: DeviceDialog, qtbot: QtBot
) -> None:
    dialog.measure_button.click()
    assert not dialog.measure_button.isEnabled()
    qtbot.waitUntil(dialog.measure_button.isEnabled, timeout=WAIT)
    assert "images a second" in dialog.speed.text()
    assert "for one picture (CPU, fp32)" in dialog.speed.text()


def test_the_choice_is_kept_and_the_model_is_read_again(
    window: MainWindow, loader: QuickLoader, qtbot: QtBot
) -> None:
    asked: list[ModelRequest] = []
    loader.before_load = asked.append
    tools = window.findChild(ModelTools)
    with qtbot.waitSignal(window.lab.inference.model_ready, timeout=WAIT):
        tools.use_device("cuda", "fp16")
    assert [(r.reference, r.device, r.precision) for r in asked] == [("embedded", "cuda", "fp16")]
    assert (window.lab.settings.device, window.lab.settings.precision) == ("cuda", "fp16")


@pytest.mark.logs("does not fit into the memory of cuda")
def test_r10_a_device_that_fails_is_taken_back(
    window: MainWindow, loader: QuickLoader, qtbot: QtBot
) -> None:
    def fail(request: ModelRequest) -> None:
        raise ModelError("The model does not fit into the memory of cuda.", "Choose cpu.")

    loader.before_load = fail
    tools = window.findChild(ModelTools)
    with qtbot.waitSignal(window.lab.inference.model_failed, timeout=WAIT):
        tools.use_device("cuda", "fp16")
    assert (window.lab.settings.device, window.lab.settings.precision) == ("cpu", "fp32")
    assert window.lab.inference.info.name == "Quick"
    assert "does not fit" in window.notice.text
