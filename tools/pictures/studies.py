"""The studies pane: scans, maps and comparisons of the embedded model."""

from __future__ import annotations

from typing import Any

from tools.pictures.photographer import THEMES, Photographer

PANE = "studies"


def take_studies(by: Photographer) -> None:
    """All tabs but the ablation, in both themes."""
    for theme in THEMES:
        by.use_theme(theme)
        by.start_anew()
        pane: Any = by.raise_pane(PANE)
        take_scan(by, pane, theme)
        take_map(by, pane, theme)
        take_stroop(by, pane, theme)
        take_comparison(by, pane, theme)


def take_scan(by: Photographer, pane: Any, theme: str) -> None:
    """Curves against hue, with the reading at one point."""
    tab = pane.pages["scan"]
    pane.show_tab("scan")
    show_circle(by)
    tab.scan_parameter("figure-hue")
    finish(by, tab)
    by.take_sizes(f"studies-scan-{theme}", PANE, lambda: tab.chart.point_to(20))
    tab.chart.point_to(-1)


def take_map(by: Photographer, pane: Any, theme: str) -> None:
    """A map of colors."""
    tab = pane.pages["map"]
    pane.show_tab("map")
    tab.use_preset("hue-lightness")
    tab.runner.run()
    finish(by, tab)
    by.take_sizes(f"studies-map-{theme}", PANE)


def take_stroop(by: Photographer, pane: Any, theme: str) -> None:
    """The Stroop matrix of the first stimulus."""
    by.lab.document.new()
    by.lab.actions.trigger("studies.stroop")
    finish(by, pane.pages["map"])
    by.take_sizes(f"studies-stroop-{theme}", PANE)


def take_comparison(by: Photographer, pane: Any, theme: str) -> None:
    """Pins, and the strip of variants."""
    by.lab.document.new()
    by.raise_pane(PANE)
    pane.show_tab("compare")
    tab = pane.pages["compare"]
    tab.pin_stimulus()
    show_circle(by)
    tab.pin_stimulus()
    finish(by, tab)
    by.wait(lambda: len(tab.answers) == 3)
    by.take_sizes(f"studies-compare-{theme}", PANE)


def finish(by: Photographer, tab: Any) -> None:
    """Until the scan of a tab is done."""
    by.settle(0.5)
    by.wait(
        lambda: (
            not tab.runner.running and tab.runner.result is not None and tab.runner.result.complete
        )
    )
    by.settle()


def show_circle(by: Photographer) -> None:
    """A green circle on gray."""
    from core.stimuli.stimulus import ShapeStimulus

    document = by.lab.document
    circle = ShapeStimulus(
        shape="circle",
        figure_color=(0, 128, 0),
        background_color=(128, 128, 128),
        size=0.6,
        side=document.stimulus.side,
    )
    document.change("shape", stimulus=circle)
