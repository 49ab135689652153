"""Leads of stored rows, as a column."""

import numpy as np

from hashsweep.matching.possible import PossibleFinder, prepare
from hashsweep.matching.queries import Queries
from hashsweep.model import Match, Possible
from hashsweep.rematch.possible_column import build_column, find_leads
from hashsweep.report import schema
from support.listed import compiled, entry
from support.planted import random_hashes


def test_leads_are_found_by_row(tmp_path):
    """Not where the row matches the entry."""
    (one,) = random_hashes(1, 1, 32)
    far = one.copy()
    far[[0, 2, 4, 6]] ^= 0xFF
    far[8] ^= 0x07
    made = compiled(tmp_path, [entry("e", pdq=far.tobytes())])
    words = prepare(made.column("pdq").hashes, indexed=True)
    stored = Queries(
        np.array([1, 4]),
        np.stack([one, one]),
        np.full(2, 255, np.uint8),
        np.zeros(2, np.uint8),
    )
    match = Match("md5", 0, "known", "e", "", (), "exact-md5", (("md5", 0),))
    finder = PossibleFinder([made], {"known": words}, 31)

    assert find_leads(finder, stored, [(4, match)]) == {1: [Possible("known", "e", 35)]}


def test_the_column_is_null_where_there_is_nothing():
    """As in the table of a sweep."""
    column = build_column({1: [Possible("l", "e\udcff", 33)]}, 3)

    assert column.type == schema.POSSIBLE
    assert column.to_pylist() == [None, [{"list": "l", "entry_id": "e\\xff", "distance": 33}], None]
    assert build_column({}, 2).to_pylist() == [None, None]
