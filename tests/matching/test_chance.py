"""How many matches chance makes."""

import csv
from itertools import product
from pathlib import Path

import pytest

from hashsweep.matching.chance import TAILS, TOLD_FROM, expect_by_class, expect_matches, probability

RUN = Path(__file__).parents[2] / "benchmarks" / "runs" / "2026-11-30-false-matches.csv"


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


def test_what_is_said_of_classes_was_measured():
    """Each number is that of the committed run: a class beside itself, with default views."""
    with RUN.open() as stream:
        rows = list(csv.DictReader(line for line in stream if line[0] != "#"))
    measured = {
        row["class"]: tuple(float(row[n]) for n in ("share_at_31", "tenfold_bits", "bound_at_31"))
        for row in rows
        if row["views"] == "+ windows" and row["list"] == row["class"]
    }

    assert measured == TAILS
    assert all(tail.share <= tail.bound for tail in TAILS.values())


def test_expectation_by_class_grows_with_pairs_and_distance():
    """Ten times as many entries, or so many bits more, are ten times as many matches."""
    tail = TAILS["photographs"]
    found = expect_by_class(31, 10**6, 10**4)["photographs"]

    assert expect_by_class(31, 10**6, 10**4).keys() == TAILS.keys()
    assert found == pytest.approx(tail.share * 1e10)
    assert expect_by_class(31, 10**7, 10**4)["photographs"] == pytest.approx(10 * found)
    assert expect_by_class(31 - 2, 10**6, 10**4)["photographs"] == pytest.approx(
        found / 10 ** (2 / tail.tenfold)
    )
    assert expect_by_class(255, 3, 2) == dict.fromkeys(TAILS, 6)


def test_pictures_of_one_class_are_more_alike_than_random_bits():
    """And photographs less than any other class."""
    assert TAILS["photographs"].share == min(tail.share for tail in TAILS.values())
    assert TAILS["photographs"].share > probability(256, 31)
