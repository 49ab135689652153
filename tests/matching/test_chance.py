"""How many matches chance makes."""

from itertools import product

import pytest

from hashsweep.matching.chance import TOLD_FROM, expect_matches, probability


@pytest.mark.parametrize(("bits", "limit"), [(1, 0), (3, 1), (8, 0), (8, 2), (8, 8), (10, 3)])
def test_probability_is_a_share_of_all_pairs(bits, limit):
    """Counted over every value: by symmetry one side may be fixed."""
    near = sum(value.bit_count() <= limit for value in range(1 << bits))

    assert probability(bits, limit) == near / 2**bits


def test_probability_counted_over_both_sides():
    """All pairs of 4-bit hashes, one by one."""
    near = sum((a ^ b).bit_count() <= 1 for a, b in product(range(16), repeat=2))

    assert probability(4, 1) == near / 256


@pytest.mark.parametrize(
    ("bits", "limit", "about"),
    [(64, 10, 9.8e-9), (64, 0, 2.0**-64), (256, 31, 3.5e-37), (256, 255, 1.0), (128, 0, 2.0**-128)],
)
def test_probabilities_of_the_hashes_in_use(bits, limit, about):
    """64 bits at 10 agree by chance once in a hundred million pairs, PDQ at 31 never."""
    assert probability(bits, limit) == pytest.approx(about, rel=0.05)


def test_expectation_is_pairs_times_probability():
    """A million rows against ten thousand pictures: about 98 matches by chance."""
    assert expect_matches(64, 10, 1_000_000, 10_000) == pytest.approx(98, rel=0.02)
    assert expect_matches(64, 10, 0, 10_000) == expect_matches(64, 10, 10, 0) == 0
    assert expect_matches(256, 31, 10**7, 10**9) < 1e-15 < TOLD_FROM
