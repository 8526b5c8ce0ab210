"""The page of one unit: figure 4 of the paper, and all that is known of the unit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.base.errors import LabError, PictureError
from core.census.sets import KINDS, Kind
from core.figures.unit_figure import palette_of_census
from core.units.category_styles import CategoryStyle
from core.units.features.unit_pictures import TopImage, UnitInSet, picture_path, stimulus_of
from core.units.neuron_indices import NeuronIndices
from core.units.unit_facts import type_of, type_reason
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import NO_UNIT, ShownCensus
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.inspector.figures.figure_export import FigureExport, Shown
from gui.inspector.live.layer_tree import layer_tip
from gui.inspector.neurons.set_panel import SetPanel
from gui.inspector.neurons.slot_bars import SlotBars
from gui.jobs.unit_pictures import PageRequest, UnitPictureWork
from gui.look.theme import Theme, number_font
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.wheel import Combo

FEW, MANY = 9, 100
_BADGE = 18


class TypeBadge(QWidget):
    """The sign of a type: color, pattern and letter."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._style: CategoryStyle | None = None
        self.setFixedSize(_BADGE, _BADGE)
        font = number_font(7.5)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        theme.changed.connect(self.update)

    def show_style(self, style: CategoryStyle | None) -> None:
        """Show the sign of a category; None for nothing."""
        self._style = style
        self.setVisible(style is not None)
        self.setToolTip("" if style is None else style.tip)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._style is not None:
            with QPainter(self) as painter:
                box = QRectF(0, 0, _BADGE - 1, _BADGE - 1)
                paint_category(painter, self._style, box, self._theme.tokens)
                paint_letter(painter, self._style, box, self.font())


