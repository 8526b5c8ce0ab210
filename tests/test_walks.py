"""How many modules everyday work goes through, from what the user does to what is seen."""

from __future__ import annotations

from pathlib import Path

from tests.support.walks import Reached


def test_from_a_plan_to_its_table(tmp_path: Path) -> None:
    from core.experiments.presets import experiment, stimuli_for
    from core.models.loading import load_session
    from core.predict.prompts import color_labels
    from core.results.results import result_tables
    from core.sweeps.plan import make_plan
    from core.sweeps.run import sweep
    from core.sweeps.run_folder import RunFolder

    session = load_session("embedded")
    preset = experiment("experiment-4")
    images = stimuli_for(preset, samples=1, side=session.info.preprocessing.side)

    with Reached() as reached:
        plan = make_plan("Words", images, preset.templates, color_labels(), session.info)
        run = RunFolder.create(tmp_path / "run", plan, session.info)
        for _event in sweep(run, session):
            pass
        tables = result_tables(plan, run.counts())
    assert run.state == "finished" and tables
    print(len(reached.files), "files from a plan to its table:", *sorted(reached.files), sep="\n")
    assert "core/sweeps/run.py" in reached.files
    assert len(reached.files) <= 45
