"""The canvas under real mouse and key events: what is dragged, undone, shown."""

from __future__ import annotations

from itertools import product

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from core.color.terms import CSS
from core.stimuli.render import render
from gui.context.lab_context import LabContext
from gui.designer.canvas.overlay import Frame, Handle, cursor_for
from gui.designer.pane import DesignerPane
from tests.support.designer import SIDE, SQUARE, WORD, Hand, make_pane, screenshot

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def pane(lab: LabContext, qtbot: QtBot) -> DesignerPane:
    return make_pane(lab, qtbot)


@pytest.fixture
def hand(pane: DesignerPane) -> Hand:
    return Hand(pane)


def middle() -> tuple[float, float]:
    return SQUARE.center_x * SIDE, SQUARE.center_y * SIDE


def test_a_drag_moves_by_the_way_of_the_pointer_as_one_step(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    hand.drag(hand.at(*middle()), 12, 30, ALT)
    moved = lab.document.stimulus
    assert moved.center_x == pytest.approx(SQUARE.center_x + 12 / SIDE)
    assert moved.center_y == pytest.approx(SQUARE.center_y + 30 / SIDE)
    assert lab.document.undo_stack.count() == 1
    assert lab.document.undo_stack.undoText() == "move object"
    assert msgspec.structs.replace(moved, center_x=0.4, center_y=0.3) == SQUARE


def test_undo_restores_the_figure_and_the_pixels_and_redo_repeats(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    before = lab.pixels.copy()
    hand.drag(hand.at(*middle()), 20, 5)
    moved = lab.document.stimulus
    assert not np.array_equal(lab.pixels, before)
    lab.document.undo()
    assert lab.document.stimulus == SQUARE
    assert np.array_equal(pane.canvas.pixels, before)
    lab.document.redo()
    assert lab.document.stimulus == moved


def test_two_drags_are_two_steps(lab: LabContext, hand: Hand) -> None:
    hand.drag(hand.at(*middle()), 10, 0, ALT)
    hand.drag(hand.at(middle()[0] + 10, middle()[1]), 10, 0, ALT)
    assert lab.document.undo_stack.count() == 2
    lab.document.undo()
    assert lab.document.stimulus.center_x == pytest.approx(0.4 + 10 / SIDE)


def test_scaling_by_a_corner_keeps_the_opposite_corner(lab: LabContext, hand: Hand) -> None:
    fixed = Frame.of(SQUARE).point(Handle.TOP_LEFT)
    hand.drag(hand.grip(Handle.BOTTOM_RIGHT), 12, 12)
    scaled = lab.document.stimulus
    assert scaled.size == pytest.approx(SQUARE.size + 12 / SIDE)
    assert Frame.of(scaled).point(Handle.TOP_LEFT) == pytest.approx(fixed)
    assert lab.document.undo_stack.undoText() == "scale object"
    assert lab.document.undo_stack.count() == 1


def test_scaling_by_an_edge_keeps_the_opposite_edge(lab: LabContext, hand: Hand) -> None:
    left = SQUARE.center_x - SQUARE.size / 2
    hand.drag(hand.grip(Handle.RIGHT), -9, 40)  # the way across the edge does not count
    scaled = lab.document.stimulus
    assert scaled.size == pytest.approx(SQUARE.size - 9 / SIDE)
    assert scaled.center_x - scaled.size / 2 == pytest.approx(left)
    assert scaled.center_y == pytest.approx(SQUARE.center_y)


def test_rotating_by_the_handle_and_by_steps_of_15_with_shift(lab: LabContext, hand: Hand) -> None:
    center = hand.at(*middle())
    away = hand.grip(Handle.ROTATE) - center
    hand.press(hand.grip(Handle.ROTATE))
    hand.move(center + QPointF(away.y(), -away.x()))  # a quarter turn to the left
    hand.release()
    assert lab.document.stimulus.rotation == pytest.approx(90.0)
    assert lab.document.undo_stack.undoText() == "rotate object"
    lab.document.undo()
    hand.press(hand.grip(Handle.ROTATE))
    hand.move(center + QPointF(away.y() * 0.3, away.y()), SHIFT)
    hand.release()
    assert lab.document.stimulus.rotation == 15.0


def test_a_move_snaps_to_the_center_and_says_so_with_guides(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    hand.press(hand.at(*middle()))
    hand.move(hand.at(SIDE / 2 + 1, middle()[1] + 4))
    assert lab.document.stimulus.center_x == 0.5
    assert lab.document.stimulus.center_y == pytest.approx(SQUARE.center_y + 4 / SIDE)
    assert pane.canvas.guides == (True, False)
    hand.release()
    assert pane.canvas.guides == (False, False)


def test_escape_gives_back_the_figure_and_leaves_no_step(
    lab: LabContext, pane: DesignerPane, hand: Hand, qtbot: QtBot
) -> None:
    hand.press(hand.at(*middle()))
    hand.move(hand.at(70, 70))
    assert lab.document.stimulus != SQUARE
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Escape)
    assert lab.document.stimulus == SQUARE
    hand.move(hand.at(20, 20))  # the button is still down
    hand.release()
    assert lab.document.stimulus == SQUARE
    assert not lab.document.undo_stack.canUndo()
    assert not lab.document.modified


def test_another_document_during_a_drag_is_shown_whole(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    start = hand.grip(Handle.BODY)
    hand.press(start)
    hand.move(start + QPointF(40, 0))
    lab.document.new(msgspec.structs.replace(lab.document.state, stimulus=WORD))
    assert pane.fields.kind == "word"
    assert pane.fields.word.word.text() == WORD.word
    assert pane.fields.background.fields.rgb == WORD.background_color


def test_a_press_without_a_way_changes_nothing(lab: LabContext, hand: Hand) -> None:
    hand.press(hand.at(*middle()))
    hand.release()
    assert lab.document.stimulus == SQUARE
    assert lab.document.undo_stack.count() == 0


def test_a_press_beside_the_figure_takes_hold_of_nothing(lab: LabContext, hand: Hand) -> None:
    hand.drag(hand.at(80, 80), -20, -20)
    assert lab.document.stimulus == SQUARE


def test_arrows_nudge_by_one_model_pixel_and_with_shift_by_ten(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    pane.canvas.setFocus()
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Right)
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Up)
    assert lab.document.stimulus.center_x == pytest.approx(0.4 + 1 / SIDE)
    assert lab.document.stimulus.center_y == pytest.approx(0.3 - 1 / SIDE)
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Left, SHIFT)
    assert lab.document.stimulus.center_x == pytest.approx(0.4 - 9 / SIDE)
    assert lab.document.stimulus.center_y == pytest.approx(0.3 + 9 / SIDE)
    # A whole pixel moves the picture by a whole pixel.
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Right)
    before = lab.pixels.copy()
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Right)
    assert np.array_equal(lab.pixels[:, 1:], before[:, :-1])


