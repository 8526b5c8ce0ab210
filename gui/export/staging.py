"""A pane set up for its picture, and put back before anyone sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QAbstractScrollArea, QSplitter, QWidget

from gui.look.theme import Theme

BARE = "set_bare"
"""What a widget is called with that can leave out what only helps to work with it."""


@contextmanager
def staged(
    theme: Theme, pane: QWidget, *, light: bool, size: QSize | None = None
) -> Iterator[None]:
    """Let a pane look as its picture shall.

    Nothing is painted on the screen meanwhile, and afterwards everything is as it was: theme,
    size, what is scrolled to and how splitters stand.

    Parameters
    ----------
    light : bool
        True for the light theme; False leaves the window's.
    size : QSize, optional
        In units; as it is by default.
    """
    window = pane.window()
    with ExitStack() as stack:
        if window.updatesEnabled():
            window.setUpdatesEnabled(False)
            stack.callback(window.setUpdatesEnabled, True)
        stack.enter_context(_bare(pane))
        if light and theme.dark:
            stack.enter_context(theme.lent(pane, dark=False))
        if size is not None and size != pane.size():
            stack.enter_context(_resized(pane, size))
        settle(pane)
        yield


def settle(pane: QWidget) -> None:
    """Let layouts of a pane take effect now; one that was never shown is laid out, too."""
    pane.ensurePolished()
    pane.grab(QRect(0, 0, 1, 1))


@contextmanager
def _bare(pane: QWidget) -> Iterator[None]:
    able = [part for part in pane.findChildren(QWidget) if hasattr(part, BARE)]
    if hasattr(pane, BARE):
        able.append(pane)
    for part in able:
        getattr(part, BARE)(True)
    try:
        yield
    finally:
        for part in able:
            getattr(part, BARE)(False)


@contextmanager
def _resized(pane: QWidget, size: QSize) -> Iterator[None]:
    before = pane.geometry()
    splitters = [(part, part.saveState()) for part in pane.findChildren(QSplitter)]
    scrolled = [
        (bar, bar.value())
        for area in pane.findChildren(QAbstractScrollArea)
        for bar in (area.horizontalScrollBar(), area.verticalScrollBar())
    ]
    pane.resize(size)
    try:
        yield
    finally:
        pane.setGeometry(before)
        settle(pane)
        for splitter, state in splitters:
            splitter.restoreState(state)
        for bar, value in scrolled:
            bar.setValue(value)
