"""The commands: what they do, what they write where, how they end."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from core import commands
from core.color.terms import CSS, Palette
from core.commands import DONE, FAILED, STOPPED
from core.commands.running import Lines
from core.document.document import default_document, save_document
from core.models.loading import load_session
from core.reports.run_report import run_report
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.sweeps.events import Progress
from core.sweeps.library import runs_dir
from core.sweeps.run_folder import RunFolder
from tests.core.model_files import random_state, write_safetensors
from tests.core.refusals import refused_line
from tests.core.sweep_runs import finish


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


@pytest.fixture(scope="module", autouse=True)
def one_session(session):
    """The embedded model is loaded once for all tests."""
    from core.models import loading

    load = loading.load_session

    def cached(reference, device="cpu", precision="fp32", **options):
        if (reference, device, precision) == ("embedded", "cpu", "fp32"):
            return session
        return load(reference, device, precision, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "load_session", cached)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory, session) -> RunFolder:
    """What `RUN` gives."""
    path = tmp_path_factory.mktemp("whole") / "run"
    assert commands.main([*RUN, "--quiet", "--out", str(path)]) == DONE
    return RunFolder.open(path)


RUN = ["run", "experiment-4", "--samples", "2", "--batch", "16"]
IMAGES = 180


@pytest.fixture
def copy(tmp_path, whole) -> RunFolder:
    shutil.copytree(whole.path, tmp_path / "copy")
    return RunFolder.open(tmp_path / "copy")


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_a_run_writes_its_tables_to_stdout_and_the_rest_to_stderr(tmp_path, capsys, whole):
    path = tmp_path / "Läufe mit Leerzeichen" / "erster"
    assert commands.main([*RUN, "--out", str(path)]) == DONE
    out, err = capsys.readouterr()
    assert out.startswith("# Experiment 4")
    assert "Table 4" in out and "| black |" in out
    assert "180 images" in lines(err)[0] and str(path) in lines(err)[0]
    assert "fp32 on cpu" in lines(err)[1] and "not OpenAI" in lines(err)[1]
    assert any(line.startswith("180 of 180 images, ") for line in lines(err))
    assert any(line.startswith("All images are done: 180 in ") for line in lines(err))
    run = RunFolder.open(path)
    assert run.state == "finished"
    assert run.rows().equals(whole.rows())


def test_a_command_gives_the_very_rows_of_the_engine(tmp_path, whole, session):
    run = RunFolder.create(tmp_path / "run", whole.plan, session.info)
    finish(run, session, batch_size=16)
    assert run.rows().equals(whole.rows())
    assert whole.plan.stimuli == WhiteStroop(samples=2, side=96)
    assert whole.plan.templates == ("The word is written in {} font",)
    assert whole.manifest.batch_size == 16


def test_quiet_writes_results_alone(tmp_path, capsys):
    assert commands.main([*RUN, "--quiet", "--out", str(tmp_path / "run")]) == DONE
    out, err = capsys.readouterr()
    assert "| black |" in out
    assert err == ""


def test_a_run_without_a_name_is_listed_among_the_users_own(capsys):
    assert commands.main(["runs"]) == DONE
    assert capsys.readouterr().err.startswith("There is no run in ")
    assert commands.main([*RUN, "--quiet"]) == DONE
    (path,) = runs_dir().iterdir()
    capsys.readouterr()
    assert commands.main(["runs"]) == DONE
    heading, row = lines(capsys.readouterr().out)
    assert heading.split()[:3] == ["state", "done", "total"]
    assert row.split()[:3] == ["finished", "180", "180"] and row.endswith(str(path))
    assert commands.main(["runs", str(path.parent), "--format", "json"]) == DONE
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["state"], found["done"], found["path"]) == ("finished", 180, str(path))


def test_a_damaged_run_is_listed_with_its_reason(tmp_path, capsys, copy):
    shutil.rmtree(copy.rows_folder)
    (copy.path / "plan.json").write_bytes(b"{")
    assert commands.main(["runs", str(tmp_path)]) == DONE
    _heading, row, reason = lines(capsys.readouterr().out)
    assert row.startswith("damaged") and "Delete the folder" in reason


def test_options_make_the_plan(tmp_path, capsys):
    colors = {**CSS.colors, "pink": (255, 0, 150)}
    own = msgspec.structs.replace(default_document(), palette=Palette("mine", colors))
    document = tmp_path / "my palette.colorlab"
    save_document(document, own, {})
    arguments = ["run", "experiment-5", "--samples", "1", "--batch", "64", "--seed", "7"]
    arguments += ["--geometry", "independent", "--palette", str(document), "--gray", "grey"]
    arguments += ["--templates", "a {} word", "{}", "--without-white", "--quiet", "--threads", "1"]
    assert commands.main([*arguments, "--out", str(tmp_path / "run")]) == DONE
    plan = RunFolder.open(tmp_path / "run").plan
    assert isinstance(plan.stimuli, StroopSet) and len(plan) == 900
    assert (plan.stimuli.seed, plan.stimuli.geometry, plan.stimuli.gray) == (
        7,
        "independent",
        "grey",
    )
    assert plan.stimuli.palette.colors == colors
    assert plan.templates == ("a {} word", "{}")
    assert plan.labels[2] == "grey" and len(plan.labels) == 11
    assert "a {} word" in capsys.readouterr().out.replace("\\", "")


def test_r65_labels_palette_and_the_white_word(tmp_path, capsys):
    arguments = ["run", "EXPERIMENT-4", "--samples", "1", "--white-word", "--quiet", "--batch", "8"]
    arguments += ["--labels", "warm", "red", "--palette", "Saturated"]
    assert commands.main([*arguments, "--out", str(tmp_path / "run")]) == DONE
    plan = RunFolder.open(tmp_path / "run").plan
    assert len(plan) == 100 and plan.labels == ("warm", "red")
    assert plan.stimuli.palette.name == "saturated"
    told = "10 of the 100 images show the word “white”"
    assert told in capsys.readouterr().out
    assert (
        commands.main(
            ["tables", str(tmp_path / "run"), "--format", "csv", "--out", str(tmp_path / "all.csv")]
        )
        == DONE
    )
    assert told in (tmp_path / "all.csv.provenance.json").read_text(encoding="utf-8")
    report = run_report(RunFolder.open(tmp_path / "run"))
    assert all(any(told in note for note in section.notes) for section in report.sections)


FAILURES = [
    (["run", "experiment-6"], "There is no experiment “experiment-6”. Choose one of experiment-1"),
    (["run", "experiment-4", "--without-white"], "no use for --without-white"),
    (["run", "experiment-5", "--white-word"], "no use for --white-word. It is for experiment-4."),
    (["run", "experiment-5", "--palette", "pastel"], "There is no palette “pastel”. Use css"),
    (["run", "experiment-5", "--palette", "lost.colorlab"], "“lost.colorlab” cannot be read"),
    (["run", "experiment-5", "--model", "lost.pt"], "There is no file lost.pt"),
    (["run", "experiment-5", "--device", "tpu"], "tpu"),
    (["run", "experiment-5", "--templates", "no slot"], "“no slot” cannot be used"),
    (
        ["run", "experiment-5", "--labels", "red", "red"],
        "used: This label repeats row 1.",
    ),
    (["run", "experiment-5", "--labels", "red", " "], "cannot be used: This label is blank."),
    (
        ["run", "experiment-5", "--labels", "red", "red "],
        "“red ” cannot be used: This label repeats row 1.",
    ),
    (["run", "experiment-5", "--model", "random:"], "“random:” names no architecture."),
    (["run", "experiment-5", "--templates", "word " * 90 + "{}"], "tokens and the model takes 77"),
    (["resume", "lost"], "There is no run in lost. Name the folder of a run."),
    (["tables", "lost"], "There is no run in lost."),
    (["merge", "lost", "lost too"], "There is no run in lost."),
    (["runs", "lost"], "There is no folder lost."),
]


@pytest.mark.parametrize(("arguments", "sentence"), FAILURES, ids=lambda value: str(value)[:60])
def test_an_expected_failure_is_one_line_on_stderr(
    tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    if arguments[0] == "run":
        arguments = [*arguments, "--quiet", "--batch", "8", "--out", "run"]
    assert commands.main(arguments) == FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err and len(lines(err)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "experiment-5", "--samples", "0"],
        ["run", "experiment-5", "--samples", "1.5"],
        ["run", "experiment-5", "--seed", "-1"],
        ["run", "experiment-5", "--part", "3/2"],
        ["run", "experiment-5", "--part", "0/2"],
        ["run", "experiment-5", "--part", "half"],
        ["run", "experiment-5", "--geometry", "none"],
        ["tables", "run", "--format", "excel"],
        ["merge", "run"],
    ],
    ids=" ".join,
)
def test_r80_a_wrong_argument_is_refused_in_one_line(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    line = refused_line(arguments, capsys)
    assert line.startswith(f"main.py {arguments[0]}: ")
    assert line.endswith(f"See main.py {arguments[0]} --help.")
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_was_meant_is_called_that(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("precious")
    assert commands.main([*RUN, "--quiet", "--out", str(tmp_path / "mine.txt")]) == FAILED
    assert "mine.txt is no folder. Name a new folder" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_r42_every_seed_that_the_window_takes_is_taken_by_the_commands(tmp_path, capsys):
    largest = str(2**63 - 1)
    done = commands.main([*RUN, "--quiet", "--out", str(tmp_path / "run"), "--seed", largest])
    assert done == DONE
    run = RunFolder.open(tmp_path / "run")
    assert run.plan.stimuli.seed == 2**63 - 1
    assert any(largest in command.text for command in run_report(run).commands)
    with pytest.raises(SystemExit):
        commands.main([*RUN, "--seed", str(2**63)])
    assert "is no whole number from 0 to 9,223,372,036,854,775,807" in capsys.readouterr().err


def test_a_folder_that_holds_something_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("precious")
    assert commands.main([*RUN, "--quiet", "--out", str(tmp_path)]) == FAILED
    assert "is not empty. Choose a new folder, or resume" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def press(monkeypatch):
    """Presses Ctrl+C, or sends another signal, while a batch is being worked on."""

    def after(done: int, number: int = signal.SIGINT, times: int = 1):
        show = Lines.show

        def pressing(display, event):
            show(display, event)
            if isinstance(event, Progress) and event.done == done:
                for _ in range(times):
                    os.kill(os.getpid(), number)

        monkeypatch.setattr(Lines, "show", pressing)

    return after


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_r42_ctrl_c_stops_after_the_batch_and_tells_how_to_go_on(
    tmp_path, capsys, press, whole, number
):
    path = tmp_path / "it's a run"
    handler = signal.getsignal(number)
    press(48, number)
    assert commands.main([*RUN, "--out", str(path)]) == STOPPED
    assert signal.getsignal(number) == handler
    out, err = capsys.readouterr()
    assert out == ""
    last = lines(err)[-1]
    assert last.startswith("Stopped with 48 of 180 images done and kept; resume with: ")
    run = RunFolder.open(path)
    assert (run.state, run.done()) == ("paused", 48)
    python, program, *arguments = shlex.split(last.partition("resume with: ")[2])
    assert (python, program) == ("python", "main.py")
    assert arguments == ["resume", str(path)]
    assert commands.main([*arguments, "--batch", "64"]) == DONE  # it keeps its own batches
    out, err = capsys.readouterr()
    assert "48 of 180 images are done" in lines(err)[0]
    assert "Table 4" in out
    again = RunFolder.open(path)
    assert again.state == "finished" and again.rows().equals(whole.rows())


def test_a_second_ctrl_c_ends_the_process_at_once(tmp_path, capfd, press, monkeypatch):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    press(48, times=2)
    assert commands.main([*RUN, "--out", str(tmp_path / "run")]) == STOPPED
    assert ended == [STOPPED]
    assert "Stopped at once" in capfd.readouterr().err


def test_a_signal_that_is_ignored_stays_ignored(tmp_path, press):
    """As SIGHUP is under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        press(48, signal.SIGHUP)
        assert commands.main([*RUN, "--out", str(tmp_path / "run")]) == DONE
    finally:
        signal.signal(signal.SIGHUP, before)


