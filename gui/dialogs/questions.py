"""Questions that can be switched off, and on again in the preferences."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QCheckBox, QMessageBox

from gui.context.lab_context import LabContext


def ask(box: QMessageBox, accept: QAbstractButton, lab: LabContext, setting: str) -> bool:
    """Ask a question, unless the user does not want to be asked any more.

    Parameters
    ----------
    box : QMessageBox
        The question with its buttons; deleted afterwards.
    accept : QAbstractButton
        The button that means yes.
    lab : LabContext
    setting : str
        Name of the preference that says whether to ask, e.g. ``"confirm_delete"``.

    Returns
    -------
    bool
        True for yes, and where nothing is asked.
    """
    try:
        if not getattr(lab.settings, setting):
            return True
        again = QCheckBox("Do not ask again")
        again.setToolTip("Preferences ▸ Questions switches it on again")
        box.setCheckBox(again)
        box.exec()
        if box.clickedButton() is not accept:
            return False
        if again.isChecked():
            lab.change_settings(**{setting: False})
        return True
    finally:
        box.deleteLater()
