"""PDQ's blur, decimation and transform as linear operators, one per side.

The reference blurs with two box passes along each axis and samples 64 x 64 points. Both are
linear and separable, so the 64 x 64 buffer is `A(height) @ luminance @ A(width).T` with a
64 x n matrix A that depends only on the side's length and is zero except for narrow bands. Read
backwards it is that of the side turned round: the reference samples off centre, so the two differ.
Knows no file and no hash bits. Reference: facebook/ThreatExchange, pdq/cpp/downscaling.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

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

_COSINES_32 = COSINES.astype(np.float32)

_NOTHING = 1e-12  # what rounding leaves of a zero weight; the smallest others are 1e-7

_AT_ONCE = 1 << 17  # samples; as float32 they take 512 KiB


@dataclass(frozen=True, eq=False)
class Axis:
    """The operator along one side of n samples, which is zero outside narrow bands.

    `weights` is float32, (64, n). `places` and `bands` are the same by row: which samples row i
    sums (int, (64, longest band)), and how much each counts (float32, (64, 2, longest band)): for
    row i of the side as it is, and for row 63 - i of the side turned round. Shorter
    bands are padded with weights of 0. `spectrum` is float32, (32, n): what takes the side to the
    16 coefficients of COSINES at once, as it is and turned round. float32 keeps the error of the
    64 x 64 buffer near 1e-4 grey levels, far under the reference's own rounding.
    """

    weights: npt.NDArray[np.float32]
    places: npt.NDArray[np.intp]
    bands: npt.NDArray[np.float32]
    spectrum: npt.NDArray[np.float32]


def window(n: int) -> int:
    """Width of the reference's box filter along a side of `n` samples: n / 128, rounded up."""
    return -(-n // (2 * SIDE))


def centres(n: int) -> list[int]:
    """Samples at which the reference decimates a side of `n`."""
    return [int((i + 0.5) * n / SIDE) for i in range(SIDE)]


def full_weights(n: int) -> npt.NDArray[np.float64]:
    """Return A(n): float64, (64, n). Two box passes, clipped at the borders, then decimation."""
    if n == SIDE:
        return np.eye(SIDE)
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
    bands = np.cumsum(steps.reshape(SIDE, length), axis=1)
    bands[np.abs(bands) < _NOTHING] = 0
    weights = np.zeros((SIDE, n + length))
    np.put_along_axis(weights, start + np.arange(length), bands, axis=1)
    return weights[:, :n]


def _fold(
    weights: npt.NDArray[np.float64], scale: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fold full-size weights onto the means of blocks of `scale` samples: (means, slopes).

    Each sample is taken to lie on a line through its block's mean, with the slope of the
    neighbouring means. The second array is what these slopes contribute, to be added to the first;
    without that first-moment term the deviation is several times larger.
    """
    n = weights.shape[1]
    blocks = -(-n // scale)
    padded = np.zeros((SIDE, blocks * scale))
    padded[:, :n] = weights
    padded = padded.reshape(SIDE, blocks, scale)
    means: npt.NDArray[np.float64] = padded.sum(axis=2)
    slopes = np.zeros_like(means)
    if blocks > 1:
        offsets = np.arange(scale) - (scale - 1) / 2
        moments = (padded * offsets).sum(axis=2) / scale
        inner = moments[:, 1:-1] / 2
        slopes[:, 2:] += inner
        slopes[:, :-2] -= inner
        slopes[:, 1] += moments[:, 0]
        slopes[:, 0] -= moments[:, 0]
        slopes[:, -1] += moments[:, -1]
        slopes[:, -2] -= moments[:, -1]
    return means, slopes


@lru_cache(maxsize=64)
def axis(n: int, scale: int = 1) -> Axis:
    """Return the operator for a side of `n` pixels that was decoded at 1/scale."""
    weights = full_weights(n)
    turned = weights[:, ::-1]
    if scale > 1:
        weights, turned = (np.add(*_fold(each, scale)) for each in (weights, turned))
    return _make_axis(weights, turned)


def slope_weights(n: int, scale: int) -> npt.NDArray[np.float64]:
    """Return the part of axis(n, scale).weights that is only for slopes: (64, ceil(n / scale))."""
    return _fold(full_weights(n), scale)[1]


def _make_axis(weights: npt.NDArray[np.float64], turned: npt.NDArray[np.float64]) -> Axis:
    both = np.stack((weights, turned[::-1]), axis=1)  # the rows that sum nearly the same samples
    used = (both != 0).any(axis=1)
    starts = used.argmax(axis=1)
    stops = used.shape[1] - used[:, ::-1].argmax(axis=1)
    longest = int((stops - starts).max())
    wanted = starts[:, None] + np.arange(longest)
    places = np.minimum(wanted, stops[:, None] - 1)
    bands = np.take_along_axis(both, places[:, None, :], axis=2)
    bands *= (wanted < stops[:, None])[:, None, :]
    spectrum = np.concatenate((COSINES @ weights, COSINES @ turned))
    return Axis(
        np.ascontiguousarray(weights, dtype=np.float32),
        places,
        bands.astype(np.float32),
        spectrum.astype(np.float32),
    )


def sum_rows(samples: npt.NDArray[np.uint8], rows: Axis) -> npt.NDArray[np.float32]:
    """Return 64 rows of luminance of a picture, and of it upside down: float32, (2, 64, w).

    `samples` is uint8: (h, w) luminance or (h, w, 3) RGB, with the h that the axis was made for.
    Converts some bands of rows at a time, which fit the processor's cache.
    """
    flat = samples.reshape(samples.shape[0], -1)
    width = flat.shape[1]
    rows_at_once = max(_AT_ONCE // (rows.places.shape[1] * width), 1)
    sums = np.empty((SIDE, 2, width), dtype=np.float32)
    for first in range(0, SIDE, rows_at_once):
        some = slice(first, first + rows_at_once)
        values = flat[rows.places[some]].astype(np.float32)
        np.matmul(rows.bands[some], values, out=sums[some])
    if samples.ndim == 3:  # noqa: PLR2004 - RGB
        sums = sums.reshape(SIDE, 2, -1, 3) @ LUMA.astype(np.float32)
    return np.stack((sums[:, 0], sums[::-1, 1]))


def shrink(plane: npt.NDArray[np.float32], columns: Axis) -> npt.NDArray[np.float64]:
    """Return the 64 x 64 buffer (float64, grey levels) of 64 rows of luminance, (64, w)."""
    buffer: npt.NDArray[np.float64] = np.dot(plane, columns.weights.T).astype(np.float64)
    return buffer


def transform_all(planes: npt.NDArray[np.float32], columns: Axis) -> npt.NDArray[np.float64]:
    """Return the coefficients of a picture and its mirror images: float64, (2, 2, 16, 16).

    `planes` is what sum_rows returns. The first number says whether the picture is upside down,
    the second whether left and right are exchanged.
    """
    halves = _COSINES_32 @ planes
    both = halves.reshape(32, -1) @ columns.spectrum.T
    return both.reshape(2, 16, 2, 16).swapaxes(1, 2).astype(np.float64)
