"""Multi-index hashing against brute force, pair for pair."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashsweep.matching import mih
from hashsweep.matching.bands import cut
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.mih import MihIndex
from support.planted import clustered, flipped, indexed, pairs, random_hashes
from support.thoroughness import examples

HASHES = [(32, 31), (8, 10)]
"""Bytes of a hash, and the largest distance that is asked for in practice."""


@pytest.fixture(autouse=True)
def any_length(monkeypatch):
    """Lists of any length get an index."""
    monkeypatch.setattr(mih, "SMALLEST", 0)


@pytest.mark.parametrize("size", [32, 8])
@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), rows=st.integers(0, 300), near=st.booleans(),
       limit=st.integers(0, 33))  # fmt: skip
def test_any_list_at_any_distance(size, seed, rows, near, limit):
    """Random and clustered lists: the same pairs as brute force, in its order."""
    hashes = (clustered if near else random_hashes)(seed, rows, size)
    queries = np.concatenate((random_hashes(seed, 3, size), hashes[:7], flipped(hashes[:7], 9)))
    found = MihIndex(hashes, mih.build(hashes))._search(queries, limit)
    expected = BruteIndex(hashes).find(queries, limit)

    assert all((a == b).all() for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(("size", "limit"), HASHES)
@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_short_lists(rows, size, limit):
    """Lists of no, one and a few rows are searched like any other."""
    hashes = random_hashes(rows, rows, size)
    queries = np.concatenate((random_hashes(9, 2, size), hashes, flipped(hashes, limit)))
    found = pairs(indexed(MihIndex, hashes)._search(queries, limit))

    assert found == pairs(BruteIndex(hashes).find(queries, limit))
    assert len(found) >= 2 * rows


@pytest.mark.parametrize("size", [32, 8])
@pytest.mark.parametrize("rows", [2047, 2048, 2049])
def test_only_long_lists_get_an_index(monkeypatch, rows, size):
    """SMALLEST is the first length with an index."""
    monkeypatch.undo()
    arrays = mih.build(random_hashes(1, rows, size))

    assert mih.SMALLEST == 2048
    assert [*arrays] == (["ids", "starts", "blocks", "first_blocks"] if rows >= 2048 else [])


@pytest.mark.parametrize(("size", "limit"), HASHES)
def test_every_distance_around_every_limit(size, limit):
    """Neighbours planted at 0 to limit + 2 bits are found at every limit that reaches them."""
    centre = random_hashes(5, 1, size)
    planted = np.concatenate([flipped(centre, bits, bits) for bits in range(limit + 3)])
    hashes = np.concatenate((planted, random_hashes(6, 400, size)))
    index, brute = indexed(MihIndex, hashes), BruteIndex(hashes)
    for asked in range(limit + 1):
        found = pairs(index._search(centre, asked))
        assert found == pairs(brute.find(centre, asked))
        assert [hit for hit in found if hit[1] <= limit + 2] == [
            (0, bits, bits) for bits in range(asked + 1)
        ]


def test_many_neighbours_at_each_distance():
    """A thousand pairs at exactly one distance: within 31 all of them, beyond it none."""
    hashes = random_hashes(1, 3000, 32)
    index = indexed(MihIndex, hashes)
    for bits in range(34):
        found = pairs(index._search(flipped(hashes[:1000], bits, bits), 31))
        assert found == ([(row, row, bits) for row in range(1000)] if bits <= 31 else [])


@pytest.mark.parametrize(("size", "limit"), HASHES)
def test_batches_of_any_length(size, limit):
    """No query, one, a few and a thousand."""
    hashes = random_hashes(1, 3000, size)
    queries = np.concatenate((flipped(hashes[:500], limit), flipped(hashes[500:1000], limit + 1)))
    index, brute = indexed(MihIndex, hashes), BruteIndex(hashes)
    for asked in (0, 1, 7, 1000):
        found = pairs(index._search(queries[:asked], limit))
        assert found == pairs(brute.find(queries[:asked], limit))
        assert len(found) >= min(asked, 500)


@pytest.mark.parametrize("size", [32, 8])
def test_huge_buckets(size):
    """Equal rows are all found, however many are in a bucket."""
    counts = [2, 254, 255, 256, 700]
    values = random_hashes(2, len(counts), size)
    hashes = np.concatenate((random_hashes(1, 50, size), np.repeat(values, counts, 0)))
    queries = np.concatenate((flipped(values, 3), random_hashes(3, 2, size), hashes[:2]))
    found = pairs(indexed(MihIndex, hashes)._search(queries, 8))

    assert found == pairs(BruteIndex(hashes).find(queries, 8))
    assert [sum(hit[0] == at for hit in found) for at in range(5)] == counts


@pytest.mark.parametrize(("size", "limit"), [(32, 12), (8, 10)])
def test_work_in_small_portions(monkeypatch, size, limit):
    """How much is looked at in one go has no influence on what is found."""
    hashes = clustered(4, 60, size)
    queries = np.concatenate((hashes[:3], flipped(hashes[:3], 5)))
    expected = pairs(BruteIndex(hashes).find(queries, limit))
    for candidates in (1, 2, 7, 100):
        for probed in (1, 64, 1 << 17):
            monkeypatch.setattr(mih, "_BLOCKS", candidates)
            monkeypatch.setattr(mih, "_AT_A_TIME", probed)
            index = indexed(MihIndex, hashes)
            assert pairs(index._search(queries, limit)) == expected


@pytest.mark.parametrize(
    ("size", "limit", "by_brute"),
    [(32, 10, False), (32, 31, False), (32, 127, True), (8, 31, True)],
)
def test_brute_force_takes_over_where_it_is_faster(monkeypatch, size, limit, by_brute):
    """Far limits on short lists go through brute force, with the same answer."""
    hashes = random_hashes(1, 5000, size)
    queries = flipped(hashes[:20], 5)
    index = indexed(MihIndex, hashes)
    searched = []
    monkeypatch.setattr(
        index, "_search", lambda *given: searched.append(given) or MihIndex._search(index, *given)
    )
    found = pairs(index.find(queries, limit))

    assert (searched == []) == by_brute
    assert found == pairs(BruteIndex(hashes).find(queries, limit))


def test_find_answers_with_arrays_of_int64():
    """Positions are numbers of one type, whoever found them."""
    hashes = random_hashes(1, 5000, 32)
    for limit in (31, 120):
        found = indexed(MihIndex, hashes).find(hashes[:3], limit)
        assert [column.dtype for column in found] == [np.dtype(np.int64)] * 3


def test_the_next_band_rejects_what_only_one_band_finds():
    """A row that is near in one band and far in the next is not compared in full."""
    centre = np.zeros((1, 32), np.uint8)
    far_next = np.array([0, 0, 255, 255] + [0] * 28, np.uint8)[None]
    random = random_hashes(1, 400, 32)
    index = indexed(MihIndex, np.concatenate((centre, far_next, random)))
    plan = mih._plan(16, len(index._blocks), 31)
    found = [
        (query, row) for part in index._find_candidates(cut(centre).astype(np.int64), plan)
        for query, row in zip(*(each.tolist() for each in part), strict=True)
    ]  # fmt: skip

    assert found.count((0, 0)) == 16
    assert found.count((0, 1)) == 14  # not by the first band, whose next one is far, nor by that
    assert len(found) < 16 + 14 + 40
    assert pairs(index._search(centre, 31)) == [(0, 0, 0), (0, 1, 16)]
