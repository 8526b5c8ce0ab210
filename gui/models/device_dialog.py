"""The dialog “Device and precision”: what there is, how fast, and what it changes (R10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QRadioButton,
    QWidget,
)

from core.base.errors import LabError, ModelError
from gui.context.lab_context import LabContext
from gui.jobs.background import Background
from gui.look.theme import number_font
from gui.models.details import dialog_button
from gui.widgets.build import column, label, row

if TYPE_CHECKING:  # it imports torch
    from core.models.devices import DeviceOffer, Speed

PRECISIONS = {
    "fp32": "32 bits a number, seven significant digits: the reference.",
    "fp16": "16 bits a number, about three significant digits, a small range: faster on cards.",
    "bf16": "16 bits a number, about two significant digits, a wide range: faster on newer cards.",
}
_WIDTH = 560
_NAME_WIDTH = 84


class DeviceDialog(QDialog):
    """Whoever opens it takes the choice and reads the model again.

    The background outlives the dialog, so that closing it waits for nothing.
    """

    def __init__(
        self, lab: LabContext, background: Background, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._background = background
        self._ended = False
        self._offers: dict[str, DeviceOffer] = {}
        self.setWindowTitle("Device and precision")
        self.setMinimumWidth(_WIDTH)
        self.devices: dict[str, QRadioButton] = {}
        self.precisions: dict[str, QRadioButton] = {}
        self._device_group, self._precision_group = QButtonGroup(self), QButtonGroup(self)
        self.looking = label("Looking for devices…", "muted")
        self._grid = _choices()
        self._grid.addWidget(self.looking, 0, 0, 1, 2)
        self._formats = _choices()
        self._reasons: dict[str, QLabel] = {}
        for name, tip in PRECISIONS.items():
            self.precisions[name], self._reasons[name] = self._offer(
                self._formats, self._precision_group, name, tip
            )
        self.note = label(wraps=True)
        self.measure_button = dialog_button(
            "Measure the speed",
            "Time the model in use for about a second, on the device and in the format it has now.",
            self.measure,
        )
        self.speed = label("Of the model in use, as it runs now.", "muted", wraps=True)
        self.speed.setFont(number_font())
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.precisions[lab.settings.precision].setChecked(True)
        self.finished.connect(self._on_finished)
        lab.closing.connect(self.reject)
        self._background.run(_find, self.show_offers, self._fail)

    @property
    def device(self) -> str:
        """The chosen device."""
        chosen = (name for name, button in self.devices.items() if button.isChecked())
        return next(chosen, self._lab.settings.device)

    @property
    def precision(self) -> str:
        """The chosen number format."""
        return next(name for name, button in self.precisions.items() if button.isChecked())

    def show_offers(self, offers: list[DeviceOffer]) -> None:
        """Show what there is."""
        if self._ended:
            return
        self.looking.hide()
        self._offers = {offer.id: offer for offer in offers}
        present = self._lab.settings.device
        wanted = present if present in self._offers else present.partition(":")[0]
        for offer in offers:
            button, _reason = self._offer(self._grid, self._device_group, offer.title, offer.reason)
            button.setEnabled(offer.available)
            button.setChecked(offer.available and offer.id == wanted)
            self.devices[offer.id] = button
        if self._device_group.checkedButton() is None:
            self.devices["cpu"].setChecked(True)
        self._show_note()
        self.adjustSize()

    def measure(self) -> None:
        """Time the model in use, beside the window."""
        session = self._lab.inference.session
        if session is None:
            self._fail(ModelError("No model is loaded yet."))
            return

        def work() -> Speed | None:
            from core.models.devices import measure

            return measure(session, stopped=lambda: self._ended)

        self.measure_button.setEnabled(False)
        self.speed.setText("Measuring…")
        self._background.run(work, self._show_speed, self._fail)

    def _on_finished(self) -> None:
        self._ended = True

    def _show_speed(self, speed: Speed | None) -> None:
        if speed is None or self._ended:
            return
        self.measure_button.setEnabled(True)
        size = speed.batch_size
        how = f"in batches of {size}" if size > 1 else "one at a time"
        text = (
            f"{speed.images_per_second:,.0f} images a second {how}; "
            f"{speed.live_milliseconds:.0f} ms for one picture "
            f"({speed.device.upper()}, {speed.precision})."
        )
        self.speed.setText(text)

    def _fail(self, error: LabError) -> None:
        if self._ended:
            return
        self.measure_button.setEnabled(True)
        self.speed.setText(str(error))

    def _show_note(self) -> None:
        offer = self._offers.get(self.device)
        refused = offer.refused if offer is not None else {}
        for name, button in self.precisions.items():
            button.setEnabled(name not in refused)
            why = refused.get(name, "").partition(";")[0].rstrip(".")
            self._reasons[name].setText(f"{why}." if why else PRECISIONS[name])
        if self.precision in refused:
            self.precisions["fp32"].setChecked(True)
        self.note.setText(_note(self.device, self.precision) if self._offers else "")

    def _offer(
        self, grid: QGridLayout, group: QButtonGroup, title: str, tip: str
    ) -> tuple[QRadioButton, QLabel]:
        """One more choice at the end of a grid, with what there is to know about it."""
        button, reason = QRadioButton(title), label(tip, "muted", wraps=True)
        button.setAccessibleDescription(tip)
        button.setToolTip(tip)
        button.toggled.connect(self._show_note)
        group.addButton(button)
        line = grid.rowCount()
        grid.addWidget(button, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(reason, line, 1)
        return button, reason

    def _lay_out(self) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        column(self.note, margins=(14, 10, 14, 10), on=card)
        top = Qt.AlignmentFlag.AlignTop
        whole = column(spacing=10, margins=(20, 18, 20, 16), on=self)
        whole.addWidget(label("Device", "heading"))
        whole.addLayout(self._grid)
        whole.addSpacing(6)
        whole.addWidget(label("Number format", "heading"))
        whole.addLayout(self._formats)
        whole.addSpacing(4)
        whole.addWidget(card)
        whole.addLayout(row((self.measure_button, 0, top), (self.speed, 1), spacing=12))
        whole.addStretch(1)
        whole.addWidget(self.buttons)


def _choices() -> QGridLayout:
    """A grid with names at the left and what they mean at the right."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, _NAME_WIDTH)
    return grid


def _find() -> list[DeviceOffer]:
    from core.models.devices import device_offers

    return device_offers()


def _note(device: str, precision: str) -> str:
    from core.models.devices import change_note  # torch is there once devices were found

    return change_note(device, precision)
