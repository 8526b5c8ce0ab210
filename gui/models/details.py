"""What is known about the chosen model, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QProgressBar, QPushButton, QWidget

from core.models.files.catalog import EMBEDDED_ID, models_dir, vocabulary_place
from core.models.files.events import size_text
from gui.look.theme import Theme, number_font
from gui.models.rows import ModelRow, progress_text
from gui.widgets.build import STRETCH, Call, button, column, label, row, scrolling, set_role

_WIDTH = 348
_FACTS = ("Architecture", "Parameters", "Size", "License", "Source", "SHA-256")
_TIPS = {
    "Architecture": "Its name in open_clip.",
    "SHA-256": "The fingerprint that was published with the file. Every file is compared with it.",
}

_VOCABULARY_TIP = "The pieces that the model splits text into; it reads nothing without them."


class ModelDetails(QFrame):
    """The side of the dialog."""

    use_wanted = Signal(object)  # row
    download_wanted = Signal(object)  # row
    file_wanted = Signal(object)  # row
    stop_wanted = Signal(object)  # row
    remove_wanted = Signal(object)  # row

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row: ModelRow | None = None
        self.setProperty("role", "card")
        self.setFixedWidth(_WIDTH)
        self.title = label(role="heading", wraps=True, copied=True)
        self.state = label()
        self.note = label(role="warning", wraps=True, copied=True)
        self.facts = {name: label(wraps=True, copied=True) for name in _FACTS}
        path, path_tip = "Copy path", "Copy where the file belongs."
        address, address_tip = "Copy address", "Copy where a connected computer finds the file."
        self.folder = dialog_button("Open folder", "Open the folder of models.", _open_folder)
        self.place_box = PlaceBox("Where the file belongs", path, path_tip, self.folder)
        self.place, self.copy = self.place_box.line, self.place_box.copy
        self.address_box = PlaceBox("Address of the file", address, address_tip)
        self.address, self.copy_address = self.address_box.line, self.address_box.copy
        self.vocabulary_box = PlaceBox("Where its vocabulary belongs", path, path_tip)
        self.vocabulary_box.heading.setToolTip(_VOCABULARY_TIP)
        self.vocabulary_address_box = PlaceBox("Address of its vocabulary", address, address_tip)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.progress = label(role="muted", wraps=True, copied=True)
        self.progress.setFont(number_font())
        self.use = self._asks(self.use_wanted, "Use", "Load this model.")
        self.use.setProperty("role", "primary")
        self.download = self._asks(
            self.download_wanted,
            "Download",
            "Get what is missing from the internet. Nothing is downloaded unless you press this.",
        )
        self.have = self._asks(
            self.file_wanted,
            "I have the file…",
            "Import a file from this computer or a stick as this very model, or as its vocabulary.",
        )
        self.stop = self._asks(
            self.stop_wanted,
            "Cancel",
            "Stop now; what came of a download is kept, and it can be resumed from there.",
        )
        self.remove = self._asks(self.remove_wanted, "Remove…", "Move the file to the trash.")
        self._lay_out()

    def show_row(self, row: ModelRow | None) -> None:
        """Show a model, or nothing."""
        self._row = row
        self.setEnabled(row is not None)
        if row is None:
            return
        entry, state = row.entry, row.state
        self.title.setText(row.title)
        self.state.setText(row.state_text)
        roles = {"in use": "ok", "here": "ok", "paused": "warning", "incomplete": "warning"}
        set_role(self.state, roles.get(state, "muted"))
        note = (entry.unsupported or entry.notice) if entry is not None else ""
        if state == "incomplete":
            note = "It reads text with a vocabulary of its own, which is not here yet"
        self.note.setText(note if note.endswith(".") or not note else f"{note}.")
        self.note.setVisible(bool(note))
        self._show_facts(row)
        self._show_place(row)
        self._show_progress(row)
        self._show_buttons(row)

    def _show_facts(self, row: ModelRow) -> None:
        entry = row.entry
        sha256 = entry.sha256 if entry is not None else ""
        unknown = "told by the hub with the file" if entry and entry.hub_repository else "—"
        texts = {
            "Architecture": entry.architecture if entry is not None else "read from the file",
            "Parameters": f"{entry.parameters:,}" if entry and entry.parameters else "—",
            "Size": row.size_text,
            "License": row.license_text,
            "Source": _source(row),
            "SHA-256": _groups(sha256) if sha256 else unknown,
        }
        for name, text in texts.items():
            self.facts[name].setText(text)
            self.facts[name].setAccessibleName(f"{name}: {text}")

    def _show_place(self, row: ModelRow) -> None:
        entry, here = row.entry, row.installed
        possible = entry is not None and not entry.unsupported
        place = ""
        if here is not None:
            place = str(here.path)
        elif entry is not None and possible:
            place = str(models_dir() / entry.file_name)
        self.place_box.show_place(
            "Where to put the file" if here is None else "Where the file is", place
        )
        self.address_box.show_place("Address of the file", row.address if here is None else "")
        vocabulary, lacking = "", False
        if entry is not None and possible and entry.vocabulary is not None:
            found = here.vocabulary if here is not None else None
            lacking = found is None
            vocabulary = str(found or vocabulary_place(None, entry))
        self.vocabulary_box.show_place(
            "Where to put its vocabulary" if lacking else "Where its vocabulary is", vocabulary
        )
        self.vocabulary_address_box.show_place(
            "Address of its vocabulary", row.vocabulary_address if lacking else ""
        )

    def _show_progress(self, row: ModelRow) -> None:
        job = row.job
        shown = job is not None or row.state == "paused"
        self.bar.setVisible(shown)
        self.progress.setVisible(shown)
        if job is not None:
            self.bar.setRange(0, 1000 if job.total or job.state == "queued" else 0)
            if job.total:
                self.bar.setValue(1000 * job.done // job.total)
            self.progress.setText(progress_text(job))
        elif shown:
            total = row.partial_total
            self.bar.setRange(0, 1000)
            self.bar.setValue(1000 * row.partial // total if total else 0)
            whole = f" of {size_text(total)}" if total else ""
            self.progress.setText(f"{size_text(row.partial)}{whole} are here.")

    def _show_buttons(self, row: ModelRow) -> None:
        state = row.state
        absent = state in ("absent", "paused", "incomplete")
        self.use.setVisible(state in ("here", "in use"))
        self.use.setEnabled(state == "here")
        self.use.setText("In use" if state == "in use" else "Use")
        self.download.setVisible(absent)
        self.download.setText("Resume" if state == "paused" else "Download")
        self.have.setVisible(absent)
        self.stop.setVisible(state == "coming")
        own = row.installed is not None and row.installed.removable
        self.remove.setVisible((own and state != "coming") or state == "paused")
        self.remove.setText("Discard" if state == "paused" else "Remove…")
        self.remove.setEnabled(state != "in use")
        self.remove.setToolTip(
            "It is in use; choose another model first."
            if state == "in use"
            else "Delete the part that was downloaded."
            if state == "paused"
            else "Move the file to the trash."
        )

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for number, name in enumerate(_FACTS):
            caption = label(name, "muted", tip=_TIPS.get(name, ""))
            grid.addWidget(caption, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.facts[name], number, 1)
        grid.setContentsMargins(0, 4, 0, 0)
        inner = QWidget()
        boxes = (
            self.place_box, self.address_box, self.vocabulary_box, self.vocabulary_address_box
        )  # fmt: skip
        known = (self.title, self.state, self.note, grid, *boxes, STRETCH)
        column(*known, spacing=8, margins=(16, 14, 16, 10), on=inner)
        buttons = row(
            self.use, self.download, self.have, self.stop, STRETCH, self.remove, spacing=8
        )
        low = column(self.bar, self.progress, buttons, spacing=8, margins=(16, 4, 16, 14))
        column((scrolling(inner), 1), low, spacing=0, on=self)

    def _asks(self, wanted: SignalInstance, text: str, tip: str) -> QPushButton:
        """A button that asks for something to be done with the model that is shown."""

        def ask() -> None:
            if self._row is not None:
                wanted.emit(self._row)

        return dialog_button(text, tip, ask)


class PlaceBox(QWidget):
    """A path or an address to copy under a heading; hidden while there is none.

    Beside the button that copies there may be a further one.
    """

    def __init__(
        self, name: str, copy_text: str, copy_tip: str, further: QPushButton | None = None
    ) -> None:
        super().__init__()
        self.heading = label(role="muted")
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(name)
        self.copy = dialog_button(
            copy_text, copy_tip, lambda: QGuiApplication.clipboard().setText(self.line.text())
        )
        buttons = row(self.copy, *([further] if further is not None else []), STRETCH, spacing=8)
        column(self.heading, self.line, buttons, spacing=8, margins=(0, 6, 0, 0), on=self)

    def show_place(self, heading: str, text: str) -> None:
        """Show a text under a heading, or nothing."""
        self.setVisible(bool(text))
        self.heading.setText(heading)
        if self.line.text() != text:  # the same one keeps its selection
            self.line.setText(text)
            self.line.setCursorPosition(0)
        self.line.setToolTip(text)


def _source(row: ModelRow) -> str:
    entry = row.entry
    if entry is None or entry.id == EMBEDDED_ID:
        return row.source_text
    if entry.family == "OpenAI":
        return f"{entry.source}, from OpenAI's own server"
    return f"{entry.source}; {entry.hub_repository} on the Hugging Face hub"


def _groups(sha256: str) -> str:
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))


def dialog_button(text: str, tip: str, call: Call) -> QPushButton:
    """A button of the dialog, which Enter in its fields does not press."""
    made = button(text, tip, call)
    made.setAccessibleDescription(tip)
    made.setAutoDefault(False)
    return made


def _open_folder() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(models_dir())))
