"""The network inspector, with a small census of its own.

The census is of the embedded model and of pictures made here: its numbers show how the window
looks, not what the model is like.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.pictures.made import make_pictures
from tools.pictures.photographer import SMALL, THEMES, Photographer

PANE = "inspector"
SAMPLES = 5
CENSUS_SECONDS = 1800


def take_inspector(by: Photographer) -> None:
    """What is seen before the first census, then every tab in both themes."""
    by.use_theme("light")
    by.start_anew()
    pane: Any = by.window.docks[PANE].pane
    take_form(by, pane)
    take_census(by, pane)
    for theme in THEMES:
        by.use_theme(theme)
        by.start_anew()
        take_tabs(by, pane, theme)
    pane.units.show_list()


def take_form(by: Photographer, pane: Any) -> None:
    """Before the first census: the invitation, and the form with everything chosen."""

    def show_types() -> None:
        pane.show_tab("types")

    by.take_sizes("inspector-invitation-light", PANE, show_types)
    by.use_theme("dark")
    by.take_sizes("inspector-invitation-dark", PANE, show_types)
    folder = by.scratch / "made pictures"
    make_pictures(folder)
    planning = pane.controller.planning
    planning.edit(stroop=SAMPLES, shapes=SAMPLES, title="Small census")
    planning.pictures.choose(folder)

    def show_form() -> None:
        pane.show_form(True)
        by.wait(lambda: "about" in planning.estimate_text() and planning.ready)

    by.take_sizes("inspector-form-dark", PANE, show_form)
    by.use_theme("light")
    by.take_sizes("inspector-form-light", PANE, show_form)


def take_census(by: Photographer, pane: Any) -> None:
    """Take the census, and its picture in the middle."""
    by.arrange(SMALL)
    by.raise_pane(PANE)
    pane.controller.begin()
    by.wait(lambda: by.lab.census.current is not None)
    by.settle(4.0)
    by.take("inspector-census-light", SMALL)
    by.wait(lambda: by.lab.census.current is None, patience=CENSUS_SECONDS)
    by.wait(lambda: pane.shown_census.indices is not None and not pane.shown_census.unfinished)


def take_tabs(by: Photographer, pane: Any, theme: str) -> None:
    """The tabs in one theme."""

    def tab(name: str) -> None:
        pane.show_tab(name)
        by.settle(1.5)

    def hue() -> None:
        tab("hue")
        by.wait(lambda: pane.hue.rose.figure is not None and pane.hue.rose.figure.complete)

    def unit() -> None:
        pane.shown_census.open_page(int(np.nanargmax(pane.shown_census.indices.selectivity)))
        by.settle(4.0)

    def units() -> None:
        pane.units.show_list()
        tab("neurons")
        by.settle(3.0)

    by.take_sizes(f"inspector-types-{theme}", PANE, lambda: tab("types"))
    by.take_sizes(f"inspector-selectivity-{theme}", PANE, lambda: tab("selectivity"))
    by.take_sizes(f"inspector-live-{theme}", PANE, lambda: tab("live"))
    by.take_sizes(f"inspector-hue-{theme}", PANE, hue)
    by.take_sizes(f"inspector-neurons-{theme}", PANE, units)
    by.take_sizes(f"inspector-unit-{theme}", PANE, unit)
