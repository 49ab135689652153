"""Compiled search against brute force, pair for pair."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashsweep.matching import mih
from hashsweep.matching.brute import BruteIndex
from support.planted import clustered, flipped, indexed, pairs, random_hashes
from support.thoroughness import examples

pytestmark = pytest.mark.skipif(
    find_spec("numba") is None,
    reason="the extra `fast` is not installed: there is no compiled search",
)

HASHES = [(32, 31), (8, 10)]


def compiled(hashes):
    """An index with compiled search, which takes seconds to import: only where it is tested."""
    from hashsweep.matching.mih_compiled import CompiledMihIndex

    return indexed(CompiledMihIndex, hashes)


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
    found = compiled(hashes)._search(queries, limit)
    expected = BruteIndex(hashes).find(queries, limit)

    assert all((a == b).all() for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(("size", "limit"), HASHES)
@pytest.mark.parametrize("rows", [0, 3])
def test_short_lists(rows, size, limit):
    """Lists of no, one and a few rows are searched like any other."""
    hashes = random_hashes(rows, rows, size)
    queries = np.concatenate((random_hashes(9, 2, size), hashes, flipped(hashes, limit)))
    found = pairs(compiled(hashes)._search(queries, limit))

    assert found == pairs(BruteIndex(hashes).find(queries, limit))
    assert len(found) >= 2 * rows


@pytest.mark.parametrize(("size", "limit"), HASHES)
def test_every_distance_around_every_limit(size, limit):
    """Neighbours planted at 0 to limit + 2 bits are found at every limit that reaches them."""
    centre = random_hashes(5, 1, size)
    planted = np.concatenate([flipped(centre, bits, bits) for bits in range(limit + 3)])
    hashes = np.concatenate((planted, random_hashes(6, 400, size)))
    index = compiled(hashes)
    for asked in range(limit + 1):
        found = pairs(index._search(centre, asked))
        assert found == pairs(BruteIndex(hashes).find(centre, asked))
        assert [hit for hit in found if hit[1] <= limit + 2] == [
            (0, bits, bits) for bits in range(asked + 1)
        ]


@pytest.mark.parametrize(("size", "limit"), HASHES)
def test_batches_of_any_length(size, limit):
    """No query, one, a few and a thousand, with one index, whose memory is used again."""
    hashes = random_hashes(1, 3000, size)
    queries = np.concatenate((flipped(hashes[:500], limit), flipped(hashes[500:1000], limit + 1)))
    index = compiled(hashes)
    for asked in (1000, 0, 1, 7, 1000):
        found = pairs(index._search(queries[:asked], limit))
        assert found == pairs(BruteIndex(hashes).find(queries[:asked], limit))
        assert len(found) >= min(asked, 500)


def test_an_answer_stays_as_it_was():
    """The next question does not write over the last answer."""
    hashes = random_hashes(1, 3000, 32)
    index = compiled(hashes)
    answers = [index.find(hashes[at : at + 1], 31) for at in range(3)]

    assert [pairs(answer) for answer in answers] == [[(0, at, 0)] for at in range(3)]


@pytest.mark.parametrize("size", [32, 8])
def test_more_answers_than_there_is_room_for(size):
    """Room for pairs and for candidates grows with what is found: equal rows by the thousand."""
    values = random_hashes(2, 3, size)
    hashes = np.repeat(values, (700, 3000, 5000), 0)
    queries = np.concatenate((flipped(values, 4), random_hashes(3, 2, size)))
    found = pairs(compiled(hashes).find(queries, 8))

    assert len(found) == 8700
    assert found == pairs(BruteIndex(hashes).find(queries, 8))


def test_brute_force_takes_over_where_it_is_faster(monkeypatch):
    """Far limits on short lists go the same way as without compiled code."""
    hashes = random_hashes(1, 5000, 32)
    index = compiled(hashes)
    monkeypatch.setattr(index, "_search", None)

    assert pairs(index.find(hashes[:3], 100)) == pairs(BruteIndex(hashes).find(hashes[:3], 100))
