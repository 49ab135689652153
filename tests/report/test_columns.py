"""Questions about rows, answered by column as they would be row by row."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.report import schema
from hashsweep.report.columns import (
    codes_of,
    first_reason,
    flat_reasons,
    has_reason,
    is_overturned,
    with_columns,
)

REASONS = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(["read", "decode", "hash"]),
        "reason": st.sampled_from(["gone", "corrupt", "internal"]),
        "detail": st.sampled_from([None, "", "so"]),
    }
)
ROWS = st.lists(st.lists(REASONS, max_size=3), max_size=8)


@st.composite
def columns(draw):
    """Rows of reasons, and the column of them: whole, a slice of one, or in chunks."""
    rows = draw(ROWS)
    if draw(st.booleans()):
        cut = draw(st.integers(0, len(rows)))
        pieces = [pa.array(each, schema.REASONS) for each in (rows[:cut], rows[cut:])]
        return rows, pa.chunked_array(pieces[: draw(st.integers(0, 2)) or None], schema.REASONS)
    before = draw(ROWS)
    return rows, pa.array(before + rows, schema.REASONS).slice(len(before))


def of(column, rows):
    """As many of the rows as the column has."""
    return rows[: len(column)]


@given(columns())
def test_every_reason_has_a_row_that_says_whose_it_is(drawn):
    """In their order; a row without reasons has none."""
    rows, column = drawn
    found = flat_reasons(column).to_pylist()

    assert found == [
        {"row": number, **each} for number, row in enumerate(of(column, rows)) for each in row
    ]


@given(columns())
def test_codes_are_counted_once_for_each_row(drawn):
    """Though a row may have one code with several details; each says whose it is."""
    rows, column = drawn
    codes = {
        (number, each["reason"], f"{each['stage']}: {each['reason']}")
        for number, row in enumerate(of(column, rows))
        for each in row
    }
    found = [tuple(each.values()) for each in codes_of(column).to_pylist()]

    assert codes_of(column).column_names == ["row", "reason", "code"]
    assert sorted(found) == sorted(codes)


@given(
    columns(),
    st.sets(st.sampled_from(["gone", "corrupt", "read", "hash", "other"])),
    st.sampled_from(["stage", "reason"]),
)
def test_a_row_has_a_reason_if_any_of_its_reasons_is_one(drawn, wanted, field):
    """Not only its first; a row without reasons has none of any."""
    rows, column = drawn
    found = has_reason(column, wanted, field)

    assert found.to_pylist() == [
        any(each[field] in wanted for each in row) for row in of(column, rows)
    ]


@given(columns())
def test_the_first_reason_is_that_which_came_up_first(drawn):
    """Null where there is none."""
    rows, column = drawn

    assert first_reason(column).to_pylist() == [
        row[0]["reason"] if row else None for row in of(column, rows)
    ]


@pytest.mark.parametrize("decision", [None, "confirmed", "overturned", "?"])
def test_what_is_overturned_is_never_unknown(decision):
    """A match without a decision stands, and so does one with a decision that is not known."""
    for column in (pa.array([decision], pa.string()), pa.chunked_array([[decision]], pa.string())):
        assert is_overturned(column).to_pylist() == [decision == "overturned"]


def test_columns_that_are_lacking_are_null():
    """Those that are not wanted go; the order and the types are those that are asked for."""
    wanted = pa.schema([("b", pa.int32()), ("a", pa.string()), ("c", schema.REASONS)])
    found = with_columns(pa.table({"x": [1, 2], "a": ["p", None]}), wanted)

    assert found.schema == wanted
    assert found.to_pylist() == [
        {"b": None, "a": "p", "c": None},
        {"b": None, "a": None, "c": None},
    ]
    assert with_columns(wanted.empty_table(), wanted).num_rows == 0
