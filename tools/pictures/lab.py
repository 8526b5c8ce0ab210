"""The designer and the predictions, the dialogs, the help."""

from __future__ import annotations

from typing import Any

from PIL import Image

from tools.pictures.made import sunset
from tools.pictures.photographer import LARGE, SMALL, THEMES, Photographer

DIALOGS = (
    ("command-palette", "help.actions"),
    ("preferences", "file.preferences"),
    ("model-details", "model.details"),
    ("gallery", "stimulus.presets"),
    ("save-picture", "view.save-picture"),
    ("device", "model.device"),
    ("shortcuts", "help.shortcuts"),
)


def take_lab(by: Photographer) -> None:
    """All states in both themes."""
    for theme in THEMES:
        by.use_theme(theme)
        by.start_anew()
        by.take_sizes(f"lab-{theme}")
        show_star(by)
        by.take_sizes(f"shape-{theme}")
        show_picture(by)
        by.take_sizes(f"picture-{theme}")
        by.start_anew()
        for name, action in DIALOGS:
            by.take_dialog(f"{name}-{theme}", action)
        take_models(by, theme)
        take_help(by, theme)
        take_presentation(by, theme)


def take_double(by: Photographer) -> None:
    """The window at double scale, on a screen of 1920 × 1080."""
    by.use_theme("light")
    width, height = LARGE
    by.take("lab-light-double", (width // 2, height // 2))


def take_presentation(by: Photographer, theme: str) -> None:
    """One pane alone, as in a lecture."""
    for size, ending in ((LARGE, "-large"), (SMALL, "")):
        by.window.resize(*size)
        by.lab.actions.trigger("view.present")
        by.settle(1.0)
        by.window.resize(*size)
        by.settle(3.5)  # until the controls have gone out of the way
        by.save(f"presentation-{theme}{ending}", by.window.grab().toImage())
        by.lab.actions.trigger("view.present")
        by.settle()
    by.start_anew()


def take_help(by: Photographer, theme: str) -> None:
    """The guide's window, and the tour over the main one."""
    from gui.help.tools import HelpTools

    tools: Any = by.window.findChild(HelpTools)
    tools.show_page("formulas", "network-inspector")
    by.settle()
    by.save(f"guide-{theme}", tools.guide.grab().toImage())
    tools.guide.close()
    by.arrange(SMALL)
    tools.show_tour()
    by.settle()
    by.save(f"tour-{theme}", by.window.grab().toImage())
    tools.tour.end()


def take_models(by: Photographer, theme: str) -> None:
    """The list of models, which stays open beside the window."""
    from gui.models.opener import ModelTools

    by.lab.actions.trigger("model.manage")
    dialog: Any = by.window.findChild(ModelTools).dialog
    by.wait(lambda: bool(dialog.list.models.rows))
    by.settle()
    dialog.list.choose("RN50:openai")
    by.wait(lambda: bool(dialog.details.address.text()))
    # Where the file belongs on a Linux desktop, not in the profile of these pictures.
    dialog.details.place.setText("~/.local/share/clip-color-lab/models/RN50.pt")
    by.settle()
    by.save(f"models-{theme}", dialog.grab().toImage())
    dialog.close()


def show_star(by: Photographer) -> None:
    """A yellow star on blue."""
    from core.color.terms import CSS
    from core.stimuli.stimulus import ShapeStimulus

    side = by.lab.document.stimulus.side
    star = ShapeStimulus(
        shape="star",
        figure_color=CSS["yellow"],
        background_color=CSS["blue"],
        center_x=0.46,
        size=0.62,
        rotation=12,
        side=side,
    )
    by.lab.document.change("shape", stimulus=star)


def show_picture(by: Photographer) -> None:
    """An imported picture."""
    from core.stimuli.stimulus import PictureStimulus

    path = by.scratch / "sunset.png"
    Image.fromarray(sunset(900, 600)).save(path)
    key = by.lab.document.pictures.add(path, path.name)
    side = by.lab.document.stimulus.side
    picture = PictureStimulus(sha256=key, name=path.name, side=side)
    by.lab.document.change("picture", stimulus=picture)
