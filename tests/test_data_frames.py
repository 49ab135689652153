"""Manifests as pandas, polars, DuckDB and hashsweep itself write them."""

import datetime
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Item
from hashsweep.sources.manifest import ManifestSource
from hashsweep.sources.manifests.cells import digests, integers, texts, times, to_report_text
from hashsweep.storage.stores import Stores

MD5 = bytes(range(200, 216))
WHEN = 1_767_225_600
URI = "s3://b/k"
EXPECTED = (URI, 2835, WHEN * 10**9, MD5, {"content": "9"})


def found(path):
    """The one item that a manifest lists."""
    (item,) = ManifestSource(str(path), Stores()).items()
    assert isinstance(item, Item)
    assert item.failure is None
    return (item.uri, item.size, item.mtime_ns, item.md5, item.columns)


def frame_of_pandas():
    """A frame with a gap, which makes floats of sizes; the row without a URI is cut off again."""
    import pandas as pd  # here and below: 2 CPU seconds, which no other test needs

    columns = {
        "uri": [URI, None],
        "size": [2835, None],
        "mtime": [float(WHEN), None],
        "md5": [MD5, None],
        "content": ["9", None],
    }
    return pd.DataFrame(columns).iloc[:1]


def of_pandas(path, form):
    """Floats, bytes, categories."""
    frame = frame_of_pandas()
    match form:
        case "csv":
            frame.to_csv(path, index=False)
        case "parquet":
            frame.to_parquet(path)
        case "records":
            frame.assign(md5=MD5.hex()).to_json(path, orient="records")
        case "lines":
            frame.assign(md5=MD5.hex()).to_json(path, orient="records", lines=True)
        case "categories":
            frame.assign(uri=frame["uri"].astype("category")).to_parquet(path)


def of_polars(path, form):
    """Large strings or views, binary columns, floats."""
    import polars as pl

    frame = pl.from_pandas(frame_of_pandas())
    match form:
        case "parquet":
            frame.write_parquet(path)
        case "own-schema":
            frame.with_columns(pl.col("content").cast(pl.Categorical)).write_parquet(path)
        case "json":
            frame.with_columns(pl.lit(MD5.hex()).alias("md5")).write_json(path)
        case "ndjson":
            frame.with_columns(pl.lit(MD5.hex()).alias("md5")).write_ndjson(path)
        case "csv":
            frame.with_columns(pl.lit(MD5.hex()).alias("md5")).write_csv(path)


def of_duckdb(path, form):
    """BLOBs, DOUBLEs, timestamps with a zone, arrays of JSON."""
    import duckdb

    options = {
        "csv": "(FORMAT csv, HEADER)",
        "parquet": "(FORMAT parquet)",
        "json": "(FORMAT json)",
        "array": "(FORMAT json, ARRAY true)",
    }[form]
    blob = "".join(f"\\x{each:02X}" for each in MD5)
    kind = "" if form in ("csv", "parquet") else "::VARCHAR"
    duckdb.sql(
        f"COPY (SELECT '{URI}' AS uri, 2835::DOUBLE AS size, '{blob}'::BLOB{kind} AS md5, "
        f"make_timestamptz({WHEN}000000) AS mtime, '9' AS content) TO '{path}' {options}"
    )


@pytest.mark.parametrize(
    ("write", "form"),
    [
        *((of_pandas, f) for f in ("csv", "parquet", "records", "lines", "categories")),
        *((of_polars, f) for f in ("parquet", "own-schema", "json", "ndjson", "csv")),
        *((of_duckdb, f) for f in ("csv", "parquet", "json", "array")),
    ],
)
def test_writers(tmp_path, write, form):
    """Nothing is damaged, no row is bad, and all of it is what was written."""
    path = tmp_path / f"list.{'csv' if form == 'csv' else 'any'}"
    write(path, form)
    assert found(path) == EXPECTED


