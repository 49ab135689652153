"""Which hashes are known, and which lists of them get an index."""

import numpy as np
import pytest

from hashsweep.hashers import HASHERS
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.kinds import BITS
from hashsweep.hashlists.known_hashes import index, known_bits
from hashsweep.matching import mih


def test_the_length_of_every_hash_is_known():
    """Of those of hashsweep itself from a table, which agrees with them, and of plug-ins."""
    assert dict(known_bits()) == {name: HASHERS.load(name).spec.bits for name in HASHERS.names}
    assert known_bits().items() >= BITS.items()


@pytest.mark.parametrize("name", BITS)
def test_perceptual_hashes_get_an_index_and_digests_none(name, monkeypatch):
    """Whatever is matched at a distance, as soon as there are enough."""
    monkeypatch.setattr(mih, "SMALLEST", 4)
    hashes = np.arange(4 * BITS[name] // 8, dtype=np.uint8).reshape(4, -1)
    perceptual = HASHERS.load(name).spec.metric == "hamming"

    assert bool(index(name, hashes)) == perceptual
    assert index(name, hashes[:3]) == {}


def test_hashes_of_a_length_that_no_index_has_get_none(monkeypatch):
    """A plug-in's 192 bits are searched one by one, however many there are."""
    monkeypatch.setattr(known_hashes, "known_bits", lambda: {"long": 192})
    monkeypatch.setattr(mih, "SMALLEST", 4)

    assert index("long", np.arange(240, dtype=np.uint8).reshape(10, 24)) == {}
