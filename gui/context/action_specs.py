"""Every command of the window, declared once: name, text, keys, place in the menus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

MENUS = (
    "File",
    "Edit",
    "Stimulus",
    "Prompts",
    "Model",
    "Network",
    "Experiments",
    "View",
    "Help",
)

Shortcut = str | QKeySequence.StandardKey | None


@dataclass(frozen=True)
class ActionSpec:
    """One command.

    Attributes
    ----------
    id : str
        ``area.verb-object``, e.g. ``"stimulus.swap-colors"``.
    text : str
        Imperative, as shown in menus; an ellipsis if it asks for more.
    shortcut : str or QKeySequence.StandardKey, optional
    tooltip : str
        One sentence more than the text says; empty if there is nothing to add.
    menu : str
        One of `MENUS`, or empty for commands of the palette and toolbars only.
    group : int
        Commands of one menu are separated where the group changes.
    icon : str
        Name of a file in ``resources/icons``, or empty.
    checkable : bool
        The handler receives the new state.
    """

    id: str
    text: str
    shortcut: Shortcut = None
    tooltip: str = ""
    menu: str = ""
    group: int = 0
    icon: str = ""
    checkable: bool = False


_TABLE = """
[File 0]
file.new | New | standard New | new
    Start a new document.
file.open | Open… | standard Open | open
    Open a document.

[File 1]
file.save | Save | standard Save | save
    Save the document.
file.save-as | Save as… | Ctrl+Shift+S
    Save under another name.

[File 2]
stimulus.import-picture | Import picture… | Ctrl+I | picture
    Use a picture file as the stimulus.
stimulus.save-png | Save pixels as PNG… | Ctrl+E | export
    Save the very pixels the model gets.
prediction.export | Export prediction… | Ctrl+Shift+E | export
    Save the probabilities, cosines and settings as CSV or JSON.

[File 3]
file.preferences | Preferences… | Ctrl+, | settings
    Theme, threads and spelling.

[File 4]
file.quit | Quit | Ctrl+Q
    Close the window.

[Edit 0]
edit.undo | Undo | standard Undo | undo
    Take the last step back.
edit.redo | Redo | Ctrl+Shift+Z | redo
    Repeat the step.

[Edit 1]
stimulus.copy-pixels | Copy pixels | Ctrl+Shift+C | copy
    Copy the very pixels the model gets.
stimulus.paste-picture | Paste picture | Ctrl+Shift+V | paste
    Use the picture on the clipboard as the stimulus.

[Stimulus 0]
stimulus.kind-shape | Shape | Ctrl+1
    Make the stimulus a shape.
stimulus.kind-word | Word | Ctrl+2
    Make the stimulus a word.
stimulus.kind-picture | Picture | Ctrl+3
    Make the stimulus a picture.

[Stimulus 1]
stimulus.randomize | Randomize | Ctrl+R | dice
    Draw new colors and a new place from the next seed.
stimulus.swap-colors | Swap colors | Ctrl+Shift+X | swap
    Exchange the object's color with the background's.
stimulus.center | Center the object | Ctrl+Home
    Put the object in the middle of the picture.
stimulus.fit-inside | Bring the object inside
    Move and shrink the object until it lies wholly inside the picture.
stimulus.reset-geometry | Reset place, size and angle | Ctrl+Shift+Home
    Put the object in the middle, half as large as the picture, upright.

[Stimulus 2]
stimulus.presets | Preset stimuli… | Ctrl+Shift+P | gallery
    One click for each condition of the paper.

[Stimulus 5]
studies.scan | Scan a parameter
    Label probabilities against hue, size, blur or another parameter of the stimulus.
studies.map | Map of color names
    The winning label over hue and lightness of the object.
studies.stroop | Stroop matrix
    Eleven color words in eleven font colors, on the current background.
studies.figure-background | Object × background matrix
    The current object in eleven colors on eleven backgrounds.
studies.compare | Compare variants
    All colors and fonts of the stimulus, and what is pinned, side by side.
studies.pin-stimulus | Pin stimulus
    Keep the current stimulus for a comparison.

[Prompts 0]
prompts.add-template | Add template | Ctrl+T | plus
    Add one more prompt template.
prompts.edit-labels | Edit labels… | Ctrl+L
    Add, reorder and disable the labels.

[Prompts 1]
prompts.presets | Preset prompts…
    The prompts of the paper's experiments.

[Prompts 2]
prompts.sort-bars | Sort bars by probability |  |  | checkable
    Off: the bars keep the order of the labels.

[Model 0]
model.open-file | Open model file… | Ctrl+M | open
    Load weights from a file on this computer.
model.manage | Models… | Ctrl+Shift+O | model
    Which models there are; import, download and remove them.
