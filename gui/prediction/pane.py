"""The prediction pane: cards, labels, footer, and which answer may be shown.

The rule: bars are drawn only for the answer to what is shown now: the document, or a figure that a
study shows for the moment. On any change the charts become pending at once; they are not repainted
for it, so an answer that comes within a moment takes their place without a flicker. After
`GRACE_MILLISECONDS` the pane shows that it computes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QScrollArea,
    QToolButton,
    QWidget,
)

from core.base.errors import LabError
from core.document.document import LabDocument
from core.models.info import ModelInfo
from core.predict.prompts import (
    LABEL_PRESETS,
    PROMPT_PRESETS,
    Problem,
    PromptPreset,
    PromptSet,
    Template,
)
from gui.context.lab_context import LabContext
from gui.look.theme import Theme
from gui.prediction.cards.card_list import CardList
from gui.prediction.cards.state_notice import StateNotice
from gui.prediction.cards.views import CardView, answers, card_views, repeated, status_text
from gui.prediction.export_menu import ExportMenu
from gui.prediction.labels.labels_panel import LabelsPanel
from gui.prediction.labels.prompt_edits import PromptEdits
from gui.widgets.build import STRETCH, IconButton, button, column, once, row
from gui.widgets.elided_label import ReadOut

if TYPE_CHECKING:
    from gui.jobs.inference import Answer
    from gui.jobs.model_load import ModelRequest


class Footer(QWidget):
    """Buttons and the status line; what the buttons do is wired by the pane.

    Signals
    -------
    preset_chosen(PromptPreset, replace)
        Templates to use instead of the present ones, or to add to them.
    """

    preset_chosen = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        tip = "Add a template (Ctrl+T)"
        self.add = button("Template", tip, parent=self, name="Add a template")
        tip = "The prompts of the paper's experiments"
        self.presets = button("Presets", tip, parent=self, role="menu")
        self.presets.setMenu(self._presets_menu())
        self.labels = button("Labels", "Edit the labels (Ctrl+L)", parent=self)
        self.labels.setCheckable(True)
        self.view = IconButton(theme, "eye", "View of the bars", parent=self, side=16)
        self.export = IconButton(theme, "export", "Copy and export", parent=self, side=16)
        for menu_button in (self.view, self.export):
            menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.status = ReadOut("muted", elided=True, parent=self)
        self.status.label.setObjectName("predictionStatus")
        self.status.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        buttons = row(self.add, self.presets, self.labels, STRETCH, self.view, self.export)
        column(buttons, self.status, spacing=4, on=self)
        self.apply_theme()

    def show_prompts(self, prompts: PromptSet) -> None:
        """Name the labels in use on their button."""
        texts = tuple(label.text for label in prompts.labels)
        known = [preset.title for preset in LABEL_PRESETS if preset.labels == texts]
        used, count = len(prompts.active_labels()), len(texts)
        number = f"{used}" if used == count else f"{used} of {count}"
        self.labels.setText(f"Labels · {number}")
        self.labels.setAccessibleName(f"Edit labels, {number} used")
        self.labels.setToolTip(f"Edit the labels (Ctrl+L): {known[0] if known else 'own list'}")

    def show_answer(self, milliseconds: float, side: int, info: ModelInfo) -> None:
        """Say how the answer was made."""
        self.status.show_text(status_text(milliseconds, side, info), info.name)

    def say(self, text: str) -> None:
        """Show another state, e.g. that an answer is awaited."""
        self.status.show_text(text)

    def apply_theme(self) -> None:
        """Take the icon of the present theme."""
        self.add.setIcon(self._theme.icon("plus"))

    def _presets_menu(self) -> QMenu:
        menu = QMenu(self.presets)
        menu.setToolTipsVisible(True)
        add = QMenu("Add to the templates", menu)
        for preset in PROMPT_PRESETS:
            for target, replace in ((menu, True), (add, False)):
                action = target.addAction(preset.title)
                action.setToolTip("\n".join(preset.templates))
                choose = partial(self.preset_chosen.emit, preset, replace)
                action.triggered.connect(lambda _checked=False, choose=choose: choose())
        menu.addSeparator()
        menu.addMenu(add)
        return menu


GRACE_MILLISECONDS = 120
_PANEL_HEIGHT = 250


class ViewMenu(QMenu):
    """How the bars are shown: their order and the column of cosines.

    Signals
    -------
    cosines_toggled(bool)
    """

    cosines_toggled = Signal(bool)

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._sort = lab.actions.bind("prompts.sort-bars", self._set_sorted)
        self.addAction(self._sort)
        self.cosines = QAction("Show cosines", self)
        self.cosines.setCheckable(True)
        self.cosines.setChecked(True)
        self.cosines.toggled.connect(self.cosines_toggled)
        self.addAction(self.cosines)
        self.show_sorted(lab.document.state.sort_bars)

    def show_sorted(self, by_probability: bool) -> None:
        self._sort.setChecked(by_probability)

    def _set_sorted(self, by_probability: bool) -> None:
        name = "sort bars by probability" if by_probability else "bars in label order"
        self._lab.document.change(name, sort_bars=by_probability)


class PredictionPane(QWidget):
    """What the model calls the stimulus, one card for each template.

    Attributes
    ----------
    shown : Answer or None
        The answer whose bars are shown; None while one is awaited or cannot be had.
    """

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._failure: LabError | None = None
        self._model_failure: LabError | None = None
        self._request: ModelRequest | None = None
        self.shown: Answer | None = None
        self._views: dict[int, CardView] = {}
        self._repeated: tuple[Problem, ...] = ()
        self.setObjectName("predictionPane")
        self.edits = PromptEdits(lab.document, lab.report, self)
        decimals = lab.settings.probability_decimals
        self.notice = StateNotice(lab.theme, self)
        self.cards = CardList(lab.theme, self.edits, decimals, self)
        self.panel = LabelsPanel(lab.theme, self.edits, self)
        self.panel.setFixedHeight(_PANEL_HEIGHT)
        self.panel.hide()
        self.footer = Footer(lab.theme, self)
        self.view_menu = ViewMenu(lab, self)
        self.footer.view.setMenu(self.view_menu)
        self.export_menu = ExportMenu(lab, lambda: (self.shown, self._views), self)
        self.footer.export.setMenu(self.export_menu)
        self._scroll = self._scrolled()
        column((self._scroll, 1), self.panel, self.footer, spacing=8, margins=(8, 8, 8, 8), on=self)
        self._grace = once(GRACE_MILLISECONDS, self._show_pending, self)
        self._connect()
        self._show_prompts()
        self._refresh()

    def add_template(self) -> None:
        """Add a blank template and put the cursor into it."""
        index = self.edits.add_template()
        self.cards.focus(index)

    def open_labels(self, opened: bool = True) -> None:
        """Open or close the panel of labels."""
        self.panel.setVisible(opened)
        self.footer.labels.setChecked(opened)
        if opened:
            self.panel.list.setFocus()

    def use_preset(self, preset: PromptPreset, replace: bool) -> None:
        """Use a preset's templates instead of the present ones, or add those that are new."""
        present = self.edits.prompts.templates
        if replace:
            templates = tuple(Template(text) for text in preset.templates)
        else:
            known = {template.text for template in present}
            new = (Template(text) for text in preset.templates if text not in known)
            templates = (*present, *new)
        self.edits.set_templates("preset prompts", templates)

    def retry(self) -> None:
        """Ask again after a failure, or load the model again that could not be loaded."""
        inference, view = self._lab.inference, self._lab.view
        if inference.info is None and self._request is not None:
            self._lab.use_model(self._request.reference, self._request.architecture)
        elif view.pixels is not None:
            self._failure = None
            inference.submit(view.stimulus, view.pixels, self._lab.document.prompts)
            self._refresh()

    # --- wiring ---

    def _scrolled(self) -> QScrollArea:
        content = QWidget()
        column(self.notice, self.cards, STRETCH, spacing=8, on=content)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName("Prompts and answers")
        scroll.setWidget(content)
        self.cards.reveal_wanted.connect(
            lambda y: scroll.ensureVisible(0, self.cards.y() + y, 0, 24)
        )
        return scroll

    def _connect(self) -> None:
        lab = self._lab
        lab.edited.connect(self._on_edited)
        lab.inference.answered.connect(lambda _answer: self._refresh())
        lab.inference.failed.connect(self._on_failed)
        lab.inference.crashed.connect(self._on_crashed)
        lab.inference.model_loading.connect(self._on_model_loading)
        lab.inference.model_ready.connect(self._on_model_ready)
        lab.inference.model_failed.connect(self._on_model_failed)
        lab.theme.changed.connect(self._apply_style)
        lab.settings_changed.connect(lambda _settings: self._apply_style())
        self.footer.add.clicked.connect(self.add_template)
        self.footer.labels.toggled.connect(self.open_labels)
        self.footer.preset_chosen.connect(self.use_preset)
        self.view_menu.cosines_toggled.connect(self._show_cosines)
        self.cards.picture_wanted.connect(self.export_menu.copy_picture)
        lab.actions.bind("prompts.add-template", self.add_template)
        lab.actions.bind("prompts.edit-labels", self.open_labels)
        lab.actions.bind("prompts.presets", self.footer.presets.showMenu)
        lab.actions.bind("prediction.export", self.export_menu.save)

    def _on_edited(self, new: LabDocument, old: LabDocument) -> None:
        if new.prompts != old.prompts or new.palette != old.palette:
            self._show_prompts()
        if new.prompts != old.prompts or new.stimulus != old.stimulus:
            self._failure = None
        elif new.palette != old.palette or new.sort_bars != old.sort_bars:
            self.shown = None  # the same answer, drawn another way
        if new.sort_bars != old.sort_bars:
            self.view_menu.show_sorted(new.sort_bars)
        self._refresh()

    def _on_failed(self, error: LabError) -> None:
        self._failure = error
        self._refresh()

    def _on_crashed(self, exception: BaseException) -> None:
        if self._lab.inference.info is not None and not self._lab.inference.busy:
            self._on_failed(
                LabError(
                    f"The prediction met an unexpected fault ({type(exception).__name__}).",
                    "The report has its details; the lab goes on working.",
                )
            )

    def _on_model_loading(self, _title: str) -> None:
        self._model_failure = None
        self._refresh()

    def _on_model_ready(self, _info: object) -> None:
        self._failure = self._model_failure = None
        self._refresh()

    def _on_model_failed(self, error: LabError) -> None:
        self._model_failure = error
        self._request = self._lab.inference.failed_request
        self._refresh()

    def _show_cosines(self, shown: bool) -> None:
        self.cards.set_cosines(shown)
        self.export_menu.cosines = shown

    def _apply_style(self) -> None:
        decimals = self._lab.settings.probability_decimals
        self.cards.apply_style(decimals)
        self.panel.apply_theme()
        self.footer.apply_theme()
        self.notice.apply_theme()
        self.shown = None
        self._refresh()

    # --- what is shown ---

    def _show_prompts(self) -> None:
        state = self._lab.document.state
        self.cards.show_prompts(state.prompts)
        self._repeated = ()
        self.panel.show_prompts(state.prompts, state.palette)
        self.footer.show_prompts(state.prompts)

    def _refresh(self) -> None:
        """Show the answer to the present state, why there is none, or that it is awaited."""
        state = self._asked()
        answer = self._lab.inference.answer
        if self._explain():
            self._grace.stop()
            self.shown = None
            for card in self.cards.cards:
                card.clear()
        elif answer is not None and answers(answer, state):
            self._grace.stop()
            if answer is not self.shown:
                self._show_answer(answer, state)
        else:
            self.shown = None
            for card in self.cards.cards:
                card.set_pending()
            if not self._grace.isActive():
                self._grace.start()

    def _asked(self) -> LabDocument:
        """The document, with the figure that is shown for the moment in place of its own."""
        state, view = self._lab.document.state, self._lab.view
        if not view.previewing:
            return state
        shown = msgspec.structs.replace(view.stimulus, side=state.stimulus.side)
        return msgspec.structs.replace(state, stimulus=shown)

    def _explain(self) -> bool:
        """Show why there is nothing to see; False if an answer can be had."""
        lab = self._lab
        reason = lab.document.prompts.blocking_reason()
        if lab.inference.info is None and self._model_failure is not None:
            self.notice.show_error(self._model_failure, self.retry)
            self.footer.say("No model")
        elif lab.inference.info is None:
            self.notice.explain(
                "The model is loading.",
                "Design and edit meanwhile; predictions appear here by themselves.",
            )
            self.footer.say("Loading the model…")
        elif reason is not None:
            self.notice.explain("Nothing to predict.", reason)
            self.footer.say("")
        elif lab.view.error is not None:
            self.notice.show_error(lab.view.error)
            self.footer.say("No picture")
        elif self._failure is not None:
            self.notice.show_error(self._failure, self.retry)
            self.footer.say("No answer")
        else:
            self.notice.hide()
            return False
        return True

    def _show_answer(self, answer: Answer, state: LabDocument) -> None:
        self._views = card_views(answer, state, self._lab.settings.probability_decimals)
        for place, card in enumerate(self.cards.cards):
            if place in self._views:
                card.show_answer(self._views[place], answer.generation)
            else:
                card.clear()
        problems = repeated(answer)
        if problems != self._repeated:
            self._repeated = problems
            self.panel.show_prompts(state.prompts, state.palette, problems)
            self.footer.show_prompts(state.prompts.without(problems))
        self.footer.show_answer(answer.milliseconds, answer.pixels.shape[0], answer.info)
        self.shown = answer

    def _show_pending(self) -> None:
        self.footer.say("Reading the picture…" if self._lab.view.reading else "Computing…")
        for card in self.cards.cards:
            card.show_pending()
