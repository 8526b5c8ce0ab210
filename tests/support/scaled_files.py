"""Run by a test with QT_SCALE_FACTOR set: stimuli as files, and a picture of the canvas.

Arguments: the folder for both.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from core.base.settings import Settings
from gui.app.start import build_lab
from gui.context.stimulus_view import CLIP_PREPROCESSING
from gui.designer.pane import DesignerPane
from gui.experiments.plan.stimulus_export import StimulusExport
from gui.export.options import PictureOptions
from gui.export.painting import Subject, draw_file
from tests.core.experiment_runs import small_stimuli
from tests.support.designer import SIDE, SQUARE
from tests.support.quick_model import QuickLoader


def main(folder: Path) -> None:
    application = QApplication(sys.argv)
    lab = build_lab(application, Settings(theme="dark"), QuickLoader())
    lab.view.set_preprocessing(msgspec.structs.replace(CLIP_PREPROCESSING, side=SIDE))
    lab.document.change("square", stimulus=SQUARE)
    pane = DesignerPane(lab)
    pane.resize(420, 640)
    pane.show()
    application.processEvents()
    canvas = pane.findChild(QWidget, "stimulusCanvas")
    canvas.setFixedSize(300, 280)
    application.processEvents()
    drawn = draw_file(lab.theme, Subject("Stimulus", canvas), PictureOptions(note=False), "")
    (folder / "canvas.png").write_bytes(drawn.content())
    export = StimulusExport(lab, pane)
    export.ask_folder = lambda _title: folder / "set"
    (folder / "set").mkdir()
    export.begin(small_stimuli("experiment-4", 1, side=40), "Words on white")
    while export.busy:
        application.processEvents()
    print(pane.devicePixelRatioF())
    lab.close()
    pane.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
