"""All pages of the window with something to fill in, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.window.main_window import MainWindow
from tests.support.waiting import WAIT


def pages(window: MainWindow, qtbot: QtBot) -> Iterator[QWidget]:
    """The pages of all panes that have fields, each brought to the front."""
    panes = {name: dock.pane for name, dock in window.docks.items()}

    def front(name: str) -> QWidget:
        window.docks[name].show()
        window.docks[name].raise_()
        return panes[name]

    for kind in ("shape", "word"):
        window.lab.actions.trigger(f"stimulus.kind-{kind}")
        yield front("designer")
    front("experiments").setup.plan_button.click()
    yield panes["experiments"]
    for tab in ("scan", "compare", "ablation"):
        front("studies").show_tab(tab)
        yield panes["studies"]
    for command in ("studies.stroop", "studies.figure-background"):
        window.lab.actions.trigger(command)
        yield panes["studies"]
    for tab in ("types", "selectivity", "hue", "neurons"):
        front("inspector").show_tab(tab)
        yield panes["inspector"]
    panes["inspector"].show_form(True)
    planning = panes["inspector"].controller.planning
    # Nothing may be looked for any more when the window closes.
    qtbot.waitUntil(lambda: bool(planning.problem) or planning.choice is not None, timeout=WAIT)
    yield panes["inspector"]
