"""Rows of a manifest as one message of plain bytes, and back with every length checked.

The process that parses a manifest may have been taken over by it, so no reader of Arrow's formats
sees what it sends: columns are made of buffers here. Knows no format and no item.
"""

import json
import os
import re
import struct
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from hashsweep.sources.manifests.cells import texts

_HEAD = struct.Struct("=II")  # bytes of the header, and rows that could not be read
_ALIGN = 64
_FEW = 1024  # rows
_SLACK = 1024  # bytes of buffers that need not be sent, and may be
_PLAIN = {
    str(each): each
    for each in (
        *(pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.date64()),
        *(pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
    )
}
_TIMESTAMP = re.compile(r"timestamp\[(s|ms|us|ns)(?:, tz=([A-Za-z0-9_+:/-]{1,64}))?\]")
_DECIMAL = re.compile(r"decimal128\(([0-9]{1,2}), (-?[0-9]{1,2})\)")
_TEXT, _BYTES = "string", "binary"


def divide(batch: pa.RecordBatch, size: int) -> Iterator[pa.RecordBatch]:
    """Yield a batch in parts of at most about `size` bytes, a row at least in each, for `pack`.

    Columns of kinds that nobody computes with, such as lists, become texts. A dictionary's texts
    stand in each row afterwards, so few rows at a time are made of one. Raises MemoryError.
    """
    few = any(pa.types.is_dictionary(each.type) for each in batch.columns)
    for start in range(0, len(batch), _FEW if few else max(len(batch), 1)):
        several = batch.slice(start, _FEW) if few else batch
        columns = [_plain(each) for each in several.columns]
        plain = pa.record_batch(columns, several.schema.names)
        rows = max(1, len(plain) * size // max(plain.nbytes, 1))
        for at in range(0, len(plain), rows):
            yield plain.slice(at, rows)


def pack(batch: pa.RecordBatch, bad: int = 0) -> list[Any]:
    """Return the buffers of a message, one after the other; `bad` rows could not be read."""
    columns = [_plain(column) for column in batch.columns]
    buffers: list[Any] = []
    described = []
    for name, column in zip(batch.schema.names, columns, strict=True):
        parts = column.buffers()
        sizes = [None if each is None else each.size for each in parts]
        described.append([name, str(column.type), sizes])
        buffers += [each for each in parts if each is not None]
    header = json.dumps({"rows": len(batch), "columns": described}).encode()
    start = _HEAD.size + len(header)
    padded: list[Any] = [_HEAD.pack(len(header), bad), header, bytes(-start % _ALIGN)]
    for each in buffers:
        padded += (each, bytes(-each.size % _ALIGN))
    return padded


def _plain(column: pa.Array) -> pa.Array:
    """Return a column as one of the kinds that are sent, from its first row on."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_large_string(kind) or str(kind) == "string_view":
        column = column.cast(pa.string())
    elif pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        column = column.cast(pa.binary())
    elif str(kind) == "binary_view":
        column = pa.array(column.to_pylist(), pa.binary())
    elif str(kind) not in (_TEXT, _BYTES) and _type(str(kind)) is None:
        found = [None if each is None else os.fsencode(each) for each in texts(column)]
        column = pa.array(found, pa.binary()).view(pa.string())
    if column.offset or column.get_total_buffer_size() > column.nbytes + _SLACK:
        column = pa.concat_arrays([column, column.slice(0, 0)])
    return column


def unpack(content: bytearray) -> tuple[pa.RecordBatch, int]:
    """Return (rows, how many others could not be read); raises ValueError if not a batch."""
    try:
        return _unpack(content)
    except _ERRORS as error:
        raise ValueError("not a batch") from error


_ERRORS = (
    *(struct.error, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError),
    *(pa.ArrowException, ValueError),
)  # what a header or buffers of the wrong kind may lead to


def _unpack(content: bytearray) -> tuple[pa.RecordBatch, int]:
    view = memoryview(content)
    length, bad = _HEAD.unpack_from(view)
    start = _HEAD.size + length
    header = json.loads(bytes(view[_HEAD.size : start]))
    rows = _count(header["rows"])
    at = start + -start % _ALIGN
    names, columns = [], []
    for name, kind, sizes in header["columns"]:
        if not isinstance(name, str) or not isinstance(kind, str):
            raise TypeError("not a column")
        buffers: list[pa.Buffer | None] = []
        for size in sizes:
            if size is None:
                buffers.append(None)
                continue
            end = at + _count(size)
            buffers.append(pa.py_buffer(view[at:end]))
            at = end + -end % _ALIGN
        names.append(name)
        columns.append(_column(kind, rows, buffers))
    if at != len(view):
        raise ValueError("not a batch")
    return pa.record_batch(columns, names), bad


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise TypeError("not a count")
    return value


def _column(kind: str, rows: int, buffers: list[pa.Buffer | None]) -> pa.Array:
    """Return a column of these buffers; raises ValueError where they do not fit.

    A text need not be valid UTF-8, so it is looked at as bytes.
    """
    if kind in (_TEXT, _BYTES):
        column = pa.Array.from_buffers(pa.binary(), rows, buffers)
        column.validate(full=True)
        return column.view(pa.string()) if kind == _TEXT else column
    found = _type(kind)
    if found is None:
        raise ValueError("no such kind")
    column = pa.Array.from_buffers(found, rows, buffers)
    column.validate()
    return column


def _type(kind: str) -> pa.DataType | None:
    """Return the kind of a column of numbers or times by its name, None for any other."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if found := _TIMESTAMP.fullmatch(kind):
        return pa.timestamp(found[1], found[2])
    if found := _DECIMAL.fullmatch(kind):
        return pa.decimal128(int(found[1]), int(found[2]))
    return None
