"""What reports lack to be a whole: ends of sweeps, and shards of theirs.

Works on what `sweep.json` says, with the state as of now. Knows no terminal.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from hashsweep.report.names import shown
from hashsweep.report.schema import STATES

About = Mapping[str, Any]

_SHARDS_TOLD = 5
"""The first version of the report in which every rematch tells its shards; some of 4 do not."""


def is_ended(about: About) -> bool:
    """Say whether a sweep came to its end, or a rematch and all sweeps that it was made of."""
    return about["state"] == "complete" and not _unfinished(about)


def shards_of(abouts: Iterable[About]) -> list[dict[str, Any]]:
    """Return which shards there are of each sharded sweep, for `sweep.json`.

    Each with `sources`, `of` (into how many it was divided) and `there` (numbers from 1). A
    rematch has the shards that it was made of.
    """
    return [
        {"sources": json.loads(sources), "of": of, "there": sorted(there)}
        for (sources, of), there in _counted(abouts).items()
    ]


def missing(abouts: Iterable[About]) -> Iterator[str]:
    """Yield, in words, which shards are not there as often as others of the same sweep.

    So the shards of one day never stand in for those of another.
    """
    for (_, of), there in _counted(abouts).items():
        most = max(there.values(), default=0)
        if lacking := of - len(there):
            first = next(number for number in count(1) if number not in there)
            yield f"{_named(first, of, lacking)} missing"
        fewer: dict[int, list[int]] = {}
        for number, times in there.items():
            fewer.setdefault(most - times, []).append(number)
        for times in sorted(fewer.keys() - {0}, reverse=True):
            named = _named(min(fewer[times]), of, len(fewer[times]))
            yield f"{named} missing ({times:,} of {most:,} times)"


def told(about: About) -> Iterator[str]:
    """Yield, in words, why rows of a report may be missing; nothing where it is whole.

    A shard alone is a whole: it has what it was asked for. A rematch is meant to be of all shards.
    """
    if about["state"] != "complete":
        yield STATES[about["state"]]
    for name in _unfinished(about):
        yield f"{name}, which it was made of, is unfinished"
    if "rematch" in about:
        yield from missing([about])


def _unfinished(about: About) -> list[str]:
    """Return the names, fit to be shown, of what a rematch was made of and had not ended."""
    return [shown(name) for name in about["rematch"]["unfinished"]] if "rematch" in about else []


def _named(first: int, of: int, number: int) -> str:
    """Return how so many shards are called, by the first of them."""
    return f"shard {first}/{of}" + (f" and {number - 1:,} more" if number > 1 else "")


def _counted(abouts: Iterable[About]) -> dict[tuple[str, int], Counter[int]]:
    """Return how many reports have each shard, by sources and into how many they were divided."""
    found: dict[tuple[str, int], Counter[int]] = {}
    for about in abouts:
        for sources, of, there in _held(about):
            found.setdefault((json.dumps(sources), of), Counter()).update(there)
    return found


def _held(about: About) -> Iterator[tuple[Sequence[str], int, Sequence[int]]]:
    if "rematch" not in about:
        if shard := about["options"].get("shard"):
            number, of = shard
            yield about["sources"], int(of), [int(number)]
    elif "shards" in about["rematch"] or about["report_version"] >= _SHARDS_TOLD:
        for each in about["rematch"]["shards"]:
            yield each["sources"], int(each["of"]), [int(number) for number in each["there"]]
    else:  # those of a rematch of rematches are not known then
        for each in about["rematch_of"]:
            yield from _held(each)
