"""Estimates what a sweep would do and how long it would take, from a short sample of the work.

Reads only the objects of the sample; writes nothing. Knows no terminal.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from hashsweep.model import Item, Skipped
from hashsweep.output.listeners import Listener, Listeners
from hashsweep.report.tally import Tally
from hashsweep.storage.facts import CHUNK
from hashsweep.storage.stores import LISTED
from hashsweep.storage.uris import is_remote
from hashsweep.sweep.batches import records
from hashsweep.sweep.need import need_of
from hashsweep.sweep.plan import Plan
from hashsweep.sweep.run import items

SAMPLE = 400
"""Most items in the sample, drawn evenly from all that would be read."""

SECONDS = 15.0
"""Seconds the sample may take."""


@dataclass
class Estimate:
    """Counts of items, bytes, requests; `seconds` is None if nothing could be measured.

    `read` and `read_bytes` count what would be read, `unsized` those whose size is not
    known beforehand. `digest_from_source` items would be matched by an MD5 from their source,
    `from_baseline` ones by their hashes in the baseline report. `formats` counts names
    by extension, since no content is read.
    """

    items: int = 0
    bytes: int = 0
    read: int = 0
    read_bytes: int = 0
    unsized: int = 0
    digest_from_source: int = 0
    from_baseline: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    in_other_shards: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    sampled: int = 0
    sampled_bytes: int = 0
    sampled_failed: int = 0
    sampled_seconds: float = 0.0
    seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values; counters as objects, largest count first."""
        return {
            name: dict(value.most_common()) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }


def estimate(plan: Plan, listeners: Iterable[Listener] = ()) -> Estimate:
    """Walk the sources, count, and do a sample of the work; raises RunError as a sweep would."""
    found = Estimate()
    chosen = list(_count_items(plan, found, Listeners(listeners)))
    found.requests["list"] = sum(
        -(-(found.items + sum(found.skipped.values())) // LISTED)
        for source in plan.sources
        if is_remote(source.name) and not plan.config.manifests
    )
    if chosen:
        _measure(plan, chosen, found)
    return found


def _count_items(plan: Plan, found: Estimate, listener: Listener) -> list[Item]:
    """Count all items; return a sample of those that would be read, each equally likely."""
    tally = Tally()
    sample: list[Item] = []
    draw = random.Random(0)  # noqa: S311 - the same sample every time, and not a secret

    def skip(skipped: Skipped) -> None:
        found.skipped[skipped.reason] += 1

    def leave_to_others() -> None:
        found.in_other_shards += 1

    carry = plan.baseline.carry if plan.baseline else lambda item: item
    for item in items(plan, skip, carry, leave_to_others=leave_to_others):
        tally.items += 1
        tally.bytes += item.size or 0
        listener.advance(tally)
        found.formats[_extension_of(item.uri)] += 1
        if not _is_read(plan, item, found):
            continue
        found.read += 1
        found.read_bytes += item.size or 0
        found.unsized += item.size is None
        if is_remote(item.uri):
            found.requests["get"] += max(1, -(-(item.size or 0) // CHUNK))
        if len(sample) < SAMPLE:
            sample.append(item)
        elif (place := draw.randrange(found.read)) < SAMPLE:
            sample[place] = item
    found.items, found.bytes = tally.items, tally.bytes
    return sample


def _is_read(plan: Plan, item: Item, found: Estimate) -> bool:
    """Say whether an item's bytes would be read; count it if they would not."""
    hashes = {spec.name for spec in plan.specs}
    need = need_of(item, hashes, digest_only=plan.config.digest_only)
    if item.failure:
        found.failed[f"{item.failure.stage}: {item.failure.reason}"] += 1
    found.from_baseline += need == "known"
    found.digest_from_source += need == "stated"
    if need == "no-digest":
        found.failed["list: no-digest"] += 1
    return need == "read"


def _extension_of(uri: str) -> str:
    name = uri.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if stem and dot and len(ending) <= _LONGEST else "(none)"


_LONGEST = 5  # characters of an ending; anything longer is part of the name


def _measure(plan: Plan, sample: list[Item], found: Estimate) -> None:
    """Do the work of the sample; the time to start workers is not counted."""
    random.Random(1).shuffle(sample)  # noqa: S311 - so that stopping midway is fair as well
    began = last = None
    first = 0
    with closing(records(plan, _until(sample))) as stream:
        for done in stream:
            last = time.monotonic()
            if began is None:
                began = last
                continue
            first += 1
            found.sampled_bytes += done[0].size or 0
            found.sampled_failed += bool(done[0].reasons)
    found.sampled = first
    if began is not None and last is not None and first > found.sampled_failed:
        found.sampled_seconds = last - began
        found.seconds = found.sampled_seconds / first * found.read


def _until(sample: list[Item]) -> Iterator[Item]:
    """Yield the sample until its time is over."""
    end = time.monotonic() + SECONDS
    for item in sample:
        yield item
        if time.monotonic() > end:
            return
