"""A running lab that is brought into a state and has its picture taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

PATIENCE_SECONDS = 240
THEMES = ("light", "dark")
SMALL, LARGE = (1280, 720), (1920, 1080)
MOST_BYTES = 500_000


class Photographer:
    """A running lab and the means to wait for a state and take its picture.

    Parameters
    ----------
    folder : Path
        Where the pictures go.
    scratch : Path
        Folder for what the states need; it goes with the lab's profile.
    model : str
    """

    def __init__(self, folder: Path, scratch: Path, model: str) -> None:
        from gui.app.command_line import Options
        from gui.app.crash import CrashGuard
        from gui.app.start import Session, make_application

        self.folder = folder
        self.scratch = scratch
        self.app = make_application()
        self.session = Session(self.app, CrashGuard(), Options(model=model))
        self.window = self.session.window
        self.lab = self.session.lab
        self.lab.settings.tour_seen = True
        self.window.resize(*SMALL)
        self.window.show()
        self.wait_for_bars()
        # The first answer takes longer than all others; no picture should show its time.
        self.lab.actions.trigger("stimulus.swap-colors")
        self.wait_for_bars()
        self.start_anew()

    def close(self) -> None:
        """End the lab."""
        self.window.close_without_asking()
        self.wait(lambda: not self.window.isVisible())

    # ---- states ----

    def use_theme(self, theme: str) -> None:
        self.lab.change_settings(theme=theme)
        self.app.processEvents()

    def start_anew(self) -> None:
        """An untouched document in the first layout."""
        self.lab.document.new()
        self.arrange(SMALL)
        self.wait_for_bars()

    def arrange(self, size: tuple[int, int]) -> None:
        """The first layout of a window of that size, in widget units."""
        self.window.resize(*size)
        self.settle()
        self.window.reset_layout()
        self.settle()

    def raise_pane(self, name: str) -> Any:
        """Bring a pane to the front, and return it."""
        dock = self.window.docks[name]
        dock.raise_()
        self.settle()
        return dock.pane

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

    def take_sizes(
        self, name: str, pane: str = "", prepare: Callable[[], object] | None = None
    ) -> None:
        """The window in its two sizes: ``NAME.png`` and ``NAME-large.png``.

        Parameters
        ----------
        name : str
        pane : str
            To be brought to the front after each change of size.
        prepare : callable, optional
            Brings about what each picture shows, e.g. chooses a row.
        """
        for size, ending in ((LARGE, "-large"), (SMALL, "")):
            self.arrange(size)
            if pane:
                self.raise_pane(pane)
            if prepare is not None:
                prepare()
            self.take(name + ending, size)

    def take(self, name: str, size: tuple[int, int]) -> None:
        """The window alone at a size, in widget units."""
        self.window.resize(*size)
        self.lab.document.end_merge()
        # Bars behind another pane are drawn when they are seen, so there is nothing to wait for.
        if self.window.docks["prediction"].pane.isVisible():
            self.wait_for_bars()
        self.settle(0.6)
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
                with QPainter(picture) as painter:
                    place = dialog.mapToGlobal(QPoint(0, 0)) - self.window.mapToGlobal(QPoint(0, 0))
                    painter.drawPixmap(place, dialog.grab())
                    painter.setPen(dialog.palette().color(dialog.foregroundRole()))
                    painter.drawRect(
                        place.x() - 1, place.y() - 1, dialog.width() + 1, dialog.height() + 1
                    )
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
        print(path.name, f"{path.stat().st_size:,} bytes", flush=True)


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
