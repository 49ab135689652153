"""The definition of a match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashsweep.matching.distance import distance
from support.thoroughness import examples


@pytest.mark.parametrize(
    ("left", "right", "bits"),
    [("00", "00", 0), ("00", "ff", 8), ("0f", "f0", 8), ("8001", "0001", 1), ("", "", 0)],
)
def test_distance_is_the_number_of_bits_that_differ(left, right, bits):
    """Small cases counted by hand."""
    assert distance(bytes.fromhex(left), bytes.fromhex(right)) == bits


@pytest.mark.parametrize(("left", "right"), [(b"", b"\0"), (b"\0" * 8, b"\0" * 32)])
def test_hashes_of_two_lengths_have_no_distance(left, right):
    """What cannot be compared is an error, not a number."""
    with pytest.raises(ValueError, match=f"hashes of {len(left)} and {len(right)} bytes"):
        distance(left, right)


@settings(max_examples=examples(40), deadline=None)
@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_distance_is_symmetric_and_zero_for_equal_hashes_alone(left, right):
    """It is a metric in the two ways that matter here."""
    assert distance(left, right) == distance(right, left)
    assert (distance(left, right) == 0) == (left == right)
