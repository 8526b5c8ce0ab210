"""The preferences that the window itself has no place for, on pages."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from core.base.settings import FILE_NAME
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.dialogs.folder_rows import FolderRows
from gui.dialogs.shortcuts import ShortcutsTable
from gui.widgets.build import STRETCH, Item, column, label, row
from gui.widgets.numbers import WholeSpin
from gui.widgets.wheel import Combo

_THEMES = (("Follow the system", "system"), ("Light", "light"), ("Dark", "dark"))
_GRAYS = (("gray", "gray"), ("grey", "grey"))
_REGIONS = (("0.5, cells apart by ,", "point"), ("0,5, cells apart by ;", "comma"))
_WIDTH, _HEIGHT = 660, 440

Row = tuple[str, QWidget, str]
"""Label, field, and what to say below it."""


class PreferencesDialog(QDialog):
    """Appearance, files, performance, questions, folders, keys; written on OK."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setWindowTitle("Preferences")
        settings = lab.settings
        self.theme = _choice(_THEMES, settings.theme)
        self.gray = _choice(_GRAYS, settings.gray_spelling)
        self.decimals = _number(0, 6, settings.probability_decimals)
        self.region = _choice(_REGIONS, settings.csv_region)
        self.autosave = _number(0, 3600, settings.autosave_seconds, "Never", " s")
        cores = os.cpu_count() or 1
        self.threads = _number(0, max(cores, settings.threads), settings.threads, "All cores")
        self.confirm_stop = _check("Ask before closing while something runs", settings.confirm_stop)
        text = "Ask before moving something to the trash"
        self.confirm_delete = _check(text, settings.confirm_delete)
        self.tour = _check("Show the tour at the next start", not settings.tour_seen)
        self.folders = FolderRows(self)
        self.folders.emptied.connect(lambda _bytes: lab.say("The cache is empty"))
        self.shortcuts = ShortcutsTable(lab.actions, self)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Pages of the preferences")
        self.list.setFixedWidth(136)
        self.stack = QStackedWidget(self)
        self._pages: list[QWidget] = []
        self._add_pages()
        self._fields = TypedFields(*self._pages, reveal=self._reveal)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        middle = row(self.list, (self.stack, 1), spacing=18)
        column((middle, 1), buttons, on=self, spacing=12, margins=(18, 16, 18, 14))
        self.list.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.list.setCurrentRow(0)
        self.list.setFocus()
        self.resize(_WIDTH, _HEIGHT)

    def show_page(self, name: str) -> None:
        """Bring a page to the front by its name."""
        found = self.list.findItems(name, Qt.MatchFlag.MatchExactly)
        self.list.setCurrentItem(found[0])

    def accept(self) -> None:
        """Write what differs from before, and close; not with a number that cannot be used."""
        if not self._fields.ready():
            return
        fields = {
            "theme": self.theme.currentData(),
            "gray_spelling": self.gray.currentData(),
            "probability_decimals": self.decimals.value(),
            "csv_region": self.region.currentData(),
            "autosave_seconds": self.autosave.value(),
            "threads": self.threads.value(),
            "confirm_stop": self.confirm_stop.isChecked(),
            "confirm_delete": self.confirm_delete.isChecked(),
            "tour_seen": not self.tour.isChecked(),
        }
        self._lab.change_settings(**fields)
        super().accept()

    def done(self, result: int) -> None:
        self.folders.stop()
        super().done(result)

    def _reveal(self, field: QWidget) -> None:
        self.list.setCurrentRow([page.isAncestorOf(field) for page in self._pages].index(True))

    def _add_pages(self) -> None:
        self._add_form(
            "Appearance",
            ("&Theme", self.theme, "Colors of the window; stimulus colors never change."),
            ("&Decimals", self.decimals, "Of the percentages in the window; files have all."),
            (
                "&Spelling of gray",
                self.gray,
                "For the label in new documents. The text encoder tells the two words apart.",
            ),
        )
        self._add_form(
            "Files",
            (
                "&Numbers in CSV",
                self.region,
                (
                    "In CSV for spreadsheets. All other files write 0.5 in every language, so that "
                    "they read the same everywhere."
                ),
            ),
            ("&Autosave after", self.autosave, "Time from a change to its autosave."),
            ("", _muted(f"All preferences stand in {FILE_NAME}, which can be edited by hand."), ""),
        )
        self._add_form(
            "Performance",
            ("&Model threads", self.threads, "The model steps back behind the window by itself."),
            ("", self._device_button(), "What the model runs on, and in which number format."),
        )
        self._add_form(
            "Questions",
            ("", self.confirm_stop, "An experiment or a census is paused, and nothing is lost."),
            ("", self.confirm_delete, "Runs, censuses and models."),
            ("", self.tour, "Three steps round the window; also in the menu Help."),
        )
        self._add_page("Folders", self.folders, stretch=True)
        self._add_page("Shortcuts", self.shortcuts)

    def _add_form(self, title: str, *rows: Row) -> None:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(4)
        for name, field, help_text in rows:
            form.addRow(name, field)
            if not help_text:
                continue
            hint = _muted(help_text)
            hint.setContentsMargins(0, 0, 0, 8)
            form.addRow("", hint)
            if name:
                field.setAccessibleName(name.replace("&", ""))
            field.setAccessibleDescription(help_text)
        self._add_page(title, page, stretch=True)

    def _add_page(self, title: str, page: QWidget, stretch: bool = False) -> None:
        whole = QWidget(self)
        heading = label(title, "heading", whole)
        whole_height: tuple[Item, ...] = (page, STRETCH) if stretch else ((page, 1),)
        column(heading, *whole_height, on=whole, spacing=12)
        self.list.addItem(title)
        self.stack.addWidget(whole)
        self._pages.append(whole)

    def _device_button(self) -> QPushButton:
        button = QPushButton("Device and precision…")
        button.setAutoDefault(False)
        button.clicked.connect(self._open_device)
        button.setEnabled(self._lab.actions["model.device"].isEnabled())
        return button

    def _open_device(self) -> None:
        self.reject()
        self._lab.actions.trigger("model.device")


def _choice(options: tuple[tuple[str, str], ...], present: str) -> QComboBox:
    box = Combo()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(box.findData(present))
    return box


def _check(text: str, on: bool) -> QCheckBox:
    box = QCheckBox(text)
    box.setChecked(on)
    return box


def _number(low: int, high: int, value: int, zero: str = "", unit: str = "") -> WholeSpin:
    box = WholeSpin("", low, high, unit=unit)
    box.set_special(zero)
    box.setValue(value)
    return box


def _muted(text: str) -> QLabel:
    return label(text, "muted", wraps=True)
