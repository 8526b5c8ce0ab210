"""The ablation tab: units silenced live, and the result of a study.

The units are those of the inspector's small census, the study is a short one: the numbers show how
the window looks, not what the model is like.
"""

from __future__ import annotations

from typing import Any

from tools.pictures.photographer import THEMES, Photographer

PANE = "studies"
CHOICES = (("Any word", "layer4, all"), ("Color word", "layer3.0"))
CONTROLS = 4
STUDY_SECONDS = 1200


def take_ablation(by: Photographer) -> None:
    """Silence units, carry out a study, and show both in both themes."""
    by.start_anew()
    pane: Any = by.raise_pane(PANE)
    shown_census: Any = by.window.docks["inspector"].pane.shown_census
    by.wait(lambda: shown_census.indices is not None)
    pane.show_tab("ablation")
    tab: Any = pane.pages["ablation"]
    for kind, layers in CHOICES:
        add(tab, kind, layers)
    by.wait(lambda: by.lab.ablation.live is not None)
    study = tab.study
    study.samples.setCurrentIndex(0)
    study.controls.setValue(CONTROLS)
    by.wait(study.start.isEnabled)
    study.start.click()
    by.wait(lambda: study.result.isVisible(), patience=STUDY_SECONDS)

    def scroll_to(height: int) -> None:
        by.settle()
        tab.scroll_area.verticalScrollBar().setValue(height)

    for theme in THEMES:
        by.use_theme(theme)
        by.take_sizes(f"ablation-{theme}", PANE, lambda: scroll_to(0))
        by.take_sizes(f"ablation-study-{theme}", PANE, lambda: scroll_to(study.y()))
    by.lab.document.undo_stack.setClean()


def add(tab: Any, kind: str, layers: str) -> None:
    """Add units of a type and some layers to those that are silenced."""
    chooser = tab.units.chooser
    texts = [chooser.type.itemText(row) for row in range(chooser.type.count())]
    chooser.type.setCurrentIndex([text.split(" · ")[0] for text in texts].index(kind))
    chooser.layers.setCurrentIndex(chooser.layers.findText(layers))
    chooser.refresh()
    chooser.add.click()