def test_resuming_a_finished_run_gives_its_tables(copy, capsys):
    assert commands.main(["resume", str(copy.path)]) == DONE
    out, err = capsys.readouterr()
    assert "Table 4" in out
    assert "nothing left to do" in err


def test_a_run_remembers_random_weights(tmp_path, capsys, press):
    path = tmp_path / "run"
    press(48)
    arguments = [*RUN, "--model", "random:embedded", "--out", str(path)]
    assert commands.main(arguments) == STOPPED
    assert commands.main(["resume", str(path)]) == DONE
    assert RunFolder.open(path).state == "finished"
    assert "Random weights" in capsys.readouterr().err


def test_a_run_whose_weights_were_moved_says_so_and_takes_their_new_place(
    tmp_path, capsys, press, monkeypatch
):
    weights = write_safetensors(tmp_path / "weights.safetensors", random_state("embedded"))
    path = tmp_path / "run"
    press(48)
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)  # named from here, and found from anywhere
        arguments = [*RUN, "--model", weights.name, "--out", str(path)]
        assert commands.main(arguments) == STOPPED
    moved = weights.rename(tmp_path / "elsewhere.safetensors")
    capsys.readouterr()
    assert commands.main(["resume", str(path)]) == FAILED
    err = capsys.readouterr().err
    assert f"are no longer at {weights}. Name their file with --model" in err
    assert commands.main(["resume", str(path), "--model", "embedded"]) == FAILED
    assert "cannot be resumed with" in capsys.readouterr().err
    assert commands.main(["resume", str(path), "--model", str(moved)]) == DONE


