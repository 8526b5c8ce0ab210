"""The experiments pane: a run at work, its tables, the images of a cell, the plan."""

from __future__ import annotations

from typing import Any

from tools.pictures.photographer import SMALL, THEMES, Photographer

PANE = "experiments"


def take_experiments(by: Photographer) -> None:
    """All states in both themes."""
    for theme in THEMES:
        by.use_theme(theme)
        by.start_anew()
        take_run(by, theme)


def take_run(by: Photographer, theme: str) -> None:
    """A run of experiment 3 from its first images to a cell's pictures."""
    from core.experiments.presets import experiment

    pane: Any = by.window.docks[PANE].pane
    by.raise_pane(PANE)
    pane.controller.use_preset(experiment("experiment-3").id)
    pane.controller.set_samples(1)
    pane.run()

    def filling() -> bool:
        made = pane.results.made
        # Partial: it is not the table of the run before this one.
        return made is not None and made.images > 300 and pane.results.status.isVisible()

    by.wait(filling)
    by.take(f"experiments-running-{theme}", SMALL)
    by.wait(lambda: not len(by.lab.sweeps) and not pane.results.status.isVisible())
    by.take_sizes(f"experiments-{theme}", PANE)

    def open_cell() -> None:
        view = pane.results.view
        view.setCurrentIndex(view.results.index(0, 3))
        view.choose_current()
        by.wait(lambda: pane.pictures.page is not None)

    by.take_sizes(f"experiments-images-{theme}", PANE, open_cell)
    pane.pictures.close_panel()
    by.take_sizes(f"experiments-plan-{theme}", PANE, lambda: pane.show_plan(True))
    pane.show_plan(False)
