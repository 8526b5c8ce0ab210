"""A census: exact lists, interruption, damage, pictures that cannot be read, the gray pass."""

from __future__ import annotations

import shutil
import subprocess
import sys
from multiprocessing import synchronize
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image

from core.base.errors import InvalidInput, PictureError, RunError
from core.census.data import load_census
from core.census.events import CensusProgress
from core.census.folder import REFUSED_NAME, CensusFolder, DamagedCensus
from core.census.gray_pass import gray_pass, gray_plan
from core.census.image_sources import FactorialSource, PictureSource
from core.census.merge import merge_census
from core.census.pictures import picture_set, read_batch
from core.census.plan import make_census_plan
from core.census.run import census, cut_batches, planned_layers
from core.census.sets import CensusOfSets, list_censuses
from core.census.tops import scrambled
from core.color.luma import gray_version
from core.models.loading import load_session, random_session
from core.network.layer import block_outputs
from core.network.layers import discover
from core.runs import work
from core.runs.work import Span, joined_spans
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.render import render
from core.sweeps.events import BatchHalved, Finished, Started
from tests.core.small_towers import record, record_maps

SET = WhiteStroop(samples=2, side=96)
CAPACITY = 12


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


@pytest.fixture(scope="module")
def layers(session):
    found = {layer.name: layer for layer in discover(session)}
    return tuple(found[name] for name in ("stem.conv1", "layer2.0.conv3", "layer4.1", "attnpool"))


@pytest.fixture(scope="module")
def plan(session, layers):
    return planned(session, layers, SET)


def planned(session, layers, images, summary="max"):
    units = tuple((layer.name, layer.units) for layer in layers)
    return make_census_plan(
        "Test", images, units, session.info, summary=summary, capacity=CAPACITY, seed=3
    )


def begun(path, plan, session):
    return CensusFolder.create(path, plan, session.info)


def run(folder, session, source=None, **options):
    options.setdefault("batch_size", 16)
    source = source or FactorialSource(folder.plan.images, session)
    return list(census(folder, session, source, **options))


def arrays(folder, kind="units"):
    return folder.checkpoint(kind).arrays


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert np.array_equal(array, theirs[name], equal_nan=array.dtype.kind == "f"), name


@pytest.fixture(scope="module")
def whole(tmp_path_factory, plan, session):
    folder = begun(tmp_path_factory.mktemp("whole") / "census", plan, session)
    run(folder, session)
    return folder


def test_lists_equal_brute_force(whole, plan, session, layers):
    pictures = np.stack([render(SET.spec(index).stimulus) for index in range(len(SET))])
    peaks = record(session, pictures, layers)
    keys = scrambled(np.arange(len(SET)), 3)
    tops = _tops(whole)
    for layer in layers:
        values = peaks[layer.name].values.numpy()
        found = tops[layer.name]
        for unit in range(layer.units):
            column = values[:, unit]
            best = np.sort(column)[::-1][:CAPACITY]
            assert found.values[unit] == pytest.approx(best, abs=2e-4)
            # Whatever is clearly above the rest must be there, with its own position.
            sure = set(np.flatnonzero(column > best[-1] + 1e-3))
            assert sure <= set(found.images[unit])
            assert found.maximum[unit] == pytest.approx(column.max(), abs=2e-4)
            assert found.mean[unit] == pytest.approx(column.mean(dtype=float), abs=1e-4)
        # Dead units tie over the whole set: the seed alone chooses.
        dead = np.flatnonzero((values == 0).all(axis=0))
        for unit in dead[:3]:
            order = np.argsort(-keys)[:CAPACITY]
            assert found.images[unit].tolist() == order.tolist()
            assert found.excess[unit] == len(SET) - CAPACITY


def _tops(folder):
    from core.census.data import LIST_FIELDS
    from core.census.tops import decoded

    stored = arrays(folder)
    return {
        name: decoded({field: stored[f"{name}/{field}"] for field in LIST_FIELDS})
        for name in folder.plan.layers
    }


