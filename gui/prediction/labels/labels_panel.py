"""The panel below the cards in which the labels are edited."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from core.color.terms import Palette
from core.predict.prompts import LABEL_PRESETS, Problem, PromptSet
from gui.look.theme import Theme
from gui.prediction.labels.label_list import LabelList
from gui.prediction.labels.label_model import LabelModel
from gui.prediction.labels.paste_dialog import PasteDialog, parse_list
from gui.prediction.labels.prompt_edits import PromptEdits
from gui.widgets.build import IconButton, button, column, label, row
from gui.widgets.plain_text import InvisibleNote

_BUTTONS = (
    ("up", "Move up (Alt+Up)"),
    ("down", "Move down (Alt+Down)"),
    ("trash", "Remove (Delete)"),
)


class LabelsPanel(QWidget):
    """List of labels with its buttons; every edit goes through `PromptEdits`."""

    def __init__(self, theme: Theme, edits: PromptEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._edits = edits
        self.setObjectName("labelsPanel")
        self.model = LabelModel(edits, theme.tokens, self)
        self.list = LabelList(self.model, theme.tokens, self)
        self.list.move_wanted.connect(self.move_selected)
        self.list.removal_wanted.connect(self.remove_selected)
        self.summary = label("", "muted", self, wraps=True)
        self.invisible = InvisibleNote(self)
        self.invisible.removal_wanted.connect(edits.clean_labels)
        self.add_field = QLineEdit(self)
        self.add_field.setPlaceholderText("Add a label")
        self.add_field.setAccessibleName("Add a label")
        self.add_field.returnPressed.connect(self._add_typed)
        menu = QMenu(self)
        for preset in LABEL_PRESETS:
            menu.addAction(preset.title, partial(edits.set_labels, preset.labels))
        self.presets = button("Presets", parent=self, menu=menu)
        self.paste = button("Paste a list…", "", self.open_paste_dialog, self)
        moves = (lambda: self.move_selected(-1), lambda: self.move_selected(1))
        calls = (*moves, self.remove_selected)
        buttons = [
            IconButton(theme, icon, tip, call, self, side=16)
            for (icon, tip), call in zip(_BUTTONS, calls, strict=True)
        ]
        heading = label("Labels", "heading", self)
        column(
            row(heading, (self.summary, 1), self.presets, self.paste),
            (self.list, 1),
            self.invisible,
            row((self.add_field, 1), *buttons, spacing=4),
            margins=(0, 4, 0, 0),
            on=self,
        )
        self.apply_theme()

    def show_prompts(
        self, prompts: PromptSet, palette: Palette, repeated: Sequence[Problem] = ()
    ) -> None:
        """Make the list that of the document, keeping the selection by row.

        `repeated` are rows that the model reads as an earlier one, once it has answered.
        """
        problems = prompts.label_problems()
        problems |= {found.row: found for found in repeated if found.part == "label"}
        notes = [
            problems[row].sentence if row in problems else "" for row in range(len(prompts.labels))
        ]
        selected = self.list.selected_rows()
        self.model.show(prompts.labels, notes, palette)
        if selected and not self.list.selected_rows() and prompts.labels:
            self.list.select_rows(min(selected[0], len(prompts.labels) - 1))
        self.invisible.show_texts([label.text for label in prompts.labels if label.enabled])
        used, count = len(prompts.without(repeated).active_labels()), len(prompts.labels)
        self.summary.setText(f"{used} used" if used == count else f"{used} of {count} used")

    def move_selected(self, step: int) -> None:
        """Move the selected labels one place up (−1) or down (+1)."""
        rows = self.list.selected_rows()
        if not rows:
            return
        gap = rows[0] - 1 if step < 0 else rows[-1] + 2
        if 0 <= gap <= self.model.rowCount():
            start = self._edits.move_labels(rows, gap)
            self.list.select_rows(start, len(rows))

    def remove_selected(self) -> None:
        """Remove the selected labels."""
        rows = self.list.selected_rows()
        if rows:
            self._edits.remove_labels(rows)
            self.list.select_rows(min(rows[0], self.model.rowCount() - 1))

    def open_paste_dialog(self) -> PasteDialog:
        """Ask for a list, beginning with what is on the clipboard."""
        text = QGuiApplication.clipboard().text()
        dialog = PasteDialog(text, self)
        dialog.chosen.connect(self._use_pasted)
        dialog.open()
        return dialog

    def apply_theme(self) -> None:
        """Take icons and colors of the present theme."""
        self.paste.setIcon(self._theme.icon("paste"))
        self.model.set_tokens(self._theme.tokens)
        self.list.set_tokens(self._theme.tokens)

    def _use_pasted(self, entries: tuple[str, ...], replace: bool) -> None:
        if replace:
            self._edits.set_labels(entries)
        else:
            self._edits.add_labels(entries)

    def _add_typed(self) -> None:
        entries = parse_list(self.add_field.text()).entries
        if len(entries) == 1:
            self.list.select_rows(self._edits.add_label(entries[0]))
        elif entries:
            self._edits.add_labels(entries)
        self.add_field.clear()
