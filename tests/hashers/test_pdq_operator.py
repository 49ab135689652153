"""PDQ's blur and decimation as a matrix, against its definition."""

from itertools import product

import numpy as np
import pytest

from hashsweep.hashers import pdq_rounding
from hashsweep.hashers.pdq_operator import (
    COSINES,
    SIDE,
    axis,
    centres,
    frequencies,
    shrink,
    slope_frequencies,
    sum_rows,
    transform_all,
    triangle_before,
    window,
)
from support import drawings
from support.operators import full_weights, joined

LENGTHS = [5, 6, 31, 63, 64, 65, 127, 128, 129, 255, 256, 257, 512, 1000, 1025]


def defined(n: int) -> np.ndarray:
    """The definition, spelt out: two box means in a row, then every n/64th sample."""
    if n == SIDE:
        return np.eye(SIDE)
    width = (n + 127) // 128
    half = (width + 2) // 2
    box = np.zeros((n, n))
    for i in range(n):
        inputs = [k for k in range(i - (width - half), i + half) if 0 <= k < n]
        box[i, inputs] = 1 / len(inputs)
    return (box @ box)[[int((i + 0.5) * n / SIDE) for i in range(SIDE)]]


@pytest.mark.parametrize("n", LENGTHS)
def test_weights_are_a_mean(n: int) -> None:
    """Each of the 64 outputs is a weighted mean: its weights are >= 0 and add up to 1."""
    weights = full_weights(n)
    assert weights.shape == (SIDE, n)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", LENGTHS)
def test_weights_are_the_definition(n: int) -> None:
    """The weights are those of two box passes and a decimation."""
    np.testing.assert_allclose(full_weights(n), defined(n), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("n", "width"), [(5, 1), (64, 1), (128, 1), (129, 2), (256, 2), (257, 3), (4000, 32)]
)
def test_window(n: int, width: int) -> None:
    """The box is a 128th of the side, rounded up."""
    assert window(n) == width


