"""An equal MD5 that a stronger digest of the entry contradicts."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.matching.collisions import find_contradicted

ENTRIES = st.dictionaries(st.integers(0, 4), st.sets(st.integers(0, 5), min_size=1, max_size=3))


def column(entries):
    """The hashes of entries, given as numbers, as a list has them."""
    pairs = sorted((number, entry) for entry, numbers in entries.items() for number in numbers)
    hashes = np.array([[number] * 32 for number, _ in pairs], np.uint8).reshape(-1, 32)
    return SimpleNamespace(hashes=hashes, entries=np.array([e for _, e in pairs], np.uint32))


@given(
    md5=st.fixed_dictionaries({n: st.sets(st.integers(0, 5), min_size=1) for n in range(5)}),
    sha256=ENTRIES,
    sha1=ENTRIES,
    suspects=st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(0, 9))),
)
def test_a_proof_denies_only_where_every_file_of_the_entry_has_one(md5, sha256, sha1, suspects):
    """As many of the stronger digest as of MD5, and the file's is none of them."""
    asked = [
        (row, {} if number is None else {"sha256": bytes([number] * 32)})
        for row, number in suspects
    ]
    proofs = {"sha256": column(sha256), "sha1": column(sha1)}

    assert find_contradicted(column(md5), proofs, asked) == [
        number is not None
        and len(sha256.get(row, ())) == len(md5[row])
        and number not in sha256[row]
        for row, number in suspects
    ]


def test_any_proof_may_deny():
    """An entry without SHA-256 has its SHA-1; the file's other digests say nothing."""
    suspects = [(0, {"sha1": b"\1" * 32, "md5": b"\2" * 32})]

    for listed, denied in ((1, False), (3, True)):
        proofs = {"sha256": column({}), "sha1": column({0: {listed}})}
        assert find_contradicted(column({0: {2}}), proofs, suspects) == [denied]
