"""Numbers as people type them: 0.75 and 0,75 are the same everywhere, in every language (R68)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDockWidget,
    QLayout,
    QLineEdit,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.dialogs.preferences import PreferencesDialog
from gui.export.options import PictureOptions
from gui.export.tools import PictureTools
from gui.inspector.figures.thresholds_panel import ThresholdsPanel
from gui.widgets.numbers import (
    DecimalSpin,
    NotUsable,
    NumberCombo,
    NumberEntry,
    NumberField,
    NumberRule,
    Reason,
    WholeSpin,
    read_number,
)
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.pages import pages
from tests.support.window_code import called, trees

LANGUAGES = ("C", "de_DE", "fr_CH", "ar_EG", "hi_IN")
FIELD_FILES = ("gui/widgets/numbers.py", "gui/widgets/numbers.py")
OTHER_FIELDS = (
    "QSpinBox", "QDoubleSpinBox", "QIntValidator", "QDoubleValidator", "getInt", "getDouble",
    "QDial", "QDateEdit", "QTimeEdit", "QDateTimeEdit",
)  # fmt: skip


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def type_into(field: QWidget, text: str) -> None:
    """Replace what a field shows by real keys, and press Enter."""
    line = field if isinstance(field, QLineEdit) else field.lineEdit()
    line.selectAll()
    for letter in text:  # QTest.keyClicks knows only ASCII
        key = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field, key)
    if not text:
        QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)


# ---- what a text means ----


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.75", "0.75"), ("0,75", "0.75"), (",5", "0.5"), ("5.", "5"), (" 7 ", "7"),
        ("-3,5", "-3.5"), ("−3.5", "-3.5"), ("+2", "2"), ("1.234", "1.234"), ("1,234", "1.234"),
        ("1'234", "1234"), ("1’234,5", "1234.5"), ("1'234'567.25", "1234567.25"),
        ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("1.234.567", "1234567"),
        ("1 234,5", "1234.5"), ("1\u202f234", "1234"), ("1\u00a0234\u00a0567", "1234567"),
        ("٠٫٧٥", "0.75"), ("١٬٢٣٤٫٥", "1234.5"), ("۷٫۵", "7.5"), ("٧,٥", "7.5"),
        ("9223372036854775807", "9223372036854775807"), ("0.50", "0.5"),
        ("1,00,000", "100000"), ("12,34,567.5", "1234567.5"), ("१,००,०००", "100000"),
        ("१.५", "1.5"),
    ],
)  # fmt: skip
def test_r68_a_text_means_the_same_whatever_the_language(text: str, number: str, language) -> None:
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", ".", ",", "a", "1e3", "0x1", "1,23,4", "1'23", "12'34'567", "1.2.3", "1,2.3",
     "1,00,00", "1.00.000", "123,45,678", "1'00'000",
     "1.234,567.8", "1'234 567", "--1", "1-", "½", "∞", "nan", "1_000", "1..2", "3 4"],
)  # fmt: skip
def test_r68_what_is_doubtful_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_number(text)


@pytest.mark.parametrize(
    ("rule", "text", "why"),
    [
        (NumberRule(0, 1, 2), "0,755", "“0,755” has more than 2 decimals."),
        (
            NumberRule(0, 100, 1, unit=" %"),
            "120",
            "“120” is outside the range from 0.0 to 100.0\u00a0%.",
        ),
        (NumberRule(1, 10**6), "-3", "“-3” is outside the range from 1 to 1\u202f000\u202f000."),
        (NumberRule(1, 500), "1.5", "“1.5” is not a whole number from 1 to 500."),
        (NumberRule(1, 500), "1'234", "“1'234” is outside the range from 1 to 500."),
        (NumberRule(1, 500), "", "A number is missing, from 1 to 500."),
        (NumberRule(1, 500), "two", "“two” is not a number from 1 to 500."),
    ],
)
def test_r68_what_cannot_be_used_is_refused_with_the_reason(rule, text: str, why: str) -> None:
    with pytest.raises(NotUsable) as caught:
        rule.read(text)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("text", "thousands", "decimal"),
    [
        ("1.000", "1000", "1"), ("1,000", "1000", "1"), ("10.000", "10000", "10"),
        ("500,000", "500000", "500"), ("1.234", "1234", "1.234"), ("-2,500", "-2500", "-2.5"),
        ("−2.500", "-2500", "-2.5"), ("+12.500", "12500", "12.5"), ("١.٠٠٠", "1000", "1"),
        ("१,०००", "1000", "1"), (" 1.000 ", "1000", "1"),
    ],
)  # fmt: skip
def test_r68_whole_numbers_refuse_what_may_mean_thousands(
    text: str, thousands: str, decimal: str, language
) -> None:
    for rule in (NumberRule(-(10**6), 10**6), NumberRule(-3, 3), NumberRule(0, 2**63 - 1)):
        with pytest.raises(NotUsable) as caught:
            rule.read(text)
        assert str(caught.value) == (
            f"“{text.strip()}” may mean {thousands} or {decimal}. "
            "Write it without points and commas."
        )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1000", 1000), ("1'000", 1000), ("1 000", 1000), ("1.000.000", 1_000_000), ("1,0", 1),
        ("1.00", 1), ("1.0000", 1), ("0.000", 0), ("1000.000", 1000), ("1.000,0", 1000),
        ("1'000.000", 1000), ("1,00,000", 100_000), ("١٬٠٠٠", 1000), ("١٫٠٠٠", 1), ("१०००", 1000),
    ],
)  # fmt: skip
def test_r68_whole_numbers_take_what_can_mean_one_number(text: str, number: int, language) -> None:
    read = NumberRule(0, 10**6).read(text)
    assert read == number and isinstance(read, int)


@pytest.mark.parametrize(
    ("rule", "text", "wanted"),
    [
        (NumberRule(10, 2000, 1), "1.000", "1000 or 1. Write 1000.0 or 1.0."),
        (NumberRule(10, 2000, 1), "1,234", "1234 or 1.234. Write 1234.0 or 1.2."),
        (NumberRule(10, 2000, 1), "1.000,5", 1000.5),
        (NumberRule(0, 2000, 3), "1,234", "1234 or 1.234. Write 1234.000 or 1.234."),
        (NumberRule(0, 2000, 3), "1.234", 1.234),  # as the field itself writes it
        (NumberRule(0, 1, 2), "1.000", 1.0),  # no field of shares means a thousand
        (NumberRule(0, 100, 1), "12,500", 12.5),
        (NumberRule(0, 2000, 1), "0.500", 0.5),
    ],
)  # fmt: skip
def test_r68_decimal_fields_refuse_thousands_that_they_could_hold(
    rule: NumberRule, text: str, wanted: float | str, language
) -> None:
    if isinstance(wanted, float):
        assert rule.read(text) == wanted
        return
    with pytest.raises(NotUsable) as caught:
        rule.read(text)
    assert str(caught.value) == f"“{text}” may mean {wanted}"


def test_r68_units_and_words_of_a_field_need_not_be_typed() -> None:
    rule = NumberRule(0, 500, 1, prefix="chroma ", unit=" mm", special="as it comes")
    for text in ("85.5", "85,5 mm", "85,5mm", "chroma 85.5 mm", " chroma 85,5"):
        assert rule.read(text) == 85.5
    assert rule.text(85.5) == "chroma 85.5 mm"
    assert rule.read("As it comes") == 0 and rule.text(0) == "as it comes"
    assert NumberRule(0, 2**63 - 1).text(2**63 - 1) == str(2**63 - 1)


# ---- one field for the whole product ----


def test_r68_there_is_one_kind_of_number_field() -> None:
    others = []
    for path, tree in trees("gui"):
        for node in ast.walk(tree):
            name = getattr(node, "id", "") or getattr(node, "attr", "")
            if name in OTHER_FIELDS:
                others.append(f"{path}:{node.lineno} {name}")
            bases = node.bases if isinstance(node, ast.ClassDef) else []
            if any(getattr(base, "id", "") == "QAbstractSpinBox" for base in bases):
                others += [] if path in FIELD_FILES else [f"{path}:{node.lineno}"]
            if called(node) in ("int", "float", "Decimal") and path not in FIELD_FILES:
                read = {called(part) for part in ast.walk(node)}
                if read & {"text", "currentText", "displayText", "toPlainText"}:
                    others.append(f"{path}:{node.lineno} {ast.unparse(node)}")
    assert not others


def fields(page: QWidget) -> list[NumberField | NumberEntry]:
    """Every place of a page where a number can be typed now."""
    whole = page.findChildren(NumberField)
    inside = {id(entry) for field in whole for entry in field.findChildren(NumberEntry)}
    parts = [entry for entry in page.findChildren(NumberEntry) if id(entry) not in inside]
    return [
        place
        for place in (*whole, *parts)
        if target(place).isVisible() and target(place).isEnabled()
    ]


def target(place: NumberField | NumberEntry) -> QWidget:
    return place if isinstance(place, NumberField) else place.owner


def try_separators(place: NumberField | NumberEntry) -> None:
    """Type numbers with every separator; each is taken as it is meant or is refused in place."""
    rule, field = place.rule, target(place)
    shown = field.lineEdit() if isinstance(field, NumberField | QComboBox) else field
    inner = rule.low + 0.37 * (min(rule.high, rule.low + 2000) - rule.low)
    number = f"{inner:.{rule.decimals}f}"
    for text in (number, number.replace(".", ",")):
        type_into(field, text)
        assert not place.problem, (field.accessibleName(), text, place.problem)
        assert shown.text() == rule.text(float(number)), (field.accessibleName(), text)
    kept, fine = shown.text(), f"{int(inner)}.{'1' * (rule.decimals + 1)}"
    thousands = () if rule.decimals else ("1.000", "1,000", "500,000")
    for text in ("7,5,5", fine, fine.replace(".", ","), *thousands):
        type_into(field, text)
        assert shown.text() == text, (field.accessibleName(), text)
        assert place.problem and field.property("problem") is True
        assert place.problem in field.accessibleDescription()
    type_into(field, number)
    assert shown.text() == kept and not place.problem


def test_r68_every_field_takes_both_decimal_signs(
    window: MainWindow, qtbot: QtBot, language
) -> None:
    tried: dict[int, NumberField | NumberEntry] = {}
    for page in pages(window, qtbot):
        for place in fields(page):
            if id(place) not in tried:
                tried[id(place)] = place
                try_separators(place)
    names = {target(place).accessibleName() for place in tried.values()}
    assert len(tried) > 25 and len(names) > 20


@pytest.mark.parametrize("dialog", ["preferences", "picture"])
def test_r68_the_fields_of_dialogs_take_both_decimal_signs(
    window: MainWindow, qtbot: QtBot, language, dialog: str
) -> None:
    made = (
        PreferencesDialog(window.lab, window)
        if dialog == "preferences"
        else window.findChild(PictureTools).dialog()
    )
    qtbot.addWidget(made)
    places = made.findChildren(NumberField)
    assert len(places) == 3
    for place in places:
        try_separators(place)
    made.reject()


# ---- the cases that were seen ----


def test_r68_thresholds_of_the_inspector(window: MainWindow, qtbot: QtBot, language) -> None:
    panels = window.docks["inspector"].pane.findChildren(ThresholdsPanel)
    panel = next(panel for panel in panels if "color" in panel.threshold_sliders)
    color, top = panel.threshold_sliders["color"], panel.threshold_sliders["top"]
    for text in ("0,75", "0.75"):
        color.spin.setValue(0.5)
        type_into(color.spin, text)
        assert color.value == 0.75 and color.slider.value() == 75
    before = top.value
    type_into(top.spin, "2,5")
    assert top.value == before and "not a whole number" in top.spin.problem


def test_r68_widths_of_the_plan_and_of_a_picture(
    window: MainWindow, qtbot: QtBot, language
) -> None:
    width = window.docks["experiments"].pane.editor.word_width.low
    before = width.value()
    type_into(width, "7,5")
    assert width.value() == before and "not a whole number" in width.problem
    dialog = window.findChild(PictureTools).dialog()
    qtbot.addWidget(dialog)
    for text in ("85.5", "85,5"):
        dialog.choices.width_mm.setValue(100)
        type_into(dialog.choices.width_mm, text)
        assert dialog.options.width_mm == 85.5
    dialog.reject()


def test_r68_a_typed_number_of_samples_is_no_other_of_the_list(
    window: MainWindow, qtbot: QtBot
) -> None:
    setup = window.docks["experiments"].pane.setup
    chosen: list[int] = []
    setup.samples_chosen.connect(chosen.append)
    for text in ("5", "2", "1'234"):
        type_into(setup.samples, text)
    for text, readings in (("1.000", "1000 or 1"), ("10.000", "10000 or 10"), ("1.5", "")):
        type_into(setup.samples, text)
        assert chosen == [5, 2, 1234]
        assert readings in setup.samples.entry.problem
        assert setup.samples.currentText() == text
        assert setup.samples.property("problem") is True


def test_r68_every_field_has_room_for_its_number(window: MainWindow, qtbot: QtBot) -> None:
    for page in pages(window, qtbot):
        for field in page.findChildren(NumberField):
            if field.isVisible():
                line = field.lineEdit()
                wide = line.fontMetrics().horizontalAdvance(line.text())
                assert line.isVisible() and line.width() >= wide, field.accessibleName()


# ---- in place ----


def test_r68_the_reason_stands_under_the_field_until_it_is_typed_in(qapp, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(400, 200)
    field = DecimalSpin("Size", 2.0, 400.0, 1.0, " %", parent=page)
    field.move(20, 20)
    page.show()
    field.setValue(50)
    field.setAccessibleDescription("How large")
    told: list[float] = []
    field.valueChanged.connect(told.append)
    type_into(field, "0,755")
    (reason,) = page.findChildren(Reason)
    assert reason.isVisible() and "more than 1 decimal" in reason.text()
    assert reason.geometry().top() >= field.geometry().bottom()
    assert (field.value(), field.text(), told) == (50.0, "0,755", [])
    assert "more than 1 decimal" in field.accessibleDescription()
    field.show_value(50.0)  # shown again as it is: what was typed stays to be seen
    assert field.text() == "0,755"
    field.move(20, 120)
    assert reason.geometry().top() >= field.geometry().bottom()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: not page.findChildren(Reason), timeout=WAIT)
    assert field.accessibleDescription() == "How large" and not field.property("problem")
    type_into(field, "x")
    field.show_value(60.0)  # set elsewhere
    assert (field.text(), field.problem) == ("60.0 %", "")
    assert field.value() == 60.0 and told == []


def test_r68_the_reason_goes_with_its_field_into_other_and_into_tiny_windows(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = QDockWidget("Pane", window)
    page = QWidget()
    column = QVBoxLayout(page)
    field = DecimalSpin("Share", 0.0, 1.0, 0.1)
    column.addWidget(field)
    dock.setWidget(page)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.resize(400, 300)
    window.show()
    qtbot.waitUntil(window.isVisible, timeout=WAIT)
    field.lineEdit().setText("many")
    field.editingFinished.emit()
    assert [reason.isVisible() for reason in window.findChildren(Reason)] == [True]
    dock.setFloating(True)
    qtbot.waitUntil(lambda: bool(dock.findChildren(Reason)), timeout=WAIT)
    for width in (5, 1):
        dock.setMinimumSize(1, 1)
        page.setMinimumSize(1, 1)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        dock.resize(width, 20)
        QApplication.processEvents()
    dock.setFloating(False)
    dock.resize(200, 200)
    qtbot.waitUntil(
        lambda: [reason.parentWidget() for reason in window.findChildren(Reason)] == [window],
        timeout=WAIT,
    )
    field.setValue(0.5)
    field.lineEdit().setText("0.4")
    field.editingFinished.emit()
    qtbot.waitUntil(lambda: not window.findChildren(Reason), timeout=WAIT)


def test_r68_stepping_takes_what_was_typed_first(qapp, qtbot: QtBot) -> None:
    field = WholeSpin("Steps", 2, 200)
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "12")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert (field.value(), field.text()) == (13, "13")
    field.selectAll()
    QTest.keyClicks(field, "1.5")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert (field.value(), field.text()) == (13, "1.5") and field.problem
    type_into(field, "200")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == 200 and not field.problem


def test_a_list_takes_a_number_that_others_of_it_begin_with(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    combo = NumberCombo("Samples", (1, 20, 50), NumberRule(1, 100), parent)
    taken: list[int] = []
    combo.entry.taken.connect(taken.append)
    parent.show()
    type_into(combo, "5")
    assert taken == [5] and combo.currentText() == "5" and combo.count() == 3
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    assert taken == [5, 50]
    type_into(combo, "500")
    assert taken == [5, 50] and combo.entry.problem


def test_r68_preferences_are_not_written_past_a_number_that_cannot_be_used(
    window: MainWindow, qtbot: QtBot
) -> None:
    dialog = PreferencesDialog(window.lab, window)
    qtbot.addWidget(dialog)
    dialog.show()
    before = window.lab.settings.autosave_seconds
    type_into(dialog.autosave, "2,5")
    dialog.accept()
    assert dialog.isVisible() and dialog.list.currentRow() == 1
    assert window.lab.settings.autosave_seconds == before
    type_into(dialog.autosave, "25")
    dialog.accept()
    assert not dialog.isVisible() and window.lab.settings.autosave_seconds == 25


def test_r68_no_picture_is_saved_past_a_number_that_cannot_be_used(
    window: MainWindow, qtbot: QtBot
) -> None:
    tools = window.findChild(PictureTools)
    tools.options = PictureOptions(extent="millimeters", width_mm=85)
    dialog = tools.dialog()
    qtbot.addWidget(dialog)
    dialog.show()
    wanted: list[PictureOptions] = []
    dialog.save_wanted.disconnect()
    dialog.save_wanted.connect(wanted.append)
    dialog.choices.width_mm.selectAll()
    QTest.keyClicks(dialog.choices.width_mm, "8x")
    dialog.save_button.click()
    assert wanted == [] and dialog.choices.width_mm.problem
    type_into(dialog.choices.width_mm, "80,5")
    assert [options.width_mm for options in wanted] in ([], [80.5])
    dialog.save_button.click()
    assert wanted[-1].width_mm == 80.5
    dialog.reject()
