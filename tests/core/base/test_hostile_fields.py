"""Every field of every file that says something: any value gives a sentence or a result, soon.

Each member of each file in turn takes values that no one expects – beyond every range, of another
type, nested, missing –, without a checksum, as a file written by hand. Readers may refuse it by an
expected failure or read it; they never fail otherwise, wait, or ask for memory without measure.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from core import commands
from core.ablation.ablation_file import ablation_file, read_ablation, write_ablation
from core.ablation.damage import DamageCheck
from core.ablation.study_folder import StudyFolder, list_studies
from core.ablation.unit_means import stored_means
from core.base.checksums import MARK, encode_json, seal
from core.base.errors import LabError
from core.census.data import load_census
from core.census.folder import CensusFolder
from core.census.pictures import PicturePaths
from core.census.plan import PictureSet
from core.census.sets import CensusOfSets, list_censuses
from core.commands import FAILED
from core.document.document import default_document, open_document, save_document
from core.network.ablation import make_ablation, random_control
from core.network.layer import Layer
from core.reports.plan_source import plan_element, plan_in
from core.stimuli.factorial import StroopSet
from core.stimuli.png import PngNotes, encode_png, read_png_notes
from core.sweeps.library import list_runs
from core.sweeps.run_folder import RunFolder
from core.sweeps.stimulus_folder import export_set
from core.units.features.unit_hues import UnitHues
from tests.core.experiment_runs import made_run, model_info, plan_of, small_stimuli
from tests.core.refusals import refused_line

PAIRS = int(os.environ.get("HOSTILE_PAIRS", "250"))
"""Of a file; 9,000 in all were tried once."""

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**62,
    2**64,
    10**30,
    -(2**63),
    1e308,
    -0.5,
    "",
    "x" * 5000,
    "../../../etc",
    [],
    {},
    [[]],
    [0] * 300,
    {"a": {"b": 1}},
)
MISSING = object()


def members(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every member of a JSON value lies; of long lists the first and the last."""
    if path:
        yield path
    if isinstance(content, dict):
        for name, value in content.items():
            yield from members(value, (*path, name))
    elif isinstance(content, list):
        for number in sorted({0, len(content) - 1} if content else ()):
            yield from members(content[number], (*path, number))


def changed(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(content))
    place = copy
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy


def besiege(path: Path, read: Callable[[], Any]) -> None:
    """Give members values, one pair after the other: a seeded sample of all pairs."""
    whole = path.read_bytes()
    content = json.loads(whole)
    content.pop("checksum", None)
    pairs = [(member, value) for member in members(content) for value in (*VALUES, MISSING)]
    random.Random(len(whole)).shuffle(pairs)  # noqa: S311
    for member, value in pairs[:PAIRS]:
        path.write_text(json.dumps(changed(content, member, value)))
        _expect(read, f"{path.name}: {member} = {value!r:.40}")
    for garbage in (b"", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000):
        path.write_bytes(garbage)
        _expect(read, f"{path.name}: {garbage[:9]!r}")
    path.write_bytes(whole)
    read()


def _expect(read: Callable[[], Any], what: str) -> None:
    said = "."
    try:
        read()
    except LabError as error:
        said = error.message
    except Exception as error:
        raise AssertionError(what) from error
    assert said.rstrip().endswith((".", "”")), f"{what}: {said:.200}"


def test_r79_fields_of_a_run(tmp_path):
    run = made_run(tmp_path / "runs" / "run", plan_of("experiment-4", 1))

    def read() -> None:
        assert len(list_runs(run.path.parent)) == 1
        found = RunFolder.open(run.path)
        assert found.done() >= 0
        assert found.state and found.missing() is not None
        found.counts()

    besiege(run.path / "plan.json", read)
    besiege(run.path / "manifest.json", read)
    # Where no row tells the plan, it is taken as it stands.
    shutil.rmtree(run.rows_folder)
    content = json.loads((run.path / "plan.json").read_bytes())
    del content["checksum"]
    manifest = json.loads((run.path / "manifest.json").read_bytes())
    for name in ("checksum", "plan_sha256"):
        manifest.pop(name, None)
    (run.path / "manifest.json").write_text(json.dumps(manifest))
    besiege(run.path / "plan.json", read)


@pytest.fixture
def census(tmp_path) -> CensusOfSets:
    names = tuple(f"{number}.png" for number in range(5))
    images = PictureSet(title="p", count=5, sha256="ab" * 32, side=32)
    layer = Layer(
        name="one", group="a", module="one", kind="block", values="v", units=3, layout="NCHW"
    )
    whole = CensusOfSets.create(
        tmp_path / "censuses" / "census",
        "Made up",
        model_info(),
        (layer,),
        stroop=StroopSet(samples=1, side=32),
        pictures=(images, PicturePaths(str(tmp_path), names)),
    )
    whole.folder("pictures").save_refused({1: "It is damaged."})
    return whole


