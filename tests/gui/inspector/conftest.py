"""Ground for the tests of the inspector."""

from __future__ import annotations

import pytest

from core.census import run as census_run


@pytest.fixture
def timed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The speed is measured by a few small batches, not for a second at the best size."""
    calibration = census_run.calibration
    monkeypatch.setattr(census_run, "quickest_batch_size", lambda _timed, limit: min(8, limit))
    monkeypatch.setattr(
        census_run, "calibration", lambda timed, size, _seconds: calibration(timed, size, 0.0)
    )