class UnitPage(QWidget):
    """Shows one unit of the census that is shown.

    Parameters
    ----------
    lab : LabContext
    shown_census : ShownCensus
    pictures : UnitPictureWork
        Draws the images; stopped by its owner.

    Signals
    -------
    left()
        Back to the list.
    step_wanted(way)
        To the unit before (−1) or after (1).
    live_wanted()
        Watch the unit with the stimulus on the canvas.
    """

    left = Signal()
    step_wanted = Signal(int)
    live_wanted = Signal()

    def __init__(
        self,
        lab: LabContext,
        shown_census: ShownCensus,
        pictures: UnitPictureWork,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown_census = shown_census
        self._pictures = pictures
        self._unit = NO_UNIT
        self._asked: PageRequest | None = None
        self.setObjectName("unitPage")
        self.setAccessibleName("Page of a unit")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.back = self._tool("previous", "Back to the list (Escape)", self.left.emit)
        self.back.setText("Units")
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.name = ElidedLabel("heading", self)
        self.before = self._tool(
            "up", "The unit before in the list (Page Up)", lambda: self._go(-1)
        )
        self.after = self._tool(
            "down", "The next unit of the list (Page Down)", lambda: self._go(1)
        )
        self.live = QPushButton("Live", self)
        self.live.setToolTip("Watch this unit while the stimulus changes")
        self.live.clicked.connect(self.live_wanted)
        self.silence = QPushButton("Silence", self)
        self.silence.setAccessibleName("Silence this unit")
        self.silence.setToolTip(
            "Silence this unit: Studies shows what the model says without it (ablation)"
        )
        self.silence.clicked.connect(self._silence)
        self.export_menu = FigureExport(lab, self._shown, self)
        self.export = QPushButton("Export", self)
        self.export.setProperty("role", "menu")
        self.export.setToolTip(
            "Save this page as PNG, SVG or PDF (figure 4 of the paper), or its images as CSV"
        )
        self.export.setMenu(self.export_menu)
        self.badge = TypeBadge(lab.theme, self)
        self.type = QLabel(self)
        self.type.setProperty("role", "heading")
        self.reason = _wrapped(self, "")
        self.first = Combo(self)
        self.first.addItem(f"Strongest {FEW}", FEW)
        self.first.addItem(f"Strongest {MANY}", MANY)
        self.first.setAccessibleName("Number of images")
        self.whole = QPushButton("Whole images", self)
        self.whole.setToolTip("Whole images; the box is what the unit sees: its receptive field")
        self.cropped = QPushButton("What it sees", self)
        self.cropped.setToolTip("Only the pixels of the receptive field")
        self._views = QButtonGroup(self)
        for button in (self.whole, self.cropped):
            button.setProperty("role", "segment")
            button.setCheckable(True)
            self._views.addButton(button)
        self.whole.setChecked(True)
        self.panels: dict[Kind, SetPanel] = {
            kind: SetPanel(kind, lab.theme, self) for kind in KINDS
        }
        self.slots_title = QLabel("Color-label selectivity f", self)
        self.slots_title.setProperty("role", "heading")
        self.slots_title.setToolTip(
            "Share of the weight of its strongest Stroop images in which a color term is the word, "
            "the font’s color or the background’s; by chance 1/11 each"
        )
        self.bars = SlotBars(lab.theme, self)
        self.sums = _wrapped(self, "muted")
        self._arrange()
        self._connect()
        self._restyle()

    @property
    def unit(self) -> int:
        """The unit that is shown."""
        return self._unit

    def show_unit(self, unit: int) -> None:
        """Show a unit of the census that is shown."""
        indices = self._shown_census.indices
        same = unit == self._unit
        self._unit = unit
        if indices is None or unit == NO_UNIT:
            return
        if not same:
            self.scroll_area.verticalScrollBar().setValue(0)
        census = indices.census
        layer = census.layer_of(unit)
        side = census.record.model.preprocessing.side
        self.name.show_text(census.name_of(unit), layer_tip(layer, side))
        count = int(self.first.currentData())
        for kind, panel in self.panels.items():
            panel.setVisible(kind in census.sets)
            if kind in census.sets:
                expected = min(count, int(census.sets[kind].tops.counts[unit]))
                panel.begin(indices, unit, expected, same)
        self._show_readings(indices)
        self._ask(indices, count)

    def clear(self) -> None:
        """Show no unit, and let go of what is being drawn."""
        self._unit = NO_UNIT
        self._asked = None
        self._pictures.ask_page(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            self.left.emit()
        elif event.key() == Qt.Key.Key_PageUp:
            self._go(-1)
        elif event.key() == Qt.Key.Key_PageDown:
            self._go(1)
        else:
            super().keyPressEvent(event)

    # --- wiring ---

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.back)
        head.addWidget(self.name, 1)
        head.addWidget(self.live)
        head.addWidget(self.silence)
        head.addWidget(self.export)
        head.addWidget(self.before)
        head.addWidget(self.after)
        kind = QHBoxLayout()
        kind.setSpacing(6)
        kind.addWidget(self.badge)
        kind.addWidget(self.type, 1)
        tools = QHBoxLayout()
        tools.setSpacing(2)
        tools.addWidget(self.whole)
        tools.addWidget(self.cropped)
        tools.addStretch(1)
        tools.addWidget(self.first)
        columns = QHBoxLayout()
        columns.setSpacing(10)
        for panel in self.panels.values():
            columns.addWidget(panel, 1, Qt.AlignmentFlag.AlignTop)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(7)
        column.addLayout(kind)
        column.addWidget(self.reason)
        column.addLayout(tools)
        column.addLayout(columns)
        column.addWidget(self.slots_title)
        column.addWidget(self.bars)
        column.addWidget(self.sums)
        column.addStretch(1)
        self.scroll_area = QScrollArea(self)
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setWidget(inside)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(6)
        page.addLayout(head)
        page.addWidget(self.scroll_area, 1)

    def _connect(self) -> None:
        self._shown_census.changed.connect(self._on_changed)
        self._pictures.page_part.connect(self._on_part)
        self._pictures.page_failed.connect(self._on_failed)
        self.first.activated.connect(lambda _row: self.show_unit(self._unit))
        self.whole.toggled.connect(self._set_whole)
        for panel in self.panels.values():
            panel.opened.connect(
                lambda image, panel=panel: self._open_in_designer(panel.kind, image)
            )
            panel.left.connect(self.left)
        self._lab.theme.changed.connect(self._restyle)
        self._lab.ablation.changed.connect(lambda _setup: self._show_silenced())

    def _shown(self) -> Shown | None:
        indices = self._shown_census.indices
        if indices is None or self._unit == NO_UNIT:
            return None
        return Shown("unit", indices, unit=self._unit)

    def _go(self, way: int) -> None:
        self.step_wanted.emit(way)

    def _set_whole(self, whole: bool) -> None:
        for panel in self.panels.values():
            panel.set_whole(whole)

    # --- what comes ---

    def _ask(self, indices: NeuronIndices, count: int) -> None:
        self._asked = PageRequest(indices.census, self._unit, indices.thresholds.top, count)
        self._pictures.ask_page(self._asked)

    def _on_changed(self, indices: NeuronIndices) -> None:
        """Other thresholds: the numbers follow at once, the pictures if they depend on them."""
        if self._unit == NO_UNIT:
            return
        asked = self._asked
        if asked is None or asked.census is not indices.census:
            return  # another census: its owner shows the list
        self._show_readings(indices)
        for kind in indices.census.sets:
            self.panels[kind].show_indices(indices, self._unit)
        if asked.top != indices.thresholds.top:
            self._ask(indices, asked.first)

    def _on_part(self, request: PageRequest, part: UnitInSet) -> None:
        indices = self._shown_census.indices
        if request is self._asked and indices is not None:
            self.panels[part.kind].show_part(part, indices, self._unit)

    def _on_failed(self, request: PageRequest, kind: Kind, error: LabError) -> None:
        indices = self._shown_census.indices
        if request is self._asked and indices is not None:
            self.panels[kind].show_problem(error)
            self.panels[kind].show_indices(indices, self._unit)

    def _show_readings(self, indices: NeuronIndices) -> None:
        unit = self._unit
        found = type_of(indices, unit)
        self.badge.show_style(None if found is None else found.style)
        self.type.setText("No type" if found is None else found.title)
        self.reason.setText(type_reason(indices, unit))
        palette = palette_of_census(indices.census)
        self.sums.setText(self.bars.show_unit(indices.slots, unit, palette))
        self.live.setEnabled(self._shown_census.fits(self._lab.inference.info))
        self._show_silenced()

    def _silence(self) -> None:
        indices = self._shown_census.indices
        if indices is not None and self._unit != NO_UNIT:
            census, unit = indices.census, self._unit
            numbers = (int(census.unit_numbers[unit]),)
            units = {census.layer_of(unit).name: numbers}
            self._lab.ablation.add(census.name_of(unit), units, census.record.model)
            self._lab.say(f"{census.name_of(unit)} is silenced; Studies shows what that changes")

    def _show_silenced(self) -> None:
        """A unit that is silenced already cannot be silenced again."""
        indices, unit = self._shown_census.indices, self._unit
        if indices is None or unit == NO_UNIT:
            return
        census, setup = indices.census, self._lab.ablation.setup
        numbers = setup.units().get(census.layer_of(unit).name, ())
        silenced = setup.fits(census.record.model) and int(census.unit_numbers[unit]) in numbers
        self.silence.setEnabled(not silenced)
        self.silence.setText("Silenced" if silenced else "Silence")

    # --- into the designer ---

    def _open_in_designer(self, kind: Kind, image: TopImage) -> None:
        """Make an image the stimulus, as one undo step."""
        indices = self._shown_census.indices
        if indices is None:
            return
        lab, found = self._lab, indices.census.sets[kind]
        try:
            stimulus = stimulus_of(found, image.image)
        except LabError as error:
            lab.report(error)
            return
        path = picture_path(found, image.image)
        if stimulus is not None:
            lab.document.end_merge()
            lab.document.change("open image of a unit", stimulus=stimulus)
            lab.say(f"Image {image.image:,} is in the Designer; Undo brings the other back")
        elif image.changed:
            lab.report(
                PictureError(
                    f"{image.name} has changed since the census has seen it.",
                    "Put the picture back as it was to open it in the Designer.",
                )
            )
            return
        elif path is not None:
            lab.import_picture(path)
        if lab.actions.is_bound("view.show-designer"):
            lab.actions.trigger("view.show-designer")
            self.panels[kind].crops.setFocus()

    # --- looks ---

    def _tool(self, icon: str, tip: str, call: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("icon-name", icon)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.setIconSize(QSize(14, 14))
        button.clicked.connect(lambda _checked: call())
        return button

    def _restyle(self) -> None:
        for button in (self.back, self.before, self.after):
            button.setIcon(self._lab.theme.icon(str(button.property("icon-name"))))


def _wrapped(parent: QWidget, role: str) -> QLabel:
    label = QLabel(parent)
    if role:
        label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
