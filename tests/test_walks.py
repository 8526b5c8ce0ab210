"""How many modules everyday work goes through, from what the user does to what is seen."""

from __future__ import annotations

import inspect
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[1]
SIDES = ("core", "gui")


class Reached:
    """Files of the product of which a function runs while one watches.

    What runs while a module is imported does not count: that is done once for the whole program.
    Threads that begin meanwhile are watched, too; one that runs already, or that Qt has begun, is
    watched from when it sets `profile` itself.

    Attributes
    ----------
    files : set of str
        Relative to the repository.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._known: set[CodeType] = set()

    def __enter__(self) -> Reached:
        threading.setprofile(self.profile)
        sys.setprofile(self.profile)
        return self

    def __exit__(self, *_reason: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """Take a call into account; for `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or code in self._known:
            return
        path = Path(code.co_filename)
        inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in SIDES
        if inside and code.co_flags & inspect.CO_OPTIMIZED:  # no module, no body of a class
            if _is_importing(frame):
                return
            self.files.add(path.relative_to(ROOT).as_posix())
        self._known.add(code)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


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
    assert len(reached.files) <= 50
