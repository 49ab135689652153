"""Computes PDQ step by step in float32, in the reference's own order of operations.

Slow. It serves the rare picture (flat, symmetric, drawn in few colours) in which two DCT
coefficients are so close to the median that rounding decides a bit: there the reference's
rounding is part of its answer. Order of operations: pdq/cpp/downscaling/downscaling.cpp and
pdq/cpp/hashing/pdqhashing.cpp of facebook/ThreatExchange, and the luminance of `pdqhash`.
"""

import math

import numpy as np
import numpy.typing as npt

from hashsweep.hashers.pdq_operator import LUMA, SIDE, centres, window

Plane = npt.NDArray[np.float32]

_SCALE = np.float64(np.float32(math.sqrt(2.0 / SIDE)))
_COSINES = np.array(
    [
        [_SCALE * math.cos((math.pi / 2.0 / SIDE) * (i + 1) * (2 * j + 1)) for j in range(SIDE)]
        for i in range(16)
    ],
    dtype=np.float32,
)


def repeat(rgb: npt.NDArray[np.uint8]) -> tuple[Plane, Plane]:
    """Return the (64, 64) buffer and the (16, 16) coefficients, float32, of uint8 RGB."""
    buffer = _buffer(rgb)
    half = np.zeros((16, SIDE), np.float32)
    for k in range(SIDE):
        half = half + _COSINES[:, k : k + 1] * buffer[k]
    coefficients = np.zeros((16, 16), np.float32)
    for k in range(SIDE):
        coefficients = coefficients + half[:, k : k + 1] * _COSINES[:, k]
    return buffer, coefficients


def _buffer(rgb: npt.NDArray[np.uint8]) -> Plane:
    plane = np.empty(rgb.shape[:2], np.float32)
    for rows in range(0, rgb.shape[0], SIDE):  # in bands: the products are float64
        band = rgb[rows : rows + SIDE]
        red, green, blue = (band[:, :, c] * float(LUMA[c]) for c in range(3))
        plane[rows : rows + SIDE] = red + green + blue
    height, width = rgb.shape[0], rgb.shape[1]
    if (height, width) == (SIDE, SIDE):
        return plane
    for _ in range(2):
        plane = np.ascontiguousarray(_box(np.ascontiguousarray(plane.T), window(width)).T)
        plane = _box(plane, window(height))
    return plane[np.ix_(centres(height), centres(width))]


def _box(plane: Plane, width: int) -> Plane:
    """Running means of `width` samples down each column, in the reference's four phases."""
    n = plane.shape[0]
    half = (width + 2) // 2
    result = np.empty_like(plane)
    total = np.zeros(plane.shape[1], np.float32)
    for i in range(half - 1):
        total += plane[i]
    for i in range(width - half + 1):
        total += plane[half - 1 + i]
        result[i] = total / np.float32(half + i)
    out = width - half + 1
    for i in range(n - width):
        total += plane[width + i]
        total -= plane[i]
        result[out + i] = total / np.float32(width)
    for i in range(half - 1):
        total -= plane[n - width + i]
        result[n - half + 1 + i] = total / np.float32(width - 1 - i)
    return result
