"""Joining the work of several computers on one plan."""

from __future__ import annotations

from pathlib import Path

from core.base.errors import RunError
from core.runs.folder import check_parts
from core.runs.work import Span, missing_spans
from core.sweeps.plan import differences
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import Shard


def merge(into: Path, other: Path) -> int:
    """Copy into a run what another run of the same plan has finished and it has not.

    Parameters
    ----------
    into, other : Path
        Folders of runs; only the first is changed.

    Returns
    -------
    int
        Number of images that were added.

    Raises
    ------
    RunError
        If the plans differ, naming in what; if a file of `other` is damaged, or `into` cannot be
        written. Versions of libraries must be the same, too.
    """
    target, source = RunFolder.open(into), RunFolder.open(other)
    check_parts("runs", into, other, differences(target.plan, source.plan))
    added = 0
    with target.hold():
        notes = target.repair()
        templates = len(target.plan.templates)
        for shard in source.shards():
            wanted = _overlap(target, shard)
            if not wanted:
                continue
            fault = source.fault(shard)
            if fault:
                raise RunError(
                    f"The file {shard.path.name} of the run in {other} is {fault}.",
                    "Resume that run first: what the file held is computed again.",
                )
            table = source.read(shard)
            for span in wanted:
                first = (span.start - shard.span.start) * templates
                target.write(span, table.slice(first, span.length * templates))
                added += span.length
        target.manifest.notes += notes
        if added:
            target.manifest.notes.append(f"{added:,} images were merged from another folder.")
            target.manifest.sessions += source.manifest.sessions
        target.manifest.batch_size = target.manifest.batch_size or source.manifest.batch_size
        target.manifest.shard_size = target.manifest.shard_size or source.manifest.shard_size
        target.set_state("finished" if not target.missing() else "paused")
    return added


def _overlap(target: RunFolder, shard: Shard) -> list[Span]:
    """What of a shard the target lacks."""
    done = [piece.span for piece in target.shards()]
    gaps = missing_spans(done, len(target.plan))
    spans = [Span(max(gap.start, shard.span.start), min(gap.stop, shard.span.stop)) for gap in gaps]
    return [span for span in spans if span.start < span.stop]
