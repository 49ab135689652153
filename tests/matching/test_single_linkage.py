"""Hashes that hang together, against every pair compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.matching import single_linkage
from hashsweep.matching.distance import distance
from hashsweep.matching.single_linkage import FARTHEST, link
from support.planted import clustered, flipped, random_hashes


def slowly(hashes, max_distance):
    """The first row that each hash hangs together with, by comparing every pair."""
    plain = [row.tobytes() for row in hashes]
    groups = list(range(len(plain)))
    for one in range(len(plain)):
        for other in range(one):
            if groups[one] != groups[other] and distance(plain[one], plain[other]) <= max_distance:
                first, second = sorted((groups[one], groups[other]))
                groups = [first if group == second else group for group in groups]
    return groups


def walk(seed, count, bits):
    """Hashes of which each is so many bits away from the one before."""
    rows = [random_hashes(seed, 1, 32)]
    for number in range(count - 1):
        rows.append(flipped(rows[-1], bits, seed=number))
    return np.concatenate(rows)


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 90),
    max_distance=st.sampled_from([0, 1, 7, 10, FARTHEST]),
    large=st.sampled_from([2, 5, single_linkage._LARGE]),
    at_a_time=st.sampled_from([1, 40, single_linkage._AT_A_TIME]),
)
def test_what_hangs_together_is_what_every_pair_says(seed, count, max_distance, large, at_a_time):
    """Copies, near copies, chains and strangers; few and many in a bucket; any distance."""
    rng = np.random.default_rng(seed)
    hashes = np.concatenate([clustered(seed, count, 32), walk(seed, 12, 10), walk(seed, 12, 11)])
    hashes = rng.permutation(hashes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(single_linkage, "_LARGE", large)
        patch.setattr(single_linkage, "_AT_A_TIME", at_a_time)
        found = link(hashes, max_distance)

    assert found.tolist() == slowly(hashes, max_distance)


@given(seed=st.integers(0, 2**32), bits=st.integers(1, FARTHEST))
def test_the_distance_is_inclusive_wherever_the_bits_are(seed, bits):
    """At the distance two hashes hang together, one bit farther they do not."""
    one = random_hashes(seed, 1, 32)
    pair = np.concatenate([one, flipped(one, bits, seed)])

    assert link(pair, bits).tolist() == [0, 0]
    assert link(pair, bits - 1).tolist() == [0, 1]


def test_a_flood_of_near_copies_and_one_of_different_pictures():
    """Thousands of each: copies are one group, others as many as there are, all pairs untold."""
    centre = random_hashes(1, 1, 32).repeat(6000, axis=0)
    copies = np.concatenate([flipped(centre, 4, seed=1), flipped(centre, 5, seed=2)])
    others = np.concatenate([copies, random_hashes(3, 6000, 32)])

    assert set(link(copies, 10).tolist()) == {0}
    assert len(set(link(others, 10).tolist())) == 6001


def test_two_lumps_stay_two():
    """Large groups that share most of their bits and hang together nowhere."""
    centre = random_hashes(1, 1, 32)
    lumps = [flipped(centre.repeat(600, axis=0), 1), flipped(flipped(centre, 14).repeat(600, 0), 1)]

    assert set(link(np.concatenate(lumps), 10).tolist()) == {0, 600}


@pytest.mark.parametrize(("size", "far"), [(8, 10), (32, FARTHEST + 1), (32, -1)])
def test_what_cannot_be_asked_is_refused(size, far):
    """No answer rather than one with gaps."""
    with pytest.raises(ValueError, match="up to distance"):
        link(random_hashes(1, 3, size), far)
