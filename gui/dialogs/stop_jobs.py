"""The question whether to close the window while an experiment or a census is at work."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMessageBox, QWidget

from gui.context.lab_context import LabContext
from gui.dialogs.questions import ask
from gui.jobs.job_queue import Job


def ask_stop(job: Job[Any], lab: LabContext, parent: QWidget) -> bool:
    """True to pause the work and close, False to stay."""
    box = QMessageBox(parent)
    box.setWindowTitle(f"A {job.task.noun} is at work")
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(f"“{job.title}” is at {job.done:,} of {job.total:,} images. Close all the same?")
    box.setInformativeText(
        "It is paused after its present batch. Nothing that was computed is lost, and it can be "
        "resumed at the next start."
    )
    close = box.addButton("Pause and close", QMessageBox.ButtonRole.AcceptRole)
    stay = box.addButton("Keep running", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    return ask(box, close, lab, "confirm_stop")
