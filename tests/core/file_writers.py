"""What the lab writes, each as a first and then a second state that can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.ablation import unit_means
from core.ablation.ablation_file import ablation_file, read_ablation, write_ablation
from core.ablation.damage import DamageCheck
from core.ablation.study_folder import StudyFolder, list_studies
from core.base.errors import LabError
from core.base.settings import Settings, change_settings, load_settings
from core.base.tables import Column, Table, read_csv, write_csv
from core.census.folder import CensusFolder, Checkpoint
from core.census.plan import make_census_plan
from core.census.sets import CensusOfSets, list_censuses
from core.document.autosave import Autosave
from core.document.document import LabDocument, default_document, open_document, save_document
from core.models.files.catalog import models_dir
from core.models.files.partial import Known, Partial
from core.models.files.store import import_path
from core.network.ablation import make_ablation
from core.runs.work import Span
from core.stimuli.factorial import ShapeSet, StroopSet
from core.stimuli.imported.pictures import PictureStore
from core.sweeps.library import begin_at, list_runs
from core.sweeps.run_folder import RunFolder
from core.sweeps.stimulus_folder import export_set
from core.training import card
from core.units.features.hue import HueHistogram
from core.units.features.thumbnail_store import ThumbnailStore
from core.units.features.unit_hues import HueCache
from tests.core.experiment_runs import made_up, model_info, plan_of, small_stimuli
from tests.core.model_files import random_state, write_safetensors
from tests.support.unit_census import LAYERS, made_census

ROOT = Path(__file__).resolve().parents[2]
PLAN = plan_of("experiment-4", 1)
INFO = model_info()


@dataclass(frozen=True)
class Writer:
    """How something is written.

    Attributes
    ----------
    write : callable
        Takes a folder and 1 or 2, the state to write.
    found : callable
        Takes the folder; gives the state that is found there, 0 for none.
    quiet : bool
        What cannot be written is no loss, and nobody is told.
    prepare : callable
        What has to be there before; takes the same as `write`.
    """

    write: Callable[[Path, int], object]
    found: Callable[[Path], int]
    quiet: bool = False
    prepare: Callable[[Path, int], object] = lambda _folder, _number: None


def document(number: int) -> LabDocument:
    return msgspec.structs.replace(default_document(), seed=number)


# --- the writers ---


def save_settings(folder: Path, number: int) -> None:
    note = change_settings(Settings(), lambda s: setattr(s, "threads", number), folder)
    if note is not None:
        raise LabError(note)


def autosave(folder: Path, number: int) -> None:
    keeper = KEPT.setdefault(folder, Autosave(folder))
    keeper.save(document(number), {}, folder / f"{number}.colorlab", "0" * number)


KEPT: dict[Path, Any] = {}


def autosaved(folder: Path) -> int:
    found = list(folder.glob("*/document.colorlab"))
    return open_document(found[0])[0].seed if found else 0


def table(number: int) -> Table:
    return Table((Column("number", "int"),), ((number,),))


def begun_run(folder: Path) -> RunFolder:
    path = folder / "run"
    return RunFolder.open(path) if path.exists() else RunFolder.create(path, PLAN, INFO)


def set_state(folder: Path, number: int) -> None:
    begun_run(folder).set_state("failed", str(number))


def rename_run(folder: Path, number: int) -> None:
    begun_run(folder).rename(str(number))


def titled(folder: Path) -> int:
    title = RunFolder.open(folder / "run").manifest.title
    return int(title) if title.isdigit() else 0


def write_rows(folder: Path, number: int) -> None:
    from core.sweeps.shards import RowBuffer

    run, span = begun_run(folder), Span(10 * number - 10, 10 * number)
    buffer = RowBuffer(PLAN)
    fonts = np.full(span.length, None, dtype=object)
    buffer.add(np.full(span.length, 0.25, np.float32), fonts, made_up(PLAN, span.length))
    run.write(span, buffer.take(span.start))


def rows_of(folder: Path) -> int:
    return RunFolder.open(folder / "run").rows().num_rows // len(PLAN.templates) // 10


def damage_rows(folder: Path, number: int) -> None:
    run = begun_run(folder)
    (run.rows_folder / f"rows-{number * 10:012}-{number * 10 + 9:012}.parquet").write_bytes(b"?")
    (run.rows_folder / ".writing-rows").write_bytes(b"half")


def repair(folder: Path, _number: int) -> None:
    run = begun_run(folder)
    with run.hold():
        run.repair()


def put_away(folder: Path) -> int:
    return len(list((folder / "run" / "damaged").glob("*")))


def begun_census(folder: Path) -> CensusFolder:
    path = folder / "census"
    if path.exists():
        return CensusFolder.open(path)
    units = tuple((layer.name, layer.units) for layer in LAYERS)
    return CensusFolder.create(
        path, make_census_plan("A", ShapeSet(samples=1, side=32), units, INFO), INFO
    )


def checkpoint(folder: Path, number: int) -> None:
    gray = {layer.name: np.zeros((layer.units, 1), np.float32) for layer in LAYERS}
    kept = Checkpoint({"after": np.array([number]), **gray}, ((0, number),))
    begun_census(folder).save_checkpoint("gray", kept)


def checkpointed(folder: Path) -> int:
    kept = begun_census(folder).checkpoint("gray")
    return 0 if kept is None else int(kept.arrays["after"][0])


def begun_sets(folder: Path, title: str = "0") -> CensusOfSets:
    path = folder / "sets"
    if path.exists():
        return CensusOfSets.open(path)
    words, shapes = StroopSet(samples=1, side=32), ShapeSet(samples=1, side=32)
    return CensusOfSets.create(path, title, INFO, LAYERS, stroop=words, shapes=shapes)


CHOSEN = make_ablation("Some", {"layer4.0": [1, 2, 3]})


def create_study(path: Path) -> StudyFolder:
    chosen = ablation_file(CHOSEN, {"layer4.0": 32}, INFO)
    return StudyFolder.create(path, "S", PLAN, INFO, chosen, controls=1)


def begun_study(folder: Path) -> StudyFolder:
    path = folder / "study"
    return StudyFolder.open(path) if path.exists() else create_study(path)


def save_damage(folder: Path, number: int) -> None:
    study = begun_study(folder)
    with study.hold():
        study.begun_run(study.members[0])
    study.save_damage(study.members[0], DamageCheck(("{}",), (number,), 9))


def damage(folder: Path) -> int:
    study = begun_study(folder)
    found = study.damage(study.members[0])
    return 0 if found is None else found.correct[0]


def begin_member(folder: Path, number: int) -> None:
    study = begun_study(folder)
    with study.hold():
        study.begun_run(study.members[number - 1])


def half_a_member(folder: Path, number: int) -> None:
    study = begun_study(folder)
    (study.path / study.members[number - 1].name / "rows").mkdir(
        parents=True
    )  # as a kill leaves it


def members(folder: Path) -> int:
    study = begun_study(folder)
    return sum(study.run(member) is not None for member in study.members)


def save_ablation(folder: Path, number: int) -> None:
    chosen = make_ablation(str(number), {"layer4.0": [1]})
    write_ablation(folder / "ablation.json", ablation_file(chosen, {"layer4.0": 32}, INFO))


def save_means(folder: Path, number: int) -> None:
    census = census_in(folder)
    means = {layer.name: np.full(layer.units, float(number)) for layer in census.layers}
    unit_means._write(census, census.sets["pictures"], means, 3)


def means_of(folder: Path) -> int:
    found = unit_means.stored_means(census_in(folder))
    return 0 if found is None else int(next(iter(found.means.values()))[0])


def census_in(folder: Path) -> Any:
    if folder not in KEPT:
        KEPT[folder] = made_census(folder)
    return KEPT[folder]


def save_hues(folder: Path, number: int) -> None:
    histogram = HueHistogram()
    histogram.sources = number
    HueCache(folder / "hues").save_pictures(CENSUS[0], histogram)


def hues(folder: Path) -> int:
    found = HueCache(folder / "hues").load_pictures(CENSUS[0])
    return 0 if found is None else found.sources


CENSUS: list[Any] = []


def keep_thumbnail(folder: Path, number: int) -> None:
    store = ThumbnailStore(folder / "thumbnails.sqlite")
    store.put("key", {0: np.full((2, 2, 3), number, np.uint8)})
    store.close()


def thumbnail(folder: Path) -> int:
    store = ThumbnailStore(folder / "thumbnails.sqlite")
    try:
        found = store.get("key", [0]).get(0)
        return 0 if found is None else int(found[0, 0, 0])
    finally:
        store.close()


def download_part(_folder: Path, number: int) -> None:
    """What a download does with its files; the errors are told by `core.models.files.download`."""
    partial = Partial("weights.pt")
    try:
        partial.prepare()
        partial.remember(Known(total=number))
        with partial.open() as file:
            file.write(b"x" * number)
        partial.become(partial.path.parent.parent / "weights.pt")
    except OSError as error:
        raise LabError(str(error)) from error


def downloaded(_folder: Path) -> int:
    path = Partial("weights.pt").path.parent.parent / "weights.pt"
    return len(path.read_bytes()) if path.exists() else 0


weights = cache(lambda seed: random_state("embedded", seed=seed))


def weights_to_import(folder: Path, number: int) -> None:
    write_safetensors(folder / f"weights-{number}.safetensors", weights(number))


def import_weights(folder: Path, number: int) -> None:
    list(import_path(folder / f"weights-{number}.safetensors"))


def imported(_folder: Path) -> int:
    return len(list(models_dir().glob("*.safetensors")))


def export_stimuli(folder: Path, number: int) -> None:
    list(export_set(folder / "set", small_stimuli("experiment-4", number, side=24)))


def exported(folder: Path) -> int:
    path = folder / "set" / "manifest.csv"
    return (len(path.read_bytes().splitlines()) - 1) // 90 if path.exists() else 0


def write_card(folder: Path, number: int) -> None:
    path = folder / card.CARD
    if not path.exists():
        path.write_text(f"{card._BEGIN}\n{card._END}")
    try:
        card.update_card(folder, str(number))
    except OSError as error:
        raise LabError(str(error)) from error


WRITERS = {
    "document": Writer(
        lambda folder, number: save_document(folder / "a.colorlab", document(number), {}),
        lambda folder: open_document(folder / "a.colorlab")[0].seed,
    ),
    "autosave": Writer(autosave, autosaved),
    "preferences": Writer(save_settings, lambda folder: load_settings(folder)[0].threads),
    "table": Writer(
        lambda folder, number: write_csv(folder / "a.csv", table(number)),
        lambda folder: int(str(read_csv(folder / "a.csv", table(1).columns).rows[0][0])),
    ),
    "picture": Writer(
        lambda folder, number: PictureStore(folder / "pictures").add(bytes([number])),
        lambda folder: len(list((folder / "pictures").glob("[0-9a-f]*"))),
    ),
    "new run": Writer(
        lambda folder, number: RunFolder.create(folder / str(number), PLAN, INFO),
        lambda folder: len(list_runs(folder)),
    ),
    "new named run": Writer(
        lambda folder, number: begin_at(
            None, str(number), lambda path: RunFolder.create(path, PLAN, INFO), folder
        ),
        lambda folder: len(list_runs(folder)),
    ),
    "state of a run": Writer(
        set_state, lambda folder: int(RunFolder.open(folder / "run").manifest.problem)
    ),
    "title of a run": Writer(rename_run, titled),
    "rows of a run": Writer(write_rows, rows_of),
    "repair of a run": Writer(repair, put_away, prepare=damage_rows),
    "new census": Writer(
        lambda folder, number: CensusOfSets.create(
            folder / str(number), "A", INFO, LAYERS, shapes=ShapeSet(samples=1, side=32)
        ),
        lambda folder: len(list_censuses(folder)),
    ),
    "checkpoint of a census": Writer(checkpoint, checkpointed),
    "refused pictures of a census": Writer(
        lambda folder, number: begun_census(folder).save_refused({number: "damaged"}),
        lambda folder: max(begun_census(folder).refused(), default=0),
    ),
    "title of a census": Writer(
        lambda folder, number: begun_sets(folder).rename(str(number)),
        lambda folder: int(begun_sets(folder).record.title),
    ),
    "new study": Writer(
        lambda folder, number: create_study(folder / str(number)),
        lambda folder: len(list_studies(folder)),
    ),
    "damage check of a study": Writer(save_damage, damage),
    "new run of a study": Writer(begin_member, members, prepare=half_a_member),
    "ablation": Writer(
        save_ablation,
        lambda folder: int(read_ablation(folder / "ablation.json").ablation.title),
    ),
    "means of units": Writer(save_means, means_of, quiet=True),
    "hues of units": Writer(save_hues, hues, quiet=True),
    "thumbnails": Writer(keep_thumbnail, thumbnail, quiet=True),
    "download": Writer(download_part, downloaded),
    "import of weights": Writer(import_weights, imported, prepare=weights_to_import),
    "stimuli": Writer(export_stimuli, exported),
    "model card": Writer(
        write_card, lambda folder: int((folder / card.CARD).read_text().splitlines()[2])
    ),
}