@pytest.mark.parametrize("stop_after", [1, 2, 5, 11, 12])
def test_stopped_at_any_event_and_resumed_equals_never_stopped(
    tmp_path, plan, session, whole, stop_after
):
    folder = begun(tmp_path / "census", plan, session)
    events = census(folder, session, FactorialSource(SET, session), batch_size=16)
    for _ in range(stop_after):
        last = next(events)
    events.close()
    assert folder.state == "paused"
    again = CensusFolder.open(folder.path)
    if isinstance(last, CensusProgress):
        assert again.done() == last.done
    finished = run(again, session, batch_size=5)  # it keeps its own batches
    assert isinstance(finished[-1], Finished) and again.state == "finished"
    assert_same(arrays(again), arrays(whole))


def test_a_damaged_file_falls_back_to_the_one_before(tmp_path, plan, session, whole):
    folder = begun(tmp_path / "census", plan, session)
    events = census(folder, session, FactorialSource(SET, session), batch_size=16)
    while next(events).done != 64:
        pass
    events.close()
    events = census(folder, session, FactorialSource(SET, session))
    while next(events).done != 128:
        pass
    events.close()
    newest = sorted(folder.path.glob("units-*"))[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    with pytest.raises(DamagedCensus, match=f"{newest.name} in .* is damaged"):
        folder.checkpoint("units")
    found = run(CensusFolder.open(folder.path), session)
    assert found[0].done == 64 and "is damaged" in found[0].notes[0]
    assert_same(arrays(folder), arrays(whole))


def test_computers_share_a_census_and_merge_it(tmp_path, session, layers, monkeypatch):
    monkeypatch.setattr(work, "_PART_UNIT", 64)
    images = StroopSet(samples=1, side=96)
    plan = planned(session, layers[:1], images)
    parts = [begun(tmp_path / str(number), plan, session) for number in (1, 2)]
    for number, folder in enumerate(parts, start=1):
        run(folder, session, part=(number, 2), batch_size=64)
    assert sum(folder.checkpoint("units").done for folder in parts) == 990
    assert parts[0].checkpoint("units").done == 7 * 64
    alone = begun(tmp_path / "alone", plan, session)
    run(alone, session, batch_size=64)
    added = merge_census(parts[0].path, parts[1].path)
    assert added == parts[1].checkpoint("units").done
    assert CensusFolder.open(parts[0].path).state == "finished"
    assert_same(arrays(parts[0]), arrays(alone))
    with pytest.raises(RunError, match="some of the same images"):
        merge_census(parts[0].path, parts[1].path)


def test_another_model_is_named(tmp_path, plan, session):
    folder = begun(tmp_path / "census", plan, session)
    other = random_session("embedded")
    with pytest.raises(RunError, match="what differs is the weights"):
        run(folder, other)


def test_a_layer_that_the_model_lacks_or_has_otherwise_is_named(plan, session):
    assert [layer.name for layer in planned_layers(plan, session)] == list(plan.layers)
    replace = msgspec.structs.replace
    other = (plan.units[0] + 1, *plan.units[1:])
    for wrong in (
        replace(plan, units=other),
        replace(plan, layers=("layer9", *plan.layers[1:])),
    ):
        name, units = wrong.layers[0], wrong.units[0]
        with pytest.raises(RunError, match=f"no layer “{name}” of {units} neurons to observe"):
            planned_layers(wrong, session)


def test_a_plan_needs_layers_pictures_and_the_right_side(session, layers):
    with pytest.raises(InvalidInput, match="No layer"):
        planned(session, (), SET)
    with pytest.raises(InvalidInput, match="takes 96"):
        planned(session, layers, WhiteStroop(samples=1))


def test_r39_out_of_memory_halves_the_batch_and_loses_no_image(
    tmp_path, plan, session, whole, monkeypatch
):
    folder = begun(tmp_path / "census", plan, session)
    from core.models.fast_tower import FastTower

    forward = FastTower.__call__

    def scarce(tower, inputs):
        if len(inputs) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(tower, inputs)

    monkeypatch.setattr(FastTower, "__call__", scarce)
    events = run(folder, session)
    assert [event.batch_size for event in events if isinstance(event, BatchHalved)] == [8, 4]
    ours, theirs = _tops(folder), _tops(whole)
    for name, tops in ours.items():
        assert tops.total == len(SET)
        assert tops.values == pytest.approx(theirs[name].values, abs=2e-4)


# --- pictures ---


@pytest.fixture(scope="module")
def picture_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bilder ü")
    rng = np.random.default_rng(1)
    (folder / "inner").mkdir()
    for number in range(40):
        pixels = rng.integers(0, 256, (50 + number, 60, 3)).astype(np.uint8)
        if number % 4 == 0:
            pixels = gray_version(pixels)
        Image.fromarray(pixels).save(folder / ("inner" if number % 2 else ".") / f"{number}.png")
    Image.fromarray(pixels).save(folder / "20b.jpg")
    content = (folder / "20b.jpg").read_bytes()
    (folder / "20b.jpg").write_bytes(content[: len(content) // 3])
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def picture_census(tmp_path_factory, picture_folder, session, layers):
    return run_pictures(tmp_path_factory.mktemp("pictures") / "c", picture_folder, session, layers)


def run_pictures(path, picture_folder, session, layers, workers=0, gray=True):
    images, paths, _listing = picture_set(picture_folder, 96)
    folder = CensusFolder.create(path, planned(session, layers, images), session.info, paths)
    source = PictureSource(paths.paths(), session, workers)
    run(folder, session, source)
    if gray:
        list(gray_pass(folder, session, source))
    return folder


def test_r23_unreadable_pictures_are_skipped_listed_and_counted(picture_census):
    (number,) = picture_census.refused()
    assert picture_census.pictures.names[number] == "20b.jpg"
    tops = _tops(picture_census)["stem.conv1"]
    assert tops.total == 40
    assert number not in tops.images
    assert picture_census.state == "finished"


def test_reasons_that_were_lost_are_found_again(tmp_path, picture_census, session):
    path = tmp_path / "census"
    shutil.copytree(picture_census.path, path)
    folder, wanted = CensusFolder.open(path), picture_census.refused()
    for lose in (Path.unlink, lambda file: file.write_bytes(b"?")):
        lose(path / REFUSED_NAME)
        assert not folder.is_complete()
        source = PictureSource(folder.pictures.paths(), session, 0)
        events = [event for event in run(folder, session, source) if not is_progress(event)]
        assert (events[0].done, events[0].total) == (40, 41)  # all others stay as they were seen
        assert folder.refused() == wanted and folder.is_complete()
        assert_same(arrays(folder), arrays(picture_census))
    # Where nothing tells pictures that were seen from those that were not, none is counted twice.
    found = folder.checkpoint("units")
    digests = found.arrays["pictures/sha256"]
    digests[:5] = 0
    folder.save_checkpoint("units", found)
    (path / REFUSED_NAME).unlink()
    assert folder.lost_refusals(folder.checkpoint("units")) == []


def is_progress(event) -> bool:
    return isinstance(event, CensusProgress)


def test_pictures_decoded_in_processes_of_their_own_give_the_same(
    tmp_path, picture_folder, session, layers, picture_census
):
    folder = run_pictures(tmp_path / "c", picture_folder, session, layers, workers=2, gray=False)
    assert_same(arrays(folder), arrays(picture_census))
    assert folder.refused() == picture_census.refused()


def test_a_process_that_decodes_pictures_starts_without_torch():
    assert read_batch.__module__ == "core.census.pictures"
    code = "import sys, core.census.pictures; print({'torch', 'open_clip'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.logs("Make /dev/shm writable")
@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(28, "full")])
def test_without_shared_memory_pictures_are_decoded_in_the_same_process(
    session, picture_folder, monkeypatch, caplog, error
):
    def refused(*_arguments, **_names):
        raise error

    monkeypatch.setattr(synchronize.SemLock, "__init__", refused)
    _images, paths, _listing = picture_set(picture_folder, 96)
    batches = [np.arange(3), np.arange(3, 5)]
    found = list(PictureSource(paths.paths(), session, 2).batches(batches))
    wanted = list(PictureSource(paths.paths(), session, 0).batches(batches))
    for ours, theirs in zip(found, wanted, strict=True):
        assert np.array_equal(ours.images, theirs.images)
        assert ours.refused == theirs.refused
    (record,) = [r for r in caplog.records if r.name == "core.census.image_sources"]
    assert "Make /dev/shm writable" in record.getMessage() and str(error) in record.getMessage()


def test_a_list_of_pictures_has_a_hash_of_names_and_sizes(tmp_path, picture_folder):
    images, paths, listing = picture_set(picture_folder, 96)
    assert images.count == len(paths.names) == 41
    assert [path.path.name for path in listing.refused] == ["notes.txt"]
    again, _paths, _listing = picture_set(picture_folder, 96)
    assert again == images
    (tmp_path / "one").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "one" / "0.png")
    assert picture_set(tmp_path / "one", 96)[0].sha256 != images.sha256
    (tmp_path / "none").mkdir()
    with pytest.raises(PictureError, match="no picture in"):
        picture_set(tmp_path / "none", 96)


