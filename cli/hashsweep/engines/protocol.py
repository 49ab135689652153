"""The messages between parent and workers: JSON and plain bytes, never pickles.

A worker opens files chosen by strangers. If it were taken over, a pickle from it would run in
the parent; what is sent here is only data. What an answer holds is for Job.inspect to judge. Knows
no kind of work.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hashsweep.engines.base import Answer, Resumption
from hashsweep.model import Failure, Item

_HEAD = struct.Struct("<QIB")  # the first item's number, how many are done, whether one is ahead
_REFUSED = 2**64 - 1  # instead of a number: the text of a refusal follows

_COLUMNS, _FAILURE, _MD5 = (Item._fields.index(name) for name in ("columns", "failure", "md5"))
_NO_MORE = Item("")[_COLUMNS:]  # of most items there is a name and three values


def encode_batch(
    serial: int, items: Sequence[Item], resumed: Mapping[int, Resumption] | None = None
) -> bytes:
    """Return a batch whose items are numbered from `serial`; `resumed` as in base.Worker."""
    batch = [serial, [_row(item) for item in items]]
    if resumed:
        batch += [
            [
                [at, one.answers, [[part, *_codes(why)] for part, why in one.deaths.items()]]
                for at, one in resumed.items()
            ]
        ]
    try:
        return msgspec.json.encode(batch)
    except UnicodeEncodeError:  # names that are not UTF-8, as lone surrogates
        return json.dumps(batch).encode()


def decode_batch(message: bytes) -> tuple[int, list[Item], dict[int, Resumption]]:
    """Return what `encode_batch` was given; source columns stay with the parent."""
    serial, rows, *resumed = json.loads(message)
    return (
        serial,
        [_item(row) for row in rows],
        {
            at: Resumption(answers, {part: Failure(*why) for part, *why in deaths})
            for at, answers, deaths in (resumed[0] if resumed else ())
        },
    )


def _codes(failure: Failure) -> list[str]:
    return [failure.stage, failure.reason, failure.detail]


def _row(item: Item) -> Sequence[Any]:
    if item[_COLUMNS:] == _NO_MORE:
        return item[:_COLUMNS]
    row: list[Any] = [*item]
    row[_COLUMNS] = None
    if item.failure:
        row[_FAILURE] = _codes(item.failure)
    if item.md5:
        row[_MD5] = item.md5.hex()
    return row


def _item(row: list[Any]) -> Item:
    if len(row) > _FAILURE and row[_FAILURE]:
        row[_FAILURE] = Failure(*row[_FAILURE])
    if len(row) > _MD5 and row[_MD5]:
        row[_MD5] = bytes.fromhex(row[_MD5])
    return Item(*row)


class WorkerRefused(Exception):
    """A worker could not be made; the text says why."""


def encode_refusal(why: str) -> bytes:
    """Return the message of a worker that cannot start."""
    return _HEAD.pack(_REFUSED, 0, 0) + why.encode("utf-8", "replace")


def encode_answer(serial: int, answer: Answer) -> bytes:
    """Return an answer; the first of its items has the number `serial`."""
    return _HEAD.pack(serial, answer.done, answer.ahead) + answer.payload


def decode_answer(message: bytes) -> tuple[int, Answer]:
    """Return (first number, answer); raises WorkerRefused, or ValueError for junk."""
    if len(message) < _HEAD.size:
        raise ValueError("not an answer")
    serial, count, ahead = _HEAD.unpack_from(message)
    payload = message[_HEAD.size :]
    if serial == _REFUSED:
        raise WorkerRefused(payload.decode("utf-8", "replace"))
    if ahead > 1 or not (count or ahead):
        raise ValueError("not an answer")
    return serial, Answer(count, payload, bool(ahead))
