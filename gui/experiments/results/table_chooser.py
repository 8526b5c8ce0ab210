"""Which table of a run is shown: its kind, and the prompt where a table is about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.experiments.plan.elided_combo import ElidedCombo
from gui.widgets.build import row

if TYPE_CHECKING:
    from core.results.result_types import Outline


class TableChooser(QWidget):
    """Two lists that stay in step with the tables that there are.

    Signals
    -------
    chosen(id)
        The user took another table.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outlines: tuple[Outline, ...] = ()
        self._prompt = ""
        self.kinds = _combo(self, "Table", "Which table of the run is shown")
        self.prompts = _combo(self, "Prompt of the table", "The prompt that the table is about")
        row((self.kinds, 3), (self.prompts, 2), on=self)
        self.kinds.activated.connect(self._take_kind)
        self.prompts.activated.connect(self._take_prompt)

    @property
    def current(self) -> Outline | None:
        """The table that the lists name."""
        wanted = self.kinds.currentData()
        same = [outline for outline in self._outlines if outline.kind == wanted]
        return next(
            (outline for outline in same if outline.prompt == self._prompt),
            same[0] if same else None,
        )

    def show_outlines(self, outlines: Sequence[Outline], current: Outline | None) -> None:
        """Offer these tables and name the one that is shown."""
        if tuple(outlines) != self._outlines:
            self._outlines = tuple(outlines)
            first = {outline.kind: outline for outline in reversed(self._outlines)}
            kinds = dict.fromkeys(outline.kind for outline in self._outlines)
            self.kinds.offer((base_title(first[kind]), kind) for kind in kinds)
        if current is not None:
            if current.prompt:
                self._prompt = current.prompt
            self.kinds.setCurrentIndex(self.kinds.findData(current.kind))
        self._show_prompts()

    def _show_prompts(self) -> None:
        kind = self.kinds.currentData()
        prompts = [o.prompt for o in self._outlines if o.kind == kind and o.prompt]
        with QSignalBlocker(self.prompts):
            self.prompts.clear()
            self.prompts.addItems(prompts)
            current = self.current
            if current is not None:
                self.prompts.setCurrentText(current.prompt)
                # The paper has a table of its kind for some prompts only.
                self.kinds.setItemText(self.kinds.currentIndex(), base_title(current))
        self.prompts.setVisible(bool(prompts))

    def _take_kind(self, _row: int) -> None:
        self._show_prompts()
        self._tell()

    def _take_prompt(self, row: int) -> None:
        self._prompt = self.prompts.itemText(row)
        self._tell()

    def _tell(self) -> None:
        current = self.current
        if current is not None:
            self.chosen.emit(current.id)


def base_title(outline: Outline) -> str:
    """A table's title without the prompt that it is about."""
    return outline.title.partition(": “")[0] if outline.prompt else outline.title


def _combo(parent: QWidget, name: str, tip: str) -> ElidedCombo:
    box = ElidedCombo(parent, name, tip, letters=8)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    box.setMinimumWidth(90)
    box.setMaxVisibleItems(20)
    # The list may be wider than the field.
    box.view().setMinimumWidth(420)
    return box
