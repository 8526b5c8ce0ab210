"""The bar chart: what its pixels show, in both themes, at any width."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from core.base.tables import from_csv
from core.color.terms import COLOR_TERMS, CSS
from gui.look.theme import DARK, LIGHT, Mode, Theme, Tokens
from gui.prediction.cards.card import COMPUTING, Headline
from gui.prediction.cards.chart import PredictionChart
from gui.prediction.cards.views import BarRow
from tests.support.waiting import WAIT, let_events_pass

MODES = pytest.mark.parametrize("mode", ["light", "dark"])
THEMES = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])


def rows(*values: tuple[str, float], roles: str = "") -> tuple[BarRow, ...]:
    return tuple(
        BarRow(label, f"a {label}", p, 0.25, roles, CSS.colors.get(label), i == 0)
        for i, (label, p) in enumerate(values)
    )


def chart(
    qtbot: QtBot, shown: tuple[BarRow, ...], mode: Mode = "light", width: int = 600
) -> PredictionChart:
    widget = PredictionChart(Theme(QApplication.instance(), mode))
    qtbot.addWidget(widget)
    widget.set_rows(shown, 1)
    widget.resize(width, widget.sizeHint().height())
    widget.show()
    qtbot.waitExposed(widget, timeout=WAIT)
    return widget


def picture(widget: PredictionChart) -> QImage:
    return widget.grab().toImage()


def rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def middle(widget: PredictionChart, row: int) -> int:
    return int((row + 0.5) * widget.painter.row_height)


@MODES
def test_bars_have_the_palette_s_color_and_an_outline(qtbot: QtBot, mode: Mode) -> None:
    widget = chart(qtbot, rows(*((term, 0.09) for term in COLOR_TERMS)), mode)
    image, columns, tokens = picture(widget), widget.columns, widget.tokens
    outline = rgb(QColor(tokens.border_strong))
    for row, term in enumerate(COLOR_TERMS):
        y = middle(widget, row)
        inside = round(columns.bar + 0.045 * columns.full)
        assert rgb(image.pixelColor(inside, y)) == CSS[term]
        end = round(columns.bar) + round(0.09 * columns.full)
        assert rgb(image.pixelColor(end, y)) == outline, term
        assert rgb(image.pixelColor(end + 3, y)) == rgb(QColor(tokens.surface))


def test_length_is_the_probability(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 0.5), ("blue", 0.25), ("green", 0.125)))
    image, columns = picture(widget), widget.columns
    for row, (label, share) in enumerate((("red", 0.5), ("blue", 0.25), ("green", 0.125))):
        y = middle(widget, row)
        painted = sum(
            rgb(image.pixelColor(x, y)) == CSS[label]
            for x in range(round(columns.bar), image.width())
        )
        assert abs(painted - share * columns.full) <= 2


def test_least_probabilities_still_show_a_bar(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 1.0), ("blue", 0.0)))
    x = round(widget.columns.bar) + 1
    assert rgb(picture(widget).pixelColor(x, middle(widget, 1))) == CSS["blue"]


def test_labels_without_a_color_are_hatched(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("cat", 0.6), ("red", 0.4)))
    image, columns = picture(widget), widget.columns
    y, start = middle(widget, 0), round(columns.bar) + 4
    found = {rgb(image.pixelColor(x, y)) for x in range(start, start + 60)}
    assert rgb(QColor(LIGHT.accent)) in found and rgb(QColor(LIGHT.accent_soft)) in found


def test_full_length_depends_on_no_probability(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 0.9), ("blue", 0.1)))
    first = widget.columns
    widget.set_rows(rows(("red", 0.2), ("blue", 0.8)), 2)
    assert first == widget.columns


def test_a_chart_is_read_out_with_numbers_and_roles(qtbot: QtBot) -> None:
    shown = rows(("pink", 0.25), roles="background") + rows(("cat", 0.75))
    text = chart(qtbot, shown).accessibleDescription().replace("\u00a0", " ")
    assert text == "pink 25.0 %, background; cat 75.0 %"


def test_the_numbers_are_copied_exactly(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 0.123456789012345), ("blue", 0.5), roles="background"))
    widget.copy_data()
    copied = QApplication.clipboard().text()
    table = from_csv(copied.encode(), widget.table().columns)
    assert table == widget.table() and table.rows[0][2] == 0.123456789012345
    assert copied.startswith("label,prompt,probability,cosine,names")
    widget.set_pending()
    assert widget.table() is None


def test_the_keyboard_walks_the_rows_and_tells_them(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 0.5), ("blue", 0.3), ("green", 0.2)))
    widget.setFocus()
    for key, row in (("End", 2), ("Up", 1), ("Home", 0), ("Up", 0), ("Down", 1)):
        qtbot.keyClick(widget, getattr(Qt.Key, f"Key_{key}"))
        assert widget.cursor_point == row
    assert widget.accessibleDescription() == widget.words_of(1)
    qtbot.keyClick(widget, Qt.Key.Key_Escape)
    assert widget.cursor_point == -1
    assert widget.accessibleDescription().startswith("red 50.0")


@pytest.mark.parametrize("width", [260, 420, 640, 1200])
@pytest.mark.parametrize("cosines", [True, False])
def test_nothing_leaves_the_chart(qtbot: QtBot, width: int, cosines: bool) -> None:
    long = "a label far too long for any column of any chart " * 4
    shown = rows((long, 1.0), ("red", 0.0), roles="font color, written word")
    widget = chart(qtbot, shown, width=width)
    widget.set_style(1, cosines)
    columns = widget.columns
    percent = widget.painter.bold_metrics.horizontalAdvance("100 %")
    assert columns.label <= 0.31 * width
    assert columns.bar + columns.full + percent <= columns.edge + 8
    assert (not columns.cells) == (not cosines)
    assert columns.full >= 20
    picture(widget)


def test_pending_chart_paints_no_number_and_tells_no_drawing(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 0.75), ("blue", 0.25)))
    drawn: list[int] = []
    widget.answer_drawn.connect(drawn.append)
    before = picture(widget)
    assert drawn == [1]
    widget.set_pending()
    after = picture(widget)
    assert drawn == [1] and widget.accessibleDescription() == "Computing"
    columns = widget.columns
    x = range(round(columns.bar + 0.75 * columns.full) + 6, round(columns.right))
    ground = {rgb(QColor(LIGHT.surface)), rgb(QColor(LIGHT.grid))}
    ink = [{rgb(image.pixelColor(i, middle(widget, 0))) for i in x} for image in (before, after)]
    assert not ink[0] <= ground, "the number was there"
    assert ink[1] <= ground
    widget.set_rows(rows(("blue", 1.0)), 2)
    picture(widget)
    assert drawn == [1, 2]


def test_pending_asks_for_no_painting(qtbot: QtBot) -> None:
    painted: list[QEvent.Type] = []

    class Watch(PredictionChart):
        def paintEvent(self, event: object) -> None:
            painted.append(QEvent.Type.Paint)
            super().paintEvent(event)  # type: ignore[arg-type]

    watched = Watch(Theme(QApplication.instance(), "light"))
    qtbot.addWidget(watched)
    watched.set_rows(rows(("red", 1.0)), 1)
    watched.show()
    qtbot.waitExposed(watched, timeout=WAIT)
    qtbot.waitUntil(lambda: bool(painted), timeout=WAIT)
    let_events_pass()  # whatever showing it still brings
    count = len(painted)
    watched.set_pending()
    let_events_pass()
    assert len(painted) == count
    watched.viewport().update()
    qtbot.waitUntil(lambda: len(painted) > count, timeout=WAIT)


def test_tooltip_tells_a_row_in_full(qtbot: QtBot) -> None:
    long = "x" * 5000
    widget = chart(qtbot, rows((long, 0.0000123), ("red", 0.9)))
    lines = widget.words_of(0).splitlines()
    assert lines[0].startswith("xxx") and len(lines[0]) <= 400
    assert "0.00123" in lines[1] and "0.250" in lines[2]
    assert widget.words_of(1).splitlines()[-1] == "Prompt: a red"
    place = QPoint(5, middle(widget, 1))
    help_event = QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place))
    assert QApplication.sendEvent(widget.viewport(), help_event)
    qtbot.waitUntil(lambda: QToolTip.text() == widget.words_of(1), timeout=WAIT)
    assert widget.point_at(QPointF(0, widget.height() - 1)) == -1


def test_row_under_the_pointer_is_marked(qtbot: QtBot) -> None:
    widget = chart(qtbot, rows(("red", 0.5), ("blue", 0.5)))
    corner = QPoint(1, middle(widget, 1))
    plain = picture(widget).pixelColor(corner)
    QTest.mouseMove(widget.viewport(), corner)
    assert picture(widget).pixelColor(corner) != plain


@THEMES
def test_headline_wraps_and_hides_what_is_out_of_date(qtbot: QtBot, tokens: Tokens) -> None:
    headline = Headline(tokens)
    qtbot.addWidget(headline)
    assert headline.text == COMPUTING
    headline.set_sentence("purple — the written word, margin 31.3 % over pink", [(0, 6)])
    assert headline.heightForWidth(100) > headline.heightForWidth(900)
    assert headline.accessibleDescription().startswith("purple")
    headline.set_pending()
    assert headline.text == COMPUTING and headline.accessibleDescription() == COMPUTING
