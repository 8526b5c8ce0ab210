"""The plan in full: stimuli, prompts, labels, geometry and fonts, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QWidget,
)

from core.base.errors import LabError
from core.color.terms import Palette
from core.predict.prompts import Problem, color_labels, prompt_set
from gui.experiments.plan.draft import PlanDraft
from gui.experiments.plan.fonts_list import FontsList
from gui.experiments.plan.lines_edit import LinesEdit
from gui.experiments.plan.range_field import RangeField
from gui.experiments.plan.stimuli_form import StimuliForm
from gui.widgets.build import STRETCH, button, column, label, row

_COLUMN_WIDTH = 300
_SHOWN_PROBLEMS = 2


class PlanEditor(QScrollArea):
    """Shows a draft and reports every edit as another draft.

    Signals
    -------
    edited(draft)
    document_prompts_wanted()
        The prompts of the prediction pane shall be used.
    """

    edited = Signal(object)
    document_prompts_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = PlanDraft()
        self._columns = 0
        self.setObjectName("planEditor")
        self.setAccessibleName("Plan of the experiment")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        content = QWidget(self)
        self.form = StimuliForm(content)
        self.templates = LinesEdit("Prompt templates, one a line", content)
        self.labels = LinesEdit("Labels, one a line", content)
        self.use_document = button(
            "Use those of the Prediction pane",
            "Copy the templates and labels in use there into this plan",
            self.document_prompts_wanted,
            content,
        )
        tip = "The labels of the paper, with gray spelled as in this plan"
        self.basic = button("11 basic terms", tip, self._take_basic, content)
        self.shape_size = RangeField("Size of the shapes", 1, 100, " %", 100.0, content)
        self.shape_rotation = RangeField("Rotation of the shapes", -360, 360, "°", 1.0, content)
        self.word_width = RangeField("Width of the words", 1, 100, " %", 100.0, content)
        self.fonts = FontsList(content)
        self.rules_problem = label("", "problem", content, wraps=True, shown=False)
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(2, 2, 8, 4)
        self._grid.setHorizontalSpacing(22)
        self._grid.setVerticalSpacing(12)
        self._build_ablation(content)
        self._sections = [
            self._section("Stimuli", self.form, stretch=False, below=self.ablation),
            self._section("Prompts, one a line", self.templates, self.use_document),
            self._section("Labels, one a line", self.labels, self.basic),
            self._geometry_section(content),
        ]
        self.setWidget(content)
        self._arrange(2)
        self._connect()
        self.show_draft(self._draft)

    def _build_ablation(self, parent: QWidget) -> None:
        """What a plan silences, with a way to let it be; seen only where there is something."""
        self.ablation = QWidget(parent)
        tip = (
            "Neurons of the network that are silenced in this run; the tab Ablation of Studies "
            "chooses them"
        )
        self.ablation_text = label("", "", self.ablation, tip=tip, wraps=True)
        self.intact = button(
            "Remove",
            "Run the plan with all neurons",
            lambda: self._take({"ablation": None, "ablated": ("", "")}),
            self.ablation,
            name="Remove the ablation",
        )
        parts = (self.ablation_text, 1), self.intact
        row(*parts, on=self.ablation, spacing=8, margins=(0, 4, 0, 0))

    def _section(
        self,
        title: str,
        body: QWidget,
        button: QPushButton | None = None,
        stretch: bool = True,
        below: QWidget | None = None,
    ) -> QWidget:
        part = QWidget()
        whole = column(label(title, "heading", part), (body, int(stretch)), on=part, spacing=5)
        if below is not None:
            whole.addWidget(below)
        if button is not None:
            whole.addLayout(row(button, STRETCH))
        if not stretch:
            whole.addStretch(1)
        return part

    def _geometry_section(self, parent: QWidget) -> QWidget:
        body = QWidget(parent)
        self._rules = QFormLayout(body)
        self._rules.setContentsMargins(0, 0, 0, 0)
        self._rules.setVerticalSpacing(5)
        for name, field, tip in (
            ("Si&ze", self.shape_size, "Longer side of the box around the shape, of the side"),
            ("&Rotation", self.shape_rotation, "Counter-clockwise"),
            ("&Width", self.word_width, "Width of the letters' ink, of the picture's side"),
        ):
            self._rules.addRow(name, field)
            for widget in (self._rules.labelForField(field), field.low, field.high):
                widget.setToolTip(tip)
        self._rules.addRow(self.fonts)
        self._rules.addRow(self.rules_problem)
        return self._section("Size, place and fonts", body)

    def _connect(self) -> None:
        self.form.edited.connect(self._take)
        self.templates.edited.connect(lambda lines: self._take({"templates": lines}))
        self.labels.edited.connect(lambda lines: self._take({"labels": lines}))
        self.shape_size.edited.connect(lambda span: self._take_rules("shapes", size=span))
        self.shape_rotation.edited.connect(lambda span: self._take_rules("shapes", rotation=span))
        self.word_width.edited.connect(lambda span: self._take_rules("words", width=span))
        self.fonts.edited.connect(lambda fonts: self._take_rules("words", fonts=fonts))

    def show_draft(self, draft: PlanDraft, repeated: Sequence[Problem] = ()) -> None:
        """Show a draft, and what is wrong with its prompts.

        Parameters
        ----------
        repeated : sequence of Problem
            Prompts that the model reads as an earlier one, as far as that is known.
        """
        self._draft = draft
        self.form.show_draft(draft)
        ablation = draft.ablation
        self.ablation.setVisible(ablation is not None)
        if ablation is not None:
            words = f"Ablation: “{ablation.title}”, {ablation.in_words()}"
            self.ablation_text.setText(words)
        self.templates.show_lines(draft.templates)
        self.labels.show_lines(draft.labels)
        self.shape_size.show_range(draft.shapes.size)
        self.shape_rotation.show_range(draft.shapes.rotation)
        self.word_width.show_range(draft.words.width)
        self.fonts.show_fonts(draft.words.fonts)
        shapes = draft.kind == "shapes"
        of_shapes: tuple[QWidget, ...] = (self.shape_size, self.shape_rotation)
        for field in (*of_shapes, self.word_width, self.fonts):
            self._rules.setRowVisible(field, shapes == (field in of_shapes))
        self._show_rules_problem("")
        self._show_prompt_problems(repeated)

    def show_document_palette(self, palette: Palette) -> None:
        """Offer the document's palette."""
        self.form.show_document_palette(palette)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(max(1, min(4, self.viewport().width() // _COLUMN_WIDTH)))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for part in self._sections:
            self._grid.removeWidget(part)
        for number, part in enumerate(self._sections):
            self._grid.addWidget(part, number // columns, number % columns)
        for number in range(4):
            self._grid.setColumnStretch(number, int(number < columns))

    def _take(self, fields: dict[str, object]) -> None:
        if fields.get("gray", self._draft.gray) != self._draft.gray:
            # The label follows the picture's spelling where it stood for the same word.
            old, new = self._draft.gray, str(fields["gray"])
            fields["labels"] = tuple(new if text == old else text for text in self._draft.labels)
        self.show_draft(msgspec.structs.replace(self._draft, **fields))
        self.edited.emit(self._draft)

    def _take_basic(self) -> None:
        self._take({"labels": color_labels(self._draft.gray)})

    def _take_rules(self, name: Literal["shapes", "words"], **fields: object) -> None:
        try:
            rules = msgspec.structs.replace(getattr(self._draft, name), **fields)
        except LabError as error:  # e.g. no font is left: what was chosen before stays
            self.fonts.show_fonts(self._draft.words.fonts)
            self._show_rules_problem(str(error))
            return
        self._take({name: rules})

    def _show_rules_problem(self, text: str) -> None:
        self.rules_problem.setText(text)
        self._rules.setRowVisible(self.rules_problem, bool(text))

    def _show_prompt_problems(self, repeated: Sequence[Problem]) -> None:
        rows = prompt_set(self._draft.templates, self._draft.labels)
        for part, field, problems in (
            ("template", self.templates, rows.template_problems()),
            ("label", self.labels, rows.label_problems()),
        ):
            if not (self._draft.templates if part == "template" else self._draft.labels):
                field.show_problem(f"Write at least one {part}.")
                continue
            problems |= {found.row: found for found in repeated if found.part == part}
            # A run skips none of them, but waits until they are mended.
            shown = [f"Line {row + 1}: {found.fact}" for row, found in sorted(problems.items())]
            field.show_problem("\n".join(shown[:_SHOWN_PROBLEMS]))
