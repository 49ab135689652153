"""CSV and JSON lines by column: the same bytes as by row, for values that need care."""

import os

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashsweep.output import column_formats, row_formats
from hashsweep.report import schema
from hashsweep.safe_text import as_text

AWKWARD = [
    *("", " ", "a", "/srv/ä.jpg", 'say "x", then', "a,b", "=1+1", " =1", "\u3000=1", "-", "'"),
    *("\uff1d1", "line\nline\r", "\x1b[2J", "back\\slash", "back\\slash\t", "\u202egpj.exe"),
    *("\x7f", "\x9b", "\u00ad", "\ufeff", "\U0001f600", "\uffff", "null", "None"),
]
TEXTS = st.sampled_from(AWKWARD) | st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\,;:\n\t=+-@ '), max_size=6
)
OF_A_KIND = {
    pa.string(): TEXTS,
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.uint8(): st.integers(0, 255),
    pa.float32(): st.floats(0, 100, width=32),
    pa.bool_(): st.booleans(),
    pa.binary(): st.binary(max_size=4),
    schema.TIMESTAMP: st.integers(-(2**62), 2**62) | st.integers(0, 2**51),
}


def values_of(kind):
    """What a column of this type may hold, null too."""
    if pa.types.is_fixed_size_binary(kind):
        found = st.binary(min_size=kind.byte_width, max_size=kind.byte_width)
    elif pa.types.is_map(kind):
        found = st.lists(st.tuples(TEXTS, TEXTS), max_size=2)
    elif pa.types.is_list(kind):
        inner = kind.value_type
        found = st.lists(values_of(inner) if pa.types.is_string(inner) else full(inner), max_size=3)
    elif pa.types.is_struct(kind):
        found = full(kind)
    else:
        found = OF_A_KIND[kind]
    return st.none() | found


def full(kind):
    """A struct; what never lacks a value in a report has one here."""
    fields = {each.name: values_of(each.type) for each in kind}
    needed = {"algorithm", "distance", "list", "entry_id", "stage", "reason", "pdq"}
    sure = {
        name: each.filter(lambda found: found is not None) if name in needed else each
        for name, each in fields.items()
    }
    return st.fixed_dictionaries(sure)


def by_row(batch, columns):
    """CSV and JSON lines as they are made of rows."""
    return (
        "".join(row_formats.as_csv(row_formats.plain(batch), columns)),
        "".join(row_formats.as_jsonl(row_formats.plain(batch), columns)),
    )


def by_column(batches, columns):
    """The same, made of columns."""
    return (
        "".join(column_formats.as_csv(batches, columns)),
        "".join(column_formats.as_jsonl(batches)),
    )


@pytest.mark.parametrize("table", ["FILES", "MATCHES"])
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_ways_write_the_same(table, data):
    """Any values in every column, some null; also of a part of a batch."""
    kinds = getattr(schema, table)
    rows = data.draw(st.lists(st.fixed_dictionaries({f.name: values_of(f.type) for f in kinds}),
                              min_size=1, max_size=3))  # fmt: skip
    for row in rows:  # a name that is not UTF-8 has both
        if row.get("uri_bytes") is not None:
            row["uri"], row["uri_bytes"] = as_text(os.fsdecode(b"\xff" + row["uri_bytes"]))
    batch = pa.RecordBatch.from_pylist(rows, kinds)
    columns = row_formats.columns(kinds)
    for part in (batch, batch.slice(1), batch.slice(0, len(batch) - 1)):
        assert by_column([part], columns) == by_row(part, columns)


def test_every_awkward_text_in_every_place():
    """Alone, in lists, in structs and as a name that is not UTF-8."""
    rows = [
        {
            "uri": text,
            "uri_bytes": b"/\xff" + text.encode() if number % 3 == 0 else None,
            "stated_hashes": [text, None, text],
            "reasons": [{"stage": text, "reason": text, "detail": text}] * (number % 3),
            "possible": [{"list": text, "entry_id": text, "distance": 3}],
            "origin_claims": [{"claim": text, "value": None}, {"claim": None, "value": text}],
            "source_columns": [(text, text)],
            "looked_for": {"hashes": [text], "views": None, "ruleset": number},
        }
        for number, text in enumerate(AWKWARD)
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema.FILES)
    columns = row_formats.columns(schema.FILES)

    assert by_column([batch], columns) == by_row(batch, columns)
    halves = [batch.slice(0, 5), batch.slice(5)]
    assert by_column(halves, columns) == by_row(batch, columns)


def test_rows_of_several_reports_have_their_names():
    """A name is as exact in JSON, and as harmless in CSV, as that of a file."""
    batch = pa.RecordBatch.from_pydict({"report": pa.array([1, 0, 1], pa.int32()), "n": [1, 2, 3]})
    names = ["=a", "b\udcff"]

    assert "".join(column_formats.as_csv([batch], ["report", "n", "none"], names)) == (
        "report,n,none\nb\\xff,1,\n'=a,2,\nb\\xff,3,\n"
    )
    assert [*column_formats.as_jsonl([batch], names)] == [
        '{"report": "b\\udcff", "n": 1}\n{"report": "=a", "n": 2}\n{"report": "b\\udcff", "n": 3}\n'
    ]


def test_without_rows_there_is_a_header():
    """And no line of JSON."""
    assert by_column([], ["a", "b"]) == ("a,b\n", "")


def test_batches_are_held_within_bounds(monkeypatch):
    """Rows are formatted together up to a number; the rest is not waited for."""
    monkeypatch.setattr(column_formats, "_AT_ONCE", 4)
    drawn = []

    def batches():
        for number in range(6):
            drawn.append(number)
            yield pa.record_batch({"n": [number, number]})

    lines = column_formats.as_jsonl(batches())

    assert next(lines).count("\n") == 4
    assert drawn == [0, 1, 2]
    assert sum(each.count("\n") for each in lines) == 8
