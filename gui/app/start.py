"""From the command line to the running window.

The window shows first; torch is imported afterwards, on the inference thread.
"""

from __future__ import annotations

import logging
import sys

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from core.base.errors import LabError
from core.base.log import CrashTrace, start_logging
from core.base.paths import APP_NAME, data_dir
from core.base.settings import Settings, load_settings
from core.base.version import VERSION
from core.document.autosave import find_recoveries
from core.document.document import default_document
from core.stimuli.imported.pictures import PictureStore
from gui.app.command_line import Options
from gui.app.crash import CrashGuard, environment_text
from gui.app.signals import SignalWatch
from gui.context.actions import Actions
from gui.context.document import Document
from gui.context.lab_context import LabContext
from gui.dialogs.crash_report import CrashReportDialog
from gui.dialogs.questions import ask_recovery
from gui.jobs.inference import Inference
from gui.jobs.model_load import Load, end_if_loads_are_left_behind
from gui.look.theme import Theme
from gui.window.autosave import Autosave
from gui.window.main_window import MainWindow

log = logging.getLogger(__name__)

_PANE_WIDTHS = {"designer": 42, "prediction": 50, "inspector": 50}
_THREE_COLUMNS = 1500
"""Least width of a window in which three panes can be read side by side."""


def run(options: Options) -> int:
    """Open the window and stay until it is closed; the result is the exit status."""
    logging_session = start_logging()
    app = make_application()
    guard = CrashGuard()
    guard.install()
    try:
        session = Session(app, guard, options, logging_session.crashes)
        session.window.show()
        status = app.exec()
        session.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    finally:
        guard.uninstall()
        logging_session.stop()
    end_if_loads_are_left_behind(status)
    return status


def make_application() -> QApplication:
    """The one `QApplication` of the process."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("clip-color-lab")
    app.setApplicationDisplayName(APP_NAME)
    app.setApplicationVersion(VERSION)
    app.setDesktopFileName("clip-color-lab")
    return app


def build_lab(app: QApplication, settings: Settings, load: Load | None = None) -> LabContext:
    """The shared parts of a window, without any widget; `load` is `Inference`'s."""
    theme = Theme(app, settings.theme)
    document = Document(
        PictureStore(data_dir() / "pictures"), default_document(gray=settings.gray_spelling)
    )
    inference = Inference(settings.threads, load)
    lab = LabContext(document, inference, settings, theme, Actions())
    for part in (document, inference, lab.actions, theme):
        part.setParent(lab)
    return lab


def build_window(lab: LabContext) -> MainWindow:
    """The window with all its panes."""
    from gui.designer.pane import DesignerPane
    from gui.export.tools import PictureTools
    from gui.help.tools import HelpTools
    from gui.models.opener import ModelTools
    from gui.prediction.pane import PredictionPane
    from gui.widgets.job_progress import JobBadge

    def inspector() -> QWidget:
        from gui.inspector.pane import InspectorPane

        pane = InspectorPane(lab)
        pane.begin()
        return pane

    def experiments() -> QWidget:
        from gui.experiments.pane import ExperimentsPane

        pane = ExperimentsPane(lab)
        pane.begin()
        return pane

    def studies() -> QWidget:
        from gui.studies.pane import StudiesPane

        return StudiesPane(lab)

    window = MainWindow(lab)
    window.add_pane("designer", "Designer", DesignerPane(lab), shortcut="Alt+1")
    window.add_pane("prediction", "Prediction", PredictionPane(lab), "designer", "Alt+2")
    window.add_pane(
        "inspector", "Network inspector", inspector, "prediction", "Alt+3", _THREE_COLUMNS
    )
    window.add_pane("experiments", "Experiments", experiments, "prediction", "Alt+4", wide=True)
    window.add_pane("studies", "Studies", studies, "prediction", "Alt+5", wide=True)
    models = ModelTools(lab, window)
    PictureTools(window)
    HelpTools(window)
    window.finish(_PANE_WIDTHS)
    queues = (lab.work.queue, *models.jobs.queues.values())
    window.statusBar().insertPermanentWidget(0, JobBadge(queues, lab.actions.trigger))
    lab.setParent(window)  # the last child: it goes after all that listens to it
    return window


class Session(QObject):
    """One window from start to end: model, autosave, recovery, signals of the system."""

    def __init__(
        self,
        app: QApplication,
        guard: CrashGuard,
        options: Options,
        crashes: tuple[CrashTrace, ...] = (),
        load: Load | None = None,
    ) -> None:
        super().__init__()
        self._options = options
        self._crashes = crashes
        settings, self._notes = load_settings()
        self.lab = build_lab(app, settings, load)
        self.window = build_window(self.lab)
        self.autosave = Autosave(
            self.lab.document, settings.autosave_seconds, self.lab.report, parent=self
        )
        self.lab.settings_changed.connect(self._on_settings)
        guard.attach(self.window, self._save_after_crash, self.lab.report)
        self.lab.crashed.connect(guard.catch)
        self.signals = SignalWatch(self)
        self.signals.caught.connect(self._on_signal)
        self.window.first_painted.connect(self._begin)
        self.window.closed.connect(self._on_closed)

    def _on_settings(self, changed: Settings) -> None:
        self.autosave.set_seconds(changed.autosave_seconds)

    def _begin(self) -> None:
        """What waits until the window is seen."""
        self.lab.inference.start()
        self.lab.use_model(self._options.model or self.lab.settings.model)
        for note in self._notes:
            log.warning("%s", note)
        if self._notes:
            self.lab.say(" ".join(self._notes), 0)
        if self._options.self_test:
            return
        if self._options.document is not None:
            self.window.files.open(self._options.document)
        else:
            self._offer_recovery()
        if self._crashes:
            self._show_crash(self._crashes[-1])
        elif self._options.document is None:
            self._offer_tour()

    def _offer_tour(self) -> None:
        from gui.help.tools import HelpTools

        tools = self.window.findChild(HelpTools)
        if tools is not None:
            tools.offer_tour()

    def _offer_recovery(self) -> None:
        recoveries = find_recoveries()
        for other in recoveries[1:]:
            other.keep()
        if not recoveries:
            return
        newest = recoveries[0]
        answer = ask_recovery(newest, self.window)
        if answer is None:
            newest.keep()
            return
        if answer:
            try:
                self.lab.document.recover(newest)
            except LabError as error:
                newest.keep()
                self.lab.report(error)
                return
            if not self.autosave.save_now():  # keep the only copy there is
                newest.keep()
                return
        newest.discard()

    def _show_crash(self, crash: CrashTrace) -> None:
        dialog = CrashReportDialog(
            "The lab crashed when it ran last.",
            "The report helps to find the fault; nothing is sent anywhere by itself.",
            f"{environment_text()}\nCrashed {crash.when.isoformat()}\n\n{crash.text}",
            None,
            self.window,
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save_after_crash(self) -> None:
        self.window.files.save()

    def _on_signal(self, number: int) -> None:
        log.warning("ended by signal %d", number)
        # Nobody may be there to answer a question: the next start offers what was not saved.
        self.autosave.save_now()
        self.window.close_without_asking()

    def _on_closed(self) -> None:
        if not self.lab.document.modified or not self.signals.ended:
            self.autosave.close()
        self.signals.stop()
        QTimer.singleShot(0, QApplication.quit)
