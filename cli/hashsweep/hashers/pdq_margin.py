"""How many bits of a PDQ the full picture might give otherwise than its scaled luminance does.

A bit says on which side of the median a coefficient lies. In symmetric, striped and few-coloured
pictures most coefficients lie at the median itself, and the small error of a scaled decode
decides their bits. So the error is estimated, and from it the number of bits that it may turn.
Constants are fitted to drawn and photographic sets; DESIGN.md has the measurement. Knows no file.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float64]

ROUNDING = 0.15
"""What rounding alone does to a coefficient: the least error seen, root mean square."""

SLOPE = 2.0
"""Error of a coefficient for each unit that it owes, root mean square, to slopes within blocks."""

ROUGHNESS = 0.05
"""Error of a coefficient for each grey level of second difference between decoded samples."""

MOST_TURNED = 10.0
"""Bits that may turn, as expected from the error, from which on the full picture is decoded."""

PLAINLY_FEW = 4.5
"""As many by roughness alone settle it: nine photographs of ten need no look at slopes."""

_SAMPLED = 64  # rows of samples in which roughness is measured
_GOLDEN = 0.6180339887498949  # its multiples, modulo 1, are spread evenly and never in step


def is_settled(
    coefficients: Plane,
    samples: npt.NDArray[np.uint8],
    slopes: Callable[[], tuple[Plane, Plane]],
) -> bool:
    """Say whether the bits of scaled luminance can be relied on.

    `coefficients` is (16, 16), `samples` the luminance, uint8, (h, w). `slopes` is called where
    the two do not suffice: for two arrays like the first, the parts of it that are owed to slopes
    within blocks, down and across.
    """
    variance = ROUNDING**2 + ROUGHNESS**2 * roughness(samples)
    if expected_turns(coefficients, math.sqrt(variance)) < PLAINLY_FEW:
        return True
    variance += SLOPE**2 * sum(float(np.square(part).mean()) for part in slopes())
    return expected_turns(coefficients, math.sqrt(variance)) < MOST_TURNED


def expected_turns(coefficients: Plane, error: float) -> float:
    """Return how many of 256 bits turn on average if coefficients have an error of this spread.

    The error is taken to be normal, with the logistic approximation of its distribution
    (Bowling et al., 2009, doi:10.3926/jiem.2009.v2n1.p114-127: off by less than 0.01).
    """
    values = coefficients.ravel()
    gaps = np.abs(values - np.partition(values, 127)[127]) / error
    return float((1 / (1 + np.exp(np.minimum(1.702 * gaps, 50.0)))).sum())


def roughness(samples: npt.NDArray[np.uint8]) -> float:
    """Return the mean square of second differences across, plus that of those down.

    Measured in 64 rows that are in step with no pattern. `samples` has 3 rows and columns or more.
    """
    at = _rows(samples.shape[0])
    above, here, below = (samples[at + step].astype(np.int16) for step in (-1, 0, 1))
    twice = here + here
    down = above + below - twice
    across = here[:, 2:] + here[:, :-2] - twice[:, 1:-1]
    return _mean_square(down) + _mean_square(across)


def _mean_square(values: npt.NDArray[np.int16]) -> float:
    flat = values.astype(np.float32).ravel()
    return float(np.dot(flat, flat)) / flat.size


@lru_cache(maxsize=64)
def _rows(height: int) -> npt.NDArray[np.intp]:
    """Return rows between the first and the last: int, (64,)."""
    rows: npt.NDArray[np.intp] = 1 + (np.arange(_SAMPLED) * _GOLDEN % 1.0 * (height - 2)).astype(
        np.intp
    )
    return rows
