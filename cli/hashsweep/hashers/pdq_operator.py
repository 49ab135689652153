"""PDQ's blur and decimation as one linear operator a side.

The reference blurs with two box passes along each axis and samples 64 x 64 points. Both are
linear and separable, so the 64 x 64 buffer is `A(height) @ luminance @ A(width).T` with a
64 x n matrix A that depends on the side's length alone and is zero but for narrow bands.
Knows no file and no hash bits. Reference: facebook/ThreatExchange, pdq/cpp/downscaling.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SIDE = 64
LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in luminance (ITU-R BT.601), as the reference has them."""


_AT_ONCE = 1 << 16  # samples; as float32 they take 256 KiB


@dataclass(frozen=True, eq=False)
class Axis:
    """The operator along one side of n samples, which is zero outside narrow bands.

    `weights` is float32, (64, n). `places` and `bands` are the same by row: which samples a row
    sums (int, (64, longest band)), and how much each counts (float32, of the same shape); shorter
    bands are filled up with weights of 0. float32 keeps the error of the 64 x 64 buffer near 1e-4
    grey levels, far under the reference's own rounding.

    `slopes` and `slope_bands`, shaped like `weights` and `bands`, are the part of these that is
    owed to the slopes of samples within a block (see _folded); all zeros at full size.
    """

    weights: npt.NDArray[np.float32]
    places: npt.NDArray[np.intp]
    bands: npt.NDArray[np.float32]
    slopes: npt.NDArray[np.float32]
    slope_bands: npt.NDArray[np.float32]


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
    at = np.arange(n)
    first, last = np.maximum(at - before, 0), np.minimum(at + after, n - 1)
    share = 1.0 / (last - first + 1)
    weights = np.zeros((SIDE, n))
    for row, centre in enumerate(centres(n)):
        for inner in range(first[centre], last[centre] + 1):
            weights[row, first[inner] : last[inner] + 1] += share[centre] * share[inner]
    return weights


def _folded(
    weights: npt.NDArray[np.float64], scale: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fold full-size weights onto the means of blocks of `scale` samples: (means, slopes).

    Each sample is taken to lie on a line through its block's mean, with the slope of the
    neighbouring means; without that first-moment term, the second array, which is to be added
    to the first, the deviation is several times larger.
    """
    n = weights.shape[1]
    blocks = -(-n // scale)
    padded = np.zeros((SIDE, blocks * scale))
    padded[:, :n] = weights
    padded = padded.reshape(SIDE, blocks, scale)
    means: npt.NDArray[np.float64] = padded.sum(axis=2)
    offsets = np.arange(scale) - (scale - 1) / 2
    moments = (padded * offsets).sum(axis=2) / scale
    slopes = np.zeros_like(means)
    if blocks > 1:
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
    slopes = np.zeros_like(weights)
    if scale > 1:
        weights, slopes = _folded(weights, scale)
        weights = weights + slopes
    used = weights != 0
    starts = used.argmax(axis=1)
    stops = used.shape[1] - used[:, ::-1].argmax(axis=1)
    longest = int((stops - starts).max())
    places = np.minimum(starts[:, None] + np.arange(longest), stops[:, None] - 1)
    beyond = starts[:, None] + np.arange(longest) >= stops[:, None]
    bands, slope_bands = (np.take_along_axis(each, places, axis=1) for each in (weights, slopes))
    bands[beyond] = slope_bands[beyond] = 0
    return Axis(
        np.ascontiguousarray(weights, dtype=np.float32),
        places,
        bands.astype(np.float32),
        np.ascontiguousarray(slopes, dtype=np.float32),
        slope_bands.astype(np.float32),
    )


def shrink(samples: npt.NDArray[np.uint8], rows: Axis, columns: Axis) -> npt.NDArray[np.float64]:
    """Return the 64 x 64 buffer (float64, grey levels) of a picture.

    `samples` is uint8: (h, w) luminance or (h, w, 3) RGB, with h and w as the axes were made
    for.
    """
    (plane,) = _planes(samples, rows.places, rows.bands[:, None, :])
    if samples.ndim == 3:  # noqa: PLR2004 - RGB
        plane = plane.reshape(SIDE, -1, 3) @ LUMA.astype(np.float32)
    return _across(plane, columns.weights)


def shrink_with_slopes(
    samples: npt.NDArray[np.uint8], rows: Axis, columns: Axis
) -> tuple[npt.NDArray[np.float64], ...]:
    """Return the buffer of scaled luminance, and what of it is owed to slopes down and across.

    `samples` is uint8, (h, w), decoded at the scale of both axes. All three are float64,
    (64, 64), in grey levels.
    """
    bands = np.stack((rows.bands, rows.slope_bands), axis=1)
    plane, sloping = _planes(samples, rows.places, bands)
    return (
        _across(plane, columns.weights),
        _across(sloping, columns.weights),
        _across(plane, columns.slopes),
    )


def _planes(
    samples: npt.NDArray[np.uint8], places: npt.NDArray[np.intp], bands: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return sums down the columns: float32, (k, 64, width) for bands of (64, k, longest).

    Some bands of rows are converted at a time, so that they stay in the processor's cache.
    """
    flat = samples.reshape(samples.shape[0], -1)
    width = flat.shape[1]
    rows_at_once = max(_AT_ONCE // (places.shape[1] * width), 1)
    sums = np.empty((SIDE, bands.shape[1], width), dtype=np.float32)
    for first in range(0, SIDE, rows_at_once):
        some = slice(first, first + rows_at_once)
        np.matmul(bands[some], flat[places[some]].astype(np.float32), out=sums[some])
    return np.ascontiguousarray(sums.swapaxes(0, 1))


def _across(
    plane: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    product: npt.NDArray[np.float64] = np.dot(plane, weights.T).astype(np.float64)
    return product
