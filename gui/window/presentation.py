"""Presentation mode: one pane on the whole screen, larger, without bars; all comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, Qt
from PySide6.QtGui import QCursor, QFont, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QLineEdit,
    QWidget,
)
from shiboken6 import isValid

from gui.context.application import application
from gui.widgets.build import IconButton, label, once, row
from gui.widgets.pane_dock import PaneDock

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

TYPE_SCALE = 1.4
IDLE_MILLISECONDS = 2500
"""The pointer and the controls go out of the way when the pointer rests for so long."""

_BACK = (Qt.Key.Key_PageUp, Qt.Key.Key_Left)
_ON = (Qt.Key.Key_PageDown, Qt.Key.Key_Right)
_PAGES = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_MARGIN = 18
_HOLD = 100
_NO_LIMIT = 16_777_215  # the maximum width of a widget that has none


class Presentation(QObject):
    """Shows one pane of a window at a time on the whole screen.

    Page keys, as presenters send them, go from pane to pane, and so do the arrows where nothing in
    the pane needs them. Escape, or the command again, comes back.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._shown: PaneDock | None = None
        self._state, self._geometry, self._place = QByteArray(), QByteArray(), QRect()
        self._widths: list[tuple[QWidget, int, int]] = []
        self._bars: list[tuple[QWidget, bool]] = []
        self._fonts: list[tuple[QWidget, QFont]] = []
        self._focus: QWidget | None = None
        self._switching = False
        self._pointer_hidden = False
        self.controls = _Controls(self)
        self._idle = once(IDLE_MILLISECONDS, self._hide_pointer, self)
        self._late = once(0, self._restore_again, self)
        actions = window.lab.actions
        actions.bind("view.reset-layout", self._reset_layout)
        for dock in window.docks.values():
            dock.visibilityChanged.connect(
                lambda visible, dock=dock: self._on_visible(dock, visible)
            )
        app = application()
        app.screenAdded.connect(self._fill_screen)
        app.screenRemoved.connect(self._fill_screen)

    @property
    def active(self) -> bool:
        """True while a pane is presented."""
        return self._shown is not None

    @property
    def shown(self) -> PaneDock | None:
        """The pane that is presented."""
        return self._shown

    def toggle(self, dock: PaneDock) -> None:
        """Present a pane, or come back."""
        if self.active:
            self.leave()
        else:
            self.begin(dock)

    def begin(self, dock: PaneDock) -> None:
        """Present a pane."""
        if self.active:
            self._show(dock)
            return
        window = self._window
        window.layout_memory.keep()  # should the window be closed meanwhile
        self._state, self._geometry = window.saveState(), window.saveGeometry()
        self._place = QRect() if _fills_screen(window) else window.geometry()
        self._focus = window.focusWidget()
        bars = [window.menuBar(), window.toolbar, window.statusBar()]
        self._bars = [(bar, bar.isVisibleTo(window)) for bar in bars if bar is not None]
        for bar, _visible in self._bars:
            bar.hide()
        self._switching = True
        for other in window.docks.values():
            if other is not dock:
                other.hide()
        self._switching = False
        self._show(dock)
        window.showFullScreen()
        application().installEventFilter(self)
        self._wake()

    def leave(self) -> None:
        """Put the window back as it was before."""
        dock, self._shown = self._shown, None
        if dock is None:
            return
        window = self._window
        application().removeEventFilter(self)
        self._idle.stop()
        self._show_pointer()
        self.controls.hide()
        self._dress_down(dock)
        for bar, visible in self._bars:
            bar.setVisible(visible)
        window.showNormal()
        if _on_a_screen(self._place):
            window.setGeometry(self._place)
        else:  # it filled a screen, or its screen has gone
            window.restoreGeometry(self._geometry)
        window.restoreState(self._state)
        # Where a window manager resizes the window later, its panes find their sizes once more.
        self._late.start()
        self._refocus()

    def _refocus(self) -> None:
        focus = self._focus
        if focus is not None and isValid(focus) and focus.isVisible():
            focus.setFocus()
        elif focus is None and self._window.focusWidget() is not None:
            self._window.focusWidget().clearFocus()  # where nobody had it, nobody gets it

    def step(self, way: int) -> None:
        """Present the next pane (1) or the one before (-1)."""
        docks = list(self._window.docks.values())
        if self._shown is not None:
            self._show(docks[(docks.index(self._shown) + way) % len(docks)])
            self._wake()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Close and watched is self._window:
            self.leave()
        elif kind == QEvent.Type.Resize and watched is self._window:
            self.controls.place(self._window)
        elif kind == QEvent.Type.MouseMove and self._belongs(watched):
            self._wake()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._belongs(watched) and self._take_key(watched, event)
        return False

    # --- inside ---

    def _belongs(self, watched: QObject) -> bool:
        if isinstance(watched, QWidget):
            return watched.window() is self._window
        return watched is self._window.windowHandle()

    def _take_key(self, watched: QObject, event: QKeyEvent) -> bool:
        """What a key means; an event comes to the widget with the focus first, then further up."""
        plain = event.modifiers() in (_NONE, Qt.KeyboardModifier.KeypadModifier)
        if not plain or not isinstance(watched, QWidget):
            return False
        key = event.key()
        # Nobody between the pane and the window has a use for arrows.
        nobody = watched in (self._window, self._shown) or watched is self._pane()
        if key == Qt.Key.Key_Escape:
            if getattr(watched, "is_dragging", False):
                return False
            self.leave()
        elif key in _ON and (nobody or key in _PAGES):
            self.step(1)
        elif key in _BACK and (nobody or key in _PAGES):
            self.step(-1)
        else:
            return False
        return True

    def _pane(self) -> QWidget | None:
        return self._shown.pane if self._shown is not None else None

    def _show(self, dock: PaneDock) -> None:
        before = self._shown
        if before is dock:
            return
        self._switching = True
        if before is not None:
            self._dress_down(before)
        dock.build()
        dock.setFloating(False)
        dock.set_bare(True)
        self._enlarge(dock.pane)
        dock.show()
        dock.raise_()
        if before is not None:
            before.hide()
        self._shown = dock
        self._switching = False
        dock.setFocus()
        self.controls.say(dock.windowTitle())
        self.controls.place(self._window)

    def _dress_down(self, dock: PaneDock) -> None:
        dock.set_bare(False)
        for widget, font in self._fonts:
            if isValid(widget):
                widget.setFont(font)
                # An empty font also takes away what the stylesheet says, such as bold headings.
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        for widget, least, most in self._widths:
            if isValid(widget):
                widget.setMinimumWidth(least)
                widget.setMaximumWidth(most)
        self._fonts, self._widths = [], []

    def _enlarge(self, pane: QWidget) -> None:
        """Give every widget a larger font: under a stylesheet they do not inherit their parent's.

        What to put back is the widget's own font, or an empty one for those that had none.
        """
        own = Qt.WidgetAttribute.WA_SetFont
        widgets = [pane, *pane.findChildren(QWidget)]
        larger = [(widget, _scaled(widget.font())) for widget in widgets]
        self._fonts = [
            (widget, QFont(widget.font()) if widget.testAttribute(own) else QFont())
            for widget in widgets
        ]
        for widget, font in larger:
            widget.setFont(font)
        self._widths = [
            (widget, widget.minimumWidth(), widget.maximumWidth())
            for widget in widgets
            if isinstance(widget, QLineEdit | QAbstractSpinBox | QComboBox)
            and widget.maximumWidth() < _NO_LIMIT
        ]
        for widget, least, most in self._widths:
            widget.setMaximumWidth(round(most * TYPE_SCALE))
            widget.setMinimumWidth(round(least * TYPE_SCALE))

    def _on_visible(self, dock: PaneDock, visible: bool) -> None:
        """Follow commands such as “Go to Designer”."""
        if visible and self.active and not self._switching and dock is not self._shown:
            self._show(dock)

    def _reset_layout(self) -> None:
        self.leave()
        self._window.reset_layout()

    def _restore_again(self) -> None:
        if not self.active and self._window.isVisible():
            self._window.restoreState(self._state)
            self._window.layout_memory.release()
            self._refocus()
            self._focus = None

    def _fill_screen(self) -> None:
        if self.active:
            self._window.showFullScreen()
            self.controls.place(self._window)

    def _wake(self) -> None:
        self._show_pointer()
        self.controls.place(self._window)
        self.controls.show()
        self.controls.raise_()
        self._idle.start()

    def _hide_pointer(self) -> None:
        if self.controls.underMouse() or QApplication.activePopupWidget() is not None:
            self._idle.start()
            return
        self.controls.hide()
        if not self._pointer_hidden:
            self._pointer_hidden = True
            QApplication.setOverrideCursor(QCursor(Qt.CursorShape.BlankCursor))

    def _show_pointer(self) -> None:
        if self._pointer_hidden:
            self._pointer_hidden = False
            QApplication.restoreOverrideCursor()


