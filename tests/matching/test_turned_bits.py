"""PDQs turned without their picture."""

import numpy as np
import pytest

from hashsweep.hashers.pdq import PDQ
from hashsweep.matching.turned_bits import turn_hashes, view_hashes
from hashsweep.media.picture import full
from hashsweep.variants import TURNS
from support import drawings


def distances(seed):
    """Bits between what a picture's hash gives, and what the picture gives, by turn."""
    value, _, views = PDQ.hash_views(
        full(drawings.scene(seed, 640, 480), animated=False), ["turns"]
    )
    turned = turn_hashes(np.frombuffer(value, np.uint8)[None, :])[0]
    return {
        name: int(np.bitwise_count(row ^ np.frombuffer(views[name].pdq, np.uint8)).sum())
        for name, row in zip(TURNS, turned, strict=True)
    }


@pytest.mark.parametrize("seed", range(4))
def test_what_a_hash_gives_is_near_what_the_picture_gives(seed):
    """Exchanging lines and columns is exact; a mirror is within reach of every search."""
    off = distances(seed)

    assert off["transposed"] == 0
    assert max(off.values()) <= 22


def test_a_turn_and_the_turn_back_are_nothing():
    """Whatever the bits."""
    hashes = drawings.noise(5, 40, 32)
    turned = turn_hashes(hashes)
    back = {"rotated-90": "rotated-270", "rotated-270": "rotated-90"}

    assert turned.shape == (40, 7, 32)
    for number, name in enumerate(TURNS):
        again = turn_hashes(turned[:, number])[:, [*TURNS].index(back.get(name, name))]
        assert np.array_equal(again, hashes), name


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        ((), ()),
        (("turns",), tuple(TURNS)),
        (("shown",), ("inverted",)),
        (("turns", "shown"), (*TURNS, "inverted")),
    ],
)
def test_stored_hashes_give_the_kinds_that_are_wanted(kinds, names):
    """Each variant at the place of its name; inverted is every bit the other way."""
    hashes = drawings.noise(5, 40, 32)
    given, views = view_hashes(hashes, kinds)

    assert given == names
    assert views.shape == (40, len(names), 32)
    if "turns" in kinds:
        assert np.array_equal(views[:, :7], turn_hashes(hashes))
    if "shown" in kinds:
        assert np.array_equal(views[:, -1], 255 - hashes)


def test_no_hash_is_turned_to_none():
    """A batch without pictures is one, too."""
    assert turn_hashes(np.empty((0, 32), np.uint8)).shape == (0, 7, 32)
