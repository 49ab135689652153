"""How often different pictures are near: the arithmetic of benchmarks/false_matches.py."""

import numpy as np
import pytest

from benchmarks import classes
from benchmarks.false_matches import Pictures, bound, encoded, fit, histogram, measure
from hashsweep.matching.distance import distance
from support.planted import flipped, random_hashes


def pictures(hashes, groups, views=()):
    """Pictures of good quality by their hashes, with views of one kind."""
    own = [each.tobytes() for each in hashes]
    return Pictures(own, [100] * len(own), {"turns": list(views)}, list(groups))


@pytest.mark.parametrize(("groups", "pairs"), [("other", 24), ("same", 4)])
def test_each_pair_counts_once_by_its_nearest_view(groups, pairs):
    """As brute force has it; pictures that are cut from one count only where that is meant."""
    hashes = random_hashes(1, 8, 32)
    turned = [[each.tobytes()] for each in flipped(np.roll(hashes, -1, axis=0), 7, 2)]
    group = [0, 0, 1, 1, 2, 2, 3, 3]
    some = pictures(hashes, group, turned)
    expected = [
        min(distance(view, some.hashes[b]) for view in (some.hashes[a], *turned[a]))
        for a in range(8)
        for b in range(a + 1, 8)
        if (group[a] == group[b]) == (groups == "same")
    ]
    counts = histogram(some, some, ["turns"], groups)

    assert counts.sum() == pairs == len(expected)
    assert counts.tolist() == np.bincount(expected, minlength=257).tolist()
    assert histogram(some, some, [], "all").sum() == 64


def test_a_tail_that_is_a_line_is_found_again():
    """Ten times as many pairs for each 8 bits: the share at 31 is read off the line."""
    within = np.minimum(10 ** ((np.arange(257) - 20) / 8), 1e9).round()
    share, tenfold = fit(np.diff(within, prepend=0))

    assert tenfold == pytest.approx(8, rel=0.02)
    assert share == pytest.approx(10 ** ((31 - 20) / 8) / 1e9, rel=0.1)


def test_what_was_never_seen_is_bounded_by_the_rule_of_three():
    """And what was seen by a little more than it."""
    assert bound(0, 1000) == pytest.approx(3 / 1000, rel=0.01)
    assert bound(9, 1000) == pytest.approx(15.7 / 1000, rel=0.01)


@pytest.mark.parametrize("name", classes.CLASSES)
def test_drawings_of_a_class_are_different_pictures(name):
    """And the same number is the same drawing."""
    found = Pictures()
    for number in (0, 1, 2, 0):
        found.add(encoded(classes.draw(name, number)), number, ["turns"])

    assert len(set(found.hashes)) == 3
    assert found.hashes[0] == found.hashes[3]
    assert min(found.quality) >= 50


def test_each_step_of_views_and_the_list_of_photographs_has_a_row():
    """So that it shows what a kind of views adds."""
    names = ("icons", "photographs", "series")
    found = {
        name: pictures(random_hashes(n, 60, 32), np.arange(60) // 2, [[]] * 60)
        for n, name in enumerate(names)
    }
    rows = list(measure(found, ["turns"]))

    assert [(name, *each, pairs) for name, *each, _, pairs in (row[:5] for row in rows)] == [
        ("icons", "icons", "as-is", 1740), ("icons", "icons", "+ turns", 1740),
        ("icons", "photographs", "+ turns", 3600),
        ("photographs", "photographs", "as-is", 1740),
        ("photographs", "photographs", "+ turns", 1740),
        ("series", "series", "as-is", 30), ("series", "series", "+ turns", 30),
    ]  # fmt: skip
