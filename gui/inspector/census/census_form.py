"""The form of a new census: layers, words, shapes, natural pictures; size, time and warnings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from core.census.draft import LayerChoice
from core.experiments.presets import SAMPLE_CHOICES
from core.stimuli.sampling import MAX_SEED
from gui.inspector.census.planning import CensusPlanning
from gui.look.theme import number_font
from gui.widgets.build import STRETCH, button, column, label, row, scrolling, set_role
from gui.widgets.numbers import NumberCombo, NumberEntry, NumberRule
from gui.widgets.plain_text import OneLine
from gui.widgets.wheel import Combo
from gui.widgets.words import count_text

WHAT_IT_IS = (
    "A census shows the model many images and keeps, for every neuron, those that move it most. "
    "From it come the types of neurons, their colors, and a picture of what each one looks for."
)
_SUMMARIES = {
    "max": "Maximum of its map",
    "mean": "Mean of its map",
    "cls": "The class token",
}
_MOST_SAMPLES = 1_000_000


class CensusForm(QWidget):
    """Edits the draft of a `CensusPlanning`."""

    begin_wanted = Signal()
    closed = Signal()

    def __init__(self, planning: CensusPlanning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._planning = planning
        self.ask_folder: Callable[[], Path | None] = self._folder_dialog
        self.setObjectName("censusForm")
        self.layers = Combo(self, "Layers to record", letters=8)
        self.summary = Combo(self, "Value of a neuron for an image", letters=8)
        self.words = SamplesField(
            "Stroop words",
            "Color words in other colors on backgrounds of a third color: 990 combinations.\n"
            "They give every neuron its type and its color labels.",
            self,
        )
        self.shapes = SamplesField(
            "Shapes",
            "Shapes in the same colors, without text: 880 combinations.\n"
            "Neurons that are far stronger on words than on these answer to text.",
            self,
        )
        self.folder = button(
            "Choose folder…",
            "A folder of photographs, with or without folders inside.\n"
            "The paper uses ImageNet; 5,000 or more pictures are recommended.",
            self._choose_folder,
            self,
        )
        forget = planning.pictures.forget
        self.forget = button("Remove", "Do without natural pictures", forget, self, role="flat")
        self.folder_text = label("", "muted", self, wraps=True)
        self.title = QLineEdit(self)
        self.title.setMaxLength(120)
        OneLine(self.title)
        self.seed = QLineEdit(self)
        self.seed_entry = NumberEntry(self.seed, NumberRule(0, MAX_SEED))
        self.warning = label("", "warning", self, wraps=True)
        self.estimate = label("", "number", self, wraps=True)
        self.estimate.setFont(number_font())
        self.begin = button("Start census", "", self.begin_wanted, self, role="primary")
        self.back = button("Cancel", "", self.closed, self)
        self._arrange()
        self._connect()
        self.show_plan()

    def show_plan(self) -> None:
        """Show the draft and all that can be said about it."""
        planning, draft = self._planning, self._planning.draft
        choice = planning.choice
        layers = [(_layers_text(option), option.id) for option in planning.choices]
        self.layers.offer(layers or [("Looking at the model…", "")])
        self.layers.choose(choice.id if choice is not None else "")
        self.layers.setEnabled(bool(layers))
        self.summary.offer((_SUMMARIES[name], name) for name in planning.summaries)
        self.summary.choose(planning.summary)
        sizes = planning.sizes
        self.words.show_samples(draft.stroop, sizes.get("stroop", 0))
        self.shapes.show_samples(draft.shapes, sizes.get("shapes", 0))
        pictures = planning.pictures
        self.folder_text.setText(pictures.text())
        self.folder_text.setToolTip(str(pictures.folder or ""))
        set_role(self.folder_text, "problem" if pictures.problem else "muted")
        self.forget.setVisible(pictures.folder is not None)
        self.title.setPlaceholderText(planning.title())
        self.seed_entry.show(draft.seed)
        self.warning.setText("\n".join(planning.warnings()))
        self.warning.setVisible(bool(planning.warnings()))
        self.estimate.setText(planning.estimate_text())
        self.estimate.setToolTip(planning.estimate_tip())
        set_role(self.estimate, "problem" if planning.problem else "number")
        self.begin.setEnabled(planning.ready)

    def _arrange(self) -> None:
        heading = label("New census", "title", self)
        about = label(WHAT_IT_IS, "muted", self, wraps=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        picture_line = row(self.folder, self.forget, STRETCH)
        rows: tuple[tuple[str, QWidget | QHBoxLayout, str], ...] = (
            ("&Layers", self.layers, "Whose neurons are recorded; all in one pass."),
            (
                "&Value of a neuron",
                self.summary,
                "How the map of a neuron becomes its one value for an image.",
            ),
            ("Stroop &words", self.words, self.words.toolTip()),
            ("S&hapes", self.shapes, self.shapes.toolTip()),
            ("Natural pictures", picture_line, self.folder.toolTip()),
            ("", self.folder_text, ""),
            ("&Name", self.title, "What to call the census."),
            ("See&d", self.seed, "The same seed gives the same images, and draws ties alike."),
        )
        for line, (text, field, tip) in enumerate(rows):
            name = label(text, "", self, tip=tip)
            grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
            name.setMinimumHeight(28 if text else 0)
            if isinstance(field, QHBoxLayout):
                name.setBuddy(self.folder)
                grid.addLayout(field, line, 1)
            else:
                name.setBuddy(field)
                field.setToolTip(field.toolTip() or tip)
                if not field.accessibleName():
                    field.setAccessibleName(text.replace("&", ""))
                grid.addWidget(field, line, 1)
        buttons = row(self.begin, self.back, STRETCH, spacing=10)
        inside = QWidget(self)
        parts = (heading, about, grid, self.warning, self.estimate, buttons, STRETCH)
        column(*parts, spacing=10, margins=(4, 4, 10, 4), on=inside)
        column(scrolling(inside, self), on=self)

    def _connect(self) -> None:
        planning = self._planning
        planning.changed.connect(self.show_plan)
        self.layers.activated.connect(lambda _row: planning.edit(layers=self.layers.currentData()))
        self.summary.activated.connect(
            lambda _row: planning.edit(summary=self.summary.currentData())
        )
        self.words.chosen.connect(lambda samples: planning.edit(stroop=samples))
        self.shapes.chosen.connect(lambda samples: planning.edit(shapes=samples))
        self.title.textEdited.connect(lambda text: planning.edit(title=text.strip()))
        self.seed_entry.taken.connect(lambda seed: planning.edit(seed=seed))

    def _choose_folder(self) -> None:
        folder = self.ask_folder()
        if folder is not None:
            self._planning.pictures.choose(folder)

    def _folder_dialog(self) -> Path | None:
        present = self._planning.pictures.folder
        name = QFileDialog.getExistingDirectory(
            self, "Folder of natural pictures", str(present or Path.home())
        )
        return Path(name) if name else None


def _layers_text(option: LayerChoice) -> str:
    layers, units = count_text(len(option.layers), "layer"), count_text(option.units, "neuron")
    return f"{option.title} ({layers}, {units})"


class SamplesField(QWidget):
    """Whether a set is shown, and with how many samples of each combination."""

    chosen = Signal(int)  # samples
    """0 for not at all."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last = 20
        self.setToolTip(tip)
        self.setAccessibleName(name)
        self.use = QCheckBox(self)
        self.use.setAccessibleName(f"Use {name}")
        rule = NumberRule(1, _MOST_SAMPLES)
        title = f"{name}: samples of each combination"
        self.samples = NumberCombo(title, SAMPLE_CHOICES, rule, self)
        self.samples.setFixedWidth(84)
        self.samples.setToolTip(
            "Images of each combination of word or shape, color and background.\n"
            "The paper has 500; 20 give a good idea."
        )
        self.images = label("", "number", self)
        self.images.setFont(number_font())
        row(self.use, self.samples, (self.images, 1), on=self)
        self.setFocusProxy(self.use)
        self.use.clicked.connect(lambda on: self.chosen.emit(self._last if on else 0))
        self.samples.entry.taken.connect(self._take)

    def show_samples(self, samples: int, images: int) -> None:
        """Show a number of samples and of images, unless the user is typing one."""
        self._last = samples or self._last
        self.use.setChecked(samples > 0)
        self.samples.setEnabled(samples > 0)
        self.samples.entry.show(self._last)
        self.images.setText(
            f"samples each · {count_text(images, 'image')}" if samples else "left out"
        )

    def _take(self, samples: int) -> None:
        if self.use.isChecked():
            self.chosen.emit(samples)
