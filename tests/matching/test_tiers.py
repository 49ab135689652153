"""How much a match weighs."""

from dataclasses import replace

import pytest

from hashsweep.hashers import HASHERS
from hashsweep.matching.tiers import is_forgeable, is_short, tier
from hashsweep.model import OF_FILES, TIERS, HashSpec


def weight(*evidence):
    """The tier of (algorithm, distance) pairs, strongest first; a third value marks a view."""
    return tier([(HASHERS.load(each[0]).spec, each[1], len(each) > 2) for each in evidence])


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
        ((("pdq", 0, "part"),), "altered"),
        ((("pdq", 0, "part"), ("phash", 0)), "altered"),
        ((("pdq", 31, "part"), ("phash", 0), ("dhash", 3)), "far"),
        ((("sha256", 0), ("pdq", 0, "part")), "exact"),
        ((("md5", 0), ("pdq", 0, "part")), "exact-md5"),
    ],
)
def test_independent_hashes_that_agree_raise_a_tier(evidence, word):
    """By one step, however many they are; what digests say is of the file and stays as it is."""
    assert weight(*evidence) == word


@pytest.mark.parametrize("name", HASHERS.names)
def test_every_hash_gets_a_word_that_is_explained(name):
    """No report holds a word that nobody explains."""
    spec = HASHERS.load(name).spec

    assert {tier([(spec, bits, False)]) for bits in range(spec.max_distance + 1)} <= set(TIERS)


@pytest.mark.parametrize("name", HASHERS.names)
def test_digests_speak_of_files_and_other_hashes_of_pictures(name):
    """The tiers of digests are those that model.OF_FILES names, and no others are."""
    spec = HASHERS.load(name).spec

    assert (tier([(spec, 0, False)]) in OF_FILES) == (spec.metric == "exact")
    assert is_short(spec) == (name in ("phash", "dhash", "ahash", "whash"))
    assert is_forgeable(spec) == (name == "md5")


def test_bounds_are_the_hashs_own():
    """A hash with another unit has other bounds; one without any is `far`."""
    plain = HashSpec("new", "1", 256, "hamming", "picture", 90, "tests", 1)
    own = replace(plain, tiers=(("close", 30), ("near", 60)))

    assert [tier([(own, distance, False)]) for distance in (30, 31, 60, 61)] == [
        "close", "near", "near", "far",
    ]  # fmt: skip
    assert tier([(plain, 0, False)]) == "far"


def test_words_name_the_bounds_of_pdq():
    """Those that people read are those that decide."""
    (close, nearest), (near, farthest) = HASHERS.load("pdq").spec.tiers

    assert f"distance 0-{nearest} (to {farthest} if" in TIERS[close]
    assert f"distance {nearest + 1}-{farthest} " in TIERS[near]
    assert f"distance {farthest + 1} or more" in TIERS["far"]


def test_altered_stands_between_far_and_weak():
    """So `--fail-on tier:far` leaves it out."""
    words = list(TIERS)

    assert words[words.index("far") : words.index("weak") + 1] == ["far", "altered", "weak"]
