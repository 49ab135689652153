"""Reads data files as batches of columns: CSV, Parquet, ORC, JSON and plain lines. Knows no item.

Columns of CSV, JSON and lines are text, others have the types of their file; an empty value
is null. Text need not be valid UTF-8.
"""

import codecs
import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hashsweep.sources.manifests.base import Contents

ROWS = 32_768
"""About how many rows are in a batch, which is what is held of a data file."""

_BLOCK = 1 * 1024 * 1024  # bytes of CSV parsed at once; no row is longer
_BUFFER = 256 * 1024  # bytes of a column read at once, so that row groups can be of any size
_LONGEST = 1024 * 1024  # of a line
_GZIP = b"\x1f\x8b"

ERRORS = (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, ValueError, csv.Error)
"""Errors that reading a damaged data file can raise."""

BadRow = Callable[[], None]


def batches(path: str, contents: Contents, bad: BadRow) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a data file; `bad` is called for each invalid one. Raises ERRORS."""
    match contents.kind:
        case "parquet":
            return _parquet(path)
        case "orc":
            return _orc(path)
        case "csv":
            return _csv(path, contents, bad)
        case "jsonl":
            return _jsonl(path, bad)
        case "json":
            return _json(path, bad)
        case "text":
            return _text(path, contents)


def _parquet(path: str) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
        left = file.metadata.num_rows
        for batch in file.iter_batches(ROWS):
            left -= len(batch)
            yield batch
        if left:
            raise ValueError("fewer rows than the footer says")


def _orc(path: str) -> Iterator[pa.RecordBatch]:
    from pyarrow import orc  # takes 15 ms that nothing else needs

    file = orc.ORCFile(path)
    for number in range(file.nstripes):
        stripe = file.read_stripe(number)
        for start in range(0, len(stripe), ROWS):
            yield stripe.slice(start, ROWS)


def _stream(path: str) -> Any:
    """Open a file that may be compressed."""
    file = pa.OSFile(path)
    if file.read(len(_GZIP)) == _GZIP:
        file.seek(0)
        return pa.CompressedInputStream(file, "gzip")
    file.seek(0)
    return file


def _csv(path: str, contents: Contents, bad: BadRow) -> Iterator[pa.RecordBatch]:
    names = list(contents.names or _header(path, contents))

    def refuse(_: Any) -> str:
        bad()
        return "skip"

    with _silence_hook():
        try:
            reader = pa.csv.open_csv(
                _stream(path),
                read_options=pa.csv.ReadOptions(
                    column_names=names,
                    skip_rows_after_names=0 if contents.names else 1,
                    block_size=_BLOCK,
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=contents.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=refuse,
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    check_utf8=False,
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise
        with reader:
            yield from reader


@contextmanager
def _silence_hook() -> Iterator[None]:
    """Keep Python from printing that Arrow could not pass on a row of another width: invalid UTF-8.

    Arrow then raises its own error.
    """
    before = sys.unraisablehook

    def hear(found: Any) -> None:
        if not isinstance(found.exc_value, UnicodeDecodeError):
            before(found)

    sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before


def _header(path: str, contents: Contents) -> list[str]:
    import io

    head = _stream(path).read(_LONGEST).decode("utf-8-sig", "replace")
    return next(csv.reader(io.StringIO(head), delimiter=contents.delimiter), [])


def _lines(path: str, separator: bytes) -> Iterator[list[bytes]]:
    """Yield whole lines, many at a time; too long ones are cut."""
    stream = _stream(path)
    rest = b""
    while chunk := stream.read(_LONGEST):
        *lines, rest = (rest + chunk).split(separator)
        rest = rest[: 2 * _LONGEST]
        yield lines
    yield [rest]


def _text(path: str, contents: Contents) -> Iterator[pa.RecordBatch]:
    separator = b"\0" if contents.null else b"\n"
    start = not contents.null
    for lines in _lines(path, separator):
        if start:
            lines[:1] = [line.removeprefix(codecs.BOM_UTF8) for line in lines[:1]]
            start = not lines
        found = lines
        if not contents.null:
            found = [line.rstrip(b"\r") for line in lines if not line.startswith(b"#")]
        names = pa.array([line for line in found if line], pa.binary())
        yield pa.record_batch([names.view(pa.string())], ["uri"])


def _json(path: str, bad: BadRow) -> Iterator[pa.RecordBatch]:
    """Read an array of objects, or of URIs."""
    import ijson  # type: ignore[import-untyped]

    stream = _stream(path)
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream = _stream(path)
    found = ijson.items(_Bounded(stream), "item", use_float=True)
    try:
        while rows := list(islice(found, ROWS)):
            whole = [{"uri": row} if isinstance(row, str) else row for row in rows]
            for row in whole:
                if not isinstance(row, dict):
                    bad()
            yield from _records([row for row in whole if isinstance(row, dict)])
    except (ijson.JSONError, OverflowError) as error:
        raise ValueError("no JSON") from error


class _Bounded:
    """A stream read in small pieces, so that not much is parsed ahead."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return some bytes; none at the end."""
        data: bytes = self._stream.read(min(size, _BUFFER) if size >= 0 else _BUFFER)
        return data


def _records(rows: list[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """Yield objects as a batch of texts."""
    encoded = [{name: _to_bytes(value) for name, value in row.items()} for row in rows]
    names = dict.fromkeys(name for row in encoded for name in row)
    columns = [pa.array([row.get(name) for row in encoded], pa.binary()) for name in names]
    if names:
        yield pa.record_batch([each.view(pa.string()) for each in columns], list(names))


def _jsonl(path: str, bad: BadRow) -> Iterator[pa.RecordBatch]:
    for lines in _lines(path, b"\n"):
        rows = []
        for line in lines:
            try:
                row = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError):
                row = ()
            if isinstance(row, dict):
                rows.append(row)
            elif row is not None:
                bad()
        yield from _records(rows)


def _to_bytes(value: Any) -> bytes | None:
    """Return a value as text; anything that is not text as JSON."""
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")