def test_a_run_that_lost_its_manifest_finds_the_embedded_model(copy):
    copy.shards()[-1].path.unlink()
    (copy.path / "manifest.json").unlink()
    assert commands.main(["resume", str(copy.path), "--quiet", "--batch", "16"]) == DONE
    assert RunFolder.open(copy.path).state == "finished"


def test_a_run_of_other_versions_goes_on_only_when_allowed(tmp_path, capsys, whole, session):
    old = msgspec.structs.replace(whole.plan, versions={**whole.plan.versions, "torch": "1.0"})
    run = RunFolder.create(tmp_path / "run", old, session.info)
    assert commands.main(["resume", str(run.path), "--quiet"]) == FAILED
    assert "the version of torch" in capsys.readouterr().err
    arguments = ["resume", str(run.path), "--quiet", "--allow-versions"]
    assert commands.main(arguments) == DONE


def test_two_parts_are_merged(tmp_path, capsys):
    first, second = str(tmp_path / "first"), str(tmp_path / "second one")
    arguments = ["run", "experiment-4", "--samples", "23", "--batch", "64"]
    assert commands.main([*arguments, "--part", "1/2", "--out", first]) == DONE
    out, err = capsys.readouterr()
    assert out == ""
    assert "All images of part 1 of 2 are done: 1,024" in err
    assert f"merge {first} OTHER" in lines(err)[-1]
    assert commands.main([*arguments, "--part", "2/2", "--quiet", "--out", second]) == DONE
    capsys.readouterr()
    assert commands.main(["merge", first, second]) == DONE
    out, err = capsys.readouterr()
    assert "Table 4" in out
    assert lines(err)[0] == "All 2,070 images are here."
    merged, other = RunFolder.open(Path(first)), RunFolder.open(Path(second))
    assert (merged.state, merged.done(), other.done()) == ("finished", 2070, 2070 - 1024)
    assert merged.rows(["index"]).column("index").to_pylist() == list(range(2070))


