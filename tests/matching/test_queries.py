"""Hashes of many records, as columns."""

import numpy as np

from hashsweep.matching.queries import of_records
from hashsweep.model import UNKNOWN_QUALITY, Item, Record


def records():
    """Three records; the second has no PDQ."""
    return [
        Record(Item("/0"), hashes={"pdq": b"a" * 32}, pdq_quality=80),
        Record(Item("/1"), hashes={"md5": b"m" * 16}),
        Record(Item("/2"), hashes={"pdq": b"c" * 32}),
    ]


def test_columns_tell_whose_each_hash_is():
    """Records without the hash are passed over; a quality that is not known is so marked."""
    asked = of_records("pdq", 32, records())

    assert asked.records.tolist() == [0, 2]
    assert [row.tobytes() for row in asked.hashes] == [b"a" * 32, b"c" * 32]
    assert asked.quality.tolist() == [80, UNKNOWN_QUALITY]


def test_a_hash_that_nobody_has_is_an_empty_column():
    """Its shape still tells the length of the hash."""
    asked = of_records("sha1", 20, records())

    assert (len(asked.records), asked.hashes.shape) == (0, (0, 20))


def test_only_some_of_the_records_are_asked_about():
    """The positions stay those among all records."""
    asked = of_records("pdq", 32, records()).only(np.array([False, True, True]))

    assert asked.records.tolist() == [2]
    assert asked.hashes.tobytes() == b"c" * 32
    assert asked.quality.tolist() == [UNKNOWN_QUALITY]
