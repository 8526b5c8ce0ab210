"""From a number to its pictures: which images of a run a cell of a table counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput
from core.predict.roles import JOINT_ROLES, joint_role_table, role_table
from core.results.recorded import Membership, recorded_parts
from core.results.result_types import Selection
from core.stimuli.conditions import Condition

if TYPE_CHECKING:
    from core.sweeps.run_folder import RunFolder


class SelectedImage(msgspec.Struct, frozen=True, kw_only=True):
    """One image of a run with the answer of one template."""

    index: int
    sample: int
    """`index` and `sample`: place in the set, and number of the sample of its combination; draw it
    with ``plan.stimuli.spec(index)``.
    """
    condition: Condition
    answer: str
    """The label that won."""
    role: str
    """What it names; see `core.predict.roles.JOINT_ROLES`."""
    cosine: float
    margin: float | None
    """Probability over the runner-up, 0..1; None with one label."""
    ties: int
    """Labels that share the largest cosine exactly; 1 without a tie."""
    close: bool
    """Too close to call: the size of a batch may decide."""
    probabilities: tuple[float, ...]
    """Of each label of the plan, in order."""


class Selected(msgspec.Struct, frozen=True):
    """A page of the images of a cell."""

    total: int
    """Images of the whole selection, those of other pages included."""
    images: tuple[SelectedImage, ...]


def selected(
    run: RunFolder,
    selection: Selection,
    *,
    limit: int | None = 50,
    offset: int = 0,
    seed: int | None = None,
) -> Selected:
    """The images that a cell counts, as far as the run has stored them.

    Parameters
    ----------
    selection : Selection
        Of a `core.results.result_types.Share`.
    limit : int or None
        Most images to return; None for all.
    offset : int
        Images to skip.
    seed : int, optional
        Shuffles the images, the same way each time; in the order of the set by default.

    Raises
    ------
    InvalidInput
        If the selection is of another plan.
    RunError
        If a file of rows is damaged.
    """
    found = matching(run, selection)
    if seed is not None:
        found = np.random.default_rng(seed).permutation(found)
    stop = None if limit is None else offset + limit
    return Selected(len(found), images_of(run, selection.template, found[offset:stop].tolist()))


def matching(run: RunFolder, selection: Selection) -> NDArray[np.int64]:
    """Indices of the images that a cell counts, rising; int64, shape (total,).

    Raises
    ------
    InvalidInput, RunError
        As for `selected`.
    """
    _check(run, selection)
    membership, template = Membership(run.plan), selection.template
    found = [np.empty(0, np.int64)]
    for part in recorded_parts(run):
        chosen = membership.inside(
            selection,
            part.index % len(run.plan.stimuli.combinations),
            part.answers[:, template],
            part.ties[:, template] > 1,
            part.close[:, template],
            part.faces,
        )
        found.append(part.index[chosen])
    return np.concatenate(found)


def images_of(run: RunFolder, template: int, indices: Sequence[int]) -> tuple[SelectedImage, ...]:
    """The stored answers of one template to some images, in the order asked for.

    Raises
    ------
    InvalidInput
        If the run has not stored an image.
    RunError
        If a file of rows is damaged.
    """
    step = len(run.plan.templates)
    found: dict[int, SelectedImage] = {}
    for shard in run.shards():
        inside = [i for i in indices if shard.span.start <= i < shard.span.stop]
        if inside:
            rows = [(i - shard.span.start) * step + template for i in inside]
            for row in run.read(shard).take(rows).to_pylist():
                found[row["index"]] = _image(run, row)
    missing = [index for index in indices if index not in found]
    if missing:
        raise InvalidInput(f"The run has no answer to image {missing[0]} yet.")
    return tuple(found[index] for index in indices)


def _image(run: RunFolder, row: dict[str, Any]) -> SelectedImage:
    from core.sweeps.shards import PROBABILITY_PREFIX

    combination, sample = run.plan.stimuli.locate(row["index"])
    condition = run.plan.stimuli.combinations[combination]
    # Not the row's own role: older rows name one role where two coincide.
    role = joint_role_table(role_table([condition], [row["answer"]]))[0, 0]
    return SelectedImage(
        index=row["index"],
        sample=sample,
        condition=condition,
        answer=row["answer"],
        role=JOINT_ROLES[role],
        cosine=row["cosine"],
        margin=row["margin"],
        ties=row["ties"],
        close=row["close"],
        probabilities=tuple(row[PROBABILITY_PREFIX + label] for label in run.plan.labels),
    )


def _check(run: RunFolder, selection: Selection) -> None:
    combinations, labels = len(run.plan.stimuli.combinations), len(run.plan.labels)
    if not (
        0 <= selection.template < len(run.plan.templates)
        and all(0 <= number < combinations for number in selection.combinations)
        and all(0 <= number < labels for number in selection.answers or ())
        and all(0 <= number < len(run.plan.fonts) for number in selection.faces or ())
    ):
        raise InvalidInput(
            f"The cell is not one of the run “{run.manifest.title}”.", "Choose it there again."
        )
