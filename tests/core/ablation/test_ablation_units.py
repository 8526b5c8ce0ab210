"""Choosing units, their means over natural pictures, and the commands that do it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from core import commands
from core.ablation.ablation_file import read_ablation
from core.ablation.choosing import named_type, units_of_query
from core.ablation.damage import DamageCheck
from core.ablation.setup import AblationSetup
from core.ablation.study_folder import StudyFolder
from core.ablation.unit_means import MeansMeasured, MeansProgress, measure_means, stored_means
from core.base.errors import InvalidInput
from core.census.data import load_census
from core.census.pictures import read_batch
from core.commands import DONE, FAILED
from core.document.document import decode_document, default_document, encode_document
from core.models.loading import load_session, random_session
from core.sweeps.run_folder import RunFolder
from core.units.neuron_indices import CensusReader
from core.units.thresholds import TypeThresholds
from core.units.unit_filter import UnitFilter
from tests.core.small_towers import record_maps

PICTURES = 5


@pytest.fixture(scope="module")
def census_path(tmp_path_factory) -> Path:
    """A small census of the embedded model with natural pictures, one of which is broken."""
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(1)
    for number in range(PICTURES):
        pixels = generator.integers(0, 256, (50, 70, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    broken = folder / "3.png"
    broken.write_bytes(broken.read_bytes()[:200])
    out = tmp_path_factory.mktemp("census") / "small"
    take = ["census", "--stroop", "1", "--shapes", "0", "--pictures", str(folder), "--batch", "64"]
    assert commands.main([*take, "--out", str(out), "--quiet"]) == DONE
    return out


@pytest.fixture
def census(census_path, tmp_path):
    shutil.copytree(census_path, tmp_path / "census")
    (tmp_path / "census" / "means.json").unlink(missing_ok=True)
    return load_census(tmp_path / "census")


@pytest.fixture(scope="module")
def indices(census_path):
    return CensusReader(load_census(census_path)).read(TypeThresholds(top=20))


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


def test_means_are_those_over_all_pictures_and_positions(census, session):
    *progress, last = measure_means(census, session, batch_size=2)
    assert [event.done for event in progress] == [2, 4, 5]
    assert all(isinstance(event, MeansProgress) and event.total == 5 for event in progress)
    assert isinstance(last, MeansMeasured)
    assert last.pictures == PICTURES - 1, "the broken picture is left out"
    paths = census.sets["pictures"].pictures.paths()
    read = read_batch(paths, session.info.preprocessing)
    pixels = np.stack([found.pixels for found in read if not isinstance(found, str)])
    maps = record_maps(session, pixels, census.layers)
    for layer in census.layers:
        wanted = maps[layer.name].double().mean(dim=(0, 2, 3)).numpy()
        np.testing.assert_allclose(last.means[layer.name], wanted, rtol=1e-4, atol=1e-5)


def test_means_are_kept_with_the_census_and_measured_once(census, session):
    assert stored_means(census) is None
    *_, first = measure_means(census, session)
    known = stored_means(census)
    assert known.pictures == first.pictures
    (again,) = measure_means(census, session)
    for name, values in first.means.items():
        assert np.array_equal(values, known.means[name])
        assert np.array_equal(values, again.means[name])
    (census.path / "means.json").write_text("{")
    assert stored_means(census) is None


def test_means_of_another_model_are_refused(census):
    with pytest.raises(InvalidInput, match="is about Embedded"):
        next(measure_means(census, random_session("embedded", seed=1)))


def test_searches_types_layers_and_filters_choose_what_they_say(indices):
    census = indices.census
    every = units_of_query(indices, [""])
    assert {name: len(units) for name, units in every.items()} == {
        layer.name: layer.units for layer in census.layers
    }
    strong = units_of_query(indices, ["word > 0.5"], ["layer4.*"])
    index = indices.slots.index("word").max(axis=1)
    for name, units in strong.items():
        assert name.startswith("layer4.")
        for unit in range(512):
            row = np.flatnonzero(
                (census.unit_numbers == unit)
                & (census.layer_numbers == [layer.name for layer in census.layers].index(name))
            )
            assert (unit in units) == (index[row[0]] > 0.5)
    both = units_of_query(indices, ["layer4.0#17", "layer4.1#3 ", "layer4.1#2"])
    assert both == {"layer4.0": (17,), "layer4.1": (2, 3)}
    for category in ("color word", "any word"):
        mask = UnitFilter(category=category).mask(indices)
        chosen = units_of_query(indices, [f"type:{named_type(category)}"])
        assert sum(map(len, chosen.values())) == np.count_nonzero(mask)


def test_the_strongest_of_each_layer(indices):
    chosen = units_of_query(indices, [""], ["layer4.?"], strongest=10)
    index = np.nan_to_num(indices.slots.index("word").max(axis=1), nan=-1)
    census = indices.census
    for name, units in chosen.items():
        place = [layer.name for layer in census.layers].index(name)
        rows = np.flatnonzero(census.layer_numbers == place)
        assert len(units) == 10
        weakest = min(index[rows[unit]] for unit in units)
        others = [index[row] for row in rows if census.unit_numbers[row] not in units]
        assert weakest >= max(others)


def test_what_means_nothing_is_refused(indices):
    with pytest.raises(InvalidInput, match="cannot be understood"):
        units_of_query(indices, ["beauty > 3"])
    with pytest.raises(InvalidInput, match="no layer “layer9"):
        units_of_query(indices, [""], ["layer9.*"])
    with pytest.raises(InvalidInput, match="no type of neuron “nice”"):
        named_type("nice")
    assert named_type("Any word") == named_type("any-word") == "any-word"


def test_the_commands_write_a_file_run_without_the_units_and_study_them(census, tmp_path, capsys):
    file = tmp_path / "chosen.json"
    choose = [
        "ablation",
        str(census.path),
        "--search",
        "layer4.0#1",
        "layer4.0#8",
        "--set",
        "top=20",
    ]
    assert commands.main([*choose, "--to", "mean", "--out", str(file)]) == DONE
    content = read_ablation(file)
    assert content.ablation.parts[0].units == (1, 8)
    means = stored_means(census).means["layer4.0"]
    assert content.ablation.parts[0].values == (means[1], means[8])
    assert len(content.layers[0].means) == content.layers[0].units == 512
    ask = ["experiment-4", "--ablation", str(file), "--samples", "1", "--batch", "45", "--quiet"]
    assert commands.main(["run", *ask, "--out", str(tmp_path / "run")]) == DONE
    run = RunFolder.open(tmp_path / "run")
    assert run.plan.ablation == content.ablation
    assert "without layer4.0#1 + layer4.0#8" in run.manifest.title
    assert commands.main(["resume", str(tmp_path / "run"), "--quiet"]) == DONE
    capsys.readouterr()
    out = tmp_path / "study"
    study = ["study", *ask, "--controls", "1", "--out", str(out), "--export", str(tmp_path / "e")]
    assert commands.main(study) == DONE
    told = capsys.readouterr().out
    assert "Silencing 2 neurons (“layer4.0#1 + layer4.0#8”) of layer4.0" in told
    assert "1 random control of as many neurons" in told
    assert StudyFolder.open(out).finished
    assert (tmp_path / "e" / "study.csv").exists()
    assert commands.main(["study", "experiment-4", "--out", str(out), "--quiet"]) == DONE


def test_commands_refuse_what_cannot_be(census, tmp_path, capsys):
    out = ["--out", str(tmp_path / "x.json")]
    assert commands.main(["ablation", str(census.path), *out]) == FAILED
    assert "No neuron is chosen" in capsys.readouterr().err
    assert commands.main(["study", "experiment-4"]) == FAILED
    assert "--ablation FILE.json" in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()


def test_documents_keep_selections_and_old_ones_open(session):
    info = session.info
    setup = AblationSetup(to="mean").with_selection("Some", {"layer4.0": (3, 1)}, info)
    setup = setup.with_selection("More", {"layer4.0": (1, 2), "layer4.1": (0,)}, info)
    assert setup.units() == {"layer4.0": (1, 2, 3), "layer4.1": (0,)}
    assert setup.switched(0, False).units() == {"layer4.0": (1, 2), "layer4.1": (0,)}
    assert setup.without(1).units() == {"layer4.0": (1, 3)}
    assert setup.title == "Some + More"
    document = msgspec.structs.replace(default_document(), ablation=setup)
    data = encode_document(document, {})
    assert decode_document(data, "x")[0] == document
    plain = encode_document(default_document(), {})
    assert b"ablation" not in plain, "documents without one stay as they were"
    assert decode_document(plain, "x")[0].ablation == AblationSetup()


def test_selections_of_another_model_are_given_up(session):
    first = AblationSetup().with_selection("Some", {"a": (1,)}, session.info)
    other = random_session("embedded", seed=1).info
    assert not first.fits(other)
    second = first.with_selection("Other", {"b": (2,)}, other)
    assert [selection.title for selection in second.selections] == ["Other"]
    assert second.fits(other)


def test_a_check_of_the_damage_has_as_many_answers_as_patches_at_most():
    assert DamageCheck(("a {}", "{}"), (4, 0), 4).share == 0.5
    for correct in ((5, 0), (0, -1), (4,)):
        with pytest.raises(ValueError, match="right answers"):
            DamageCheck(("a {}", "{}"), correct, 4)
