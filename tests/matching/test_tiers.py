"""How much a match weighs."""

import pytest

from hashsweep.hashers import HASHERS
from hashsweep.matching.tiers import tier
from hashsweep.model import TIERS


@pytest.mark.parametrize(
    ("algorithm", "distance", "word"),
    [
        ("sha256", 0, "exact"),
        ("sha1", 0, "exact"),
        ("md5", 0, "exact-md5"),
        ("pdq", 0, "close"),
        ("pdq", 10, "close"),
        ("pdq", 11, "near"),
        ("pdq", 20, "near"),
        ("pdq", 21, "far"),
        ("pdq", 31, "far"),
        ("pdq", 60, "far"),
        ("phash", 0, "weak"),
        ("dhash", 10, "weak"),
    ],
)
def test_tier_by_algorithm_and_distance(algorithm, distance, word):
    """The bounds are inclusive, as the words' explanations say."""
    assert tier(HASHERS.load(algorithm).spec, distance) == word


@pytest.mark.parametrize("name", HASHERS.names)
def test_every_hash_gets_a_word_that_is_explained(name):
    """No report holds a word that nobody explains."""
    spec = HASHERS.load(name).spec

    assert {tier(spec, distance) for distance in range(spec.max_distance + 1)} <= set(TIERS)
