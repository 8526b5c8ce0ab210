"""The status bar: messages on the left, the model's state and notice on the right."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QStatusBar, QWidget

from gui.context.lab_context import LabContext
from gui.widgets.build import label, set_role


class LabStatusBar(QStatusBar):
    """Says what the model does at present; announced to assistive technology as text."""

    def __init__(self, lab: LabContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setSizeGripEnabled(False)
        self.notice = label("", "warning")
        self.notice.setAccessibleName("Notice about the model")
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(90)
        self._progress.setAccessibleName("Model is being loaded")
        self.model = label("", "muted")
        self.model.setAccessibleName("State of the model")
        self.model.setContentsMargins(4, 0, 10, 0)
        for widget in (self.notice, self._progress, self.model):
            self.addPermanentWidget(widget)
        lab.message.connect(self.showMessage)
        inference = lab.inference
        inference.model_loading.connect(self._on_loading)
        inference.model_ready.connect(self._on_ready)
        inference.model_failed.connect(self._on_failed)
        self._progress.hide()
        self.notice.hide()
        self._set_state("No model yet", "muted")

    def _on_loading(self, title: str) -> None:
        self._progress.show()
        self._set_state(f"Loading {title}…", "muted")

    def _on_ready(self) -> None:
        info = self._lab.inference.info
        assert info is not None
        self._progress.setVisible(self._lab.inference.loading is not None)
        self.notice.setText(info.notice)
        self.notice.setVisible(bool(info.notice))
        self._set_state(f"{info.name} ready", "ok")
        self._lab.say(
            f"{info.name} is ready: {info.tensors_matched} of {info.tensors_total} tensors matched."
        )

    def _on_failed(self) -> None:
        self._progress.setVisible(self._lab.inference.loading is not None)
        info = self._lab.inference.info
        if info is not None:
            self._set_state(f"{info.name} ready", "ok")
        else:
            self._set_state("No model: predictions are off", "problem")

    def _set_state(self, text: str, role: str) -> None:
        self.model.setText(text)
        set_role(self.model, role)
