"""Union of overlapping contours.

Letters of script and variable faces are often built from strokes that lie over each other. The
accumulating rasterizer is exact for contours that do not cross; where they cross it would count
the pixels at the crossings twice. So crossing contours are first replaced by the outline of their
union: every edge is cut at the crossings, and the pieces with ink on one side only are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

Contour = NDArray[np.float64]
Point = tuple[float, float]

_END = 1e-9  # crossings this near to an edge's end, as a share of the edge, are that end
_SAME = 1e-9  # edges this near to each other are one; far under what any picture resolves
_TILT = 0.6180339887  # radians: turns the outline so that none of its edges is level


def merged(contours: list[Contour]) -> list[Contour]:
    """Contours that cross nowhere and enclose the same area under the nonzero winding rule.

    Parameters
    ----------
    contours : list of ndarray of float64, shape (N, 2)
        Closed contours about a unit in size; the last point joins the first.

    Returns
    -------
    list of ndarray of float64, shape (M, 2)
        The contours themselves, less those that are a single point, where none crosses another or
        itself, or where the union cannot be told because pieces lie within rounding of each other.
    """
    drawn = [contour for contour in contours if len(_edges(contour))]
    return [contour for group in _groups(drawn) for contour in _union(group)]


def _groups(contours: list[Contour]) -> list[list[Contour]]:
    """Contours sorted into groups whose boxes touch, directly or through others."""
    low = np.array([contour.min(axis=0) for contour in contours])
    high = np.array([contour.max(axis=0) for contour in contours])
    touch = np.all((low[:, None] <= high[None]) & (low[None] <= high[:, None]), axis=2)
    groups: list[list[Contour]] = []
    left = set(range(len(contours)))
    while left:
        waiting, members = [min(left)], set[int]()
        while waiting:
            member = waiting.pop()
            members.add(member)
            waiting.extend({int(near) for near in np.flatnonzero(touch[member])} - members)
        left -= members
        groups.append([contours[member] for member in sorted(members)])
    return groups


def _union(contours: list[Contour]) -> list[Contour]:
    edges = [_edges(contour) for contour in contours]
    cuts = _crossings(edges)
    if not cuts:
        return contours
    starts, ends = _cut(np.concatenate(edges), cuts)
    kept_starts, kept_ends = _boundary(starts, ends)
    return _chained(kept_starts, kept_ends) or contours


def _edges(contour: Contour) -> NDArray[np.float64]:
    """Edges of a contour without those of no length, shape (N, 2 ends, 2)."""
    edges: NDArray[np.float64] = np.stack([contour, np.roll(contour, -1, axis=0)], axis=1)
    long = np.any(edges[:, 0] != edges[:, 1], axis=1)
    return edges[long]


def _crossings(edges: list[NDArray[np.float64]]) -> dict[int, dict[float, Point]]:
    """Where edges cross or touch: edge number → position along the edge → point."""
    cuts: dict[int, dict[float, Point]] = defaultdict(dict)
    first = np.cumsum([0, *(len(part) for part in edges)])
    boxes = [(part.min(axis=(0, 1)), part.max(axis=(0, 1))) for part in edges]
    for i, one in enumerate(edges):
        for j in range(i, len(edges)):
            if (boxes[i][0] > boxes[j][1]).any() or (boxes[j][0] > boxes[i][1]).any():
                continue
            for a, b in _near(one, edges[j], same=i == j):
                _cross(one[a], edges[j][b], int(first[i] + a), int(first[j] + b), cuts)
    return cuts


def _near(one: NDArray[np.float64], two: NDArray[np.float64], same: bool) -> list[tuple[int, int]]:
    """Pairs of edges whose boxes meet; within one contour each pair once, neighbors left out."""
    low_one, high_one = one.min(axis=1)[:, None], one.max(axis=1)[:, None]
    low_two, high_two = two.min(axis=1)[None], two.max(axis=1)[None]
    meet = ((low_one <= high_two) & (low_two <= high_one)).all(axis=2)
    if same:
        meet = np.triu(meet, k=2)
        meet[0, -1] = False
    return [(int(a), int(b)) for a, b in np.argwhere(meet)]


def _cross(
    one: NDArray[np.float64],
    two: NDArray[np.float64],
    number_one: int,
    number_two: int,
    cuts: dict[int, dict[float, Point]],
) -> None:
    """Note where two edges cross, or where the end of one lies on the other."""
    along_one, along_two = one[1] - one[0], two[1] - two[0]
    apart = two[0] - one[0]
    area = _outer(along_one, along_two)
    lengths = float(np.hypot(*along_one) * np.hypot(*along_two))
    if abs(area) <= 1e-12 * lengths:
        if abs(_outer(apart, along_one)) > _SAME * float(np.hypot(*along_one)):
            return
        for edge, along, other, number in (
            (one, along_one, two, number_one),
            (two, along_two, one, number_two),
        ):
            for point in other:
                t = float((point - edge[0]) @ along / (along @ along))
                if _END < t < 1 - _END:
                    cuts[number][t] = _point(point)
        if {_point(end) for end in one} == {_point(end) for end in two}:
            cuts.setdefault(number_one, {})  # cut nowhere, and yet one of the two has to go
        return
    t = _outer(apart, along_two) / area
    u = _outer(apart, along_one) / area
    if not (-_END <= t <= 1 + _END and -_END <= u <= 1 + _END):
        return
    within_one, within_two = _END < t < 1 - _END, _END < u < 1 - _END
    if within_two and not within_one:
        point = one[0] if t < 0.5 else one[1]
    elif within_one and not within_two:
        point = two[0] if u < 0.5 else two[1]
    else:
        point = one[0] + t * along_one
    if within_one:
        cuts[number_one][t] = _point(point)
    if within_two:
        cuts[number_two][u] = _point(point)


def _cut(
    edges: NDArray[np.float64], cuts: dict[int, dict[float, Point]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    starts: list[Point] = []
    ends: list[Point] = []
    for number, edge in enumerate(edges):
        places = cuts.get(number, {})
        inner = [places[t] for t in sorted(places)]
        for start, end in zip([_point(edge[0]), *inner], [*inner, _point(edge[1])], strict=True):
            if start != end:
                starts.append(start)
                ends.append(end)
    return np.array(starts), np.array(ends)


def _boundary(
    starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The pieces with ink on one side only, turned so that it is the same side for all."""
    turn = np.array([[np.cos(_TILT), -np.sin(_TILT)], [np.sin(_TILT), np.cos(_TILT)]])
    a, b = starts @ turn, ends @ turn
    rise = b[:, 1] - a[:, 1]
    direction = np.where(rise > 0, 1, -1)
    low, high = np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])
    slope = (b[:, 0] - a[:, 0]) / np.where(rise == 0, 1.0, rise)
    middle = (a + b) / 2

    kept: list[int] = []
    turned: list[bool] = []
    for i, (x, y) in enumerate(middle):
        over = (low <= y) & (y < high)
        over[i] = True
        numbers = np.flatnonzero(over)
        where = a[numbers, 0] + (y - a[numbers, 1]) * slope[numbers]
        here = np.abs(where - x) <= _SAME
        before = int(direction[numbers[(where < x) & ~here]].sum())
        after = before + int(direction[numbers[here]].sum())
        # Of pieces that lie on each other the first one stands for all.
        if (before == 0) != (after == 0) and int(numbers[here][0]) == i:
            kept.append(i)
            turned.append((direction[i] > 0) != (before == 0))
    flip = np.array(turned)[:, None]
    return np.where(flip, ends[kept], starts[kept]), np.where(flip, starts[kept], ends[kept])


def _chained(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> list[Contour]:
    """Closed contours from directed pieces; none if some point has loose ends."""
    leaving: dict[Point, list[Point]] = defaultdict(list)
    for start, end in zip(starts, ends, strict=True):
        leaving[_point(start)].append(_point(end))
    if Counter(map(_point, starts)) != Counter(map(_point, ends)):
        return []
    contours: list[Contour] = []
    for first in list(leaving):
        while leaving[first]:
            chain = [first]
            while (following := leaving[chain[-1]].pop()) != first:
                chain.append(following)
            contours.append(np.array(chain, dtype=np.float64))
    return contours


def _outer(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    return float(one[0] * two[1] - one[1] * two[0])


def _point(values: NDArray[np.float64]) -> Point:
    return float(values[0]), float(values[1])
