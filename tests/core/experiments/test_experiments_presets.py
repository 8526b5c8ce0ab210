"""The paper's experiments as presets: sizes, prompts, settings."""

from __future__ import annotations

import pytest

from core.base.errors import InvalidInput
from core.color.terms import PALETTES
from core.experiments.presets import EXPERIMENTS, SAMPLE_CHOICES, experiment, stimuli_for
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.sampling import ShapeRules, WordRules


def test_there_is_one_preset_for_each_experiment_and_two_that_join_them():
    ids = [preset.id for preset in EXPERIMENTS]
    assert ids[:5] == [f"experiment-{number}" for number in range(1, 6)]
    assert ids[5:] == ["experiments-1-2", "experiments-3-5"]
    assert [preset.tables for preset in EXPERIMENTS[:5]] == [
        (f"table-{number}",) for number in range(1, 6)
    ]
    for preset in EXPERIMENTS:
        assert preset.title and preset.question[-1] in "?."


@pytest.mark.parametrize(
    ("id", "images", "templates"),
    [
        ("experiment-1", 440_000, 1),
        ("experiment-2", 440_000, 2),
        ("experiment-3", 495_000, 5),
        ("experiment-4", 45_000, 1),
        ("experiment-5", 495_000, 1),
        ("experiments-1-2", 440_000, 3),
        ("experiments-3-5", 495_000, 5),
    ],
)
def test_full_sizes_are_the_papers(id, images, templates):
    preset = experiment(id)
    assert len(stimuli_for(preset)) == images
    assert len(preset.templates) == templates
    assert len(stimuli_for(preset, samples=1)) == images // 500
    assert SAMPLE_CHOICES == (1, 5, 20, 50, 500)


def test_joined_presets_ask_all_prompts_of_their_parts():
    first = experiment("experiment-1").templates + experiment("experiment-2").templates
    assert experiment("experiments-1-2").templates == first
    assert set(experiment("experiment-4").templates) <= set(experiment("experiments-3-5").templates)


def test_white_may_be_left_out_of_experiment_5_and_let_into_experiment_4():
    colored = stimuli_for(experiment("experiment-5"), white_backgrounds=False)
    assert len(colored) == 450_000
    assert not any(one.background == "white" for one in colored.combinations)
    assert len(stimuli_for(experiment("experiment-4"), white_word=True)) == 50_000


def test_every_setting_reaches_the_set():
    palette = PALETTES["saturated"]
    words = WordRules(width=(0.5, 0.6), fonts=("lato-bold",))
    stimuli = stimuli_for(
        experiment("experiment-3"),
        samples=3,
        seed=9,
        palette=palette,
        side=96,
        geometry="independent",
        gray="grey",
        rules=words,
    )
    assert stimuli == StroopSet(
        samples=3,
        seed=9,
        palette=palette,
        side=96,
        geometry="independent",
        gray="grey",
        rules=words,
    )
    shapes = ShapeRules(size=(0.4, 0.5))
    assert stimuli_for(experiment("experiment-1"), rules=shapes) == ShapeSet(rules=shapes)
    assert isinstance(stimuli_for(experiment("experiment-4")), WhiteStroop)


def test_impossible_settings_are_refused():
    with pytest.raises(InvalidInput, match="another kind of stimulus"):
        stimuli_for(experiment("experiment-1"), rules=WordRules())
    with pytest.raises(InvalidInput, match="samples"):
        stimuli_for(experiment("experiment-1"), samples=0)
    with pytest.raises(InvalidInput, match="no spelling"):
        stimuli_for(experiment("experiment-5"), gray="gris")
    with pytest.raises(InvalidInput, match="no experiment “experiment-6”"):
        experiment("experiment-6")
