"""Every writer of files meets every fault: refusals, full and read-only disks, missing locks (R86).

A writer here writes a first and then a second state into a folder, and says which it finds there.
Whatever happens, that is one of the two; what fails is told in a sentence, and nothing half-made
stays behind.
"""

from __future__ import annotations

import ast
import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from core.ablation import unit_means
from core.ablation.ablation_file import ablation_file, read_ablation, write_ablation
from core.ablation.damage import DamageCheck
from core.ablation.study_folder import StudyFolder, list_studies
from core.autosave import Autosave
from core.document import LabDocument, default_document, open_document, save_document
from core.errors import LabError
from core.models.catalog import models_dir
from core.models.partial import Known, Partial
from core.models.store import import_path
from core.neurons.ablation import make_ablation
from core.neurons.census_folder import CensusFolder, Checkpoint
from core.neurons.census_plan import make_census_plan
from core.neurons.census_set import CensusOfSets, list_censuses
from core.neurons.hue import HueHistogram
from core.neurons.thumbnail_store import ThumbnailStore
from core.neurons.unit_hues import HueCache
from core.settings import Settings, change_settings, load_settings
from core.stimuli.factorial import ShapeSet, StroopSet
from core.stimuli.pictures import PictureStore
from core.sweeps.library import begin_at, list_runs
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import Span
from core.sweeps.stimulus_folder import export_set
from core.tables import Column, Table, read_csv, write_csv
from core.training import card
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
    from core.sweeps.answer_rows import RowBuffer

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


@pytest.fixture(scope="module", autouse=True)
def a_census(tmp_path_factory):
    CENSUS.append(made_census(tmp_path_factory.mktemp("census")))
    yield
    CENSUS.clear()
    KEPT.clear()


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
    """What a download does with its files; the errors are told by `core.models.download`."""
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


# --- the faults ---

EVERY = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS.keys())
# To import weights takes seconds.
QUICK = pytest.mark.parametrize(
    "writer",
    [pytest.param(writer, id=name) for name, writer in WRITERS.items() if "weights" not in name],
)


def write(writer: Writer, folder: Path, number: int) -> None:
    writer.prepare(folder, number)
    writer.write(folder, number)


def attempt(writer: Writer, folder: Path) -> str:
    """Write the second state; gives what is told if that fails."""
    try:
        writer.write(folder, 2)
    except LabError as error:
        return error.message
    return ""


def names(folder: Path) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return {name for name in found if not name.endswith((".lock", ".lock-owner"))}


def half_made(folder: Path) -> list[str]:
    return [name for name in names(folder) if ".writing-" in name or name.endswith(".partial")]


@EVERY
@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("rename", errno.EACCES),
        ("rename", errno.EBUSY),
        ("write", errno.EACCES),
        ("delete", errno.EACCES),
        ("read", errno.EACCES),
    ],
)
def test_r62_r86_what_is_refused_for_a_moment_is_written(
    writer, tmp_path, profile, faults, operation, error
):
    write(writer, tmp_path, 1)
    assert writer.found(tmp_path) == 1
    writer.prepare(tmp_path, 2)
    faults.refuse(operation, error=error, times=2)
    writer.write(tmp_path, 2)
    faults.heal()
    assert writer.found(tmp_path) == 2
    assert not half_made(tmp_path) and not half_made(profile)


@EVERY
@pytest.mark.parametrize("fault", ["rename", "write", "folder", "flush", "full", "read-only"])
def test_r86_what_cannot_be_written_is_told_and_leaves_the_former(
    writer, tmp_path, profile, faults, fault
):
    write(writer, tmp_path, 1)
    writer.prepare(tmp_path, 2)
    before = names(tmp_path) | names(profile)
    if fault == "full":
        faults.disk_full()
    elif fault == "read-only":
        faults.read_only()
    else:
        faults.refuse(fault, error=errno.EIO if fault == "flush" else errno.EACCES)
    told = attempt(writer, tmp_path)
    faults.heal()
    if told:
        assert writer.found(tmp_path) == 1
        assert names(tmp_path) | names(profile) <= before
    else:
        assert writer.found(tmp_path) == 2 or writer.quiet
    if fault == "read-only":
        assert told or writer.quiet
    assert not half_made(tmp_path) or writer.prepare is damage_rows
    writer.write(tmp_path, 2)
    assert writer.found(tmp_path) == 2


@QUICK
@pytest.mark.parametrize("room", [100, 1500])
def test_r86_a_disk_that_fills_up_in_the_middle_leaves_the_former(
    writer, tmp_path, profile, faults, room
):
    write(writer, tmp_path, 1)
    writer.prepare(tmp_path, 2)
    faults.disk_full(room)
    told = attempt(writer, tmp_path)
    faults.heal()
    assert writer.found(tmp_path) == (1 if told else 2) or writer.quiet
    writer.write(tmp_path, 2)
    assert writer.found(tmp_path) == 2


