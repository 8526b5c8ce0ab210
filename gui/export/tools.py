"""Pictures of panes in the window: the commands, the buttons in the panes' heads, the files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui.context.action_specs import ActionSpec
from gui.context.application import application
from gui.export.dialog import SavePictureDialog
from gui.export.files import Saver
from gui.export.notes import note_of
from gui.export.options import PictureOptions
from gui.export.painting import Subject, draw_file, draw_image
from gui.widgets.pane_dock import PaneDock
from gui.window.presentation import Presentation

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

PARTS = {
    "stimulusCanvas": "Stimulus",
    "templateCards": "Charts",
    "resultsPanel": "Table of results",
    "picturesPanel": "Images of a cell",
    "liveTab": "Live maps",
    "typesTab": "Types of neurons",
    "selectivityTab": "Color selectivity",
    "hueTab": "Hues of neurons",
    "unitsTab": "Neurons",
    "unitPage": "Page of a neuron",
}
"""Parts of panes that make a picture of their own, by object name."""

SPECS = (
    ActionSpec(
        "view.copy-picture",
        "Copy picture",
        "Ctrl+Alt+C",
        "Copy a picture of the pane, light and twice as fine as on the screen.",
        "Edit",
        1,
        "camera",
    ),
    ActionSpec(
        "view.save-picture",
        "Save picture…",
        "Ctrl+Alt+S",
        "Save the pane as PNG, SVG or PDF, for a page or a slide.",
        "File",
        2,
        "camera",
    ),
    ActionSpec(
        "view.present",
        "Present",
        "F11",
        "One pane on the whole screen, with larger type; Escape comes back.",
        "View",
        1,
        "present",
    ),
)


class PictureTools(Saver):
    """Copies and saves pictures of the panes of a window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window.lab, window, lambda: window)
        self._window = window
        self._last: PaneDock | None = None
        for spec in SPECS:
            self._lab.actions.declare(spec)
        self.presentation = Presentation(window)
        self._lab.actions.bind("view.present", lambda: self.presentation.toggle(self.dock))
        self._lab.actions.bind("view.copy-picture", self.copy)
        self._lab.actions.bind("view.save-picture", self.open_dialog)
        application().focusChanged.connect(self._on_focus)
        for dock in window.docks.values():
            dock.add_picture_commands(
                ("Copy picture", partial(self.copy, dock)),
                ("Save picture…", partial(self.open_dialog, dock)),
                ("Present", partial(self.presentation.begin, dock)),
            )

    @property
    def dock(self) -> PaneDock:
        """The pane that commands are about: the one used last that is seen."""
        if self._last is not None and self._is_seen(self._last):
            return self._last
        seen = [dock for dock in self._window.docks.values() if self._is_seen(dock)]
        return seen[0] if seen else next(iter(self._window.docks.values()))

    def subjects(self, first: PaneDock | None = None) -> list[Subject]:
        """What pictures can be made of, the panes that are seen and their parts."""
        found = []
        for dock in self._window.docks.values():
            if dock is not first and not self._is_seen(dock):
                continue
            found.append(Subject(dock.windowTitle(), dock.pane))
            for name, title in PARTS.items():
                for part in dock.pane.findChildren(QWidget, name):
                    if part.isVisibleTo(dock.pane) and not part.size().isEmpty():
                        found.append(Subject(f"{dock.windowTitle()}: {title}", part))
        return found

    def note(self, subject: Subject) -> str:
        """The line with the settings for a subject."""
        for dock in self._window.docks.values():
            if dock.pane is subject.widget or dock.pane.isAncestorOf(subject.widget):
                return note_of(self._lab, dock.pane)
        return ""

    def copy(self, dock: PaneDock | None = None) -> None:
        """Put a picture of a pane on the clipboard, light and without asking."""
        dock = dock or self.dock
        self._copy(Subject(dock.windowTitle(), dock.pane), PictureOptions(note=self.options.note))

    def dialog(self, dock: PaneDock | None = None) -> SavePictureDialog:
        """The dialog, with a pane chosen."""
        dock = dock or self.dock
        subjects = self.subjects(dock)
        chosen = next((n for n, subject in enumerate(subjects) if subject.widget is dock.pane), 0)
        dialog = SavePictureDialog(
            self._lab.theme, subjects, self.note, self.options, chosen, self._window
        )
        dialog.save_wanted.connect(lambda options: self.save(dialog.chosen, options))
        dialog.copy_wanted.connect(lambda options: self._copy(dialog.chosen, options))
        return dialog

    def open_dialog(self, dock: PaneDock | None = None) -> None:
        """Let the user choose; see `dialog`."""
        self._let_choose(self.dialog(dock))

    def save(self, subject: Subject, options: PictureOptions) -> None:
        """Ask for a file and write a picture to it."""
        theme = self._lab.theme
        self._save(
            subject.title,
            options,
            lambda: draw_file(theme, subject, options, self.note(subject)).content,
        )

    def _copy(self, subject: Subject, options: PictureOptions) -> None:
        options = replace(options, form="png")
        _extents, image = draw_image(self._lab.theme, subject, options, self.note(subject))
        self._put(image, subject.title)

    def _is_seen(self, dock: PaneDock) -> bool:
        return dock.isVisible() and not dock.visibleRegion().isEmpty()

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None:
            return
        for dock in self._window.docks.values():
            if dock.isAncestorOf(new):
                self._last = dock
