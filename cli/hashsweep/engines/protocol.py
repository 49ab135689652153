"""The messages between parent and workers: JSON, never pickles.

A worker opens files chosen by strangers. If it were taken over, a pickle from it would run in
the parent; JSON is only data. Knows no kind of work.
"""

import json
from collections.abc import Sequence
from typing import Any

from hashsweep.model import Failure, Item

_COLUMNS, _FAILURE, _MD5 = (Item._fields.index(name) for name in ("columns", "failure", "md5"))


def encode_batch(serial: int, items: Sequence[Item]) -> bytes:
    """Return a batch whose items are numbered from `serial`."""
    return json.dumps([serial, [_row(item) for item in items]]).encode()


def decode_batch(message: bytes) -> tuple[int, list[Item]]:
    """Return (first number, items) of `encode_batch`; source columns stay with the parent."""
    serial, rows = json.loads(message)
    return serial, [_item(row) for row in rows]


def _row(item: Item) -> list[Any]:
    row: list[Any] = [*item]
    row[_COLUMNS] = None
    if item.failure:
        row[_FAILURE] = [item.failure.stage, item.failure.reason, item.failure.detail]
    if item.md5:
        row[_MD5] = item.md5.hex()
    return row


def _item(row: list[Any]) -> Item:
    if row[_FAILURE]:
        row[_FAILURE] = Failure(*row[_FAILURE])
    if row[_MD5]:
        row[_MD5] = bytes.fromhex(row[_MD5])
    return Item(*row)


class WorkerRefused(Exception):
    """A worker could not be made; the text says why."""


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
        raise ValueError("not a result message")
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
        raise ValueError("not a result message")
    return serial, results
