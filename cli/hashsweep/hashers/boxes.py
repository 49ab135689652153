"""Pictures inside a picture: framed, captioned, on a screenshot, or several side by side.

Found by what lies between them: rows or columns of one colour, and straight lines across. Whatever
is found is split again, until nothing separates its parts. Knows no file and no hash.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Trim = Literal["first", "last", "loose"]

TOLERANCE = 6
"""Grey levels by which the samples of a row of one colour may differ: JPEG leaves 2 or 3."""

SHARE = 0.95
"""The part of such a row that has its colour: corners and lone marks may differ."""

LEAST_BAR = 3
"""Rows of one colour along a border, of 256, that make it worthwhile to look for more."""

LEAST_SIDE, LEAST_AREA = 30, 0.03
"""Parts with fewer samples on a side, or with less of the whole picture, are left out."""

STEP, STEP_SHARE = 8, 0.3
"""A bar ends where 0.3 of the next row differs from its colour by more than 8 grey levels.

A sky also has rows of one colour, but changes slowly.
"""

SKY = 2
"""Grey levels by which the rows of a bar differ from each other; what separates parts and
changes more may be a part of a picture."""

LINE, LINE_EXPECTED, LINE_OF_TWO, PAIR = 0.72, 0.6, 0.45, 1.3
"""The part of a row that has to be an edge, to be the line between two pictures.

Less will do at a half of the way, for parts of equal size, and at two thirds, which may make up for
each other; and for two lines at the same distance from opposite borders, which need PAIR in sum and
little detail outside.
"""

SMOOTH, SMOOTHER = 4.0, 0.6
"""A blurred background has a mean step, between columns two apart, of less than 4 grey levels,
and less than 0.6 of the picture's own."""

MOST = 16
"""Boxes of one picture."""

_MOST_PARTS = 24  # looked at, so that no picture takes long
_SAMPLED = 15  # of a row, to find its colour


class Box(NamedTuple):
    """A part of a picture, in shares of its sides: 0 is the upper or left border, 1 the other."""

    top: float
    bottom: float
    left: float
    right: float


class Boxes(NamedTuple):
    """What was found: without bars of one colour, without a blurred background, other parts."""

    frame: Box | None = None
    blur: Box | None = None
    cells: tuple[Box, ...] = ()


