"""The window and the command line give the very same rows and tables."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from core import commands
from core.experiments.presets import experiment, stimuli_for
from core.models.loading import load_session
from core.predict.prompts import color_labels
from core.results.results import result_tables
from core.sweeps.plan import make_plan
from core.sweeps.run_folder import RunFolder
from gui.jobs.long_work import LongWork
from tests.gui.conftest import WAIT


def test_a_run_of_the_window_equals_one_of_the_command_line(
    qapp, qtbot: QtBot, tmp_path: Path, capsys
) -> None:
    arguments = ["run", "experiment-4", "--samples", "2", "--seed", "3", "--batch", "16"]
    assert commands.main([*arguments, "--quiet", "--out", str(tmp_path / "command")]) == 0
    by_command = RunFolder.open(tmp_path / "command")

    session = load_session("embedded")
    preset = experiment("experiment-4")
    stimuli = stimuli_for(preset, samples=2, seed=3, side=session.info.preprocessing.side)
    plan = make_plan(preset.title, stimuli, preset.templates, color_labels(), session.info)
    run = RunFolder.create(tmp_path / "window", plan, session.info)
    run.manifest.batch_size = 16  # else each finds the size that is fastest at the time
    run.save_manifest()
    work = LongWork()
    jobs = work.sweeps
    try:
        with qtbot.waitSignal(jobs.ended, timeout=3 * WAIT) as ended:
            jobs.add(run.path, plan, session)
    finally:
        work.stop()
        work.deleteLater()
    assert ended.args[1:] == ["finished", None]
    by_window = RunFolder.open(run.path)
    assert by_window.plan == by_command.plan
    assert by_window.rows().equals(by_command.rows())
    tables = [result_tables(each.plan, each.counts()) for each in (by_window, by_command)]
    assert tables[0] == tables[1]
    assert "Table 4" in capsys.readouterr().out
