"""Joining the work of several computers on one census."""

from __future__ import annotations

from pathlib import Path

import torch

from core.base.errors import RunError
from core.census.data import UNITS
from core.census.folder import CensusFolder, seen_pictures
from core.census.plan import census_differences, census_version_differences
from core.census.run import restored_lists, stored_lists
from core.census.sets import CensusOfSets
from core.runs.folder import check_parts
from core.runs.work import Span, joined_spans


def merge_censuses(into: Path, other: Path) -> int:
    """Take into a census what another of the same sets has seen and it has not.

    Sets of which the other has seen nothing else are left alone. Returns and raises what
    `merge_census` does.
    """
    target, source = CensusOfSets.open(into), CensusOfSets.open(other)
    check_parts("censuses", into, other, ["the sets"] if target.kinds != source.kinds else [])
    with target.hold():
        return sum(
            merge_census(into / kind, other / kind)
            for kind in target.kinds
            if _adds(source.folder(kind), target.folder(kind))
        )


def _adds(source: CensusFolder, target: CensusFolder) -> bool:
    """True unless one has seen all that the other has; whether they fit is not asked."""
    theirs, mine = source.checkpoint(UNITS), target.checkpoint(UNITS)
    if theirs is None or mine is None:
        return theirs is not None
    return any(
        not any(first <= start and stop <= last for first, last in mine.spans)
        for start, stop in theirs.spans
    )


def merge_census(into: Path, other: Path) -> int:
    """Take into a census of one set the lists of another of the same plan.

    Parameters
    ----------
    into, other : Path
        Folders; only the first is changed.

    Returns
    -------
    int
        Number of images that were added.

    Raises
    ------
    RunError
        If the plans differ, naming in what, or both have seen the same images: lists cannot be
        taken apart again.
    """
    target, source = CensusFolder.open(into), CensusFolder.open(other)
    differing = [
        *census_differences(target.plan, source.plan),
        *census_version_differences(target.plan, source.plan),
    ]
    check_parts("censuses", into, other, differing)
    with target.hold():
        notes = target.repair()
        mine, theirs = target.checkpoint(UNITS), source.checkpoint(UNITS)
        if theirs is None:
            return 0
        before = [Span(*span) for span in mine.spans] if mine is not None else []
        try:
            spans = joined_spans([*before, *(Span(*span) for span in theirs.spans)])
        except ValueError as error:
            raise RunError(
                f"The censuses in {into} and {other} have seen some of the same images.",
                "Let each computer do its own part, such as 1/2 and 2/2.",
            ) from error
        lists = restored_lists(target.plan, mine, torch.device("cpu"))
        for name, units in restored_lists(source.plan, theirs, torch.device("cpu")).items():
            lists[name].merge(units)
        seen, others = seen_pictures(target, mine), seen_pictures(source, theirs)
        if seen is not None and others is not None:
            seen.digests |= others.digests  # no picture is known to both
        refused = {**target.refused(), **source.refused()}
        if refused:
            target.save_refused(refused)
        target.save_checkpoint(UNITS, stored_lists(lists, spans, seen))
        manifest = target.manifest
        manifest.notes += [*notes, f"{theirs.done:,} images were merged from another folder."]
        manifest.sessions += source.manifest.sessions
        manifest.batch_size = manifest.batch_size or source.manifest.batch_size
        complete = sum(span.length for span in spans) == len(target.plan)
        target.set_state("finished" if complete else "paused")
    return theirs.done
