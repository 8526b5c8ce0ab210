"""Run by a test with QT_SCALE_FACTOR set: saves the pixels, copies them, and shoots the canvas.

Arguments: the PNG file to save, the ``.npz`` file for what was seen.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from core.base.settings import Settings
from gui.app.start import build_lab
from gui.context.stimulus_view import CLIP_PREPROCESSING
from gui.designer.pane import DesignerPane
from tests.support.designer import SIDE, SQUARE, screenshot
from tests.support.pixels import to_array
from tests.support.quick_model import QuickLoader


def main(png: Path, seen: Path) -> None:
    application = QApplication(sys.argv)
    lab = build_lab(application, Settings(), QuickLoader())
    lab.view.set_preprocessing(msgspec.structs.replace(CLIP_PREPROCESSING, side=SIDE))
    lab.document.change("square", stimulus=SQUARE)
    pane = DesignerPane(lab)
    pane.resize(420, 640)
    pane.show()
    application.processEvents()
    pane.transfer.save_to(png)
    pane.transfer.stop()
    pane.transfer.copy()
    pane.canvas.show_figure(None)
    pane.canvas.clearFocus()
    view = pane.canvas.view
    np.savez(
        seen,
        scale=pane.devicePixelRatioF(),
        canvas=screenshot(pane.canvas),
        copied=to_array(QGuiApplication.clipboard().image()),
        place=(view.left, view.top, view.extent),
    )
    lab.close()
    pane.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
