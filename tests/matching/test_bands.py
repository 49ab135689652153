"""How hashes are cut, and the arithmetic that full recall rests on."""

from itertools import pairwise

import numpy as np
import pytest

from hashsweep.matching.bands import Band, bands, masks, probes, radii
from support.planted import random_hashes

CUTS = [(words, wide) for words in (1, 4) for wide in (False, True)]


@pytest.mark.parametrize(("words", "wide"), CUTS)
def test_bands_cover_every_bit_once(words, wide):
    """No bit is left out, and none is in two bands."""
    cut = bands(words, wide=wide)
    covered = [
        64 * band.word + bit for band in cut for bit in range(band.shift, band.shift + band.width)
    ]

    assert len(cut) == words * (3 if wide else 4)
    assert sorted(covered) == list(range(64 * words))


@pytest.mark.parametrize(("words", "wide"), CUTS)
def test_radii_add_up_for_every_distance(words, wide):
    """sum(r + 1) = t + 1: by the pigeonhole principle nothing within t is missed."""
    cut = bands(words, wide=wide)
    for limit in range(64 * words):
        reach = radii(cut, limit)
        assert sum(radius + 1 for radius in reach) == limit + 1
        assert min(reach) >= -1


@pytest.mark.parametrize("limit", [0, 1, 10, 31, 40])
def test_wider_bands_never_get_the_larger_radii(limit):
    """A step further costs most in a wide band."""
    cut = bands(4, wide=True)
    by_width = sorted(zip((band.width for band in cut), radii(cut, limit), strict=True))

    assert all(narrow[1] >= wide[1] for narrow, wide in pairwise(by_width) if narrow[0] < wide[0])


@pytest.mark.parametrize("width", [16, 21, 22])
@pytest.mark.parametrize("radius", [-1, 0, 1, 2, 3, 4])
def test_probes_are_the_masks(width, radius):
    """As many keys are looked up as are said to be, each once and within the radius."""
    patterns = masks(width, radius)

    assert len(patterns) == probes(width, radius)
    assert len(np.unique(patterns)) == len(patterns)
    assert (np.bitwise_count(patterns) <= max(radius, 0)).all()
    assert (patterns < 1 << width).all()


def test_all_keys_of_a_small_band_are_within_its_width():
    """The radius of a whole band reaches every key."""
    assert sorted(masks(5, 5).tolist()) == list(range(32))
    assert probes(16, 1) == 17
    assert probes(16, 2) == 137


@pytest.mark.parametrize(("words", "wide"), CUTS)
def test_keys_are_the_bits_of_the_band(words, wide):
    """Bands put together again are the hash."""
    hashes = random_hashes(3, 20, 8 * words).view(np.uint64)
    whole = np.zeros_like(hashes)
    for band in bands(words, wide=wide):
        whole[:, band.word] |= band.keys(hashes).astype(np.uint64) << np.uint64(band.shift)

    assert (whole == hashes).all()


def test_keys_are_32_bits_wide():
    """One row, one number."""
    keys = Band(0, 4, 8).keys(np.array([[0xABC5]], np.uint64))

    assert (keys.dtype, keys.tolist()) == (np.dtype(np.uint32), [0xBC])
