"""Reads labels, dates, qualities and booleans from values of lists.

Knows no column and no file.
"""

import datetime
import re
from typing import Any

from hashsweep.hashlists.formats.base import RowError

_TRUE = {"true", "1", "yes", "y", "t"}
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.,]+ ?(Z|UTC|[+-]\d\d:?\d\d)?)?")
_WCF = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/")
_DAY = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])")
_MILLISECONDS = 10**11  # a time over this is in milliseconds: in seconds it is the year 5138
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_ONE_DAY = 86_400 * 10**6  # microseconds


def split_labels(text: str) -> tuple[str, ...]:
    """Return the labels in a text, separated by ; or |."""
    return tuple(part for each in text.replace("|", ";").split(";") if (part := each.strip()))


def quality_of(text: str) -> int | None:
    """Return a PDQ quality, 0-100, or None for an empty text; raises RowError."""
    if not text:
        return None
    digits = text.removesuffix(".0")  # pandas writes this for a column with gaps
    if not digits.isascii() or not digits.isdigit() or int(digits[:4]) > 100:  # noqa: PLR2004
        raise RowError("bad-quality")
    return int(digits)


def truth(value: Any) -> bool:
    """Say whether a boolean is true, even if a tool wrote it as text."""
    return value.strip().lower() in _TRUE if isinstance(value, str) else bool(value)


def plain(value: Any) -> str:
    """Return a JSON or Parquet value as text; bytes as hex, composite values as ""."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 2**53 else ""
    if isinstance(value, int) and abs(value) >= 2**64:
        return ""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return "" if isinstance(value, (list, tuple, dict, set)) or value is None else str(value)


def texts(value: Any) -> tuple[str, ...]:
    """Return labels from an array or from one delimited text."""
    if isinstance(value, (list, tuple)):
        return tuple(text for part in value if (text := plain(part).strip()))
    return split_labels(plain(value))


def date_of(value: Any) -> str:
    """Return a date as ISO 8601 where its form is clear: ISO, 20260131, a number, /Date(ms)/.

    Numbers are seconds since 1970, or milli-, micro- or nanoseconds where they are too large.
    """
    if value is None or value == "" or isinstance(value, bool):
        return ""
    text = plain(value).strip()
    if _ISO.fullmatch(text):
        return text
    try:
        if day := _DAY.fullmatch(text):
            return datetime.date(*map(int, day.groups())).isoformat()
        wcf = _WCF.fullmatch(text)
        seconds = int(wcf[1]) / 1000 if wcf else float(text)
        for _ in range(0 if wcf else 3):  # milli-, micro-, nanoseconds
            seconds = seconds / 1000 if seconds > _MILLISECONDS else seconds
        when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    if seconds <= 0:
        return ""
    unit = "seconds" if not when.microsecond else "auto"
    if when.microsecond and when.microsecond % 1000 == 0:
        unit = "milliseconds"
    return when.replace(tzinfo=None).isoformat(timespec=unit) + "Z"


def span_of(date: str) -> tuple[int, int] | None:
    """Return the first and last microsecond since 1970 that a date of `date_of` can mean.

    A day is all of it. A time without a zone is taken as UTC. None if it is not a date.
    """
    text = date.strip()
    try:
        if len(text) == len("2026-01-31"):
            first = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
            start = _microseconds(first)
            return start, start + _ONE_DAY - 1
        found = datetime.datetime.fromisoformat(_plain_zone(text))
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    when = _microseconds(found)
    return when, when


def _plain_zone(text: str) -> str:
    """Return an ISO date as datetime takes it: no space before the zone, Z for UTC, a point."""
    if text.endswith("UTC"):
        text = text[:-3].rstrip() + "Z"
    return re.sub(r" (?=[+-]\d\d:?\d\d$|Z$)", "", text).replace(",", ".")


def _microseconds(when: datetime.datetime) -> int:
    return (when - _EPOCH) // datetime.timedelta(microseconds=1)
