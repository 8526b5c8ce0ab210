"""One flipped bit, anywhere in any file that the lab reads again: noticed, or without consequence.

Each reader either refuses the file (or does without it, as with caches), or gives the very same as
before. Small files are tried at every byte, larger ones at a seeded sample and both ends.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from core.ablation import unit_means
from core.ablation.ablation_file import ablation_file, read_ablation, write_ablation
from core.ablation.damage import DamageCheck
from core.ablation.study_folder import StudyFolder
from core.ablation.unit_means import stored_means
from core.base.errors import ExportError, LabError
from core.census.data import load_census
from core.census.folder import CensusFolder, Checkpoint, DamagedCensus
from core.census.pictures import PicturePaths, SeenPictures
from core.census.plan import PictureSet, make_census_plan
from core.census.run import stored_lists
from core.census.sets import CensusOfSets, Kind
from core.census.top_images import TopAccumulator
from core.document.autosave import Autosave, find_recoveries
from core.document.document import default_document, open_document, save_document
from core.network.ablation import make_ablation
from core.network.layer import Layer
from core.runs.folder import read_manifest
from core.runs.work import Span
from core.stimuli.factorial import StroopSet
from core.stimuli.stimulus import PictureStimulus
from core.sweeps.run_folder import FORMAT, RunFolder
from core.sweeps.stimulus_folder import export_set
from core.units.features.hue import HueHistogram
from core.units.features.thumbnail_store import ThumbnailStore
from core.units.features.unit_hues import HueCache, UnitHues
from tests.core.experiment_runs import made_run, model_info, plan_of, small_stimuli
from tests.support.unit_census import made_census

SAMPLE = 900
EVERY_BYTE = 1200
LAYERS = (
    Layer(name="one", group="a", module="one", kind="block", values="v", units=3, layout="NCHW"),
    Layer(name="two", group="a", module="two", kind="block", values="v", units=2, layout="NCHW"),
)
REFUSED = (LabError, ValueError, OSError)
NOTHING = object()
"""What a reader gives that noticed the damage and does without the file."""


def places(size: int, chance: random.Random) -> list[int]:
    if size <= EVERY_BYTE:
        return list(range(size))
    ends = {*range(64), *range(size - 200, size)}
    return sorted(ends | set(chance.sample(range(size), SAMPLE)))


def survey(
    path: Path, read: Callable[[], Any], *, mended: bool = False, most: int | None = None
) -> None:
    """Flip one bit at a time and read; what is `mended` from elsewhere is never refused.

    With `most` only so many places of the file are tried, by lot.
    """
    whole, wanted, noticed = path.read_bytes(), read(), 0
    assert wanted is not NOTHING
    chance = random.Random(len(whole))  # noqa: S311
    tried = places(len(whole), chance)
    for place in tried if most is None else chance.sample(tried, min(most, len(tried))):
        content = bytearray(whole)
        content[place] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        try:
            found = read()
        except REFUSED:
            noticed += 1
            continue
        if found is NOTHING:
            noticed += 1
            continue
        assert found == wanted, f"{path.name}: byte {place} of {len(whole)}"
    path.write_bytes(whole)
    assert noticed or mended, "a test that cannot fail"
    assert read() == wanted


def plain(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: (str(a.dtype), a.shape, a.tobytes()) for name, a in arrays.items()}


@pytest.fixture
def run(tmp_path) -> RunFolder:
    return made_run(tmp_path / "run", plan_of("experiment-4", 1))


def test_r67_plan_of_a_run(run):
    def read() -> Any:
        found = RunFolder.open(run.path)
        return found.plan, found.plan.title, found.plan.versions

    survey(run.path / "plan.json", read, mended=True)
    # The same where no row carries the plan along.
    for shard in run.shards():
        shard.path.unlink()
    survey(run.path / "plan.json", read)


def test_r67_manifest_of_a_run(run):
    def read() -> Any:
        found = read_manifest(run.path, FORMAT)
        return NOTHING if found is None else msgspec.json.encode(found)

    survey(run.path / "manifest.json", read)


def test_r67_rows_of_a_run(run):
    (shard,) = run.shards()
    wanted = run.rows().to_pydict()

    def read() -> Any:
        again = RunFolder.open(run.path)
        return again.rows().to_pydict() == wanted, msgspec.json.encode(again.plan)

    survey(shard.path, read)


def made_up_census(tmp_path: Path, stroop: StroopSet | None = None) -> CensusOfSets:
    names = tuple(f"picture {number} ü.png" for number in range(9))
    images = PictureSet(title="p", count=len(names), sha256="ab" * 32, side=32)
    return CensusOfSets.create(
        tmp_path / "census",
        "Made up",
        model_info(),
        LAYERS,
        stroop=stroop,
        pictures=(images, PicturePaths(str(tmp_path), names)),
    )


def made_up_lists(folder: CensusFolder, count: int) -> dict[str, TopAccumulator]:
    lists = {}
    for name, units in zip(folder.plan.layers, folder.plan.units, strict=True):
        lists[name] = TopAccumulator(units, torch.device("cpu"), 0, folder.plan.capacity)
        values = torch.rand((count, units), generator=torch.Generator().manual_seed(units))
        lists[name].add(values, torch.zeros((count, units), dtype=torch.int32), np.arange(count))
    return lists


@pytest.fixture
def whole_census(tmp_path) -> CensusOfSets:
    """A census of pictures alone, with made-up lists."""
    whole = made_up_census(tmp_path)
    folder = short_lists(whole)
    lists = made_up_lists(folder, 7)
    spans = [Span(0, 4), Span(5, 8)]
    folder.save_checkpoint("units", stored_lists(lists, spans))
    folder.save_refused({3: "“picture 3” is damaged.", 6: "“picture 6” is cut off."})
    return whole


def short_lists(whole: CensusOfSets, kind: Kind = "pictures") -> CensusFolder:
    """Begin a set anew with lists that make a small file."""
    before = whole.folder(kind)
    for file in before.path.iterdir():
        file.unlink()
    units = tuple((layer.name, layer.units) for layer in LAYERS)
    plan = make_census_plan("Made up", before.plan.images, units, model_info(), capacity=5)
    folder = CensusFolder.create(before.path, plan, model_info(), before.pictures)
    whole._change(plans={**whole.record.plans, kind: folder.manifest.plan_sha256})
    return folder


def test_r67_files_of_a_census(whole_census):
    folder = whole_census.folder("pictures")

    def read() -> Any:
        found = CensusFolder.open(folder.path)
        manifest = read_manifest(folder.path, CensusFolder.format)
        if manifest is None:
            return NOTHING
        parts = found.plan, found.pictures, found.refused(), manifest
        return msgspec.json.encode(parts)

    for name in ("plan.json", "manifest.json", "pictures.json", "refused.json"):
        survey(folder.path / name, read)

    def described() -> Any:
        return msgspec.json.encode(CensusOfSets.open(whole_census.path).record)

    survey(whole_census.path / "census.json", described)


def test_r67_lists_of_a_census(whole_census):
    folder = whole_census.folder("pictures")
    (file,) = folder.path.glob("units-*")

    def read() -> Any:
        found = folder.checkpoint("units")
        return NOTHING if found is None else (found.spans, plain(found.arrays))

    survey(file, read)
    # A name that promises more than is inside.
    file.rename(file.with_name("units-000000000009.safetensors"))
    with pytest.raises(DamagedCensus, match="units-000000000009"):
        folder.checkpoint("units")


@pytest.fixture
def finished_census(tmp_path) -> CensusOfSets:
    """A finished census of words and pictures, with gray values and an older file of each kind."""
    whole = made_up_census(tmp_path, stroop=StroopSet(samples=1, side=32))
    for kind in whole.kinds:
        folder = short_lists(whole, kind)
        total = len(folder.plan)
        for done in (total - 3, total):
            seen = None
            if folder.pictures is not None:
                seen = SeenPictures(folder.pictures.paths())
                seen.digests[: done - 1] = np.arange(1, done)[:, None]
                folder.save_refused({done - 1: "“It” is damaged."})
            lists = made_up_lists(folder, done - (seen is not None))
            folder.save_checkpoint("units", stored_lists(lists, [Span(0, done)], seen))
            gray = {layer.name: np.ones((layer.units, 5), np.float32) for layer in LAYERS}
            after = np.array([total if seen is not None else done])
            folder.save_checkpoint("gray", Checkpoint({"after": after, **gray}, ((0, done),)))
        folder.manifest.batch_size = 32
        folder.set_state("finished")
    return whole


NEWEST = (
    "census.json",
    "stroop/manifest.json",
    "stroop/plan.json",
    "stroop/units-000000000990.safetensors",
    "pictures/gray-000000000009.safetensors",
    "pictures/manifest.json",
    "pictures/pictures.json",
    "pictures/plan.json",
    "pictures/refused.json",
    "pictures/units-000000000009.safetensors",
)


def census_read(path: Path) -> Any:
    found = load_census(path)
    folders = [CensusOfSets.open(path).folder(kind) for kind in found.sets]
    parts: list[Any] = [found.record, *(folder.manifest for folder in folders)]
    for one in found.sets.values():
        tops = {name: plain_of(value) for name, value in vars(one.tops).items()}
        parts += [one.plan, one.pictures, one.done, one.refused, tops, plain_of(one.gray)]
    return msgspec.json.encode(parts)


def plain_of(value: Any) -> Any:
    return value.tobytes() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("name", NEWEST)
def test_r67_a_finished_census_is_never_read_as_an_older_or_unseen_one(finished_census, name):
    file = finished_census.path / name
    refusals: list[LabError] = []

    def read() -> Any:
        try:
            return census_read(finished_census.path)
        except LabError as error:
            refusals.append(error)
            raise

    survey(file, read, most=60)
    for error in refusals:  # what is damaged, and what to do
        assert file.name in error.message and str(file.parent) in error.message and error.hint
    # The same where it is gone: nothing was unseen.
    if name != "pictures/gray-000000000009.safetensors":
        file.unlink()
        with pytest.raises(LabError):
            census_read(finished_census.path)


def test_r67_a_set_that_is_gone_was_not_unseen(finished_census):
    shutil.rmtree(finished_census.path / "stroop")
    with pytest.raises(LabError, match=r"The folder stroop of the census in .* is missing"):
        load_census(finished_census.path)


@pytest.mark.parametrize("name", ["stroop/units-000000000987", "pictures/gray-000000000006"])
def test_r67_what_is_not_needed_any_more_does_no_harm(finished_census, name):
    wanted = census_read(finished_census.path)
    (finished_census.path / f"{name}.safetensors").write_bytes(b"?")
    assert census_read(finished_census.path) == wanted


def test_r67_means_of_units(whole_census, monkeypatch):
    census = load_census(whole_census.path)
    means = {layer.name: np.linspace(-1, 1, layer.units) for layer in LAYERS}
    unit_means._write(census, census.sets["pictures"], means, 7)

    def read() -> Any:
        found = stored_means(census)
        return NOTHING if found is None else (found.pictures, plain(dict(found.means)))

    survey(whole_census.path / "means.json", read)


CHOSEN = make_ablation("Some", {"one": [0, 2]})


def test_r67_files_of_a_study(tmp_path):
    chosen = ablation_file(CHOSEN, {"one": 9}, model_info())
    write_ablation(tmp_path / "chosen.json", chosen)
    survey(
        tmp_path / "chosen.json",
        lambda: msgspec.json.encode(read_ablation(tmp_path / "chosen.json")),
    )

    plan = plan_of("experiment-4", 1)
    study = StudyFolder.create(tmp_path / "study", "S", plan, model_info(), chosen, controls=1)

    def read() -> Any:
        return msgspec.json.encode(StudyFolder.open(study.path).record)

    survey(study.path / "study.json", read)
    member = study.members[0]
    study.begun_run(member)
    study.save_damage(member, DamageCheck(plan.templates, (12,) * len(plan.templates), 22))

    def patches() -> Any:
        found = study.damage(member)
        return NOTHING if found is None else found

    survey(study.path / member.name / "patches.json", patches)


def test_r67_documents_and_what_was_autosaved(tmp_path):
    content = b"no picture, but bytes all the same" * 3
    from hashlib import sha256

    digest = sha256(content).hexdigest()
    stimulus = PictureStimulus(sha256=digest, name="p.png", side=96)
    document = msgspec.structs.replace(default_document(), stimulus=stimulus)
    path = tmp_path / "d.colorlab"
    save_document(path, document, {digest: content})
    survey(path, lambda: open_document(path))

    store = Autosave(tmp_path / "autosave")
    store.save(default_document(), {}, tmp_path / "somewhere" / "work.colorlab")
    origin = store.path.with_name("origin.json")
    whole = origin.read_bytes()
    store._claim.release(remove=False)  # as if it had crashed

    def read() -> Any:
        (found,) = find_recoveries(tmp_path / "autosave")
        found.keep()
        return NOTHING if found.origin is None else found.origin

    survey(origin, read)
    assert origin.read_bytes() == whole


def test_r67_caches_of_hues(tmp_path):
    census = made_census(tmp_path / "pictures")
    hues = UnitHues(len(census))
    histogram = HueHistogram()
    histogram.fine += np.linspace(0, 1, len(histogram.fine))
    histogram.sources = 3
    hues.add(4, histogram)
    cache = HueCache(tmp_path / "cache")
    cache.save_units(census, 12, hues)
    (units,) = (tmp_path / "cache").iterdir()

    def read() -> Any:
        found = cache.load_units(census, 12)
        if not found.known.any():
            return NOTHING
        return (
            found.hue.tobytes(),
            found.known.tobytes(),
            found.histogram(found.known).fine.tobytes(),
        )

    survey(units, read)
    cache.save_pictures(census, histogram)
    (pictures,) = (file for file in (tmp_path / "cache").iterdir() if file != units)

    def read_pictures() -> Any:
        found = cache.load_pictures(census)
        if found is None:
            return NOTHING
        return found.fine.tobytes(), found.sources, found.without_hue

    survey(pictures, read_pictures)


@pytest.mark.logs("the cache of thumbnails")
def test_r67_cache_of_thumbnails(tmp_path):
    path = tmp_path / "t.sqlite"
    chance = np.random.default_rng(0)
    pictures = {n: chance.integers(0, 256, (4, 6 + n, 3), dtype=np.uint8) for n in range(6)}
    store = ThumbnailStore(path)
    store.put("key", {**pictures, 9: None})
    store.put("other", {n: 255 - picture for n, picture in pictures.items()})
    store.close()

    def read() -> Any:
        store = ThumbnailStore(path)
        found = store.get("key", [*pictures, 9])
        store.close()
        for number, picture in found.items():
            if number == 9:
                assert picture is None
            else:
                assert np.array_equal(picture, pictures[number])
        return NOTHING if len(found) < 7 else True

    survey(path, read)


def test_r67_what_a_folder_of_stimuli_says(tmp_path):
    stimuli = small_stimuli("experiment-4", 1, side=24)
    list(export_set(tmp_path / "set", stimuli))

    def read() -> Any:
        try:
            return [event.done for event in export_set(tmp_path / "set", stimuli)]
        except ExportError:
            return NOTHING

    survey(tmp_path / "set" / "set.json", read)
