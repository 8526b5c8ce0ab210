"""The core's tests run without Qt; see `tests.support.without_qt`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sweep_worker import Worker


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A process that works on runs, to be killed; it loads torch and the model once for all."""
    worker = Worker()
    yield worker
    worker.close()
