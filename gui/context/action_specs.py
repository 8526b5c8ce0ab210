"""Every command of the window, declared once: name, text, keys, place in the menus."""

from __future__ import annotations

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


_KEY = QKeySequence.StandardKey

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("file.new", "New", _KEY.New, "Start a new document.", "File", 0, "new"),
    ActionSpec("file.open", "Open…", _KEY.Open, "Open a document.", "File", 0, "open"),
    ActionSpec("file.save", "Save", _KEY.Save, "Save the document.", "File", 1, "save"),
    ActionSpec("file.save-as", "Save as…", "Ctrl+Shift+S", "Save under another name.", "File", 1),
    ActionSpec(
        "stimulus.import-picture",
        "Import picture…",
        "Ctrl+I",
        "Use a picture file as the stimulus.",
        "File",
        2,
        "picture",
    ),
    ActionSpec(
        "stimulus.save-png",
        "Save pixels as PNG…",
        "Ctrl+E",
        "Save the very pixels the model gets.",
        "File",
        2,
        "export",
    ),
    ActionSpec(
        "prediction.export",
        "Export prediction…",
        "Ctrl+Shift+E",
        "Save the probabilities, cosines and settings as CSV or JSON.",
        "File",
        2,
        "export",
    ),
    ActionSpec(
        "file.preferences",
        "Preferences…",
        "Ctrl+,",
        "Theme, threads and spelling.",
        "File",
        3,
        "settings",
    ),
    ActionSpec("file.quit", "Quit", "Ctrl+Q", "Close the window.", "File", 4),
    ActionSpec("edit.undo", "Undo", _KEY.Undo, "Take the last step back.", "Edit", 0, "undo"),
    ActionSpec("edit.redo", "Redo", "Ctrl+Shift+Z", "Repeat the step.", "Edit", 0, "redo"),
    ActionSpec(
        "stimulus.copy-pixels",
        "Copy pixels",
        "Ctrl+Shift+C",
        "Copy the very pixels the model gets.",
        "Edit",
        1,
        "copy",
    ),
    ActionSpec(
        "stimulus.paste-picture",
        "Paste picture",
        "Ctrl+Shift+V",
        "Use the picture on the clipboard as the stimulus.",
        "Edit",
        1,
        "paste",
    ),
    ActionSpec(
        "stimulus.kind-shape", "Shape", "Ctrl+1", "Make the stimulus a shape.", "Stimulus", 0
    ),
    ActionSpec("stimulus.kind-word", "Word", "Ctrl+2", "Make the stimulus a word.", "Stimulus", 0),
    ActionSpec(
        "stimulus.kind-picture",
        "Picture",
        "Ctrl+3",
        "Make the stimulus a picture.",
        "Stimulus",
        0,
    ),
    ActionSpec(
        "stimulus.randomize",
        "Randomize",
        "Ctrl+R",
        "Draw new colors and a new place from the next seed.",
        "Stimulus",
        1,
        "dice",
    ),
    ActionSpec(
        "stimulus.swap-colors",
        "Swap colors",
        "Ctrl+Shift+X",
        "Exchange the object's color with the background's.",
        "Stimulus",
        1,
        "swap",
    ),
    ActionSpec(
        "stimulus.center",
        "Center the object",
        "Ctrl+Home",
        "Put the object in the middle of the picture.",
        "Stimulus",
        1,
    ),
    ActionSpec(
        "stimulus.fit-inside",
        "Bring the object inside",
        "",
        "Move and shrink the object until it lies wholly inside the picture.",
        "Stimulus",
        1,
    ),
    ActionSpec(
        "stimulus.reset-geometry",
        "Reset place, size and angle",
        "Ctrl+Shift+Home",
        "Put the object in the middle, half as large as the picture, upright.",
        "Stimulus",
        1,
    ),
    ActionSpec(
        "stimulus.presets",
        "Preset stimuli…",
        "Ctrl+Shift+P",
        "One click for each condition of the paper.",
        "Stimulus",
        2,
        "gallery",
    ),
    ActionSpec(
        "studies.scan",
        "Scan a parameter",
        "",
        "Label probabilities against hue, size, blur or another parameter of the stimulus.",
        "Stimulus",
        5,
    ),
    ActionSpec(
        "studies.map",
        "Map of color names",
        "",
        "The winning label over hue and lightness of the object.",
        "Stimulus",
        5,
    ),
    ActionSpec(
        "studies.stroop",
        "Stroop matrix",
        "",
        "Eleven color words in eleven font colors, on the current background.",
        "Stimulus",
        5,
    ),
    ActionSpec(
        "studies.figure-background",
        "Object × background matrix",
        "",
        "The current object in eleven colors on eleven backgrounds.",
        "Stimulus",
        5,
    ),
    ActionSpec(
        "studies.compare",
        "Compare variants",
        "",
        "All colors and fonts of the stimulus, and what is pinned, side by side.",
        "Stimulus",
        5,
    ),
    ActionSpec(
        "studies.pin-stimulus",
        "Pin stimulus",
        "",
        "Keep the current stimulus for a comparison.",
        "Stimulus",
        5,
    ),
    ActionSpec(
        "prompts.add-template",
        "Add template",
        "Ctrl+T",
        "Add one more prompt template.",
        "Prompts",
        0,
        "plus",
    ),
    ActionSpec(
        "prompts.edit-labels",
        "Edit labels…",
        "Ctrl+L",
        "Add, reorder and disable the labels.",
        "Prompts",
        0,
    ),
    ActionSpec(
        "prompts.presets",
        "Preset prompts…",
        "",
        "The prompts of the paper's experiments.",
        "Prompts",
        1,
    ),
    ActionSpec(
        "prompts.sort-bars",
        "Sort bars by probability",
        "",
        "Off: the bars keep the order of the labels.",
        "Prompts",
        2,
        checkable=True,
    ),
    ActionSpec(
        "model.open-file",
        "Open model file…",
        "Ctrl+M",
        "Load weights from a file on this computer.",
        "Model",
        0,
        "open",
    ),
    ActionSpec(
        "model.manage",
        "Models…",
        "Ctrl+Shift+O",
        "Which models there are; import, download and remove them.",
        "Model",
        0,
        "model",
    ),
    ActionSpec("model.reload", "Reload model", "", "Read the model's file again.", "Model", 0),
    ActionSpec(
        "model.details",
        "Model details…",
        "Ctrl+Shift+M",
        "Size, preprocessing, activation, provenance.",
        "Model",
        1,
        "info",
    ),
    ActionSpec(
        "model.device",
        "Device and precision…",
        "",
        "What the model runs on, in which number format, and how fast.",
        "Model",
        1,
        "chip",
    ),
    ActionSpec(
        "inspector.new-census",
        "New census…",
        "Ctrl+Shift+U",
        "Record the strongest images of every neuron of the network.",
        "Network",
        0,
    ),
    ActionSpec(
        "inspector.resume-census",
        "Resume the census",
        "",
        "Resume the census that is shown where it was stopped.",
        "Network",
        0,
    ),
    ActionSpec(
        "inspector.pause-census",
        "Pause the census",
        "",
        "Stop after the current batch; it can be resumed at any time.",
        "Network",
        0,
    ),
    ActionSpec(
        "inspector.cancel-census",
        "Cancel the census",
        "",
        "Stop after the current batch; what is done is kept.",
        "Network",
        0,
    ),
    ActionSpec(
        "inspector.report",
        "Report of the census…",
        "",
        "All figures and tables of the census in one file that can be read anywhere, HTML or PDF.",
        "Network",
        0,
    ),
    ActionSpec(
        "inspector.show-live", "Live maps", "", "The neurons on the current stimulus.", "Network", 1
    ),
    ActionSpec(
        "inspector.show-types", "Types of neurons", "", "What neurons answer to.", "Network", 1
    ),
    ActionSpec(
        "inspector.show-selectivity",
        "Color selectivity",
        "",
        "How much of the neurons' answer is color.",
        "Network",
        1,
    ),
    ActionSpec(
        "inspector.show-hue",
        "Hues of neurons",
        "",
        "Which hues the color-selective neurons look for.",
        "Network",
        1,
    ),
    ActionSpec(
        "inspector.show-neurons", "All neurons", "", "Every neuron with its picture.", "Network", 1
    ),
    ActionSpec(
        "studies.ablation",
        "Ablation",
        "",
        "Silence neurons and see what the model says without them; studies with random controls.",
        "Network",
        2,
    ),
    ActionSpec(
        "experiments.run",
        "Run experiment",
        "F5",
        "Run the chosen experiment on the model in use.",
        "Experiments",
        0,
    ),
    ActionSpec(
        "experiments.pause",
        "Pause the run",
        "Shift+F5",
        "Stop after the current batch; it can be resumed.",
        "Experiments",
        0,
    ),
    ActionSpec(
        "experiments.resume",
        "Resume the run",
        "",
        "Resume the selected run where it was stopped.",
        "Experiments",
        0,
    ),
    ActionSpec(
        "experiments.cancel",
        "Cancel the run",
        "",
        "Stop after the current batch; what is done is kept.",
        "Experiments",
        0,
    ),
    ActionSpec(
        "experiments.edit-plan",
        "Edit plan",
        "Ctrl+Shift+L",
        "Prompts, labels, colors, fonts and geometry of the experiment.",
        "Experiments",
        1,
        checkable=True,
    ),
    ActionSpec(
        "experiments.use-prompts",
        "Use the prompts of the Prediction pane",
        "",
        "Copy the templates and labels in use there into the plan.",
        "Experiments",
        1,
    ),
    ActionSpec(
        "experiments.estimate",
        "Estimate the time",
        "",
        "Time a few batches of the plan on this model and computer.",
        "Experiments",
        1,
    ),
    ActionSpec(
        "experiments.show-images",
        "Show the images of the cell",
        "",
        "See which images the selected number counts.",
        "Experiments",
        3,
        "gallery",
    ),
    ActionSpec(
        "experiments.compare",
        "Compare with another run…",
        "",
        "Differences between two runs, with their intervals.",
        "Experiments",
        3,
    ),
    ActionSpec(
        "experiments.export",
        "Export results…",
        "",
        "Tables and figures, with all settings.",
        "Experiments",
        3,
        "export",
    ),
    ActionSpec(
        "experiments.use-plan", "Use the run's plan", "", "Run the same again.", "Experiments", 4
    ),
    ActionSpec("experiments.rename-run", "Rename the run…", "", "", "Experiments", 4),
    ActionSpec(
        "experiments.delete-run",
        "Delete the run…",
        "",
        "Move its folder to the trash.",
        "Experiments",
        4,
        "trash",
    ),
    ActionSpec(
        "experiments.open-folder",
        "Open the folder of the runs",
        "",
        "Where their files lie.",
        "Experiments",
        5,
        "open",
    ),
    ActionSpec(
        "view.reset-layout",
        "Reset layout",
        "",
        "Put all panes back where they were at first.",
        "View",
        1,
    ),
    ActionSpec("view.zoom-in", "Zoom in", "Ctrl++", "Enlarge the canvas.", "View", 3, "plus"),
    ActionSpec(
        "view.zoom-out", "Zoom out", "Ctrl+-", "Show more of the canvas.", "View", 3, "minus"
    ),
    ActionSpec(
        "view.zoom-fit",
        "Fit the picture",
        "Ctrl+0",
        "Show the whole picture as large as there is room.",
        "View",
        3,
    ),
    ActionSpec("view.theme-system", "Theme: system", "", "", "View", 2, checkable=True),
    ActionSpec("view.theme-light", "Theme: light", "", "", "View", 2, checkable=True),
    ActionSpec("view.theme-dark", "Theme: dark", "", "", "View", 2, checkable=True),
    ActionSpec(
        "help.actions",
        "Search actions…",
        "Ctrl+K",
        "Find any command by a few letters of its name.",
        "Help",
        0,
        "search",
    ),
    ActionSpec(
        "help.guide", "User guide", "F1", "All pages, with a search; no network.", "Help", 1, "help"
    ),
    ActionSpec(
        "help.web-guide",
        "User guide in the browser",
        "",
        "The same pages as files on this computer, e.g. to print them; no network.",
        "Help",
        1,
    ),
    ActionSpec(
        "help.pane",
        "Help on this pane",
        "Shift+F1",
        "How the numbers of the pane with the focus are made.",
        "Help",
        1,
    ),
    ActionSpec("help.glossary", "Glossary", "", "What the words mean.", "Help", 1),
    ActionSpec(
        "help.shortcuts", "Keyboard shortcuts…", "Ctrl+/", "Every command with its keys.", "Help", 1
    ),
    ActionSpec("help.tour", "Tour of the window", "", "Three steps round the panes.", "Help", 1),
    ActionSpec("help.open-logs", "Open log folder", "", "Where reports are written.", "Help", 2),
    ActionSpec("help.about", "About CLIP Color Lab", "", "", "Help", 3, "info"),
)
