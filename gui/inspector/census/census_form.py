"""The form of a new census: layers, words, shapes, natural pictures; size, time and warnings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.census.draft import LayerChoice
from core.experiments.presets import SAMPLE_CHOICES
from core.stimuli.sampling import MAX_SEED
from gui.inspector.census.planning import CensusPlanning
from gui.look.theme import number_font
from gui.widgets.number_text import NumberRule
from gui.widgets.numbers import NumberCombo, NumberEntry
from gui.widgets.one_line import OneLine
from gui.widgets.wheel import Combo
from gui.widgets.words import count_text

WHAT_IT_IS = (
    "A census shows the model many images and keeps, for every unit, those that move it most. "
    "From it come the types of units, their colors, and a picture of what each one looks for."
)
_SUMMARIES = {
    "max": "Maximum of its map",
    "mean": "Mean of its map",
    "cls": "The class token",
}
_MOST_SAMPLES = 1_000_000


class CensusForm(QWidget):
    """Edits the draft of a `CensusPlanning`.

    Signals
    -------
    begin_wanted(), closed()
    """

    begin_wanted = Signal()
    closed = Signal()

    def __init__(self, planning: CensusPlanning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._planning = planning
        self.ask_folder: Callable[[], Path | None] = self._folder_dialog
        self.setObjectName("censusForm")
        self.layers = _Combo("Layers to record", self)
        self.summary = _Combo("Value of a unit for an image", self)
        self.words = SamplesField(
            "Stroop words",
            "Color words in other colors on backgrounds of a third color: 990 combinations.\n"
            "They give every unit its type and its color labels.",
            self,
        )
        self.shapes = SamplesField(
            "Shapes",
            "Shapes in the same colors, without text: 880 combinations.\n"
            "Units that are far stronger on words than on these answer to text.",
            self,
        )
        self.folder = QPushButton("Choose folder…", self)
        self.folder.setToolTip(
            "A folder of photographs, with or without folders inside.\n"
            "The paper uses ImageNet; 5,000 or more pictures are recommended."
        )
        self.forget = QPushButton("Remove", self)
        self.forget.setProperty("role", "flat")
        self.forget.setToolTip("Do without natural pictures")
        self.folder_text = _wrapped("muted", self)
        self.title = QLineEdit(self)
        self.title.setMaxLength(120)
        OneLine(self.title)
        self.seed = QLineEdit(self)
        self.seed_entry = NumberEntry(self.seed, NumberRule(0, MAX_SEED))
        self.warning = _wrapped("warning", self)
        self.estimate = _wrapped("number", self)
        self.estimate.setFont(number_font())
        self.begin = QPushButton("Begin census", self)
        self.begin.setProperty("role", "primary")
        self.back = QPushButton("Cancel", self)
        self._arrange()
        self._connect()
        self.show_plan()

    def show_plan(self) -> None:
        """Show the draft and all that can be said about it."""
        planning, draft = self._planning, self._planning.draft
        choice = planning.choice
        self._fill(
            self.layers,
            [(_layers_text(option), option.id) for option in planning.choices],
            choice.id if choice is not None else "",
            "Looking at the model…",
        )
        self._fill(
            self.summary,
            [(_SUMMARIES[name], name) for name in planning.summaries],
            planning.summary,
        )
        sizes = planning.sizes
        self.words.show_samples(draft.stroop, sizes.get("stroop", 0))
        self.shapes.show_samples(draft.shapes, sizes.get("shapes", 0))
        pictures = planning.pictures
        self.folder_text.setText(pictures.text())
        self.folder_text.setToolTip(str(pictures.folder or ""))
        _set_role(self.folder_text, "problem" if pictures.problem else "muted")
        self.forget.setVisible(pictures.folder is not None)
        self.title.setPlaceholderText(planning.title())
        self.seed_entry.show(draft.seed)
        self.warning.setText("\n".join(planning.warnings()))
        self.warning.setVisible(bool(planning.warnings()))
        self.estimate.setText(planning.estimate_text())
        self.estimate.setToolTip(planning.estimate_tip())
        _set_role(self.estimate, "problem" if planning.problem else "number")
        self.begin.setEnabled(planning.ready)

    def _arrange(self) -> None:
        heading = QLabel("New census", self)
        heading.setProperty("role", "title")
        about = _wrapped("muted", self)
        about.setText(WHAT_IT_IS)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        picture_line = QHBoxLayout()
        picture_line.addWidget(self.folder)
        picture_line.addWidget(self.forget)
        picture_line.addStretch(1)
        rows: tuple[tuple[str, QWidget | QHBoxLayout, str], ...] = (
            ("&Layers", self.layers, "Whose units are recorded; all in one pass."),
            (
                "&Value of a unit",
                self.summary,
                "How the map of a unit becomes its one value for an image.",
            ),
            ("Stroop &words", self.words, self.words.toolTip()),
            ("S&hapes", self.shapes, self.shapes.toolTip()),
            ("Natural pictures", picture_line, self.folder.toolTip()),
            ("", self.folder_text, ""),
            ("&Name", self.title, "What to call the census."),
            ("See&d", self.seed, "The same seed gives the same images, and draws ties alike."),
        )
        for row, (text, field, tip) in enumerate(rows):
            label = QLabel(text, self)
            label.setToolTip(tip)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            label.setMinimumHeight(28 if text else 0)
            if isinstance(field, QHBoxLayout):
                label.setBuddy(self.folder)
                grid.addLayout(field, row, 1)
            else:
                label.setBuddy(field)
                field.setToolTip(field.toolTip() or tip)
                if not field.accessibleName():
                    field.setAccessibleName(text.replace("&", ""))
                grid.addWidget(field, row, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.begin)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 4, 10, 4)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(about)
        column.addLayout(grid)
        column.addWidget(self.warning)
        column.addWidget(self.estimate)
        column.addLayout(buttons)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _connect(self) -> None:
        planning = self._planning
        planning.changed.connect(self.show_plan)
        self.layers.activated.connect(lambda _row: planning.edit(layers=self.layers.currentData()))
        self.summary.activated.connect(
            lambda _row: planning.edit(summary=self.summary.currentData())
        )
        self.words.chosen.connect(lambda samples: planning.edit(stroop=samples))
        self.shapes.chosen.connect(lambda samples: planning.edit(shapes=samples))
        self.folder.clicked.connect(self._choose_folder)
        self.forget.clicked.connect(planning.pictures.forget)
        self.title.textEdited.connect(lambda text: planning.edit(title=text.strip()))
        self.seed_entry.taken.connect(lambda seed: planning.edit(seed=seed))
        self.begin.clicked.connect(self.begin_wanted)
        self.back.clicked.connect(self.closed)

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

    def _fill(
        self, box: QComboBox, options: list[tuple[str, str]], chosen: str, waiting: str = ""
    ) -> None:
        with QSignalBlocker(box):
            box.clear()
            for text, value in options:
                box.addItem(text, value)
            if not options:
                box.addItem(waiting)
            box.setCurrentIndex(max(box.findData(chosen), 0))
        box.setEnabled(bool(options))


def _layers_text(option: LayerChoice) -> str:
    layers, units = count_text(len(option.layers), "layer"), count_text(option.units, "unit")
    return f"{option.title} ({layers}, {units})"


class SamplesField(QWidget):
    """Whether a set is shown, and with how many samples of each combination.

    Signals
    -------
    chosen(samples)
        0 for not at all.
    """

    chosen = Signal(int)

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
        self.images = QLabel(self)
        self.images.setProperty("role", "number")
        self.images.setFont(number_font())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.use)
        row.addWidget(self.samples)
        row.addWidget(self.images, 1)
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


class _Combo(Combo):
    """A list that never asks for more room than there is."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)


def _wrapped(role: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _set_role(label: QLabel, role: str) -> None:
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)