def test_a_held_key_is_one_step_and_another_press_is_another(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    for _ in range(5):
        qtbot.keyPress(pane.canvas, Qt.Key.Key_Right)
    qtbot.keyRelease(pane.canvas, Qt.Key.Key_Right)
    assert lab.document.undo_stack.count() == 1
    qtbot.keyClick(pane.canvas, Qt.Key.Key_Right)
    assert lab.document.undo_stack.count() == 2
    lab.document.undo()
    lab.document.undo()
    assert lab.document.stimulus == SQUARE


def test_keys_scale_and_rotate(lab: LabContext, pane: DesignerPane, qtbot: QtBot) -> None:
    for key, field, change in (
        (Qt.Key.Key_Plus, "size", 0.01),
        (Qt.Key.Key_Minus, "size", -0.01),
        (Qt.Key.Key_BracketLeft, "rotation", 1.0),
        (Qt.Key.Key_BracketRight, "rotation", -1.0),
        (Qt.Key.Key_BraceLeft, "rotation", 15.0),
    ):
        qtbot.keyClick(pane.canvas, key)
        expected = getattr(SQUARE, field) + change
        assert getattr(lab.document.stimulus, field) == pytest.approx(expected)
        lab.document.undo()
        assert lab.document.stimulus == SQUARE


def test_dragging_outside_is_allowed_and_noted(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    assert pane.canvas.note == ""
    hand.drag(hand.at(*middle()), -40, 0, ALT)
    assert lab.document.stimulus.center_x < 0
    assert pane.canvas.note == "The object is partly outside the picture"
    hand.drag(hand.at(1, middle()[1]), -40, 0, ALT)
    assert pane.canvas.note == "The object lies outside the picture"
    lab.actions.trigger("stimulus.fit-inside")
    assert pane.canvas.note == ""
    assert lab.document.stimulus.size == SQUARE.size


def test_an_edit_leaves_the_side_of_the_document_alone(lab: LabContext, hand: Hand) -> None:
    lab.document.change("side", stimulus=msgspec.structs.replace(SQUARE, side=224))
    hand.drag(hand.at(*middle()), 10, 0, ALT)
    assert lab.document.stimulus.side == 224
    assert lab.view.stimulus.side == SIDE


def test_r18_the_canvas_holds_the_very_array_of_the_model_and_draws_nothing_into_it(
    lab: LabContext, pane: DesignerPane, hand: Hand, qtbot: QtBot
) -> None:
    hand.press(hand.at(*middle()))
    hand.move(hand.at(SIDE / 2, SIDE / 2))  # frame, handles and both guides are drawn now
    screenshot(pane.canvas)
    assert pane.canvas.pixels is lab.pixels
    assert lab.pixels.tobytes() == render(lab.view.stimulus).tobytes()
    assert not lab.pixels.flags.writeable
    hand.release()


@pytest.mark.parametrize("zoom_in", [0, 3])
def test_r18_the_screen_shows_each_pixel_in_its_exact_color(
    lab: LabContext, pane: DesignerPane, zoom_in: int
) -> None:
    canvas = pane.canvas
    canvas.show_figure(None)  # without the overlay, every screen pixel can be compared
    for _ in range(zoom_in):
        canvas.zoom_step(1)
    seen, view = screenshot(canvas), canvas.view
    rows, columns = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]]
    source_rows = np.floor((rows + 0.5 - view.top) * SIDE / view.extent).astype(int)
    source_columns = np.floor((columns + 0.5 - view.left) * SIDE / view.extent).astype(int)
    inside = (
        (source_rows >= 0) & (source_rows < SIDE) & (source_columns >= 0) & (source_columns < SIDE)
    )
    if pane.canvas.hasFocus():
        inside[:3] = inside[-3:] = inside[:, :3] = inside[:, -3:] = False
    assert inside.sum() > 10_000
    expected = lab.pixels[source_rows[inside], source_columns[inside]]
    assert np.array_equal(seen[inside], expected)


