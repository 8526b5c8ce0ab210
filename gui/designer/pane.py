"""The designer pane: canvas above, fields below, and their ties to the lab."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from core.base.errors import LabError
from core.stimuli.render import ink_bounds, lies_inside
from core.stimuli.stimulus import ObjectStimulus, PictureStimulus, WordStimulus
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.designer.canvas.canvas import DRAG_KEY, Canvas
from gui.designer.canvas.canvas_bar import CanvasBar
from gui.designer.canvas.drag_throttle import DragThrottle
from gui.designer.canvas.mime import holds_picture
from gui.designer.canvas.transfer import Transfer
from gui.designer.editor import StimulusEditor
from gui.designer.fields.fields import Fields
from gui.designer.fields.gallery import Gallery
from gui.designer.fields.geometry_form import STEP_NAMES
from gui.designer.fields.kind_tabs import KINDS, Kind, KindTabs

_FIGURE_ACTIONS = (
    "stimulus.randomize",
    "stimulus.swap-colors",
    "stimulus.center",
    "stimulus.fit-inside",
    "stimulus.reset-geometry",
)
_MOST_FOR_FIELDS = 0.46
_WIDE, _WIDE_RATIO = 1000, 1.3
"""Width, and width by height, from which on the fields stand beside the canvas."""
_FIELDS_BESIDE = (420, 0.4, 760)
"""Width of the fields beside the canvas: at least, as a share of the pane, at most."""
_MENU = (
    ("stimulus.copy-pixels", "stimulus.save-png"),
    ("stimulus.paste-picture", "stimulus.import-picture"),
    ("stimulus.center", "stimulus.fit-inside", "stimulus.reset-geometry"),
    ("view.zoom-fit", "view.zoom-in", "view.zoom-out"),
)


class DesignerPane(QWidget):
    """Designs the stimulus of a lab's document."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._split_by_user = False
        self.setAcceptDrops(True)
        self.editor = StimulusEditor(lab, self)
        self.throttle = DragThrottle(lab.inference, self)
        self.transfer = Transfer(lab, self)
        self.tabs = KindTabs(self)
        self.presets_button = QPushButton("Presets", self)
        self.presets_button.setProperty("role", "flat")
        self.presets_button.clicked.connect(self.open_gallery)
        self.gallery: Gallery | None = None
        self.canvas = Canvas(self)
        self.bar = CanvasBar(self.canvas, lab.theme, self)
        self._bind()
        self.fields = Fields(lab.actions, lab.theme, lab.settings.gray_spelling, self)
        lab.document_fields.append(TypedFields(self.fields, say=lab.say))
        self._arrange()
        self._connect()
        self._show_palette()
        self._show_all()
        self._follow_theme()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(10, 6, 10, 6)
        head.setSpacing(6)
        head.addWidget(self.tabs, 1)
        head.addWidget(self.presets_button)
        upper = QWidget(self)
        picture = QVBoxLayout(upper)
        picture.setContentsMargins(0, 0, 0, 0)
        picture.setSpacing(4)
        picture.addWidget(self.canvas, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 0, 10, 0)
        foot.addWidget(self.bar)
        picture.addLayout(foot)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.fields)
        self.splitter.splitterMoved.connect(self._keep_split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        lab, editor, canvas, fields = self._lab, self.editor, self.canvas, self.fields
        lab.view.changed.connect(self._show_all)
        lab.document.palette_changed.connect(lambda _palette: self._show_palette())
        lab.document.changed.connect(lambda new, _old: fields.tools.show_seed(new.seed))
        lab.document.replaced.connect(self._forget_drag)
        lab.settings_changed.connect(lambda settings: fields.word.set_gray(settings.gray_spelling))
        lab.theme.changed.connect(self._follow_theme)
        self.tabs.chosen.connect(self._choose_kind)
        canvas.edited.connect(self._edit_on_canvas)
        canvas.edit_ended.connect(self._end_canvas_edit)
        canvas.edit_canceled.connect(self._cancel_drag)
        canvas.word_wanted.connect(self._edit_word)
        canvas.menu_wanted.connect(self._open_menu)
        fields.shapes.chosen.connect(editor.make_shape)
        fields.word.word_edited.connect(editor.write)
        fields.word.font_chosen.connect(editor.set_font)
        fields.word.finished.connect(editor.end_step)
        fields.picture.open_wanted.connect(self.transfer.open_picture)
        fields.picture.paste_wanted.connect(self.transfer.paste)
        fields.figure.edited.connect(editor.set_figure_color)
        fields.background.edited.connect(editor.set_background_color)
        for section in (fields.figure, fields.background):
            section.finished.connect(editor.end_step)
            section.term_menu_wanted.connect(self._open_term_menu)
        fields.geometry_form.edited.connect(
            lambda field, value: editor.set_geometry(STEP_NAMES[field], field, value)
        )
        fields.geometry_form.finished.connect(editor.end_step)
        fields.tools.seed_edited.connect(editor.randomize_from)
        fields.palettes.chosen.connect(editor.set_palette)
        fields.palettes.edited.connect(
            lambda palette, merge: editor.set_palette(palette, merge, "edit palette")
        )
        fields.palettes.finished.connect(editor.end_step)

    def _bind(self) -> None:
        actions, editor, transfer = self._lab.actions, self.editor, self.transfer
        for kind in KINDS:
            actions.bind(f"stimulus.kind-{kind}", lambda kind=kind: self._choose_kind(kind))
        actions.bind("stimulus.randomize", editor.randomize)
        actions.bind("stimulus.swap-colors", editor.swap_colors)
        actions.bind("stimulus.center", editor.center)
        actions.bind("stimulus.fit-inside", editor.fit_inside)
        actions.bind("stimulus.reset-geometry", editor.reset_geometry)
        actions.bind("stimulus.presets", self.open_gallery)
        actions.bind("stimulus.import-picture", transfer.open_picture)
        actions.bind("stimulus.paste-picture", transfer.paste)
        actions.bind("stimulus.copy-pixels", transfer.copy)
        actions.bind("stimulus.save-png", transfer.save)
        actions.bind("view.zoom-in", lambda: self.canvas.zoom_step(1))
        actions.bind("view.zoom-out", lambda: self.canvas.zoom_step(-1))
        actions.bind("view.zoom-fit", self.canvas.zoom_to_fit)
        self.presets_button.setToolTip(actions["stimulus.presets"].toolTip())

    # ---- room ----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._split()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._split()

    def _split(self) -> None:
        """Share the room between canvas and fields, until the user decides.

        In a wide pane, as in a presentation, the fields stand beside the canvas; otherwise they get
        what they need below it, up to half of the room.
        """
        wide = self.width() >= max(_WIDE, _WIDE_RATIO * self.height())
        way = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if way != self.splitter.orientation():
            self.splitter.setOrientation(way)
            self._split_by_user = False
        if self._split_by_user:
            return
        if wide:
            least, share, most = _FIELDS_BESIDE
            room = self.splitter.width() - self.splitter.handleWidth()
            beside = min(max(least, round(share * room)), most)
            self.splitter.setSizes([room - beside, beside])
            return
        room = self.splitter.height() - self.splitter.handleWidth()
        below = min(self.fields.wanted_height(), round(room * _MOST_FOR_FIELDS))
        self.splitter.setSizes([room - below, below])

    def _keep_split(self) -> None:
        self._split_by_user = True

    # ---- showing ----

    def _show_all(self) -> None:
        """Show the stimulus as it is now."""
        view, fields = self._lab.view, self.fields
        stimulus = view.stimulus
        figure = None if isinstance(stimulus, PictureStimulus) else stimulus
        self.canvas.show_pixels(view.pixels)
        self.canvas.set_message(_message(view.error, view.reading))
        kind: Kind = "picture"
        if figure is None:
            self._put_frame(None)
        else:
            kind = "word" if isinstance(figure, WordStimulus) else "shape"
            self._put_frame(figure)
        self._show_kind(kind)
        palette = self._lab.document.state.palette
        if figure is not None:
            fields.figure.show_color(figure.figure_color, palette)
            fields.shapes.take(getattr(figure, "shape", None))
            if isinstance(figure, WordStimulus):
                fields.word.show_word(figure)
        fields.background.show_color(stimulus.background_color, palette)
        fields.picture.show_picture(
            stimulus if isinstance(stimulus, PictureStimulus) else None, view.picture, view.error
        )
        fields.tools.show_seed(self._lab.document.state.seed)
        for name in _FIGURE_ACTIONS:
            self._lab.actions.set_enabled(name, figure is not None)
        for name in ("stimulus.copy-pixels", "stimulus.save-png"):
            self._lab.actions.set_enabled(name, view.pixels is not None)

    def _put_frame(self, figure: ObjectStimulus | None) -> None:
        note = ""
        try:
            self.canvas.show_figure(figure)
            area = self._lab.view.area
            if figure is not None and area is not None:
                self.fields.geometry_form.show_figure(figure, area)
                note = _outside_note(figure)
        except LabError:  # the view says why; there is no outline to put a frame around
            self.canvas.show_figure(None)
        self.canvas.set_note(note)

    def _show_kind(self, kind: Kind) -> None:
        self.tabs.show_kind(kind)
        self.fields.show_kind(kind)

    def _show_palette(self) -> None:
        palette = self._lab.document.state.palette
        self.bar.set_palette(palette)
        self.fields.palettes.show_palette(palette)
        # Undoing an edit of a palette may leave the stimulus as it is.
        stimulus = self._lab.view.stimulus
        self.fields.background.show_color(stimulus.background_color, palette)
        if not isinstance(stimulus, PictureStimulus):
            self.fields.figure.show_color(stimulus.figure_color, palette)

    def _follow_theme(self) -> None:
        self.presets_button.setIcon(self._lab.theme.icon("gallery"))

    # ---- acting ----

    def _choose_kind(self, kind: str) -> None:
        if kind == "shape":
            if self.fields.kind != "shape":
                self.editor.make_shape()
        elif kind == "word":
            if self.fields.kind != "word":
                self.editor.make_word()
        elif not self.editor.make_picture():
            # Nothing to show yet: the page says how to get a picture, the stimulus stays.
            self._show_kind("picture")
            self.fields.picture.show_picture(None, None, None)
            return
        # Where the document already was of this kind, nothing told the tabs.
        self._show_all()

    def _edit_on_canvas(self, name: str, key: str, figure: ObjectStimulus) -> None:
        if key == DRAG_KEY:
            self.throttle.put(lambda: self.editor.put_figure(name, figure, key))
        else:
            self.editor.put_figure(name, figure, key)

    def _end_canvas_edit(self) -> None:
        self.throttle.flush()
        self.editor.end_step()

    def _forget_drag(self) -> None:
        self.throttle.drop()
        self.canvas.cancel_drag_silently()

    def _cancel_drag(self, figure: ObjectStimulus) -> None:
        self.throttle.drop()
        self.editor.put_figure("cancel", figure, DRAG_KEY)
        self.editor.end_step()

    def _edit_word(self) -> None:
        if isinstance(self._lab.view.stimulus, WordStimulus):
            self.fields.word.word.setFocus()
            self.fields.word.word.selectAll()

    def open_gallery(self) -> None:
        """Show the conditions of the paper."""
        if self.gallery is None:
            self.gallery = Gallery(self)
            self.gallery.chosen.connect(self.editor.use_preset)
        palette = self._lab.document.state.palette
        self.gallery.show_presets(palette, self._lab.settings.gray_spelling)
        self.gallery.open_at(self.presets_button)

    def _open_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for group in _MENU:
            if menu.actions():
                menu.addSeparator()
            for name in group:
                menu.addAction(self._lab.actions[name])
        menu.popup(position)

    def _open_term_menu(self, term: str, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(
            f"Change the color of “{term}”…", lambda: self.fields.palettes.open_editor(term)
        )
        menu.popup(position)

    # ---- dropping ----

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if holds_picture(event.mimeData()):
            event.acceptProposedAction()
            self.canvas.set_drop_hint(True)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if holds_picture(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.canvas.set_drop_hint(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.canvas.set_drop_hint(False)
        if holds_picture(event.mimeData()):
            event.acceptProposedAction()
            self.transfer.drop(event.mimeData())
        else:
            event.ignore()


def _message(error: LabError | None, reading: bool) -> str:
    if error is not None:
        return str(error)
    return "Reading the picture…" if reading else ""


def _outside_note(figure: ObjectStimulus) -> str:
    if lies_inside(figure):
        return ""
    left, top, right, bottom = ink_bounds(figure)
    if right <= 0.0 or bottom <= 0.0 or left >= 1.0 or top >= 1.0:
        return "The object lies outside the picture"
    return "The object is partly outside the picture"
