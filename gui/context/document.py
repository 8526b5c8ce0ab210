"""The open document: one frozen state, one undo stack, one file.

Every change is a named step from one `LabDocument` to the next. The states are frozen, so undoing
puts back the very object that was there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from core.document.autosave import Recovery
from core.document.document import (
    LabDocument,
    content_on_disk,
    default_document,
    read_document,
    save_document,
)
from core.predict.prompts import PromptSet
from core.stimuli.imported.pictures import PictureStore
from core.stimuli.stimulus import PictureStimulus, Stimulus

_MERGEABLE = 1


class Document(QObject):
    """The state all panes look at and change.

    Signals
    -------
    changed(new, old)
        After every change, whatever its kind, with both `LabDocument` states.
    palette_changed(palette)
        After `changed`, only if the palette differs.
    steps_changed()
        Other steps can be undone or redone.
    file_changed()
        The file name or the modified mark changed.
    replaced()
        Another document was put in place (new, open, recover); emitted after `changed`.

    Attributes
    ----------
    path : Path or None
        Its file.
    content : str or None
        What the file held when it was opened or saved, as
        `core.document.document.content_on_disk` says; None if that is not known.
    """

    changed = Signal(object, object)
    palette_changed = Signal(object)
    steps_changed = Signal()
    file_changed = Signal()
    replaced = Signal()

    def __init__(
        self,
        pictures: PictureStore,
        state: LabDocument | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.pictures = pictures
        self.undo_stack = QUndoStack(self)
        self.path: Path | None = None
        self.content: str | None = None
        self._state = state if state is not None else default_document()
        self._seal = 0
        self._recovered = False
        self._steps: tuple[object, ...] = ()
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self.undo_stack.indexChanged.connect(self._on_index_changed)

    @property
    def state(self) -> LabDocument:
        """The present state; frozen."""
        return self._state

    @property
    def stimulus(self) -> Stimulus:
        return self._state.stimulus

    @property
    def prompts(self) -> PromptSet:
        return self._state.prompts

    @property
    def name(self) -> str:
        """File name without its suffix, or “Untitled”."""
        return self.path.stem if self.path else "Untitled"

    @property
    def modified(self) -> bool:
        """True if there is something that saving would keep."""
        return self._recovered or not self.undo_stack.isClean()

    def change(self, name: str, merge: str | None = None, **fields: Any) -> None:
        """Replace fields of the state as one undo step.

        Parameters
        ----------
        name : str
            What the user did, in lower case after “Undo”: ``"move"``, ``"font color"``.
        merge : str, optional
            Consecutive changes with the same key become one step until `end_merge` is called: a
            drag, a run of key presses, typing in one field.
        **fields
            Fields of `LabDocument` with their new values.

        Raises
        ------
        LabError
            If the new state is refused by the document's own checks; nothing is changed then.
        """
        after = msgspec.structs.replace(self._state, **fields)
        if after != self._state:
            self.undo_stack.push(_Change(self, name, merge, self._seal, self._state, after))

    def change_stimulus(self, name: str, merge: str | None = None, **fields: Any) -> None:
        """Replace fields of the present stimulus (same kind) as one undo step; see `change`."""
        stimulus = msgspec.structs.replace(self._state.stimulus, **fields)
        self.change(name, merge, stimulus=stimulus)

    def end_merge(self) -> None:
        """Close the present merging step: the drag has ended, the field was left."""
        self._seal += 1

    def undo(self) -> None:
        self.end_merge()
        self.undo_stack.undo()

    def redo(self) -> None:
        self.end_merge()
        self.undo_stack.redo()

    def new(self, state: LabDocument | None = None) -> None:
        """Start over with `state` or the default document; forgets the file and the history."""
        self._replace(state if state is not None else default_document(), None)

    def open(self, path: Path) -> None:
        """Read a document from a file.

        Raises
        ------
        DocumentError
            If it cannot be read; the present document stays as it is.
        """
        self.take(path, *self.read(path))

    def read(self, path: Path) -> tuple[LabDocument, str]:
        """Read a document and keep its picture, for `take`; touches nothing of the present one.

        May be called beside the GUI thread. Returns the state and the `content`.

        Raises
        ------
        DocumentError
            If it cannot be read.
        """
        state, pictures, content = read_document(path)
        self._import(state, pictures)
        return state, content

    def take(self, path: Path, state: LabDocument, content: str) -> None:
        """Put a document that was read in place of the present one."""
        self._replace(state, path, content)

    def recover(self, recovery: Recovery) -> None:
        """Take up an autosaved document; it keeps its file and counts as modified.

        Raises
        ------
        DocumentError
            If it is damaged; the present document stays as it is.
        """
        state, pictures = recovery.open()
        self._import(state, pictures)
        self._replace(state, recovery.origin, recovery.content, recovered=True)

    def save(self, path: Path) -> None:
        """Write the document, with the bytes of its picture, and make `path` its file.

        Raises
        ------
        DocumentError
            If it cannot be written; an earlier file at `path` stays as it was.
        """
        self.saved(path, self.write_copy(path), self._state)

    def saved(self, path: Path, content: str, state: LabDocument) -> None:
        """A state of the document is in a file, which is its own from now on.

        `content` is the SHA-256 of the file, as `save_document` gives it. If the document has
        changed meanwhile, it stays modified.
        """
        self.path, self.content = path, content
        self._recovered = False
        self.end_merge()
        if state is self._state:
            self.undo_stack.setClean()
        else:  # a picture came in while the file was written
            self.undo_stack.resetClean()
        self.file_changed.emit()

    def write_copy(self, path: Path) -> str:
        """Write the document to `path` without making that its file; see `save_document`."""
        return save_document(path, self._state, self.picture_bytes())

    def changed_outside(self) -> bool:
        """True if another program has changed or deleted the document's file.

        What an autosave of an earlier version does not tell counts as changed, if there is a file.
        """
        if self.path is None:
            return False
        try:
            found = content_on_disk(self.path)
        except OSError:  # no file, or too large to be ours
            return True
        return found != self.content if self.content is not None else bool(found)

    def picture_bytes(self, state: LabDocument | None = None) -> dict[str, bytes]:
        """The original bytes of the picture that the stimulus shows, by SHA-256.

        That of the present state by default.

        Raises
        ------
        PictureError
            If they are lost or damaged.
        """
        stimulus = (state or self._state).stimulus
        if isinstance(stimulus, PictureStimulus):
            return {stimulus.sha256: self.pictures.get(stimulus.sha256)}
        return {}

    def _import(self, state: LabDocument, pictures: Mapping[str, bytes]) -> None:
        for data in pictures.values():
            self.pictures.add(data, _picture_name(state))

    def _replace(
        self,
        state: LabDocument,
        path: Path | None,
        content: str | None = None,
        recovered: bool = False,
    ) -> None:
        self.undo_stack.clear()
        self.path, self.content = path, content
        self._recovered = recovered
        self.end_merge()
        self._put(state)
        self.file_changed.emit()
        self.replaced.emit()

    def _on_clean_changed(self, _clean: bool) -> None:
        self.file_changed.emit()

    def _on_index_changed(self, _index: int) -> None:
        stack = self.undo_stack
        if not isValid(stack):  # it empties itself on its way out, and says so
            return
        steps = stack.canUndo(), stack.undoText(), stack.canRedo(), stack.redoText()
        if steps != self._steps:
            self._steps = steps
            self.steps_changed.emit()

    def _put(self, state: LabDocument) -> None:
        old, self._state = self._state, state
        self.changed.emit(state, old)
        if state.palette != old.palette:
            self.palette_changed.emit(state.palette)


class _Change(QUndoCommand):
    """A step between two frozen states."""

    def __init__(
        self,
        document: Document,
        name: str,
        merge: str | None,
        seal: int,
        before: LabDocument,
        after: LabDocument,
    ) -> None:
        super().__init__(name)
        self._document = document
        self._key = (merge, seal) if merge is not None else None
        self._before = before
        self._after = after

    def id(self) -> int:
        return _MERGEABLE if self._key is not None else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _Change) or other._key != self._key:
            return False
        self._after = other._after
        self.setText(other.text())
        # A drag back to where it began is no step at all.
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._document._put(self._after)

    def undo(self) -> None:
        self._document._put(self._before)


def _picture_name(state: LabDocument) -> str:
    stimulus = state.stimulus
    return stimulus.name if isinstance(stimulus, PictureStimulus) else "picture"


def asks_anew(new: LabDocument, old: LabDocument) -> bool:
    """True if an edit calls for other predictions; as `LabContext.edited` tells it."""
    return new is old or new.stimulus != old.stimulus or new.prompts != old.prompts
