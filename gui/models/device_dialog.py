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
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from core.base.errors import LabError, ModelError
from gui.context.lab_context import LabContext
from gui.jobs.background import Background
from gui.look.theme import number_font

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

    Parameters
    ----------
    background : Background
        Outlives the dialog, so that closing it waits for nothing.
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
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, _NAME_WIDTH)
        self.looking = QLabel("Looking for devices…")
        self.looking.setProperty("role", "muted")
        self._grid.addWidget(self.looking, 0, 0, 1, 2)
        self._formats = QGridLayout()
        self._formats.setHorizontalSpacing(18)
        self._formats.setVerticalSpacing(6)
        self._formats.setColumnStretch(1, 1)
        self._formats.setColumnMinimumWidth(0, _NAME_WIDTH)
        self._reasons: dict[str, QLabel] = {}
        for row, (name, tip) in enumerate(PRECISIONS.items()):
            button = QRadioButton(name)
            button.setAccessibleDescription(tip)
            button.setToolTip(tip)
            button.setChecked(name == lab.settings.precision)
            button.toggled.connect(self._show_note)
            reason = _wrapped("muted")
            reason.setText(tip)
            self.precisions[name], self._reasons[name] = button, reason
            self._precision_group.addButton(button)
            self._formats.addWidget(button, row, 0, Qt.AlignmentFlag.AlignTop)
            self._formats.addWidget(reason, row, 1)
        self.note = _wrapped("")
        self.measure_button = QPushButton("Measure the speed")
        self.measure_button.setAutoDefault(False)
        self.measure_button.setToolTip(
            "Time the model in use for about a second, on the device and in the format it has now."
        )
        self.measure_button.clicked.connect(self.measure)
        self.speed = _wrapped("muted")
        self.speed.setFont(number_font())
        self.speed.setText("Of the model in use, as it runs now.")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._show_note()
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
        for row, offer in enumerate(offers, 1):
            button = QRadioButton(offer.title)
            button.setEnabled(offer.available)
            button.setAccessibleDescription(offer.reason)
            button.setToolTip(offer.reason)
            button.setChecked(offer.available and offer.id == wanted)
            button.toggled.connect(self._show_note)
            reason = _wrapped("muted")
            reason.setText(offer.reason)
            self.devices[offer.id] = button
            self._device_group.addButton(button)
            self._grid.addWidget(button, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(reason, row, 1)
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

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(_heading("Device"))
        column.addLayout(self._grid)
        column.addSpacing(6)
        column.addWidget(_heading("Number format"))
        column.addLayout(self._formats)
        card = QFrame()
        card.setProperty("role", "card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(14, 10, 14, 10)
        inner.addWidget(self.note)
        column.addSpacing(4)
        column.addWidget(card)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.measure_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.speed, 1)
        column.addLayout(row)
        column.addStretch(1)
        column.addWidget(self.buttons)


def _find() -> list[DeviceOffer]:
    from core.models.devices import device_offers

    return device_offers()


def _note(device: str, precision: str) -> str:
    from core.models.devices import change_note  # torch is there once devices were found

    return change_note(device, precision)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _wrapped(role: str) -> QLabel:
    label = QLabel()
    if role:
        label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