def test_merging_too_little_tells_what_is_missing(tmp_path, capsys, copy, whole, session):
    empty = RunFolder.create(tmp_path / "empty", whole.plan, session.info)
    shutil.rmtree(copy.rows_folder)
    assert commands.main(["merge", str(copy.path), str(empty.path)]) == DONE
    out, err = capsys.readouterr()
    assert out == "" and "0 of 180 images are done" in err and f"resume {copy.path}" in err


def test_runs_of_different_plans_do_not_merge(tmp_path, capsys, copy):
    other = tmp_path / "other"
    assert commands.main([*RUN, "--quiet", "--seed", "1", "--out", str(other)]) == DONE
    capsys.readouterr()
    assert commands.main(["merge", str(copy.path), str(other)]) == FAILED
    assert "the seed" in capsys.readouterr().err


def read_bytes(monkeypatch, arguments: list[str]) -> bytes:
    """What a command writes to a stdout that is a pipe."""
    raw = io.BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", newline="\r\n"))
        assert commands.main(arguments) == DONE
        return raw.getvalue()


def test_r49_tables_as_strict_json(whole, monkeypatch):
    data = read_bytes(monkeypatch, ["tables", str(whole.path), "--format", "json"])

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    tables = json.loads(data.decode("utf-8"), parse_constant=refuse)["tables"]
    (total,) = [row for row in tables[0]["rows"] if row["sums_up"]]
    assert sum(cell["count"] for cell in total["cells"] if isinstance(cell, dict)) == IMAGES


def test_r48_tables_as_csv_are_written_byte_by_byte(whole, monkeypatch, tmp_path):
    path = tmp_path / "täbles.csv"
    arguments = ["tables", str(whole.path)]
    assert commands.main([*arguments, "--out", str(path)]) == DONE
    piped = read_bytes(monkeypatch, [*arguments, "--format", "csv"])
    assert piped == path.read_bytes()
    assert piped.count(b"\r\n") > 20 and b"\r\r" not in piped
    (beside,) = [other for other in tmp_path.iterdir() if other != path]
    assert json.loads(beside.read_bytes())["runs"]