@pytest.mark.parametrize("n", LENGTHS)
def test_centres_lie_inside(n: int) -> None:
    """64 samples are taken, in order, none outside the picture."""
    places = centres(n)
    assert len(places) == 64
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] < n


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("n", [512, 513, 519, 1000, 2049])
def test_folded_weights_are_a_mean(n: int, scale: int) -> None:
    """A scaled picture of one grey keeps it: folded weights add up to 1 as well."""
    for side in joined(axis(n, scale), -(-n // scale)):
        np.testing.assert_allclose(side.sum(axis=1), 1, rtol=0, atol=1e-5)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_folding_loses_nothing_of_a_ramp(scale: int) -> None:
    """Where grey rises evenly, block means give the result of the full picture."""
    n = 64 * scale * 5
    ramp = np.arange(n, dtype=float)
    means = ramp.reshape(-1, scale).mean(axis=1)
    expected = full_weights(n) @ ramp
    inner = slice(2, -2)  # the slope of a first or last block is its neighbour's
    actual = joined(axis(n, scale), n // scale)[0] @ means
    np.testing.assert_allclose(actual[inner], expected[inner], rtol=1e-5)


def test_folding_a_single_block() -> None:
    """A side shorter than one block folds onto its only mean."""
    for side in joined(axis(7, 8), 1):
        np.testing.assert_allclose(side, np.ones((SIDE, 1)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("n", [5, 64, 65, 519, 1000, 4000])
def test_blocks_hold_all_weights(n: int) -> None:
    """Of the side as it is and turned round, once each, and few zeros beside them."""
    found = axis(n)
    as_is, turned = joined(found, n)

    np.testing.assert_allclose(as_is, full_weights(n), rtol=0, atol=1e-7)
    np.testing.assert_allclose(turned, full_weights(n)[:, ::-1], rtol=0, atol=1e-7)
    assert sum(len(block.weights) for block in found) == SIDE
    assert sum(block.weights.size for block in found) < 16 * 2 * max(n, 256)


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("n", [5, 9, 64, 517, 1000, 2049])
def test_folding_is_block_means_and_slopes_of_neighbours(n: int, scale: int) -> None:
    """Spelt out with all zeros, for the side as it is and turned round."""
    blocks = -(-n // scale)
    offsets = np.arange(scale) - (scale - 1) / 2
    for weights, side in zip(
        (full_weights(n), full_weights(n)[:, ::-1]), joined(axis(n, scale), blocks), strict=True
    ):
        padded = np.zeros((SIDE, blocks * scale))
        padded[:, :n] = weights
        padded = padded.reshape(SIDE, blocks, scale)
        expected = padded.sum(axis=2)
        for at in range(blocks if blocks > 1 else 0):
            moment = (padded[:, at] * offsets).sum(axis=1) / scale
            before, after = max(at - 1, 0), min(at + 1, blocks - 1)
            expected[:, after] += moment / (after - before)
            expected[:, before] -= moment / (after - before)
        np.testing.assert_allclose(side, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_slopes_are_what_folding_adds_to_means(scale: int) -> None:
    """Without them each block is flat; a level picture owes nothing to them."""
    n = 517
    blocks = -(-n // scale)
    padded = np.zeros((SIDE, blocks * scale))
    padded[:, :n] = full_weights(n)
    means = padded.reshape(SIDE, blocks, scale).sum(axis=2)
    slopes = slope_frequencies(n, scale)
    whole = frequencies(n, scale)
    np.testing.assert_allclose(whole - slopes, (COSINES @ means).T, rtol=0, atol=1e-6)
    np.testing.assert_allclose(slopes.sum(axis=0), 0, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n", [64, 517, 1000])
def test_frequencies_are_those_of_the_side_and_of_it_read_backwards(n: int) -> None:
    """Samples stay as they are; the operator is turned round."""
    as_is, turned = joined(axis(n), n)

    np.testing.assert_allclose(frequencies(n, 1), (COSINES @ as_is).T, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        frequencies(n, 1, turned=True), (COSINES @ turned).T, rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("scale", [1, 2, 8])
@pytest.mark.parametrize("size", [(5, 9), (64, 200), (519, 300)], ids=str)
def test_all_turns_come_from_two_planes(size: tuple[int, int], scale: int) -> None:
    """Rows and columns, either way round: what multiplying out gives."""
    n, m = (-(-side // scale) for side in size)
    samples = drawings.noise(n, n, m)
    down, across = (
        joined(axis(side, scale), count) for side, count in zip(size, (n, m), strict=True)
    )
    planes = sum_rows(samples, axis(size[0], scale))
    every = transform_all(planes, axis(size[1], scale))

    for upside_down, mirrored in product((0, 1), (0, 1)):
        expected = COSINES @ down[upside_down] @ samples @ across[mirrored].T @ COSINES.T
        np.testing.assert_allclose(every[upside_down, mirrored], expected, rtol=0, atol=1e-2)
    alone = sum_rows(samples, axis(size[0], scale), turned=False)
    np.testing.assert_allclose(alone[0], planes[0], rtol=0, atol=1e-3)


def test_axes_are_kept() -> None:
    """The operator of a length is built once: most pictures share their sizes."""
    assert axis(777, 2) is axis(777, 2)


@pytest.mark.parametrize("name", [name for name in drawings.NAMES if name != "dot"])
def test_buffer_is_the_references(name: str) -> None:
    """The 64 x 64 buffer is within 0.005 grey levels of the reference's own steps."""
    rgb = np.asarray(drawings.draw(name))
    expected, _ = pdq_rounding.repeat(rgb)
    actual = shrink(sum_rows(rgb, axis(rgb.shape[0]))[0], axis(rgb.shape[1]))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=0.005)


def test_grey_and_colour_agree() -> None:
    """A grey picture gives the same buffer as luminance and as RGB."""
    grey = drawings.noise(3, 140, 200)
    rows, columns = axis(140), axis(200)
    rgb = np.repeat(grey[:, :, None], 3, axis=2)
    both = [shrink(sum_rows(each, rows)[0], columns) for each in (grey, rgb)]
    np.testing.assert_allclose(*both, atol=1e-3)


def test_a_triangle_is_what_two_boxes_are() -> None:
    """Its share before each place grows from 0 to 1, evenly on both sides of the middle."""
    places = np.linspace(-2, 2, 4001)
    box = (np.abs(places[::2]) <= 0.5).astype(float)
    density = np.convolve(box, box, "same")
    expected = np.cumsum(density) / density.sum()
    np.testing.assert_allclose(triangle_before(places[::2]), expected, rtol=0, atol=2e-3)
    assert triangle_before(np.array([-1.0, 0.0, 1.0])).tolist() == [0.0, 0.5, 1.0]
