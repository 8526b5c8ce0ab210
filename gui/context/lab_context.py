"""What every pane gets: the document, the model, the settings, the theme, the commands.

Panes never know one another; they meet here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices

from core.base.errors import LabError
from core.base.settings import Settings, change_settings
from core.base.text import valid_text
from core.document.document import LabDocument
from core.models.files.catalog import EMBEDDED_ID, entry_of
from core.models.info import ModelInfo
from core.runs.folder import folder_of_all
from core.stimuli.stimulus import PictureStimulus
from gui.context.ablation import LabAblation
from gui.context.actions import Actions
from gui.context.document import Document, asks_anew
from gui.context.stimulus_view import StimulusView
from gui.context.typed_fields import TypedFields
from gui.jobs.background import Background
from gui.jobs.inference import Inference
from gui.jobs.job_queue import Job
from gui.jobs.long_work import LongWork
from gui.look.theme import Theme

log = logging.getLogger(__name__)

MESSAGE_MILLISECONDS = 6000


class Work(Protocol):
    """What asks torch for something in a thread of its own."""

    @property
    def crashed(self) -> SignalInstance:
        """Emitted with an unexpected exception."""

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use; 0 leaves the choice to torch."""


class LabContext(QObject):
    """The shared parts of one window.

    Attributes
    ----------
    document : Document
        State, undo, file; the only place where stimulus and prompts are changed.
    view : StimulusView
        The stimulus as the model's pixels; what the canvas shows and the model gets.
    inference : Inference
        Predictions and the model in use.
    work : LongWork
        Experiments, censuses and studies, at work and in the queue.
    sweeps, census
        Those of `work`.
    ablation : LabAblation
        Units that are silenced, and what the model says without them.
    settings : Settings
        Preferences; change them through `change_settings`.
    document_fields : list of TypedFields
        Fields of the panes that change the document; what saves it takes them first.

    Signals
    -------
    edited(new, old)
        For all who show the document or its picture, once for each edit, with both `LabDocument`
        states. They are the same one if only the picture is another: a preview, a picture that
        has been read, the side of another model. Parts of the window that can be out of sight
        follow only while they are seen (`gui.widgets.sight`).
    message(text, milliseconds)
        Something to say in the status bar; 0 ms stays until the next message.
    error(error, retry)
        An expected failure (`LabError`) to show at once, with what to call on “Retry” or None.
    crashed(exception)
        An unexpected exception in a thread, which goes on working.
    settings_changed(settings)
    closing()
        All work beside the GUI thread has to end now.
    """

    edited = Signal(object, object)
    message = Signal(str, int)
    error = Signal(object, object)
    crashed = Signal(object)
    settings_changed = Signal(object)
    closing = Signal()

    def __init__(
        self,
        document: Document,
        inference: Inference,
        settings: Settings,
        theme: Theme,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.inference = inference
        self.settings = settings
        self.theme = theme
        self.actions = actions
        self.document_fields: list[TypedFields] = []
        self.work = LongWork(settings.threads, parent=self)
        self.sweeps, self.census = self.work.sweeps, self.work.census
        self.view = StimulusView(document, parent=self)
        document.changed.connect(self._on_document)
        self.view.changed.connect(self._on_picture)
        inference.model_ready.connect(self._on_model_ready)
        inference.model_failed.connect(self._on_model_failed)
        inference.failed.connect(self.report)
        for work in (inference, self.work):
            self.adopt(work)
        self.ablation = LabAblation(self)
        self._settings_file = Background(self)
        self._settings_changes = 0

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """The present stimulus as the model gets it; see `StimulusView.pixels`."""
        return self.view.pixels

    def adopt(self, work: Work) -> None:
        """Let work beside the window follow the preferences, and tell of its faults."""
        work.set_threads(self.settings.threads)
        self.settings_changed.connect(lambda settings: work.set_threads(settings.threads))
        work.crashed.connect(self.crashed)

    def say(self, text: str, milliseconds: int = MESSAGE_MILLISECONDS) -> None:
        """Show a message in the status bar."""
        self.message.emit(text, milliseconds)

    def document_ready(self, refusal: str) -> bool:
        """Take what is typed into fields of the document; see `TypedFields.ready`."""
        return all(fields.ready(refusal) for fields in self.document_fields)

    def report(self, error: LabError, retry: Callable[[], object] | None = None) -> None:
        """Show an expected failure: its sentence, its hint and, if there is one, a retry."""
        log.warning("%s: %s", type(error).__name__, error)
        self.error.emit(error, retry)

    def tell_end(self, job: Job[Any], retry: Callable[[], object]) -> None:
        """Say what became of a job."""
        if job.error is not None:
            self.report(job.error, retry)
        elif job.state == "finished":
            self.say(f"“{job.title}” is finished", 0)
        elif job.state == "cancelled":
            self.say(f"“{job.title}” was cancelled; what is done is kept")
        else:
            self.say(f"“{job.title}” is paused")

    def change_settings(self, **fields: object) -> None:
        """Change preferences and tell everyone; those that differ from before are written soon."""
        for name in fields:
            if name not in self.settings.__struct_fields__:
                raise AttributeError(f"there is no setting {name!r}")
        # Another copy of the program may have written a preference that is not changed here.
        changed = {
            name: value
            for name, value in fields.items()
            if value != getattr(self.settings, name) or name == "recent_documents"
        }

        def change(settings: Settings) -> None:
            for name, value in changed.items():
                setattr(settings, name, value)

        self._change_settings(change)

    def add_recent(self, path: Path) -> None:
        """Put a document first among the recent ones; see `change_settings`."""
        self._change_settings(lambda settings: settings.add_recent(path))

    def _change_settings(self, change: Callable[[Settings], object]) -> None:
        stored = deepcopy(self.settings)
        change(self.settings)
        self._settings_changes += 1
        number = self._settings_changes

        def done(note: str | None) -> None:
            if note is not None:
                self.say(note)
            recent = stored.recent_documents  # with those of other copies of the program
            if number == self._settings_changes and recent != self.settings.recent_documents:
                self.settings.recent_documents = recent
                self.settings_changed.emit(self.settings)

        # Beside the GUI thread, in order: a slow disk holds nobody up.
        self._settings_file.write(lambda: change_settings(stored, change), done, self.report)
        self.settings_changed.emit(self.settings)

    def import_picture(self, source: Path | bytes, name: str = "") -> None:
        """Make a picture the stimulus, as one undo step: a file, or its content from elsewhere.

        Reading and decoding run beside the GUI thread; a picture that cannot be read is
        reported and the stimulus stays as it is. It is called as its file by default.
        """
        title = name or (source.name if isinstance(source, Path) else "Pasted picture")
        title = valid_text(title)  # Qt takes no half characters, as file names may hold

        def use(sha256: str) -> None:
            old = self.document.stimulus
            background = (
                old.background_color if isinstance(old, PictureStimulus) else (255, 255, 255)
            )
            self.document.change(
                "import picture",
                stimulus=PictureStimulus(
                    sha256=sha256, name=title, background_color=background, side=old.side
                ),
            )

        self.view.import_picture(source, title, use, self.report)

    def use_model(self, reference: str, architecture: str | None = None) -> None:
        """Load another model; the present one stays in use until that succeeds.

        The reference is the id of a catalog entry or the path of a weights file, and the
        architecture for files that do not tell it themselves.
        """
        entry = entry_of(reference)
        title = entry.title if entry is not None else Path(reference).name
        settings = self.settings
        self.inference.load_model(
            reference, architecture, title, settings.device, settings.precision
        )

    def open_folder_of_all(self, name: str) -> None:
        """Show a folder of the user's data, e.g. that of the runs, in the system's file manager."""
        try:
            folder = folder_of_all(name)
        except LabError as error:
            self.report(error, lambda: self.open_folder_of_all(name))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def finish_writing(self) -> None:
        """Wait until the preferences are in their file."""
        self._settings_file.wait()

    def request_stop(self) -> None:
        """Ask long work to end after its batch, without waiting."""
        self.work.request_stop()
        self.ablation.request_stop()

    def close(self) -> None:
        """Stop all work beside the GUI thread and wait for it."""
        self.request_stop()  # they end their batches while the others are waited for
        self.closing.emit()
        self.view.stop()
        self.inference.stop()
        self.work.stop()
        self.ablation.stop()
        self._settings_file.stop()
        # It announces its own end, when nobody can use that any more.
        self.document.undo_stack.blockSignals(True)

    def _on_document(self, new: LabDocument, old: LabDocument) -> None:
        """Draw and ask once for an edit, then tell all who follow."""
        if new.stimulus != old.stimulus:
            self.view.take_document()
        if asks_anew(new, old):
            self._submit()
        if new.ablation != old.ablation:
            self.ablation.take_document()
        self.edited.emit(new, old)

    def _on_picture(self) -> None:
        self._submit()
        self.edited.emit(self.document.state, self.document.state)

    def _on_model_ready(self, info: ModelInfo) -> None:
        request = self.inference.request
        if request is not None and request.reference != self.settings.model:
            self.change_settings(model=request.reference)
        if not self.view.set_preprocessing(info.preprocessing):
            self._submit()  # same pixels as before, another model

    def _on_model_failed(self, error: LabError) -> None:
        request = self.inference.failed_request
        if request is None:  # another one is being loaded already
            return
        self.report(error, lambda: self.use_model(request.reference, request.architecture))
        if self.inference.info is None and request.reference != EMBEDDED_ID:
            # The model of the last time is gone: the lab is of no use without any.
            self.use_model(EMBEDDED_ID)

    def _submit(self) -> None:
        pixels = self.view.pixels
        if pixels is None:
            self.inference.withdraw()
        else:
            self.inference.submit(self.view.stimulus, pixels, self.document.prompts)
