"""Answers of indexes."""

import numpy as np

from hashsweep.matching.base import Hits, concatenate, no_hits


def test_no_hits_are_three_empty_columns():
    """An empty answer has the shape and type of any other."""
    assert [(column.dtype, column.shape) for column in no_hits()] == [
        (np.dtype(np.int64), (0,))
    ] * 3


def test_answers_are_joined_in_their_order():
    """Nothing is lost between the parts of an answer."""
    part = Hits(*(np.array([number], np.int64) for number in (1, 2, 3)))
    other = Hits(*(np.array([number], np.int64) for number in (4, 5, 6)))
    whole = concatenate([part, no_hits(), other])

    assert [column.tolist() for column in whole] == [[1, 4], [2, 5], [3, 6]]


def test_no_answers_are_an_empty_one():
    """Joining nothing is no error."""
    assert [column.tolist() for column in concatenate([])] == [[], [], []]
