"""A process in which the lab runs as its user starts it, and somebody uses it.

The program starts through ``main.main``. Mouse and keyboard are moved by xdotool, so events come
from the X server as they do from a person's hands; where to click is read from the widgets. What
was done and seen is written as JSON for the test to judge:
``python -m tests.e2e.person FOLDER [arguments of the program]``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QPoint, QRect, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget

import main as program
from gui.app import start
from gui.designer.canvas.canvas import Canvas
from gui.designer.canvas.overlay import Handle
from gui.prediction.cards.chart import PredictionChart
from gui.prediction.cards.template_edit import TemplateEdit
from gui.window.main_window import MainWindow

PATIENCE_SECONDS = 240  # on a busy computer importing torch alone can take a minute
SENTENCE = "A photo of something {} on a table"

Wait = Callable[[], object]
"""Something to wait for; the person goes on when it gives a true value."""


class Person(QObject):
    """Goes through the steps of `story`, one whenever what it waits for has come."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.seen: dict[str, Any] = {}
        self.window: MainWindow | None = None
        self._waiting: Wait = self._find_window
        self._since = time.monotonic()
        self._steps = self.story()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(25)

    def _look(self) -> None:
        try:
            if self._waiting():
                self._since = time.monotonic()
                self._waiting = next(self._steps)
            elif time.monotonic() - self._since > PATIENCE_SECONDS:
                raise TimeoutError("waited too long")
        except StopIteration:
            self._timer.stop()
        except Exception:  # whatever it was, the test must hear of it
            self._timer.stop()
            self.picture("click-failed")
            here = QApplication.focusWidget()
            focus = (
                "nothing" if here is None else f"{type(here).__name__} “{here.accessibleName()}”"
            )
            self.seen["failure"] = (
                f"{traceback.format_exc()}\nafter {list(self.seen)}, the focus on {focus}"
            )
            self._write()
            QApplication.exit(9)

    def _find_window(self) -> bool:
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
        self.window = windows[0] if windows and windows[0].isVisible() else None
        return self.window is not None

    def _write(self) -> None:
        text = json.dumps(self.seen, indent=1)
        (self.folder / "seen.json").write_text(text, encoding="utf-8")

    # ---- hands and eyes ----

    def tell(self, *arguments: object) -> None:
        subprocess.run(["xdotool", *map(str, arguments)], check=True, timeout=30)

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        at = widget.mapToGlobal(place or widget.rect().center())
        self.tell("mousemove", at.x(), at.y(), "click", 1)

    def drag(self, widget: QWidget, start: QPoint, way: QPoint) -> None:
        at = widget.mapToGlobal(start)
        self.tell("mousemove", at.x(), at.y(), "mousedown", 1)
        for part in range(1, 9):
            self.tell("mousemove", at.x() + way.x() * part // 8, at.y() + way.y() * part // 8)
        self.tell("mouseup", 1)

    def keys(self, *keys: str) -> None:
        self.tell("key", "--clearmodifiers", *keys)

    def write(self, text: str) -> None:
        self.tell("type", "--clearmodifiers", "--delay", 2, text)

    def focus(self, target: QWidget) -> Wait:
        """Give a window the keyboard, as a window manager would."""
        self.tell("windowfocus", int(target.winId()))
        return target.isActiveWindow

    def picture(self, name: str) -> None:
        """Save what is on the screen."""
        screen = QApplication.primaryScreen()
        image = screen.grabWindow(0).toImage()
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
        if windows:
            image = image.copy(QRect(QPoint(0, 0), image.size()) & windows[0].frameGeometry())
        image.save(str(self.folder / f"{name}.png"))

    # ---- what is looked at ----

    def document(self) -> Any:
        assert self.window is not None
        return self.window.lab.document

    def state(self) -> Any:
        return msgspec.to_builtins(self.document().state)

    def child(self, kind: type, name: str = "") -> Any:
        """The first visible widget of a kind, with an accessible name if one is given."""
        assert self.window is not None
        for widget in self.window.findChildren(kind):
            if widget.isVisible() and (not name or widget.accessibleName() == name):
                return widget
        raise LookupError(f"no {kind.__name__} “{name}” is to be seen")

    def bars_follow(self) -> bool:
        """True if the bars shown belong to the document as it is now."""
        assert self.window is not None
        answer = self.window.docks["prediction"].pane.shown
        wanted = self.document().prompts.active_templates()
        return answer is not None and [p.template for p in answer.predictions] == list(wanted)

    def file_dialog(self) -> QFileDialog | None:
        dialog = QApplication.activeModalWidget()
        return dialog if isinstance(dialog, QFileDialog) and dialog.isVisible() else None

    # ---- the story ----

    def story(self) -> Iterator[Wait]:
        window, saved = self.window, self.folder / "saved by hand.colorlab"
        yield lambda: window or self.window  # a moment for the first painting
        window = self.window
        assert window is not None
        document = window.lab.document
        yield self.focus(window)
        self.keys("Escape")  # the tour of a first start
        yield lambda: window.lab.settings.tour_seen
        yield self.bars_follow
        self.seen["first"] = self.state()
        self.picture("click-1-opened")

        canvas = self.child(Canvas)
        frame = canvas.frame_on_screen()
        self.drag(canvas, frame.handle(Handle.BODY).toPoint(), QPoint(12, 40))
        yield lambda: not canvas.is_dragging and self.state() != self.seen["first"]
        self.seen["dragged"] = self.state()
        self.seen["steps after dragging"] = document.undo_stack.count()
        yield self.bars_follow
        self.picture("click-2-dragged")

        self.click(self.child(QAbstractButton, "Object: red"))
        yield lambda: self.state() != self.seen["dragged"]
        self.seen["colored"] = self.state()

        edit = self.child(TemplateEdit)
        self.click(edit)
        yield edit.hasFocus
        self.keys("ctrl+a")
        self.write(SENTENCE)
        self.keys("Return")
        yield lambda: document.prompts.templates[0].text == SENTENCE and self.bars_follow()
        self.seen["edited"] = self.state()
        self.seen["charts"] = len(window.findChildren(PredictionChart))
        self.picture("click-3-edited")

        self.keys("ctrl+s")
        yield self.file_dialog
        yield self.focus(self.file_dialog())
        self.write(str(saved))
        self.keys("Return")
        yield lambda: not document.modified
        yield self.focus(window)
        self.seen["saved as"] = document.path.name

        while document.undo_stack.canUndo():
            index = document.undo_stack.index()
            self.keys("ctrl+z")
            yield lambda index=index: document.undo_stack.index() < index
        self.seen["undone"] = self.state()
        yield self.bars_follow
        self.picture("click-4-undone")
        while document.undo_stack.canRedo():
            index = document.undo_stack.index()
            self.keys("ctrl+shift+z")
            yield lambda index=index: document.undo_stack.index() > index
        self.seen["redone"] = self.state()

        self.keys("ctrl+n")
        yield lambda: document.path is None
        self.seen["new"] = self.state()
        self.keys("ctrl+o")
        yield self.file_dialog
        yield self.focus(self.file_dialog())
        self.write(str(saved))
        self.keys("Return")
        yield lambda: document.path == saved
        yield self.focus(window)
        yield self.bars_follow
        self.seen["reopened"] = self.state()
        self.picture("click-5-reopened")
        self._write()
        self.keys("ctrl+q")


def run(folder: Path, arguments: list[str], who: type[Person] = Person) -> int:
    """Start the lab as the user does, with a person before it; the result is the exit status."""
    make_application = start.make_application
    present: list[Person] = []

    def with_somebody() -> QApplication:
        application = make_application()
        present.append(who(folder))
        return application

    start.make_application = with_somebody
    sys.argv = ["main.py", *arguments]
    return program.main()


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
