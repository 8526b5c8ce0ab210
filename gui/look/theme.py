"""Light and dark: one set of tokens, one stylesheet, one palette.

The theme colors the chrome only. What the model sees, and swatches of its colors, never follow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget
from shiboken6 import isValid

from core.base.paths import resources_dir
from gui.look.icons import themed_icon
from gui.look.stylesheet import stylesheet

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = get_args(Mode)

UI_FONT_FILES = ("inter/Inter-Regular.otf", "inter/Inter-SemiBold.otf")
UI_FONT_FAMILY = "Inter"
UI_FONT_POINTS = 9.75


@dataclass(frozen=True)
class Tokens:
    """The colors of the chrome, as ``#rrggbb``.

    Attributes
    ----------
    background : window between panes
    surface : panes, fields and lists
    raised : buttons, title bars of panes
    hover, pressed : a raised control under the pointer, held down
    border, border_strong : hairlines; outlines that must be seen (bars and swatches, 3 : 1)
    text, muted : 7 : 1 and 4.5 : 1 against `surface`
    accent, accent_hover, on_accent : selection and the main button; text on it
    danger, warning, ok : states, 4.5 : 1 against `surface`
    canvas : around the stimulus, neutral so that it does not tint what is judged
    grid : lines of charts
    """

    background: str
    surface: str
    raised: str
    hover: str
    pressed: str
    border: str
    border_strong: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    danger: str
    warning: str
    ok: str
    canvas: str
    grid: str


LIGHT = Tokens(
    background="#eceef1",
    surface="#ffffff",
    raised="#f5f6f8",
    hover="#e9ecf0",
    pressed="#dde1e7",
    border="#d5d9df",
    border_strong="#868d98",
    text="#1d2127",
    muted="#5d6570",
    accent="#1f5fd6",
    accent_hover="#174fb8",
    accent_soft="#e1ebfd",
    on_accent="#ffffff",
    danger="#b3261e",
    warning="#8a5a00",
    ok="#1b7340",
    canvas="#e3e5e8",
    grid="#e3e6ea",
)

DARK = Tokens(
    background="#15171a",
    surface="#1e2125",
    raised="#292d32",
    hover="#343940",
    pressed="#3e444c",
    border="#383d44",
    border_strong="#7f8792",
    text="#e8eaed",
    muted="#a0a7b1",
    accent="#5b97ff",
    accent_hover="#7fb0ff",
    accent_soft="#263750",
    on_accent="#0b1526",
    danger="#ff8a80",
    warning="#f0b44c",
    ok="#6fce93",
    canvas="#2b2d30",
    grid="#32363c",
)


class Theme(QObject):
    """The chosen theme of the application."""

    changed = Signal()
    """The tokens differ from before; charts and self-painted widgets take the new ones."""

    def __init__(self, app: QApplication, mode: Mode = "system") -> None:
        super().__init__(app)
        self._app = app
        self._mode: Mode = mode
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(load_ui_font())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_scheme_changed)
        self._dark = self._wants_dark()
        self.sheet = stylesheet(self.tokens)
        app.setPalette(_palette(self.tokens))
        app.focusWindowChanged.connect(self._dress_windows)

    @property
    def mode(self) -> Mode:
        """What the user chose; “system” follows the desktop."""
        return self._mode

    @property
    def dark(self) -> bool:
        """True if the dark tokens are in use."""
        return self._dark

    @property
    def tokens(self) -> Tokens:
        return DARK if self._dark else LIGHT

    def color(self, token: str) -> QColor:
        """A token as a `QColor`, e.g. ``theme.color("accent")``."""
        return QColor(getattr(self.tokens, token))

    def icon(self, name: str) -> QIcon:
        """An icon of ``resources/icons`` in the theme's text colors; take it anew on `changed`."""
        tokens = self.tokens
        return themed_icon(name, tokens.text, tokens.muted, tokens.on_accent)

    def set_mode(self, mode: Mode) -> None:
        """Use the light or dark theme, or follow the desktop."""
        if mode != self._mode:
            self._mode = mode
            self._follow_system(force=True)

    @contextmanager
    def lent(self, widget: QWidget, *, dark: bool) -> Iterator[None]:
        """Let one widget look as in the light or dark theme for a moment.

        `changed` is told at the beginning and at the end; nothing may be painted on the screen
        meanwhile. Only that widget gets another stylesheet, which for all would take long.
        """
        if dark == self._dark:
            yield
            return
        before, sheet = self._dark, widget.styleSheet()
        # Under a stylesheet widgets do not inherit their parent's palette.
        own = Qt.WidgetAttribute.WA_SetPalette
        palettes = [
            (part, QPalette(part.palette()) if part.testAttribute(own) else QPalette())
            for part in (widget, *widget.findChildren(QWidget))
        ]
        self._dark = dark
        widget.setStyleSheet(stylesheet(self.tokens))
        for part, _palette_before in palettes:
            part.setPalette(_palette(self.tokens))
        self.changed.emit()
        try:
            yield
        finally:
            self._dark = before
            widget.setStyleSheet(sheet)
            for part, palette in palettes:
                if isValid(part):
                    part.setPalette(palette)
            self.changed.emit()

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self._follow_system()

    def _follow_system(self, force: bool = False) -> None:
        dark = self._wants_dark()
        if dark != self._dark or force:
            self._dark = dark
            self._apply()
            self.changed.emit()

    def _wants_dark(self) -> bool:
        if self._mode == "system":
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._mode == "dark"

    def _apply(self) -> None:
        self.sheet = stylesheet(self.tokens)
        self._app.setPalette(_palette(self.tokens))
        self._dress_windows()

    def dress(self, window: QWidget) -> None:
        """Give a window the present stylesheet; its dialogs and menus have it from there.

        Through the application, Qt would style each widget again whenever one of its ancestors
        gets a parent, which doubles the time that a window takes to be built.
        """
        if window.styleSheet() != self.sheet:
            window.setStyleSheet(self.sheet)

    def _dress_windows(self, _window: object = None) -> None:
        for window in self._app.topLevelWidgets():
            if window.parent() is None:
                self.dress(window)


def load_ui_font() -> QFont:
    """The bundled interface font, the same on every desktop."""
    for file in UI_FONT_FILES:
        QFontDatabase.addApplicationFont(str(resources_dir() / "fonts" / file))
    font = QFont(UI_FONT_FAMILY)
    font.setPointSizeF(UI_FONT_POINTS)
    return font


def type_scale(font: QFont) -> float:
    """How much larger the type of a pane is than usual, as in a presentation; at least 1."""
    return max(1.0, font.pointSizeF() / UI_FONT_POINTS)


def number_font(points: float = UI_FONT_POINTS) -> QFont:
    """The interface font with figures of equal width, for numbers that change in place."""
    font = QFont(UI_FONT_FAMILY)
    font.setPointSizeF(points)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.background,
        role.WindowText: tokens.text,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.raised,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.danger,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.raised,
        role.Midlight: tokens.hover,
        role.Mid: tokens.border,
        role.Dark: tokens.border_strong,
        role.Shadow: tokens.border_strong,
        role.Accent: tokens.accent,
    }
    for color_role, value in colors.items():
        palette.setColor(color_role, QColor(value))
    for color_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, color_role, QColor(tokens.border_strong))
    return palette