def test_tables_for_spreadsheets_follow_the_region(whole, monkeypatch):
    arguments = ["tables", str(whole.path), "--format", "spreadsheet", "--region"]
    comma = read_bytes(monkeypatch, [*arguments, "comma"]).decode("utf-8-sig")
    point = read_bytes(monkeypatch, [*arguments, "point"]).decode("utf-8-sig")
    assert lines(comma)[0].count(";") == lines(point)[0].count(",") > 5
    assert "0,5" in comma and "0.5" in point


@pytest.mark.parametrize(
    ("name", "begins"), [("a.tex", "%"), ("a.md", "# "), ("a.json", "{"), ("a.parquet", "PAR1")]
)
def test_the_ending_names_the_format(tmp_path, capsys, whole, name, begins):
    path = tmp_path / name
    assert commands.main(["tables", str(whole.path), "--out", str(path)]) == DONE
    assert path.read_bytes().startswith(begins.encode())
    out, err = capsys.readouterr()
    assert out == "" and f"Written: {path}" in err
    if path.suffix == ".parquet":
        assert len(pq.read_table(path)) > 20


def test_tables_can_be_chosen(whole, capsys):
    assert commands.main(["tables", str(whole.path), "--list"]) == DONE
    ids = [line.split()[0] for line in lines(capsys.readouterr().out)]
    assert "ties" in ids and len(ids) > 4
    assert commands.main(["tables", str(whole.path), "--table", "ties"]) == DONE
    out = capsys.readouterr().out
    assert out.count("\n## ") == 1 and "## Ties" in out
    for option in (["--table", "no"], ["--format", "parquet"], ["--out", "tables.xls"]):
        assert commands.main(["tables", str(whole.path), *option]) == FAILED
        assert len(lines(capsys.readouterr().err)) == 1


def test_tables_of_an_unfinished_run_say_so(copy, capsys):
    copy.shards()[0].path.unlink()
    assert commands.main(["tables", str(copy.path)]) == DONE
    out, err = capsys.readouterr()
    assert lines(err) == ["The run is not finished: 0 of 180 images."]
    assert "Table 4" in out


def test_a_reader_that_goes_away_is_no_error(whole, monkeypatch, capsys):
    class Gone(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise BrokenPipeError

    stream = io.TextIOWrapper(io.BufferedWriter(Gone(), 1), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        assert commands.main(["tables", str(whole.path)]) == FAILED
    assert capsys.readouterr().err == ""


def test_without_stdout_and_stderr_it_runs_all_the_same(tmp_path, monkeypatch):
    """A windowed build has neither."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        patch.setattr(sys, "stderr", None)
        assert commands.main([*RUN, "--out", str(tmp_path / "run")]) == DONE
        assert commands.main(["resume", str(tmp_path / "lost")]) == FAILED
    assert RunFolder.open(tmp_path / "run").state == "finished"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["run", "experiment-5"], True),
        (["runs"], True),
        (["--profile", "folder", "tables", "run"], True),
        (["--profile=folder", "merge"], True),
        (["resume"], True),
        ([], False),
        (["./run"], False),
        (["document.colorlab"], False),
        (["--profile", "run"], False),
        (["--model", "embedded", "run"], False),
        (["--profile"], False),
        (["--self-test"], False),
    ],
)
def test_what_asks_for_a_command(arguments, asked):
    assert commands.asked_for(arguments) == asked


def test_the_profile_can_be_named_before_and_behind_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CLIP_COLOR_LAB_HOME", str(tmp_path / "other"))
    for number, arguments in enumerate(
        (["--profile", "{}", "runs"], ["runs", "--profile={}"], ["--profile={}", "runs"])
    ):
        folder = str(tmp_path / str(number))
        assert commands.main([word.replace("{}", folder) for word in arguments]) == DONE
        assert f"There is no run in {folder}" in capsys.readouterr().err


def test_every_command_explains_itself(capsys):
    for name in commands.HELP:
        with pytest.raises(SystemExit) as caught:
            commands.main([name, "--help"])
        assert caught.value.code == 0
        assert f"usage: main.py {name}" in capsys.readouterr().out


def test_shapes_are_run_as_well(tmp_path, capsys):
    arguments = ["run", "experiments-1-2", "--samples", "1", "--batch", "64", "--quiet"]
    assert commands.main([*arguments, "--out", str(tmp_path / "run")]) == DONE
    assert isinstance(RunFolder.open(tmp_path / "run").plan.stimuli, ShapeSet)
    out = capsys.readouterr().out
    assert "Table 1" in out and "Table 2" in out
