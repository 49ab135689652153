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
_MILLISECONDS = 10**11  # a larger time is in milliseconds: in seconds it would be the year 5138


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
    """Return a date as ISO 8601 if its form is clear: ISO, seconds since 1970, /Date(ms)/."""
    if value is None or value == "" or isinstance(value, bool):
        return ""
    text = plain(value).strip()
    if _ISO.fullmatch(text):
        return text
    try:
        wcf = _WCF.fullmatch(text)
        seconds = int(wcf[1]) / 1000 if wcf else float(text)
        if not wcf and seconds > _MILLISECONDS:
            seconds /= 1000
        when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return when.replace(tzinfo=None).isoformat(timespec="seconds") + "Z" if seconds > 0 else ""