def test_r79_fields_of_a_census(census):
    def read() -> None:
        assert len(list_censuses(census.path.parent)) <= 1
        found = CensusOfSets.open(census.path)
        found.stage_sizes()
        load_census(census.path)

    besiege(census.path / "census.json", read)
    for kind, name in (
        ("stroop", "plan.json"),
        ("pictures", "plan.json"),
        ("pictures", "manifest.json"),
        ("pictures", "pictures.json"),
        ("pictures", "refused.json"),
    ):

        def read_set(kind: Any = kind) -> None:
            read()
            folder = CensusFolder.open(census.path / kind)
            folder.refused()
            assert 0 <= folder.done() <= len(folder.plan)

        besiege(census.path / kind / name, read_set)


def test_r79_fields_of_unit_means(census):
    data = load_census(census.path)
    from core.census.run import restored_lists, stored_lists

    folder = census.folder("pictures")
    import torch

    lists = restored_lists(folder.plan, None, torch.device("cpu"))
    folder.save_checkpoint("units", stored_lists(lists, []))
    data = load_census(census.path)
    content = {
        "format": "clip-color-lab unit means",
        "schema": 1,
        "content_hash": folder.plan.content_hash(),
        "pictures": 4,
        "means": {"one": [0.5, 1.5, 2.5]},
    }
    (census.path / "means.json").write_bytes(encode_json(content))
    assert stored_means(data) is not None
    besiege(census.path / "means.json", lambda: stored_means(data))


def test_r79_fields_of_studies_and_ablations(tmp_path):
    units = {"one": [1, 2]}
    chosen = ablation_file(make_ablation("Some", units), {"one": 9}, model_info())
    write_ablation(tmp_path / "chosen.json", chosen)

    def read_file() -> None:
        found = read_ablation(tmp_path / "chosen.json")
        for redraw in (False, True):
            random_control(found.ablation, found.sizes, 1, found.means or None, redraw=redraw)

    besiege(tmp_path / "chosen.json", read_file)
    plan = plan_of("experiment-4", 1)
    study = StudyFolder.create(
        tmp_path / "s" / "study", "S", plan, model_info(), chosen, controls=2
    )

    def read() -> None:
        assert len(list_studies(tmp_path / "s")) == 1
        found = StudyFolder.open(study.path)
        assert found.total >= found.done() >= 0
        assert found.finished in (True, False)

    besiege(study.path / "study.json", read)
    member = study.members[0]
    study.begun_run(member)
    study.save_damage(member, DamageCheck(plan.templates, (3,) * len(plan.templates), 22))
    besiege(study.path / member.name / "patches.json", lambda: study.damage(member))


def test_r79_fields_of_documents_reports_pictures_and_sets(tmp_path):
    save_document(tmp_path / "d.colorlab", default_document(), {})
    besiege(tmp_path / "d.colorlab", lambda: open_document(tmp_path / "d.colorlab"))

    plan = plan_of("experiment-4", 1)
    element = plan_element(plan, "weights.pt")
    report = tmp_path / "report.json"
    report.write_text(element.partition(">")[2].rpartition("</")[0])
    assert plan_in(report)[0] == plan
    besiege(report, lambda: plan_in(report))

    item = plan.stimuli.spec(3)
    notes = PngNotes(item.stimulus, plan.stimuli.palette, 3)
    (tmp_path / "notes.json").write_bytes(msgspec.json.encode(notes))
    pixels = np.zeros((8, 8, 3), np.uint8)

    def read_notes() -> None:
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        from core.stimuli.png import CHUNK_KEY

        chunks = PngInfo()
        chunks.add_itxt(CHUNK_KEY, (tmp_path / "notes.json").read_text(errors="replace"))
        Image.fromarray(pixels).save(tmp_path / "n.png", pnginfo=chunks)
        read_png_notes(tmp_path / "n.png")

    assert read_png_notes(encode_png(pixels, notes)) == notes
    besiege(tmp_path / "notes.json", read_notes)

    stimuli = small_stimuli("experiment-4", 1, side=24)
    list(export_set(tmp_path / "set", stimuli))
    besiege(tmp_path / "set" / "set.json", lambda: list(export_set(tmp_path / "set", stimuli)))


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"total": np.array(10**15)},
        {"total": np.array(-1), "units": np.array([0])},
        {"total": np.array(3), "units": np.array([7]), "hue": np.zeros(1)},
        {"units": np.array([[1]])},
        {"lengths": np.array([10**12])},
        {"bins": np.array([60_000], np.uint16), "weights": np.zeros(1, np.float32)},
    ],
)
def test_r79_arrays_of_a_cache_that_do_not_fit_together(arrays):
    """Each with a right checksum, so that nothing but the arrays tells."""
    import io
    import zipfile

    whole = {
        "total": np.array(3),
        "units": np.array([1]),
        "hue": np.zeros(1),
        "lengths": np.array([1]),
        "bins": np.array([5], np.uint16),
        "weights": np.ones(1, np.float32),
    }
    chosen = {**whole, **arrays} if arrays else {}
    buffer = io.BytesIO()
    np.savez(buffer, **chosen)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = f"{MARK}={'0' * 64}".encode()
    with pytest.raises(ValueError, match=r"arrays"):
        UnitHues.restored(seal(buffer.getvalue()))


