"""What reports lack to be a whole: ends of sweeps, and shards of theirs.

Works on what `sweep.json` says, with the state as of now. Knows no terminal.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from hashsweep.report.schema import STATES
from hashsweep.safe_text import shown

About = Mapping[str, Any]

_SHARDS_TOLD = 5
"""The first version of the report in which every rematch tells its shards; some of 4 do not."""


def is_ended(about: About) -> bool:
    """Say whether a sweep came to its end, or a rematch and all sweeps that it was made of."""
    return not [*unended(about)]


def shards_of(abouts: Iterable[About]) -> list[dict[str, Any]]:
    """Return which shards there are of each sharded sweep, for `sweep.json`.

    Each with `sources`, `of` (into how many it was divided) and `there` (numbers from 1). A
    rematch has the shards that it was made of.
    """
    return [
        {"sources": json.loads(sources), "of": of, "there": sorted(there)}
        for (sources, of, _), there in _counted(abouts).items()
    ]


def missing(abouts: Iterable[About]) -> Iterator[str]:
    """Yield, in words, which shards are not there as often as others of the same sweep.

    So the shards of one day never stand in for those of another, nor those that were matched
    against the list of yesterday. A rematch has matched all of its shards anew.
    """
    counted = _counted(abouts, _rules)
    of_sources = Counter((sources, of) for sources, of, _ in counted)
    for (sources, of, _), there in counted.items():
        most = max(there.values(), default=0)
        alike = " with the same lists and distances" if of_sources[sources, of] > 1 else ""
        yield from (f"{each}{alike}" for each in _absent(there, of))
        fewer: dict[int, list[int]] = {}
        for number, times in there.items():
            fewer.setdefault(most - times, []).append(number)
        for times in sorted(fewer.keys() - {0}, reverse=True):
            named = _named(min(fewer[times]), of, len(fewer[times]))
            yield f"{named} missing{alike} ({times:,} of {most:,} times)"


def unseen(earlier: Iterable[About], abouts: Iterable[About]) -> Iterator[str]:
    """Yield, in words, which shards `earlier` lacks, of those that `abouts` are of.

    Where these are not of shards of the same sweep, they are of all.
    """
    wanted = _counted(abouts)
    for key, there in _counted(earlier).items():
        of = key[1]
        if key not in wanted:
            yield from _absent(there, of)
        elif lacking := wanted[key].keys() - there.keys():
            yield f"{_named(min(lacking), of, len(lacking))} missing"


def told(about: About) -> Iterator[str]:
    """Yield, in words, why rows of a report may be missing; nothing where it is whole.

    A shard alone is a whole: it has what it was asked for. A rematch is meant to be of all shards.
    """
    yield from unended(about)
    if "rematch" in about:
        yield from missing([about])


def unended(about: About) -> Iterator[str]:
    """Yield, in words, what of a sweep, or of all that a rematch was made of, has not ended."""
    if about["state"] != "complete":
        yield STATES[about["state"]]
    if "rematch" in about:
        for name in about["rematch"]["unfinished"]:
            yield f"{shown(name)}, which it was made of, is unfinished"


def _absent(there: Collection[int], of: int) -> Iterator[str]:
    """Yield, in words, which shards are not there at all."""
    if lacking := of - len(there):
        first = next(number for number in count(1) if number not in there)
        yield f"{_named(first, of, lacking)} missing"


def _named(first: int, of: int, number: int) -> str:
    """Return how so many shards are called, by the first of them."""
    return f"shard {first}/{of}" + (f" and {number - 1:,} more" if number > 1 else "")


def _counted(
    abouts: Iterable[About], rules: Callable[[About], str] = lambda _: ""
) -> dict[tuple[str, int, str], Counter[int]]:
    """Return how many reports have each shard.

    By sources, into how many they were divided, and what `rules` tells of the report.
    """
    found: dict[tuple[str, int, str], Counter[int]] = {}
    for about in abouts:
        for sources, of, there in _held(about):
            found.setdefault((json.dumps(sources), of, rules(about)), Counter()).update(there)
    return found


def _rules(about: About) -> str:
    """Return against what a sweep has matched, and how far."""
    lists = [
        [each["name"], each["entries"], [source["sha256"] for source in each.get("sources", ())]]
        for each in about["lists"]
    ]
    return json.dumps(
        [lists, [[each["name"], each.get("max_distance")] for each in about["hashes"]]]
    )


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