class _Part(NamedTuple):
    """A part of the plane, in samples."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    def within(self, first: int, last: int, *, across: bool) -> "_Part":
        """Return the rows (columns if `across`) of this part from `first` up to `last`."""
        if across:
            return self._replace(left=self.left + first, right=self.left + last)
        return self._replace(top=self.top + first, bottom=self.top + last)

    def is_like(self, other: "_Part") -> bool:
        return max(abs(a - b) for a, b in zip(self, other, strict=True)) <= 1


class _Rows(NamedTuple):
    """What the rows of a part are: which have one colour, that colour, and where it ends.

    `ends` says of each row whether a bar may end before it: the rows there are not like the one
    before; `begins` whether a bar may begin after it.
    """

    flat: npt.NDArray[np.bool_]
    colour: Plane
    ends: npt.NDArray[np.bool_]
    begins: npt.NDArray[np.bool_]


def find_boxes(plane: Plane) -> Boxes:
    """Return the parts of a picture that may be pictures, at most MOST.

    `plane` is uint8, (n, n): the whole picture, whatever its shape. Edges are exact to about one
    sample.
    """
    if min(plane.shape) < 2 * LEAST_SIDE or not may_have_boxes(plane):
        return Boxes()
    return _Search(plane).run()


def may_have_boxes(plane: Plane) -> bool:
    """Say whether a border has one colour, or a line runs through all of the plane."""
    views = plane, plane.T
    for view in views:
        ends = np.concatenate((view[:LEAST_BAR], view[-LEAST_BAR:]))
        flat, _ = _flat_rows(ends)
        if flat[:LEAST_BAR].all() or flat[LEAST_BAR:].all():
            return True
    halves = [np.ascontiguousarray(view[:, ::2]) for view in views]  # less to count, as telling
    edges = [_edges(view) for view in halves]
    if any(_lines(each) or _equal_parts(each) for each in edges):
        return True
    return any(_blurred(view, each) for view, each in zip(halves, edges, strict=True))


class _Search:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._looked_at = 0
        self._equal: list[_Part] = []
        self._found: list[_Part] = []

    def run(self) -> Boxes:
        height, width = self._plane.shape
        whole = _Part(0, height, 0, width)
        frame = self._trim(whole)
        blur = self._without_blur(frame) or self._without_blur(whole)
        if blur and blur.is_like(frame):
            blur = None
        self._split(frame)
        self._found.sort(key=lambda part: -part.area)
        self._found += [self._trim(whole, "first"), self._trim(whole, "loose")]
        named = [whole, frame, blur or whole]
        cells: list[_Part] = []
        for part in (*self._equal, *self._found):
            if self._is_large(part) and not any(map(part.is_like, (*named, *cells))):
                cells.append(part)
        return Boxes(
            self._to_box(frame) if frame != whole and self._is_large(frame) else None,
            self._to_box(blur) if blur else None,
            tuple(self._to_box(part) for part in cells[: MOST - 2]),
        )

    def _to_box(self, part: _Part) -> Box:
        height, width = self._plane.shape
        return Box(part.top / height, part.bottom / height, part.left / width, part.right / width)

    def _is_large(self, part: _Part) -> bool:
        shorter = min(part.bottom - part.top, part.right - part.left)
        return shorter >= LEAST_SIDE and part.area >= LEAST_AREA * self._plane.size

    def _view(self, part: _Part, *, across: bool) -> Plane:
        view = self._plane[part.top : part.bottom, part.left : part.right]
        return np.ascontiguousarray(view.T if across else view)

    def _trim(self, part: _Part, how: Trim = "last") -> _Part:
        """Return the part without the bars along its borders: see _inner."""
        before = None
        while part != before and self._is_large(part):
            before = part
            for across in (False, True):
                if not part.area:
                    break
                rows = _examine(self._view(part, across=across))
                first, last = _inner(rows, how)
                part = part.within(first, last, across=across)
        return part

    def _without_blur(self, part: _Part) -> _Part | None:
        if not self._is_large(part):
            return None
        for across in (False, True):
            view = self._view(part, across=across)
            if pair := _blurred(view, _edges(view)):
                return part.within(*pair, across=across)
        return None

    def _split(self, part: _Part) -> None:
        """Look for pictures within a part that has no bars along its borders."""
        self._looked_at += 1
        if not self._is_large(part) or self._looked_at > _MOST_PARTS:
            return
        views = [self._view(part, across=across) for across in (False, True)]
        if not self._split_at_gaps(part, views):
            self._split_at_lines(part, views)

    def _split_at_gaps(self, part: _Part, views: list[Plane]) -> bool:
        examined = [_examine(view) for view in views]
        gaps = [list(_gaps(rows)) for rows in examined]
        widest = [max((last - first for first, last in each), default=0) for each in gaps]
        if not any(widest):
            return False
        across = widest[1] > widest[0]
        colour = examined[across].colour.astype(np.int16)
        if any(np.ptp(colour[first:last]) > SKY for first, last in gaps[across]):
            self._keep(part)
        self._split_between(part, gaps[across], across=across)
        return True

    def _split_at_lines(self, part: _Part, views: list[Plane]) -> None:
        self._keep(part)
        edges = [_edges(view) for view in views]
        equal = [_equal_parts(each) for each in edges]
        if any(equal):
            for first, last in _between(equal[0], len(views[0])):
                strip = part.within(first, last, across=False)
                for left, right in _between(equal[1], len(views[1])):
                    self._equal.append(self._trim(strip.within(left, right, across=True)))
        lines = [
            (each[at], at, bool(across)) for across, each in enumerate(edges) for at in _lines(each)
        ]
        if lines:
            _, at, across = max(lines)
            self._split_between(part, [(at, at + 1)], across=across)

    def _split_between(self, part: _Part, gaps: list[tuple[int, int]], *, across: bool) -> None:
        side = part.right - part.left if across else part.bottom - part.top
        for first, last in _between(gaps, side):
            between = part.within(first, last, across=across)
            trimmed = self._trim(between)
            if not trimmed.is_like(between):
                self._keep(self._trim(between, "first"))
            self._split(trimmed)

    def _keep(self, part: _Part) -> None:
        if self._is_large(part):
            self._found.append(part)


def _flat_rows(view: Plane) -> tuple[npt.NDArray[np.bool_], Plane]:
    """Say of each row whether it has one colour, bool (rows,), and which, uint8 (rows,)."""
    width = view.shape[1]
    some = np.sort(view[:, np.linspace(0, width - 1, _SAMPLED).astype(np.intp)], axis=1)
    colour = some[:, _SAMPLED // 2]
    near = _differences(view, colour[:, None]) <= TOLERANCE
    return _count(near) >= SHARE * width, colour


def _differences(one: Plane, other: Plane) -> Plane:
    difference: Plane = np.maximum(one, other) - np.minimum(one, other)
    return difference


def _count(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint16]:
    """Return how many samples are marked in each row; faster than numpy's count_nonzero."""
    counts: npt.NDArray[np.uint16] = marks.view(np.uint8).sum(axis=1, dtype=np.uint16)
    return counts


