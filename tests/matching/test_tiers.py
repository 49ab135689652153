"""How much a match weighs."""

import pytest

from hashsweep.hashers import HASHERS
from hashsweep.matching.tiers import is_forgeable, is_short, tier
from hashsweep.model import OF_FILES, TIERS


def weight(*evidence):
    """The tier of (algorithm, distance) pairs, strongest first."""
    return tier([(HASHERS.load(name).spec, distance) for name, distance in evidence])


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
    assert weight((algorithm, distance)) == word


@pytest.mark.parametrize(
    ("evidence", "word"),
    [
        ((("pdq", 31), ("phash", 4)), "near"),
        ((("pdq", 21), ("phash", 0), ("dhash", 0), ("ahash", 0)), "near"),
        ((("pdq", 20), ("dhash", 3)), "close"),
        ((("pdq", 0), ("dhash", 3)), "close"),
        ((("phash", 4), ("dhash", 3)), "far"),
        ((("phash", 0), ("dhash", 0), ("ahash", 0), ("whash", 0)), "far"),
        ((("md5", 0), ("pdq", 0), ("phash", 0)), "exact-md5"),
        ((("sha1", 0), ("md5", 0), ("pdq", 31)), "exact"),
        ((), "collision"),
    ],
)
def test_independent_hashes_that_agree_raise_a_tier(evidence, word):
    """By one step, however many they are; what digests say is of the file and stays as it is."""
    assert weight(*evidence) == word


@pytest.mark.parametrize("name", HASHERS.names)
def test_every_hash_gets_a_word_that_is_explained(name):
    """No report holds a word that nobody explains."""
    spec = HASHERS.load(name).spec

    assert {tier([(spec, distance)]) for distance in range(spec.max_distance + 1)} <= set(TIERS)


@pytest.mark.parametrize("name", HASHERS.names)
def test_digests_speak_of_files_and_other_hashes_of_pictures(name):
    """The tiers of digests are those that model.OF_FILES names, and no others are."""
    spec = HASHERS.load(name).spec

    assert (tier([(spec, 0)]) in OF_FILES) == (spec.metric == "exact")
    assert is_short(spec) == (name in ("phash", "dhash", "ahash", "whash"))
    assert is_forgeable(spec) == (name == "md5")
