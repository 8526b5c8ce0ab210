"""What the self-test also checks when it is asked to be thorough: long work, from end to end.

An experiment with its tables and figures, and a census whose pictures another process decodes. The
installers run these on the program they built, since each reaches libraries and data files that
nothing else needs (R52), and the census starts a process of the program itself (R53).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from core.color.terms import CSS
from core.experiments.presets import EXPERIMENTS, stimuli_for
from core.predict.prompts import color_labels
from core.stimuli.factorial import WhiteStroop
from core.stimuli.render import render
from gui.app.self_test_checks import Bench, CheckFailed, expect

WORKAROUND = "KMP_" + "DUPLICATE_LIB_OK"
_PICTURES = 6
_LAYERS = 2


def check_experiment(bench: Bench) -> str:
    """A small run of experiment 4, its tables in every form, and a figure in every form."""
    from core.figures.file import FIGURE_FORMS
    from core.figures.result_figures import can_draw, write_figure
    from core.models.loading import load_session
    from core.results.export import FORMS, results_of_run, write_results
    from core.results.results import result_tables
    from core.sweeps.plan import make_plan
    from core.sweeps.run import sweep
    from core.sweeps.run_folder import RunFolder

    session = load_session(bench.model)
    preset = next(preset for preset in EXPERIMENTS if preset.set == "white-stroop")
    stimuli = stimuli_for(
        preset, samples=1, seed=0, palette=CSS, side=session.info.preprocessing.side
    )
    plan = make_plan(preset.title, stimuli, preset.templates, color_labels("gray"), session.info)
    folder = RunFolder.create(bench.folder / "run", plan, session.info)
    for _event in sweep(folder, session):
        pass
    counts = folder.counts()
    expect(counts.images == len(plan), "the run is not complete")
    tables = result_tables(plan, counts)
    results = results_of_run(folder, tables, counts.images)
    for form in FORMS:
        written = write_results(bench.folder / f"results-{form}", results, form)
        expect(all(path.stat().st_size for path in written), f"the export as {form} is empty")
    table = next(table for table in tables if can_draw(table))
    for drawn in FIGURE_FORMS:
        path = bench.folder / f"figure.{drawn}"
        write_figure(path, table, results, drawn)
        expect(path.stat().st_size > 1000, f"the figure as {drawn} is empty")
    return f"{counts.images} images, {len(tables)} tables in {len(FORMS)} forms, a figure"


def check_census(bench: Bench) -> str:
    """A census of pictures gives the same whether this process decodes them or another."""
    from core.census.folder import CensusFolder
    from core.census.image_sources import PictureSource
    from core.census.pictures import picture_set
    from core.census.plan import make_census_plan
    from core.census.run import census
    from core.models.loading import load_session
    from core.network.layers import discover

    session = load_session(bench.model)
    side = session.info.preprocessing.side
    pictures = bench.folder / "Bilder – pictures"
    pictures.mkdir()
    drawn = WhiteStroop(samples=1, side=side)
    for number in range(_PICTURES):
        spec = msgspec.structs.replace(drawn.spec(number).stimulus, side=side)
        Image.fromarray(render(spec)).save(pictures / f"{number}.png")
    images, paths, _listing = picture_set(pictures, side)
    layers = [layer for layer in discover(session) if layer.observable][:_LAYERS]
    units = tuple((layer.name, layer.units) for layer in layers)
    plan = make_census_plan("self-test", images, units, session.info, capacity=3)
    found = []
    for workers in (0, 1):
        folder = CensusFolder.create(
            bench.folder / f"census-{workers}", plan, session.info, pictures=paths
        )
        for _event in census(folder, session, PictureSource(paths.paths(), session, workers)):
            pass
        checkpoint = folder.checkpoint("units")
        if checkpoint is None:
            raise CheckFailed("the census kept nothing")
        found.append(checkpoint.arrays)
    alone, helped = found
    same = alone.keys() == helped.keys() and all(
        np.array_equal(alone[name], helped[name]) for name in alone
    )
    expect(same, "another process decodes pictures to something else")
    return (
        f"{sum(count for _name, count in units)} neurons over {_PICTURES} pictures, twice the same"
    )


def check_openmp(_bench: Bench) -> str:
    """One OpenMP runtime at most is loaded, and two would not be endured in silence (R55)."""
    expect(WORKAROUND not in os.environ, f"{WORKAROUND} is set")
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:  # only Linux tells
        return "no workaround is set"
    loaded = sorted(openmp_runtimes(maps))
    expect(len(loaded) <= 1, f"several are loaded: {', '.join(loaded)}")
    return f"{loaded[0] if loaded else 'none'} alone is loaded"


def openmp_runtimes(maps: str) -> set[str]:
    """Names of the OpenMP libraries in a list of what a process has loaded."""
    return set(re.findall(r"/(lib(?:gomp|omp|iomp5)[^/\s]*\.so[^/\s]*)$", maps, re.MULTILINE))


THOROUGH_CHECKS = (
    ("experiment", check_experiment),
    ("census", check_census),
    ("OpenMP", check_openmp),
)
"""They come before the window is closed."""
