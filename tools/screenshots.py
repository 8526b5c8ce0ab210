"""Draws the pictures of the documentation: the real window, in both themes and several states.

``python -m tools.screenshots`` writes ``docs/images``; ``--folder`` and ``--model`` say otherwise.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tools.inspector_pictures import InspectorPictures

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 240
SMALL, LARGE = (1280, 720), (1920, 1080)
MEDIUM = (1600, 960)
MOST_BYTES = 500_000
LARGE_SCALE = 2


def main() -> None:
    """Take all pictures; those at double scale in a process of their own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--only-inspector", action="store_true", help="no others")
    parser.add_argument("--double", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="color-lab-pictures-") as profile:
        os.environ["CLIP_COLOR_LAB_HOME"] = profile
        photographer = Photographer(options.folder, options.model)
        if options.double:
            photographer.take_double()
        elif options.only_inspector:
            photographer.take_inspector(Path(profile))
        else:
            photographer.take_all(Path(profile))
            photographer.take_inspector(Path(profile))
        photographer.close()
    if not (options.double or options.only_inspector):
        command = [sys.executable, "-m", "tools.screenshots", "--double"]
        command += ["--folder", str(options.folder), "--model", options.model]
        scaled = {**os.environ, "QT_SCALE_FACTOR": str(LARGE_SCALE)}
        subprocess.run(command, check=True, cwd=ROOT, env=scaled)


