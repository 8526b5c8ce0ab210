"""Draws the pictures of the studies pane: scans, maps and comparisons of the embedded model.

``python -m tools.studies_pictures`` writes ``docs/images``; ``--folder`` says otherwise.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from tools.screenshots import LARGE, ROOT, SMALL, Photographer


class StudiesPictures:
    """Every state of the tabs of scans.

    Parameters
    ----------
    photographer : Photographer
        Of a running lab.
    """

    def __init__(self, photographer: Photographer) -> None:
        self._by = photographer
        self._pane: Any = photographer.window.docks["studies"].pane

    def take(self, theme: str) -> None:
        """All tabs in one theme."""
        self.take_scan(theme)
        if "map" in self._pane.pages:
            self.take_maps(theme)
            self.take_comparison(theme)

    def take_scan(self, theme: str) -> None:
        """Curves against hue, in a small window and, dark, a large one."""
        tab = self._pane.pages["scan"]
        self.open(SMALL, "scan")
        self._show_circle()
        tab.scan_parameter("figure-hue")
        self.finish(tab)
        tab.chart._point(20)
        self.shoot(f"studies-scan-{theme}", SMALL)
        tab.chart._point(-1)
        if theme == "dark":
            self.open(LARGE, "scan")
            self.shoot("studies-large-dark", LARGE)

    def take_maps(self, theme: str) -> None:
        """A map of colors and the Stroop matrix."""
        by, pane = self._by, self._pane
        tab = pane.pages["map"]
        self.open(SMALL, "map")
        self._show_circle()
        tab.use_preset("hue-lightness")
        tab.runner.run()
        self.finish(tab)
        self.shoot(f"studies-map-{theme}", SMALL)
        by.lab.document.new()
        by.lab.actions.trigger("studies.stroop")
        self.finish(tab)
        self.shoot(f"studies-stroop-{theme}", SMALL)

    def take_comparison(self, theme: str) -> None:
        """Pins, and the strip of variants."""
        by, pane = self._by, self._pane
        by.lab.document.new()
        self.open(SMALL, "compare")
        tab = pane.pages["compare"]
        tab.pin_stimulus()
        self._show_circle()
        tab.pin_stimulus()
        self.finish(tab)
        by.wait(lambda: len(tab.answers) == 3)
        self.shoot(f"studies-compare-{theme}", SMALL)
        by.lab.document.new()

    def shoot(self, name: str, size: tuple[int, int]) -> None:
        """The window; the bars may lie hidden behind the pane, so nothing is waited for."""
        by = self._by
        by.window.resize(*size)
        by.lab.document.end_merge()
        by.settle(0.8)
        by.window.statusBar().clearMessage()
        by.save(name, by.window.grab().toImage())

    def open(self, size: tuple[int, int], name: str) -> None:
        """Bring a tab to the front of the pane in a window of that size."""
        self._by.arrange(size)
        self._by.window.docks["studies"].raise_()
        self._pane.show_tab(name)
        self._by.settle()

    def finish(self, tab: Any) -> None:
        """Until the scan of a tab is done."""
        self._by.settle(0.5)
        self._by.wait(
            lambda: (
                not tab.runner.running
                and tab.runner.result is not None
                and tab.runner.result.complete
            )
        )
        self._by.settle()

    def _show_circle(self) -> None:
        from core.stimuli.stimulus import ShapeStimulus

        document = self._by.lab.document
        circle = ShapeStimulus(
            shape="circle",
            figure_color=(0, 128, 0),
            background_color=(128, 128, 128),
            size=0.6,
            side=document.stimulus.side,
        )
        document.change("shape", stimulus=circle)


def main() -> None:
    """Take the pictures in both themes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--theme", choices=("light", "dark"), help="only this one")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="color-lab-pictures-") as profile:
        os.environ["CLIP_COLOR_LAB_HOME"] = profile
        photographer = Photographer(options.folder, "embedded")
        pictures = StudiesPictures(photographer)
        for theme in (options.theme,) if options.theme else ("light", "dark"):
            photographer.use_theme(theme)
            photographer.lab.document.new()
            pictures.take(theme)
        photographer.close()


if __name__ == "__main__":
    main()
