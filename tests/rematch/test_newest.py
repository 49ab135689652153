"""Ids that were met already."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.rematch.newest import SeenItems

IDS = st.lists(
    st.tuples(st.integers(0, 3) | st.just(2**64 - 1), st.integers(0, 3) | st.just(2**63))
)


def ids(pairs):
    """Ids as uint64 (n, 2)."""
    return np.array(pairs, np.uint64).reshape(-1, 2)


@given(st.lists(IDS, max_size=4), IDS)
def test_all_that_was_taken_in_is_held_and_nothing_else(taken, asked):
    """Both halves count, however many ids share one of them."""
    met, expected = SeenItems(), set()
    for some in taken:
        met.add([ids(some)])
        expected |= set(some)

    assert met.holds(ids(asked)).tolist() == [each in expected for each in asked]


def test_several_arrays_are_taken_at_once():
    """Their number is what was given, repeated ones too."""
    met = SeenItems()
    met.add([ids([(1, 1)]), ids([]), ids([(1, 2), (1, 1)])])

    assert len(met) == 3
    assert met.holds(ids([(1, 2), (2, 1)])).tolist() == [True, False]


@pytest.mark.parametrize("asked", [[], [(1, 1)]])
def test_nothing_is_held_at_first(asked):
    """An empty set is asked like any other."""
    met = SeenItems()
    met.add([])

    assert met.holds(ids(asked)).tolist() == [False] * len(asked)
