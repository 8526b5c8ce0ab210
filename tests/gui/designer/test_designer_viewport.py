"""The canvas's arithmetic: enlargement, zoom, frame and gestures, without a window."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stimuli.coverage import bounds
from core.stimuli.render import figure_outline, ink_bounds, lies_inside
from core.stimuli.stimulus import SHAPES, ShapeStimulus, WordStimulus
from gui.designer.canvas.overlay import Frame, Handle, Viewport, enlarged, fit_zoom, next_zoom, turn
from gui.designer.edits import Gesture, Modifiers, fitted_inside, next_seed, upright
from tests.support.designer import SQUARE, WORD

NONE = Modifiers()


def test_whole_zoom_repeats_every_pixel_exactly() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 7, 3), dtype=np.uint8)
    part = enlarged(pixels, 35, slice(0, 35), slice(0, 35))
    assert np.array_equal(part, np.kron(pixels, np.ones((5, 5, 1), dtype=np.uint8)))


@given(side=st.integers(1, 40), zoom=st.floats(0.3, 9.0), seed=st.integers(0, 99))
def test_any_zoom_shows_only_colors_of_the_picture_each_in_its_place(
    side: int, zoom: float, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    extent = max(1, round(side * zoom))
    part = enlarged(pixels, extent, slice(0, extent), slice(0, extent))
    for row in (0, extent // 3, extent - 1):
        for column in (0, extent // 2, extent - 1):
            source = pixels[
                min(int((row + 0.5) * side / extent), side - 1),
                min(int((column + 0.5) * side / extent), side - 1),
            ]
            assert np.array_equal(part[row, column], source)


def test_a_part_is_cut_from_the_whole() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    whole = enlarged(pixels, 50, slice(0, 50), slice(0, 50))
    assert np.array_equal(enlarged(pixels, 50, slice(11, 31), slice(5, 44)), whole[11:31, 5:44])


def test_fit_takes_a_whole_zoom_where_that_fills_most_of_the_room() -> None:
    assert fit_zoom(96, 400) == 4.0
    assert fit_zoom(224, 300) == pytest.approx(300 / 224)
    assert fit_zoom(224, 100) == pytest.approx(100 / 224)


def test_zoom_steps_lead_out_of_any_zoom_and_stop_at_the_ends() -> None:
    assert next_zoom(1.34, 1) == 2
    assert next_zoom(1.34, -1) == 1
    assert next_zoom(64, 1) == 64
    assert next_zoom(0.25, -1) == 0.25


@given(x=st.floats(-1, 2), y=st.floats(-1, 2), scale=st.sampled_from([1.0, 1.25, 2.0]))
def test_widget_and_picture_coordinates_are_inverse(x: float, y: float, scale: float) -> None:
    view = Viewport.fitted(96, 417, 333, scale)
    back = view.to_picture(*view.to_widget((x, y)))
    assert back == pytest.approx((x, y), abs=1e-9)


def test_the_pixel_under_a_position_is_none_outside() -> None:
    view = Viewport(side=10, zoom=3.0, left=5, top=7)
    assert view.pixel_at(5, 7) == (0, 0)
    assert view.pixel_at(34.9, 36.9) == (9, 9)
    assert view.pixel_at(4.9, 7) is None
    assert view.pixel_at(35.1, 20) is None


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rotation", [0.0, 33.0, -120.0])
def test_the_frame_is_the_rotated_ink_box(shape, rotation: float) -> None:
    """Turning the outline back by the angle gives the frame's half sides exactly."""
    figure = msgspec.structs.replace(
        ShapeStimulus(shape=shape, figure_color=(0, 0, 0), background_color=(255, 255, 255)),
        center_x=0.4,
        center_y=0.7,
        size=0.37,
        rotation=rotation,
    )
    frame = Frame.of(figure)
    center = np.array(frame.center) * figure.side
    turned = [
        np.array([turn(x, y, -rotation) for x, y in contour - center])
        for contour in figure_outline(figure)
    ]
    left, top, right, bottom = (value / figure.side for value in bounds(turned))
    assert (right, bottom) == pytest.approx((frame.half_width, frame.half_height), abs=1e-9)
    assert (left, top) == pytest.approx((-frame.half_width, -frame.half_height), abs=1e-9)


