"""What reports lack to be a whole: ends of sweeps, and shards of theirs.

Works on what `sweep.json` says, with the state as of now. Knows no terminal.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from hashsweep.report.names import shown
from hashsweep.report.schema import STATES

About = Mapping[str, Any]


def is_ended(about: About) -> bool:
    """Say whether a sweep came to its end, or a rematch and all sweeps that it was made of."""
    return about["state"] == "complete" and not _unfinished(about)


def shards_of(abouts: Iterable[About]) -> list[dict[str, Any]]:
    """Return which shards there are of each sharded sweep, for `sweep.json`.

    Each with `sources`, `of` (into how many it was divided) and `there` (numbers from 1). A
    rematch has the shards that it was made of.
    """
    found: dict[tuple[str, int], set[int]] = {}
    for about in abouts:
        for sources, of, there in _held(about):
            found.setdefault((json.dumps(sources), of), set()).update(there)
    return [
        {"sources": json.loads(sources), "of": of, "there": sorted(there)}
        for (sources, of), there in found.items()
    ]


def missing(shards: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield, in words, which shards are not there of what `shards_of` returns."""
    for each in shards:
        there, of = set(each["there"]), each["of"]
        if lacking := of - len(there):
            first = next(number for number in count(1) if number not in there)
            more = f" and {lacking - 1:,} more" if lacking > 1 else ""
            yield f"shard {first}/{of}{more} missing"


def told(about: About) -> Iterator[str]:
    """Yield, in words, why rows of a report may be missing; nothing where it is whole.

    A shard alone is a whole: it has what it was asked for. A rematch is meant to be of all shards.
    """
    if about["state"] != "complete":
        yield STATES[about["state"]]
    for name in _unfinished(about):
        yield f"{name}, which it was made of, is unfinished"
    if "rematch" in about:
        yield from missing(about["rematch"]["shards"])


def _unfinished(about: About) -> list[str]:
    """Return the names, fit to be shown, of what a rematch was made of and had not ended."""
    return [shown(name) for name in about["rematch"]["unfinished"]] if "rematch" in about else []


def _held(about: About) -> Iterator[tuple[Sequence[str], int, Sequence[int]]]:
    if "rematch" in about:
        for each in about["rematch"]["shards"]:
            yield each["sources"], int(each["of"]), [int(number) for number in each["there"]]
    elif shard := about["options"].get("shard"):
        number, of = shard
        yield about["sources"], int(of), [int(number)]