# --- the gray pass ---


def test_gray_values_are_those_of_the_gray_image_at_the_stored_position(
    picture_census, session, layers
):
    from core.models.preprocessing import fit_picture
    from core.stimuli.imported.pictures import decode_picture

    measured = arrays(picture_census, "gray")
    paths = picture_census.pictures.paths()
    for layer in layers:
        tops = _tops(picture_census)[layer.name]
        for unit in range(0, layer.units, max(1, layer.units // 4)):
            for place in (0, 5, CAPACITY - 1):
                path = paths[tops.images[unit, place]]
                pixels = fit_picture(decode_picture(path).pixels, session.info.preprocessing).pixels
                maps = record_maps(session, gray_version(pixels)[None], [layer])[layer.name]
                value = maps[0, unit].reshape(-1)[tops.positions[unit, place]]
                assert measured[layer.name][unit, place] == pytest.approx(float(value), abs=2e-4)


def test_what_is_gray_already_is_not_changed_by_a_gray_pass(picture_census):
    measured = arrays(picture_census, "gray")
    names = picture_census.pictures.names
    already = [
        n for n, name in enumerate(names) if int("".join(filter(str.isdigit, name))) % 4 == 0
    ]
    seen = 0
    for name, tops in _tops(picture_census).items():
        mask = np.isin(tops.images, already) & (tops.images != names.index("20b.jpg"))
        seen += mask.sum()
        # Another batch around the same picture may move the last bits.
        assert measured[name][mask] == pytest.approx(tops.values[mask], rel=1e-4, abs=1e-4)
    assert seen > 100


def test_a_gray_pass_sees_each_image_of_the_union_once(picture_census, session, layers):
    images = np.concatenate([tops.images for tops in _tops(picture_census).values()])
    plan = gray_plan(images)
    assert len(plan.union) <= 40
    assert plan.entries == sum(layer.units for layer in layers) * CAPACITY
    assert set(plan.union) == set(images[images >= 0])


def test_a_gray_pass_stopped_and_resumed_equals_one_that_never_was(
    tmp_path, picture_folder, session, layers, picture_census
):
    folder = run_pictures(tmp_path / "c", picture_folder, session, layers, gray=False)
    source = PictureSource(folder.pictures.paths(), session, 0)
    events = gray_pass(folder, session, source)
    assert isinstance(next(events), Started)
    assert next(events).done == 16
    events.close()
    resumed = list(gray_pass(CensusFolder.open(folder.path), session, source))
    assert resumed[0].done == 16
    assert_same(arrays(folder, "gray"), arrays(picture_census, "gray"))


def test_r82_a_gray_pass_takes_the_batch_it_is_given_until_it_has_begun(
    tmp_path, picture_folder, session, layers
):
    folder = run_pictures(tmp_path / "c", picture_folder, session, layers, gray=False)
    assert folder.manifest.batch_size != 2
    source = PictureSource(folder.pictures.paths(), session, 0)

    def started(**options):
        events = gray_pass(CensusFolder.open(folder.path), session, source, **options)
        found = next(events)
        next(events)
        events.close()
        return found.batch_size

    assert started(batch_size=2) == 2
    assert started(batch_size=4) == 2  # begun: rounding depends on it
    assert started() == 2


def test_a_gray_pass_needs_lists(tmp_path, plan, session):
    folder = begun(tmp_path / "census", plan, session)
    with pytest.raises(RunError, match="Run the census first"):
        next(gray_pass(folder, session, FactorialSource(SET, session)))


# --- all sets together ---


def test_a_census_of_sets_is_read_as_one(tmp_path, session, picture_folder):
    layers = block_outputs(discover(session))
    images, paths, _listing = picture_set(picture_folder, 96)
    whole = CensusOfSets.create(
        tmp_path / "c",
        "All",
        session.info,
        layers,
        stroop=StroopSet(samples=1, side=96),
        shapes=ShapeSet(samples=1, side=96),
        pictures=(images, paths),
    )
    assert whole.kinds == ("stroop", "shapes", "pictures")
    run(whole.folder("pictures"), session, PictureSource(paths.paths(), session, 0))
    list(gray_pass(whole.folder("pictures"), session, PictureSource(paths.paths(), session, 0)))
    (entry,) = list_censuses(tmp_path)
    assert entry.sets[2] == ("pictures", "finished", 41, 41)
    assert entry.sets[0] == ("stroop", "new", 0, 990)
    data = load_census(tmp_path / "c")
    assert set(data.sets) == {"pictures"}
    assert len(data) == sum(layer.units for layer in layers) == entry.units
    last = len(data) - 1
    assert data.layer_of(last) == layers[-1]
    assert data.name_of(last) == f"layer4.1 #{layers[-1].units - 1}"
    pictures = data.sets["pictures"]
    assert pictures.gray.shape == pictures.tops.values.shape
    assert not pictures.partial and len(pictures.refused) == 1
    # A census that goes on makes an older gray pass void.
    whole.folder("pictures").save_checkpoint(
        "gray", _stale(whole.folder("pictures").checkpoint("gray"))
    )
    assert load_census(tmp_path / "c").sets["pictures"].gray is None


def _stale(checkpoint):
    from core.census.folder import Checkpoint

    stale = {**checkpoint.arrays, "after": np.array([7])}
    return Checkpoint(stale, ((0, 41),))


def test_batches_end_at_multiples_of_their_size():
    batches = cut_batches(Span(5, 20), 8)
    assert [batch.tolist() for batch in batches] == [
        [5, 6, 7],
        [*range(8, 16)],
        [16, 17, 18, 19],
    ]
    assert [len(batch) for batch in cut_batches(Span(8, 16), 8)] == [8]


def test_ranges_that_touch_become_one_and_overlaps_are_refused():
    assert joined_spans([Span(5, 9), Span(0, 5)]) == [Span(0, 9)]
    assert joined_spans([Span(6, 9), Span(0, 5)]) == [Span(0, 5), Span(6, 9)]
    with pytest.raises(ValueError, match="overlap"):
        joined_spans([Span(0, 6), Span(5, 9)])
