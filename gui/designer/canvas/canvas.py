"""The canvas: the model's pixels enlarged without smoothing, and handles drawn over them.

The canvas holds no document. It is given pixels and a figure, and says what the user's pointer or
keys make of the figure; who owns the document decides what becomes of that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from core.color.terms import CSS, Palette
from core.stimuli.stimulus import ObjectStimulus
from gui.designer.canvas.overlay import (
    Frame,
    FrameOnScreen,
    Handle,
    Point,
    Viewport,
    cursor_for,
    draw_border,
    draw_frame,
    draw_grid,
    draw_guides,
    draw_pill,
    draw_text,
    enlarged,
    fit_zoom,
    next_zoom,
)
from gui.designer.edits import Gesture, Modifiers, key_edit
from gui.look.theme import Theme, number_font
from gui.widgets.build import row
from gui.widgets.elided_label import ReadOut

MARGIN = 20  # widget units of mat around a fitted picture; holds the note
_SNAP = 6.0
_DRAG_START = 3.0
DRAG_KEY = "canvas-drag"
"""Merge key of the edits of one drag; see `Canvas.edited`."""
GRID_ZOOM = 6.0
_DROP_HINT = "Drop to use this picture"
_MAT_LIGHT, _MAT_DARK = QColor(176, 176, 176), QColor(72, 72, 72)


class Canvas(QWidget):
    """Shows a picture and edits the figure in it.

    Attributes
    ----------
    pixels : NDArray[np.uint8] or None
        The picture as it was given.
    guides : tuple[bool, bool]
        Whether the figure has snapped to the vertical and the horizontal center line.

    Signals
    -------
    edited : name, key, figure
        The pointer or a key made a new figure. Edits of the same key belong to one undo step.
    edit_ended
        The pointer or key was released: the step is done.
    edit_canceled : figure
        Escape during a drag; the figure is the one to go back to.
    hovered : tuple or None
        Column and row of the pixel under the pointer.
    zoom_changed
        Zoom or place of the picture changed.
    word_wanted
        The figure was double-clicked.
    """

    edited = Signal(str, str, object)
    edit_ended = Signal()
    edit_canceled = Signal(object)
    hovered = Signal(object)
    zoom_changed = Signal()
    word_wanted = Signal()
    menu_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stimulusCanvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Stimulus canvas")
        self.setAccessibleDescription(
            "The picture the model gets. Arrow keys move the object by a pixel, with Shift by ten; "
            "plus and minus scale it; square brackets rotate it; Escape cancels a drag."
        )
        self.pixels: NDArray[np.uint8] | None = None
        self._figure: ObjectStimulus | None = None
        self._frame: Frame | None = None
        self.view = Viewport(1, 1.0, 0, 0)
        self._zoom: float | None = None  # None: fitted
        self._middle: Point = (0.5, 0.5)
        self._gesture: Gesture | None = None
        self._press = QPointF()
        self._pointer: QPointF | None = None
        self.is_dragging = False
        self.guides = (False, False)
        self._panned_from: tuple[QPointF, Point] | None = None
        self.grid = self._bare = False
        self.note, self._message, self._drop_hint = "", "", False
        self._cache: tuple[object, QImage, QRect] | None = None

    # ---- what is shown ----

    def sizeHint(self) -> QSize:
        return QSize(400, 340)

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a picture, uint8, shape (side, side, 3), sRGB; None for none."""
        old_side = None if self.pixels is None else self.pixels.shape[0]
        self.pixels = pixels
        self._cache = None
        if pixels is not None and pixels.shape[0] != old_side:
            self._lay_out()
        self._report_pointer()
        self.update()

    def show_figure(self, figure: ObjectStimulus | None) -> None:
        """Put the frame around a figure; None takes it away.

        Raises
        ------
        FontError
            If a word cannot be drawn in its font.
        """
        self._frame = None if figure is None else Frame.of(figure)
        self._figure = figure
        if figure is None and self._gesture is not None:
            self._end_gesture()
            self.edit_ended.emit()
        self._update_cursor()
        self.update()

    def set_note(self, note: str) -> None:
        """A remark on the figure, on the mat above the picture; empty for none."""
        if note != self.note:
            self.note = note
            self.update()

    def set_bare(self, bare: bool) -> None:
        """For pictures of it: nothing over the pixels, and no trace of the screen's scale."""
        self._bare = bare
        self._lay_out()
        self.update()

    def _ratio(self) -> float:
        """Device pixels a widget unit."""
        return 1.0 if self._bare else self.devicePixelRatioF()

    def set_message(self, message: str) -> None:
        """What to say in the picture's place while there is none."""
        if message != self._message:
            self._message = message
            self.update()

    def set_drop_hint(self, shown: bool) -> None:
        """Say that what hovers over the pane can be dropped."""
        self._drop_hint = shown
        self.update()

    def frame_on_screen(self) -> FrameOnScreen | None:
        """The frame in widget coordinates, None without a figure."""
        if self._frame is None:
            return None
        return FrameOnScreen(self._frame, self.view, float(self.height()))

    # ---- zoom ----

    @property
    def zoom(self) -> float:
        """Device pixels a picture pixel."""
        return self.view.zoom

    @property
    def is_fitted(self) -> bool:
        return self._zoom is None

    def zoom_to_fit(self) -> None:
        self._zoom, self._middle = None, (0.5, 0.5)
        self._lay_out()

    def zoom_step(self, direction: int, at: QPointF | None = None) -> None:
        """One step in (+1) or out (-1), keeping the point `at` where it is."""
        if self.pixels is None:
            return
        place = at or QPointF(self.width() / 2, self.height() / 2)
        held = self.view.to_picture(place.x(), place.y())
        self._zoom = next_zoom(self.view.zoom, direction)
        extent = self.pixels.shape[0] * self._zoom / self.view.scale
        self._middle = _kept(
            held[0] + (self.width() / 2 - place.x()) / extent,
            held[1] + (self.height() / 2 - place.y()) / extent,
        )
        self._lay_out()

    def set_grid(self, shown: bool) -> None:
        """Draw the pixel grid, where the zoom leaves room for it."""
        self.grid = shown
        self.update()

    def _lay_out(self) -> None:
        if self.pixels is None:
            return
        side, scale = self.pixels.shape[0], self._ratio()
        zoom = self._zoom
        if zoom is not None:
            zoom *= scale / self.devicePixelRatioF()
        if zoom is None:
            space = min(self.width(), self.height()) - 2 * MARGIN
            zoom = fit_zoom(side, space * scale)
        self.view = Viewport.zoomed(side, zoom, self.width(), self.height(), scale, self._middle)
        self._cache = None
        self.zoom_changed.emit()
        self._report_pointer()
        self.update()

    # ---- painting ----

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self.view.scale != self._ratio():
            self._lay_out()
        with QPainter(self) as painter:
            palette = self.palette()
            painter.fillRect(self.rect(), self.mat_color())
            if self.pixels is not None:
                self._draw_pixels(painter, self.pixels)
                draw_border(painter, self.view)
                if self.grid and self.view.zoom >= GRID_ZOOM:
                    draw_grid(painter, self.view, QRectF(self.rect()))
            accent = palette.color(QPalette.ColorRole.Highlight)
            frame = None if self._bare else self.frame_on_screen()
            if frame is not None:
                draw_guides(painter, self.view, *self.guides, accent)
                draw_frame(painter, frame, accent)
            box = QRectF(self.rect())
            if self.pixels is None and self._message:
                draw_text(painter, box.adjusted(24, 24, -24, -24), self._message, palette)
            if self.note:
                draw_pill(painter, QPointF(box.center().x(), 0.5), self.note, palette)
            if self._drop_hint:
                draw_pill(painter, QPointF(box.center().x(), box.center().y()), _DROP_HINT, palette)
            if (self.hasFocus() or self._drop_hint) and not self._bare:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(accent, 2))
                painter.drawRect(box.adjusted(1, 1, -1, -1))

    def mat_color(self) -> QColor:
        """The neutral gray around the picture, of the theme's lightness."""
        window = self.palette().color(QPalette.ColorRole.Window)
        return _MAT_DARK if window.lightness() < 128 else _MAT_LIGHT

    def _draw_pixels(self, painter: QPainter, pixels: NDArray[np.uint8]) -> None:
        view = self.view
        if self._cache is None or self._cache[0] is not pixels:
            width, height = round(self.width() * view.scale), round(self.height() * view.scale)
            left, top = max(0, -view.left), max(0, -view.top)
            right, bottom = (
                min(view.extent, width - view.left),
                min(view.extent, height - view.top),
            )
            if right <= left or bottom <= top:
                return
            part = enlarged(pixels, view.extent, slice(top, bottom), slice(left, right))
            image = QImage(
                part.data,
                part.shape[1],
                part.shape[0],
                part.strides[0],
                QImage.Format.Format_RGB888,
            ).copy()
            image.setDevicePixelRatio(view.scale)
            place = QRect(view.left + left, view.top + top, part.shape[1], part.shape[0])
            self._cache = (pixels, image, place)
        _, image, place = self._cache
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QPointF(place.x() / view.scale, place.y() / view.scale), image)

    # ---- pointer ----

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = (event.position(), self._middle)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        frame = self.frame_on_screen()
        if event.button() != Qt.MouseButton.LeftButton or frame is None or self._figure is None:
            return
        handle = frame.hit(event.position())
        if handle is not None:
            self._press = event.position()
            pressed = self.view.to_picture(self._press.x(), self._press.y())
            self._gesture = Gesture(handle, self._figure, pressed)
            self.is_dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        self._report_pointer()
        if self._panned_from is not None:
            start, middle = self._panned_from
            way = event.position() - start
            self._zoom = self.view.zoom
            self._middle = _kept(
                middle[0] - self.view.length(way.x()), middle[1] - self.view.length(way.y())
            )
            self._lay_out()
        elif self._gesture is None:
            self._update_cursor()
        else:
            way = event.position() - self._press
            if self.is_dragging or max(abs(way.x()), abs(way.y())) >= _DRAG_START:
                self.is_dragging = True
                self._drag(self._gesture, event.modifiers())

    def _drag(self, gesture: Gesture, keys: Qt.KeyboardModifier) -> None:
        if self._pointer is None:
            return
        modifiers = Modifiers(
            constrain=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            free=bool(keys & Qt.KeyboardModifier.AltModifier),
            from_center=bool(keys & Qt.KeyboardModifier.ControlModifier),
        )
        pointer = self.view.to_picture(self._pointer.x(), self._pointer.y())
        dragged = gesture.to(pointer, modifiers, self.view.length(_SNAP))
        self.guides = (dragged.guide_x, dragged.guide_y)
        self.update()
        self.edited.emit(gesture.name, DRAG_KEY, dragged.figure)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = None
            self._update_cursor()
        elif event.button() == Qt.MouseButton.LeftButton and self._gesture is not None:
            was_dragging = self.is_dragging
            self._end_gesture()
            if was_dragging:
                self.edit_ended.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        frame = self.frame_on_screen()
        if frame is not None and frame.hit(event.position()) is Handle.BODY:
            self.word_wanted.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._report_pointer()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.zoom_step(1 if event.angleDelta().y() > 0 else -1, event.position())
            event.accept()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())

    def cancel_drag(self) -> bool:
        """Give back the figure as it was before the drag; False if there is none."""
        if self._gesture is None:
            return False
        start, was_dragging = self._gesture.start, self.is_dragging
        self._end_gesture()
        if was_dragging:
            self.edit_canceled.emit(start)
        return True

    def cancel_drag_silently(self) -> None:
        """Let go of the figure: the document it belonged to is gone."""
        self._end_gesture()

    def _end_gesture(self) -> None:
        self._gesture, self.is_dragging, self.guides = None, False, (False, False)
        self._update_cursor()
        self.update()

    def _update_cursor(self) -> None:
        if self._gesture is not None or self._panned_from is not None:
            return
        frame = self.frame_on_screen()
        handle = None
        if frame is not None and self._pointer is not None:
            handle = frame.hit(self._pointer)
        self.setCursor(cursor_for(handle, frame.frame.rotation if frame else 0.0))

    def _report_pointer(self) -> None:
        pixel = None
        if self._pointer is not None and self.pixels is not None:
            pixel = self.view.pixel_at(self._pointer.x(), self._pointer.y())
        self.hovered.emit(pixel)

    # ---- keys ----

    def event(self, event: QEvent) -> bool:
        # Escape belongs to the drag while one is going on, not to a shortcut of the window.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self._gesture is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.cancel_drag():
            return
        if self._figure is None or self._gesture is not None:
            super().keyPressEvent(event)
            return
        edit = key_edit(self._figure, event.key(), event.modifiers())
        if edit is None:
            super().keyPressEvent(event)
            return
        self.edited.emit(edit.name, f"canvas-key {edit.name}", edit.figure)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and self._gesture is None and self._figure is not None:
            if key_edit(self._figure, event.key(), event.modifiers()) is not None:
                self.edit_ended.emit()
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._gesture is None:
            self.edit_ended.emit()  # the release of a key that is still held goes elsewhere
        self.update()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()
        super().resizeEvent(event)


