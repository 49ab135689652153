"""Estimates how many bits of a PDQ might differ between the full picture and its scaled luminance.

A bit says on which side of the median a coefficient is. In symmetric, striped and few-coloured
pictures most coefficients are at the median itself, and the small error of a scaled decode
decides their bits. So the error is estimated, and from it the number of bits that may flip.
Constants are fitted to drawn and photographic sets; benchmarks/README.md has the measurement.
Knows no file.
"""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.floating]

ROUNDING = 0.15
"""The error of a coefficient by rounding alone: the least seen, root mean square."""

SLOPE = 2.0
"""Error of a coefficient per unit, root mean square, that it owes to slopes within blocks."""

ROUGHNESS = 0.05
"""Error of a coefficient per grey level of second difference between decoded samples."""

MOST_TURNED = 10.0
"""The full picture is decoded if at least this many bits are expected to flip."""

PLAINLY_FEW = 4.5
"""This many by roughness alone is enough: nine of ten photographs need no look at slopes."""

_SAMPLED = 32  # rows of samples in which roughness is measured
_GOLDEN = 0.6180339887498949  # its multiples, modulo 1, are spread evenly and never periodic


def is_settled(
    coefficients: Plane,
    samples: npt.NDArray[np.uint8],
    slopes: Callable[[], Iterable[Plane]],
) -> bool:
    """Say whether the bits of scaled luminance can be relied on.

    `coefficients` is (16, 16), `samples` the luminance, uint8, (h, w). `slopes` is called if
    the two do not suffice; it gives two arrays like the first, its parts owed to slopes
    within blocks, down and across.
    """
    variance = ROUNDING**2 + ROUGHNESS**2 * roughness(samples)
    if expect_flips(coefficients, math.sqrt(variance)) < PLAINLY_FEW:
        return True
    variance += SLOPE**2 * sum(float(np.square(part).mean()) for part in slopes())
    return expect_flips(coefficients, math.sqrt(variance)) < MOST_TURNED


def expect_flips(coefficients: Plane, error: float) -> float:
    """Return how many of 256 bits flip on average if coefficients have an error of this spread.

    The error is taken to be normal, with the logistic approximation of its distribution
    (Bowling et al., 2009, doi:10.3926/jiem.2009.v2n1.p114-127: off by less than 0.01).
    """
    values = coefficients.ravel()
    gaps = np.abs(values - np.partition(values, 127)[127])
    gaps *= 1.702 / 2 / error
    return float(values.size - np.tanh(gaps).sum()) / 2  # 1 / (1 + exp(2 x)) is half of 1 - tanh(x)


def roughness(samples: npt.NDArray[np.uint8]) -> float:
    """Return the mean square of second differences across, plus that of those down.

    Measured in 32 rows not aligned with any pattern. `samples` has at least 3 rows and columns.
    """
    rows = samples.take(_rows(len(samples)), axis=0).astype(np.int16)
    here = rows[_SAMPLED : 2 * _SAMPLED]
    twice = here + here
    down = rows[:_SAMPLED] + rows[2 * _SAMPLED :]
    down -= twice
    across = here[:, 2:] + here[:, :-2]
    across -= twice[:, 1:-1]
    return _mean_square(down) + _mean_square(across)


def _mean_square(values: npt.NDArray[np.int16]) -> float:
    flat = values.astype(np.float32).ravel()
    return float(np.dot(flat, flat)) / flat.size


@lru_cache(maxsize=64)
def _rows(height: int) -> npt.NDArray[np.intp]:
    """Return rows between first and last, after those above, before those below: (96,)."""
    rows = 1 + (np.arange(_SAMPLED) * _GOLDEN % 1.0 * (height - 2)).astype(np.intp)
    return np.concatenate((rows - 1, rows, rows + 1))
