"""What reports lack to be a whole: ends of sweeps, and shards of theirs.

Works on what `sweep.json` says, with the state as of now. Knows no terminal.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import count

from hashsweep.report.sweep_json import STATES, ShardsInfo, SweepInfo
from hashsweep.safe_text import printable


def is_ended(sweep: SweepInfo) -> bool:
    """Say whether a sweep came to its end, or a rematch and all sweeps that it was made of."""
    return not [*name_unfinished(sweep)]


def shards_of(sweeps: Iterable[SweepInfo]) -> list[ShardsInfo]:
    """Return which shards there are of each sharded sweep, for `sweep.json`.

    A rematch has the shards that it was made of.
    """
    return [
        ShardsInfo(sources=[*sources], of=of, there=sorted(there))
        for (sources, of, _), there in _count_shards(sweeps).items()
    ]


def name_missing_shards(sweeps: Iterable[SweepInfo]) -> Iterator[str]:
    """Yield, in words, which shards are not there as often as others of the same sweep.

    So the shards of one day never stand in for those of another, nor those that were matched
    against the list of yesterday. A rematch has matched all of its shards anew.
    """
    counted = _count_shards(sweeps, _rules)
    of_sources = Counter((sources, of) for sources, of, _ in counted)
    for (sources, of, _), there in counted.items():
        most = max(there.values(), default=0)
        alike = " with the same lists and distances" if of_sources[sources, of] > 1 else ""
        yield from (f"{each}{alike}" for each in _absent(there, of))
        fewer: dict[int, list[int]] = {}
        for number, times in there.items():
            fewer.setdefault(most - times, []).append(number)
        for times in sorted(fewer.keys() - {0}, reverse=True):
            named = _name_shards(min(fewer[times]), of, len(fewer[times]))
            yield f"{named} missing{alike} ({times:,} of {most:,} times)"


def name_unseen_shards(earlier: Iterable[SweepInfo], sweeps: Iterable[SweepInfo]) -> Iterator[str]:
    """Yield, in words, which shards `earlier` lacks, of those that `sweeps` are of.

    Where these are not of shards of the same sweep, they are of all.
    """
    wanted = _count_shards(sweeps)
    for key, there in _count_shards(earlier).items():
        of = key[1]
        if key not in wanted:
            yield from _absent(there, of)
        elif lacking := wanted[key].keys() - there.keys():
            yield f"{_name_shards(min(lacking), of, len(lacking))} missing"


def reasons(sweep: SweepInfo) -> Iterator[str]:
    """Yield, in words, why rows of a report may be missing; nothing where it is whole.

    A shard alone is a whole: it has what it was asked for. A rematch is meant to be of all shards.
    """
    yield from name_unfinished(sweep)
    if sweep.rematch:
        yield from name_missing_shards([sweep])


def name_unfinished(sweep: SweepInfo) -> Iterator[str]:
    """Yield, in words, what of a sweep, or of all that a rematch was made of, has not ended."""
    if sweep.state != "complete":
        yield STATES[sweep.state]
    if sweep.rematch:
        for name in sweep.rematch.unfinished:
            yield f"{printable(name)}, which it was made of, is unfinished"


def _absent(there: Collection[int], of: int) -> Iterator[str]:
    """Yield, in words, which shards are not there at all."""
    if lacking := of - len(there):
        first = next(number for number in count(1) if number not in there)
        yield f"{_name_shards(first, of, lacking)} missing"


def _name_shards(first: int, of: int, number: int) -> str:
    """Return how so many shards are called, by the first of them."""
    return f"shard {first}/{of}" + (f" and {number - 1:,} more" if number > 1 else "")


def _count_shards(
    sweeps: Iterable[SweepInfo], rules: Callable[[SweepInfo], Hashable] = lambda _: ""
) -> dict[tuple[tuple[str, ...], int, Hashable], Counter[int]]:
    """Return how many reports have each shard.

    By sources, into how many they were divided, and what `rules` tells of the report.
    """
    found: dict[tuple[tuple[str, ...], int, Hashable], Counter[int]] = {}
    for sweep in sweeps:
        for sources, of, there in _shards(sweep):
            found.setdefault((tuple(sources), of, rules(sweep)), Counter()).update(there)
    return found


def _rules(sweep: SweepInfo) -> Hashable:
    """Return against what a sweep has matched, and how far."""
    lists = tuple(sweep.identities().items())
    return lists, tuple((each.name, each.max_distance) for each in sweep.hashes)


def _shards(sweep: SweepInfo) -> Iterator[tuple[Sequence[str], int, Sequence[int]]]:
    if sweep.rematch:
        for each in sweep.rematch.shards:
            yield each.sources, each.of, each.there
    elif sweep.shard:
        number, of = sweep.shard
        yield sweep.sources, of, [number]