class Photographer:
    """A running lab and the means to bring it into a state and take its picture."""

    def __init__(self, folder: Path, model: str) -> None:
        from gui.app import Session, make_application
        from gui.command_line import Options
        from gui.crash import CrashGuard

        self.folder = folder
        self.app = make_application()
        self.session = Session(self.app, CrashGuard(), Options(model=model))
        self.window = self.session.window
        self.lab = self.session.lab
        self.lab.settings.tour_seen = True
        self.window.resize(*SMALL)
        self.window.show()
        self.wait_for_bars()

    def take_all(self, scratch: Path) -> None:
        """Every state at scale 1."""
        for theme in ("light", "dark"):
            self.use_theme(theme)
            self.lab.document.new()
            self.take(f"lab-{theme}", SMALL)
            self.arrange(LARGE)
            self.take(f"lab-{theme}-large", LARGE)
            self.arrange(SMALL)
            self.show_shape()
            self.take(f"shape-{theme}", SMALL)
            self.show_picture(scratch)
            self.take(f"picture-{theme}", SMALL)
            self.lab.document.new()
            self.wait_for_bars()
            self.take_experiments(theme)
            for name, action in (
                ("command-palette", "help.actions"),
                ("preferences", "file.preferences"),
                ("model-details", "model.details"),
                ("gallery", "stimulus.presets"),
                ("save-picture", "view.save-picture"),
                ("device", "model.device"),
                ("shortcuts", "help.shortcuts"),
            ):
                self.take_dialog(f"{name}-{theme}", action)
            self.take_models(theme)
            self.take_help(theme)

    def take_help(self, theme: str) -> None:
        """The guide's window, and the tour over the main one."""
        from gui.help.tools import HelpTools

        tools: Any = self.window.findChild(HelpTools)
        tools.show_page("formulas", "network-inspector")
        self.settle()
        self.save(f"guide-{theme}", tools.guide.grab().toImage())
        tools.guide.close()
        self.arrange(SMALL)
        tools.show_tour()
        self.settle()
        self.save(f"tour-{theme}", self.window.grab().toImage())
        tools.tour.end()

    def take_models(self, theme: str) -> None:
        """The list of models, which stays open beside the window."""
        from gui.models.opener import ModelTools

        self.lab.actions.trigger("model.manage")
        dialog: Any = self.window.findChild(ModelTools).dialog
        self.wait(lambda: bool(dialog.list.models.rows))
        self.settle()
        dialog.list.choose("RN50:openai")
        self.wait(lambda: bool(dialog.details.address.text()))
        # Where the file belongs on a Linux desktop, not in the profile of these pictures.
        dialog.details.place.setText("~/.local/share/clip-color-lab/models/RN50.pt")
        self.settle()
        self.save(f"models-{theme}", dialog.grab().toImage())
        dialog.close()

    def take_inspector(self, scratch: Path) -> None:
        """The network inspector, with a small census."""
        pictures = InspectorPictures(self)
        self.use_theme("light")
        self.lab.document.new()
        pictures.take_first(scratch)
        for theme in ("light", "dark"):
            self.use_theme(theme)
            pictures.take_figures(theme)

    def take_experiments(self, theme: str) -> None:
        """The experiments pane: while a run fills its table, a table with images, the plan."""
        from core.experiments.presets import experiment

        pane: Any = self.window.docks["experiments"].pane
        self.arrange(MEDIUM)
        pane.conductor.use_preset(experiment("experiment-3").id)
        pane.conductor.set_samples(1)
        pane.run()

        def filling() -> bool:
            made = pane.results.made
            # Partial: it is not the table of the run before this one.
            return made is not None and made.images > 300 and pane.results.status.isVisible()

        self.wait(filling)
        self.take(f"experiments-running-{theme}", MEDIUM)
        self.wait(lambda: not len(self.lab.sweeps) and not pane.results.status.isVisible())
        view = pane.results.view
        view.setCurrentIndex(view.results.index(0, 3))
        view.choose_current()
        self.wait(lambda: pane.pictures.page is not None)
        self.take(f"experiments-images-{theme}", MEDIUM)
        pane.pictures.close_panel()
        self.arrange(SMALL)
        self.window.docks["experiments"].raise_()
        self.take(f"experiments-{theme}", SMALL)
        pane.show_plan(True)
        self.take(f"experiments-plan-{theme}", SMALL)
        pane.show_plan(False)
        self.arrange(SMALL)

    def arrange(self, size: tuple[int, int]) -> None:
        """The first layout of a window of that size, in widget units."""
        self.window.resize(*size)
        self.settle()
        self.window.reset_layout()
        self.settle()

    def take_double(self) -> None:
        """The window at double scale, on a screen of 1920 × 1080."""
        self.use_theme("light")
        width, height = LARGE
        self.take("lab-light-double", (width // LARGE_SCALE, height // LARGE_SCALE))

    def close(self) -> None:
        """End the lab."""
        self.window.close_without_asking()
        self.wait(lambda: not self.window.isVisible())

    # ---- states ----

    def use_theme(self, theme: str) -> None:
        self.lab.change_settings(theme=theme)
        self.app.processEvents()

    def show_shape(self) -> None:
        from core.color.terms import CSS
        from core.stimuli.stimulus import ShapeStimulus

        side = self.lab.document.stimulus.side
        star = ShapeStimulus(
            shape="star",
            figure_color=CSS["yellow"],
            background_color=CSS["blue"],
            center_x=0.46,
            size=0.62,
            rotation=12,
            side=side,
        )
        self.lab.document.change("shape", stimulus=star)

    def show_picture(self, scratch: Path) -> None:
        from core.stimuli.stimulus import PictureStimulus

        path = scratch / "sunset.png"
        Image.fromarray(sunset(900, 600)).save(path)
        key = self.lab.document.pictures.add(path, path.name)
        side = self.lab.document.stimulus.side
        picture = PictureStimulus(sha256=key, name=path.name, side=side)
        self.lab.document.change("picture", stimulus=picture)

    # ---- waiting ----

    def wait(self, ready: Callable[[], object], patience: float = PATIENCE_SECONDS) -> None:
        end = time.monotonic() + patience
        while not ready():
            if time.monotonic() > end:
                raise TimeoutError("The window did not come into the wanted state.")
            self.process_events()
            time.sleep(0.01)

    def process_events(self) -> None:
        """As the running program does: what was discarded also goes, e.g. tabs without docks."""
        from PySide6.QtCore import QEvent

        self.app.processEvents()
        self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def wait_for_bars(self) -> None:
        """Until the answer to the present document is drawn."""
        pane: Any = self.window.docks["prediction"].pane

        def drawn() -> bool:
            answer = pane.shown
            return answer is not None and answer.stimulus == self.lab.view.stimulus

        self.wait(drawn)
        self.settle()

    def settle(self, seconds: float = 0.3) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.process_events()
            time.sleep(0.01)

    # ---- pictures ----

    def take(self, name: str, size: tuple[int, int]) -> None:
        """The window alone at a size, in widget units."""
        self.window.resize(*size)
        self.lab.document.end_merge()
        self.wait_for_bars()
        # Neither a status message nor the pointer belongs into a picture.
        self.window.statusBar().clearMessage()
        self.settle()
        self.save(name, self.window.grab().toImage())

    def take_dialog(self, name: str, action: str) -> None:
        """The window with a dialog before it."""
        from PySide6.QtCore import QPoint, QTimer
        from PySide6.QtGui import QPainter
        from PySide6.QtWidgets import QApplication, QWidget

        self.window.resize(*SMALL)
        self.settle()

        def front() -> QWidget | None:
            return QApplication.activeModalWidget() or QApplication.activePopupWidget()

        def photograph() -> None:
            self.settle()
            dialog = front()
            picture = self.window.grab()
            if dialog is not None:
                painter = QPainter(picture)
                place = dialog.mapToGlobal(QPoint(0, 0)) - self.window.mapToGlobal(QPoint(0, 0))
                painter.drawPixmap(place, dialog.grab())
                painter.setPen(dialog.palette().color(dialog.foregroundRole()))
                painter.drawRect(
                    place.x() - 1, place.y() - 1, dialog.width() + 1, dialog.height() + 1
                )
                painter.end()
            self.save(name, picture.toImage())
            if dialog is not None:
                dialog.close()

        QTimer.singleShot(300, photograph)
        self.lab.actions.trigger(action)
        self.settle(1.0)

    def save(self, name: str, image: Any) -> None:
        """Write a PNG without any loss: these pictures are about colors."""
        path = self.folder / f"{name}.png"
        image.save(str(path))
        shrink(path)
        print(path.name, f"{path.stat().st_size:,} bytes")


def shrink(path: Path) -> None:
    """Compress a PNG as well as can be, every pixel staying as it is.

    Raises
    ------
    ValueError
        If it stays too large for the repository.
    """
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} takes {path.stat().st_size:,} bytes.")


def sunset(width: int, height: int) -> np.ndarray:
    """A picture to import, uint8, shape (height, width, 3): a sun over the sea."""
    down = np.linspace(0.0, 1.0, height)[:, None]
    across = np.linspace(0.0, 1.0, width)[None, :]
    top, low = np.array([60.0, 70.0, 150.0]), np.array([255.0, 150.0, 60.0])
    sky = top + (low - top) * np.clip(down / 0.62, 0, 1)[..., None] ** 1.6
    waves = 0.5 + 0.5 * np.sin(1400 * down**3 + 9 * np.sin(7 * across + 40 * down))
    glitter = np.exp(-(((across - 0.62) / 0.09) ** 2)) * waves
    sea = np.array([20.0, 45.0, 90.0]) + glitter[..., None] * np.array([235.0, 140.0, 40.0])
    sky = np.broadcast_to(sky, (height, width, 3))
    picture = np.where((down > 0.62)[..., None], sea, sky)
    distance = np.hypot((across - 0.62) * width, (down - 0.5) * height)
    sun = np.clip(height * 0.1 - distance + 0.5, 0, 1) * (down <= 0.62)
    picture = picture + sun[..., None] * (np.array([255.0, 225.0, 120.0]) - picture)
    return np.clip(picture.round(), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
