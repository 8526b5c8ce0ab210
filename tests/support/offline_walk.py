"""A process in which the lab is used without a network, feature by feature.

``python -m tests.support.offline_walk FOLDER`` replaces connecting and looking up by functions that
raise, opens the real window on the embedded model, goes through what the lab can do, and only
then asks for downloads. What was seen is written as JSON for the test to judge.
"""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.base.log import start_logging
from core.models.files.catalog import embedded_dir, models_dir
from gui.app.command_line import Options
from gui.app.crash import CrashGuard
from gui.app.self_test import _checks
from gui.app.self_test_checks import Bench
from gui.app.self_test_network import NoNetwork
from gui.app.start import Session, make_application
from gui.models.opener import ModelTools

PATIENCE = 240
DIALOGS = ("file.preferences", "model.details", "model.device", "stimulus.presets", "help.about")
DOWNLOADS = ("RN50:openai", "ViT-B-32:laion2b_s34b_b79k")


class Walk:
    """The steps, in order."""

    def __init__(self, bench: Bench, seen: dict[str, Any]) -> None:
        self.bench = bench
        self.seen = seen
        self.lab = bench.lab
        self.window = bench.window

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        self.bench.wait(condition, PATIENCE, what)

    def go(self) -> None:
        """Everything but Download, then Download."""
        for name, check in _checks(Options(self_test=True, thorough=True)):
            if name not in ("network", "close"):
                self.seen["done"].append(f"{name}: {check(self.bench)}")
        for step in (
            self.picture,
            self.live_maps,
            self.experiment,
            self.dialogs,
            self.own_model,
        ):
            step()
            self.seen["done"].append(step.__name__)
        self.seen["attempts before"] = list(self.bench.network.attempts)
        self.downloads()
        self.seen["attempts after"] = list(self.bench.network.attempts)

    def picture(self) -> None:
        """Import a picture and ask about it."""
        path = self.bench.folder / "picture.png"
        Image.fromarray(np.full((40, 60, 3), (200, 30, 30), np.uint8)).save(path)
        self.lab.import_picture(path)
        self.wait(
            lambda: getattr(self.lab.document.stimulus, "name", "") == path.name, "the picture"
        )
        self.bench.answer()

    def live_maps(self) -> None:
        """The inspector looks at the stimulus."""
        pane: Any = self.window.docks["inspector"].pane
        self.window.docks["inspector"].raise_()
        pane.show_tab("live")
        self.wait(lambda: bool(pane.live.tree._items), "the layers of the network")

    def experiment(self) -> None:
        """A run in the window, with its table."""
        from core.experiments.presets import experiment

        pane: Any = self.window.docks["experiments"].pane
        self.window.docks["experiments"].raise_()
        pane.controller.use_preset(experiment("experiment-4").id)
        pane.controller.set_samples(1)
        pane.run()
        self.wait(lambda: len(self.lab.sweeps) > 0, "the run")
        self.wait(lambda: len(self.lab.sweeps) == 0, "the end of the run")
        self.wait(lambda: pane.results.made is not None, "the table")

    def dialogs(self) -> None:
        """Each dialog opens and closes."""
        for name in DIALOGS:
            self._open(name)

    def _open(self, name: str) -> None:
        opened: list[str] = []

        def close() -> None:
            front = QApplication.activeModalWidget() or QApplication.activePopupWidget()
            if front is not None:
                opened.append(front.windowTitle())
                front.close()

        QTimer.singleShot(400, close)
        self.lab.actions.trigger(name)
        self.wait(lambda: bool(opened), f"what {name} opens")

    def own_model(self) -> None:
        """Import a file of weights, use it, go back, and remove it."""
        source = self.bench.folder / "my model.safetensors"
        shutil.copy(embedded_dir() / "model.safetensors", source)
        self.lab.actions.trigger("model.manage")
        tools = self.window.findChild(ModelTools)
        assert tools is not None and tools.dialog is not None
        dialog = tools.dialog
        tools.jobs.import_path(source)
        key = str(models_dir() / source.name)

        def state() -> str:
            return next((row.state for row in dialog.list.models.rows if row.key == key), "")

        self.wait(lambda: state() == "here", "the import")
        self.lab.use_model(key)
        self.wait(lambda: state() == "in use", "the imported model")
        self.lab.use_model("embedded")
        self.wait(lambda: state() == "here", "the embedded model")
        dialog.confirm = lambda _row: True  # type: ignore[method-assign]
        dialog.remove(next(row for row in dialog.list.models.rows if row.key == key))
        self.wait(lambda: state() == "", "the removal")

    def downloads(self) -> None:
        """The one feature that needs a network says so in a sentence."""
        tools = self.window.findChild(ModelTools)
        assert tools is not None and tools.dialog is not None
        dialog = tools.dialog
        for key in DOWNLOADS:
            dialog.notice.hide()
            dialog.list.choose(key)
            dialog.details.download.click()
            self.wait(dialog.notice.isVisible, f"the answer about {key}")
            self.seen["sentences"].append(dialog.notice.text)
        dialog.close()


def main(folder: Path) -> int:
    """Walk, and write what was seen."""
    seen: dict[str, Any] = {"done": [], "sentences": []}
    logging_session = start_logging()
    guard = CrashGuard()
    guard.install()
    network = NoNetwork()
    try:
        with network:
            options = Options(self_test=True, thorough=True)
            session = Session(make_application(), guard, options)
            bench = Bench(session, guard, folder, "embedded", network)
            try:
                Walk(bench, seen).go()
            finally:
                bench.close()
    except Exception:
        seen["failure"] = traceback.format_exc()
    finally:
        guard.uninstall()
        logging_session.stop()
    (folder / "seen.json").write_text(json.dumps(seen, indent=1), encoding="utf-8")
    return 1 if "failure" in seen else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