def _examine(view: Plane) -> _Rows:
    flat, colour = _flat_rows(view)
    ends, begins = np.zeros(len(view), np.bool_), np.zeros(len(view), np.bool_)
    if not flat.any():
        return _Rows(flat, colour, ends, begins)
    # The row next to a bar may be half of either, so the one after it is looked at.
    ends[1:-1] = flat[:-2] & _are_other(view[2:], colour[:-2])
    begins[1:-1] = flat[2:] & _are_other(view[:-2], colour[2:])
    return _Rows(flat, colour, ends, begins)


def _are_other(view: Plane, colour: Plane) -> npt.NDArray[np.bool_]:
    """Say of each row whether it differs from a colour of its own: bool, (rows,)."""
    steps = _count(_differences(view, colour[:, None]) > STEP)
    other: npt.NDArray[np.bool_] = steps >= STEP_SHARE * view.shape[1]
    return other


def _inner(rows: _Rows, how: Trim) -> tuple[int, int]:
    """Return the first row that is no bar's, and the row after the last one.

    Rows of one colour along a border are bars up to the "last" step in them, or to the "first"
    one: the rest may be a sky. If "loose", all of them are.
    """
    rest = np.flatnonzero(~rows.flat)
    count = len(rows.flat)
    if not rest.size:
        return 0, 0
    first, last = int(rest[0]), int(rest[-1]) + 1
    if how == "loose":
        return first, last
    ends = np.flatnonzero(rows.ends[: first + 1])
    begins = np.flatnonzero(rows.begins[last - 1 :]) + last
    outer = how == "first"
    return (
        int(ends[0 if outer else -1]) if ends.size else 0,
        int(begins[-1 if outer else 0]) if begins.size else count,
    )


def _gaps(rows: _Rows) -> Iterator[tuple[int, int]]:
    """Yield the runs of rows of one colour, away from the borders, that begin or end in a step."""
    changes = np.flatnonzero(np.diff(rows.flat, prepend=False, append=False)).tolist()
    for first, last in zip(changes[::2], changes[1::2], strict=True):
        inside = first > 0 and last < len(rows.flat)
        if inside and (rows.begins[first - 1] or rows.ends[last]):
            yield first, last


def _edges(view: Plane) -> npt.NDArray[np.float64]:
    """Return the part of each row that is an edge along it: float64, (rows,).

    An edge is a step between the rows before and after that is twice as high as those further up
    or down, the smaller one, and 4 grey levels more.
    """
    edges = np.zeros(len(view))
    steps = _differences(view[2:], view[:-2])
    least = np.minimum(np.minimum(steps[:-4], steps[4:]), 125)
    edges[3:-3] = _count(steps[2:-2] > 2 * least + 4) / view.shape[1]
    return edges


def _lines(edges: npt.NDArray[np.float64]) -> list[int]:
    """Return the rows at which one picture may end and the next begin."""
    return [
        at for at in np.flatnonzero(edges >= LINE).tolist() if edges[at] == _around(edges, at).max()
    ]


def _around(edges: npt.NDArray[np.float64], at: int, reach: int = 4) -> npt.NDArray[np.float64]:
    return edges[max(at - reach, 0) : at + reach + 1]


def _equal_parts(edges: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the lines, as gaps, that divide rows into three or two equal parts, if any."""
    rows = len(edges)
    for parts in (3, 2):
        near = [round(rows * number / parts) for number in range(1, parts)]
        best = [_around(edges, at, 2).max() for at in near]
        if min(best) >= LINE_OF_TWO and sum(best) >= LINE_EXPECTED * len(best):
            exact = [max(at - 2, 0) + int(_around(edges, at, 2).argmax()) for at in near]
            return [(at, at + 1) for at in exact]
    return []


def _blurred(view: Plane, edges: npt.NDArray[np.float64]) -> tuple[int, int] | None:
    """Return the first row of a picture on a blurred background, and the row after its last."""
    rows = len(edges)
    other = edges[::-1]  # may be off by one row
    other = np.maximum(other, np.maximum(np.roll(other, 1), np.roll(other, -1)))
    half = (rows - LEAST_SIDE) // 2
    if half < 1:
        return None
    both = (edges + other)[:half]
    at = int(both.argmax())
    if both[at] < PAIR or at < LEAST_BAR:
        return None
    first, last = at + 1, rows - 2 - at
    last = int(_around(edges, last, 2).argmax()) + last - 2
    detail = _differences(view[:, 2:], view[:, :-2]).mean(axis=1)
    outside = (detail[: at - 1].sum() + detail[last + 2 :].sum()) / max(at - 1 + rows - last - 2, 1)
    if outside < min(SMOOTH, SMOOTHER * detail[first:last].mean()):
        return first, last
    return None


def _between(gaps: list[tuple[int, int]], rows: int) -> Iterator[tuple[int, int]]:
    """Yield what lies between the gaps, from the first row to the last."""
    starts = [0, *(last for _, last in gaps)]
    stops = [*(first for first, _ in gaps), rows]
    for first, last in zip(starts, stops, strict=True):
        if last > first:
            yield first, last
