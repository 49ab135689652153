"""PDQ in the reference's own order of operations (tests/oracle holds it against the package)."""

import numpy as np
import pytest

from hashsweep.hashers.pdq_rounding import repeat
from support import drawings
from support.operators import full_weights


def test_results_are_single_precision() -> None:
    """Every step is rounded to float32; that is what makes ties fall as they do."""
    buffer, coefficients = repeat(np.asarray(drawings.draw("hills")))
    assert (buffer.dtype, buffer.shape) == (np.float32, (64, 64))
    assert (coefficients.dtype, coefficients.shape) == (np.float32, (16, 16))


def test_flat_stays_flat() -> None:
    """A white picture has a white buffer, and coefficients of nothing but rounding."""
    buffer, coefficients = repeat(np.full((300, 200, 3), 255, np.uint8))
    np.testing.assert_allclose(buffer, 255, rtol=0, atol=0.001)
    np.testing.assert_allclose(coefficients, 0, rtol=0, atol=0.01)


def test_64_pixels_are_not_blurred() -> None:
    """A picture of 64 x 64 is its own buffer."""
    grey = drawings.noise(4, 64, 64)
    buffer, _ = repeat(np.repeat(grey[:, :, None], 3, axis=2))
    np.testing.assert_allclose(buffer, grey, rtol=0, atol=0.001)


@pytest.mark.parametrize("size", [(5, 5), (5, 300), (64, 65), (127, 129), (128, 64), (513, 257)])
def test_is_the_definition(size: tuple[int, int]) -> None:
    """The running sums come to the double box means of the definition."""
    height, width = size
    grey = drawings.noise(5, height, width)
    buffer, _ = repeat(np.repeat(grey[:, :, None], 3, axis=2))
    expected = full_weights(height) @ grey @ full_weights(width).T
    np.testing.assert_allclose(buffer, expected, rtol=0, atol=0.005)


def test_takes_arrays_it_may_not_write() -> None:
    """The samples of a decoded picture are read-only, and stay as they are."""
    rgb = np.asarray(drawings.draw("tiny"))
    before = rgb.copy()
    repeat(rgb)
    assert not rgb.flags.writeable
    np.testing.assert_array_equal(rgb, before)
