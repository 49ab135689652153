"""Estimates how many matches a sweep finds by pure chance. Knows no list."""

import math

TOLD_FROM = 0.01
"""The summary mentions expected chance matches from this number on."""


def probability(bits: int, max_distance: int) -> float:
    """Return how likely two random hashes of `bits` are within `max_distance` (inclusive)."""
    ways = sum(math.comb(bits, differing) for differing in range(max_distance + 1))
    return ways / float(2**bits)


def expect_matches(bits: int, max_distance: int, listed: int, items: int) -> float:
    """Return the expected number of chance matches of `items` hashes with `listed` ones.

    Hashes of real pictures are less spread than random ones, so this is a lower bound.
    """
    return probability(bits, max_distance) * listed * items
