"""Rows of RFC 4180 made of lines."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.hashlists.formats.base import RowError
from hashsweep.hashlists.formats.records import Lines, is_open, split, split_row

CELLS = st.lists(st.text('ab,;" \n', max_size=6), min_size=1, max_size=4)


@given(rows=st.lists(CELLS, min_size=1, max_size=4))
def test_rows_as_the_csv_module_writes_them(rows: list[list[str]]) -> None:
    """All of them come back; newlines within a cell are spaces."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    lines = Lines(iter(list(enumerate(text.getvalue().split("\n"), 1))))
    found = [split_row(line, lines, ",", lambda *_: True) for _, line in lines]
    assert found == [[cell.replace("\n", " ") for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("line", "is_left_open"),
    [
        ('a,"b', True),
        ('a,"b"', False),
        ('a,b"', False),
        ('"a""', True),
        ('"a"x,"', True),
        ("", False),
    ],
)
def test_open_quotes(line: str, is_left_open: bool) -> None:
    """Only a quote at the beginning of a cell opens it."""
    assert is_open(line, ",") is is_left_open


def test_lines_are_given_back() -> None:
    """Where they do not fit, in their order, also at the end."""
    lines = Lines(iter([(1, '"a'), (2, "b"), (3, 'c"')]))
    drawn = []
    for number, line in lines:
        drawn.append(number)
        if number == 1:
            with pytest.raises(RowError):
                split_row(line, lines, ",", lambda *_: False)
    assert drawn == [1, 2, 3]


def test_a_quote_that_does_not_close() -> None:
    """On one line it is refused."""
    with pytest.raises(RowError):
        split('a,"b')
