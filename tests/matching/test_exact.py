"""Digests: equal or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashsweep.matching.exact import ExactIndex, prefixes
from support.planted import pairs, random_hashes
from support.thoroughness import examples


def index(hashes):
    """An ExactIndex over hashes in any order, and the hashes in its own."""
    keys = prefixes(hashes)
    order = np.argsort(keys, kind="stable")
    return ExactIndex(hashes[order], keys[order]), hashes[order]


def test_prefixes_are_big_endian():
    """Numbers sort as the bytes do."""
    hashes = np.array([[1] + [0] * 19, [0] * 7 + [2] + [9] * 12], np.uint8)

    assert prefixes(hashes).tolist() == [1 << 56, 2]


def test_prefixes_of_no_hash():
    """An empty list has no keys."""
    assert prefixes(np.empty((0, 16), np.uint8)).tolist() == []


@pytest.mark.parametrize("size", [16, 20, 32])
@settings(max_examples=examples(40), deadline=None)
@given(seed=st.integers(0, 2**32), listed=st.integers(0, 60), repeats=st.integers(0, 60))
def test_equal_hashes_are_found_and_no_others(size, seed, listed, repeats):
    """Each pair of equal hashes, duplicates on either side too, and nothing absent."""
    hashes = random_hashes(seed, listed, size)
    hashes = np.concatenate((hashes, hashes[:repeats], hashes[: repeats // 2]))
    found, ordered = index(hashes)
    queries = np.concatenate((random_hashes(seed + 1, 3, size), hashes[::2], hashes[:1]))
    expected = [
        (query, row, 0)
        for query, wanted in enumerate(queries.tolist())
        for row, have in enumerate(ordered.tolist())
        if wanted == have
    ]

    assert pairs(found.find(queries)) == expected


def test_a_shared_prefix_is_no_match():
    """Hashes that agree in their first 8 bytes alone are told apart."""
    hashes = random_hashes(1, 50, 32)
    hashes[:, :8] = 7
    found, ordered = index(hashes)
    other = ordered[:1].copy()
    other[0, 31] ^= 1

    assert pairs(found.find(ordered[20:22])) == [(0, 20, 0), (1, 21, 0)]
    assert pairs(found.find(other)) == []


@pytest.mark.parametrize("key", [0, 255])
def test_keys_at_the_ends_of_the_range(key):
    """The smallest and the largest key are found like any other."""
    hashes = np.concatenate((random_hashes(2, 9, 16), np.full((1, 16), key, np.uint8)))
    found, ordered = index(hashes)
    (row,) = np.nonzero((ordered == key).all(axis=1))

    assert pairs(found.find(np.full((1, 16), key, np.uint8))) == [(0, int(row[0]), 0)]


def test_an_empty_list_answers_and_no_query_is_answered():
    """Zero on either side is no error."""
    empty, _ = index(np.empty((0, 20), np.uint8))
    some, _ = index(random_hashes(1, 5, 20))

    assert pairs(empty.find(random_hashes(1, 5, 20))) == []
    assert pairs(some.find(np.empty((0, 20), np.uint8))) == []


def test_digests_have_no_near_matches():
    """Asking for a distance is a mistake that is told."""
    found, hashes = index(random_hashes(1, 5, 20))

    with pytest.raises(ValueError, match="no distance but 0"):
        found.find(hashes, 1)
