"""What is known about the chosen model, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.models.catalog import EMBEDDED_ID, models_dir
from core.models.file_events import size_text
from gui.models.rows import ModelRow, progress_text
from gui.theme import Theme, number_font

_WIDTH = 348
_FACTS = ("Architecture", "Parameters", "Size", "License", "Source", "SHA-256")
_TIPS = {
    "Architecture": "Its name in open_clip.",
    "SHA-256": "The fingerprint that was published with the file. Every file is compared with it.",
}


class ModelDetails(QFrame):
    """The side of the dialog.

    Signals
    -------
    use_wanted(row), download_wanted(row), file_wanted(row), stop_wanted(row), remove_wanted(row)
    """

    use_wanted = Signal(object)
    download_wanted = Signal(object)
    file_wanted = Signal(object)
    stop_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row: ModelRow | None = None
        self.setProperty("role", "card")
        self.setFixedWidth(_WIDTH)
        self.title = _wrapped("heading")
        self.state = QLabel()
        self.note = _wrapped("warning")
        self.facts = {name: _wrapped("") for name in _FACTS}
        self.place_heading = QLabel("Where to put the file")
        self.place_heading.setProperty("role", "muted")
        self.place = QLineEdit()
        self.place.setReadOnly(True)
        self.place.setAccessibleName("Where the file belongs")
        self.copy = _button("Copy path", "Copy where the file belongs.", self._copy_place)
        self.folder = _button("Open folder", "Open the folder of models.", _open_folder)
        self.address_heading = QLabel("Address of the file")
        self.address_heading.setProperty("role", "muted")
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setAccessibleName("Address of the file")
        self.copy_address = _button(
            "Copy address",
            "Copy where a connected computer finds the file.",
            lambda: QGuiApplication.clipboard().setText(self.address.text()),
        )
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.progress = _wrapped("muted")
        self.progress.setFont(number_font())
        self.use = _button("Use", "Load this model.", lambda: self._emit(self.use_wanted))
        self.use.setProperty("role", "primary")
        self.download = _button(
            "Download",
            "Get the file from the internet now. Nothing is downloaded unless you press this.",
            lambda: self._emit(self.download_wanted),
        )
        self.have = _button(
            "I have the file…",
            "Import a file from this computer or a stick as this very model.",
            lambda: self._emit(self.file_wanted),
        )
        self.stop = _button(
            "Cancel",
            "Stop now; what came of a download is kept, and it can go on from there.",
            lambda: self._emit(self.stop_wanted),
        )
        self.remove = _button(
            "Remove…",
            "Move the file to the wastebasket.",
            lambda: self._emit(self.remove_wanted),
        )
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
        role = {"in use": "ok", "here": "ok", "paused": "warning"}.get(state, "muted")
        if self.state.property("role") != role:
            self.state.setProperty("role", role)
            self.state.style().polish(self.state)
        note = (entry.unsupported or entry.notice) if entry is not None else ""
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
        here = row.installed is not None
        possible = here or (row.entry is not None and not row.entry.unsupported)
        self.place_heading.setText("Where the file is" if here else "Where to put the file")
        if row.installed is not None:
            path = str(row.installed.path)
        else:
            path = str(models_dir() / row.entry.file_name) if row.entry is not None else ""
        if self.place.text() != path:
            self.place.setText(path)
            self.place.setCursorPosition(0)
        self.place.setToolTip(path)
        for widget in (self.place_heading, self.place, self.copy, self.folder):
            widget.setVisible(possible)
        if self.address.text() != row.address:
            self.address.setText(row.address)
            self.address.setCursorPosition(0)
        self.address.setToolTip(row.address)
        for widget in (self.address_heading, self.address, self.copy_address):
            widget.setVisible(bool(row.address) and not here)

    def _show_progress(self, row: ModelRow) -> None:
        job = row.job
        shown = job is not None or row.state == "paused"
        self.bar.setVisible(shown)
        self.progress.setVisible(shown)
        if job is not None:
            known = job.progress if job.progress is not None and job.progress.total else None
            self.bar.setRange(0, 1000 if known is not None or job.state == "waiting" else 0)
            if known is not None and known.total:
                self.bar.setValue(1000 * known.done // known.total)
            self.progress.setText(progress_text(job))
        elif shown:
            total = row.partial_total
            self.bar.setRange(0, 1000)
            self.bar.setValue(1000 * row.partial // total if total else 0)
            whole = f" of {size_text(total)}" if total else ""
            self.progress.setText(f"{size_text(row.partial)}{whole} are here.")

    def _show_buttons(self, row: ModelRow) -> None:
        state = row.state
        absent = state in ("absent", "paused")
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
            else "Move the file to the wastebasket."
        )

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for number, name in enumerate(_FACTS):
            label = QLabel(name)
            label.setProperty("role", "muted")
            label.setToolTip(_TIPS.get(name, ""))
            grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.facts[name], number, 1)
        place_row = QHBoxLayout()
        place_row.setSpacing(8)
        place_row.addWidget(self.copy)
        place_row.addWidget(self.folder)
        place_row.addStretch(1)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 14, 16, 10)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.state)
        column.addWidget(self.note)
        column.addSpacing(4)
        column.addLayout(grid)
        column.addSpacing(8)
        column.addWidget(self.place_heading)
        column.addWidget(self.place)
        column.addLayout(place_row)
        column.addSpacing(6)
        column.addWidget(self.address_heading)
        column.addWidget(self.address)
        column.addWidget(self.copy_address, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.use, self.download, self.have, self.stop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.remove)
        low = QVBoxLayout()
        low.setContentsMargins(16, 4, 16, 14)
        low.setSpacing(8)
        low.addWidget(self.bar)
        low.addWidget(self.progress)
        low.addLayout(buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addLayout(low)

    def _emit(self, signal: object) -> None:
        if self._row is not None:
            signal.emit(self._row)  # type: ignore[attr-defined]

    def _copy_place(self) -> None:
        QGuiApplication.clipboard().setText(self.place.text())


def _source(row: ModelRow) -> str:
    entry = row.entry
    if entry is None or entry.id == EMBEDDED_ID:
        return row.source_text
    if entry.family == "OpenAI":
        return f"{entry.source}, from OpenAI's own server"
    return f"{entry.source}; {entry.hub_repository} on the Hugging Face hub"


def _groups(sha256: str) -> str:
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))


def _wrapped(role: str) -> QLabel:
    label = QLabel()
    if role:
        label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _button(text: str, tip: str, call: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    button.setAutoDefault(False)
    button.clicked.connect(call)
    return button


def _open_folder() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(models_dir())))
