"""Sends items to workers in batches, takes records back. Knows no source, report or terminal."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import cast

from hashsweep.engines.base import Finished
from hashsweep.model import Failure, Item, Record
from hashsweep.report.plain_rows import PlainRows
from hashsweep.sweep import results as answers
from hashsweep.sweep.long_items import LongItem, Parts
from hashsweep.sweep.packing import hash_sizes
from hashsweep.sweep.work import Work

BATCH_ITEMS = 64
BATCH_BYTES = 16 * 1024 * 1024
BATCH_NAMES = 24 * 1024
"""Most items, bytes of files and bytes of names in a batch (which has at least one item)."""


def records(work: Work, items: Iterator[Item]) -> Generator[list[Record], None, None]:
    """Yield the records of each item, as workers finish them."""
    yield from of_batches(work, batches(items))


def of_batches(
    work: Work, batched: Iterable[Sequence[Item]]
) -> Generator[list[Record], None, None]:
    """Yield the records of each item in batches, which may be engines.base.Arrivals."""
    parts = Parts()
    with closing(results(work, batched)) as stream:
        for finished in stream:
            for found in records_of(finished, parts):
                yield (
                    [*chain.from_iterable(found.chunks())] if isinstance(found, LongItem) else found
                )


def results(work: Work, batched: Iterable[Sequence[Item]]) -> Generator[Finished, None, None]:
    """Yield what workers say of items; a result is answers.Results, or the failure of one item."""
    job = replace(work.job, inspect=answers.Inspector(hash_sizes(work.specs)).inspect)
    with closing(work.engine.run(job, batched)) as stream:
        yield from stream


def records_of(finished: Finished, parts: Parts) -> Sequence[list[Record] | LongItem]:
    """Return the records of each item that is done; `parts` holds those of others."""
    result = finished.result
    if isinstance(result, Failure):
        every = [answers.failed(finished.items[0], result)]
    else:
        every = cast("answers.Results", result).by_item(len(finished.items))
        if finished.ahead is not None:
            parts.add(finished.ahead, result.parts)
    return [parts.end(each) for each in every] if parts else every


def split_plain(
    finished: Finished, parts: Parts
) -> tuple[PlainRows | None, Sequence[int], Sequence[list[Record] | LongItem]]:
    """Return the plain rows of an answer, their places, and the records of all other items."""
    result = finished.result
    if isinstance(result, Failure) or parts or finished.ahead is not None:
        return None, (), records_of(finished, parts)
    return result.plain, result.at, result.found


def in_order(work: Work, items: Iterator[Item]) -> Generator[list[Record], None, None]:
    """Yield the records of each item in the order of the items.

    A slow item delays the records of all items after it.
    """
    drawn: deque[Item] = deque()

    def note_items() -> Iterator[Item]:
        for item in items:
            drawn.append(item)
            yield item

    held: dict[int, list[Record]] = {}
    with closing(records(work, note_items())) as stream:
        for found in stream:
            held[id(found[0].item)] = found
            while drawn and id(drawn[0]) in held:
                yield held.pop(id(drawn.popleft()))


def batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Group a stream of items; the first batches are small so that all workers start soon."""
    batch: list[Item] = []
    size = names = given = 0
    most = 1
    for item in items:
        batch.append(item)
        if item.earlier is None:
            size += item.size or 0
        names += len(item.uri)
        if len(batch) >= most or size >= BATCH_BYTES or names >= BATCH_NAMES:
            given += len(batch)
            most = min(BATCH_ITEMS, 1 + given // 8)
            yield batch
            batch, size, names = [], 0, 0
    if batch:
        yield batch
