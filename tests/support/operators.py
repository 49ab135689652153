"""PDQ's operators with all their zeros, for tests that hold them against definitions."""

import numpy as np

from hashsweep.hashers.pdq_operator import SIDE, Axis, Bands, full_bands


def whole(bands: Bands, n: int) -> np.ndarray:
    """Rows of a side of `n` samples: float64, (64, n)."""
    length = bands.weights.shape[1]
    spread = np.zeros((SIDE, n + 2 * length))
    places = bands.starts[:, None] + length + np.arange(length)
    np.put_along_axis(spread, places, bands.weights, axis=1)
    assert not spread[:, :length].any()
    assert not spread[:, length + n :].any()
    return spread[:, length : length + n]


def full_weights(n: int) -> np.ndarray:
    """The operator of a side of `n` pixels: float64, (64, n)."""
    return whole(full_bands(n), n)


def joined(axis: Axis, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The operator of a side of `n` samples as it is, and turned round: float64, (64, n)."""
    spread = np.zeros((SIDE, 2, n))
    for first, start, stop, weights in axis:
        spread[first : first + len(weights), :, start:stop] = weights
    return spread[:, 0], spread[::-1, 1]