def test_the_read_out_names_place_value_and_exact_term(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    column, row = middle()
    hand.hover(hand.at(column + 0.5, row + 0.5))
    assert (
        pane.bar.read_out.text() == f"x {int(column + 0.5)}  y {int(row + 0.5)}  sRGB 255, 0, 0 red"
    )
    lab.document.change_stimulus("color", figure_color=(254, 0, 0))
    hand.hover(hand.at(column + 0.5, row + 0.5))
    assert pane.bar.read_out.text().endswith("sRGB 254, 0, 0")
    hand.hover(QPointF(1, 1))
    assert pane.bar.read_out.text() == f"{SIDE} × {SIDE} pixels"


def test_zoom_steps_keep_the_point_under_the_pointer_and_fit_returns(
    pane: DesignerPane, hand: Hand
) -> None:
    canvas = pane.canvas
    fitted = canvas.zoom
    place = hand.at(30, 60)
    canvas.zoom_step(1, place)
    assert canvas.zoom > fitted
    assert not canvas.is_fitted
    after = canvas.view.to_picture(place.x(), place.y())
    assert after == pytest.approx((30 / SIDE, 60 / SIDE), abs=1 / canvas.view.extent)
    pane.bar.fit.click()
    assert canvas.zoom == fitted
    assert canvas.is_fitted


def test_the_grid_shows_only_where_there_is_room_and_never_in_the_pixels(
    lab: LabContext, pane: DesignerPane
) -> None:
    canvas = pane.canvas
    canvas.show_figure(None)
    while canvas.zoom < 12:
        canvas.zoom_step(1)
    plain = screenshot(canvas)
    pane.bar.grid.click()
    gridded = screenshot(canvas)
    assert not np.array_equal(plain, gridded)
    canvas.zoom_to_fit()
    assert not pane.bar.grid.isEnabled()
    assert lab.pixels.tobytes() == render(lab.view.stimulus).tobytes()


def test_every_picture_shows_its_border_in_both_themes(lab: LabContext, pane: DesignerPane) -> None:
    pane.canvas.clearFocus()
    view = pane.canvas.view
    row = view.top + view.extent // 2
    for mode, term in product(("light", "dark"), ("white", "black", "gray")):
        lab.theme.set_mode(mode)
        color = CSS[term]
        lab.document.change_stimulus("colors", figure_color=color, background_color=color)
        pane.canvas.show_figure(None)
        seen = screenshot(pane.canvas).astype(int)
        assert tuple(seen[row, view.left]) == color
        beyond = seen[row, view.left - 3 : view.left]
        assert max(abs(pixel - np.array(color)).max() for pixel in beyond) >= 60
        mat = seen[row, 5]
        assert mat[0] == mat[1] == mat[2]  # neutral: it must not tint what is judged
    lab.theme.set_mode("system")


def test_the_pointer_shows_what_it_would_do(pane: DesignerPane, hand: Hand) -> None:
    hand.hover(hand.at(*middle()))
    assert pane.canvas.cursor().shape() == Qt.CursorShape.SizeAllCursor
    hand.hover(hand.grip(Handle.BOTTOM_RIGHT))
    assert pane.canvas.cursor().shape() == Qt.CursorShape.SizeFDiagCursor
    hand.hover(hand.at(90, 90))
    assert pane.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert cursor_for(Handle.RIGHT, 90.0) == Qt.CursorShape.SizeVerCursor
    assert cursor_for(Handle.TOP_RIGHT, 45.0) == Qt.CursorShape.SizeVerCursor
    assert cursor_for(Handle.TOP_RIGHT, 0.0) == Qt.CursorShape.SizeBDiagCursor


def test_the_smallest_figure_can_still_be_moved(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    lab.document.change_stimulus("tiny", size=0.02)
    hand.drag(hand.at(*middle()), 20, 30, ALT)
    assert lab.document.stimulus.size == 0.02
    assert lab.document.stimulus.center_x == pytest.approx(0.4 + 20 / SIDE)


def test_the_rotation_handle_stays_on_the_canvas(
    lab: LabContext, pane: DesignerPane, hand: Hand
) -> None:
    lab.document.change_stimulus("up", center_y=0.0)
    tip = hand.grip(Handle.ROTATE)
    assert 0 < tip.y() < pane.canvas.height()


def test_a_double_click_on_a_word_edits_it(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    lab.document.change("word", stimulus=WORD)
    place = Hand(pane).at(SIDE / 2, SIDE / 2).toPoint()
    qtbot.mouseDClick(pane.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert pane.fields.word.word.selectedText() == "blue"
