"""Light and dark: readable in both, the chrome follows, the stimulus never does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.base.paths import resources_dir
from gui.look.icons import themed_icon
from gui.look.theme import DARK, LIGHT, Theme, Tokens, load_ui_font
from tests.support.waiting import WAIT


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme(qapp, "light")
    yield theme
    theme.deleteLater()


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("text", "surface", 7.0),
        ("text", "background", 7.0),
        ("text", "raised", 7.0),
        ("text", "hover", 7.0),
        ("muted", "surface", 4.5),
        ("muted", "background", 4.5),
        ("danger", "surface", 4.5),
        ("warning", "background", 4.5),
        ("ok", "background", 4.5),
        ("on_accent", "accent", 4.5),
        ("on_accent", "accent_hover", 4.5),
        ("accent", "surface", 3.0),
        ("border_strong", "surface", 3.0),
    ],
)
def test_contrast(tokens: Tokens, front: str, back: str, least: float) -> None:
    assert contrast(getattr(tokens, front), getattr(tokens, back)) >= least


def test_the_canvas_surround_is_neutral() -> None:
    for tokens in (LIGHT, DARK):
        color = QColor(tokens.canvas)
        channels = (color.red(), color.green(), color.blue())
        assert max(channels) - min(channels) <= 6


def test_switching_changes_palette_stylesheet_and_tokens(
    theme: Theme, qapp: QApplication, qtbot
) -> None:
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(LIGHT.surface)
    with qtbot.waitSignal(theme.changed, timeout=WAIT):
        theme.set_mode("dark")
    assert theme.tokens is DARK
    assert theme.dark
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(DARK.surface)
    assert theme.color("accent") == QColor(DARK.accent)


def seen_color(widget: QWidget) -> str:
    """What its line edit, which fills it, is drawn on."""
    return widget.grab().toImage().pixelColor(widget.rect().center()).name()


def test_r84_a_change_of_theme_styles_each_widget_once(theme: Theme, qtbot: QtBot) -> None:
    """Through the application, Qt styles it once for each of its ancestors."""
    window = QWidget()
    qtbot.addWidget(window)
    inmost = window
    for _ in range(8):
        inmost = QWidget(inmost)
    styled: list[QEvent.Type] = []

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.StyleChange:
                styled.append(event.type())
            return False

    watch = Watch()
    inmost.installEventFilter(watch)
    window.show()
    qtbot.waitExposed(window, timeout=WAIT)
    styled.clear()
    theme.set_mode("dark")
    assert len(styled) == 1


def test_every_window_follows_the_theme_and_so_does_one_made_later(
    theme: Theme, qtbot: QtBot
) -> None:
    def made() -> tuple[QWidget, QDialog]:
        window = QWidget()
        qtbot.addWidget(window)
        dialog = QDialog(window)
        for part in (window, dialog):
            part.resize(200, 100)
            QLineEdit(part).setGeometry(0, 0, 200, 100)
            part.show()
            qtbot.waitExposed(part, timeout=WAIT)
        return window, dialog

    light = {seen_color(widget) for widget in made()}
    earlier = made()
    theme.set_mode("dark")
    dark = {seen_color(widget) for widget in earlier}
    window, dialog = made()
    window.activateWindow()
    qtbot.waitUntil(lambda: seen_color(window) in dark, timeout=WAIT)
    assert {seen_color(dialog)} == dark
    assert len(light) == len(dark) == 1 and light.isdisjoint(dark)
    theme.set_mode("light")
    assert {seen_color(widget) for widget in (*earlier, window, dialog)} == light


def test_system_follows_the_desktop(theme: Theme, qtbot) -> None:
    hints = QGuiApplication.styleHints()
    try:
        hints.setColorScheme(Qt.ColorScheme.Light)
        theme.set_mode("system")
        before = theme.dark
        hints.setColorScheme(Qt.ColorScheme.Dark)
        expected = hints.colorScheme() == Qt.ColorScheme.Dark
        assert theme.dark == expected
        assert before is False
    finally:
        hints.unsetColorScheme()


def test_a_chosen_theme_does_not_follow_the_desktop(theme: Theme, qtbot) -> None:
    hints = QGuiApplication.styleHints()
    try:
        with qtbot.assertNotEmitted(theme.changed):
            hints.setColorScheme(Qt.ColorScheme.Dark)
        assert not theme.dark
    finally:
        hints.unsetColorScheme()


def test_the_interface_font_is_the_bundled_one(qapp: QApplication) -> None:
    assert QFontInfo(load_ui_font()).family() == "Inter"


@pytest.mark.parametrize(
    ("mode", "channel"),
    [
        (QIcon.Mode.Normal, 0),
        (QIcon.Mode.Active, 0),
        (QIcon.Mode.Disabled, 1),
        (QIcon.Mode.Selected, 2),
    ],
)
def test_every_icon_draws_in_the_color_of_its_mode(
    qapp: QApplication, mode: QIcon.Mode, channel: int
) -> None:
    for path in sorted((resources_dir() / "icons").glob("*.svg")):
        icon = themed_icon(path.stem, "#ff0000", "#00ff00", "#0000ff")
        image = icon.pixmap(32, 32, mode).toImage()
        drawn = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert drawn, path.name
        if "currentColor" in path.read_text(encoding="utf-8"):
            parts = [(color.red(), color.green(), color.blue()) for color in drawn]
            assert any(
                part[channel] > 200 and max(part[:channel] + part[channel + 1 :]) < 60
                for part in parts
            ), path.name


def test_the_theme_never_touches_the_stimulus(ready_lab) -> None:
    ready_lab.theme.set_mode("light")
    before = ready_lab.pixels
    ready_lab.theme.set_mode("dark")
    assert ready_lab.pixels is before
    assert np.array_equal(before, ready_lab.inference.answer.pixels)
