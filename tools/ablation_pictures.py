"""Draws the pictures of ablations: units silenced live, and the result of a study.

``python -m tools.ablation_pictures --census DIR --study DIR`` writes ``docs/images``. The census is
one of the embedded model with words and natural pictures, the study any that is finished.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tools.screenshots import LARGE, ROOT, SMALL, Photographer

_CHOICES = (("Any word", "layer4, outputs of its blocks"), ("Color word", "layer4.1"))


class AblationPictures:
    """Drives the ablation tab as a user does.

    Parameters
    ----------
    photographer : Photographer
        Of a running lab, whose profile has a census of the model.
    """

    def __init__(self, photographer: Photographer) -> None:
        self._by = photographer
        window, lab = photographer.window, photographer.lab
        book: Any = window.docks["inspector"].pane.book
        lab.actions.trigger("view.show-inspector")
        photographer.wait(lambda: book.readings is not None)
        lab.actions.trigger("view.show-studies")
        pane: Any = window.docks["studies"].pane
        pane.tabs.buttons["ablation"].click()
        self._tab: Any = pane.pages["ablation"]
        for kind, layers in _CHOICES:
            self._add(kind, layers)

    def take(self, theme: str) -> None:
        """Units silenced live in a small window, and beside a study's result in a large one."""
        by, tab = self._by, self._tab
        by.use_theme(theme)
        by.wait(lambda: by.lab.ablation.live is not None)
        by.window.resize(*SMALL)
        tab.scroll.verticalScrollBar().setValue(0)
        self._save(f"ablation-{theme}")
        by.wait(lambda: tab.study.result.isVisible())
        by.settle(0.6)
        tab.scroll.verticalScrollBar().setValue(tab.study.y())
        self._save(f"ablation-study-{theme}")
        by.window.resize(*LARGE)
        tab.scroll.verticalScrollBar().setValue(0)
        self._save(f"ablation-large-{theme}")

    def _add(self, kind: str, layers: str) -> None:
        chooser = self._tab.units.chooser
        texts = [chooser.type.itemText(row) for row in range(chooser.type.count())]
        chooser.type.setCurrentIndex([text.split(" · ")[0] for text in texts].index(kind))
        chooser.layers.setCurrentIndex(chooser.layers.findText(layers))
        chooser.refresh()
        chooser.add.click()

    def _save(self, name: str) -> None:
        by = self._by
        by.settle(0.6)
        by.window.statusBar().clearMessage()
        by.settle(0.3)
        by.save(name, by.window.grab().toImage())


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--census", type=Path, required=True)
    parser.add_argument("--study", type=Path, required=True)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="color-lab-pictures-") as profile:
        os.environ["CLIP_COLOR_LAB_HOME"] = profile
        for source, kind in ((options.census, "censuses"), (options.study, "studies")):
            shutil.copytree(source, Path(profile) / "data" / kind / "shown")
        photographer = Photographer(options.folder, "embedded")
        pictures = AblationPictures(photographer)
        for theme in ("light", "dark"):
            pictures.take(theme)
        photographer.lab.document.undo_stack.setClean()
        photographer.close()


if __name__ == "__main__":
    main()
