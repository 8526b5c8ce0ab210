"""From the counts of a sweep to the shares of a table's row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.text import invisible_places
from core.color.terms import COLOR_TERMS, canonical
from core.predict.roles import naming, role_table
from core.results.intervals import wilson
from core.results.published import PublishedShare, is_published_model
from core.results.result_types import Selection, Share
from core.stimuli.conditions import Condition
from core.sweeps.counts import MARGIN_UNIT, AnswerCounts
from core.sweeps.plan import SweepPlan


class Group(msgspec.Struct, frozen=True):
    """Combinations that a row sums up, and what the row is called."""

    names: tuple[str, ...]
    combinations: tuple[int, ...]
    faces: tuple[int, ...] | None = None
    """Only words in these faces, by their place in the plan; None for all."""


class Tally:
    """The counts of a sweep, ready to be summed by groups of combinations."""

    def __init__(self, plan: SweepPlan, counts: AnswerCounts) -> None:
        self.plan = plan
        self.counts = counts
        self.conditions = plan.stimuli.combinations
        shape = (len(plan.templates), len(self.conditions), len(plan.labels))
        if counts.answers.shape != shape:
            raise ValueError(f"counts of shape {counts.answers.shape} do not fit a plan of {shape}")
        if counts.faces.shape[1] not in (0, len(plan.fonts)):
            raise ValueError(f"counts of {counts.faces.shape[1]} faces for {len(plan.fonts)}")
        self._roles = role_table(self.conditions, plan.labels)
        self._named: dict[tuple[str, ...], NDArray[np.bool_]] = {}
        # As floats: sums over many combinations may pass the largest integer.
        self._margins: NDArray[np.float64] = np.multiply(counts.margins, MARGIN_UNIT)
        terms = [canonical(label) for label in plan.labels]
        self.paper_labels = (
            len(terms) == len(COLOR_TERMS)
            and set(terms) == set(COLOR_TERMS)
            and not any(map(invisible_places, plan.labels))  # which the model reads otherwise
        )
        self.published_model = is_published_model(plan.model.name, plan.model.sha256)

    @property
    def images(self) -> int:
        """Number of images counted."""
        return self.counts.images

    def group(self, *names: str, where: Callable[[Condition], bool] = lambda _: True) -> Group:
        """The combinations whose condition fulfills `where`."""
        chosen = (number for number, one in enumerate(self.conditions) if where(one))
        return Group(names, tuple(chosen))

    def groups(
        self,
        key: Callable[[Condition], tuple[str, ...]],
        within: Sequence[int] | None = None,
    ) -> dict[tuple[str, ...], Group]:
        """Groups of combinations of equal keys, their names, in the order of the set.

        Only the combinations `within`, by default all.
        """
        members: dict[tuple[str, ...], list[int]] = {}
        for number in range(len(self.conditions)) if within is None else within:
            members.setdefault(key(self.conditions[number]), []).append(number)
        return {names: Group(names, tuple(numbers)) for names, numbers in members.items()}

    def naming(self, roles: tuple[str, ...]) -> NDArray[np.bool_]:
        """Where an answer names one of the roles; shape (C, L), see `core.predict.roles.naming`."""
        if roles not in self._named:
            self._named[roles] = naming(self._roles, roles)
        return self._named[roles]

    def row(self, template: int, group: Group) -> RowTally:
        """Sums over a group for one template."""
        return RowTally(self, template, group)


class RowTally:
    """Sums over one group of combinations; made by `Tally.row`.

    Attributes
    ----------
    total : int
        Images of the group.
    ties, close : int
        Images of the group that are exactly tied, and too close to call; in whatever face, because
        they are not kept by face.
    """

    def __init__(self, tally: Tally, template: int, group: Group) -> None:
        self._tally = tally
        self._template = template
        self._group = group
        # Margins are not kept by face.
        self._has_margins = len(tally.plan.labels) > 1 and group.faces is None
        members = np.array(group.combinations, dtype=np.int64)
        self._members = members
        self._answers = tally.counts.of_faces(group.faces)[template, members]  # (members, L)
        self._margins = tally._margins[template, members]
        self._label_counts = self._answers.sum(axis=0)
        self._label_margins = self._margins.sum(axis=0)
        self.total = int(self._label_counts.sum())
        self.ties = int(tally.counts.ties[template, members].sum())
        self.close = int(tally.counts.close[template, members].sum())

    @property
    def mean_margin(self) -> float | None:
        """Mean margin of all answers, 0..1."""
        return self._mean(float(self._label_margins.sum()), self.total)

    def named(self, *roles: str, published: PublishedShare | None = None) -> Share:
        """Share of answers that name one of the roles; see `core.predict.roles.naming`."""
        named = self._tally.naming(roles)[self._members]
        return self._share(
            int(self._answers[named].sum()),
            self._selection(roles=roles),
            margins=float(self._margins[named].sum()),
            chance=float(named.mean()) if len(self._members) else None,
            published=published,
        )

    def answered(self, label: int) -> Share:
        """Share of answers that are a label, by its index."""
        return self._share(
            int(self._label_counts[label]),
            self._selection(answers=(label,)),
            margins=float(self._label_margins[label]),
            chance=1 / len(self._label_counts),
        )

    def tied(self) -> Share:
        """Share of answers that are exactly tied with another."""
        return self._share(self.ties, self._selection(only="tied"))

    def too_close(self) -> Share:
        """Share of answers that the size of a batch may decide."""
        return self._share(self.close, self._selection(only="close"))

    def _selection(self, **chosen: Any) -> Selection:
        group = self._group
        return Selection(self._template, group.combinations, faces=group.faces, **chosen)

    def _share(
        self,
        count: int,
        selection: Selection,
        *,
        margins: float | None = None,
        chance: float | None = None,
        published: PublishedShare | None = None,
    ) -> Share:
        interval = wilson(count, self.total)
        difference = None
        if published is not None and self.total:
            difference = count / self.total - published.share
        return Share(
            count=count,
            total=self.total,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            published=published.share if published else None,
            published_text=published.printed if published else "",
            published_source=_source(published),
            difference=difference,
            chance=chance,
            mean_margin=None if margins is None else self._mean(margins, count),
            selection=selection,
        )

    def _mean(self, margins: float, count: int) -> float | None:
        return margins / count if count and self._has_margins else None


def _source(published: PublishedShare | None) -> str:
    if published is None:
        return ""
    derived = "; not printed, what the others leave to 100 %" if published.derived else ""
    return published.source + derived
