"""What came out of an ablation study: the effect, its interval, and that of random controls.

Every image is answered by every run, so shares are compared image by image: each interval is
Newcombe's 95 % for paired shares. Controls say what silencing as many units of the same layers does
in itself; an effect within their range is no more than that.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from core.ablation.damage import DamageCheck
from core.ablation.study_folder import Member, StudyFolder
from core.base.errors import RunError
from core.results.comparison.comparison_tables import share_difference
from core.results.comparison.pairing import Joint, Paired, pair
from core.results.intervals import wilson
from core.results.recorded import Recorded, recorded
from core.results.result_types import Difference, Selection, Share
from core.stimuli.factorial import ShapeSet, StroopSet
from core.sweeps.plan import SweepPlan
from core.sweeps.run_folder import RunFolder


class Measure(msgspec.Struct, frozen=True):
    """A share of answers that a study is about."""

    id: str
    template: int
    """Of the plan."""
    what: str
    """What the answers name, e.g. ``"the written word"``."""
    roles: tuple[str, ...]
    """As for `core.results.result_types.Selection`."""


class MemberResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one run differs in from the intact one."""

    member: Member
    effects: tuple[Difference, ...]
    """For each measure, this run minus the intact one."""
    changed: tuple[int, ...]
    """For each template, images that are answered otherwise."""
    damage: DamageCheck | None


class StudyResult(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a study, whole or still at work."""

    title: str
    plan: SweepPlan
    measures: tuple[Measure, ...]
    images: int
    """Images compared: those that all finished runs have."""
    intact: DamageCheck | None
    """Of the intact model."""
    ablated: MemberResult
    controls: tuple[MemberResult, ...]
    """Those that are finished."""
    planned: int
    """Number of controls planned."""
    redraw: bool
    """Controls may hold units of the ablation."""

    def as_large(self, number: int) -> int:
        """Number of controls whose effect on a measure is at least as large, in any direction."""
        effect = abs(self.ablated.effects[number].difference or 0.0)
        return sum(abs(size) >= effect for size in self.control_differences(number))

    def control_differences(self, number: int) -> list[float]:
        """The controls' effects on a measure."""
        return [control.effects[number].difference or 0.0 for control in self.controls]


def measures_of(plan: SweepPlan) -> tuple[Measure, ...]:
    """The shares that a plan gives, for each template; the most telling one first.

    For words, whether the model reads: the answer is the written word. For shapes, whether it sees:
    the answer is the color of the object.
    """
    kinds: list[tuple[str, str, tuple[str, ...]]]
    if isinstance(plan.stimuli, ShapeSet):
        kinds = [
            ("figure", "the object’s color", ("figure",)),
            ("background", "the background’s color", ("background",)),
            ("none", "another color", ("none",)),
        ]
    elif isinstance(plan.stimuli, StroopSet):
        kinds = [
            ("written", "the written word", ("written",)),
            ("figure", "the font’s color", ("figure",)),
            ("background", "the background’s color", ("background",)),
            ("none", "none of them", ("none",)),
        ]
    else:
        kinds = [
            ("written", "the written word", ("written",)),
            ("figure", "the font’s color", ("figure",)),
            ("none", "neither", ("none", "background")),  # white, as in the paper
        ]
    return tuple(
        Measure(f"{name}-{template + 1}", template, what, roles)
        for template in range(len(plan.templates))
        for name, what, roles in kinds
    )


def study_result(study: StudyFolder) -> StudyResult:
    """Work out the results of a study as far as it has come.

    Raises
    ------
    RunError
        If the intact and the ablated run are not finished, or a file is damaged.
    """
    finished = [
        (member, run)
        for member in study.members
        if (run := study.run(member)) is not None and not run.missing()
    ]
    if [member.role for member, _run in finished[:2]] != ["intact", "ablated"]:
        raise RunError(
            f"The study “{study.record.title}” has no result yet: the runs with and without the "
            "neurons must be finished first.",
            "Resume the study.",
        )
    plan = study.record.plan
    measures = measures_of(plan)
    intact = recorded(finished[0][1])
    results = [
        _compared(study, member, run, plan, intact, measures) for member, run in finished[1:]
    ]
    return StudyResult(
        title=study.record.title,
        plan=plan,
        measures=measures,
        images=len(intact),
        intact=study.damage(finished[0][0]),
        ablated=results[0],
        controls=tuple(results[1:]),
        planned=len(study.record.controls),
        redraw=study.record.redraw,
    )


def _compared(
    study: StudyFolder,
    member: Member,
    run: RunFolder,
    plan: SweepPlan,
    intact: Recorded,
    measures: tuple[Measure, ...],
) -> MemberResult:
    common = pair(plan, intact, run.plan, recorded(run))
    changed = np.count_nonzero(common.first.answers != common.second.answers, axis=0)
    return MemberResult(
        member=member,
        effects=tuple(_effects(plan, run.plan, common.first, common.second, measures)),
        changed=tuple(int(count) for count in changed),
        damage=study.damage(member),
    )


def _effects(
    plan: SweepPlan,
    other: SweepPlan,
    first: Recorded,
    second: Recorded,
    measures: tuple[Measure, ...],
) -> Iterator[Difference]:
    everything = tuple(range(len(plan.stimuli.combinations)))
    joints: dict[int, Joint] = {}
    for measure in measures:
        if measure.template not in joints:
            templates = measure.template, measure.template
            joints[measure.template] = Joint(plan, other, Paired(first, second), templates)
        joint = joints[measure.template]
        chosen = Selection(measure.template, everything, roles=measure.roles)
        anything = Selection(measure.template, everything)
        total = len(first)
        # Images of both that are in one selection: with "anything" on the other side, its count.
        shares = [
            _share(joint.both(chosen, anything), total, chosen),
            _share(joint.both(anything, chosen), total, chosen),
        ]
        yield share_difference(shares[0], shares[1], joint.both(chosen, chosen))


def _share(count: int, total: int, selection: Selection) -> Share:
    interval = wilson(count, total)
    return Share(
        count=count,
        total=total,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        selection=selection,
    )
