"""Whether a run can be continued here: the same model, fonts, preprocessing and versions."""

from __future__ import annotations

import msgspec

from core.base.errors import RunError
from core.models.session import ModelSession
from core.sweeps.plan import differences, make_plan, version_differences
from core.sweeps.run_folder import RunFolder


def check_resumable(run: RunFolder, session: ModelSession, allow_versions: bool = False) -> None:
    """Compare a run with what would continue it.

    The plan is made anew from its settings with the loaded model, the installed fonts and
    libraries; each part that comes out otherwise would give other numbers.

    Parameters
    ----------
    run : RunFolder
    session : ModelSession
    allow_versions : bool
        Let libraries have other versions; a note says so in the run.

    Raises
    ------
    RunError
        Naming what differs.
    """
    plan = run.plan
    here = make_plan(
        plan.title,
        msgspec.structs.replace(plan.stimuli, side=session.info.preprocessing.side),
        plan.templates,
        plan.labels,
        session.info,
        plan.ablation,
    )
    versions = version_differences(plan, here)
    others = [name for name in differences(plan, here) if name not in versions]
    if others:
        raise RunError(
            f"The run “{run.manifest.title}” cannot be resumed with {session.info.name}: "
            f"{_listed(others)} {_differ(others)}.",
            f"Load {plan.model.name} as it was, or start a new run.",
        )
    if versions and not allow_versions:
        raise RunError(
            f"The run “{run.manifest.title}” was started with other software: "
            f"{_listed(versions)} {_differ(versions)}.",
            "Use that software again, or resume with the option to allow other versions.",
        )
    if versions:
        run.manifest.notes.append(f"Resumed although {_listed(versions)} {_differ(versions)}.")


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _differ(names: list[str]) -> str:
    return "differs" if len(names) == 1 else "differ"
