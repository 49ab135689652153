"""What the parent of a sweep spends on an item, in microseconds of CPU.

A whole sweep runs, but for the engine: that answers at once with payloads that were packed before,
as workers pack them, of synthetic records (objects of a bucket, four hashes, no match). Run as
`python -m benchmarks.parent [--items N] [--lists N] [--profile]`.
"""

import argparse
import cProfile
import pstats
import random
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hashsweep.engines import protocol
from hashsweep.engines.base import Answer, Finished, Job
from hashsweep.model import Item, Record
from hashsweep.sources import Source
from hashsweep.sweep.batches import batches
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.packing import Packer, hash_sizes
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.run import sweep

HASHES = ("md5", "sha1", "sha256", "pdq")


def make_records(count: int) -> list[Record]:
    """Return records of so many objects, as workers have them."""
    rng = random.Random(1)
    found = []
    for number in range(count):
        name, etag = rng.randbytes(10).hex(), rng.randbytes(16).hex()
        moment = 1764400000000000000 + number
        item = Item(f"s3://uploads/2026/11/{number % 97:03d}/{name}.jpg", 300_000, moment, etag)
        sizes = zip(HASHES, (16, 20, 32, 32), strict=True)
        found.append(
            Record(
                item,
                size=item.size,
                mtime_ns=moment,
                etag=etag,
                media_type="image/jpeg",
                width=1600,
                height=1200,
                animated=False,
                decode_mode="fast/4",
                hashes={name: rng.randbytes(size) for name, size in sizes},
                pdq_quality=100,
                compared=("pdq", "sha256"),
                compared_views=("turns", "shown"),
            )
        )
    return found


class Canned:
    """The Engine without workers: it has all answers."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        """One payload for each batch."""
        self._payloads = payloads

    def run(self, job: Job, batched: Iterable[Sequence[Item]]) -> Generator[Finished, None, None]:
        """Encode each batch and decode its answer, as the process engine does."""
        serial = 0
        for batch, payload in zip(batched, self._payloads, strict=True):
            protocol.encode_batch(serial, batch)
            message = protocol.encode_answer(serial, Answer(len(batch), payload))
            _, answer = protocol.decode_answer(message)
            yield job.take(answer, batch, None)
            serial += len(batch)

    def in_force(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def left_behind(self) -> tuple[int, ...]:
        """Return nothing."""
        return ()


class Listed(Source):
    """A source of items that are there already."""

    def __init__(self, items: Sequence[Item]) -> None:
        """Keep them."""
        self._items = items

    @property
    def name(self) -> str:
        """Its name."""
        return "items"

    def items(self) -> Iterator[Item]:
        """Yield all."""
        return iter(self._items)

    def holds(self, _name: str) -> bool:
        """Say that it has everything."""
        return True


def run_sweep(
    count: int, lists: int, folder: Path, profile: cProfile.Profile | None = None
) -> float:
    """Return the seconds of CPU that a sweep of so many items costs this process."""
    names = []
    for number in range(lists):
        path = folder / f"list-{number}.csv"
        path.write_text(f"entry_id,sha256,pdq\ne,{number:064x},{number + 2**255:064x}\n")
        path.chmod(0o600)
        names.append(str(path))
    records = make_records(count)
    config = ScanConfig(sources=(str(folder),), lists=tuple(names), hashes=HASHES)
    with build_plan(config) as plan:
        packer = Packer(hash_sizes(plan.specs))
        grouped = batches(each.item for each in records)
        left = iter(records)
        payloads = [packer.pack([[next(left)] for _ in batch]) for batch in grouped]
        items = [each.item for each in records]
        canned = replace(plan, engine=Canned(payloads), sources=[Listed(items)])
        before = time.process_time()
        if profile:
            profile.enable()
        sweep(canned, folder / "report")
        if profile:
            profile.disable()
        return time.process_time() - before


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--lists", type=int, default=1)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        profile = cProfile.Profile()
        used = profile if asked.profile else None
        seconds = run_sweep(asked.items, asked.lists, Path(folder), used)
    print(f"{seconds / asked.items * 1e6:.1f} us of CPU an item, {asked.lists} lists")
    if asked.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
