"""The gallery of the paper's conditions."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.base.errors import InvalidInput
from core.color.terms import CSS, SATURATED, is_chromatic
from core.predict.prompts import PROMPT_PRESETS
from core.stimuli import presets
from core.stimuli.presets import StimulusPreset, stimulus_presets
from core.stimuli.render import lies_inside, render
from core.stimuli.stimulus import ShapeStimulus, WordStimulus

GALLERY = {preset.id: preset for preset in stimulus_presets()}
every_preset = pytest.mark.parametrize("preset", GALLERY.values(), ids=GALLERY.keys())


@pytest.fixture
def own_resources(tmp_path, monkeypatch):
    (tmp_path / "presets").mkdir()
    monkeypatch.setattr(presets, "resources_dir", lambda: tmp_path)
    stimulus_presets.cache_clear()
    yield tmp_path / "presets" / "gallery.toml"
    stimulus_presets.cache_clear()


def test_every_experiment_and_every_cell_is_there():
    assert {preset.group.partition(":")[0] for preset in GALLERY.values()} == {
        f"Experiment {number}" for number in range(1, 6)
    }
    cells = {
        (is_chromatic(preset.background), is_chromatic(preset.figure))
        for preset in GALLERY.values()
        if preset.group.startswith("Experiment 1")
    }
    assert len(cells) == 4


def test_ids_and_titles_are_unique():
    assert len(GALLERY) == len(stimulus_presets())
    assert len({(preset.group, preset.title) for preset in GALLERY.values()}) == len(GALLERY)


def test_groups_are_not_torn_apart():
    groups = [preset.group for preset in stimulus_presets()]
    changes = sum(one != other for one, other in pairwise(groups))
    assert changes == len(set(groups)) - 1


@every_preset
def test_a_preset_draws_inside_the_picture_in_any_palette(preset):
    for palette in (CSS, SATURATED):
        stimulus = preset.stimulus(palette, side=96)
        assert lies_inside(stimulus)
        pixels = render(stimulus)
        assert pixels.shape == (96, 96, 3)
        shown = {tuple(color) for color in pixels.reshape(-1, 3).tolist()}
        assert {palette[preset.figure], palette[preset.background]} <= shown


@every_preset
def test_the_prompts_of_a_preset_exist(preset):
    assert preset.prompts
    assert set(preset.prompts) <= {prompts.id for prompts in PROMPT_PRESETS}


@every_preset
def test_the_explanation_is_one_sentence(preset):
    assert preset.explanation.endswith(".")
    assert ". " not in preset.explanation
    assert 20 < len(preset.explanation) < 110


def test_stroop_presets_are_conditions_of_the_sets():
    for preset in GALLERY.values():
        if preset.id.startswith(("experiment-3", "experiment-4", "experiment-5")):
            assert len({preset.word, preset.figure, preset.background}) == 3
            assert (preset.background == "white") == preset.id.startswith("experiment-4")
    congruent = GALLERY["control-congruent"]
    assert congruent.word == congruent.figure


def test_the_written_gray_follows_the_spelling():
    fields = {"group": "", "title": "", "explanation": "", "figure": "red", "background": "blue"}
    preset = StimulusPreset(id="own", word="gray", prompts=(), **fields)
    assert isinstance(preset.stimulus(gray="grey"), WordStimulus)
    assert preset.stimulus(gray="grey").word == "grey"
    shape = StimulusPreset(id="own", shape="star", prompts=(), **fields)
    assert isinstance(shape.stimulus(gray="grey"), ShapeStimulus)
    for wrong in ({}, {"word": "red", "shape": "star"}):
        with pytest.raises(InvalidInput, match="own"):
            StimulusPreset(id="own", prompts=(), **fields, **wrong)


@pytest.mark.parametrize("text", [None, "[[preset]", '[[preset]]\nid = "x"\n', "preset = 3"])
def test_a_missing_or_damaged_gallery_is_an_error(own_resources, text):
    if text is not None:
        own_resources.write_text(text)
    with pytest.raises(InvalidInput, match=r"gallery\.toml cannot be read"):
        stimulus_presets()
