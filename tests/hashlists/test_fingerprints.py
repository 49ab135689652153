"""Prints of entries."""

import numpy as np
import pytest

from hashsweep.hashlists.fingerprints import LANES, add_prints


def printed(kind, hashes, entries, count, more=None):
    """The prints of so many entries."""
    prints = np.zeros((count, LANES), np.uint64)
    add_prints(prints, kind, hashes, np.array(entries), more)
    return [tuple(each) for each in prints.tolist()]


@pytest.mark.parametrize("size", [1, 8, 16, 20, 32])
def test_entries_with_the_same_hashes_have_the_same_print(size):
    """In any order; any bit, one more or one less makes another; none is zeros."""
    hashes = np.random.default_rng(size).integers(0, 256, (4, size), np.uint8)
    hashes[3] = hashes[2]
    hashes[3, -1] ^= 1
    rows = hashes[[0, 1, 1, 0, 0, 2, 3]]
    made = printed("md5", rows, [0, 0, 1, 1, 2, 3, 4], 6)

    assert made[0] == made[1]
    assert len(set(made)) == 5
    assert made[5] == (0, 0)


def test_kind_and_what_else_is_given_make_a_difference():
    """The same bytes are another hash as another kind, and of another quality."""
    hashes = np.full((1, 32), 7, np.uint8)
    made = {
        printed(kind, hashes, [0], 1, more)[0]
        for kind in ("pdq", "sha256")
        for more in (None, np.array([50], np.uint8), np.array([51], np.uint8))
    }

    assert len(made) == 6
