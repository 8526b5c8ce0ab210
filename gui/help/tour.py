"""The tour: three steps round the panes, each a card beside what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from gui.widgets.build import STRETCH, button, column, label, once, row
from gui.window.main_window import MainWindow

_WIDTH = 340
_GAP = 14
_PATIENCE = 400
"""Milliseconds between two looks whether a dialog has gone."""


@dataclass(frozen=True)
class Step:
    """What one card says, and about which pane."""

    pane: str
    title: str
    text: str


STEPS = (
    Step(
        "designer",
        "Design what the model sees",
        "Drag the object, change its colors, type exact values. The canvas shows the very pixels "
        "the model gets.",
    ),
    Step(
        "prediction",
        "Read what it answers",
        "Every change shows here at once. Edit the prompts in place; small marks say which bar is "
        "the object’s color, the background’s, the written word’s.",
    ),
    Step(
        "experiments",
        "Measure, and look inside",
        "Run the paper’s experiments here; the network inspector (Alt+3) finds the neurons behind "
        "them. Ctrl+K finds every command, F1 opens the guide, and the “?” of a pane its formulas.",
    ),
)


class Tour(QFrame):
    """A card over the main window; the window stays usable, and Escape ends it."""

    ended = Signal()
    """Read to its end, or skipped."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._step = 0
        self._before: QWidget | None = None
        self.setObjectName("tourCard")
        self.setAccessibleName("Tour of the window")
        self.setFixedWidth(_WIDTH)
        self.count = label(role="muted", parent=self)
        self.title = label(role="heading", parent=self)
        self.text = label(parent=self, wraps=True)
        tip = "End the tour (Escape); it is in the menu Help"
        self.skip = button("Skip", tip, self.end, self, role="flat")
        self.back = button("Back", "", lambda: self._go(self._step - 1), self)
        self.next = button("Next", "", lambda: self._go(self._step + 1), self, role="primary")
        self._column = column(
            self.count,
            self.title,
            self.text,
            row(self.skip, STRETCH, self.back, self.next, margins=(0, 4, 0, 0)),
            spacing=7,
            margins=(18, 14, 18, 14),
            on=self,
        )
        QWidget.setTabOrder(self.next, self.back)
        QWidget.setTabOrder(self.back, self.skip)
        self._outline = QFrame(window)  # around the pane; lets everything through
        self._outline.setObjectName("tourOutline")
        self._outline.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._outline.hide()
        self._wait = once(_PATIENCE, self.begin, self)
        window.installEventFilter(self)
        window.closed.connect(self._wait.stop)
        window.lab.theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    @property
    def step(self) -> int:
        """Number of the step that is shown, from 0."""
        return self._step

    def begin(self) -> None:
        """Show the first step; once no dialog is open."""
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            self._wait.start()
            return
        self._before = QApplication.focusWidget()
        self._go(0)

    def end(self) -> None:
        """Put the card away and give the focus back."""
        self._wait.stop()
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self._window)
        self.hide()
        self._outline.hide()
        before = self._before
        if had_focus and before is not None and before.isVisible():
            before.setFocus()
        self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        if event.key() == keys.Key_Escape:
            self.end()
        elif event.key() in (keys.Key_Return, keys.Key_Enter):
            focused = QApplication.focusWidget()
            (focused if focused in (self.skip, self.back) else self.next).click()
        elif event.key() == keys.Key_Right:
            self._go(self._step + 1)
        elif event.key() == keys.Key_Left and self._step:
            self._go(self._step - 1)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            QTimer.singleShot(0, self._place)
        return super().eventFilter(watched, event)

    # --- inside ---

    def _go(self, step: int) -> None:
        if step >= len(STEPS):
            self.end()
            return
        self._step = step
        shown = STEPS[step]
        dock = self._window.docks[shown.pane]
        dock.show()
        dock.raise_()
        self.count.setText(f"{step + 1} of {len(STEPS)}")
        self.title.setText(shown.title)
        self.text.setText(shown.text)
        self.setAccessibleDescription(f"{shown.title}. {shown.text}")
        self.back.setVisible(step > 0)
        last = step == len(STEPS) - 1
        self.next.setText("Done" if last else "Next")
        self.next.setAccessibleDescription(f"{shown.title}. {shown.text}")
        self.skip.setVisible(not last)
        self._place()
        self.show()
        self.raise_()
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self._place)  # once the pane has its place

    def _place(self) -> None:
        """Beside the pane where there is room, else over its lower corner."""
        dock, window = self._window.docks[STEPS[self._step].pane], self._window
        pane = QRect(dock.mapTo(window, QPoint(0, 0)), dock.size())
        if dock.isFloating() or not dock.isVisible():
            pane = window.rect()
        self._column.activate()
        height = self._column.totalHeightForWidth(_WIDTH)
        self.setFixedHeight(max(height, self._column.totalMinimumSize().height()))
        self._outline.setGeometry(pane)
        self._outline.show()
        self._outline.raise_()
        right = pane.right() + _GAP
        left = pane.left() - _GAP - _WIDTH
        if right + _WIDTH <= window.width() - _GAP:
            x, y = right, pane.top() + 3 * _GAP
        elif left >= _GAP:
            x, y = left, pane.top() + 3 * _GAP
        else:
            x, y = pane.right() - _WIDTH - _GAP, pane.bottom() - self.height() - _GAP
        lowest = window.height() - self.height() - _GAP
        self.move(max(_GAP, x), max(_GAP, min(y, lowest)))
        self.raise_()

    def _restyle(self) -> None:
        tokens = self._window.lab.theme.tokens
        self.setStyleSheet(
            f"QFrame#tourCard {{ background: {tokens.surface};"
            f" border: 2px solid {tokens.accent}; border-radius: 9px; }}"
        )
        self._outline.setStyleSheet(
            f"QFrame#tourOutline {{ border: 2px solid {tokens.accent}; border-radius: 7px; }}"
        )
