"""The network inspector: live maps, the figures of a census, and every unit."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.base.errors import LabError
from core.census.folder import DamagedCensus
from core.runs.folder import OtherVersions
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.inspector.census.census_bar import CensusBar
from gui.inspector.census.census_controller import CensusController
from gui.inspector.census.census_form import WHAT_IT_IS, CensusForm
from gui.inspector.census.report import census_reporter
from gui.inspector.census.shown_census import NO_UNIT, ShownCensus
from gui.inspector.figures.hue_tab import HueTab
from gui.inspector.figures.selectivity_tab import SelectivityTab
from gui.inspector.figures.types_tab import TypesTab
from gui.inspector.live.live_tab import LiveTab
from gui.inspector.neurons.units_tab import UnitsTab
from gui.widgets.build import STRETCH, column, row
from gui.widgets.job_progress import ProgressStrip
from gui.widgets.notices import Banner, Explanation
from gui.widgets.segments import Segments

TabName = Literal["live", "types", "selectivity", "hue", "neurons"]
TABS: tuple[TabName, ...] = get_args(TabName)
_TIPS: dict[TabName, str] = {
    "live": "What the neurons of a layer do with the stimulus on the canvas",
    "types": "How many neurons of each layer answer to colors, color words, any word (figure 5)",
    "selectivity": "How much of the neurons’ answer is color (figure 2)",
    "hue": "Which hues the color-selective neurons look for (figure 3)",
    "neurons": "All neurons with their neuron features, and each on a page of its own (figure 4)",
}


class Invitation(Explanation):
    """Stands in place of a figure before there is a census: what that is, and an offer."""

    wanted = Signal()

    def arrange(self) -> None:
        self.setObjectName("censusInvitation")
        self._heading.setProperty("role", "title")
        self._body.setProperty("role", "")
        for part in (self._heading, self._body):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._body.setMaximumWidth(460)
        self.button.setProperty("role", "primary")
        middle = row(STRETCH, (self._body, 8), STRETCH, spacing=12)
        below = row(STRETCH, self.button, STRETCH, spacing=12)
        parts = (2 * STRETCH, self._heading, middle, below, 3 * STRETCH)
        column(*parts, spacing=12, margins=(11, 11, 11, 11), on=self)
        self.invite()

    def invite(self) -> None:
        """Nothing is known yet and nothing is under way."""
        self.explain("No census yet", WHAT_IT_IS, "Take a census…", self.wanted.emit)

    def wait_for_census(self, queued: bool) -> None:
        """A census is in the queue, or at work and has nothing to show yet."""
        if queued:
            self.explain("The census waits", "It starts when the running job has ended.")
            return
        self.explain(
            "The census is under way",
            "Figures appear as soon as the first images are stored. The rest of the lab can be "
            "used meanwhile.",
        )


class InspectorPane(QWidget):
    """Five tabs under a line that says which census they are about."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._begun = False
        self.setObjectName("inspectorPane")
        self.shown_census = ShownCensus(self)
        self.controller = CensusController(lab, self.shown_census, lab.census, self)
        self.bar = CensusBar(lab, self.shown_census, self.controller, self)
        self.banner = Banner(lab.theme, self)
        self.progress = ProgressStrip(lab.census, self)
        self.tabs = Segments([(name, name.capitalize(), _TIPS[name]) for name in TABS], self)
        self.tabs.setAccessibleName("Views of the network")
        self.live = LiveTab(lab, self.shown_census, self)
        self.types = TypesTab(lab, self.shown_census, self)
        self.selectivity = SelectivityTab(lab, self.shown_census, self)
        self.hue = HueTab(lab, self.shown_census, self)
        self.units = UnitsTab(lab, self.shown_census, self)
        self.invitation = Invitation(self)
        self.form = CensusForm(self.controller.planning, self)
        self._pages: dict[str, QWidget] = {
            "live": self.live,
            "types": self.types,
            "selectivity": self.selectivity,
            "hue": self.hue,
            "neurons": self.units,
        }
        self._arrange()
        self._connect()
        self._bind()
        self._show_page()

    def picture_note(self) -> str:
        """What made the figures that are shown, for a picture of the pane; empty for live maps."""
        indices = self.shown_census.indices
        if indices is None or self.live.isVisibleTo(self):
            return ""
        from core.figures.census_notes import settings_lines

        return " · ".join(settings_lines(indices, "types"))

    @property
    def tab(self) -> str:
        """The tab that is chosen."""
        return self.tabs.chosen_name

    def begin(self) -> None:
        """List the censuses on the disk and show the newest; once the window is seen."""
        if not self._begun:
            self._begun = True
            self.shown_census.listed.connect(self._on_first_list)
            self.shown_census.refresh()

    def show_tab(self, name: TabName) -> None:
        """Bring a tab to the front."""
        self.show_form(False)
        self.tabs.show_name(name)
        self._show_page()

    def show_form(self, shown: bool) -> None:
        """Show the form of a new census in place of the tabs, or the tabs again."""
        planning = self.controller.planning
        if shown:
            planning.open()
            self.form.show_plan()
        else:
            planning.put_aside()
        self.outer.setCurrentWidget(self.form if shown else self.body)
        if shown:
            self.form.begin.setFocus()

    def stop(self) -> None:
        """Wait for what is under way beside the GUI thread; the census itself is the lab's."""
        self.controller.stop()
        self.shown_census.stop()

    # --- inside ---

    def _arrange(self) -> None:
        self.stack = QStackedWidget(self)
        for page in (*self._pages.values(), self.invitation):
            self.stack.addWidget(page)
        self.body = QWidget(self)
        column(self.tabs, (self.stack, 1), spacing=8, on=self.body)
        self.outer = QStackedWidget(self)
        for whole in (self.body, self.form):
            self.outer.addWidget(whole)
        parts = (self.bar, self.banner, self.progress, (self.outer, 1))
        column(*parts, spacing=7, margins=(10, 8, 10, 8), on=self)

    def _connect(self) -> None:
        lab, shown_census, jobs = self._lab, self.shown_census, self._lab.census
        self.tabs.chosen.connect(lambda _name: self._show_page())
        self.bar.new_wanted.connect(lambda: self.show_form(True))
        self.invitation.wanted.connect(lambda: self.show_form(True))
        self.form.begin_wanted.connect(self._begin)
        self.form.closed.connect(lambda: self.show_form(False))
        self.controller.begun.connect(self._on_begun)
        self.controller.versions_differ.connect(self._offer_other_versions)
        jobs.changed.connect(self._show_job)
        shown_census.loading.connect(lambda _title: self._show_page())
        shown_census.loaded.connect(lambda _data: self._show_page())
        shown_census.failed.connect(self._on_failed)
        shown_census.list_wanted.connect(self._show_list)
        shown_census.page_wanted.connect(lambda _unit: self.show_tab("neurons"))
        self.units.live_wanted.connect(self._watch)
        lab.closing.connect(self.stop)

    def _begin(self) -> None:
        if TypedFields(self.form, say=self._lab.say).ready("The census is not started"):
            self.controller.begin()

    def _bind(self) -> None:
        actions = self._lab.actions
        actions.bind("inspector.new-census", self._new_census)
        resume = self.controller.resume_shown
        actions.bind("inspector.resume-census", resume, enabled=False)
        actions.bind("inspector.pause-census", self._lab.census.pause, enabled=False)
        actions.bind("inspector.cancel-census", self._lab.census.cancel, enabled=False)
        reporter = census_reporter(self._lab)
        thresholds = TypedFields(self.stack, say=self._lab.say)

        def report() -> None:
            if thresholds.ready("The report is not written"):
                reporter.save(self.shown_census.indices)

        actions.bind("inspector.report", report, enabled=False)
        self.shown_census.changed.connect(lambda _indices: self._enable())
        for name in TABS:
            actions.bind(f"inspector.show-{name}", lambda name=name: self._come(name))
        self.shown_census.loaded.connect(lambda _data: self._enable())
        self._lab.census.changed.connect(self._enable)

    def _enable(self) -> None:
        job = self._lab.census.current
        free = job is None
        actions = self._lab.actions
        actions.set_enabled("inspector.new-census", free)
        actions.set_enabled("inspector.resume-census", free and bool(self.shown_census.unfinished))
        actions.set_enabled("inspector.report", self.shown_census.indices is not None)
        actions.set_enabled("inspector.pause-census", not free)
        actions.set_enabled("inspector.cancel-census", not free)

    def _come(self, name: TabName) -> None:
        self._lab.actions.trigger("view.show-inspector")
        self.show_tab(name)
        self.tabs.setFocus()

    def _show_list(self) -> None:
        self.show_tab("neurons")
        self.units.grid.view.setFocus()

    def _watch(self) -> None:
        """Watch the selected unit with the stimulus on the canvas."""
        data, unit = self.shown_census.data, self.shown_census.unit
        if data is not None and unit != NO_UNIT:
            self.show_tab("live")
            self.live.watch_unit(data.layer_of(unit).name, int(data.unit_numbers[unit]))

    def _new_census(self) -> None:
        self._lab.actions.trigger("view.show-inspector")
        self.show_form(True)

    def _on_first_list(self) -> None:
        self.shown_census.listed.disconnect(self._on_first_list)
        readable = [entry for entry in self.shown_census.censuses if not entry.problem]
        if self.shown_census.path is None and readable:
            self.shown_census.open(readable[0].path)

    def _on_begun(self, _path: object) -> None:
        self.show_form(False)
        if self.tab == "live":
            self.show_tab("types")

    def _on_failed(self, error: LabError) -> None:
        self._show_page()
        if isinstance(error, DamagedCensus):
            of_set = error.file.parent
            folder = of_set.parent
            self.banner.offer(  # without the path, which a narrow pane could not break
                f"The census in “{folder.name}” cannot be read: its file "
                f"{of_set.name}/{error.file.name} {error.what}. "
                "What is lost can be computed again.",
                "Resume",
                lambda: self.controller.resume(folder),
            )
        else:
            self._lab.report(error)

    def _offer_other_versions(self, error: OtherVersions) -> None:
        self.banner.offer(
            error.message,
            "Resume anyway",
            lambda: self.controller.resume(error.path, allow_versions=True),
        )

    def _show_job(self) -> None:
        self.bar.set_working(self._lab.census.current is not None)
        self._show_page()

    def _show_page(self) -> None:
        page, data = self._pages[self.tab], self.shown_census.data
        if page is not self.live and (data is None or not data.sets):
            page = self.invitation
            self._fill_invitation()
        self.stack.setCurrentWidget(page)

    def _fill_invitation(self) -> None:
        job = self._lab.census.current
        if job is not None:
            self.invitation.wait_for_census(job.state == "queued")
        elif self.shown_census.path is not None and self.shown_census.data is None:
            self.invitation.explain(f"Reading “{self.shown_census.title}”…")
        else:
            self.invitation.invite()
