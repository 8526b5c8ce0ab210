"""Below the canvas: the pixel under the pointer, and the zoom."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from core.color.terms import CSS, Palette
from gui.designer.canvas.canvas import GRID_ZOOM, Canvas
from gui.look.theme import Theme, number_font
from gui.widgets.build import row


class CanvasBar(QWidget):
    """Read-out and zoom controls of a canvas."""

    def __init__(self, canvas: Canvas, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._theme = theme
        self._palette: Palette = CSS
        self.patch = QLabel(self)
        self.patch.setFixedSize(14, 14)
        self.read_out = QLabel(self)
        self.read_out.setProperty("role", "number")
        self.read_out.setFont(number_font())
        self.read_out.setAccessibleName("Pixel under the pointer")
        self.read_out.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
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
        theme.changed.connect(self._set_icons)
        self._set_icons()
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
            self.read_out.setText(f"{side} × {side} pixels" if side else "")
            self.read_out.setToolTip("What the model gets")
            return
        column, row = pixel
        red, green, blue = (int(value) for value in pixels[row, column])
        term = self._palette.term_of((red, green, blue))
        name = f" {term}" if term else ""
        self.read_out.setText(f"x {column}  y {row}  sRGB {red}, {green}, {blue}{name}")
        patch = QPixmap(14, 14)
        patch.fill(self._theme.color("border_strong"))
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

    def _set_icons(self) -> None:
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