def test_a_positive_angle_turns_counter_clockwise_on_the_screen() -> None:
    frame = Frame((0.5, 0.5), 0.2, 0.1, 90.0)
    assert frame.point(Handle.RIGHT) == pytest.approx((0.5, 0.3))


@given(
    handle=st.sampled_from([handle for handle in Handle if handle.scales]),
    rotation=st.floats(-180, 180),
    factor=st.floats(0.3, 2.5),
)
def test_scaling_keeps_the_opposite_handle_and_the_aspect(
    handle: Handle, rotation: float, factor: float
) -> None:
    figure = msgspec.structs.replace(WORD, rotation=rotation)
    frame = Frame.of(figure)
    across, down = handle.value
    anchor, grip = frame.at(-across, -down), frame.point(handle)
    pointer = tuple(a + (g - a) * factor for a, g in zip(anchor, grip, strict=True))
    scaled = Gesture(handle, figure, grip).to(pointer, NONE, 0.0).figure
    after = Frame.of(scaled)
    assert scaled.size == pytest.approx(figure.size * factor)
    assert after.at(-across, -down) == pytest.approx(anchor, abs=1e-9)
    assert scaled.rotation == rotation


def test_scaling_with_ctrl_keeps_the_center_and_never_turns_inside_out() -> None:
    grip = Frame.of(SQUARE).point(Handle.BOTTOM_RIGHT)
    gesture = Gesture(Handle.BOTTOM_RIGHT, SQUARE, grip)
    center = (SQUARE.center_x, SQUARE.center_y)
    scaled = gesture.to((1.0, 0.9), Modifiers(from_center=True), 0.0).figure
    assert (scaled.center_x, scaled.center_y) == center
    assert scaled.size > SQUARE.size
    through = gesture.to((-1.0, -1.0), NONE, 0.0).figure
    assert through.size == pytest.approx(0.02)


def test_rotation_follows_the_pointer_and_shift_takes_steps_of_15() -> None:
    gesture = Gesture(Handle.ROTATE, SQUARE, (0.4, 0.1))
    right = (0.6, 0.3)  # from above the center to the right of it: clockwise
    assert gesture.to(right, NONE, 0.0).figure.rotation == pytest.approx(-90.0)
    tilted = (0.4 + 0.2 * math.sin(math.radians(-20)), 0.3 - 0.2 * math.cos(math.radians(20)))
    assert gesture.to(tilted, NONE, 0.0).figure.rotation == pytest.approx(20.0)
    assert gesture.to(tilted, Modifiers(constrain=True), 0.0).figure.rotation == 15.0


def test_a_move_snaps_to_the_center_lines_unless_alt_is_held() -> None:
    gesture = Gesture(Handle.BODY, SQUARE, (0.4, 0.3))
    near = (0.49, 0.515)
    snapped = gesture.to(near, NONE, 0.02)
    assert (snapped.figure.center_x, snapped.figure.center_y) == (0.5, 0.5)
    assert (snapped.guide_x, snapped.guide_y) == (True, True)
    free = gesture.to(near, Modifiers(free=True), 0.02)
    assert (free.figure.center_x, free.figure.center_y) == pytest.approx(near)
    assert (free.guide_x, free.guide_y) == (False, False)


@given(
    word=st.booleans(),
    x=st.floats(-1, 2),
    y=st.floats(-1, 2),
    size=st.floats(0.02, 4),
    rotation=st.floats(-180, 180),
)
def test_r28_bringing_a_figure_inside_leaves_nothing_outside(
    word: bool, x: float, y: float, size: float, rotation: float
) -> None:
    figure: ShapeStimulus | WordStimulus = WORD if word else SQUARE
    figure = msgspec.structs.replace(figure, center_x=x, center_y=y, size=size, rotation=rotation)
    inside = fitted_inside(figure)
    assert lies_inside(inside)
    assert inside.rotation == rotation
    if lies_inside(figure):
        assert inside == figure
    left, top, right, bottom = ink_bounds(figure)
    if max(right - left, bottom - top) <= 1.0:
        assert inside.size == size


def test_angles_are_shown_upright_and_seeds_go_round() -> None:
    assert upright(725.0) == 5.0
    assert upright(180.0) == 180.0
    assert upright(-180.0) == 180.0
    assert next_seed(2**63 - 1) == 0
    assert next_seed(41) == 42
