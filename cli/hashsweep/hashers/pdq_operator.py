"""PDQ's blur, decimation and transform as linear operators, one per side.

The reference blurs with two box passes along each axis and samples 64 x 64 points. Both are
linear and separable, so the 64 x 64 buffer is `A(height) @ luminance @ A(width).T` with a
64 x n matrix A that depends only on the side's length and is zero except for narrow bands. Read
backwards it is that of the side turned round: the reference samples off centre, so the two differ.
Only the bands are ever made: stores hold pictures of many sizes, and each side needs its own.
Knows no file and no hash bits. Reference: facebook/ThreatExchange, pdq/cpp/downscaling.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SIDE = 64
LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in luminance (ITU-R BT.601), as in the reference."""

COSINES = np.array(
    [
        [
            math.sqrt(2 / SIDE) * math.cos(math.pi / 2 / SIDE * (i + 1) * (2 * j + 1))
            for j in range(SIDE)
        ]
        for i in range(16)
    ]
)
"""The 16 lowest frequencies but the constant of a side of 64: float64, (16, 64)."""

COSINES_32 = COSINES.astype(np.float32)

_NOTHING = 1e-12  # what rounding leaves of a zero weight; the smallest others are 1e-7

_MOST_ROWS, _MOST_SAMPLES = 8, 64  # of a block: fewer products of small matrices, few zeros in them


class Block(NamedTuple):
    """Some neighbouring rows of the operator, and the samples that they sum.

    `weights` is float32, (rows, 2, stop - start): of row first + i of the side as it is, and of
    row 63 - first - i of the side turned round, which sums nearly the same samples.
    """

    first: int
    start: int
    stop: int
    weights: npt.NDArray[np.float32]


Axis = tuple[Block, ...]
"""The operator along one side.

float32 keeps the error of the 64 x 64 buffer near 1e-4 grey levels, far under the reference's own
rounding.
"""


class Bands(NamedTuple):
    """The operator's rows without most of their zeros.

    Row i sums samples from starts[i], int (64,), with weights[i], float64 (64, longest). Where that
    is beyond the side, weights are 0.
    """

    starts: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float64]


