"""A dock with the lab's own title bar: title, float and close, all with names and focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QMenu, QSizePolicy, QToolButton, QWidget

from gui.look.theme import Theme
from gui.widgets.build import IconButton, column, label, row
from gui.widgets.sight import Front, Seen


class PaneDock(Front, QDockWidget):
    """Holds one pane of the window, which may be made when it is first asked for; see `build`.

    Its layout is remembered under its stable `id`.
    """

    def __init__(
        self,
        id: str,
        title: str,
        pane: QWidget | Callable[[], QWidget],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(title, parent)
        self.setObjectName(id)
        frame = QFrame()
        frame.setObjectName("pane-frame")
        self._inside = column(margins=(1, 0, 1, 1), on=frame)
        self._pane: QWidget | None = None
        self._make: Callable[[], QWidget] | None = None
        if isinstance(pane, QWidget):
            self._take(pane)
        else:
            self._make = pane
        self.setWidget(frame)
        bar = QWidget()
        bar.setObjectName("pane-title")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        heading = label(title, "heading")
        heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._help = _button(theme, "help", f"Help on {title}")
        self._help.hide()
        self._picture = _button(theme, "camera", f"Picture of {title}")
        self._picture.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._picture.hide()
        self._float = _button(theme, "float", f"Detach {title}")
        self._float.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        self._close = _button(theme, "close", f"Hide {title}")
        self._close.clicked.connect(self.close)
        buttons = (self._help, self._picture, self._float, self._close)
        row((heading, 1), *buttons, spacing=2, margins=(12, 3, 5, 3), on=bar)
        self._bar = bar
        self._no_bar = QWidget(self)
        self._no_bar.hide()
        self.setTitleBarWidget(bar)
        self.topLevelChanged.connect(self._on_floating)
        self.visibilityChanged.connect(self._on_sight)

    @property
    def pane(self) -> QWidget:
        """The pane; made now if it was not yet."""
        self.build()
        assert self._pane is not None
        return self._pane

    def build(self) -> None:
        """Make the pane, unless it is there."""
        make, self._make = self._make, None
        if make is not None:
            self._take(make())

    def add_picture_commands(self, *commands: tuple[str, Callable[[], object]]) -> None:
        """Offer commands about pictures of the pane in its head: texts and what to call."""
        menu = QMenu(self._picture)
        for text, handler in commands:
            menu.addAction(text).triggered.connect(lambda _on=False, call=handler: call())
        self._picture.setMenu(menu)
        self._picture.show()

    def set_help(self, handler: Callable[[], object]) -> None:
        """Offer help on the pane in its head."""
        self._help.clicked.connect(lambda _on=False: handler())
        self._help.show()

    def set_bare(self, bare: bool) -> None:
        """Take the head away, or put it back."""
        self._bar.setVisible(not bare)
        self._no_bar.setVisible(bare)
        self.setTitleBarWidget(self._no_bar if bare else self._bar)

    def _take(self, pane: QWidget) -> None:
        self._pane = pane
        if not pane.accessibleName():
            pane.setAccessibleName(self.windowTitle())
        self._inside.addWidget(pane)

    def _on_sight(self, in_front: bool) -> None:
        """Tell the parts of the pane, which may work only while they are seen."""
        self.in_front = in_front
        for part in self.findChildren(QWidget):
            if isinstance(part, Seen):
                part.look_again()

    def _on_floating(self, floating: bool) -> None:
        text = f"{'Dock' if floating else 'Detach'} {self.windowTitle()}"
        self._float.setToolTip(text)
        self._float.setAccessibleName(text)


def _button(theme: Theme, icon: str, name: str) -> IconButton:
    made = IconButton(theme, icon, name, side=13)
    made.setAutoRaise(True)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
