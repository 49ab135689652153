"""PDQ's bits and its quality."""

import numpy as np

from hashsweep.hashers.pdq_bits import bits, bits_of_all, count_steps, quality
from support import drawings


def test_bits_run_backwards() -> None:
    """The last coefficient is the first bit of the hash, as in the usual hex form."""
    coefficients = np.zeros((16, 16))
    coefficients[15, 15] = 1.0
    assert bits(coefficients).hex() == "80" + "00" * 31


def test_half_of_the_bits_are_set() -> None:
    """Exactly the 128 greater ones of 256 different coefficients are set."""
    coefficients = drawings.noise(1, 256).argsort(kind="stable").reshape(16, 16).astype(float)
    assert int.from_bytes(bits(coefficients)).bit_count() == 128


def test_quality_counts_whole_percents() -> None:
    """One edge of 64 samples with a step of 20 percent gives 64 * 20 / 90, rounded down."""
    buffer = np.zeros((64, 64))
    buffer[:, 32:] = 51.0
    assert quality(buffer) == 14


def test_quality_ends_at_100() -> None:
    """Quality is a percentage, however busy the picture."""
    assert quality((np.indices((64, 64)).sum(0) % 2 * 255).astype(float)) == 100


def test_small_steps_have_no_quality() -> None:
    """Steps under one percent of the grey levels do not count."""
    assert quality(np.arange(64 * 64).reshape(64, 64) / 64 * 2.5) == 0


def test_bits_of_several_are_those_of_each() -> None:
    """In order."""
    coefficients = drawings.noise(9, 5, 256).astype(float).reshape(5, 16, 16)

    assert bits_of_all(coefficients) == [bits(each) for each in coefficients]


def test_steps_are_whole_percents_between_neighbours() -> None:
    """Down and across, whatever their sign; a buffer without rows has none."""
    buffer = np.zeros((3, 64))
    buffer[1] = 51.0
    buffer[2, 10] = 25.5
    down, across = count_steps(buffer)

    assert (down.shape, across.shape) == ((2, 64), (3, 63))
    assert down[0].tolist() == [20] * 64
    assert sorted(set(down[1].tolist())) == [10, 20]
    assert np.flatnonzero(across).tolist() == [2 * 63 + 9, 2 * 63 + 10]
    assert [steps.size for steps in count_steps(buffer[:0])] == [0, 0]
