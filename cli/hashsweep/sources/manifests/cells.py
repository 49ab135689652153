"""Converts columns of a manifest: text, keys, sizes, times, digests, one whole column at a time.

Knows no item and no format. Missing values are None.
"""

import base64
import binascii
import datetime
import json
import os
import re
from email.utils import parsedate_to_datetime
from itertools import repeat
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hashsweep.sources.written_forms import BLANK, bare

Mask = npt.NDArray[np.bool_]

_MD5 = 16  # bytes
_SIZE = re.compile(r"([0-9]{1,18})(?:\.0*)?|[0-9](?:\.[0-9]+)?([eE])\+[0-9]{1,2}")
_LARGEST = 2.0**63
_NUMBER = re.compile(r"[0-9]{9,19}(?:\.[0-9]*)?")
_SECONDS = 10**11  # a time over this is in a smaller unit: in seconds it is the year 5138
_NEVER = 2**63  # nanoseconds, in the year 2262
_NAMED = re.compile(r"(?:urn:)?md5[:=-]|\{md5\}", re.IGNORECASE)


def texts(column: pa.Array | None) -> Any:
    """Return a column as text; bytes that are no UTF-8 as lone surrogates (os.fsdecode).

    Values that are no text at all, such as lists, are JSON. Never raises.
    """
    if column is None:
        return repeat(None)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_binary(column.type) and not pa.types.is_binary(column.type):
        column = _cast(column, pa.binary())
    if pa.types.is_binary(column.type):
        column = column.view(pa.string())
    elif not pa.types.is_string(column.type):
        try:
            column = column.cast(pa.string())
        except (pa.ArrowException, NotImplementedError):
            return [None if each is None else _as_json(each) for each in _values(column)]
    try:
        return column.to_numpy(zero_copy_only=False).tolist()
    except (UnicodeDecodeError, pa.ArrowException):
        found = column.view(pa.binary()).to_pylist()
        return [None if each is None else os.fsdecode(each) for each in found]


def nonblank_texts(column: pa.Array | None) -> Any:
    """Return a column as text, with None for words that stand for nothing, such as NULL."""
    found = texts(column)
    if isinstance(found, repeat):
        return found
    return [None if each is None or each.strip() in BLANK or not each else each for each in found]


def _is_binary(kind: pa.DataType) -> bool:
    is_view = getattr(pa.types, "is_binary_view", lambda _: False)
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or is_view(kind)
    )


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return column.cast(kind)
    except (pa.ArrowException, NotImplementedError):
        return pa.array(column.to_pylist(), kind)


def _values(column: pa.Array) -> list[Any]:
    """Return a column's values; where Python has no such value, all are null."""
    try:
        found: list[Any] = column.to_pylist()
        return found
    except (ValueError, OverflowError, pa.ArrowException, NotImplementedError):
        return [None] * len(column)


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


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
    """Return sizes, and which of them are none. A size may be a float, as pandas makes of it."""
    bad = np.zeros(rows, bool)
    if column is None:
        return repeat(None), bad
    try:
        numbers = column.cast(pa.int64())
    except (pa.ArrowException, NotImplementedError):
        found = [_size(each) for each in nonblank_texts(column)]
        bad |= np.fromiter((each is not None and each < 0 for each in found), bool, rows)
        return [None if each is None or each < 0 else each for each in found], bad
    if numbers.null_count:
        found = numbers.to_pylist()
        return found, bad | np.fromiter((n is not None and n < 0 for n in found), bool, rows)
    plain = numbers.to_numpy()
    return plain.tolist(), bad | (plain < 0)


def _size(text: str | None) -> int | None:
    """Return a size, None where there is none, a negative number for anything else."""
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return -1
    if found[2]:  # a float so large that it is written with an exponent
        number = float(found[0])
        return int(number) if number.is_integer() and number < _LARGEST else -1
    return int(found[1])


def times(column: pa.Array | None) -> Any:
    """Return times in nanoseconds since 1970; None if not a time, or out of range."""
    if column is None:
        return repeat(None)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return [_of_number(each) for each in column.to_pylist()]
    try:
        return _nanoseconds(column)
    except (pa.ArrowException, NotImplementedError):
        return [_one_time(each) for each in texts(column)]


def _of_number(number: float | None) -> int | None:
    """Return a time in nanoseconds of a number of seconds, milli-, micro- or nanoseconds."""
    if number is None or not 0 < number < _NEVER:  # also for NaN
        return None
    scale = 10**9
    while number > _SECONDS * 10**9 // scale:
        scale //= 1000
    return int(number) * scale + int((number - int(number)) * scale)


def _nanoseconds(column: pa.Array) -> Any:
    zoned = not pa.types.is_timestamp(column.type) or column.type.tz is not None
    times = column.cast(pa.timestamp("ns", "UTC" if zoned else None)).cast(pa.int64())
    return times.to_pylist() if times.null_count else times.to_numpy().tolist()


def _one_time(text: str | None) -> int | None:
    """Return a time as ISO 8601, a number or, as Azure's CSV may have it, RFC 1123."""
    text = (text or "").strip()
    if _NUMBER.fullmatch(text):
        return _of_number(float(text) if "." in text else int(text))
    iso = f"{text[:-3].rstrip()}Z" if text.endswith("UTC") else text
    try:
        found = datetime.datetime.fromisoformat(iso)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    try:
        nanoseconds = int(found.timestamp()) * 1_000_000_000 + found.microsecond * 1_000
    except (OverflowError, ValueError):
        return None
    return nanoseconds if abs(nanoseconds) < _NEVER else None


def digests(column: pa.Array | None, rows: int) -> tuple[Any, Mask]:
    """Return MD5s as bytes, and which of them are none. A column may be of text or of bytes."""
    bad = np.zeros(rows, bool)
    if column is None or column.null_count == rows:
        return repeat(None), bad
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_binary(column.type):
        found = [None if not raw else _of_bytes(raw) for raw in column.to_pylist()]
    else:
        found = [None if text is None else _digest(text) for text in nonblank_texts(column)]
    bad |= np.fromiter((each == b"" for each in found), bool, rows)
    return found, bad


def _of_bytes(raw: bytes) -> bytes:
    """Return an MD5 in bytes, or one written in them."""
    return raw if len(raw) == _MD5 else _digest(raw.decode("ascii", "replace"))


def _digest(text: str) -> bytes:
    """Return an MD5 of 32 hexadecimal digits or in base64; b"" for what is none."""
    text = _NAMED.sub("", text.strip(), count=1)
    if len(text) != 2 * _MD5:
        text = bare(text)
    try:
        if len(text) == 2 * _MD5:
            return bytes.fromhex(text)
        if text.startswith("["):  # bytes as a list, in JSON
            plain = bytes(json.loads(text))
        else:
            plain = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return b""
    return plain if len(plain) == _MD5 else b""


def to_report_text(column: pa.Array) -> list[str | None]:
    """Return a column as text for the report; anything but text as JSON."""
    return [
        None if text is None else text.encode("utf-8", "backslashreplace").decode()
        for text in texts(column)
    ]
