"""What crosses the pipes between parent and workers: JSON, never pickles.

A worker opens files that strangers chose. Were it taken over, a pickle from it would run in
the parent; JSON is only data. Knows no kind of work.
"""

import json
from collections.abc import Sequence
from typing import Any

from hashsweep.model import Failure, Item


def encode_batch(serial: int, items: Sequence[Item]) -> bytes:
    """Return a batch whose items are numbered from `serial`."""
    return json.dumps([serial, [_row(item) for item in items]]).encode()


def decode_batch(message: bytes) -> tuple[int, list[Item]]:
    """Return (first number, items) of `encode_batch`; source columns stay with the parent."""
    serial, rows = json.loads(message)
    return serial, [_item(*row) for row in rows]


def _failure(item: Item) -> list[str] | None:
    failed = item.failure
    return [failed.stage, failed.reason, failed.detail] if failed else None


def _row(item: Item) -> list[Any]:
    return [item.uri, item.size, item.mtime_ns, item.etag, _failure(item), item.earlier]


def _item(  # noqa: PLR0917 - the places of `_row`
    uri: str,
    size: int,
    mtime_ns: int,
    etag: str,
    failure: list[str] | None,
    earlier: list[dict[str, Any]] | None,
) -> Item:
    failed = Failure(*failure) if failure else None
    return Item(uri, size, mtime_ns, etag, failure=failed, earlier=earlier)


class WorkerRefused(Exception):
    """A worker cannot be made; the text says why."""


def encode_refusal(why: str) -> bytes:
    """Return the message of a worker that cannot start."""
    return json.dumps(why).encode()


def encode_results(serial: int, results: list[list[dict[str, Any]]]) -> bytes:
    """Return the results of a batch that began at `serial`."""
    return json.dumps([serial, results]).encode()


def decode_results(message: bytes) -> tuple[int, list[list[dict[str, Any]]]]:
    """Return (first number, results); raises WorkerRefused, or ValueError for junk."""
    decoded = json.loads(message)
    if isinstance(decoded, str):
        raise WorkerRefused(decoded)
    if not (isinstance(decoded, list) and len(decoded) == 2):  # noqa: PLR2004
        raise ValueError("no result message")
    serial, results = decoded
    shaped = (
        isinstance(serial, int)
        and isinstance(results, list)
        and all(
            isinstance(wires, list) and wires and all(isinstance(wire, dict) for wire in wires)
            for wires in results
        )
    )
    if not shaped:
        raise ValueError("no result message")
    return serial, results
