"""Draws the pictures of the network inspector, with a small census of its own.

The census is of the embedded model and of pictures made here: its numbers show how the window
looks, not what the model is like.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from tools.screenshots import Photographer

SMALL, LARGE = (1280, 720), (1920, 1080)
PICTURES = 64
SAMPLES = 5


class InspectorPictures:
    """Every state of the inspector.

    Parameters
    ----------
    photographer : Photographer
        Of a running lab without any census.
    """

    def __init__(self, photographer: Photographer) -> None:
        self._by = photographer
        self._pane: Any = photographer.window.docks["inspector"].pane

    def take_first(self, scratch: Path) -> None:
        """What is seen before the first census; then take it."""
        by, pane = self._by, self._pane
        by.arrange(SMALL)
        by.window.docks["inspector"].raise_()
        pane.show_tab("types")
        by.take("inspector-invitation-light", SMALL)
        folder = scratch / "made pictures"
        make_pictures(folder)
        planning = pane.conductor.planning
        planning.edit(stroop=SAMPLES, shapes=SAMPLES, title="Small census")
        planning.pictures.choose(folder)
        pane.show_form(True)
        by.wait(lambda: "about" in planning.estimate_text() and planning.ready)
        by.take("inspector-form-light", SMALL)
        pane.conductor.begin()
        by.wait(lambda: by.lab.census.current is not None)
        by.wait(lambda: by.lab.census.current is None, patience=1800)
        by.wait(lambda: pane.book.readings is not None and not pane.book.unfinished)

    def take_figures(self, theme: str) -> None:
        """The tabs, each in one theme or in both."""
        by, pane = self._by, self._pane
        by.arrange(SMALL)
        by.window.docks["inspector"].raise_()
        pane.show_tab("types")
        by.take(f"inspector-types-{theme}", SMALL)
        if theme == "light":
            pane.show_tab("selectivity")
            by.take("inspector-selectivity-light", SMALL)
            pane.show_tab("live")
            by.settle(2.0)
            by.take("inspector-live-light", SMALL)
            pane.book.open_page(int(np.nanargmax(pane.book.readings.selectivity)))
            by.settle(4.0)
            by.take("inspector-unit-light", SMALL)
            return
        pane.show_tab("hue")
        by.wait(lambda: pane.hue.rose.figure is not None and pane.hue.rose.figure.complete)
        by.take("inspector-hue-dark", SMALL)
        pane.units.show_list()
        pane.show_tab("neurons")
        by.settle(4.0)
        by.take("inspector-neurons-dark", SMALL)
        by.arrange(LARGE)
        pane.show_tab("types")
        by.take("inspector-large-dark", LARGE)
        by.arrange(SMALL)


def make_pictures(folder: Path) -> None:
    """Pictures in all colors, told apart by their numbers."""
    from tools.screenshots import sunset

    folder.mkdir(parents=True)
    base = sunset(160, 120).astype(np.float64)
    for number in range(PICTURES):
        generator = np.random.default_rng(number)
        mixed = base[..., generator.permutation(3)]
        shade = generator.uniform(0.3, 1.2, 3)
        turned = np.rot90(mixed, number % 4) * shade + generator.normal(0, 6, mixed.shape[2])
        picture = np.clip(turned.round(), 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(folder / f"{number:02}.png")
