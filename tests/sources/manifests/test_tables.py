"""Reads data files as batches of columns."""

import gzip
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.sources.manifests.base import Contents, Layout
from hashsweep.sources.manifests.tables import ERRORS, ROWS, batches


def rows(path, kind, bad=None, **options):
    """All rows of a file as dictionaries; `bad` gets one entry for each row that is none."""
    contents = Contents((), kind, Layout({}), **options)
    refused = [] if bad is None else bad
    found = batches(str(path), contents, lambda: refused.append(1))
    return [row for batch in found for row in batch.to_pylist()]


@pytest.mark.parametrize("packed", [False, True])
def test_csv(tmp_path, packed):
    """Quotes, newlines and commas in cells; empty cells are null; other widths are bad rows."""
    path = tmp_path / "a"
    text = '\ufeffName,b\n"x, ""y""\nz",1\n,\nonly\n3,4,5\nlast,\n'.encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    bad = []

    assert rows(path, "csv", bad) == [
        {"Name": 'x, "y"\nz', "b": "1"},
        {"Name": None, "b": None},
        {"Name": "last", "b": None},
    ]
    assert len(bad) == 2


def test_csv_without_a_header(tmp_path):
    """The manifest or the user names the columns; an empty file has no row."""
    path = tmp_path / "a"
    path.write_bytes(b"1|2\n")
    assert rows(path, "csv", names=("a", "b"), delimiter="|") == [{"a": "1", "b": "2"}]
    path.write_bytes(b"")
    assert rows(path, "csv", names=("a",)) == []


def test_json_lines(tmp_path):
    """Others than objects are bad rows; values that are no text come as JSON."""
    path = tmp_path / "a"
    path.write_text(
        json.dumps({"uri": "ü", "n": 1, "tags": ["x"], "none": None})
        + "\n\n[1]\n{\nnull\n"
        + json.dumps({"other": True})
        + "\n"
    )
    bad = []
    first, second = rows(path, "jsonl", bad)

    assert {n: v for n, v in first.items() if v} == {"uri": "ü", "n": "1", "tags": '["x"]'}
    assert {n: v for n, v in second.items() if v} == {"other": "true"}
    assert len(bad) == 2


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)))
def test_names_that_end_in_nul(tmp_path_factory, names):
    """Anything but NUL is part of a name."""
    path = tmp_path_factory.mktemp("a") / "a"
    path.write_bytes(b"".join(name.encode() + b"\0" for name in names))

    assert [row["uri"] for row in rows(path, "text", null=True)] == names


def test_parquet_comes_in_batches(tmp_path):
    """Memory does not depend on how many rows there are."""
    import pyarrow.parquet as pq

    path = tmp_path / "a"
    pq.write_table(pa.table({"a": range(3 * ROWS)}), path)
    found = list(batches(str(path), Contents((), "parquet", Layout({})), lambda: None))

    assert sum(map(len, found)) == 3 * ROWS
    assert max(map(len, found)) <= ROWS


@pytest.mark.parametrize("kind", ["csv", "parquet", "orc", "jsonl", "text"])
def test_a_damaged_file_is_an_error(tmp_path, kind):
    """Bytes that say they are compressed and are not, or that end in the middle."""
    path = tmp_path / "a"
    whole = gzip.compress(b"a,b\n" * 10_000)
    for content in (whole[:-20], whole[:12] + b"x" * 20):
        path.write_bytes(content)
        with pytest.raises(ERRORS):
            rows(path, kind, names=("a", "b") if kind == "csv" else None)


def test_a_row_of_another_width_that_is_no_text(tmp_path, capfd):
    """Arrow cannot hand it on: that is an error, and Python prints nothing of it."""
    path = tmp_path / "list.csv"
    path.write_bytes(b"uri,size\ns3://b/k,3\n\xff\xfe,1,2,3\ns3://b/z,4\n")

    with pytest.raises(ERRORS):
        rows(path, "csv")
    assert capfd.readouterr().err == ""
