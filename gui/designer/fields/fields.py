"""The scrolling part of the designer: every parameter of the stimulus as a field."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.context.actions import Actions
from gui.designer.colors.color_section import ColorSection
from gui.designer.colors.palette_bar import PaletteBar
from gui.designer.colors.tools import Tools
from gui.designer.fields.geometry_form import GeometryForm
from gui.designer.fields.picture_form import PictureForm
from gui.designer.fields.shape_chooser import ShapeChooser
from gui.designer.fields.word_form import WordForm
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, column

Kind = Literal["shape", "word", "picture"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_SPACING = 10


class Fields(QScrollArea):
    """Arranges the forms; it knows no document."""

    def __init__(
        self, actions: Actions, theme: Theme, gray: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(120)
        self._content = content = QWidget()
        self.shapes = ShapeChooser(content)
        self.word = WordForm(gray, content)
        self.picture = PictureForm(content)
        self._pages: dict[str, QWidget] = {
            "shape": self.shapes,
            "word": self.word,
            "picture": self.picture,
        }
        self.figure = ColorSection("Object", content)
        self.background = ColorSection("Background", content)
        self.tools = Tools(actions, theme, content)
        self.geometry_form = GeometryForm(actions, content)
        self.palettes = PaletteBar(content)
        self._forms = (
            self.figure,
            self.background,
            self.tools,
            self.geometry_form,
            self.palettes,
        )
        self._column = column(
            *self._pages.values(),
            *self._forms,
            STRETCH,
            spacing=_SPACING,
            margins=(10, 8, 10, 10),
            on=content,
        )
        self.setWidget(content)
        self.kind = "shape"
        self.show_kind(self.kind)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the widest form: nothing is scrolled sideways, so it would be cut."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, self.minimumHeight())

    def show_kind(self, kind: str) -> None:
        """Show the fields of a kind of stimulus."""
        self.kind = kind
        for name, page in self._pages.items():
            page.setVisible(name == kind)
        is_figure = kind != "picture"
        for part in (self.figure, self.tools, self.geometry_form):
            part.setVisible(is_figure)
        self.figure.title.setText("Font color" if kind == "word" else "Object")
        self.background.title.setToolTip(
            "" if is_figure else "What transparent parts of the picture are put on"
        )

    def wanted_height(self) -> int:
        """Height at which nothing needs to be scrolled, whatever the kind of figure.

        It is the same for shapes and words, so that the canvas keeps its size between them.
        """
        margins = self._column.contentsMargins()
        width = self.viewport().width() - margins.left() - margins.right()
        page = max(_height(self.shapes, width), _height(self.word, width))
        forms = sum(_height(form, width) + _SPACING for form in self._forms)
        return margins.top() + page + forms + margins.bottom()


def _height(widget: QWidget, width: int) -> int:
    layout = widget.layout()
    if layout is not None and layout.hasHeightForWidth():
        return layout.totalHeightForWidth(width)
    return widget.sizeHint().height()