@QUICK
@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_r63_r86_a_drive_without_locks_is_written(writer, tmp_path, profile, faults, error):
    faults.no_locks(error)
    for number in (1, 2):
        write(writer, tmp_path, number)
        assert writer.found(tmp_path) == number
    KEPT.pop(tmp_path, None)
    left = [path.name for path in [*tmp_path.rglob("*"), *profile.rglob("*")]]
    assert not [name for name in left if name.endswith("lock")]


@QUICK
def test_r86_a_slow_disk_shows_the_former_until_it_is_done(writer, tmp_path, profile, faults):
    write(writer, tmp_path, 1)
    writer.prepare(tmp_path, 2)
    gate = faults.slow_disk()
    thread = threading.Thread(target=writer.write, args=(tmp_path, 2))
    thread.start()
    while thread.is_alive() and not gate.reached.wait(0.01):
        pass
    if gate.reached.is_set():
        assert writer.found(tmp_path) in (1, 2)
    gate.open()
    thread.join(100)
    assert writer.found(tmp_path) == 2


@QUICK
@pytest.mark.parametrize("seconds", [-400 * 86400.0, 400 * 86400.0])
def test_r86_a_clock_that_jumps_changes_nothing(writer, tmp_path, profile, clock, seconds):
    write(writer, tmp_path, 1)
    clock.jump(seconds)
    write(writer, tmp_path, 2)
    assert writer.found(tmp_path) == 2


@pytest.mark.logs("the cache of thumbnails cannot be used")
def test_r86_a_database_on_a_full_disk_is_done_without(tmp_path, faults):
    keep_thumbnail(tmp_path, 1)
    with faults.small_files(100):
        keep_thumbnail(tmp_path, 2)
    assert thumbnail(tmp_path) in (0, 1)
    keep_thumbnail(tmp_path, 2)
    assert thumbnail(tmp_path) == 2


# --- no writer is forgotten ---

ATTRIBUTES = {
    "write_bytes", "write_text", "unlink", "rmdir", "touch", "rmtree", "copyfile",
    "copy2", "copytree", "savez", "save_file", "write_table",
    "symlink_to", "hardlink_to", "truncate", "mkdtemp", "mkstemp", "NamedTemporaryFile",
    "moveToTrash",
}  # fmt: skip
NAMES = {"QSettings", "QSaveFile", "QFile", "RotatingFileHandler"}

KNOWN = {
    "core/atomic.py": {"open"},  # how all others write
    "core/cache.py": {"rmtree", "unlink"},  # empties what can be computed again
    "core/commands/console.py": {"open"},  # the null device
    "core/experiments/export.py": {"write_table"},  # into memory
    "core/installation.py": {"write_bytes"},  # when an installer is built
    "core/locks.py": {"rmdir", "unlink"},  # its own file
    "core/log.py": {"RotatingFileHandler", "open w"},  # files of its own for each copy
    "core/models/store.py": {
        "rmdir",
        "rmtree",
        "unlink",
    },  # an import
    "core/neurons/thumbnail_store.py": {"connect", "unlink"},  # a database
    "core/neurons/unit_hues.py": {"savez"},  # into memory
    "core/patience.py": {"replace", "rmtree", "unlink"},  # how all others rename and delete
    "core/reading.py": {"open"},  # reads
    "core/streams.py": {"open"},  # the null device
    "core/sweeps/shards.py": {"write_table"},  # rows of a run
    "core/sweeps/stimulus_folder.py": {"rmtree"},
    "core/sweeps/work_folder.py": {"rmdir"},
    "gui/experiments/library.py": {"rename"},  # a title
    "gui/inspector/conductor.py": {"rename"},  # a title
    "gui/layout.py": {"QSettings"},  # Qt locks, merges and replaces
    "gui/self_test_report.py": {"open a", "write_text"},  # a report on the program
    "gui/workers/wastebasket.py": {"moveToTrash"},  # how all others delete
}


def raw_writes(path: Path) -> set[str]:
    """Calls of a module that change files by themselves."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            found.add(node.func.id)
        if not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, ast.unparse(node.func.value)
        if name in ATTRIBUTES or (owner, name) in {("sqlite3", "connect"), ("os", "open")}:
            found.add(name)
        # `str.replace` takes two, and `msgspec.structs.replace` names.
        if name in ("replace", "rename") and len(node.args) == 1 and not node.keywords:
            found.add(name)
        modes = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if name == "open" and any(isinstance(m, str) and set(m) & set("wxa+") for m in modes):
            found.add(f"open {modes[-1]}")
    return found


def test_r86_no_writer_is_forgotten():
    found = {}
    for path in sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("gui/**/*.py")]):
        calls = raw_writes(path)
        if calls:
            found[path.relative_to(ROOT).as_posix()] = calls
    assert found == KNOWN
