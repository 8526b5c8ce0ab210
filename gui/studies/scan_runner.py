"""Runs the scan of a tab, follows changes, and tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.scans.events import ScanEvent, ScanFinished, ScanProgress, ScanStarted
from core.scans.plan import ScanPlan
from core.scans.result import ScanResult
from gui.context.lab_context import LabContext
from gui.jobs.latest_worker import Request
from gui.studies.jobs import LIVE_IMAGES, scan_jobs, scan_work
from gui.widgets.build import once

PAUSE = 250
"""Milliseconds without a change after which a scan follows."""


class ScanRunner(QObject):
    """The scan of one tab.

    Parameters
    ----------
    channel : str
        Of `gui.jobs.scans.ScanJobs`.
    make : callable
        Gives the present plan; raises `LabError` if there can be none.
    """

    changed = Signal()
    """`result`, `error`, `done` or the state differ from before."""

    def __init__(
        self,
        lab: LabContext,
        channel: str,
        make: Callable[[], ScanPlan],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._channel = channel
        self._make = make
        self._jobs = scan_jobs(lab)
        self._wanted: ScanPlan | None = None
        self._info: object = None
        self._by_itself = False
        self.result: ScanResult | None = None
        self.error: LabError | None = None
        self.done = 0
        self.images = 0
        self.seconds = 0.0
        self.computed = 0
        self.refining = False
        self._pause = once(PAUSE, self._follow, self)
        self._jobs.reported.connect(self._on_reported)
        self._jobs.failed.connect(self._on_failed)
        self._jobs.ended.connect(self._on_ended)
        lab.closing.connect(self._pause.stop)

    @property
    def running(self) -> bool:
        """True while the scan is at work."""
        return self._jobs.busy(self._channel)

    @property
    def stale(self) -> bool:
        """True if what is shown or under way is about something else than is asked for now."""
        try:
            plan = self._make()
        except LabError:
            return True
        session = self._lab.inference.session
        return (
            session is None
            or self._info is not session.info
            or self._wanted is None
            or not same_question(plan, self._wanted)
        )

    def follow(self) -> None:
        """Run soon, if that is quick; once per burst of changes. Bars are not kept waiting by what
        nobody asks for any more.
        """
        if self._by_itself and self.running and self.stale:
            self.cancel()
        self._pause.start()

    def rest(self) -> None:
        """Nobody looks: end what follows the document by itself; what one asked for goes on."""
        self._pause.stop()
        if self._by_itself and self.running:
            self.cancel()

    def run(self) -> None:
        """Run now."""
        self._run(by_itself=False)

    def _run(self, by_itself: bool) -> None:
        self._pause.stop()
        session = self._lab.inference.session
        if session is None:
            return
        try:
            plan = self._make()
        except LabError as error:
            self._refuse(error)
            return
        self.error = None
        self._by_itself = by_itself
        self._wanted, self._info = plan, session.info
        self.done, self.images, self.refining = 0, plan.setup.images, False
        if self.result is not None and not _same_shape(self.result.plan, plan):
            self.result = None
        self._jobs.scan(self._channel, scan_work(plan, session))
        self.changed.emit()

    def cancel(self) -> None:
        """Stop after the batch; what is done stays."""
        self._pause.stop()
        self._jobs.withdraw(self._channel)
        self._wanted = None
        self.changed.emit()

    def _follow(self) -> None:
        try:
            plan = self._make()
        except LabError as error:
            self._refuse(error)
            return
        if plan.setup.images <= LIVE_IMAGES and (self.stale or self.error is not None):
            self._run(by_itself=True)
        else:
            self.changed.emit()

    def _refuse(self, error: LabError) -> None:
        self._jobs.withdraw(self._channel)
        self._wanted, self.error, self.result = None, error, None
        self.changed.emit()

    def _on_reported(self, request: Request, event: ScanEvent) -> None:
        if request.channel != self._channel:
            return
        if isinstance(event, ScanStarted):
            self.images = event.images
        elif isinstance(event, ScanProgress):
            self.done, self.images = event.done, event.images
            self.refining = event.refining
            if not event.refining:
                self.result = event.result
        elif isinstance(event, ScanFinished):
            self.result, self.seconds, self.computed = event.result, event.seconds, event.computed
        self.changed.emit()

    def _on_failed(self, request: Request, error: LabError) -> None:
        if request.channel == self._channel:
            self.error = error
            self.changed.emit()

    def _on_ended(self, request: Request) -> None:
        if request.channel == self._channel:
            self.changed.emit()


def same_question(one: ScanPlan, other: ScanPlan) -> bool:
    """True if two plans have the same answers.

    What a scan changes itself does not count: a stimulus that was taken from a scan gives the very
    same scan again.
    """
    if one == other:
        return True
    return (
        one.setup == other.setup
        and (one.templates, one.labels, one.palette)
        == (other.templates, other.labels, other.palette)
        and not one.setup.repetitions
        and all(
            one.figure(one.settings(point)) == other.figure(other.settings(point))
            for point in {0, one.setup.points // 2, one.setup.points - 1}
        )
    )


def _same_shape(one: ScanPlan, other: ScanPlan) -> bool:
    """True if the earlier result may stay until the new one comes."""
    return (
        one.setup.axes == other.setup.axes
        and one.templates == other.templates
        and one.labels == other.labels
    )
