"""A user without a plan: random commands, clicks, keys, typing and drags in the real window.

`Monkey` takes its steps from a seed, or from the lines of an earlier sequence. It waits a moment
after each step until the threads beside the window rest, so that the same seed goes the same way
as far as the computer keeps up; the lines go it exactly. An experiment goes on by a few batches a
step, which makes pausing and cancelling it part of the game. Dialogs and menus that come up are
played in for some steps, then left.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from PySide6.QtCore import QDeadlineTimer, QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from gui.window.main_window import MainWindow
from tests.support.experiments import Engine

NOT_PLAYED = {"file.quit"}
TEXTS = (
    "red", "a photo of a {}", "{} {}", "", " ", "0.5", "0,5", "12", "-3", "1e9", "99999999999999",
    "#ff8800", "orange, blue", "צבע", "kırmızı", "😀", "a\u200bb", "x" * 300, "../up", "%s\x00",
)  # fmt: skip
KEYS = (
    "Tab", "Backtab", "Up", "Down", "Left", "Right", "Home", "End", "PgUp", "PgDown", "Space",
    "Return", "Escape", "Delete", "Backspace", "F2", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+A", "Ctrl+C",
    "Ctrl+V", "Ctrl+X", "Shift+Right", "Alt+Down",
)  # fmt: skip
SETTLE_MILLISECONDS = 250
"""Longest wait for rest after a step; a job may take longer, and goes on beside the next ones."""
BATCHES = 4
"""Batches of an experiment that are computed during a step."""
UNDO_EVERY = 100
"""Steps after which the way back to the start is tried."""
IN_FRONT = 6
"""Most steps in a dialog or menu before it is left."""
FIELDS = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit)
PLAYED = (*FIELDS, QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QTabBar)


class Step(NamedTuple):
    """One thing that a user does; `at` names a widget, see `name_of`."""

    kind: str
    at: str = ""
    args: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return json.dumps([self.kind, self.at, list(self.args)], ensure_ascii=False)

    @staticmethod
    def read(line: str) -> Step:
        kind, at, args = json.loads(line)
        return Step(kind, at, tuple(args))


class Monkey:
    """Plays in a window.

    Parameters
    ----------
    window : MainWindow
    engine : Engine
        Computes the experiments, behind a gate.
    complaint : callable
        Gives what went wrong so far, or an empty text; asked after each step.
    seed : int
    journal : file
        Receives each step before it is taken, so that it outlives a crash.
    replay : sequence of Step
        Taken in place of steps drawn from the seed.

    Attributes
    ----------
    done : list of Step
    """

    def __init__(
        self,
        window: MainWindow,
        engine: Engine,
        complaint: Callable[[], str],
        seed: int,
        journal: TextIO,
        replay: Sequence[Step] = (),
    ) -> None:
        self.done: list[Step] = []
        self._window = window
        self._engine = engine
        self._complaint = complaint
        self._rng = random.Random(seed)  # noqa: S311 - the same walk again, no secret
        self._replay = list(reversed(replay))
        self._open: list[object] = []
        self._fronts: list[QWidget] = []
        self._failure = ""
        self._journal = journal
        engine.close_gate()
        document = window.lab.document
        self._start = document.state
        document.replaced.connect(self._on_replaced)

    def play(self, steps: int) -> str:
        """Take so many steps; what went wrong, or an empty text."""
        undo_at = UNDO_EVERY
        while len(self.done) < steps and not self._failure:
            front = front_of_all()
            if front is not None:  # a dialog that was opened without waiting for it
                self._play_in(front)
            else:
                self._take(self._next(None))
            if len(self.done) >= undo_at:
                self._judge(self._undo_all())
                undo_at = len(self.done) + UNDO_EVERY
        return self._failure

    def end(self) -> str:
        """Leave all dialogs, let the jobs end, undo everything; what went wrong."""
        self._engine.open_gate()
        while (front := front_of_all()) is not None:
            _leave(front)
            self.settle()
        self._judge(self._undo_all())
        return self._failure

    def settle(self) -> None:
        """Let a few batches through, and wait until nothing happens beside the window any more."""
        if self._engine.batch_stands():
            self._engine.let_through(BATCHES)
        deadline = QDeadlineTimer(SETTLE_MILLISECONDS)
        seen, quiet = _work_of_others(), 0
        while quiet < 3 and not deadline.hasExpired():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            QTest.qWait(2)
            now = _work_of_others()
            rests = now is not None and now == seen and not self._window.lab.inference.busy
            quiet = quiet + 1 if rests else 0
            seen = now

    # --- one step ---

    def _note(self, step: Step) -> None:
        self.done.append(step)
        print(step, file=self._journal, flush=True)

    def _take(self, step: Step) -> None:
        self._note(step)
        level = object()
        self._open.append(level)

        def look() -> None:
            """Play in the dialog or menu in whose own event loop the step waits."""
            if level not in self._open:
                return
            front = front_of_all()
            if self._open[-1] is level and front is not None and front not in self._fronts:
                self._play_in(front)
            QTimer.singleShot(1, look)

        QTimer.singleShot(0, look)
        try:
            self._do(step)
            self.settle()
        finally:
            self._open.remove(level)
        self._judge(self._complaint())

    def _play_in(self, front: QWidget) -> None:
        self._fronts.append(front)
        self.settle()
        while isValid(front) and front.isVisible():
            step = self._next(front)
            if step.kind == "leave" or self._failure:
                self._note(step)
                _leave(front)
                break
            self._take(step)
        self._fronts.remove(front)

    def _judge(self, complaint: str) -> None:
        self._failure = self._failure or complaint

    def _undo_all(self) -> str:
        """Go back to the start and forth again."""
        document = self._window.lab.document
        document.end_merge()
        now, start = document.state, self._start
        steps = document.undo_stack.index()
        while document.undo_stack.canUndo():
            document.undo()
        if document.state != start:
            return f"undo does not return to the start:\n{document.state}\nand not\n{start}"
        while document.undo_stack.index() < steps:
            document.redo()
        if document.state != now:
            return f"redo does not return to where it was:\n{document.state}\nand not\n{now}"
        self.settle()
        return self._complaint()

    def _on_replaced(self) -> None:
        self._start = self._window.lab.document.state

    # --- what to do ---

    def _next(self, front: QWidget | None) -> Step:
        if self._replay:
            return self._replay.pop()
        rng = self._rng
        # A dialog of files shows those of this computer: nobody plays with them.
        if isinstance(front, QFileDialog) or (front and rng.random() < 1 / IN_FRONT):
            return Step("leave")
        if isinstance(front, QMenu):
            return Step("choose", name_of(front), (rng.random(),))
        if front is None:
            lot = rng.random()
            if lot < 0.3:
                return Step("trigger", rng.choice(self._enabled()))
            if lot < 0.32:
                return Step("resize", args=(rng.randrange(700, 1700), rng.randrange(500, 1100)))
        widgets = list(_played(front))
        fields = [name for name, widget in widgets if isinstance(widget, FIELDS)]
        lot = rng.random()
        if lot < 0.2 and fields:
            return Step(
                "type", rng.choice(fields), (rng.choice(TEXTS), rng.choice(("", *KEYS[:15])))
            )
        if lot < 0.35 or not widgets:
            return Step("key", args=(rng.choice(KEYS),))
        at, widget = rng.choice(widgets)
        places = tuple(round(rng.random(), 3) for _ in range(4))
        if lot < 0.5 and not isinstance(widget, QAbstractItemView):
            return Step("drag", at, places)
        if lot < 0.55:
            return Step("wheel", at, (*places[:2], rng.choice((-120, 120))))
        if lot < 0.6:
            return Step("menu", at, places[:2])
        if lot < 0.65:
            return Step("twice", at, places[:2])
        return Step("click", at, places[:2])

    def _enabled(self) -> list[str]:
        actions = self._window.lab.actions
        return [spec.id for spec in actions
                if actions[spec.id].isEnabled() and spec.id not in NOT_PLAYED]  # fmt: skip

    def _do(self, step: Step) -> None:
        if step.kind == "trigger":
            self._window.lab.actions.trigger(step.at)
        elif step.kind == "resize":
            self._window.resize(*step.args)
        elif step.kind == "key":
            QTest.keySequence(QApplication.focusWidget() or self._window, step.args[0])
        elif (widget := named(step.at)) is not None:
            _USES[step.kind](widget, *step.args)


def front_of_all() -> QWidget | None:
    """The menu or dialog that keeps the window from being used."""
    return QApplication.activePopupWidget() or QApplication.activeModalWidget()


def name_of(widget: QWidget) -> str:
    """The way to a widget: its window and, for each level, class and place among its siblings."""
    names = []
    while (parent := widget.parentWidget()) is not None and not widget.isWindow():
        names.append(f"{type(widget).__name__}:{parent.children().index(widget)}")
        widget = parent
    same = [top for top in _windows() if type(top) is type(widget)]
    return "/".join([f"{type(widget).__name__}:{same.index(widget)}", *reversed(names)])


def named(name: str) -> QWidget | None:
    """The widget with such a name, if it is there."""
    first, *names = name.split("/")
    kind, _, place = first.partition(":")
    same = [top for top in _windows() if type(top).__name__ == kind]
    widget: Any = same[int(place)] if int(place) < len(same) else None
    for step in names:
        kind, _, place = step.partition(":")
        children = widget.children() if widget is not None else ()
        widget = children[int(place)] if int(place) < len(children) else None
        if type(widget).__name__ != kind:
            return None
    return widget


def _windows() -> list[QWidget]:
    return [top for top in QApplication.topLevelWidgets() if top.isVisible()]


def _played(front: QWidget | None) -> Iterator[tuple[str, QWidget]]:
    """What can be used in a dialog, or in the windows if there is none, in order of its name."""
    found = {}
    for top in [front] if front is not None else _windows():
        for widget in (top, *top.findChildren(QWidget)):
            own = type(widget).__module__.startswith("gui.")
            if (own or isinstance(widget, PLAYED)) and widget.window() is top:
                if widget.isEnabled() and not widget.visibleRegion().isEmpty():
                    found[name_of(widget)] = widget
    yield from sorted(found.items())


def _place(widget: QWidget, across: float, down: float) -> tuple[QWidget, QPoint]:
    target = widget.viewport() if isinstance(widget, QAbstractItemView) else widget
    place = QPoint(int(across * target.width()), int(down * target.height()))
    return target.childAt(place) or target, place


def _click(widget: QWidget, across: float, down: float, twice: bool = False) -> None:
    target, place = _place(widget, across, down)
    place = target.mapFrom(widget, place) if widget.isAncestorOf(target) else place
    _press(target, place)
    if twice and isValid(target):
        QTest.mouseDClick(target, Qt.MouseButton.LeftButton, pos=place)


def _press(target: QWidget, place: QPoint) -> None:
    """Press, and release if it is still there.

    `QTest.mouseClick` also releases what went away meanwhile, as a card does whose menu removes it.
    """
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=place)
    if isValid(target):
        QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=place)


def _drag(widget: QWidget, *places: float) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    start, end = (
        QPoint(int(x * widget.width()), int(y * widget.height()))
        for x, y in (places[:2], places[2:])
    )
    QTest.mousePress(widget, left, none, start)
    for share in (0.3, 0.7, 1.0):
        if not isValid(widget):
            return
        QTest.mouseMove(widget, start + (end - start) * share)
    if isValid(widget):
        QTest.mouseRelease(widget, left, none, end)


def _wheel(widget: QWidget, across: float, down: float, turn: int) -> None:
    target, place = _place(widget, across, down)
    event = QWheelEvent(
        QPointF(place), QPointF(target.mapToGlobal(place)), QPoint(), QPoint(0, turn),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target, event)


def _menu(widget: QWidget, across: float, down: float) -> None:
    target, place = _place(widget, across, down)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, target.mapToGlobal(place))
    QApplication.sendEvent(target, event)


def _type(widget: QWidget, text: str, key: str) -> None:
    widget.setFocus()
    QTest.keySequence(widget, "Ctrl+A")
    for character in text:  # QTest itself types no others than ASCII
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            target = QApplication.focusWidget() or widget
            if isValid(target):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
                QApplication.sendEvent(target, event)
    if key and isValid(widget):
        QTest.keySequence(widget, key)


def _choose(menu: QWidget, lot: float) -> None:
    assert isinstance(menu, QMenu)
    items = [a for a in menu.actions() if a.isEnabled() and a.objectName() not in NOT_PLAYED]
    if items:
        _press(menu, menu.actionGeometry(items[int(lot * len(items))]).center())


_USES: dict[str, Callable[..., None]] = {
    "click": _click,
    "twice": lambda widget, across, down: _click(widget, across, down, twice=True),
    "drag": _drag,
    "wheel": _wheel,
    "menu": _menu,
    "type": _type,
    "choose": _choose,
}


def _leave(front: QWidget) -> None:
    if isinstance(front, QDialog):
        front.reject()
    front.close()


def _work_of_others() -> tuple[str, ...] | None:
    """What the other threads have computed so far; None while one is at work. Linux tells."""
    found = []
    for task in Path("/proc/self/task").glob("*"):
        if task.name != str(threading.get_native_id()):
            try:
                if (task / "stat").read_text().rpartition(") ")[2][0] != "S":
                    return None
                found.append(f"{task.name} {(task / 'schedstat').read_text()}")
            except OSError:  # it has just ended
                return None
    return tuple(found)
