"""Sends items to workers in batches, takes records back. Knows no source, report or terminal."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing

from hashsweep.model import Item, Record
from hashsweep.sweep import results as answers
from hashsweep.sweep.work import Work

BATCH_ITEMS = 32
BATCH_BYTES = 8 * 1024 * 1024
BATCH_NAMES = 24 * 1024
"""Most items, bytes of files and bytes of names in a batch (which has at least one item)."""


def records(work: Work, items: Iterator[Item]) -> Generator[list[Record], None, None]:
    """Yield the records of each item, as workers finish them."""
    yield from of_batches(work, batches(items))


def of_batches(
    work: Work, batched: Iterable[Sequence[Item]]
) -> Generator[list[Record], None, None]:
    """Yield the records of each item in batches, which may be engines.base.Arrivals."""
    # a source may state an MD5 that no worker computes
    sizes = {"md5": 16, **{spec.name: spec.bits // 8 for spec in work.specs}}
    with closing(work.engine.run(work.job, batched)) as results:
        for finished in results:
            yield answers.records(finished, sizes)


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
    for item in items:
        batch.append(item)
        size += (item.size or 0) if item.earlier is None else 0
        names += len(item.uri)
        full = len(batch) >= min(BATCH_ITEMS, 1 + given // 8)
        if full or size >= BATCH_BYTES or names >= BATCH_NAMES:
            given += len(batch)
            yield batch
            batch, size, names = [], 0, 0
    if batch:
        yield batch
