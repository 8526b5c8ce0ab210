"""The page of one unit: figure 4 of the paper, and all that is known of the unit."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from core.base.errors import LabError, PictureError
from core.census.sets import KINDS, Kind
from core.figures.unit_figure import palette_of_census
from core.units.category_styles import CategoryStyle
from core.units.features.unit_pictures import TopImage, UnitInSet, picture_path, stimulus_of
from core.units.neuron_indices import NeuronIndices
from core.units.unit_facts import type_of, type_reason
from gui.charts.drawing import bold_font
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import NO_UNIT, ShownCensus
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.inspector.figures.figure_export import FigureExport, Shown
from gui.inspector.live.layer_tree import layer_tip
from gui.inspector.neurons.set_panel import SetPanel
from gui.inspector.neurons.slot_bars import SlotBars
from gui.inspector.neurons.unit_picture_work import PageRequest, UnitPictureWork
from gui.look.theme import Theme, number_font
from gui.widgets.build import STRETCH, IconButton, button, column, label, row, scrolling
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
        self.setFont(bold_font(number_font(7.5)))
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
    """Shows one `unit` of the census that is shown; `NO_UNIT` for none."""

    left = Signal()
    """Back to the list."""
    step_wanted = Signal(int)  # way
    """To the unit before (−1) or after (1)."""
    live_wanted = Signal()
    """Watch the unit with the stimulus on the canvas."""

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
        self.unit = NO_UNIT
        self._asked: PageRequest | None = None
        self.setObjectName("unitPage")
        self.setAccessibleName("Page of a neuron")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme = lab.theme
        self.back = IconButton(theme, "previous", "Back to the list (Escape)", self.left, self)
        self.back.setText("Neurons")
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.name = ElidedLabel("heading", self)
        tip = "The neuron before in the list (Page Up)"
        self.before = IconButton(theme, "up", tip, lambda: self.step_wanted.emit(-1), self)
        tip = "The next neuron of the list (Page Down)"
        self.after = IconButton(theme, "down", tip, lambda: self.step_wanted.emit(1), self)
        tip = "Watch this neuron while the stimulus changes"
        self.live = button("Live", tip, self.live_wanted, self)
        tip = "Silence this neuron: Studies shows what the model says without it (ablation)"
        self.silence = button("Silence", tip, self._silence, self, name="Silence this neuron")
        self.export_menu = FigureExport(lab, self._shown, self)
        tip = "Save this page as PNG, SVG or PDF (figure 4 of the paper), or its images as CSV"
        self.export = button("Export", tip, parent=self, menu=self.export_menu)
        self.badge = TypeBadge(theme, self)
        self.type = label("", "heading", self)
        self.reason = label("", "", self, wraps=True, copied=True)
        counts = [(f"Strongest {count}", count) for count in (FEW, MANY)]
        self.first = Combo(self, "Number of images", entries=counts)
        self._views = QButtonGroup(self)
        tip = "Whole images; the box is what the neuron sees: its receptive field"
        self.whole = self._view("Whole images", tip)
        self.cropped = self._view("What it sees", "Only the pixels of the receptive field")
        self.whole.setChecked(True)
        self.panels: dict[Kind, SetPanel] = {kind: SetPanel(kind, theme, self) for kind in KINDS}
        self.slots_title = label(
            "Color-label selectivity f",
            "heading",
            self,
            tip="Share of the weight of its strongest Stroop images in which a color term is the "
            "word, the font’s color or the background’s; by chance 1/11 each",
        )
        self.bars = SlotBars(theme, self)
        self.sums = label("", "muted", self, wraps=True, copied=True)
        self._arrange()
        self._connect()

    def _view(self, text: str, tip: str) -> QPushButton:
        """One of the buttons that choose what is seen of the images."""
        made = button(text, tip, parent=self, role="segment")
        made.setCheckable(True)
        self._views.addButton(made)
        return made

    def show_unit(self, unit: int) -> None:
        """Show a unit of the census that is shown."""
        indices = self._shown_census.indices
        same = unit == self.unit
        self.unit = unit
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
        self.unit = NO_UNIT
        self._asked = None
        self._pictures.ask_page(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            self.left.emit()
        elif event.key() == Qt.Key.Key_PageUp:
            self.step_wanted.emit(-1)
        elif event.key() == Qt.Key.Key_PageDown:
            self.step_wanted.emit(1)
        else:
            super().keyPressEvent(event)

    # --- wiring ---

    def _arrange(self) -> None:
        tools = (self.live, self.silence, self.export, self.before, self.after)
        head = row(self.back, (self.name, 1), *tools, spacing=4)
        kind = row(self.badge, (self.type, 1))
        how = row(self.whole, self.cropped, STRETCH, self.first, spacing=2)
        top = Qt.AlignmentFlag.AlignTop
        columns = row(*((panel, 1, top) for panel in self.panels.values()), spacing=10)
        slots = (self.slots_title, self.bars, self.sums)
        inside = QWidget(self)
        parts = (kind, self.reason, how, columns, *slots, STRETCH)
        column(*parts, spacing=7, margins=(0, 0, 6, 0), on=inside)
        self.scroll_area = scrolling(inside, self)
        column(head, (self.scroll_area, 1), on=self)

    def _connect(self) -> None:
        self._shown_census.changed.connect(self._on_changed)
        self._pictures.page_part.connect(self._on_part)
        self._pictures.page_failed.connect(self._on_failed)
        self.first.activated.connect(lambda _row: self.show_unit(self.unit))
        self.whole.toggled.connect(self._set_whole)
        for panel in self.panels.values():
            panel.opened.connect(
                lambda image, panel=panel: self._open_in_designer(panel.kind, image)
            )
            panel.left.connect(self.left)
        self._lab.ablation.changed.connect(lambda _setup: self._show_silenced())

    def _shown(self) -> Shown | None:
        indices = self._shown_census.indices
        if indices is None or self.unit == NO_UNIT:
            return None
        return Shown("unit", indices, unit=self.unit)

    def _set_whole(self, whole: bool) -> None:
        for panel in self.panels.values():
            panel.crops.set_whole(whole)

    # --- what comes ---

    def _ask(self, indices: NeuronIndices, count: int) -> None:
        self._asked = PageRequest(indices.census, self.unit, indices.thresholds.top, count)
        self._pictures.ask_page(self._asked)

    def _on_changed(self, indices: NeuronIndices) -> None:
        """Other thresholds: the numbers follow at once, the pictures if they depend on them."""
        if self.unit == NO_UNIT:
            return
        asked = self._asked
        if asked is None or asked.census is not indices.census:
            return  # another census: its owner shows the list
        self._show_readings(indices)
        for kind in indices.census.sets:
            self.panels[kind].show_indices(indices, self.unit)
        if asked.top != indices.thresholds.top:
            self._ask(indices, asked.first)

    def _on_part(self, request: PageRequest, part: UnitInSet) -> None:
        indices = self._shown_census.indices
        if request is self._asked and indices is not None:
            self.panels[part.kind].show_part(part, indices, self.unit)

    def _on_failed(self, request: PageRequest, kind: Kind, error: LabError) -> None:
        indices = self._shown_census.indices
        if request is self._asked and indices is not None:
            self.panels[kind].show_problem(error)
            self.panels[kind].show_indices(indices, self.unit)

    def _show_readings(self, indices: NeuronIndices) -> None:
        unit = self.unit
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
        if indices is not None and self.unit != NO_UNIT:
            census, unit = indices.census, self.unit
            numbers = (int(census.unit_numbers[unit]),)
            units = {census.layer_of(unit).name: numbers}
            self._lab.ablation.add(census.name_of(unit), units, census.record.model)
            self._lab.say(f"{census.name_of(unit)} is silenced; Studies shows what that changes")

    def _show_silenced(self) -> None:
        """A unit that is silenced already cannot be silenced again."""
        indices, unit = self._shown_census.indices, self.unit
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
            lab.document.change("open image of a neuron", stimulus=stimulus)
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
