"""A census of all its sets, one after the other, then the gray pass: as one generator.

The window's thread and the command line drive this very generator.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing

from core.census.events import CensusEvent
from core.census.folder import CensusFolder
from core.census.gray_pass import gray_pass
from core.census.image_sources import FactorialSource, ImageSource, PictureSource
from core.census.plan import PictureSet
from core.census.run import census, check_census
from core.census.sets import CensusOfSets, Stage
from core.models.session import ModelSession
from core.runs.folder import OtherVersions

StageEvents = Generator[tuple[Stage, CensusEvent], None, None]

_FEW_PICTURES = 64
"""So few are not worth starting a process that decodes them."""


def take_census(
    whole: CensusOfSets,
    session: ModelSession,
    *,
    batch_size: int = 32,
    threads: int = 0,
    part: tuple[int, int] = (1, 1),
    allow_versions: bool = False,
) -> StageEvents:
    """Go on with a census until every set is seen and measured in gray.

    Parameters
    ----------
    session : ModelSession
        The model that it began with.
    batch_size : int
        Of sets that were not begun yet, and of the gray pass if that was not.
    threads, part, allow_versions
        As for `core.census.run.census`. With a part of the images alone there is no gray pass.

    Yields
    ------
    Stage, CensusEvent
        A stage whose images are all seen is left out.

    Raises
    ------
    RunError
        Before anything is touched, if another process works on the census or a set cannot go on
        with this model; as for `census` later.
    """
    with whole.hold():
        yield from _stages(whole, session, batch_size, threads, part, allow_versions)


def _stages(
    whole: CensusOfSets,
    session: ModelSession,
    batch_size: int,
    threads: int,
    part: tuple[int, int],
    allow_versions: bool,
) -> StageEvents:
    try:
        for allowed in (True, allow_versions):  # other differences are told before versions
            for kind in whole.kinds:
                check_census(whole.folder(kind), session, allowed)
    except OtherVersions as error:
        error.path = whole.path
        raise
    whole.set_cancelled(False)
    for kind in whole.kinds:
        folder = whole.folder(kind)
        if folder.is_complete():
            continue
        events = census(
            folder,
            session,
            image_source(folder, session),
            batch_size=batch_size,
            threads=threads,
            part=part,
            allow_versions=allow_versions,
        )
        with closing(events):  # stores what was computed since the last checkpoint
            for event in events:
                yield kind, event
    if "pictures" in whole.kinds and part == (1, 1):
        folder = whole.folder("pictures")
        events = gray_pass(
            folder,
            session,
            image_source(folder, session),
            batch_size=batch_size,
            threads=threads,
            allow_versions=allow_versions,
        )
        with closing(events):
            for event in events:
                yield "gray", event


def image_source(folder: CensusFolder, session: ModelSession) -> ImageSource:
    """Where the images of one set of a census come from."""
    images = folder.plan.images
    if isinstance(images, PictureSet):
        paths = folder.pictures.paths() if folder.pictures is not None else []
        workers = 0 if len(paths) <= _FEW_PICTURES else max(1, (os.cpu_count() or 1) // 4)
        return PictureSource(paths, session, workers)
    return FactorialSource(images, session)


def cancel_unfinished(whole: CensusOfSets) -> None:
    """Mark a census and its sets that are not finished as given up; what they hold is kept.

    Raises
    ------
    RunError
        If another process works on it, or it cannot be written.
    """
    with whole.hold():
        whole.set_cancelled(True)
        for kind in whole.kinds:
            folder = whole.folder(kind)
            if folder.manifest.state != "finished":
                with folder.hold():
                    folder.set_state("cancelled")
