"""The bar below the cards: add, presets, labels, view, export; and how the answer was made."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.models.info import ModelInfo
from core.predict.prompts import LABEL_PRESETS, PROMPT_PRESETS, PromptPreset, PromptSet
from gui.look.theme import Theme

_ICON = QSize(16, 16)


class StatusLine(QLabel):
    """One line of muted text, cut at its end where it does not fit, whole in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setProperty("role", "muted")
        self.setObjectName("predictionStatus")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def whole(self) -> str:
        """The text before it is cut."""
        return self._whole

    def show_text(self, text: str, tooltip: str = "") -> None:
        """Show a text; the tooltip gives it whole, with something more."""
        self._whole = text
        self.setToolTip(f"{text}\n{tooltip}".strip())
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width()
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room))


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
        self.add = QPushButton("Template", self)
        self.add.setToolTip("Add a template (Ctrl+T)")
        self.add.setAccessibleName("Add a template")
        self.presets = QPushButton("Presets", self)
        self.presets.setProperty("role", "menu")
        self.presets.setToolTip("The prompts of the paper's experiments")
        self.presets.setMenu(self._presets_menu())
        self.labels = QPushButton("Labels", self)
        self.labels.setCheckable(True)
        self.labels.setToolTip("Edit the labels (Ctrl+L)")
        self.view = _menu_button(self, "View of the bars")
        self.export = _menu_button(self, "Copy and export")
        self.status = StatusLine(self)
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.add, self.presets, self.labels):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.view)
        row.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.status)
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
        """Take the icons of the present theme."""
        self.add.setIcon(self._theme.icon("plus"))
        self.view.setIcon(self._theme.icon("eye"))
        self.export.setIcon(self._theme.icon("export"))

    def _presets_menu(self) -> QMenu:
        menu = QMenu(self.presets)
        menu.setToolTipsVisible(True)
        add = QMenu("Add to the templates", menu)
        for preset in PROMPT_PRESETS:
            for target, replace in ((menu, True), (add, False)):
                action = target.addAction(preset.title)
                action.setToolTip("\n".join(preset.templates))
                action.triggered.connect(
                    lambda _checked=False, preset=preset, replace=replace: self._choose(
                        preset, replace
                    )
                )
        menu.addSeparator()
        menu.addMenu(add)
        return menu

    def _choose(self, preset: PromptPreset, replace: bool) -> None:
        self.preset_chosen.emit(preset, replace)


def status_text(milliseconds: float | None, side: int, info: ModelInfo) -> str:
    """Time (if given), picture and model in one line, with the model's notice if it has one."""
    parts = [f"{side} × {side} px", info.notice or info.name]
    if milliseconds is not None:
        parts.insert(0, "under 1 ms" if milliseconds < 1.0 else f"{milliseconds:,.0f} ms")
    return " · ".join(parts)


def _menu_button(parent: QWidget, name: str) -> QToolButton:
    button = QToolButton(parent)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setIconSize(_ICON)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
