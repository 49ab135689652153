"""Pieces of a file, read as if they were one file."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.media.spliced import Spliced, splice

FILE = bytes(range(256)) * 40
SPANS = st.tuples(st.integers(0, len(FILE) + 50), st.integers(0, len(FILE) + 50))
PIECES = st.lists(st.one_of(st.binary(max_size=40), SPANS), max_size=8)


def joined(pieces):
    """The pieces, put together at once."""
    return b"".join(p if isinstance(p, bytes) else FILE[p[0] : p[1]] for p in pieces)


@given(PIECES)
def test_all_pieces_are_read_in_their_order(pieces):
    """The stream has the bytes of every piece, and its length is theirs."""
    assert splice(io.BytesIO(FILE), pieces).read() == joined(pieces)
    assert len(Spliced(io.BytesIO(FILE), pieces)) == len(joined(pieces))


@given(PIECES, st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 700)), max_size=6))
def test_any_place_can_be_read(pieces, reads):
    """After a seek as many bytes come as are asked for, or as there are."""
    stream, expected = splice(io.BytesIO(FILE), pieces), joined(pieces)
    for place, count in reads:
        stream.seek(place)
        assert stream.read(count) == expected[place : place + count]


@pytest.mark.parametrize(("offset", "whence", "at"), [(3, 0, 3), (-2, 2, 5), (2, 1, 2), (-9, 1, 0)])
def test_places_are_counted_as_in_a_file(offset, whence, at):
    """From the start, from here, from the end; never before the start."""
    stream = Spliced(io.BytesIO(FILE), [b"abc", (0, 4)])

    assert stream.seek(offset, whence) == at
    assert stream.tell() == at
