"""New, open, save, recent: the file commands and the question before work would be lost."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from core.base.errors import LabError, expected_error
from core.document.document import SUFFIX, default_document, save_document
from gui.context.lab_context import LabContext
from gui.context.typed_fields import finish_typing
from gui.dialogs.questions import Role, ask
from gui.dialogs.save_file import ask_file
from gui.jobs.background import Background
from gui.widgets.waiting import wait_with_sign

Result = TypeVar("Result")

_NOT_SAVED = "The document is not saved"
_FILTER = f"CLIP Color Lab documents (*{SUFFIX})"


class Unsaved(Enum):
    """What to do with unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Overwrite(Enum):
    """What to do with a file that another program has changed."""

    SAVE = "save"
    SAVE_AS = "save as"
    CANCEL = "cancel"


class Files(QObject):
    """The file commands of one window.

    The questions to the user are attributes, so that tests and scripts can answer them.

    Attributes
    ----------
    ask_open, ask_save : callable
        Take a folder or suggested file; give the chosen file, or None.
    ask_unsaved : callable
        Takes the document's name; gives an `Unsaved`.
    ask_overwrite : callable
        Takes the path of a file that was changed or deleted outside; gives an `Overwrite`.
    """

    def __init__(self, lab: LabContext, window: QWidget) -> None:
        super().__init__(window)
        self._lab = lab
        self._window = window
        self._disk = Background(self)
        self.ask_open: Callable[[Path], Path | None] = self._open_dialog
        self.ask_save: Callable[[Path], Path | None] = self._save_dialog
        self.ask_unsaved: Callable[[str], Unsaved] = self._unsaved_dialog
        self.ask_overwrite: Callable[[Path], Overwrite] = self._overwrite_dialog
        actions = lab.actions
        actions.bind("file.new", self.new)
        actions.bind("file.open", self.choose_and_open)
        actions.bind("file.save", self.save)
        actions.bind("file.save-as", self.save_as)

    def new(self) -> None:
        """Start a new document, after asking about unsaved changes."""
        if self.may_discard():
            self._lab.document.new(default_document(gray=self._lab.settings.gray_spelling))

    def choose_and_open(self) -> None:
        """Ask for a document and open it."""
        if not self.may_discard():
            return
        path = self.ask_open(self._folder())
        if path is not None:
            self._open(path)

    def open(self, path: Path) -> None:
        """Open a document, after asking about unsaved changes."""
        if self.may_discard():
            self._open(path)

    def save(self) -> bool:
        """Save to the document's file; ask for one if there is none. True if saved.

        A file that another program has changed or deleted is not written without a question.
        """
        if not self._lab.document_ready(_NOT_SAVED):
            return False
        document = self._lab.document
        if document.path is None:
            return self.save_as()
        words = f"“{document.path.name}” is being looked at"
        if self._beside("Saving…", words, document.changed_outside):
            match self.ask_overwrite(document.path):
                case Overwrite.SAVE_AS:
                    return self.save_as()
                case Overwrite.CANCEL:
                    return False
        return self._save(document.path)

    def save_as(self) -> bool:
        """Ask for a file and save to it. True if saved."""
        if not self._lab.document_ready(_NOT_SAVED):
            return False
        document = self._lab.document
        suggested = document.path or self._folder() / f"{document.name}{SUFFIX}"
        path = self.ask_save(suggested)
        if path is None:
            return False
        return self._save(path)

    def may_discard(self) -> bool:
        """Ask what to do with unsaved changes, if there are any; False to stay."""
        finish_typing()
        document = self._lab.document
        if not document.modified:
            return True
        match self.ask_unsaved(document.name):
            case Unsaved.SAVE:
                return self.save() and self.may_discard()  # it may have changed meanwhile
            case Unsaved.DISCARD:
                return True
            case Unsaved.CANCEL:
                return False

    def recent(self) -> list[Path]:
        """Documents opened or saved last that still exist, newest first."""
        return [
            path for text in self._lab.settings.recent_documents if (path := Path(text)).exists()
        ]

    def clear_recent(self) -> None:
        """Forget the recent documents."""
        self._lab.change_settings(recent_documents=[])

    def _open(self, path: Path) -> None:
        document = self._lab.document
        words = f"“{path.name}” is being read"
        try:
            state, content = self._beside("Opening…", words, lambda: document.read(path))
        except LabError as error:
            self._lab.report(error, lambda: self.open(path))
            return
        document.take(path, state, content)
        self._remember(path)
        self._lab.say(f"Opened {path.name}")

    def _save(self, path: Path) -> bool:
        document = self._lab.document
        state = document.state
        words = f"“{path.name}” is being written"
        try:
            content = self._beside(
                "Saving…",
                words,
                lambda: save_document(path, state, document.picture_bytes(state)),
            )
        except LabError as error:
            self._lab.report(error, self.save_as)
            return False
        document.saved(path, content, state)
        self._remember(path)
        self._lab.say(f"Saved {path.name}")
        return True

    def _beside(self, title: str, words: str, work: Callable[[], Result]) -> Result:
        """What some work with the disk gives, done beside the GUI thread and waited for.

        A slow disk leaves the window painted, and a sign says what is waited for.

        Raises
        ------
        LabError
            If the work fails in an expected way; any other exception of it comes as it is.
        """
        found: list[Result] = []
        failed: list[Exception] = []

        def run() -> None:
            try:
                found.append(work())
            except Exception as error:
                failed.append(error)

        self._disk.write(run, lambda _none: None, self._lab.report)
        wait_with_sign(title, lambda: () if found or failed else (words,))
        if failed:
            raise expected_error(failed[0], "the document") or failed[0]
        return found[0]

    def _remember(self, path: Path) -> None:
        self._lab.add_recent(path.absolute())

    def _folder(self) -> Path:
        if self._lab.document.path is not None:
            return self._lab.document.path.parent
        recent = self.recent()
        return recent[0].parent if recent else Path.home()

    def _open_dialog(self, folder: Path) -> Path | None:
        name, _filter = QFileDialog.getOpenFileName(
            self._window, "Open document", str(folder), _FILTER
        )
        return Path(name) if name else None

    def _save_dialog(self, suggested: Path) -> Path | None:
        return ask_file(self._window, suggested, _FILTER, "Save document")

    def _unsaved_dialog(self, name: str) -> Unsaved:
        return ask(
            self._window,
            "Unsaved changes",
            f"Save the changes to “{name}”?",
            "Otherwise they are lost.",
            (
                ("&Save", Role.AcceptRole, Unsaved.SAVE),
                ("&Discard", Role.DestructiveRole, Unsaved.DISCARD),
                ("Cancel", Role.RejectRole, Unsaved.CANCEL),
            ),
            default=0,
        )

    def _overwrite_dialog(self, path: Path) -> Overwrite:
        there = path.exists()
        what = "changed" if there else "deleted or moved"
        return ask(
            self._window,
            "File changed" if there else "File deleted",
            f"Another program has {what} “{path.name}” since it was opened here.",
            "Saving it replaces what was written there."
            if there
            else f"Saving it puts it into {path.parent} again.",
            (
                ("Save anyway", Role.DestructiveRole, Overwrite.SAVE),
                ("Save as…", Role.AcceptRole, Overwrite.SAVE_AS),
                ("Cancel", Role.RejectRole, Overwrite.CANCEL),
            ),
            default=1,
            warning=True,
        )
