"""Where the images of a census come from: drawn, or decoded from a folder of pictures.

Either gives the model's input for any of its images, and their gray versions.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import RunError
from core.census.pictures import DIGEST_BYTES, Digests, ReadPicture, read_batch
from core.color.luma import gray_version
from core.models.session import ModelSession
from core.stimuli.factorial import FactorialSet
from core.sweeps.compositor import Compositor

log = logging.getLogger(__name__)

_AHEAD = 3
"""Batches that are decoded while the model works on one."""


@dataclass(frozen=True, eq=False)
class SourceBatch:
    """Images of a batch that could be read."""

    images: NDArray[np.int64]
    """Shape (B,). Their numbers in the set."""
    inputs: torch.Tensor
    """Float32, shape (B, 3, side, side), on the session's device. Valid until the next batch."""
    refused: dict[int, str]
    """Images of the batch that cannot be used, with the reason."""
    digests: Digests | None = None
    """What the files of the images held, shape (B, 16); None for images that are drawn."""


class ImageSource(Protocol):
    """Images by number."""

    def batches(
        self, batches: Sequence[NDArray[np.int64]], *, gray: bool = False
    ) -> Generator[SourceBatch, None, None]:
        """The inputs of batches of images, in order; numbers ascend."""
        ...


class FactorialSource:
    """Draws the images of a factorial set."""

    def __init__(self, stimuli: FactorialSet, session: ModelSession) -> None:
        self._stimuli = stimuli
        self._session = session

    def batches(
        self, batches: Sequence[NDArray[np.int64]], *, gray: bool = False
    ) -> Generator[SourceBatch, None, None]:
        """See `ImageSource`."""
        compositor = Compositor(self._stimuli, self._session, gray=gray)
        for images in batches:
            yield SourceBatch(images, compositor.compose(images).inputs, {})


class PictureSource:
    """Decodes pictures ahead of the model, in processes of their own.

    Where the system gives no processes, the calling thread decodes; that takes longer.

    Parameters
    ----------
    workers : int
        Number of processes; 0 decodes in the calling thread.
    """

    def __init__(self, paths: Sequence[Path], session: ModelSession, workers: int = 1) -> None:
        self._paths = paths
        self._session = session
        self._workers = workers

    def batches(
        self, batches: Sequence[NDArray[np.int64]], *, gray: bool = False
    ) -> Generator[SourceBatch, None, None]:
        """See `ImageSource`.

        Raises
        ------
        RunError
            If a process that decodes was ended from outside.
        """
        decoded = self._decoded_ahead(batches) if self._workers else self._decoded(batches)
        with contextlib.closing(decoded):
            for images, found in zip(batches, decoded, strict=True):
                refused = {
                    int(image): result
                    for image, result in zip(images, found, strict=True)
                    if isinstance(result, str)
                }
                kept = [image for image in images if int(image) not in refused]
                read = [result for result in found if not isinstance(result, str)]
                side = self._session.info.preprocessing.side
                stacked = np.array([one.pixels for one in read], np.uint8)
                stacked = stacked.reshape(-1, side, side, 3)
                digests = np.array([one.digest for one in read], np.uint8)
                inputs = self._session.to_input(gray_version(stacked) if gray else stacked)
                yield SourceBatch(
                    np.array(kept, dtype=np.int64),
                    inputs,
                    refused,
                    digests.reshape(-1, DIGEST_BYTES),
                )

    def _decoded(
        self, batches: Sequence[NDArray[np.int64]]
    ) -> Generator[list[ReadPicture | str], None, None]:
        preprocessing = self._session.info.preprocessing
        for images in batches:
            yield read_batch([self._paths[image] for image in images], preprocessing)

    def _decoded_ahead(
        self, batches: Sequence[NDArray[np.int64]]
    ) -> Generator[list[ReadPicture | str], None, None]:
        preprocessing = self._session.info.preprocessing
        pool = _processes(self._workers)
        if pool is None:
            yield from self._decoded(batches)
            return
        waiting: deque[list[Future[list[ReadPicture | str]]]] = deque()
        upcoming = iter(batches)

        def submit_next() -> None:
            for images in islice(upcoming, 1):
                paths = [self._paths[image] for image in images]
                pieces = [paths[part :: self._workers] for part in range(self._workers)]
                waiting.append([pool.submit(read_batch, piece, preprocessing) for piece in pieces])

        try:
            for _ in range(_AHEAD):
                submit_next()
            while waiting:
                submit_next()
                yield _interleaved([future.result() for future in waiting.popleft()])
        except BrokenProcessPool as error:
            raise RunError(
                "A process that decodes pictures was ended from outside.",
                "What is finished is kept. Resume the run.",
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _processes(workers: int) -> ProcessPoolExecutor | None:
    """Processes to decode in; None where the system has no room for what they share.

    Semaphores lie in shared memory, ``/dev/shm`` on Linux, which containers may lack, or have
    read-only or full.
    """
    try:
        # A forked child would inherit locks that the model's threads may hold.
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    except (OSError, ImportError, NotImplementedError) as error:
        log.warning(
            "Pictures are decoded in one thread, which takes longer: there is no shared memory for "
            "processes of their own (%s). Make /dev/shm writable to speed this up.",
            error,
        )
        return None


def _interleaved(
    pieces: list[list[ReadPicture | str]],
) -> list[ReadPicture | str]:
    """The inverse of dealing a batch out to the processes in turn."""
    joined: list[ReadPicture | str] = []
    for place in range(max(len(piece) for piece in pieces)):
        joined += [piece[place] for piece in pieces if place < len(piece)]
    return joined