def triangle_before(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the share of a triangle over -1 to 1 that lies before each place, 0 to 1.

    Two box filters of one width are such a triangle, half as wide as the sum of both.
    """
    at = np.clip(places, -1, 1)
    shares: npt.NDArray[np.float64] = np.where(at < 0, (1 + at) ** 2 / 2, 1 - (1 - at) ** 2 / 2)
    return shares


def window(n: int) -> int:
    """Width of the reference's box filter along a side of `n` samples: n / 128, rounded up."""
    return -(-n // (2 * SIDE))


def centres(n: int) -> list[int]:
    """Samples at which the reference decimates a side of `n`."""
    return [int((i + 0.5) * n / SIDE) for i in range(SIDE)]


def full_bands(n: int) -> Bands:
    """Return A(n): two box passes, clipped at the borders, then decimation."""
    if n == SIDE:
        return Bands(np.arange(SIDE), np.ones((SIDE, 1)))
    width = window(n)
    after = (width + 2) // 2 - 1
    before = width - after - 1
    inner = np.array(centres(n))[:, None] + np.arange(-before, after + 1)
    inside = (inner >= 0) & (inner < n)
    first = np.clip(inner - before, 0, n - 1)
    last = np.clip(inner + after, 0, n - 1)
    shares = inside / ((last - first + 1) * inside.sum(axis=1, keepdims=True))
    # Each inner sample spreads its share evenly from first to last: a step up and a step down.
    start = first[:, :1]
    length = int((last[:, -1:] - start).max()) + 2
    rows = np.arange(SIDE)[:, None] * length
    up, down = (rows + first - start).ravel(), (rows + last + 1 - start).ravel()
    steps = np.bincount(up, shares.ravel(), SIDE * length)
    steps -= np.bincount(down, shares.ravel(), SIDE * length)
    weights: npt.NDArray[np.float64] = np.cumsum(steps.reshape(SIDE, length), axis=1)
    weights[np.abs(weights) < _NOTHING] = 0
    return Bands(start[:, 0], weights)


def turn_round(bands: Bands, n: int) -> Bands:
    """Return the operator of the side of `n` samples read backwards, row by row."""
    length = bands.weights.shape[1]
    return Bands(n - bands.starts - length, bands.weights[:, ::-1])


def fold(bands: Bands, n: int, scale: int) -> tuple[Bands, Bands]:
    """Fold weights of `n` samples onto the means of blocks of `scale`: (means, slopes).

    Each sample is taken to lie on a line through its block's mean, with the slope of the
    neighbouring means. The second are what these slopes contribute, to be added to the first;
    without that first-moment term the deviation is several times larger.
    """
    blocks = -(-n // scale)
    first = bands.starts // scale
    length = bands.weights.shape[1]
    count = (length + 2 * scale - 2) // scale + 2  # one more at either end, for slopes
    padded = np.zeros((SIDE, count * scale))
    at = bands.starts - (first - 1) * scale
    np.put_along_axis(padded, at[:, None] + np.arange(length), bands.weights, axis=1)
    padded = padded.reshape(SIDE, count, scale)
    means: npt.NDArray[np.float64] = padded.sum(axis=2)
    slopes = np.zeros_like(means)
    if blocks > 1:
        moments = padded @ ((np.arange(scale) - (scale - 1) / 2) / scale)
        number = first[:, None] - 1 + np.arange(count)
        head = np.where(number == 0, moments, 0)  # the two ends have a neighbour on one side only
        tail = np.where(number == blocks - 1, moments, 0)
        inner = (moments - head - tail) / 2
        slopes = tail - head
        slopes[:, 1:] += inner[:, :-1] + head[:, :-1]
        slopes[:, :-1] -= inner[:, 1:] + tail[:, 1:]
    return Bands(first - 1, means), Bands(first - 1, slopes)


@lru_cache(maxsize=256)
def axis(n: int, scale: int = 1) -> Axis:
    """Return the operator for a side of `n` pixels that was decoded at 1/scale."""
    bands = full_bands(n)
    turned = turn_round(bands, n)
    if scale > 1:
        bands, turned = (_fold_all(each, n, scale) for each in (bands, turned))
    return _join(bands, turned, -(-n // scale))


@lru_cache(maxsize=256)
def slope_frequencies(n: int, scale: int) -> npt.NDArray[np.float32]:
    """Return what of frequencies(n, scale) is only for slopes, of the side as it is."""
    starts, weights = fold(full_bands(n), n, scale)[1]
    length, blocks = weights.shape[1], -(-n // scale)
    whole = np.zeros((SIDE, blocks + 2 * length))
    np.put_along_axis(whole, starts[:, None] + length + np.arange(length), weights, axis=1)
    found = COSINES @ whole[:, length : length + blocks]
    return np.ascontiguousarray(found.T.astype(np.float32))


def _fold_all(bands: Bands, n: int, scale: int) -> Bands:
    means, slopes = fold(bands, n, scale)
    return Bands(means.starts, means.weights + slopes.weights)


def _join(bands: Bands, turned: Bands, blocks: int) -> Axis:
    length = max(bands.weights.shape[1], turned.weights.shape[1])
    step = max(blocks // SIDE, 1)
    rows = min(max((_MOST_SAMPLES - length) // step + 1, 1), _MOST_ROWS)
    whole = np.zeros((SIDE, 2, blocks + 2 * length), np.float32)
    for side, each in enumerate((bands, Bands(turned.starts[::-1], turned.weights[::-1]))):
        places = each.starts[:, None] + length + np.arange(each.weights.shape[1])
        np.put_along_axis(whole[:, side], places, each.weights.astype(np.float32), axis=1)
    found = []
    for first in range(0, SIDE, rows):
        some = whole[first : first + rows, :, length : length + blocks]
        used = np.flatnonzero(some.any(axis=(0, 1)))
        start, stop = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
        found.append(Block(first, start, stop, np.ascontiguousarray(some[:, :, start:stop])))
    return tuple(found)


def sum_rows(
    samples: npt.NDArray[np.uint8], rows: Axis, *, turned: bool = True
) -> npt.NDArray[np.float32]:
    """Return 64 rows of luminance of a picture, and of it upside down: float32, (2, 64, w).

    `samples` is uint8: (h, w) luminance or (h, w, 3) RGB, with the h that the axis was made for.
    Without `turned` there is only the first. Converts some rows at a time, which fit the
    processor's cache.
    """
    flat = samples.reshape(samples.shape[0], -1)
    width = flat.shape[1]
    sides = 2 if turned else 1
    sums = np.empty((SIDE, sides, width), np.float32)
    for first, start, stop, weights in rows:
        some = sums[first : first + len(weights)].reshape(-1, width)
        values = flat[start:stop].astype(np.float32)
        np.matmul(weights[:, :sides].reshape(-1, stop - start), values, out=some)
    if samples.ndim == 3:  # noqa: PLR2004 - RGB
        sums = sums.reshape(SIDE, sides, -1, 3) @ LUMA.astype(np.float32)
    return np.stack((sums[:, 0], sums[::-1, 1])) if turned else sums.swapaxes(0, 1)


def shrink(plane: npt.NDArray[np.float32], columns: Axis) -> npt.NDArray[np.float32]:
    """Return some rows of luminance, (m, w), with 64 samples each: float32, (m, 64)."""
    sums = np.empty((len(plane), SIDE), np.float32)
    for first, start, stop, weights in columns:
        sums[:, first : first + len(weights)] = plane[:, start:stop] @ weights[:, 0].T
    return sums


@lru_cache(maxsize=256)
def frequencies(n: int, scale: int, *, turned: bool = False) -> npt.NDArray[np.float32]:
    """Return what takes samples along axis(n, scale) to 16 coefficients: float32, (samples, 16).

    With `turned` these are of the side turned round, of samples as they are.
    """
    whole = np.zeros((SIDE, -(-n // scale)), np.float32)
    for first, start, stop, weights in axis(n, scale):
        whole[first : first + len(weights), start:stop] = weights[:, int(turned)]
    return np.ascontiguousarray((COSINES_32 @ (whole[::-1] if turned else whole)).T)


def transform_all(planes: npt.NDArray[np.float32], columns: Axis) -> npt.NDArray[np.float64]:
    """Return the coefficients of a picture and its mirror images: float64, (2, 2, 16, 16).

    `planes` is what sum_rows returns. The first number says whether the picture is upside down,
    the second whether left and right are exchanged.
    """
    halves = (COSINES_32 @ planes).reshape(32, -1)
    sums = np.empty((2, SIDE, 32), np.float32)
    for first, start, stop, weights in columns:
        some = weights.reshape(-1, stop - start) @ halves[:, start:stop].T
        some = some.reshape(-1, 2, 32)
        sums[0, first : first + len(some)] = some[:, 0]
        sums[1, SIDE - first - len(some) : SIDE - first] = some[::-1, 1]
    both = COSINES_32 @ sums
    # both: (mirrored, 16 frequencies across, (upside down, 16 frequencies down))
    return both.reshape(2, 16, 2, 16).transpose(2, 0, 3, 1).astype(np.float64)
