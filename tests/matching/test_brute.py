"""The oracle of the other indexes, against the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashsweep.matching import brute
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.distance import distance
from support.planted import clustered, pairs, random_hashes
from support.thoroughness import examples


@pytest.mark.parametrize("size", [8, 9, 18, 20, 24, 32])
@settings(max_examples=examples(40), deadline=None)
@given(seed=st.integers(0, 2**32), listed=st.integers(0, 40), asked=st.integers(0, 8),
       limit=st.integers(0, 64))  # fmt: skip
def test_brute_force_is_the_definition(size, seed, listed, asked, limit):
    """Every pair within the distance, and no other."""
    hashes = clustered(seed, listed, size)
    queries = np.concatenate((hashes[: asked // 2], random_hashes(seed, asked, size)))
    expected = [
        (query, row, bits)
        for query, wanted in enumerate(queries)
        for row, have in enumerate(hashes)
        if (bits := distance(wanted.tobytes(), have.tobytes())) <= limit
    ]

    assert pairs(BruteIndex(hashes).find(queries, limit)) == expected


def test_a_list_longer_than_a_block_is_seen_whole(monkeypatch):
    """Rows are counted on over the blocks."""
    monkeypatch.setattr(brute, "_BLOCK", 10)
    hashes = random_hashes(1, 35, 8)

    assert pairs(BruteIndex(hashes).find(hashes, 0)) == [(n, n, 0) for n in range(35)]


def test_the_distance_is_inclusive():
    """A hash exactly max_distance away is found, one bit further it is not."""
    hashes = np.zeros((1, 32), np.uint8)
    query = np.array([[0xFF] * 3 + [0xFE] + [0] * 28], np.uint8)

    assert pairs(BruteIndex(hashes).find(query, 31)) == [(0, 0, 31)]
    assert pairs(BruteIndex(hashes).find(query, 30)) == []


@pytest.mark.parametrize("size", [9, 18, 20, 24])
def test_hashes_of_any_length_are_compared_to_their_last_bit(size):
    """Also where the bytes do not fill 64-bit words: what is missing there differs in nothing."""
    hashes = np.zeros((3, size), np.uint8)
    hashes[1, -1] = 0b101
    hashes[2, 0] = hashes[2, -1] = 0xFF

    assert pairs(BruteIndex(hashes).find(hashes[:2], 16)) == [
        (0, 0, 0), (0, 1, 2), (0, 2, 16), (1, 0, 2), (1, 1, 0), (1, 2, 14),
    ]  # fmt: skip


@pytest.mark.parametrize(("listed", "asked"), [(40, 7), (7, 40), (12, 12), (0, 3), (3, 0)])
def test_more_queries_than_hashes_give_the_same_pairs(listed, asked):
    """Whichever of the two is walked through, every pair is told, ordered by query and row."""
    everything = clustered(3, listed + asked, 32, centres=2)
    hashes, queries = everything[:listed], everything[listed:]
    hits = BruteIndex(hashes).find(queries, 40)
    expected = [
        (q, r, d)
        for q, query in enumerate(queries)
        for r, row in enumerate(hashes)
        if (d := distance(query.tobytes(), row.tobytes())) <= 40
    ]

    assert list(zip(*(column.tolist() for column in hits), strict=True)) == expected
