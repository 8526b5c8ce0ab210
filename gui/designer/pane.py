"""The designer pane: canvas above, fields below, and their ties to the lab."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMenu, QSplitter, QWidget

from core.base.errors import LabError
from core.document.document import LabDocument
from core.stimuli.render import ink_bounds, lies_inside
from core.stimuli.stimulus import ObjectStimulus, PictureStimulus, Stimulus, WordStimulus
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.designer.canvas.canvas import DRAG_KEY, Canvas, CanvasBar
from gui.designer.canvas.transfer import Transfer, holds_picture
from gui.designer.editor import StimulusEditor
from gui.designer.fields.fields import KINDS, Fields, Kind
from gui.designer.fields.gallery import Gallery
from gui.designer.fields.geometry_form import STEP_NAMES
from gui.jobs.inference import Answer, Inference
from gui.widgets.build import button, column, once, row
from gui.widgets.segments import Segments

LONGEST_WAIT = 100
"""Milliseconds after which a move is passed on without an answer to the one before."""

DRAWING_TIME = 16
"""Milliseconds for the bars to be painted and seen: one frame of a common screen."""

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


class DragThrottle(QObject):
    """Keeps a drag in step with the model, so that the bars follow the figure while it moves.

    The pointer reports more places a second than a model answers, and an answer that comes late is
    never shown: with every move passed on at once, the bars would stand still until the hand does.
    So a move waits until the one before has been answered and drawn, and only the latest waiting
    move counts. A model too slow for that is not waited for: then the figure goes smoothly, and
    the bars follow at the end.
    """

    def __init__(self, inference: Inference, parent: QObject) -> None:
        super().__init__(parent)
        self._inference = inference
        self._waiting: Callable[[], object] | None = None
        self._passed_at = 0.0
        self._answer_milliseconds = 0.0
        self._timer = once(0, self.flush, self)
        inference.answered.connect(self._on_answered)

    def put(self, move: Callable[[], object]) -> None:
        """Pass a move on now or soon; it takes the place of one that still waits."""
        self._waiting = move
        waited = 1000.0 * (time.monotonic() - self._passed_at)
        if self._timer.isActive() and waited < LONGEST_WAIT:
            return  # the answer before is being drawn, or awaited
        if self._inference.busy and waited < LONGEST_WAIT and self._keeps_up():
            self._timer.start(round(LONGEST_WAIT - waited))
            return
        self.flush()

    def flush(self) -> None:
        """Pass on the move that waits, if any."""
        self._timer.stop()
        move, self._waiting = self._waiting, None
        if move is not None:
            self._passed_at = time.monotonic()
            move()

    def drop(self) -> None:
        """Forget the move that waits."""
        self._timer.stop()
        self._waiting = None

    def _keeps_up(self) -> bool:
        return self._answer_milliseconds <= LONGEST_WAIT

    def _on_answered(self, answer: Answer) -> None:
        self._answer_milliseconds = answer.milliseconds
        if self._keeps_up():
            self._timer.start(DRAWING_TIME)


class DesignerPane(QWidget):
    """Designs the stimulus of a lab's document."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._split_by_user = False
        self._fields_behind = False
        self.setAcceptDrops(True)
        self.editor = StimulusEditor(lab, self)
        self.throttle = DragThrottle(lab.inference, self)
        self.transfer = Transfer(lab, self)
        self.tabs = Segments([(kind, kind.capitalize(), "") for kind in KINDS], self)
        self.tabs.setAccessibleName("Kind of stimulus")
        for kind, tab in self.tabs.buttons.items():
            tab.setAccessibleName(f"Kind: {kind}")
        self.presets_button = button("Presets", "", self.open_gallery, self, role="flat")
        self.gallery: Gallery | None = None
        self.canvas = Canvas(self)
        self.bar = CanvasBar(self.canvas, lab.theme, self)
        self._bind()
        self.fields = Fields(lab.actions, lab.theme, lab.settings.gray_spelling, self)
        lab.document_fields.append(TypedFields(self.fields, say=lab.say))
        self._arrange()
        self._connect()
        self._show_palette()
        self._show_stimulus()
        self.fields.tools.show_seed(lab.document.state.seed)
        self._follow_theme()

    def _arrange(self) -> None:
        head = row((self.tabs, 1), self.presets_button, margins=(10, 6, 10, 6))
        upper = QWidget(self)
        foot = row(self.bar, margins=(10, 0, 10, 0))
        column((self.canvas, 1), foot, spacing=4, on=upper)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.fields)
        self.splitter.splitterMoved.connect(self._keep_split)
        column(head, (self.splitter, 1), spacing=0, on=self)

    def _connect(self) -> None:
        lab, editor, canvas, fields = self._lab, self.editor, self.canvas, self.fields
        lab.edited.connect(self._on_edited)
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

    def _on_edited(self, new: LabDocument, old: LabDocument) -> None:
        self.editor.remember(new.stimulus)
        if new.palette != old.palette:
            self._show_palette()
        if new is old or new.stimulus != old.stimulus:
            self._show_stimulus(dragging=self.canvas.is_dragging)
        if new.seed != old.seed:
            self.fields.tools.show_seed(new.seed)

    def _show_stimulus(self, dragging: bool = False) -> None:
        """Show the stimulus as it is now; a drag changes no more than the place of its figure."""
        view = self._lab.view
        stimulus = view.stimulus
        figure = None if isinstance(stimulus, PictureStimulus) else stimulus
        self.canvas.show_pixels(view.pixels)
        self.canvas.set_message(_message(view.error, view.reading))
        self._put_frame(figure)
        self._fields_behind = dragging and figure is not None
        if not self._fields_behind:
            self._show_fields(stimulus, figure)

    def _show_fields(self, stimulus: Stimulus, figure: ObjectStimulus | None) -> None:
        view, fields = self._lab.view, self.fields
        kind: Kind = "picture"
        if figure is not None:
            kind = "word" if isinstance(figure, WordStimulus) else "shape"
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
        self.tabs.show_name(kind)
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
        self._show_stimulus()

    def _edit_on_canvas(self, name: str, key: str, figure: ObjectStimulus) -> None:
        if key == DRAG_KEY:
            self.throttle.put(lambda: self.editor.put_figure(name, figure, key))
        else:
            self.editor.put_figure(name, figure, key)

    def _end_canvas_edit(self) -> None:
        self.throttle.flush()
        self.editor.end_step()
        if self._fields_behind:
            self._show_stimulus()

    def _forget_drag(self) -> None:
        self.throttle.drop()
        self.canvas.cancel_drag_silently()
        if self._fields_behind:
            self._show_stimulus()

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
