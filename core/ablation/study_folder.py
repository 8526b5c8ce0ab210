"""An ablation study on the disk: the same run with all units, without some, and with controls.

    <study>/study.json         what is compared; the ablation and the controls with their constants
    <study>/intact/            an ordinary run folder
    <study>/ablated/
    <study>/control-01/ …
    <study>/<run>/patches.json the damage check of each run
    <study>/.lock              held while a process works on the study

Imports no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.ablation.ablation_file import AblationFile
from core.ablation.damage import DamageCheck
from core.base.atomic import remove_tree
from core.base.checksums import decode_json
from core.base.errors import InvalidInput, RunError
from core.base.reading import read_bytes
from core.models.info import ModelInfo
from core.network.ablation import Ablation, random_control
from core.runs.folder import (
    LockedFolder,
    beginning,
    folder_of_all,
    list_folders,
    plan_binding,
    read_description,
    write_error,
    write_record,
)
from core.runs.manifest import SCHEMA, utc_now
from core.sweeps.plan import SweepPlan
from core.sweeps.run_folder import RunFolder

FORMAT = "clip-color-lab ablation study"
STUDY_NAME = "study.json"
PATCHES_NAME = "patches.json"
MOST_CONTROLS = 999

Role = Literal["intact", "ablated", "control"]

INTACT = "all units"
"""What files call the run in which nothing is silenced; scripts rely on it."""


class StudyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``study.json``."""

    format: str = FORMAT
    schema: int = SCHEMA
    title: str
    created: str
    """UTC, ISO 8601."""
    model: ModelInfo
    plan: SweepPlan
    """Of the intact run."""
    ablation: Ablation
    sizes: dict[str, Annotated[int, Meta(ge=1, le=2**24)]]
    """Number of units of each of its layers."""
    controls: Annotated[tuple[Ablation, ...], Meta(max_length=MOST_CONTROLS)]
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    """Of the first control; the others follow."""
    redraw: bool
    """Controls may hold units of the ablation."""
    cancelled: bool = False
    """The study was given up; going on with it takes that back."""


class Member(msgspec.Struct, frozen=True):
    """One run of a study."""

    role: Role
    name: str
    """Of its folder."""
    title: str
    """For people."""
    ablation: Ablation | None


