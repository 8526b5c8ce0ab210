"""The automatic batch is chosen by the computer, not by a busy moment of it: R82."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from core.runs.work import SMALLEST, Rate, quickest_batch_size


def by_size(seconds: Callable[[int], float]) -> tuple[Callable[[int], float], list[int]]:
    asked: list[int] = []

    def timed(size: int) -> float:
        asked.append(size)
        return seconds(size)

    return timed, asked


def test_r82_the_quickest_size_is_found_and_no_batch_takes_long() -> None:
    timed, _ = by_size(lambda size: 0.01 + 0.001 * size)
    assert quickest_batch_size(timed, 64) == 64
    timed, asked = by_size(lambda size: 0.05 + 0.005 * size)
    assert quickest_batch_size(timed, 256) == 16
    assert max(asked) == 16
    timed, _ = by_size(lambda size: 0.001 * size + (0.1 if size > 16 else 0.002))
    assert quickest_batch_size(timed, 256) == 16


def test_r82_a_busy_computer_never_settles_below_eight() -> None:
    """Every measurement is slow by chance: a hundred times, then as it is."""
    moods: Iterator[float] = iter([100, 1, 100] * 50)
    timed, _ = by_size(lambda size: next(moods) * (0.01 + 0.001 * size))
    assert quickest_batch_size(timed, 64) == 64  # the best of several counts
    timed, asked = by_size(lambda size: 5.0 * size)
    assert quickest_batch_size(timed, 64) == SMALLEST == 8
    assert set(asked) == {8}
    timed, _ = by_size(lambda size: 0.05)
    assert quickest_batch_size(timed, 5) == 5  # of so few images


@pytest.mark.parametrize(("room", "found"), [(40, 32), (12, 8), (7, 4), (1, 1)])
def test_r82_memory_alone_makes_it_smaller(room: int, found: int) -> None:
    def seconds(size: int) -> float:
        if size > room:
            raise MemoryError
        return 0.001 + 0.0001 * size

    timed, _ = by_size(seconds)
    assert quickest_batch_size(timed, 64) == found


def test_without_memory_for_one_image_the_lack_is_told() -> None:
    def nothing(size: int) -> float:
        raise RuntimeError("CUDA out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        quickest_batch_size(nothing, 64)


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    def broken(size: int) -> float:
        raise RuntimeError("a wrong shape")

    with pytest.raises(RuntimeError, match="a wrong shape"):
        quickest_batch_size(broken, 64)


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    rate = Rate()
    assert rate.seconds_for(1) == float("inf")
    rate.add(100, 40.0)
    assert rate.images_per_second == 2.5
    rate.add(20, 10.0)
    rate.add(30, 30.0)  # the first batch is longer ago than that
    assert rate.images_per_second == 50 / 40
    assert rate.seconds_for(25) == 20
