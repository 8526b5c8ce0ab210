"""A process in which somebody goes through the whole paper and never touches the mouse.

``python -m tests.e2e.keyboard_person FOLDER [arguments of the program]``. What is pressed goes to
the X server; only what the screen shows is read from the widgets. Where the focus goes is noted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from gui.designer.canvas.canvas import Canvas
from gui.dialogs.command_palette import CommandPalette
from gui.export.dialog import SaveFigureDialog
from gui.help.tour import STEPS, Tour
from gui.prediction.cards.template_edit import TemplateEdit
from tests.e2e.person import Person, Wait, run

TEMPLATE = "an image of the color {}"
MOST_TABS = 120
"""More presses of Tab than it takes to come round the window."""

Wanted = Callable[[QWidget], bool]
Steps = Iterator[Wait]


class KeyboardPerson(Person):
    """Design, predict, run, read the table, look at a neuron, export: by keys alone."""

    def go_to(self, wanted: Wanted, what: str) -> Steps:
        """Press Tab until the focus is where it shall be."""
        visited: list[str] = []
        for _press in range(MOST_TABS):
            here = QApplication.focusWidget()
            if here is not None and wanted(here):
                self.seen.setdefault("stops", []).append(what)
                return
            visited.append(name_of(here))
            self.note_unnamed(here)
            self.keys("Tab")
            yield lambda here=here: QApplication.focusWidget() is not here
        raise LookupError(f"Tab never comes to {what}; it comes to {visited}")

    def note_unnamed(self, widget: QWidget | None) -> None:
        if widget is not None and not name_of(widget):
            self.seen.setdefault("unnamed", []).append(type(widget).__name__)

    def command(self, text: str) -> Steps:
        """Find a command by its name in the palette and run it."""
        self.keys("ctrl+k")
        yield lambda: isinstance(QApplication.activePopupWidget(), CommandPalette)
        palette: Any = QApplication.activePopupWidget()
        self.write(text)
        yield lambda: palette.query.text() == text
        self.keys("Return")
        yield lambda: QApplication.activePopupWidget() is None

    def save_file(self, path: Path) -> Steps:
        """Answer the file dialog."""
        before = QApplication.activeWindow() or self.window
        yield self.file_dialog
        dialog = self.file_dialog()
        assert dialog is not None and before is not None
        yield self.focus(dialog)
        self.write(str(path))
        yield lambda: any(e.text() == str(path) for e in dialog.findChildren(QLineEdit))
        self.keys("Return")
        yield path.exists
        yield lambda: self.file_dialog() is None
        yield self.focus(before)

    def save_figure(self, path: Path) -> Steps:
        """Save the figure that is shown, in the size that the dialog suggests."""
        yield from self.menu_entry("Save figure")
        yield lambda: isinstance(QApplication.activeModalWidget(), SaveFigureDialog)
        dialog: Any = QApplication.activeModalWidget()
        yield dialog.save_button.isEnabled
        yield from self.go_to(lambda w: w is dialog.save_button, "Save… of the figure")
        self.keys("space")
        yield from self.save_file(path)
        self.keys("Escape")
        yield lambda: QApplication.activeModalWidget() is None
        assert self.window is not None
        yield self.focus(self.window)

    def choose_row(self, box: QComboBox, row: int) -> Steps:
        """Move in a list that has the focus."""
        while box.currentIndex() != row:
            here = box.currentIndex()
            self.keys("Down" if here < row else "Up")
            yield lambda here=here: box.currentIndex() != here

    def story(self) -> Steps:
        yield lambda: self.window
        window = self.window
        assert window is not None
        yield self.focus(window)
        yield self.bars_follow
        self.seen["first"] = self.state()
        for chapter in (
            self.tour,
            self.design,
            self.predict,
            self.experiment,
            self.neuron,
            self.export,
        ):
            yield from chapter()
            self.seen.setdefault("chapters", []).append(chapter.__name__)
        self._write()
        self.keys("ctrl+q")

    # ---- chapters ----

    def tour(self) -> Steps:
        """Read the tour of a first start to its end."""
        yield lambda: isinstance(QApplication.focusWidget(), QPushButton)
        cards: list[Any] = self.window.findChildren(Tour) if self.window else []
        for step in range(len(STEPS)):
            yield lambda step=step: cards[0].step == step and cards[0].next.hasFocus()
            self.keys("Return")
        yield lambda: self.window.lab.settings.tour_seen

    def design(self) -> Steps:
        """A red star, moved, turned and made larger; one step taken back and repeated."""
        document = self.document()
        self.keys("alt+1")
        yield lambda: self.pane("designer").isAncestorOf(QApplication.focusWidget())
        self.keys("ctrl+1")
        yield lambda: self.state()["stimulus"]["kind"] == "shape"
        yield from self.go_to(lambda w: name_of(w).startswith("Shape: "), "the shapes")
        yield from self.arrow_to("Shape: star")
        yield lambda: self.state()["stimulus"]["shape"] == "star"
        yield from self.go_to(lambda w: "Object: " in w.accessibleName(), "the object’s colors")
        yield from self.arrow_to("Object: red")
        yield lambda: list(self.state()["stimulus"]["figure_color"]) == [255, 0, 0]
        yield from self.go_to(lambda w: isinstance(w, Canvas), "the canvas")
        before = self.state()
        self.keys("shift+Right", "shift+Up", "bracketleft", "plus")
        yield lambda: all(
            self.state()["stimulus"][field] != before["stimulus"][field]
            for field in ("center_x", "center_y", "rotation", "size")
        )
        self.seen["designed"] = self.state()
        index = document.undo_stack.index()
        self.keys("ctrl+z")
        yield lambda: document.undo_stack.index() < index
        self.keys("ctrl+shift+z")
        yield lambda: self.state() == self.seen["designed"]
        yield self.bars_follow

    def predict(self) -> Steps:
        """Another prompt; its bars."""
        self.keys("alt+2")
        yield lambda: self.pane("prediction").isAncestorOf(QApplication.focusWidget())
        yield from self.go_to(lambda w: isinstance(w, TemplateEdit), "the first template")
        self.keys("ctrl+a")
        self.write(TEMPLATE)
        self.keys("Return")
        yield lambda: self.state()["prompts"]["templates"][0]["text"] == TEMPLATE
        yield self.bars_follow
        answer = self.pane("prediction").shown
        first = answer.predictions[0]
        self.seen["predicted"] = first.labels[first.winner]
        yield from self.go_to(lambda w: type(w).__name__ == "PredictionChart", "the bars")

    def experiment(self) -> Steps:
        """Choose an experiment, one sample each, run it, and read a cell."""
        pane, sweeps = self.pane("experiments"), self.window.lab.sweeps
        self.keys("alt+4")
        yield lambda: pane.isAncestorOf(QApplication.focusWidget())
        yield from self.go_to(lambda w: w is pane.setup.presets, "the experiments")
        yield from self.choose_row(pane.setup.presets, pane.setup.presets.findData("experiment-4"))
        samples = pane.setup.samples
        yield from self.go_to(
            lambda w: w is samples or w is samples.lineEdit(), "the number of samples"
        )
        self.keys("ctrl+a")
        self.write("1")
        self.keys("Return")
        yield lambda: pane.controller.draft.samples == 1
        self.keys("F5")
        yield lambda: len(pane.controller.library.runs) or len(sweeps)
        yield lambda: len(sweeps) == 0 and pane.results.made is not None
        view = pane.results.view
        yield from self.go_to(lambda w: w is view, "the table")
        self.seen["images"] = pane.results.made.images
        here = view.currentIndex()
        self.keys("Right")
        yield lambda: view.currentIndex() != here
        self.keys("Return")
        yield lambda: pane.pictures.isVisible() and pane.pictures.page is not None
        self.seen["images of the cell"] = pane.pictures.page.total
        self.picture("keyboard-table")
        yield from self.go_to(pane.pictures.isAncestorOf, "the images of the cell")
        yield from self.go_to(lambda w: w is pane.pictures.list, "the list of the images")
        self.keys("Escape")
        yield lambda: not pane.pictures.isVisible() and view.hasFocus()

    def neuron(self) -> Steps:
        """A small census, and the page of one unit."""
        pane, census = self.pane("inspector"), self.window.lab.census
        self.keys("ctrl+shift+u")
        form = pane.form
        yield form.isVisible
        for field, name in ((form.words, "words"), (form.shapes, "shapes")):
            if not field.use.isChecked():
                yield from self.go_to(lambda w, f=field: w is f.use, f"whether {name} are shown")
                self.keys("space")
                yield field.use.isChecked
            edit = field.samples.lineEdit()
            yield from self.go_to(
                lambda w, f=field, e=edit: w is f.samples or w is e, f"the samples of {name}"
            )
            self.keys("ctrl+a")
            self.write("1")
            self.keys("Tab")
        draft = pane.controller.planning
        yield lambda: draft.draft.stroop == draft.draft.shapes == 1 and draft.ready
        yield from self.go_to(lambda w: w is form.begin, "Start census")
        self.keys("space")
        yield lambda: census.current is not None
        yield lambda: census.current is None and pane.shown_census.indices is not None
        yield from self.command("All neurons")
        yield lambda: pane.tab == "neurons"
        grid = pane.units.grid
        yield lambda: len(grid.units.units) > 0
        yield from self.go_to(lambda w: w is grid.view, "the grid of neurons")
        self.keys("Home", "Right", "Right")
        yield lambda: grid.view.currentIndex().row() == 2
        self.keys("Return")
        page = pane.units.page
        yield lambda: page.isVisible() and page.unit >= 0
        self.seen["neuron"] = pane.shown_census.indices.census.name_of(page.unit)
        self.picture("keyboard-neuron")

    def export(self) -> Steps:
        """The neuron as a picture, the table as CSV, the stimulus as PNG, the document."""
        inspector, experiments = self.pane("inspector"), self.pane("experiments")
        page = inspector.units.page
        yield from self.go_to(lambda w: w is page.export, "the export of the neuron")
        self.keys("space")
        yield from self.save_figure(self.folder / "neuron.png")
        self.keys("alt+4")
        yield lambda: experiments.isAncestorOf(QApplication.focusWidget())
        yield from self.go_to(lambda w: w is experiments.results.export, "the export of tables")
        self.keys("space")
        yield from self.menu_entry("CSV, exact")
        yield from self.save_file(self.folder / "table.csv")
        self.keys("ctrl+e")
        yield from self.save_file(self.folder / "stimulus.png")
        self.keys("ctrl+s")
        yield from self.save_file(self.folder / "by keys.colorlab")
        yield lambda: not self.document().modified

    # ---- smaller steps ----

    def pane(self, name: str) -> Any:
        assert self.window is not None
        return self.window.docks[name].pane

    def arrow_to(self, name: str) -> Steps:
        """Move with the arrow keys within a row of choices, and take one."""
        self.keys("Home")
        for _press in range(20):
            here = QApplication.focusWidget()
            if here is not None and here.accessibleName() == name:
                self.keys("space")
                yield lambda: True
                return
            yield lambda: True
            self.keys("Right")
            yield lambda here=here: QApplication.focusWidget() is not here
        raise LookupError(f"the arrow keys never come to {name}")

    def menu_entry(self, text: str) -> Steps:
        """Go down an open menu to an entry and take it."""
        yield lambda: isinstance(QApplication.activePopupWidget(), QMenu)
        menu: Any = QApplication.activePopupWidget()
        for _press in range(40):
            action = menu.activeAction()
            if action is not None and text in action.text():
                self.keys("Return")
                yield lambda: QApplication.activePopupWidget() is not menu
                return
            self.keys("Down")
            yield lambda action=action: menu.activeAction() is not action
        raise LookupError(f"the menu has no entry “{text}”")


def name_of(widget: QWidget | None) -> str:
    """What a screen reader would call a widget."""
    if widget is None:
        return "nothing"
    text = widget.accessibleName()
    if not text and hasattr(widget, "text"):
        text = widget.text()
    holder = widget.parentWidget()
    if not text and isinstance(widget, QLineEdit) and holder is not None:
        text = holder.accessibleName()
    return text


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:], KeyboardPerson))
