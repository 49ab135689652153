"""The pictures inside a picture, each as the small buffer of which PDQ is made.

Knows no bits: the transform and the quality are PDQ's own.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hashsweep.hashers.boxes import SHARE, TOLERANCE, Box, find_boxes
from hashsweep.hashers.pdq_operator import SIDE, triangle_before
from hashsweep.media.picture import Picture
from hashsweep.variants import INSIDE

FINE = 800
"""Samples of the longer side to which a full picture is reduced before its parts are hashed."""

LEAST = 32
"""Samples on the shorter side of a part; with fewer its hash says little."""

_SEARCHED = 0.008  # of a side: twice what a sample of the base plane is wide
_ALSO = 0.8  # of the best row's edge: the other side of a thin line between pictures
_MOST_STEP = 40  # grey levels: so that a few high steps do not decide
_REST, _GRAIN = 0.35, 1.6  # of the step before, and of the picture's own: a step also goes on
_UNLIKE = 0.1  # of the change's square: what a blend of two rows may miss
_LIKE = 0.1  # samples by which an edge may miss a whole one


class _Luminance(NamedTuple):
    """float32 samples of a picture, (rows, columns), and its own size in these: rows, columns."""

    samples: npt.NDArray[np.float32]
    height: float
    width: float


def buffers_inside(
    picture: Picture, plane: npt.NDArray[np.uint8]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return a buffer of luminance, float64, (64, 64), of each picture inside.

    `plane` is what base_plane returns. The keys are of variants.INSIDE. Most pictures have none.
    """
    if min(picture.image.size) < LEAST:
        return {}
    found = find_boxes(plane)
    boxes = (found.frame, found.blur, *found.cells)
    if not any(boxes):
        return {}
    fine = _luminance(picture)
    buffers = {}
    for name, box in zip(INSIDE, boxes, strict=False):
        if box and (buffer := _buffer(fine, box)) is not None:
            buffers[name] = buffer
    return buffers


def _luminance(picture: Picture) -> _Luminance:
    image = picture.luminance
    factor = -(-max(image.size) // FINE)
    if factor > 1:
        image = image.reduce(factor)
    factor *= picture.scale
    samples = np.asarray(image, dtype=np.float32)
    return _Luminance(samples, picture.height / factor, picture.width / factor)


def _buffer(fine: _Luminance, box: Box) -> npt.NDArray[np.float64] | None:
    """Return the buffer of one part, None if it has too few samples."""
    top, bottom = box.top * fine.height, box.bottom * fine.height
    left, right = box.left * fine.width, box.right * fine.width
    across = fine.samples.T
    middle = _middle(left, right)
    top, bottom = (
        _refine(fine.samples[:, middle], at, fine.height, sign)
        for at, sign in ((top, 1), (bottom, -1))
    )
    middle = _middle(top, bottom)
    left, right = (
        _refine(across[:, middle], at, fine.width, sign) for at, sign in ((left, 1), (right, -1))
    )
    if min(bottom - top, right - left) < LEAST:
        return None
    rows, down = _weights(top, bottom, len(fine.samples))
    columns, along = _weights(left, right, len(across))
    buffer: npt.NDArray[np.float64] = down @ fine.samples[rows, columns] @ along.T
    return buffer.astype(np.float64)


def _middle(first: float, last: float) -> slice:
    margin = (last - first) / 20
    return slice(math.floor(first + margin), math.ceil(last - margin))


def _refine(samples: npt.NDArray[np.float32], at: float, size: float, sign: int) -> float:
    """Return where near row `at` a picture begins (`sign` 1) or ends (-1), in parts of a row.

    A picture ends at the innermost of the rows along which most changes. Such a row may lie on the
    edge: what the step from the row before it to the one after lacks in that row is outside.
    """
    if sign < 0:
        return len(samples) - _refine(samples[::-1], len(samples) - at, len(samples), 1)
    if at <= 0 and not _is_bar(samples[0]):
        return 0.0
    reach = max(size * _SEARCHED, 2.0)
    first = max(math.floor(at - reach), -1)
    stop = min(math.ceil(at + reach), len(samples)) + 1
    zero = first - 3  # the row of the picture, or beyond its border, that comes first in `rows`
    rows = samples[np.clip(np.arange(zero, stop + 4), 0, len(samples) - 1)]
    steps = np.abs(rows[2:-1] - rows[:-3])
    least = np.minimum(steps[:-4], steps[4:])
    edges = np.count_nonzero(steps[2:-2] > 2 * least + 4, axis=1)
    if not edges.any():
        return at
    line = 3 + int(np.flatnonzero(edges >= _ALSO * edges.max())[-1])
    near = np.minimum(np.abs(rows[line : line + 4] - rows[line - 1 : line + 3]), _MOST_STEP)
    before_line, after_line, *beyond = near.mean(axis=1)
    if after_line >= max(_REST * before_line, _GRAIN * beyond[-1]):
        line += 1
    before, edge, after = rows[line - 2 : line + 1]
    change = after - before
    share = float(np.dot(after - edge, change) / max(np.dot(change, change), 1e-6))
    left = after - edge - share * change
    if not 0 <= share <= 1 or np.dot(left, left) > _UNLIKE * np.dot(change, change):
        share = 1.0  # that row is no blend of those beside it, but a thin line between pictures
    return min(max(zero + line - 1 + share, 0.0), size)


def _is_bar(row: npt.NDArray[np.float32]) -> bool:
    """Say whether a row along the border has one colour, such as a thin line around all."""
    near = np.abs(row - np.median(row)) <= TOLERANCE
    return bool(np.count_nonzero(near) >= SHARE * len(row))


def _weights(first: float, last: float, rows: int) -> tuple[slice, npt.NDArray[np.float32]]:
    """Return which rows the part from `first` to `last` has, and the weights of 64 sums of them.

    A sum is a triangle twice as wide as a 64th of the part, which is what PDQ's two box filters
    make of a picture of any size. A sample is taken to lie on a line with the slope of its
    neighbours. One that is only partly inside counts as its inner neighbour.
    """
    size = last - first
    half = max(size / (2 * SIDE), 0.5)
    middles = first + (np.arange(SIDE) + 0.5) * size / SIDE
    start, stop = max(math.ceil(first - _LIKE), 0), min(math.floor(last + _LIKE), rows)
    borders = np.clip(np.arange(start, stop + 1, dtype=np.float64), first, last)
    borders[0], borders[-1] = first, last
    places = (borders - middles[:, None]) / half
    weights = np.diff(triangle_before(places), axis=1)
    total = weights.sum(axis=1, keepdims=True)
    offsets = np.arange(start, stop) + 0.5 - middles[:, None]
    moments = half * np.diff(_first_moment(places), axis=1) - offsets * weights
    weights[:, 2:] += moments[:, 1:-1] / 2
    weights[:, :-2] -= moments[:, 1:-1] / 2
    return slice(start, stop), (weights / total).astype(np.float32)


def _first_moment(place: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the first moment of the part of a triangle (triangle_before) before each place."""
    place = np.clip(place, -1, 1)
    return place**2 / 2 + np.abs(place) * -(place**2) / 3 - 1 / 6