def test_pandas_by_column(tmp_path):
    """Its JSON by default is refused with what to do."""
    frame_of_pandas().assign(md5="").to_json(tmp_path / "list.json")
    with pytest.raises(SourceError, match="orient='records'"):
        found(tmp_path / "list.json")


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([{"uri": URI}]),
        json.dumps([{"uri": URI}], indent=2),
        json.dumps([URI]),
        "\ufeff" + json.dumps([{"uri": URI}]),
        "\ufeff" + json.dumps({"uri": URI}) + "\n",
        f"\ufeff{URI}\n",
    ],
)
def test_arrays_and_marks(tmp_path, content):
    """An array of objects or of URIs, packed or not, with a byte order mark or without."""
    (tmp_path / "list").write_bytes(content.encode())
    (tmp_path / "list.gz").write_bytes(gzip.compress(content.encode()))
    assert found(tmp_path / "list")[0] == found(tmp_path / "list.gz")[0] == URI


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f"uri\n{URI}\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
        (b"PK\3\4 a workbook", "save the sheet as CSV"),
        (b"PARE", "encrypted Parquet"),
        (b'[{"uri": "s3://b/k"}, {"uri": ', "is damaged"),
    ],
)
def test_refused_by_what_it_is(tmp_path, content, why):
    """One clear line; damaged is what is damaged."""
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(SourceError, match=why):
        list(ManifestSource(str(tmp_path / "list"), Stores()).items())


def test_a_row_of_an_array_that_is_no_object(tmp_path):
    """It is a failed item, and the others are read."""
    (tmp_path / "list").write_text(json.dumps([{"uri": URI}, 7, {"uri": "s3://b/l"}]))
    items = list(ManifestSource(str(tmp_path / "list"), Stores()).items())
    assert [item.uri for item in items if item.failure is None] == [URI, "s3://b/l"]
    assert [item.failure.reason for item in items if item.failure] == ["bad-row"]


KINDS = [
    pa.array(["a", None], pa.string_view()),
    pa.array(["a", None], pa.large_string()),
    pa.array([b"a", None], pa.large_binary()),
    pa.array([b"a", None], pa.binary(1)),
    pa.array([b"a", None], pa.binary_view()),
    pa.array(["a", None]).dictionary_encode(),
    pa.array([1.5, None]),
    pa.array([True, None]),
    pa.array([datetime.date(2026, 1, 1), None]),
    pa.array([datetime.timedelta(1), None]),
    pa.array([datetime.time(1), None]),
    pa.array([2**52, None], pa.timestamp("s")),
    pa.array([-(2**62), None], pa.timestamp("us", "UTC")),
    pa.array([2**62, None], pa.timestamp("ns")),
    pa.array([[1], None]),
    pa.array([{"a": 1}, None]),
    pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
    pa.nulls(2),
]


@pytest.mark.parametrize("column", KINDS, ids=lambda each: str(each.type))
def test_no_type_of_a_column_is_damage(tmp_path, column):
    """Whatever stands in a column that travels, or in one that is asked for."""
    for read in (texts, to_report_text, times):
        assert len(list(read(column))) == 2
    for read in (integers, digests):
        values, bad = read(column, 2)
        assert (len(bad), bad[1]) == (2, False)
        assert len(list(zip(values, bad, strict=False))) == 2
    for name in ("extra", "etag", "version", "storage_class", "mtime"):
        table = pa.table({"uri": pa.array(["s3://b/1", "s3://b/2"]), name: column})
        pq.write_table(table, tmp_path / f"{name}.parquet")
        source = ManifestSource(str(tmp_path / f"{name}.parquet"), Stores())
        assert [item.uri for item in source.items()] == ["s3://b/1", "s3://b/2"]


@pytest.mark.parametrize(
    ("cells", "sizes", "bad"),
    [
        ([2835.0, float("nan"), 1.5, -1.0], [2835, None, None, None], [2, 3]),
        (["2835.0", "2835.", "NULL", "nan", "\\N"], [2835, 2835, None, None, None], []),
        (["1.5e+10", "1.23e+1"], [15_000_000_000, None], [1]),
    ],
)
def test_sizes_as_floats(cells, sizes, bad):
    """A whole number is a size, however it is written; nothing is none."""
    values, marked = integers(pa.array(cells), len(cells))
    assert list(values) == sizes
    assert [row for row, is_bad in enumerate(marked) if is_bad] == bad


@pytest.mark.parametrize("scale", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("kind", [float, int, str])
def test_times_as_numbers(scale, kind):
    """Seconds, milli-, micro- and nanoseconds; nothing, and what is out of range, is not known."""
    assert times(pa.array([kind(WHEN * scale)])) == [WHEN * 10**9]
    assert times(pa.array([float("nan"), -1.0, 1e300])) == [None] * 3
    assert times(pa.array(["9999-12-31T00:00:00", "2026-01-01 00:00:00 UTC"])) == [
        None,
        WHEN * 10**9,
    ]
