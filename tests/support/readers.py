"""Reports as data frames: what each reader makes of Parquet files, as rows that can be compared."""

import datetime
import importlib.util
import json
import math
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SPARK = shutil.which("java") if importlib.util.find_spec("pyspark") else None
"""Java, where PySpark is installed, too; None without both."""


def segments(reports, table):
    """The paths of all segments, in order."""
    return [str(path) for each in reports for path in sorted(Path(each, table).glob("*.parquet"))]


def by_pyarrow(reports, table):
    """What all others are compared with: the segments one by one, columns by their names."""
    tables = [pq.read_table(path) for path in segments(reports, table)]
    return of_arrow(pa.concat_tables(tables, promote_options="default"))


def by_pyarrow_dataset(reports, table):
    """As docs/guide/data.md reads many reports."""
    import pyarrow.dataset as ds

    parts = [ds.dataset(path) for path in segments(reports, table)]
    schema = pa.unify_schemas([part.schema for part in parts])
    return of_arrow(ds.dataset([ds.dataset(each.files, schema) for each in parts]).to_table())


def by_pandas(reports, table):
    """A frame of each report, one below the other."""
    import pandas as pd

    frames = [pd.read_parquet(f"{each}/{table}", dtype_backend="pyarrow") for each in reports]
    frame = pd.concat(frames, ignore_index=True)
    assert len(frame) == frame.count().max()
    return of_arrow(pa.Table.from_pandas(frame, preserve_index=False))


def by_plain_pandas(reports, table):
    """With the types that pandas has of itself: numbers with gaps are floats."""
    import pandas as pd

    frame = pd.concat([pd.read_parquet(f"{each}/{table}") for each in reports], ignore_index=True)
    rows = frame.astype(object).to_dict("records")
    return compare([{name: of_pandas(value) for name, value in row.items()} for row in rows])


def of_pandas(value):
    """A cell of pandas; a gap is NaN, NaT, NA or None, an array is a list."""
    if hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return [of_pandas(each) for each in value]
    if isinstance(value, dict):
        return {name: of_pandas(each) for name, each in value.items()}
    if value is None or (not isinstance(value, list | tuple | str | bytes) and value != value):  # noqa: PLR0124
        return None
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def by_polars(reports, table):
    """Scanned as one; a column that is missing somewhere is null there."""
    import polars as pl

    frames = [pl.scan_parquet(f"{each}/{table}/*.parquet") for each in reports]
    found = pl.concat(frames, how="diagonal").collect()
    assert found.height == pl.concat(frames, how="diagonal").select(pl.len()).collect().item()
    return of_arrow(found.to_arrow())


def by_duckdb(reports, table):
    """By patterns, columns by their names."""
    import duckdb

    patterns = [f"{each}/{table}/*.parquet" for each in reports]
    of = f"read_parquet({patterns!r}, union_by_name = true)"
    found = duckdb.sql(f"SELECT * FROM {of}").to_arrow_table()
    assert duckdb.sql(f"SELECT count(*) FROM {of}").fetchall() == [(len(found),)]
    return of_arrow(found)


def by_spark(session):
    """A reader by this session: schemas merged."""

    def read(reports, table):
        paths = [f"{each}/{table}" for each in reports]
        frame = session.read.option("mergeSchema", "true").parquet(*paths)
        rows = [row.asDict(recursive=True) for row in frame.collect()]
        assert frame.count() == len(rows)
        return compare(rows)

    return read


def of_arrow(table):
    """The rows of a table."""
    return compare(table.to_pylist())


def compare(rows):
    """Rows in a form that is the same for all readers, in an order that depends on values only."""
    for row in rows:
        if row.get("source_columns") is not None:  # a map: pairs, or what this language has for it
            row["source_columns"] = sorted(dict(row["source_columns"]).items())
    return sorted((_plain(row) for row in rows), key=lambda row: json.dumps(row, sort_keys=True))


def _plain(value):
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case datetime.datetime():
            aware = value if value.tzinfo else value.astimezone()
            return round(aware.timestamp() * 1_000_000)
        case float() if math.isfinite(value) and value == int(value):
            return int(value)
        case list() | tuple():
            return [_plain(each) for each in value]
    return value
