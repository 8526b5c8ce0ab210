"""The designer's fields: kinds, colors, words, numbers, seeds, palettes, presets."""

from __future__ import annotations

from itertools import product

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QFontMetricsF, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.color.terms import COLOR_TERMS, CSS, SATURATED
from core.document.document import open_document
from core.stimuli.fonts import font_faces
from core.stimuli.presets import stimulus_presets
from core.stimuli.render import area_fraction, render, render_coverage
from core.stimuli.stimulus import SHAPES, ShapeStimulus, WordStimulus
from gui.context.lab_context import LabContext
from gui.designer.colors.color_plane import to_hsv, to_rgb
from gui.designer.fields.choices import name_font
from gui.designer.fields.fields import KINDS
from gui.designer.fields.font_combo import _run
from gui.designer.pane import DesignerPane
from gui.widgets.numbers import DecimalSpin
from tests.support.designer import SIDE, SQUARE, WORD, make_pane, screenshot
from tests.support.pasting import paste
from tests.support.waiting import let_events_pass

CLICK = Qt.MouseButton.LeftButton


@pytest.fixture
def pane(lab: LabContext, qtbot: QtBot) -> DesignerPane:
    return make_pane(lab, qtbot)


def type_into(field: QLineEdit | QAbstractSpinBox, text: str) -> None:
    """Replace a field's text by real key presses and confirm with Enter."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


# ---- kinds ----


def test_switching_kinds_keeps_colors_and_geometry(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.change_stimulus("turn", rotation=25.0)
    before = lab.document.stimulus
    qtbot.mouseClick(pane.tabs.buttons["word"], CLICK)
    word = lab.document.stimulus
    assert isinstance(word, WordStimulus)
    names = ("figure_color", "background_color", "center_x", "center_y", "size", "rotation", "side")
    assert [getattr(word, name) for name in names] == [getattr(before, name) for name in names]
    assert lab.document.undo_stack.count() == 2
    qtbot.mouseClick(pane.tabs.buttons["shape"], CLICK)
    assert lab.document.stimulus == before


def test_the_last_word_comes_back_with_its_font(lab: LabContext, pane: DesignerPane) -> None:
    font = next(face for face in font_faces() if face != WORD.font)
    lab.document.change("word", stimulus=msgspec.structs.replace(WORD, font=font))
    lab.actions.trigger("stimulus.kind-shape")
    lab.actions.trigger("stimulus.kind-word")
    assert (lab.document.stimulus.word, lab.document.stimulus.font) == ("blue", font)


def test_arrow_keys_move_between_the_kinds(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    pane.tabs.buttons["shape"].setFocus()
    qtbot.keyClick(pane.tabs.buttons["shape"], Qt.Key.Key_Right)
    assert isinstance(lab.document.stimulus, WordStimulus)
    assert pane.tabs.buttons["word"].hasFocus()


def test_choosing_the_kind_that_is_shown_is_no_step(lab: LabContext, pane: DesignerPane) -> None:
    lab.actions.trigger("stimulus.kind-shape")
    assert lab.document.undo_stack.count() == 0


def test_every_shape_is_one_click(lab: LabContext, pane: DesignerPane, qtbot: QtBot) -> None:
    for shape in SHAPES:
        qtbot.mouseClick(pane.fields.shapes.choice(shape), CLICK)
        assert lab.document.stimulus == msgspec.structs.replace(SQUARE, shape=shape)
        assert pane.fields.shapes.taken == shape


# ---- colors ----


def test_swatches_set_figure_and_background(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    qtbot.mouseClick(pane.fields.figure.swatches.choice("orange"), CLICK)
    qtbot.mouseClick(pane.fields.background.swatches.choice("purple"), CLICK)
    stimulus = lab.document.stimulus
    assert stimulus.figure_color == CSS["orange"]
    assert stimulus.background_color == CSS["purple"]
    assert lab.document.undo_stack.count() == 2
    assert pane.fields.figure.swatches.taken == "orange"
    lab.document.undo()
    lab.document.undo()
    assert pane.fields.figure.swatches.taken == "red"


def test_swatches_work_by_keys_alone(lab: LabContext, pane: DesignerPane, qtbot: QtBot) -> None:
    row = pane.fields.figure.swatches
    row.choice("red").setFocus()
    qtbot.keyClick(row.choice("red"), Qt.Key.Key_Right)
    assert row.choice("green").hasFocus()
    assert lab.document.stimulus.figure_color == CSS["red"]  # moving chooses nothing
    qtbot.keyClick(row.choice("green"), Qt.Key.Key_Space)
    assert lab.document.stimulus.figure_color == CSS["green"]
    stops = [choice for choice in row.choices if choice.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [choice.key for choice in stops] == ["green"]


def test_the_taken_swatch_differs_by_more_than_its_color(pane: DesignerPane) -> None:
    """Ring and check mark: the swatch itself looks different, in black and white terms too."""
    taken = pane.fields.figure.swatches.choice("red")
    before = screenshot(taken).astype(int)
    pane.fields.figure.swatches.take(None)
    after = screenshot(taken).astype(int)
    middle = before.shape[0] // 3, before.shape[1] // 2
    around = slice(middle[0] - 8, middle[0] + 8), slice(middle[1] - 8, middle[1] + 8)
    assert np.abs(before[around] - after[around]).max() > 100  # the check mark
    assert np.abs(before[1:3] - after[1:3]).max() > 60  # the ring


def test_white_and_black_swatches_have_a_border_in_both_themes(
    lab: LabContext, pane: DesignerPane
) -> None:
    pane.fields.background.swatches.take(None)
    for mode, term in product(("light", "dark"), ("white", "black")):
        lab.theme.set_mode(mode)
        seen = screenshot(pane.fields.background.swatches.choice(term)).astype(int)
        row = seen[seen.shape[0] // 3]
        middle = len(row) // 2
        assert tuple(row[middle]) == CSS[term]
        contrast = np.abs(row[:middle] - np.array(CSS[term])).max(axis=1)
        first = np.flatnonzero(contrast == 0)[0]  # where the swatch's color begins
        assert contrast[max(0, first - 2) : first].max() >= 50, (mode, term)
    lab.theme.set_mode("system")


def test_any_color_by_hexadecimal_and_by_numbers(lab: LabContext, pane: DesignerPane) -> None:
    type_into(pane.fields.figure.fields.hex, "#0a7BfF")
    assert lab.document.stimulus.figure_color == (10, 123, 255)
    assert pane.fields.figure.swatches.taken is None
    assert [spin.value() for spin in pane.fields.figure.fields.channels] == [10, 123, 255]
    type_into(pane.fields.figure.fields.hex, "f80")
    assert lab.document.stimulus.figure_color == (255, 136, 0)
    type_into(pane.fields.background.fields.channels[2], "17")
    assert lab.document.stimulus.background_color == (255, 255, 17)
    assert pane.fields.background.fields.hex.text() == "#FFFF11"


def test_a_refused_hexadecimal_says_so_and_keeps_the_color(
    lab: LabContext, pane: DesignerPane
) -> None:
    section = pane.fields.figure
    type_into(section.fields.hex, "#12345")
    assert lab.document.stimulus == SQUARE
    assert lab.document.undo_stack.count() == 0
    assert section.note.isVisible()
    assert "“#12345” is not a color code" in section.note.text()
    assert section.fields.hex.property("problem") is True
    QTest.keyClick(section.fields.hex, Qt.Key.Key_Backspace)  # it is being mended
    assert section.fields.hex.property("problem") is False
    type_into(section.fields.hex, "#00FF00")
    assert not section.note.isVisible()
    assert lab.document.stimulus.figure_color == (0, 255, 0)


def test_hsv_goes_there_and_back() -> None:
    values = (0, 1, 127, 128, 200, 254, 255)
    for rgb in [(r, g, b) for r in values for g in values for b in values]:
        assert to_rgb(*to_hsv(rgb)) == rgb


def test_the_picker_merges_a_drag_into_one_step(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    section = pane.fields.figure
    qtbot.mouseClick(section.picker_button, CLICK)
    plane = section.picker.editor.plane
    qtbot.mousePress(plane, CLICK, pos=QPoint(20, 20))
    for x in (40, 80, 120):
        qtbot.mouseMove(plane, QPoint(x, 60))
        event_at = QPointF(x, 60)
        plane.pick(event_at)
    qtbot.mouseRelease(plane, CLICK, pos=QPoint(120, 60))
    assert lab.document.stimulus.figure_color != SQUARE.figure_color
    assert lab.document.stimulus.figure_color == section.fields.rgb
    assert lab.document.undo_stack.count() == 1
    qtbot.keyClick(section.picker, Qt.Key.Key_Escape)
    assert not section.picker.isVisible()


# ---- palettes ----


def test_another_palette_takes_the_terms_of_the_stimulus_along(
    lab: LabContext, pane: DesignerPane
) -> None:
    lab.document.change_stimulus("green", figure_color=CSS["green"], background_color=(1, 2, 3))
    pane.fields.palettes.list.setCurrentIndex(1)
    pane.fields.palettes.list.activated.emit(1)
    assert lab.document.state.palette == SATURATED
    assert lab.document.stimulus.figure_color == SATURATED["green"]
    assert lab.document.stimulus.background_color == (1, 2, 3)  # no term: left alone
    assert pane.fields.figure.swatches.taken == "green"
    lab.document.undo()
    assert lab.document.state.palette == CSS
    assert lab.document.stimulus.figure_color == CSS["green"]
    assert pane.fields.palettes.list.currentText() == "CSS"


def test_an_edited_term_makes_an_own_palette_that_is_saved_with_the_document(
    lab: LabContext, pane: DesignerPane, tmp_path
) -> None:
    pane.fields.palettes.open_editor("red")
    panel = pane.fields.palettes.panel
    type_into(panel.editor.fields.hex, "#C00000")
    palette = lab.document.state.palette
    assert palette.name == "own"
    assert palette["red"] == (192, 0, 0)
    assert palette["blue"] == CSS["blue"]
    assert lab.document.stimulus.figure_color == (192, 0, 0)
    assert CSS["red"] == (255, 0, 0)
    type_into(panel.name, "Printed")
    assert lab.document.state.palette.name == "Printed"
    panel.close()
    names = [pane.fields.palettes.list.itemText(row) for row in range(3)]
    assert names == ["CSS", "Saturated", "Printed"]
    assert pane.fields.palettes.list.count() == 3
    lab.document.save(tmp_path / "own.colorlab")
    saved, _ = open_document(tmp_path / "own.colorlab")
    assert saved.palette == lab.document.state.palette


@pytest.mark.parametrize("name", ["CSS", "css", "Saturated", "C\u00adSS", "\u200b", " \t"])
def test_an_own_palette_is_called_neither_like_another_nor_nothing(
    lab: LabContext, pane: DesignerPane, name: str
) -> None:
    pane.fields.palettes.open_editor("red")
    panel = pane.fields.palettes.panel
    type_into(panel.editor.fields.hex, "#C00000")
    paste(panel.name, name)
    QTest.keyClick(panel.name, Qt.Key.Key_Return)
    assert lab.document.state.palette.name == panel.name.text() == "own"
    panel.close()


# ---- words ----


def test_typing_a_word_is_one_step_and_an_empty_one_is_refused(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.new(msgspec.structs.replace(lab.document.state, stimulus=WORD))
    form = pane.fields.word
    form.word.setFocus()
    form.word.selectAll()
    qtbot.keyClicks(form.word, "sky")
    assert lab.document.stimulus.word == "sky"
    qtbot.keyClick(form.word, Qt.Key.Key_Return)
    assert lab.document.undo_stack.count() == 1
    form.word.selectAll()
    qtbot.keyClick(form.word, Qt.Key.Key_Delete)
    assert lab.document.stimulus.word == "sky"
    assert "The word is empty" in form.note.text()
    assert form.note.isVisible()
    lab.document.undo()
    assert lab.document.stimulus == WORD
    assert form.word.text() == "blue"


def test_the_eleven_words_are_one_click_each(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.change("word", stimulus=WORD)
    for term in COLOR_TERMS:
        qtbot.mouseClick(pane.fields.word.quick[term], CLICK)
        assert lab.document.stimulus.word == term
    lab.change_settings(gray_spelling="grey")
    qtbot.mouseClick(pane.fields.word.quick["gray"], CLICK)
    assert lab.document.stimulus.word == "grey"


def test_r29_a_font_without_the_characters_is_refused_beside_the_field(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.change("word", stimulus=WORD)
    form = pane.fields.word
    key = Qt.Key.Key_unknown
    typed = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "\U0001f600")
    QApplication.sendEvent(form.word, typed)
    assert lab.document.stimulus.word == "blue"
    assert "has no character" in form.note.text()


def test_fonts_are_searched_by_typing_and_shown_in_their_own_face(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.change("word", stimulus=WORD)
    combo = pane.fields.word.font_list
    assert combo.count() == len(font_faces())
    wanted = next(face for face in font_faces().values() if face.category == "serif")
    combo.lineEdit().selectAll()
    qtbot.keyClicks(combo.lineEdit(), wanted.title[1:-1].lower())
    assert combo.completer().completionCount() >= 1
    combo.completer().popup().hide()
    combo.lineEdit().setText(wanted.title.upper())
    qtbot.keyClick(combo.lineEdit(), Qt.Key.Key_Return)
    assert lab.document.stimulus.font == wanted.id
    for face in font_faces().values():
        run = _run(face.id)
        assert run is not None
        assert 0 not in run.glyphIndexes()
        # A variable or oddly named file may say less than its title, never another family's name.
        family = run.rawFont().familyName().lower().replace(" ", "")
        assert family[:4] == face.family.lower().replace(" ", "")[:4]


def test_an_unknown_font_name_goes_back_to_the_one_in_use(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.change("word", stimulus=WORD)
    combo = pane.fields.word.font_list
    shown = combo.currentText()
    combo.lineEdit().setText("No Such Face")
    qtbot.keyClick(combo.lineEdit(), Qt.Key.Key_Return)
    assert combo.currentText() == shown
    assert lab.document.stimulus.font == WORD.font


# ---- geometry ----


def test_numbers_are_typed_with_either_decimal_sign(lab: LabContext, pane: DesignerPane) -> None:
    for field, text, expected in (
        ("center_x", "12.5", 0.125),
        ("center_y", "87,5", 0.875),
        ("size", "33", 0.33),
        ("rotation", "-45", -45.0),
        ("rotation", "270", -90.0),
    ):
        type_into(pane.fields.geometry_form.spins[field], text)
        assert getattr(lab.document.stimulus, field) == pytest.approx(expected)
        assert lab.document.undo_stack.count() == 1
        lab.document.undo()
        assert lab.document.stimulus == SQUARE


def test_fields_show_units_and_follow_the_figure(lab: LabContext, pane: DesignerPane) -> None:
    spins = pane.fields.geometry_form.spins
    lab.document.change_stimulus("place", center_x=0.123, rotation=725.0)
    assert spins["center_x"].text() == "12.3 %"
    assert spins["rotation"].text() == "5.0°"
    assert spins["size"].text() == "30.0 %"
    assert lab.document.undo_stack.count() == 1  # showing is no edit


def test_showing_a_rounded_number_never_rounds_the_figure(
    lab: LabContext, pane: DesignerPane
) -> None:
    lab.document.change_stimulus("fine", center_x=0.123456, center_y=0.654321)
    type_into(pane.fields.geometry_form.spins["size"], "40")
    assert lab.document.stimulus.center_x == 0.123456
    assert lab.document.stimulus.center_y == 0.654321
    spin = pane.fields.geometry_form.spins["center_x"]
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert lab.document.stimulus.center_x == 0.123456


def test_the_wheel_leaves_numbers_alone_unless_they_have_the_focus(
    lab: LabContext, pane: DesignerPane
) -> None:
    spin = pane.fields.geometry_form.spins["size"]
    pane.canvas.setFocus()

    def turn_wheel() -> None:
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(spin.mapToGlobal(QPoint(5, 5))),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(spin, event)

    turn_wheel()
    assert lab.document.stimulus == SQUARE
    spin.setFocus()
    turn_wheel()
    assert lab.document.stimulus.size == pytest.approx(SQUARE.size + 0.01)


def test_decimal_fields_refuse_what_is_no_number(qtbot: QtBot) -> None:
    spin = DecimalSpin("Size", 2.0, 400.0, 1.0, " %")
    qtbot.addWidget(spin)
    spin.setValue(50.0)
    for text in ("ab7,5c", "12,76", "7.5.1", "1e2", "401", "-5"):
        type_into(spin, text)
        assert (spin.value(), spin.text()) == (50.0, text)
        assert spin.problem
    type_into(spin, "7,5")
    assert (spin.value(), spin.text(), spin.problem) == (7.5, "7.5 %", "")


def test_the_area_is_that_of_the_coverage(lab: LabContext, pane: DesignerPane) -> None:
    figure = lab.view.stimulus
    share = area_fraction(render_coverage(figure))
    assert share == pytest.approx(0.09, abs=0.001)
    assert pane.fields.geometry_form.area.text() == f"{100 * share:.2f} % of the picture"


def test_center_and_reset_are_steps(lab: LabContext, pane: DesignerPane) -> None:
    lab.document.change_stimulus("turn", rotation=30.0)
    lab.actions.trigger("stimulus.center")
    assert (lab.document.stimulus.center_x, lab.document.stimulus.center_y) == (0.5, 0.5)
    assert lab.document.stimulus.rotation == 30.0
    lab.actions.trigger("stimulus.reset-geometry")
    assert lab.document.stimulus.rotation == 0.0
    assert lab.document.stimulus.size == 0.5
    assert lab.document.undo_stack.undoText() == "reset object"


# ---- swap and random ----


def test_swap_exchanges_the_colors_and_twice_is_the_start(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    button = pane.fields.tools.buttons["stimulus.swap-colors"]
    qtbot.mouseClick(button, CLICK)
    assert lab.document.stimulus.figure_color == SQUARE.background_color
    assert lab.document.stimulus.background_color == SQUARE.figure_color
    qtbot.mouseClick(button, CLICK)
    assert lab.document.stimulus == SQUARE


def test_the_same_seed_gives_the_same_stimulus_and_the_next_another(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    button = pane.fields.tools.buttons["stimulus.randomize"]
    qtbot.mouseClick(button, CLICK)
    first, first_pixels = lab.document.stimulus, lab.pixels.copy()
    assert pane.fields.tools.seed.text() == str(lab.document.state.seed) == "1"
    qtbot.mouseClick(button, CLICK)
    assert lab.document.stimulus != first
    assert pane.fields.tools.seed.text() == "2"
    type_into(pane.fields.tools.seed, "1")
    assert lab.document.stimulus == first
    assert np.array_equal(lab.pixels, first_pixels)
    lab.document.undo()
    assert pane.fields.tools.seed.text() == "2"


def test_a_refused_seed_says_so_and_changes_nothing(lab: LabContext, pane: DesignerPane) -> None:
    for text, told in (
        ("-1", "outside the range"),
        ("1.5", "is not a whole number"),
        ("x", "is not a number"),
        (str(2**63), "outside the range"),
    ):
        type_into(pane.fields.tools.seed, text)
        assert told in pane.fields.tools.seed_entry.problem
        assert lab.document.stimulus == SQUARE
    type_into(pane.fields.tools.seed, str(2**63 - 1))
    assert lab.document.state.seed == 2**63 - 1
    assert not pane.fields.tools.seed_entry.problem


# ---- presets ----


def test_every_condition_of_the_paper_is_one_click(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    qtbot.mouseClick(pane.presets_button, CLICK)
    gallery = pane.gallery
    assert [button.preset for button in gallery.buttons] == list(stimulus_presets())
    for button in gallery.buttons:
        assert button.preset.explanation in button.toolTip()
        assert not button.picture.isNull()
    for button in gallery.buttons:
        start, steps = lab.document.state, lab.document.undo_stack.index()
        qtbot.mouseClick(button, CLICK)
        assert lab.document.stimulus == button.preset.stimulus(CSS, SIDE, "gray")
        assert not gallery.isVisible()
        assert lab.document.undo_stack.index() == steps + 1
        templates = {template.text for template in lab.document.prompts.templates}
        assert templates
        assert lab.document.prompts.labels == start.prompts.labels


def test_preset_pictures_come_from_the_renderer(lab: LabContext, pane: DesignerPane) -> None:
    pane.open_gallery()
    button = pane.gallery.buttons[0]
    from tests.support.pixels import to_array

    shown = to_array(button.picture.toImage())
    assert np.array_equal(shown, render(button.preset.stimulus(CSS, shown.shape[0])))
    pane.gallery.close()


# ---- the whole ----


def test_nothing_is_clipped_and_the_canvas_never_collapses(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    content = pane.fields.widget()
    fields = pane.fields
    for (width, height), kind in product(((420, 560), (640, 820)), KINDS):
        pane.resize(width, height)
        lab.actions.trigger(f"stimulus.kind-{kind}")
        let_events_pass()
        assert pane.width() == width
        assert pane.canvas.height() >= 200
        assert content.width() <= fields.viewport().width()
        for row in (fields.figure.swatches, fields.background.swatches, fields.shapes):
            for choice in row.choices if row.isVisible() else ():
                metrics = QFontMetricsF(name_font(choice.font(), choice.name_pixels))
                name = metrics.horizontalAdvance(choice.text())
                assert name <= choice.width() + 1, choice.key
                assert row.rect().contains(choice.geometry()), choice.key
        for child in content.findChildren(QWidget):
            if child.isVisible() and child.parentWidget() is content:
                assert child.geometry().right() < content.width(), child


def test_every_control_has_a_name_and_a_tip(lab: LabContext, pane: DesignerPane) -> None:
    seen = 0
    for kind in ("shape", "word", "picture"):
        lab.actions.trigger(f"stimulus.kind-{kind}")
        for control in pane.findChildren(QWidget):
            wanted = isinstance(control, QAbstractButton | QAbstractSpinBox | QComboBox | QLineEdit)
            inner = control.objectName().startswith("qt_") or isinstance(
                control.parentWidget(), QAbstractSpinBox | QComboBox
            )
            if not wanted or inner or not control.isVisible():
                continue
            seen += 1
            spoken = QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
            assert spoken.strip(), control
    assert seen > 90


def test_a_step_of_each_kind_undone_is_the_start(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    start = lab.document.state
    for action in ("swap-colors", "randomize", "center", "kind-word", "reset-geometry"):
        lab.actions.trigger(f"stimulus.{action}")
    type_into(pane.fields.geometry_form.spins["center_x"], "20")
    qtbot.mouseClick(pane.fields.word.quick["pink"], CLICK)
    qtbot.mouseClick(pane.fields.figure.swatches.choice("blue"), CLICK)
    assert lab.document.undo_stack.count() >= 8
    while lab.document.undo_stack.canUndo():
        lab.document.undo()
    assert lab.document.state is start
    assert isinstance(lab.document.stimulus, ShapeStimulus)
    assert pane.tabs.chosen_name == "shape"
    assert np.array_equal(pane.canvas.pixels, render(SQUARE))
