"""The mean of every unit over natural pictures: what a unit silenced "to its mean" gives.

The mean is taken over all positions of the map of all pictures, class and other special tokens
left out. One pass over the pictures of a census gives the means of all its units at once; they are
kept in a file of the census, named for what they are about.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.atomic import write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import InvalidInput, RunError
from core.base.reading import read_bytes
from core.runs.manifest import SCHEMA

if TYPE_CHECKING:
    from core.census.data import CensusData, SetData
    from core.models.session import ModelSession

FORMAT = "clip-color-lab unit means"
MEANS_NAME = "means.json"

Means = Mapping[str, NDArray[np.float64]]
"""Mean of each unit by name of layer."""


@dataclass(frozen=True)
class MeansProgress:
    """Pictures seen so far, and in all."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class MeansMeasured:
    """The result."""

    means: Means
    pictures: int
    """Pictures that went in; those that could not be read are left out."""


MeansEvent = MeansProgress | MeansMeasured


class _File(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    schema: int
    content_hash: str
    pictures: int
    means: dict[str, tuple[float, ...]]


def stored_means(census: CensusData) -> MeansMeasured | None:
    """The means kept with a census; None if they were not measured, or are of something else."""
    found = census.sets.get("pictures")
    if found is None:
        return None
    try:
        content = decode_json(read_bytes(_path(census.path)), _File)
    except (OSError, ValueError):
        return None
    if (
        content.format != FORMAT
        or not 1 <= content.schema <= SCHEMA
        or not 1 <= content.pictures <= len(found.plan)
        or content.content_hash != found.plan.content_hash()
        or any(len(content.means.get(layer.name, ())) != layer.units for layer in census.layers)
    ):
        return None
    means = {name: np.array(values) for name, values in content.means.items()}
    return MeansMeasured(means, content.pictures)


def measure_means(
    census: CensusData, session: ModelSession, batch_size: int = 32
) -> Generator[MeansEvent, None, None]:
    """Take the means from the pictures of a census, or from its file if it has them already.

    Parameters
    ----------
    census : CensusData
        With natural pictures that are still where they were.
    session : ModelSession
        The model of the census.

    Yields
    ------
    MeansEvent
        `MeansProgress` after each batch; `MeansMeasured` last.

    Raises
    ------
    InvalidInput
        If the census has no natural pictures, or is one of another model.
    RunError
        If none of the pictures can be read, or one has changed since the census.
    """
    pictures = natural_pictures(census)
    known = stored_means(census)
    if known is not None:
        yield known
        return
    check_model(census, session)
    sums = {layer.name: np.zeros(layer.units) for layer in census.layers}
    seen = 0
    total = len(pictures.plan)
    with closing(_batches(census, session, batch_size)) as batches:
        for done, read, values in batches:
            for name, batch in values.items():
                sums[name] += batch
            seen += read
            yield MeansProgress(done, total)
    if not seen:
        raise RunError(
            "None of the census’s natural pictures can be read.",
            "Put them back where they were, or silence neurons to zero.",
        )
    means = {name: values / seen for name, values in sums.items()}
    _write(census, pictures, means, seen)
    yield MeansMeasured(means, seen)


def natural_pictures(census: CensusData) -> SetData:
    """The natural pictures of a census."""
    found = census.sets.get("pictures")
    if found is None or found.pictures is None:
        raise InvalidInput(
            f"{census.record.title} has seen no natural pictures, so neurons have no mean over "
            "them.",
            "Silence them to zero, or take a census with natural pictures.",
        )
    return found


def check_model(census: CensusData, session: ModelSession) -> None:
    """Refuse a model that is not that of the census."""
    from core.sweeps.plan import identity, model_differences

    differs = model_differences(identity(census.record.model), identity(session.info))
    differs = [text for text in differs if text != "the precision"]
    if differs:
        raise InvalidInput(
            f"{census.record.title} is about {census.record.model.name}, not about "
            f"{session.info.name}: {', '.join(differs)} differ.",
            "Choose a census of the model in use.",
        )


def _batches(
    census: CensusData, session: ModelSession, batch_size: int
) -> Generator[tuple[int, int, dict[str, NDArray[np.float64]]], None, None]:
    """Images dealt with so far, pictures of the batch and the sums of their means."""
    from core.census.image_sources import PictureSource
    from core.census.run import planned_layers
    from core.network.ablated_tower import AblatedTower
    from core.network.recording import Recorder

    found = natural_pictures(census)
    assert found.pictures is not None
    layers = planned_layers(found.plan, session)
    tower = AblatedTower(session)  # an intact copy: nobody waits for the session meanwhile
    numbers = np.arange(len(found.plan))
    parts = [numbers[at : at + batch_size] for at in range(0, len(numbers), batch_size)]
    source = PictureSource(found.pictures.paths(), session, workers=0)
    done = 0
    with (
        Recorder(tower.module, layers, "mean") as recorder,
        closing(source.batches(parts)) as batches,
    ):
        for part, batch in zip(parts, batches, strict=True):
            done += len(part)
            if found.seen is not None and batch.digests is not None:
                found.seen.compare(batch.images, batch.digests)
            sums: dict[str, NDArray[np.float64]] = {}
            if len(batch.images):
                tower(batch.inputs)
                sums = {
                    name: peaks.values.double().sum(0).cpu().numpy()
                    for name, peaks in recorder.take().items()
                }
            yield done, len(batch.images), sums


def _write(
    census: CensusData, pictures: SetData, means: Mapping[str, NDArray[np.float64]], seen: int
) -> None:
    content = _File(
        format=FORMAT,
        schema=SCHEMA,
        content_hash=pictures.plan.content_hash(),
        pictures=seen,
        means={name: tuple(values.tolist()) for name, values in means.items()},
    )
    # They can be measured again: a census that cannot be written can still be used.
    with contextlib.suppress(OSError):
        write_atomic(_path(census.path), encode_json(content))


def _path(folder: Path) -> Path:
    return folder / MEANS_NAME
