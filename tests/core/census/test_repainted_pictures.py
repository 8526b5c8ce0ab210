"""Pictures of a finished census that were repainted since are never taken for those it saw."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import commands
from core.ablation.unit_means import MeansMeasured, measure_means, stored_means
from core.base.errors import RunError
from core.census.data import CensusData, load_census
from core.commands import DONE, FAILED
from core.models.loading import load_session
from core.units.features.hue_work import HueMeasurement
from core.units.features.unit_pictures import UnitPictures
from core.units.neuron_indices import CensusReader
from core.units.thresholds import TypeThresholds
from core.units.unit_facts import set_lines

TOP = 5
CHANGED = "has changed since the census has seen it: “03.bmp”. Put the pictures back"


def paint(folder: Path, numbers, seed: int) -> None:
    """Pictures of always as many bytes."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        pixels = np.random.default_rng((seed, number)).integers(0, 256, (6, 7, 3), np.uint8)
        Image.fromarray(pixels).resize((60, 50)).save(folder / f"{number:02}.bmp")


@pytest.fixture(scope="module")
def taken(tmp_path_factory) -> Path:
    """A finished census of eight pictures."""
    path = tmp_path_factory.mktemp("census")
    paint(path / "pictures", range(8), 1)
    take = ["census", "--stroop", "1", "--shapes", "0", "--pictures", str(path / "pictures")]
    take += ["--batch", "64"]
    assert commands.main([*take, "--out", str(path / "census"), "--quiet"]) == DONE
    return path


@pytest.fixture
def pictures(taken, monkeypatch, tmp_path):
    """Their folder, painted as the census saw it."""
    monkeypatch.setattr("core.units.features.hue_work.cache_dir", lambda: tmp_path / "cache")
    paint(taken / "pictures", range(8), 1)
    return taken / "pictures"


@pytest.fixture
def census(taken, pictures, tmp_path) -> CensusData:
    shutil.copytree(taken / "census", tmp_path / "census")
    return load_census(tmp_path / "census")


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


def of_earlier_version(census: CensusData) -> CensusData:
    """The same without what its pictures held."""
    found = census.sets["pictures"]
    assert found.seen is not None
    blank = found.seen.part(slice(None))
    blank.digests[:] = 0
    return replace(census, sets={**census.sets, "pictures": replace(found, seen=blank)})


def hue_figure(census: CensusData, chosen: np.ndarray):
    *_earlier, (figure, _hues) = HueMeasurement().figures(census, chosen, TOP)
    assert figure.complete
    return figure


def seeing(census: CensusData, image: int) -> np.ndarray:
    """Some units of which a picture is among the first images."""
    tops = census.sets["pictures"].tops.first(TOP)
    units = np.flatnonzero(((tops.images == image) & (tops.values > 0)).any(axis=1))[:4]
    assert len(units)
    chosen = np.zeros(len(census), dtype=bool)
    chosen[units] = True
    return chosen


@pytest.mark.parametrize("units", [True, False])
def test_r66_hues_of_repainted_pictures_are_refused(census, pictures, units):
    """Both those of the neuron features and those of the pictures themselves."""
    chosen = seeing(census, 3) if units else np.zeros(len(census), dtype=bool)
    paint(pictures, [3], 2)
    with pytest.raises(RunError, match=CHANGED):
        hue_figure(census, chosen)
    old = hue_figure(of_earlier_version(census), chosen)  # goes on as it did
    paint(pictures, [3], 1)
    whole = hue_figure(census, chosen)  # nothing of the others is taken for it
    assert not np.array_equal(whole.pictures.fine, old.pictures.fine)
    paint(pictures, [3], 2)
    again = hue_figure(census, chosen)  # worked out from the right ones, and kept
    assert np.array_equal(again.pictures.fine, whole.pictures.fine)


