"""The bar below the cards: add, presets, labels, view, export; and how the answer was made."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from core.models.info import ModelInfo
from core.predict.prompts import LABEL_PRESETS, PROMPT_PRESETS, PromptSet
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, IconButton, button, column, row


class StatusLine(QLabel):
    """One line of muted text, cut at its end where it does not fit, whole in the tooltip.

    Attributes
    ----------
    whole : str
        The text before it is cut.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = ""
        self.setProperty("role", "muted")
        self.setObjectName("predictionStatus")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, tooltip: str = "") -> None:
        """Show a text; the tooltip gives it whole, with something more."""
        self.whole = text
        self.setToolTip(f"{text}\n{tooltip}".strip())
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width()
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, room))


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
        self.status = StatusLine(self)
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


def status_text(milliseconds: float | None, side: int, info: ModelInfo) -> str:
    """Time (if given), picture and model in one line, with the model's notice if it has one."""
    parts = [f"{side} × {side} px", info.notice or info.name]
    if milliseconds is not None:
        parts.insert(0, "under 1 ms" if milliseconds < 1.0 else f"{milliseconds:,.0f} ms")
    return " · ".join(parts)
