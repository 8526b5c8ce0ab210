"""Where the winner changes along a curve, found by bisecting between two points of the scan.

Between two points with different winners the middle is asked again and again, all open places of
all templates together, until the two ends are as near as the parameter's precision. If the middle
shows a third winner, there are two thresholds, and both are looked for. Between points with the
same winner nothing is looked for: a change there and back within one step stays unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from core.scans.events import ScanEvent
from core.scans.parameters import Value
from core.scans.result import NO_WINNER, ScanResult, Tally, Threshold

Measure = Generator[ScanEvent, None, Tally]
Ask = Callable[[Sequence[dict[str, Value]], ScanResult], Measure]


def refined_thresholds(
    result: ScanResult, measure: Ask
) -> Generator[ScanEvent, None, tuple[Threshold, ...]]:
    """The thresholds of a curve along a number; none for other scans.

    Parameters
    ----------
    result : ScanResult
        Of all points.
    measure : callable
        Gives the answers at settings, and what to report meanwhile.
    """
    axis = result.plan.setup.x
    if result.plan.setup.y is not None or axis.what.kind == "choice":
        return ()
    held: dict[str, Value] = {h.parameter: h.value for h in result.plan.setup.fixed}
    precision = axis.what.precision
    found: list[Threshold] = []
    open_places = _brackets(result)
    while open_places:
        # Equal middles of several templates are asked once.
        middles = sorted({place.value for place in open_places})
        tally = yield from measure(
            [{**held, axis.parameter: _within(middle, axis.around)} for middle in middles], result
        )
        winners = tally.winners
        remaining: list[Threshold] = []
        for place in open_places:
            middle = place.value
            winner = int(winners[middles.index(middle), place.template])
            if winner == NO_WINNER:
                found.append(replace(place, precise=False))
                continue
            halves = []
            if winner != place.before:
                halves.append(replace(place, high=middle, after=winner))
            if winner != place.after:
                halves.append(replace(place, low=middle, before=winner))
            for half in halves:
                (found if half.high - half.low <= precision else remaining).append(half)
        open_places = remaining
    return tuple(sorted(found, key=lambda one: (one.template, one.low)))


def _brackets(result: ScanResult) -> list[Threshold]:
    """Neighboring points with different winners."""
    axis = result.plan.setup.x
    values = [float(value) for value in axis.values()]
    winners = result.tally.winners
    pairs = [(i, i + 1, values[i], values[i + 1]) for i in range(len(values) - 1)]
    if axis.around:
        pairs.append((len(values) - 1, 0, values[-1], values[0] + 360.0))
    return [
        Threshold(template, low, high, int(winners[left, template]), int(winners[right, template]))
        for template in range(winners.shape[1])
        for left, right, low, high in pairs
        if winners[left, template] != winners[right, template]
        and NO_WINNER not in (winners[left, template], winners[right, template])
    ]


def _within(value: float, around: bool) -> float:
    return value % 360.0 if around and value > 360.0 else value