# --- commands ---

LONG = "x" * 5000
BIG = "999999999999999999"


@pytest.mark.parametrize(
    "line",
    [
        ["run", "experiment-4", "--samples", BIG, "--out", "a"],
        ["stimuli", "experiment-4", "--samples", BIG, "--out", "a"],
        ["stimuli", "experiment-4", "--samples", "2000000000", "--out", "a"],
        ["census", "--stroop", BIG, "--out", "a"],
        pytest.param(
            ["census", "--stroop", "5000000", "--shapes", "0", "--out", "a"], marks=pytest.mark.slow
        ),
        pytest.param(
            ["run", "experiment-4", "--samples", "1", "--out", LONG], marks=pytest.mark.slow
        ),
        ["stimuli", "experiment-4", "--samples", "1", "--out", LONG],
        ["resume", LONG],
        ["tables", LONG],
        ["runs", LONG],
        ["report", LONG, "--out", "r.html"],
        ["merge", LONG, "other"],
        ["census", "--out", LONG],
        pytest.param(["census", "--pictures", LONG, "--out", "a"], marks=pytest.mark.slow),
        ["study", "experiment-4", "--out", LONG],
        pytest.param(
            ["study", "experiment-4", "--ablation", LONG, "--out", "a"], marks=pytest.mark.slow
        ),
        ["figures", LONG, "--out", "f"],
        ["ablation", LONG, "--type", "any-word", "--out", "o.json"],
        ["repeat", LONG, "--out", "a"],
    ],
    ids=lambda line: " ".join(line)[:60],
)
def test_r79_numbers_and_paths_beyond_reason_are_refused_in_one_line(
    tmp_path, monkeypatch, capsys, line
):
    monkeypatch.chdir(tmp_path)
    try:
        status = commands.main([*line])
    except SystemExit as refused:  # by the parser itself
        status = refused.code
    assert status == FAILED
    said = capsys.readouterr().err.strip().splitlines()
    assert "Traceback" not in "".join(said)
    assert len(said) <= 2 or "usage" in said[0], said
    assert len(said[-1]) < 6000
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert left in ([], [".lock"]), "nothing half-made"


@pytest.mark.parametrize("option", ["--threads", "--batch"])
def test_r79_a_pace_beyond_reason_is_refused(option, capsys):
    with pytest.raises(SystemExit):
        commands.main(["run", "experiment-4", "--samples", "1", option, BIG])
    assert "is no whole number from" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        ["run", "experiment-4", "--samples", "9" * 5000],
        ["run", "experiment-4", "--geometry", LONG],
        ["run", "experiment-4", "--part", LONG],
        ["run", "experiment-4", f"--{LONG}"],
        ["run", "experiment-4", LONG],
        ["run", "experiment-4", "--geometry", "a b " * 2000],
        ["run", "experiment-4", "two\nlines"],
    ],
    ids=lambda line: " ".join(line)[:40],
)
def test_r79_words_beyond_reason_are_refused_in_one_short_line(capsys, line):
    said = refused_line(line, capsys)
    assert len(said) < 1000 and said.endswith("See main.py run --help.")


@pytest.mark.parametrize(
    "line",
    [
        ["run", "experiment-4", "--labels", "red", "bl\udcffue"],
        ["run", "experiment-4", "--templates", "a {} \udcc3"],
        ["study", "experiment-4", "--labels", "bl\udcffue"],
        ["study", "experiment-4", "--title", "\udcff"],
        ["ablation", "c", "--out", "o", "--title", "\udcff"],
        ["ablation", "c", "--out", "o", "--search", "\udcff"],
    ],
    ids=ascii,
)
def test_r79_words_that_are_no_text_are_refused_in_one_line(tmp_path, monkeypatch, capsys, line):
    monkeypatch.chdir(tmp_path)
    said = refused_line(line, capsys)
    assert "holds bytes that are no UTF-8" in said and "\ufffd" in said