class StudyFolder(LockedFolder):
    """A study; make one with `create`, read one with `open`."""

    noun = "study"

    def __init__(self, path: Path, record: StudyRecord) -> None:
        super().__init__(path)
        self.record = record

    @classmethod
    def create(
        cls,
        path: Path,
        title: str,
        plan: SweepPlan,
        info: ModelInfo,
        chosen: AblationFile,
        *,
        controls: int = 20,
        seed: int = 1,
        redraw: bool = False,
    ) -> StudyFolder:
        """Begin a study in a new or empty folder.

        Parameters
        ----------
        plan : SweepPlan
            Of the intact run.
        chosen : AblationFile
            Units to silence, and what controls are drawn from.
        controls : int
            Number of random controls.
        seed : int
            Of the first control; the others follow.
        redraw : bool
            See `core.network.ablation.random_control`.

        Raises
        ------
        InvalidInput
            If no unit is to be silenced, the plan is of an ablated run already, the model is
            another one, or controls cannot be drawn.
        RunError
            If the folder holds something or cannot be written.
        """
        if not len(chosen.ablation):
            raise InvalidInput("No neuron is chosen to be silenced.", "Choose at least one neuron.")
        if plan.ablation is not None:
            raise InvalidInput("The plan of the intact run silences neurons already.")
        if not 0 <= controls <= MOST_CONTROLS:
            raise InvalidInput(f"A study has 0 to {MOST_CONTROLS} controls, not {controls}.")
        chosen.check_model(info)
        drawn = tuple(
            random_control(chosen.ablation, chosen.sizes, number, chosen.means, redraw=redraw)
            for number in range(seed, seed + controls)
        )
        record = StudyRecord(
            title=title,
            created=utc_now(),
            model=info,
            plan=plan,
            ablation=chosen.ablation,
            sizes=chosen.sizes,
            controls=drawn,
            seed=seed,
            redraw=redraw,
        )
        study = cls(path, record)
        with beginning(path):
            study._keep(record)
        return study

    @classmethod
    def open(cls, path: Path) -> StudyFolder:
        """Read a study."""
        record = read_description(
            path / STUDY_NAME, StudyRecord, FORMAT, noun=cls.noun, what="description"
        )
        return cls(path, record)

    def set_cancelled(self, cancelled: bool) -> None:
        """Note that the study is given up, or no longer; the study must be held."""
        if cancelled != self.record.cancelled:
            self._keep(msgspec.structs.replace(self.record, cancelled=cancelled))

    def _keep(self, record: StudyRecord) -> None:
        self.record = record
        write_record(self.path / STUDY_NAME, record)

    @property
    def members(self) -> tuple[Member, ...]:
        """The runs: intact, ablated, controls."""
        record = self.record
        digits = max(2, len(str(len(record.controls))))
        return (
            Member("intact", "intact", INTACT, None),
            Member("ablated", "ablated", record.ablation.title, record.ablation),
            *(
                Member("control", f"control-{number:0{digits}}", f"control {number}", ablation)
                for number, ablation in enumerate(record.controls, start=1)
            ),
        )

    @property
    def total(self) -> int:
        """Images of all runs."""
        return len(self.record.plan) * len(self.members)

    def plan_of(self, member: Member) -> SweepPlan:
        """The plan of a run of the study."""
        title = f"{self.record.title}: {member.title}"
        return msgspec.structs.replace(self.record.plan, title=title, ablation=member.ablation)

    def run(self, member: Member) -> RunFolder | None:
        """A run of the study; None if it has not begun.

        Raises
        ------
        RunError
            If the folder holds a run of another plan.
        """
        path = self.path / member.name
        try:
            run = RunFolder.open(path)
        except RunError:
            if any((path / "rows").glob("*")):
                raise
            return None  # nothing was computed yet: a kill while it was made
        if plan_binding(run.plan) != plan_binding(self.plan_of(member)):
            raise RunError(
                f"The run in {path} is not the one that the study “{self.record.title}” planned.",
                "Delete that folder; the study computes it again.",
            )
        return run

    def begun_run(self, member: Member) -> RunFolder:
        """A run of the study, begun if need be; the study must be held. Errors as for `run`."""
        run = self.run(member)
        if run is None:
            try:
                remove_tree(self.path / member.name)
            except OSError as error:
                raise write_error(self.path, error) from error
            run = RunFolder.create(self.path / member.name, self.plan_of(member), self.record.model)
        return run

    def done(self) -> int:
        """Images finished in all runs."""
        return sum(run.done() for run in map(self.run, self.members) if run is not None)

    @property
    def finished(self) -> bool:
        """True if every image and every patch was seen."""
        return self.done() == self.total and all(
            self.damage(member) is not None for member in self.members
        )

    def damage(self, member: Member) -> DamageCheck | None:
        """The damage check of a run; None if it was not made yet, or was lost."""
        try:
            found = decode_json(read_bytes(self.path / member.name / PATCHES_NAME), _PatchesFile)
        except (OSError, ValueError):
            return None
        ours = plan_binding(self.plan_of(member))
        return found.check if found.plan_sha256 in ("", ours) else None

    def save_damage(self, member: Member, check: DamageCheck) -> None:
        """Store the damage check of a run."""
        content = _PatchesFile(
            check.templates, check.correct, check.patches, plan_binding(self.plan_of(member))
        )
        write_record(self.path / member.name / PATCHES_NAME, content)


class _PatchesFile(DamageCheck, frozen=True):
    """A damage check of the run of a plan; see `core.runs.folder.plan_binding`."""

    plan_sha256: str = ""

    @property
    def check(self) -> DamageCheck:
        """The damage check alone."""
        return DamageCheck(self.templates, self.correct, self.patches)


class StudySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A study in a list; it may have been given up, and `problem` says why it cannot be read."""

    path: Path
    title: str
    created: str = ""
    done: int = 0
    total: int = 0
    cancelled: bool = False
    problem: str = ""


def studies_dir() -> Path:
    """The folder of the studies, created on first use; errors as for `folder_of_all`."""
    return folder_of_all("studies")


def list_studies(folder: Path | None = None) -> list[StudySummary]:
    """All studies of a folder, newest first; damaged ones with their reason."""
    return list_folders(folder, "studies", (STUDY_NAME,), StudySummary, _summary)


def _summary(path: Path) -> StudySummary:
    study = StudyFolder.open(path)
    return StudySummary(
        path=path,
        title=study.record.title,
        created=study.record.created,
        done=study.done(),
        total=study.total,
        cancelled=study.record.cancelled,
    )