_NONE = Qt.KeyboardModifier.NoModifier


class _Controls(QFrame):
    """Back, on, and out, for the pointer; at the lower edge of the screen."""

    def __init__(self, presentation: Presentation) -> None:
        window = presentation._window
        super().__init__(window)
        self._theme = window.lab.theme
        self.setObjectName("presentationControls")
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self.back = self._button("previous", "Pane before (Page Up)")
        self.back.clicked.connect(lambda: presentation.step(-1))
        self.on = self._button("next", "Next pane (Page Down)")
        self.on.clicked.connect(lambda: presentation.step(1))
        self.out = self._button("close", "End the presentation (Escape)")
        self.out.clicked.connect(presentation.leave)
        self.title = label("", "heading", self)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setMinimumWidth(150)
        parts = self.back, self.title, self.on, self.out
        row(*parts, on=self, spacing=6, margins=(8, 6, 8, 6))
        self.hide()

    def say(self, title: str) -> None:
        """Name the pane that is presented."""
        self.title.setText(title)

    def place(self, window: QWidget) -> None:
        """Stand in the middle of the lower edge."""
        self.adjustSize()
        self.move((window.width() - self.width()) // 2, window.height() - self.height() - _MARGIN)

    def _button(self, icon: str, tip: str) -> IconButton:
        button = IconButton(self._theme, icon, tip, None, self, side=16)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setMinimumSize(44, 44)  # easily hit, by a finger too
        return button


def _fills_screen(window: QWidget) -> bool:
    return window.isMaximized() or window.isFullScreen() or window.isMinimized()


def _on_a_screen(place: QRect) -> bool:
    """True if enough of a window's place can be seen to take hold of it."""
    screens = (screen.availableGeometry() for screen in QGuiApplication.screens())
    return any(
        part.width() >= _HOLD and part.height() >= _HOLD
        for part in (place.intersected(screen) for screen in screens)
    )


def _scaled(font: QFont) -> QFont:
    larger = QFont(font)
    if font.pointSizeF() > 0:
        larger.setPointSizeF(font.pointSizeF() * TYPE_SCALE)
    else:
        larger.setPixelSize(round(font.pixelSize() * TYPE_SCALE))
    return larger
