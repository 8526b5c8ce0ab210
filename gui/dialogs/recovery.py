"""The question after a crash whether to take up the autosaved work."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from core.document.autosave import Recovery


def ask_recovery(recovery: Recovery, parent: QWidget) -> bool | None:
    """Ask what to do with an autosaved document.

    Returns
    -------
    bool or None
        True to open it, False to delete it, None to be asked again at the next start.
    """
    when = recovery.saved_at.astimezone().strftime("%Y-%m-%d %H:%M")
    name = f"“{recovery.origin.name}”" if recovery.origin else "an untitled document"
    box = QMessageBox(parent)
    box.setWindowTitle("Recover work")
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(f"The lab did not close properly. Recover {name}?")
    box.setInformativeText(f"It was autosaved at {when}.")
    recover = box.addButton("Recover", QMessageBox.ButtonRole.AcceptRole)
    delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
    later = box.addButton("Ask later", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(recover)
    box.setEscapeButton(later)
    box.exec()
    answers: dict[QAbstractButton, bool] = {recover: True, delete: False}
    return answers.get(box.clickedButton())
