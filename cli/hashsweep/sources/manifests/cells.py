"""Converts columns of a manifest: text, keys, sizes, times, digests, one whole column at a time.

Knows no item and no format. Missing values are None.
"""

import base64
import binascii
import datetime
import json
import os
from email.utils import parsedate_to_datetime
from itertools import repeat
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]

_MD5 = 16  # bytes


def texts(column: pa.Array | None) -> Any:
    """Return a column as text; invalid UTF-8 as lone surrogates (os.fsdecode)."""
    if column is None:
        return repeat(None)
    if pa.types.is_binary(column.type):
        column = column.view(pa.string())
    elif not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    try:
        return column.to_numpy(zero_copy_only=False).tolist()
    except (UnicodeDecodeError, pa.ArrowException):
        found = column.view(pa.binary()).to_pylist()
        return [None if each is None else os.fsdecode(each) for each in found]


def decode(column: pa.Array) -> list[str | None]:
    """Return keys without their encoding, in which a space is %20 or +."""
    keys: list[str | None] = texts(column)
    joined = "\n".join(key or "" for key in keys)
    if "%" not in joined and "+" not in joined:
        return keys
    if "%0a" in joined.lower() or joined.count("\n") != len(keys) - 1:
        return [None if key is None else _decode(key) for key in keys]
    return list(_decode(joined).split("\n"))


def _decode(text: str) -> str:
    plain = text.replace("+", " ").encode("utf-8", "surrogateescape")
    return os.fsdecode(unquote_to_bytes(plain))


def integers(column: pa.Array | None, rows: int) -> tuple[Any, Mask]:
    """Return sizes, and which of them are invalid."""
    bad = np.zeros(rows, bool)
    if column is None:
        return repeat(None), bad
    try:
        numbers = column.cast(pa.int64())
    except pa.ArrowInvalid:
        text = column.cast(pa.string())
        is_number = pc.fill_null(pc.match_substring_regex(text, r"^[0-9]{1,18}$"), fill_value=False)
        bad = np.asarray(pc.and_(pc.invert(is_number), text.is_valid()))
        numbers = pc.if_else(is_number, text, pa.scalar(None, pa.string())).cast(pa.int64())
    if numbers.null_count:
        found = numbers.to_pylist()
        return found, bad | np.fromiter((n is not None and n < 0 for n in found), bool, rows)
    plain = numbers.to_numpy()
    return plain.tolist(), bad | (plain < 0)


def times(column: pa.Array | None) -> Any:
    """Return times in nanoseconds since 1970; None if invalid."""
    if column is None:
        return repeat(None)
    try:
        return _nanoseconds(column)
    except pa.ArrowInvalid:
        return [_one_time(each) for each in texts(column)]


def _nanoseconds(column: pa.Array) -> Any:
    zoned = not pa.types.is_timestamp(column.type) or column.type.tz is not None
    times = column.cast(pa.timestamp("ns", "UTC" if zoned else None)).cast(pa.int64())
    return times.to_pylist() if times.null_count else times.to_numpy().tolist()


def _one_time(text: str | None) -> int | None:
    """Return a time as ISO 8601 or, as in Azure's CSV, RFC 1123; None for others."""
    if text is None:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except ValueError:
            return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    return int(found.timestamp()) * 1_000_000_000 + found.microsecond * 1_000


def digests(column: pa.Array | None, rows: int) -> tuple[Any, Mask]:
    """Return MD5s as bytes, and which of them are invalid."""
    bad = np.zeros(rows, bool)
    if column is None or column.null_count == rows:
        return repeat(None), bad
    found = [None if text is None else _digest(text) for text in texts(column)]
    bad |= np.fromiter((each == b"" for each in found), bool, rows)
    return found, bad


def _digest(text: str) -> bytes:
    """Return an MD5 of 32 hexadecimal digits or in base64; b"" if invalid."""
    try:
        if len(text) == 2 * _MD5:
            return bytes.fromhex(text)
        plain = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return plain if len(plain) == _MD5 else b""


def to_report_text(column: pa.Array) -> list[str | None]:
    """Return a column as text for the report; anything that is not text as JSON."""
    try:
        found = texts(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = column.to_pylist()
        found = [None if v is None else json.dumps(v, default=str) for v in values]
    return [
        None if text is None else text.encode("utf-8", "backslashreplace").decode()
        for text in found
    ]
