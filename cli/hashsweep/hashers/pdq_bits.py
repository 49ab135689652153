"""PDQ's last steps: coefficients to bits, and a 64 x 64 buffer to a quality."""

from typing import Any

import numpy as np
import numpy.typing as npt

STEPS_PER_POINT = 90
"""Whole percents of grey levels for each point of quality (pdqhashing.cpp)."""

BEST = 100


def bits(coefficients: npt.NDArray[np.floating]) -> bytes:
    """Return 32 bytes: which of 16 x 16 coefficients exceed the lower median; last one first."""
    return bits_of_all(coefficients[None])[0]


def bits_of_all(coefficients: npt.NDArray[np.floating]) -> list[bytes]:
    """Return the bits of several pictures, (n, 16, 16)."""
    values = coefficients.reshape(-1, 256)
    median = np.partition(values, 127, axis=1)[:, 127:128]
    packed = np.packbits((values > median)[:, ::-1], axis=1).tobytes()
    return [packed[at : at + 32] for at in range(0, len(packed), 32)]


def count_steps(
    buffer: npt.NDArray[Any], lean: float = 0.0
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return whole percents of grey levels between neighbours: down and across, as int32.

    `buffer` is (h, 64) grey levels; the two are (h - 1, 64) and (h, 63). `lean`, in percent, is
    added to every step first: it shows what rounding could do.
    """
    height, width = buffer.shape
    pairs = max(height - 1, 0)  # no row may have been decoded
    between = pairs * width
    steps = np.empty(between + height * (width - 1), buffer.dtype)
    down, across = slice(between), slice(between, None)
    np.subtract(buffer[1:], buffer[:-1], out=steps[down].reshape(pairs, width))
    np.subtract(buffer[:, 1:], buffer[:, :-1], out=steps[across].reshape(height, width - 1))
    steps *= 100
    steps /= 255
    np.abs(steps, out=steps)
    if lean:
        steps += lean
    whole = steps.astype(np.int32)
    return whole[down].reshape(pairs, width), whole[across].reshape(height, width - 1)


def quality(buffer: npt.NDArray[Any], lean: float = 0.0) -> int:
    """Return 0-100 for what count_steps takes."""
    return rate(sum(int(steps.sum()) for steps in count_steps(buffer, lean)))


def rate(steps: float) -> int:
    """Return 0-100 for the sum of all steps."""
    return min(int(steps) // STEPS_PER_POINT, BEST)
