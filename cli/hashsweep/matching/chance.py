"""Estimates how many matches a sweep finds by pure chance. Knows no list."""

import math
from typing import NamedTuple

from hashsweep.model import PDQ_MAX_DISTANCE

TOLD_FROM = 0.01
"""The summary mentions expected chance matches of 64-bit hashes from this number on."""

TOLD_FROM_BY_CLASS = 1.0
"""The summary mentions expected chance matches of PDQ from this number on, for each class."""


class Tail(NamedTuple):
    """How often PDQs of different pictures of a class are near, views by default included.

    `share` of all pairs are within 31 bits, by a count of ten pairs or more or else by the fit;
    within other distances (20 to 60 bits) it is ten times as many for each `tenfold` bits more.
    `bound` is the largest share at 31 bits that agrees with the pairs seen (95 %).
    """

    share: float
    tenfold: float
    bound: float


TAILS = {
    "documents": Tail(1.5e-09, 10.1, 2.4e-05),
    "icons": Tail(0.0017, 18.0, 0.0019),
    "logos": Tail(9.5e-05, 14.9, 0.00016),
    "photographs": Tail(1.8e-12, 7.1, 8.7e-06),
    "products": Tail(0.00099, 13.5, 0.0012),
    "screens": Tail(0.00018, 27.0, 0.00024),
    "series": Tail(7.9e-09, 12.3, 0.001),
}
"""Measured by benchmarks/false_matches.py, `benchmarks/runs/2026-11-30-false-matches.csv`.

A class is compared with itself: a list of the same class is the worst case.
"""


def expect_by_class(max_distance: int, listed: int, items: int) -> dict[str, float]:
    """Return how many different pictures PDQ is expected to match wrongly, by class of pictures.

    For `items` pictures and `listed` entries that are all of that class, at a distance of
    `max_distance` bits or less. Distances beyond 60 are extrapolated, too.
    """
    return {
        name: min(tail.share * 10 ** ((max_distance - PDQ_MAX_DISTANCE) / tail.tenfold), 1.0)
        * listed
        * items
        for name, tail in TAILS.items()
    }


def probability(bits: int, max_distance: int) -> float:
    """Return how likely two random hashes of `bits` are within `max_distance` (inclusive)."""
    ways = sum(math.comb(bits, differing) for differing in range(max_distance + 1))
    return ways / float(2**bits)


def expect_matches(bits: int, max_distance: int, listed: int, items: int) -> float:
    """Return the expected number of chance matches of `items` hashes with `listed` ones.

    Hashes of real pictures are less spread than random ones, so this is a lower bound; for PDQ
    there is expect_by_class.
    """
    return probability(bits, max_distance) * listed * items
