"""How hashes are cut, and the arithmetic that full recall rests on."""

import itertools

import numpy as np
import pytest

from hashsweep.matching.bands import KEYS, WIDTH, cut, masks, most_of_two, probes, radii
from support.planted import random_hashes

BANDS = [4, 8, 16]


@pytest.mark.parametrize("bands", BANDS)
def test_radii_add_up_for_every_distance(bands):
    """sum(r + 1) = t + 1: by the pigeonhole principle nothing within t is missed."""
    for limit in range(WIDTH * bands):
        reach = radii(bands, limit)
        assert sum(radius + 1 for radius in reach) == limit + 1
        assert min(reach) >= -1
        assert max(reach) - min(reach) <= 1


def test_some_band_finds_every_near_hash():
    """However the bits that differ are spread: within its radius, and near in the next band."""
    for bands, limit in ((3, 7), (4, 6), (4, 2)):
        reach = radii(bands, limit)
        for apart in itertools.product(range(limit + 2), repeat=bands):
            found = [
                band
                for band in range(bands)
                if apart[band] <= reach[band]
                and apart[band] + apart[(band + 1) % bands] <= most_of_two(reach, band)
            ]
            assert found or sum(apart) > limit


@pytest.mark.parametrize("radius", [-1, 0, 1, 2, 3, 4])
def test_probes_are_the_masks(radius):
    """As many keys are looked up as are said to be, each once and within the radius."""
    patterns = masks(radius)

    assert len(patterns) == probes(radius)
    assert len(np.unique(patterns)) == len(patterns)
    assert (np.bitwise_count(patterns) <= max(radius, 0)).all()


def test_how_many_keys_are_looked_up():
    """The radius of a whole band reaches every key."""
    assert [probes(radius) for radius in (-1, 0, 1, 2, WIDTH)] == [0, 1, 17, 137, KEYS]
    assert masks(WIDTH).tolist() == list(range(KEYS))


@pytest.mark.parametrize("size", [8, 16, 32])
def test_bands_are_little_endian_numbers(size):
    """Two bytes each, the lower one first; put together again they are the hash."""
    hashes = random_hashes(3, 20, size)
    keys = cut(hashes)

    assert (keys.dtype, keys.shape) == (np.dtype(np.uint16), (20, size // 2))
    assert (keys[:, 0] == hashes[:, 0] + 256 * hashes[:, 1].astype(int)).all()
    assert keys.tobytes() == hashes.tobytes()
