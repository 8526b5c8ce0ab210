"""The dialog “Models”: the catalog, what of it is here, and how to get the rest (R06)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QWidget,
)

from core.base.errors import LabError
from core.models.files.catalog import CATALOG
from core.models.files.events import Stored
from core.models.files.partial import discard_partial, partial_size
from core.models.files.store import Installed, installed, what_to_remove
from gui.context.lab_context import LabContext
from gui.dialogs.questions import Role, confirm
from gui.jobs.background import Background, move_to_trash
from gui.jobs.job_queue import Job
from gui.jobs.model_files import FileTask, ModelJobs
from gui.models.details import ModelDetails, dialog_button
from gui.models.rows import ModelRow, progress_text
from gui.models.table import ModelList
from gui.widgets.build import SearchField, column, label, row
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.notices import Notice
from gui.widgets.segments import Segments

_FILES = "Model weights (*.safetensors *.pt *.pth *.bin *.index.json);;All files (*)"
_FILES_AND_VOCABULARIES = _FILES.replace("*.bin", "*.bin *tokenizer.json")
_SIZE = QSize(1080, 620)
_LEAST = QSize(900, 520)
_SHOWN = (
    ("all", "All", "Every model the program knows, and your own files."),
    ("here", "On this computer", "Models that can be used now."),
)

_HINT = "Or drop files here. Nothing is downloaded unless you ask for it."

Parts = dict[str, tuple[int, int | None]]
Addresses = dict[str, tuple[str, str]]
"""Of weights and vocabulary, by the id of the entry."""


class ModelsDialog(QDialog):
    """Stays open beside the window, which can be used meanwhile."""

    def __init__(self, lab: LabContext, jobs: ModelJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._jobs = jobs
        self._installed: list[Installed] = []
        self._parts: Parts = {}
        self._addresses: Addresses = {}
        self._listings = 0
        self._go_to = ""
        self._background = Background(self)
        self.setWindowTitle("Models")
        self.setAcceptDrops(True)
        self.setMinimumSize(_LEAST)
        self.shown = Segments(_SHOWN, self)
        self.search = SearchField("Find a model", "Find a model: ViT-B-32, LAION, MIT …")
        self.list = ModelList(lab.theme)
        self.empty = label("No model has all of these words.", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.details = ModelDetails(lab.theme)
        self.import_file = dialog_button(
            "Import file…", "Copy a file of weights into the folder of models.", self.ask_file
        )
        self.import_folder = dialog_button(
            "Import folder…",
            "Copy a folder with weights, and its open_clip_config.json if it has one.",
            self.ask_folder,
        )
        self.compute = dialog_button(
            "Device and precision…",
            "What the model runs on, in which number format, and how fast.",
            lambda: lab.actions.trigger("model.device"),
        )
        self.hint = ElidedLabel("muted")
        self.hint.show_text(_HINT)
        self.stop_import = dialog_button(
            "Cancel", "Stop the import; nothing is left of it.", self._stop
        )
        self.stop_import.hide()
        self.notice = Notice(lab.theme, self)
        self._lay_out()
        self._connect()
        self.resize(_SIZE)

    # ---- what is shown ----

    def refresh(self, key: str = "") -> None:
        """Look at the disk anew, beside the GUI thread; then go to a model, if one is named."""
        self._listings += 1
        self._go_to = key or self._go_to  # a later look must not forget where to go
        number = self._listings

        def work() -> tuple[list[Installed], Parts, Addresses]:
            from core.models.files.download import sources, vocabulary_sources

            offered = [entry for entry in CATALOG[1:] if not entry.unsupported]
            parts = {entry.id: partial_size(entry) for entry in offered}
            addresses = {
                entry.id: (
                    sources(entry)[0].url,
                    next((source.url for source in vocabulary_sources(entry)), ""),
                )
                for entry in offered
            }
            return installed(), parts, addresses

        def done(found: tuple[list[Installed], Parts, Addresses]) -> None:
            if number == self._listings:
                self._installed, self._parts, self._addresses = found
                self.show_rows(self._go_to)
                self._go_to = ""

        self._background.run(work, done, self._fail)

    def rows(self) -> list[ModelRow]:
        """All lines before any are filtered out: the catalog, then the user's own files."""
        request = self._lab.inference.request
        used = request.reference if request is not None else ""
        by_entry = {model.entry.id: model for model in self._installed if model.entry is not None}
        rows = []
        for entry in CATALOG:
            done, total = self._parts.get(entry.id, (0, None))
            address, vocabulary_address = self._addresses.get(entry.id, ("", ""))
            rows.append(
                ModelRow(
                    entry=entry,
                    installed=by_entry.get(entry.id),
                    job=self._jobs.of_entry(entry),
                    partial=done,
                    partial_total=total,
                    in_use=used.lower() == entry.id.lower(),
                    address=address,
                    vocabulary_address=vocabulary_address,
                )
            )
        own = [
            ModelRow(None, model, in_use=used == model.reference)
            for model in self._installed
            if model.entry is None
        ]
        return [rows[0], *own, *rows[1:]]

    def show_rows(self, key: str = "") -> None:
        """Show the lines that pass the filters."""
        here_only, words = self.shown.chosen_name == "here", self.search.text()
        rows = [
            row
            for row in self.rows()
            if row.matches(words) and (row.installed is not None or not here_only)
        ]
        self.list.show_rows(rows, key)
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.details.show_row(self.list.present)

    # ---- what is done ----

    def use(self, row: ModelRow) -> None:
        """Load a model; the present one stays in use until that succeeds."""
        self._lab.use_model(row.key)

    def download(self, row: ModelRow) -> None:
        """Get a model of the catalog."""
        if row.entry is not None:
            self._jobs.download(row.entry)

    def ask_file(self) -> None:
        """Import files that the user points at."""
        names, _filter = QFileDialog.getOpenFileNames(
            self, "Import model files", str(Path.home()), _FILES
        )
        for name in names:
            self._jobs.import_path(Path(name))

    def ask_file_of(self, row: ModelRow) -> None:
        """Import a file that has to be the given model."""
        name, _filter = QFileDialog.getOpenFileName(
            self,
            f"File of {row.title}",
            str(Path.home()),
            _FILES_AND_VOCABULARIES if row.entry and row.entry.vocabulary else _FILES,
        )
        if name:
            self._jobs.import_path(Path(name), row.entry)

    def ask_folder(self) -> None:
        """Import a folder that the user points at."""
        name = QFileDialog.getExistingDirectory(self, "Import model folder", str(Path.home()))
        if name:
            self._jobs.import_path(Path(name))

    def stop_job(self, row: ModelRow) -> None:
        """Stop a download or import; what came of a download is kept."""
        if row.job is not None:
            self._jobs.stop_job(row.job)

    def remove(self, row: ModelRow) -> None:
        """Move a model of the user's to the trash, or forget a download begun."""
        model, entry = row.installed, row.entry
        if model is None and entry is not None:
            self._background.run(lambda: discard_partial(entry), self._removed, self._fail)
        elif model is not None and self.confirm(row):
            self._background.run(lambda: _trash(model), self._removed, self._fail)

    def confirm(self, row: ModelRow) -> bool:
        """Ask whether to remove a model."""
        return confirm(
            self._lab,
            "confirm_delete",
            self,
            "Remove the model",
            f"Move {row.title} ({row.size_text}) to the trash?",
            "Runs and censuses that were made with it stay as they are.",
            ("Move to trash", Role.AcceptRole),
        )

    def stop(self) -> None:
        """Wait for what looks at the disk, and close."""
        self._background.stop()
        self.close()

    # ---- events ----

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        super().showEvent(event)
        request = self._lab.inference.request
        self.refresh("" if self.list.present else request.reference if request else "")

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        self.notice.hide()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # Qt's name
        if _local_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # Qt's name
        for path in _local_paths(event):
            self._jobs.import_path(path)
        event.acceptProposedAction()

    # ---- inside ----

    def _connect(self) -> None:
        self.shown.chosen.connect(lambda _name: self.show_rows())
        self.search.textChanged.connect(lambda _text: self.show_rows())
        self.list.chosen.connect(lambda: self.details.show_row(self.list.present))
        self.list.doubleClicked.connect(lambda _index: self._on_double_click())
        details = self.details
        details.use_wanted.connect(self.use)
        details.download_wanted.connect(self.download)
        details.file_wanted.connect(self.ask_file_of)
        details.stop_wanted.connect(self.stop_job)
        details.remove_wanted.connect(self.remove)
        self._jobs.changed.connect(self._on_jobs_changed)
        self._jobs.ended.connect(self._on_ended)
        self._jobs.progressed.connect(self._on_progress)
        self._jobs.stored.connect(self._on_stored)
        inference = self._lab.inference
        inference.model_ready.connect(lambda _info: self.show_rows())
        inference.model_failed.connect(self._on_model_failed)
        self._lab.theme.changed.connect(self.show_rows)

    def _on_double_click(self) -> None:
        row = self.list.present
        if row is not None and row.state == "here":
            self.use(row)

    def _on_progress(self, _job: Job[FileTask]) -> None:
        if self.isVisible():
            self._on_jobs_changed()

    def _on_jobs_changed(self) -> None:
        self.show_rows()
        self._show_import()

    def _on_ended(self, job: Job[FileTask], _state: str, error: LabError | None) -> None:
        self.refresh()
        if error is not None and self.isVisible():
            self.notice.show_error(error, lambda: self._jobs.again(job))

    def _own_import(self) -> Job[FileTask] | None:
        """The import at work of a file that no line stands for yet."""
        imports = (job for job in self._jobs.queues["import"] if job.task.entry is None)
        return next(imports, None)

    def _show_import(self) -> None:
        job = self._own_import()
        self.hint.show_text(f"{job.title}: {progress_text(job)}" if job is not None else _HINT)
        self.stop_import.setVisible(job is not None)

    def _stop(self) -> None:
        job = self._own_import()
        if job is not None:
            self._jobs.stop_job(job)

    def _on_stored(self, _job: Job[FileTask], stored: Stored) -> None:
        self.refresh(stored.reference if self.isVisible() else "")

    def _on_model_failed(self, error: LabError) -> None:
        if self.isVisible():
            self.notice.show_error(error)

    def _removed(self, _nothing: object) -> None:
        self.refresh()

    def _fail(self, error: LabError) -> None:
        if self.isVisible():
            self.notice.show_error(error)
        else:
            self._lab.report(error)

    def _lay_out(self) -> None:
        self.shown.setFixedWidth(290)
        top = row(self.shown, (self.search, 1), spacing=12)
        left = column(top, (self.list, 1), (self.empty, 1), spacing=10)
        close = dialog_button("Close", "The downloads go on.", self.close)
        imports = row(self.import_file, self.import_folder, (self.hint, 1), spacing=8)
        low = row((imports, 1), self.stop_import, self.compute, close, spacing=8)
        column(
            (row((left, 1), self.details, spacing=14), 1),
            low,
            spacing=12,
            margins=(18, 14, 18, 14),
            on=self,
        )


def _trash(model: Installed) -> None:
    for path in what_to_remove(model):
        move_to_trash(path)


def _local_paths(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
