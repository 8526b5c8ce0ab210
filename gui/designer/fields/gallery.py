"""The conditions of the paper, one click each."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from core.color.terms import Palette
from core.stimuli.presets import StimulusPreset, stimulus_presets
from core.stimuli.render import render
from gui.designer.colors.popover import Popover
from gui.designer.fields.choices import name_font
from gui.widgets.build import column, label, scrolling
from gui.widgets.flow import FlowLayout
from gui.widgets.images import to_image

_PICTURE, _WIDTH, _HEIGHT = 72, 116, 126
_NAME_PIXELS = 11.5


class PresetButton(QToolButton):
    """One condition: its picture from the renderer itself, and its title."""

    def __init__(self, preset: StimulusPreset, parent: QWidget) -> None:
        super().__init__(parent)
        self.preset = preset
        self._picture = QLabel(self)
        self._picture.setFixedSize(_PICTURE + 2, _PICTURE + 2)
        self._picture.setStyleSheet("border: 1px solid palette(dark);")
        title = QLabel(preset.title, self)
        title.setFont(name_font(self.font(), _NAME_PIXELS))
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        title.setWordWrap(True)
        middle = (self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column(middle, (title, 1), spacing=2, margins=(3, 5, 3, 0), on=self)
        for part in (self._picture, title):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setToolTip(f"<b>{preset.title}</b><br>{preset.explanation}")
        self.setAccessibleName(f"{preset.group}: {preset.title}")
        self.setAccessibleDescription(preset.explanation)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def picture(self) -> QPixmap:
        """The stimulus."""
        return self._picture.pixmap()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def draw(self, palette: Palette, gray: str) -> None:
        """Render the picture anew, at the screen's own resolution."""
        scale = self.devicePixelRatioF()
        figure = self.preset.stimulus(palette, round(_PICTURE * scale), gray)
        image = to_image(render(figure))
        image.setDevicePixelRatio(scale)
        self._picture.setPixmap(QPixmap.fromImage(image))


class Gallery(Popover):
    """All presets, grouped by experiment.

    Signals
    -------
    chosen(preset)
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Preset stimuli")
        self.buttons: list[PresetButton] = []
        content = QWidget()
        self._column = column(spacing=4, margins=(0, 0, 6, 0), on=content)
        group, flow = None, None
        for preset in stimulus_presets():
            if preset.group != group or flow is None:
                group = preset.group
                self._column.addWidget(label(group, "heading", content))
                shelf = QWidget(content)
                flow = FlowLayout(shelf, gap=2)
                self._column.addWidget(shelf)
            button = PresetButton(preset, content)
            button.clicked.connect(lambda _=False, preset=preset: self._take(preset))
            flow.addWidget(button)
            self.buttons.append(button)
        hint = "A click sets the stimulus and the prompts; undo brings both back."
        self._column.addWidget(label(hint, "muted", content))
        self._area = scrolling(content, self)
        self.body.addWidget(self._area)

    def show_presets(self, palette: Palette, gray: str) -> None:
        """Draw all pictures in the colors of a palette."""
        for button in self.buttons:
            button.draw(palette, gray)

    def open_at(self, anchor: QWidget) -> None:
        available = anchor.screen().availableGeometry()
        width = min(4 * (_WIDTH + 2) + 6, available.width() - 60)
        height = self._column.heightForWidth(width)
        self._area.setFixedSize(width + 12, min(height + 4, available.height() - 120))
        super().open_at(anchor)
        self.buttons[0].setFocus()

    def _take(self, preset: StimulusPreset) -> None:
        self.close()
        self.chosen.emit(preset)