model.reload | Reload model
    Read the model's file again.

[Model 1]
model.details | Model details… | Ctrl+Shift+M | info
    Size, preprocessing, activation, provenance.
model.device | Device and precision… |  | chip
    What the model runs on, in which number format, and how fast.

[Network 0]
inspector.new-census | New census… | Ctrl+Shift+U
    Record the strongest images of every neuron of the network.
inspector.resume-census | Resume the census
    Resume the census that is shown where it was stopped.
inspector.pause-census | Pause the census
    Stop after the current batch; it can be resumed at any time.
inspector.cancel-census | Cancel the census
    Stop after the current batch; what is done is kept.
inspector.report | Report of the census…
    All figures and tables of the census in one file that can be read anywhere, HTML or PDF.

[Network 1]
inspector.show-live | Live maps
    The neurons on the current stimulus.
inspector.show-types | Types of neurons
    What neurons answer to.
inspector.show-selectivity | Color selectivity
    How much of the neurons' answer is color.
inspector.show-hue | Hues of neurons
    Which hues the color-selective neurons look for.
inspector.show-neurons | All neurons
    Every neuron with its picture.

[Network 2]
studies.ablation | Ablation
    Silence neurons and see what the model says without them; studies with random controls.

[Experiments 0]
experiments.run | Run experiment | F5
    Run the chosen experiment on the model in use.
experiments.pause | Pause the run | Shift+F5
    Stop after the current batch; it can be resumed.
experiments.resume | Resume the run
    Resume the selected run where it was stopped.
experiments.cancel | Cancel the run
    Stop after the current batch; what is done is kept.

[Experiments 1]
experiments.edit-plan | Edit plan | Ctrl+Shift+L |  | checkable
    Prompts, labels, colors, fonts and geometry of the experiment.
experiments.use-prompts | Use the prompts of the Prediction pane
    Copy the templates and labels in use there into the plan.
experiments.estimate | Estimate the time
    Time a few batches of the plan on this model and computer.

[Experiments 3]
experiments.show-images | Show the images of the cell |  | gallery
    See which images the selected number counts.
experiments.compare | Compare with another run…
    Differences between two runs, with their intervals.
experiments.export | Export results… |  | export
    Tables and figures, with all settings.

[Experiments 4]
experiments.use-plan | Use the run's plan
    Run the same again.
experiments.rename-run | Rename the run…
experiments.delete-run | Delete the run… |  | trash
    Move its folder to the trash.

[Experiments 5]
experiments.open-folder | Open the folder of the runs |  | open
    Where their files lie.

[View 1]
view.reset-layout | Reset layout
    Put all panes back where they were at first.

[View 3]
view.zoom-in | Zoom in | Ctrl++ | plus
    Enlarge the canvas.
view.zoom-out | Zoom out | Ctrl+- | minus
    Show more of the canvas.
view.zoom-fit | Fit the picture | Ctrl+0
    Show the whole picture as large as there is room.

[View 2]
view.theme-system | Theme: system |  |  | checkable
view.theme-light | Theme: light |  |  | checkable
view.theme-dark | Theme: dark |  |  | checkable

[Help 0]
help.actions | Search actions… | Ctrl+K | search
    Find any command by a few letters of its name.

[Help 1]
help.guide | User guide | F1 | help
    All pages, with a search; no network.
help.web-guide | User guide in the browser
    The same pages as files on this computer, e.g. to print them; no network.
help.pane | Help on this pane | Shift+F1
    How the numbers of the pane with the focus are made.
help.glossary | Glossary
    What the words mean.
help.shortcuts | Keyboard shortcuts… | Ctrl+/
    Every command with its keys.
help.tour | Tour of the window
    Three steps round the panes.

[Help 2]
help.open-logs | Open log folder
    Where reports are written.

[Help 3]
help.about | About CLIP Color Lab |  | info
"""
"""Menu and group in brackets; id, text, keys, icon and whether it is checkable; the tooltip."""


def _read(table: str) -> Iterator[ActionSpec]:
    menu, group = "", 0
    lines = table.strip().splitlines()
    for place, line in enumerate(lines):
        if line.startswith("["):
            menu, number = line.strip("[]").split()
            group = int(number)
        elif line and not line.startswith(" "):
            name, text, keys, icon, checkable = (*line.split(" | "), "", "", "")[:5]
            below = lines[place + 1] if place + 1 < len(lines) else ""
            tooltip = below.strip() if below.startswith(" ") else ""
            standard = keys.removeprefix("standard ")
            shortcut = keys if standard == keys else QKeySequence.StandardKey[standard]
            yield ActionSpec(name, text, shortcut, tooltip, menu, group, icon, bool(checkable))


SPECS: tuple[ActionSpec, ...] = tuple(_read(_TABLE))
