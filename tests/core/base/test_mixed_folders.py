"""Nothing of one run, census or study is ever taken for a part of another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from core import commands
from core.ablation.ablation_file import ablation_file, write_ablation
from core.ablation.study_folder import StudyFolder
from core.base.errors import RunError
from core.census.events import CensusProgress
from core.census.folder import CensusFolder, Checkpoint, DamagedCensus
from core.census.gray_pass import gray_pass
from core.census.image_sources import PictureSource
from core.census.pictures import picture_set
from core.census.plan import make_census_plan
from core.census.run import census
from core.census.sets import CensusOfSets
from core.commands import DONE, FAILED
from core.models.loading import load_session
from core.network.ablation import make_ablation
from core.network.layers import discover
from core.runs.folder import MANIFEST_NAME, PLAN_NAME
from core.stimuli.factorial import WhiteStroop
from core.sweeps.merge import merge
from core.sweeps.run_folder import RunFolder
from tests.core.experiment_runs import made_run, plan_of
from tests.core.model_files import random_state, write_safetensors
from tests.core.sweep_runs import finish, new_run, small_plan


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


def altered(path: Path, **changes) -> None:
    """Change members of a JSON file as an earlier version would have written it."""
    content = json.loads(path.read_bytes())
    content.pop("checksum", None)
    for name, value in changes.items():
        if value is None:
            content.pop(name, None)
        else:
            content[name] = value
    path.write_text(json.dumps(content))


# --- runs ---


@pytest.fixture
def ours(tmp_path) -> RunFolder:
    return made_run(tmp_path / "ours", plan_of("experiment-4", 8, seed=1), images=710)


@pytest.fixture
def theirs(tmp_path) -> RunFolder:
    return made_run(tmp_path / "theirs", plan_of("experiment-4", 8, seed=2), images=710, seed=5)


@pytest.mark.parametrize("earlier", [False, True], ids=["now", "earlier version"])
def test_r66_the_plan_of_another_run_is_refused_naming_what_differs(ours, theirs, earlier):
    if earlier:
        altered(ours.path / MANIFEST_NAME, plan_sha256=None)
    shutil.copy(theirs.path / PLAN_NAME, ours.path / PLAN_NAME)
    with pytest.raises(RunError, match=r"not that of the run, but of another one: the seed"):
        RunFolder.open(ours.path)
    # What it says helps: without the file the rows tell the plan.
    (ours.path / PLAN_NAME).unlink()
    assert RunFolder.open(ours.path).plan == ours.plan


def test_r66_the_plan_of_another_run_is_refused_before_any_image_is_done(tmp_path, theirs):
    ours = made_run(tmp_path / "new", plan_of("experiment-4", 8, seed=1), images=0)
    shutil.copy(theirs.path / PLAN_NAME, ours.path / PLAN_NAME)
    with pytest.raises(RunError, match="but of another one"):
        RunFolder.open(ours.path)


def test_r66_rows_of_another_run_are_neither_counted_nor_merged(ours, theirs, tmp_path):
    foreign = ours.rows_folder / theirs.shards()[1].path.name
    shutil.copy(theirs.shards()[1].path, foreign)
    for read in (ours.counts, ours.rows):
        with pytest.raises(RunError, match="is of another run"):
            read()
    empty = RunFolder.create(tmp_path / "empty", ours.plan, ours.manifest.model)
    with pytest.raises(RunError, match="is of another run"):
        merge(empty.path, ours.path)


def test_r66_rows_of_another_run_are_put_aside_and_computed(tmp_path, session):
    plan = small_plan(session, WhiteStroop(samples=1, seed=1, side=96))
    other = small_plan(session, WhiteStroop(samples=1, seed=2, side=96))
    whole, theirs = (
        new_run(tmp_path / name, made, session) for name, made in (("w", plan), ("t", other))
    )
    finish(whole, session)
    finish(theirs, session)
    ours = tmp_path / "ours"
    shutil.copytree(whole.path, ours)
    run = RunFolder.open(ours)
    # In the place of its own, and beside its own, longer than any of them.
    shutil.copy(theirs.shards()[1].path, run.shards()[1].path)
    shutil.copy(theirs.shards()[0].path, run.rows_folder / f"rows-{0:012d}-{90:012d}.parquet")
    events = finish(RunFolder.open(ours), session)
    again = RunFolder.open(ours)
    assert "2 files of rows belonged to another run" in events[0].notes[0]
    assert len(list((ours / "damaged").iterdir())) == 2
    assert again.rows().equals(whole.rows())


def test_r66_rows_under_the_name_of_other_images_are_not_counted(ours):
    first, second = ours.shards()
    other = second.path.with_name(f"rows-{710:012d}-{720:012d}.parquet")
    second.path.rename(other)  # ten images, too
    with pytest.raises(RunError, match="of other images than its name says"):
        RunFolder.open(ours.path).counts()
    with ours.hold():
        assert "could not be read" in ours.repair()[0]
    assert ours.counts().images == first.span.length


def test_r66_rows_beyond_the_plan_are_not_counted(ours, tmp_path):
    longer = made_run(tmp_path / "longer", plan_of("experiment-4", 9, seed=1))
    shutil.copy(longer.shards()[1].path, ours.rows_folder)
    assert ours.done() == 710 <= len(ours.plan) < 810


# --- censuses ---


@pytest.fixture(scope="module")
def layers(session):
    return tuple(layer for layer in discover(session) if layer.name in ("stem.conv1", "layer4.1"))


def paint(folder: Path, numbers, shade: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in numbers:
        pixels = np.full((40, 50, 3), (shade + 9 * number) % 256, np.uint8)
        pixels[: 5 + number] = (200, 30, number)
        Image.fromarray(pixels).save(folder / f"{number:02}.bmp")  # always as many bytes


@pytest.fixture
def begun(tmp_path, session, layers):
    """A census of 24 pictures that was stopped after the first two batches of eight."""
    paint(tmp_path / "pictures", range(24), 10)
    images, paths, _listing = picture_set(tmp_path / "pictures", 96)
    units = tuple((layer.name, layer.units) for layer in layers)
    plan = make_census_plan("Pictures", images, units, session.info, capacity=5)
    folder = CensusFolder.create(tmp_path / "census", plan, session.info, paths)
    go_on(folder, session, until=16)
    assert folder.done() == 16 and folder.state == "paused"
    return CensusFolder.open(folder.path)


def go_on(folder: CensusFolder, session, until: int = 0) -> None:
    source = PictureSource(folder.pictures.paths(), session, 0)
    events = census(folder, session, source, batch_size=8)
    for event in events:
        if until and isinstance(event, CensusProgress) and event.done >= until:
            events.close()
            return


def test_r66_a_picture_repainted_between_stop_and_resume_is_named(tmp_path, begun, session):
    paint(tmp_path / "pictures", [3], 90)
    with pytest.raises(RunError, match=r"1 picture of the census has changed .*: “03.bmp”"):
        go_on(begun, session)
    assert CensusFolder.open(begun.path).done() == 16
    paint(tmp_path / "pictures", [0, 1, 2, 4, 5], 90)
    with pytest.raises(RunError, match=r"6 pictures .* “00.bmp”, “01.bmp”, “02.bmp” and others"):
        go_on(begun, session)
    paint(tmp_path / "pictures", range(6), 10)  # put back as they were
    paint(tmp_path / "pictures", [20], 90)  # not seen yet
    go_on(begun, session)
    assert begun.state == "finished"


def test_r66_a_picture_repainted_before_the_gray_pass_is_named(tmp_path, begun, session):
    go_on(begun, session)
    paint(tmp_path / "pictures", range(24), 90)
    source = PictureSource(begun.pictures.paths(), session, 0)
    with pytest.raises(RunError, match="changed since the census has seen them"):
        list(gray_pass(begun, session, source))


def test_r66_a_picture_that_is_gone_does_not_stop_a_census(tmp_path, begun, session):
    (tmp_path / "pictures" / "04.bmp").unlink()
    go_on(begun, session)
    assert begun.state == "finished" and begun.refused() == {}


def test_r66_a_census_of_an_earlier_version_goes_on_and_says_what_it_lacks(
    tmp_path, begun, session
):
    found = begun.checkpoint("units")
    kept = {name: array for name, array in found.arrays.items() if name != "pictures/sha256"}
    begun.save_checkpoint("units", Checkpoint(kept, found.spans))
    paint(tmp_path / "pictures", [3], 90)
    again = CensusFolder.open(begun.path)
    go_on(again, session)
    assert again.state == "finished"
    assert any(
        "16 pictures were seen by an earlier version" in note for note in again.manifest.notes
    )


def test_r66_files_of_another_census_are_refused_or_put_aside(tmp_path, begun, session, layers):
    images, paths = begun.plan.images, begun.pictures
    units = tuple((layer.name, layer.units) for layer in layers)
    plan = make_census_plan("Other", images, units, session.info, capacity=5, seed=9)
    other = CensusFolder.create(tmp_path / "other", plan, session.info, paths)
    go_on(other, session)
    (foreign,) = other.path.glob("units-*24.safetensors")
    shutil.copy(foreign, begun.path)
    with pytest.raises(DamagedCensus, match=f"{foreign.name} .* of another census"):
        begun.checkpoint("units")
    assert "of another census" in begun.repair()[0]
    assert begun.checkpoint("units").done == 16
    for name in ("pictures.json", "plan.json"):
        own = (begun.path / name).read_bytes()
        shutil.copy(other.path / name, begun.path / name)
        with pytest.raises(RunError, match="not that of the census, but of another one"):
            CensusFolder.open(begun.path)
        (begun.path / name).write_bytes(own)
    assert CensusFolder.open(begun.path).plan == begun.plan


def census_command(*options: str) -> int:
    return commands.main(["census", *options, "--quiet"])


def test_r66_another_folder_of_images_in_a_census_is_refused(tmp_path):
    for name, seed in (("a", "1"), ("b", "2")):
        options = ["--stroop", "1", "--shapes", "1", "--seed", seed, "--batch", "64"]
        _begin_census(tmp_path / name, options)
    shutil.rmtree(tmp_path / "a" / "shapes")
    shutil.copytree(tmp_path / "b" / "shapes", tmp_path / "a" / "shapes")
    with pytest.raises(RunError, match=r"shapes in .* belongs to another census"):
        CensusOfSets.open(tmp_path / "a").folder("shapes")


def _begin_census(path: Path, options: list[str]) -> None:
    """Begin a census by the command, as one stopped before its first image."""
    from core.commands import census as command

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "carry_out", lambda *_anything: DONE)
        assert census_command(*options, "--out", str(path)) == DONE


# --- options for what is begun already ---


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--stroop", "3"], "--stroop is 1 there, not 3"),
        (["--shapes", "20"], "--shapes is 0 there, not 20"),
        (["--pictures", "."], "--pictures is not given there, not "),
        (["--layers", "all"], "--layers is default there, not all"),
        (["--summary", "mean"], "--summary is max there, not mean"),
        (["--seed", "4"], "--seed is 0 there, not 4"),
        (["--palette", "saturated"], "--palette is “css” there, not “saturated”"),
        (["--gray", "grey"], "--gray is gray there, not grey"),
        (["--precision", "bf16"], "--precision is fp32 there, not bf16"),
    ],
)
def test_r66_a_census_is_not_gone_on_with_under_other_options(
    tmp_path, capsys, monkeypatch, option, said
):
    _begin_census(tmp_path / "c", ["--stroop", "1", "--shapes", "0"])
    assert census_command("--out", str(tmp_path / "c"), *option) == FAILED
    words = capsys.readouterr().err
    assert "was started otherwise" in words and said in words
    # The same options, spelled out, and none at all, go on.
    _begin_census(tmp_path / "c", ["--stroop", "1", "--shapes", "0", "--seed", "0"])
    _begin_census(tmp_path / "c", [])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--samples", "500"], "--samples is 1 there, not 500"),
        (["--seed", "3", "--redraw"], "--seed is 0 there, not 3; --redraw is off there, not on"),
        (["--geometry", "independent"], "--geometry is crossed there, not independent"),
        (["--palette", "saturated"], "--palette is “css” there, not “saturated”"),
        (["--gray", "grey"], "--gray is gray there, not grey"),
        (["--templates", "a {}"], "--templates is “The word is written in {} font” there"),
        (["--labels", "red", "blue"], "not “red” “blue”"),
        (["--white-word"], "--white-word is off there, not on"),
        (["--precision", "fp16"], "--precision is fp32 there, not fp16"),
        (["--controls", "20"], "--controls is 1 there, not 20"),
        (["--control-seed", "7"], "--control-seed is 1 there, not 7"),
        (["--title", "Other"], "--title is S there, not Other"),
        (["--ablation", "other.json"], "--ablation is “Some” there, not “Others”"),
    ],
)
def test_r66_a_study_is_not_gone_on_with_under_other_options(
    study, tmp_path, capsys, monkeypatch, option, said
):
    monkeypatch.chdir(tmp_path)
    assert study_command("experiment-4", study, *option) == FAILED
    words = capsys.readouterr().err
    assert "was started otherwise" in words and said in words


def test_r66_a_study_goes_on_under_its_own_options_and_not_as_another_experiment(study, capsys):
    assert study_command("experiment-4", study, "--samples", "1", "--controls", "1") == DONE
    assert study_command("experiment-4", study) == DONE
    assert study_command("experiment-3", study) == FAILED
    assert "experiment is experiment-4 there, not experiment-3" in capsys.readouterr().err


def test_r66_a_study_is_not_gone_on_with_by_another_model(study, tmp_path, capsys, monkeypatch):
    state = random_state("embedded")
    other = write_safetensors(tmp_path / "other.safetensors", state)
    for model in (str(other), "random:embedded"):
        assert study_command("experiment-4", study, "--model", model) == FAILED
        assert "cannot be resumed with" in (said := capsys.readouterr().err)
        assert "what differs is the weights" in said
    # What was begun with other weights does not go on with the embedded ones, finished or not.
    begin = ["--ablation", str(tmp_path / "of-other.json"), "--samples", "1", "--controls", "1"]
    content = ablation_file(
        make_ablation("Some", {"layer4.0": [1]}), {"layer4.0": 512}, load_session(str(other)).info
    )
    write_ablation(tmp_path / "of-other.json", content)
    theirs = tmp_path / "theirs"
    assert study_command("experiment-4", theirs, *begin, "--model", str(other)) == DONE
    capsys.readouterr()
    for finished in (False, True):
        monkeypatch.setattr(StudyFolder, "finished", finished)
        assert study_command("experiment-4", theirs, "--model", "embedded") == FAILED
        assert "what differs is the weights" in capsys.readouterr().err
    moved = other.rename(tmp_path / "moved.safetensors")
    assert study_command("experiment-4", theirs, "--model", str(moved)) == DONE
    assert study_command("experiment-4", study, "--model", "embedded") == DONE


def study_command(experiment: str, folder: Path, *options: str) -> int:
    return commands.main(["study", experiment, "--out", str(folder), *options, "--quiet"])


@pytest.fixture
def study(tmp_path, session, monkeypatch) -> Path:
    """A study whose runs are left out: what is asked for is looked at before them."""
    from core.commands import ablation as command

    for name, title, units in (("some", "Some", [1, 2]), ("other", "Others", [3])):
        content = ablation_file(
            make_ablation(title, {"layer4.0": units}), {"layer4.0": 512}, session.info
        )
        write_ablation(tmp_path / f"{name}.json", content)
    monkeypatch.setattr(command, "_carry_out", lambda *_anything: True)
    monkeypatch.setattr(command, "study_result", lambda study: study)
    monkeypatch.setattr(command, "print_result", lambda _result: None)
    begin = ["--ablation", str(tmp_path / "some.json"), "--samples", "1", "--controls", "1"]
    assert study_command("experiment-4", tmp_path / "s", *begin, "--title", "S") == DONE
    return tmp_path / "s"


def test_r66_a_damage_check_of_another_run_is_made_anew(tmp_path, session):
    from core.ablation.damage import DamageCheck
    from core.ablation.study_folder import PATCHES_NAME

    chosen = ablation_file(make_ablation("Some", {"one": [1]}), {"one": 9}, session.info)
    plan = small_plan(session, WhiteStroop(samples=1, side=96))
    study = StudyFolder.create(tmp_path / "s", "S", plan, session.info, chosen, controls=1)
    intact, ablated, _control = study.members
    for member in (intact, ablated):
        study.begun_run(member)
    check = DamageCheck(plan.templates, (20, 21), 22)
    study.save_damage(intact, check)
    assert study.damage(intact) == check
    shutil.copy(study.path / intact.name / PATCHES_NAME, study.path / ablated.name / PATCHES_NAME)
    assert study.damage(ablated) is None
    assert msgspec.json.decode((study.path / "intact" / PATCHES_NAME).read_bytes())["patches"] == 22
