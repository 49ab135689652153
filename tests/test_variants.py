"""Names of the ways in which a picture is compared."""

from itertools import pairwise

from hashsweep.variants import (
    ALTERED,
    ALTERED_KINDS,
    AS_IS,
    KINDS,
    KINDS_SHOWN,
    LEVELS,
    OF_HASH,
    VARIANTS,
    names_of,
)


def test_every_variant_has_one_name_and_one_kind():
    """The first is the picture as it is stored."""
    named = [name for names in KINDS.values() for name in names]

    assert (AS_IS, *named) == VARIANTS
    assert len(set(VARIANTS)) == len(VARIANTS)


def test_levels_name_kinds_and_each_adds_to_the_one_before():
    """So that --variants may be read as more and more."""
    levels = [set(kinds) for kinds in LEVELS.values()]

    assert set().union(*levels) == set(KINDS)
    assert levels == sorted(levels, key=len)
    assert all(less < more for less, more in pairwise(levels))


def test_every_kind_has_words():
    """Also the one that is made of stored hashes."""
    assert KINDS_SHOWN.keys() == {*KINDS, *OF_HASH.values()}


def test_altered_are_the_variants_of_kinds_that_show_a_part():
    """The picture as stored and turned shows all of itself."""
    parts = [name for kind, names in KINDS.items() if kind in ALTERED_KINDS for name in names]

    assert set(parts) == ALTERED < set(VARIANTS)
    assert not ALTERED & {AS_IS, *KINDS["turns"]}


def test_kinds_have_the_names_of_their_variants():
    """Of all kinds together; none have none."""
    assert names_of(["turns", "windows"]) == {*KINDS["turns"], *KINDS["windows"]}
    assert names_of([]) == frozenset()