def test_r66_hues_of_swapped_pictures_in_a_large_folder_are_refused(
    census, pictures, monkeypatch, tmp_path
):
    monkeypatch.setattr("core.units.features.unit_hues.MOST_PICTURES", 4)
    none = np.zeros(len(census), dtype=bool)
    paint(pictures, [3], 2)  # not looked at
    assert hue_figure(census, none).pictures.sources == 4
    (pictures / "02.bmp").rename(tmp_path / "02.bmp")
    (pictures / "04.bmp").rename(pictures / "02.bmp")
    (tmp_path / "02.bmp").rename(pictures / "04.bmp")
    monkeypatch.setattr("core.units.features.hue_work.cache_dir", lambda: tmp_path / "empty")
    with pytest.raises(RunError, match=r"has seen it: “02\.bmp”"):
        hue_figure(census, none)


def test_r66_means_over_repainted_pictures_are_refused(census, pictures, session):
    paint(pictures, [3], 2)
    with pytest.raises(RunError, match=CHANGED):
        list(measure_means(census, session))
    assert stored_means(census) is None
    *_, old = measure_means(of_earlier_version(census), session)
    assert isinstance(old, MeansMeasured) and old.pictures == 8


def test_r66_a_repainted_picture_is_not_shown_as_what_a_unit_saw(census, pictures):
    (unit,) = np.flatnonzero(seeing(census, 3))[:1].tolist()
    whole = UnitPictures(census).unit_in_set("pictures", unit, TOP, TOP)
    assert whole.changed == 0 and not any(image.changed for image in whole.images)
    paint(pictures, [3], 2)
    part = UnitPictures(census).unit_in_set("pictures", unit, TOP, TOP)
    assert [image.image for image in part.images if image.changed] == [3]
    assert all((image.pixels is None) == (image.image == 3) for image in part.images)
    assert part.changed == 1 and part.unreadable == 0
    indices = CensusReader(census).read(TypeThresholds(top=TOP))
    told = " ".join(set_lines(indices, "pictures", unit, part))
    assert "1 picture is not shown: changed since the census has seen it." in told
    old = UnitPictures(of_earlier_version(census)).unit_in_set("pictures", unit, TOP, TOP)
    assert old.changed == 0 and all(image.pixels is not None for image in old.images)
    (pictures / "03.bmp").unlink()
    gone = UnitPictures(census).unit_in_set("pictures", unit, TOP, TOP)
    assert gone.changed == 0 and gone.unreadable == 1
    assert np.array_equal(gone.picture, part.picture)  # the feature goes without it as well


def test_r66_the_commands_name_a_repainted_picture(census, pictures, tmp_path, capsys):
    paint(pictures, [3], 2)
    where = str(census.path)
    figures = ["figures", where, "--out", str(tmp_path / "f"), "--set", "color_selective=0.01"]
    assert commands.main(figures) == FAILED
    assert CHANGED in capsys.readouterr().err
    means = ["ablation", where, "--search", "layer4.0#1", "--to", "mean", "--set", f"top={TOP}"]
    assert commands.main([*means, "--out", str(tmp_path / "a.json")]) == FAILED
    assert CHANGED in capsys.readouterr().err
    assert not (tmp_path / "a.json").exists()


def test_r66_hues_kept_of_pictures_of_the_same_names_and_sizes_are_not_taken(
    census, pictures, tmp_path
):
    none = np.zeros(len(census), dtype=bool)
    first = hue_figure(census, none)
    paint(pictures, range(8), 2)
    take = ["census", "--stroop", "1", "--shapes", "0", "--pictures", str(pictures)]
    take += ["--batch", "64", "--out", str(tmp_path / "second")]
    assert commands.main([*take, "--quiet"]) == DONE
    second = load_census(tmp_path / "second")
    assert second.sets["pictures"].plan.images.sha256 == census.sets["pictures"].plan.images.sha256
    other = hue_figure(second, np.zeros(len(second), dtype=bool))
    assert not np.array_equal(first.pictures.fine, other.pictures.fine)
