"""The report of a census as a file: worked out and written beside the GUI thread."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from core.base.errors import LabError
from core.units.neuron_indices import NeuronIndices
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.export.files import AskPath, suggested_path
from gui.jobs.background import Background

_FILTERS = "HTML (*.html);;PDF (*.pdf)"


class CensusReporter(QObject):
    """Writes reports, one after the other; one for each window, see `census_reporter`.

    `ask_path` takes a suggested path and filters; a file dialog by default.
    """

    def __init__(self, lab: LabContext) -> None:
        super().__init__(lab)
        self._lab = lab
        self._background = Background(self)
        self._closing = threading.Event()
        self.ask_path: AskPath = lambda suggested, filters: ask_file(
            QApplication.activeWindow(), suggested, filters, "Report of the census"
        )
        lab.closing.connect(self.stop)

    def save(self, indices: NeuronIndices | None) -> None:
        """Ask for a file and write the report of what the inspector shows to it.

        Hues of units that are not known yet are worked out first, which can take minutes.
        """
        if indices is None:
            self._lab.say("There is no census to report on yet")
            return
        suggested = suggested_path(self._lab, indices.census.record.title, "html")
        path = self.ask_path(suggested, _FILTERS)
        if path is None:
            return
        self._lab.say(f"Writing {path.name}…", 0)

        def done(_done: object) -> None:
            self._lab.say(f"Saved {path.name}")

        def failed(error: LabError) -> None:
            self._lab.say("")
            self._lab.report(error, lambda: self.save(indices))

        self._background.run(lambda: self._write(path, indices), done, failed)

    def stop(self) -> None:
        """Give up what is under way."""
        self._closing.set()
        self._background.stop()

    def _write(self, path: Path, indices: NeuronIndices) -> None:
        """Runs beside the GUI thread."""
        from core.reports.census_report import census_report
        from core.reports.writing import report_form, write_report
        from core.units.features.hue_work import HueMeasurement

        form = report_form(path)
        hues = None
        if "pictures" in indices.selectivities:
            work = HueMeasurement().figures(
                indices.census, indices.selective, indices.thresholds.top
            )
            for found, _hue in work:
                hues = found
                if self._closing.is_set():
                    return
        write_report(path, census_report(indices, hues=hues), form)


def census_reporter(lab: LabContext) -> CensusReporter:
    """The reporter of the lab's window."""
    known = lab.findChild(CensusReporter)
    return known if known is not None else CensusReporter(lab)
