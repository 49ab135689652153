"""What a store or server says about an object. Knows no store."""

from typing import NamedTuple

CHUNK = 8 * 1024 * 1024
"""Bytes per request to a store; each has a time limit, so large objects need several."""


class Facts(NamedTuple):
    """What a store says about an object: bytes, nanoseconds since 1970 UTC, change token."""

    uri: str
    size: int
    mtime_ns: int | None
    etag: str | None


def token(etag: str | None) -> str | None:
    """Return a change token without its quotes and mark of weakness, as in inventories."""
    return etag.removeprefix("W/").strip('"') or None if etag else None
