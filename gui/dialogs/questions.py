"""Questions to the user; those of some kinds can be switched off, and on in the preferences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from PySide6.QtWidgets import QCheckBox, QInputDialog, QMessageBox, QWidget

from core.document.autosave import Recovery
from gui.context.lab_context import LabContext
from gui.jobs.job_queue import Job

Role = QMessageBox.ButtonRole
Meaning = TypeVar("Meaning")
Answer = tuple[str, Role, Meaning]
"""Text of a button, its role, and what pressing it means."""


def ask(
    parent: QWidget,
    title: str,
    text: str,
    detail: str,
    answers: Sequence[Answer[Meaning]],
    *,
    default: int = -1,
    warning: bool = False,
    again: QCheckBox | None = None,
) -> Meaning:
    """Ask one question; Escape is the one answer of `Role.RejectRole`, as is no answer at all.

    Parameters
    ----------
    default : int
        Number of the answer that Enter gives.
    warning : bool
        Whether something would be lost that cannot be had back.
    again : QCheckBox, optional
        Shown below the question.
    """
    box = QMessageBox(parent)
    try:
        box.setWindowTitle(title)
        box.setIcon(QMessageBox.Icon.Warning if warning else QMessageBox.Icon.Question)
        box.setText(text)
        box.setInformativeText(detail)
        buttons = [box.addButton(label, role) for label, role, _meaning in answers]
        box.setDefaultButton(buttons[default])
        if again is not None:
            box.setCheckBox(again)
        box.exec()
        pressed = box.clickedButton()  # none if the program is told to end meanwhile
        chosen = [a for button, a in zip(buttons, answers, strict=True) if button is pressed]
        rejection = [answer for answer in answers if answer[1] is Role.RejectRole]
        return (chosen or rejection)[0][2]
    finally:
        box.deleteLater()


def confirm(
    lab: LabContext,
    setting: str,
    parent: QWidget,
    title: str,
    text: str,
    detail: str,
    yes: tuple[str, Role],
    no: str = "Keep",
) -> bool:
    """Ask for a yes, unless the user does not want to be asked any more.

    Parameters
    ----------
    setting : str
        Name of the preference that says whether to ask, e.g. ``"confirm_delete"``.
    yes, no : (str, Role), str
        The buttons; no is the default.

    Returns
    -------
    bool
        True for yes, and where nothing is asked.
    """
    if not getattr(lab.settings, setting):
        return True
    again = QCheckBox("Do not ask again")
    again.setToolTip("Preferences ▸ Questions switches it on again")
    answers = ((*yes, True), (no, Role.RejectRole, False))
    agreed = ask(parent, title, text, detail, answers, again=again)
    if agreed and again.isChecked():
        lab.change_settings(**{setting: False})
    return agreed


def confirm_delete(lab: LabContext, parent: QWidget, what: str, title: str, detail: str) -> bool:
    """Ask whether to move something to the trash, e.g. a ``"run"``."""
    text = f"Move “{title}” to the trash?"
    yes = ("Delete", Role.DestructiveRole)
    return confirm(lab, "confirm_delete", parent, f"Delete {what}", text, detail, yes)


def ask_stop(job: Job[Any], lab: LabContext, parent: QWidget) -> bool:
    """True to pause the work that runs and close the window, False to stay."""
    return confirm(
        lab,
        "confirm_stop",
        parent,
        f"A {job.task.noun} is running",
        f"“{job.title}” is at {job.done:,} of {job.total:,} images. Close all the same?",
        "It is paused after its current batch. Nothing that was computed is lost, and it can be "
        "resumed at the next start.",
        ("Pause and close", Role.AcceptRole),
        "Keep running",
    )


def ask_recovery(recovery: Recovery, parent: QWidget) -> bool | None:
    """Ask after a crash what to do with an autosaved document.

    Returns
    -------
    bool or None
        True to open it, False to delete it, None to be asked again at the next start.
    """
    when = recovery.saved_at.astimezone().strftime("%Y-%m-%d %H:%M")
    name = f"“{recovery.origin.name}”" if recovery.origin else "an untitled document"
    answers: tuple[Answer[bool | None], ...] = (
        ("Recover", Role.AcceptRole, True),
        ("Delete", Role.DestructiveRole, False),
        ("Ask later", Role.RejectRole, None),
    )
    return ask(
        parent,
        "Recover work",
        f"The lab did not close properly. Recover {name}?",
        f"It was autosaved at {when}.",
        answers,
        default=0,
    )


def ask_title(parent: QWidget, what: str, title: str) -> str | None:
    """Ask for another title of something, e.g. a ``"run"``; None to keep it."""
    text, accepted = QInputDialog.getText(
        parent, f"Rename {what}", f"Name of the {what}", text=title
    )
    return text.strip() if accepted and text.strip() else None