def _kept(x: float, y: float) -> Point:
    """The middle of the view, kept on the picture."""
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)


class CanvasBar(QWidget):
    """Read-out and zoom controls of a canvas."""

    def __init__(self, canvas: Canvas, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._theme = theme
        self._palette: Palette = CSS
        self.patch = QLabel(self)
        self.patch.setFixedSize(14, 14)
        self.read_out = ReadOut("number", "Pixel under the pointer", parent=self)
        self.read_out.label.setFont(number_font())
        self.out = self._button("minus", "Zoom out (Ctrl+wheel)")
        self.zoom = QLabel(self)
        self.zoom.setProperty("role", "number")
        self.zoom.setFont(number_font())
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zoom.setMinimumWidth(self.zoom.fontMetrics().horizontalAdvance("16.88×") + 4)
        self.into = self._button("plus", "Zoom in (Ctrl+wheel)")
        self.fit = self._button("", "Show the whole picture, as large as there is room")
        self.fit.setText("Fit")
        self.fit.setCheckable(True)
        self.grid = self._button("", "Show the borders between pixels at high zoom")
        self.grid.setText("Grid")
        self.grid.setCheckable(True)
        buttons = self.out, self.zoom, self.into, self.fit, self.grid
        row(self.patch, (self.read_out, 1), *buttons, spacing=4, on=self)
        self.out.clicked.connect(lambda: canvas.zoom_step(-1))
        self.into.clicked.connect(lambda: canvas.zoom_step(1))
        self.fit.clicked.connect(canvas.zoom_to_fit)
        self.grid.toggled.connect(canvas.set_grid)
        canvas.hovered.connect(self._show_pixel)
        canvas.zoom_changed.connect(self._show_zoom)
        theme.changed.connect(self._take_theme)
        self._take_theme()
        self._show_pixel(None)
        self._show_zoom()

    def set_palette(self, palette: Palette) -> None:
        """What the names of exact colors are."""
        self._palette = palette

    def _show_pixel(self, pixel: tuple[int, int] | None) -> None:
        pixels = self._canvas.pixels
        if pixel is None or pixels is None:
            self.patch.hide()
            side = 0 if pixels is None else pixels.shape[0]
            text = f"{side} × {side} pixels" if side else ""
            self.read_out.show_text(text, "What the model gets")
            return
        column, row = pixel
        red, green, blue = (int(value) for value in pixels[row, column])
        term = self._palette.term_of((red, green, blue))
        name = f" {term}" if term else ""
        self.read_out.show_text(f"x {column}  y {row}  sRGB {red}, {green}, {blue}{name}")
        patch = QPixmap(14, 14)
        patch.fill(self._edge)
        with QPainter(patch) as painter:
            painter.fillRect(1, 1, 12, 12, QColor(red, green, blue))
        self.patch.setPixmap(patch)
        self.patch.show()

    def _show_zoom(self) -> None:
        zoom = self._canvas.zoom
        text = f"{zoom:.2f}".rstrip("0").rstrip(".")
        self.zoom.setText(f"{text}×")
        self.zoom.setToolTip(f"{text} screen pixels for one pixel of the picture")
        self.fit.setChecked(self._canvas.is_fitted)
        self.grid.setEnabled(zoom >= GRID_ZOOM)
        self._show_pixel(None) if self._canvas.pixels is None else None

    def _take_theme(self) -> None:
        self._edge = self._theme.color("border_strong")
        self.out.setIcon(self._theme.icon("minus"))
        self.into.setIcon(self._theme.icon("plus"))

    def _button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.setIconSize(QSize(14, 14))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setObjectName(f"canvas-{icon or tip.split()[1]}")
        return button
