"""Binds the commands about models, and owns the downloads and imports of one window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog

from core.base.errors import LabError
from core.models.files.events import Stored
from gui.context.lab_context import LabContext
from gui.jobs.background import Background
from gui.jobs.job_queue import Job
from gui.jobs.model_files import FileTask, ModelJobs
from gui.models.device_dialog import DeviceDialog
from gui.models.dialog import ModelsDialog
from gui.window.main_window import MainWindow


class ModelTools(QObject):
    """The dialogs are made when they are first asked for."""

    def __init__(self, lab: LabContext, window: MainWindow) -> None:
        super().__init__(window)
        self._lab = lab
        self._window = window
        self._before: tuple[str, str] | None = None
        self._background = Background(self)
        self.jobs = ModelJobs(self)
        self.dialog: ModelsDialog | None = None
        lab.actions.bind("model.manage", self.show_models)
        lab.actions.bind("model.device", self.ask_device)
        self.jobs.ended.connect(self._on_ended)
        self.jobs.crashed.connect(lab.crashed)
        self.jobs.stored.connect(self._on_stored)
        lab.inference.model_ready.connect(self._on_model_ready)
        lab.inference.model_failed.connect(self._on_model_failed)
        lab.closing.connect(self.stop)

    def show_models(self) -> None:
        """Open the list of models, or bring it to the front."""
        if self.dialog is None:
            self.dialog = ModelsDialog(self._lab, self.jobs, self._window)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def ask_device(self) -> None:
        """Ask for device and number format, and read the model again if they change."""
        over = self.dialog if self.dialog is not None and self.dialog.isVisible() else self._window
        dialog = DeviceDialog(self._lab, self._background, over)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.use_device(dialog.device, dialog.precision)
        dialog.deleteLater()

    def use_device(self, device: str, precision: str) -> None:
        """Run on another device or in another format; what cannot be done is taken back."""
        settings = self._lab.settings
        if (device, precision) == (settings.device, settings.precision):
            return
        self._before = settings.device, settings.precision
        self._lab.change_settings(device=device, precision=precision)
        request = self._lab.inference.request
        if request is not None:
            self._lab.use_model(request.reference, request.architecture)

    def stop(self) -> None:
        """End all of it; what came of a download is kept."""
        self.jobs.stop()
        self._background.stop()
        if self.dialog is not None:
            self.dialog.stop()

    def _on_model_ready(self, _info: object) -> None:
        self._before = None

    def _on_model_failed(self, _error: LabError) -> None:
        if self._before is not None:
            device, precision = self._before
            self._before = None
            self._lab.change_settings(device=device, precision=precision)

    def _on_ended(self, job: Job[FileTask], _state: str, error: LabError | None) -> None:
        seen = self.dialog is not None and self.dialog.isVisible()
        if error is not None and not seen:
            self._lab.report(error, lambda: self.jobs.again(job))

    def _on_stored(self, _job: Job[FileTask], stored: Stored) -> None:
        what = "was here already" if stored.duplicate else "is ready"
        self._lab.say(f"{stored.title} {what}; choose it under Models.")
