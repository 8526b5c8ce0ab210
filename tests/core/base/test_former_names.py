"""Scripts after the guide of an earlier version go on working."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from core.former_names import MOVED

FORMER_IMPORTS = """
from core.color.terms import CSS
from core.document import default_document
from core.errors import LabError
from core.experiments.export import results_of_run
from core.experiments.figure_file import SLIDE, FigureSize
from core.experiments.figures import write_figure
from core.experiments.presets import experiment, stimuli_for
from core.experiments.results import result_tables
from core.models.loading import load_session
from core.models.loading import random_session
from core.models.preprocessing import fit_picture
from core.prediction import BlockedTemplate, Predictor
from core.prediction import Predictor, TemplatePrediction
from core.prompts import color_labels
from core.prompts import color_labels, prompt_set
from core.scans.maps import map_setup, stimulus_for
from core.scans.plan import ScanPlan
from core.scans.run import scan
from core.scans.tables import write_scan_csv
from core.stimuli.factorial import ShapeSet
from core.stimuli.factorial import ShapeSet, StroopSet
from core.stimuli.factorial import StroopSet
from core.stimuli.pictures import decode_picture
from core.stimuli.render import area_fraction, composite, render_coverage
from core.stimuli.render import lies_inside, render
from core.stimuli.render import render
from core.stimuli.stimulus import ShapeStimulus, WordStimulus
from core.sweeps.events import Progress
from core.sweeps.plan import make_plan
from core.sweeps.run import sweep
from core.sweeps.run_folder import RunFolder
"""
"""Every import of the core in the guide before its modules got rooms of their own."""


@pytest.mark.parametrize("line", FORMER_IMPORTS.split("\n")[1:-1])
def test_every_import_that_the_guide_showed_works(line: str) -> None:
    names: dict[str, object] = {}
    exec(line, names)  # noqa: S102 - running the line is the point
    module, _, imported = line.removeprefix("from ").partition(" import ")
    present = importlib.import_module(MOVED.get(module, module))
    for name in imported.split(", "):
        assert names[name] is getattr(present, name)


def test_a_former_name_in_a_fresh_program_is_the_same_class() -> None:
    code = (
        "from core.errors import LabError as former\n"
        "from core.base.errors import LabError as present\n"
        "import core.base.errors\n"
        "assert former is present\n"
        "assert core.base.errors.__spec__.name == 'core.base.errors'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=800)


def test_a_module_that_never_was_is_still_missing() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"core\.predictions"):
        importlib.import_module("core.predictions")
