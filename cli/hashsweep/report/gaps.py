"""Why a set of reports is incomplete: unfinished sweeps and missing shards.

Uses only `sweep.json`, with the current state. Knows no terminal.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import count

from hashsweep.report.sweep_json import STATES, ShardsInfo, SweepInfo
from hashsweep.safe_text import printable


def is_ended(sweep: SweepInfo) -> bool:
    """Say whether a sweep finished, or a rematch and all the sweeps it is based on."""
    return not [*name_unfinished(sweep)]


def shards_of(sweeps: Iterable[SweepInfo]) -> list[ShardsInfo]:
    """Return which shards of each sharded sweep exist, for `sweep.json`.

    A rematch has the shards of its input reports.
    """
    return [
        ShardsInfo(sources=[*sources], of=of, there=sorted(there))
        for (sources, of, _), there in _count_shards(sweeps).items()
    ]


def name_missing_shards(sweeps: Iterable[SweepInfo]) -> Iterator[str]:
    """Yield, in words, which shards occur less often than others of the same sweep.

    So the shards of one day never replace those of another, nor those that were matched
    against yesterday's list. A rematch has rematched all of its shards.
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
    """Yield, in words, which of the shards in `sweeps` are missing in `earlier`.

    If `sweeps` are not shards of the same sweep, they count as all shards.
    """
    wanted = _count_shards(sweeps)
    for key, there in _count_shards(earlier).items():
        of = key[1]
        if key not in wanted:
            yield from _absent(there, of)
        elif lacking := wanted[key].keys() - there.keys():
            yield f"{_name_shards(min(lacking), of, len(lacking))} missing"


def reasons(sweep: SweepInfo) -> Iterator[str]:
    """Yield, in words, why rows of a report may be missing; nothing if it is complete.

    A single shard is complete: it has what it should. A rematch should cover all shards.
    """
    yield from name_unfinished(sweep)
    if sweep.rematch:
        yield from name_missing_shards([sweep])


def name_unfinished(sweep: SweepInfo) -> Iterator[str]:
    """Yield, in words, which sweeps are unfinished: this one, or those a rematch is based on."""
    if sweep.state != "complete":
        yield STATES[sweep.state]
    if sweep.rematch:
        for name in sweep.rematch.unfinished:
            yield f"{printable(name)}, which it is based on, is unfinished"


def _absent(there: Collection[int], of: int) -> Iterator[str]:
    """Yield, in words, which shards do not exist at all."""
    if lacking := of - len(there):
        first = next(number for number in count(1) if number not in there)
        yield f"{_name_shards(first, of, lacking)} missing"


def _name_shards(first: int, of: int, number: int) -> str:
    """Return a phrase for this many shards, by the first of them."""
    return f"shard {first}/{of}" + (f" and {number - 1:,} more" if number > 1 else "")


def _count_shards(
    sweeps: Iterable[SweepInfo], rules: Callable[[SweepInfo], Hashable] = lambda _: ""
) -> dict[tuple[tuple[str, ...], int, Hashable], Counter[int]]:
    """Return how many reports have each shard.

    By sources, number of shards, and what `rules` says about the report.
    """
    found: dict[tuple[tuple[str, ...], int, Hashable], Counter[int]] = {}
    for sweep in sweeps:
        for sources, of, there in _shards(sweep):
            found.setdefault((tuple(sources), of, rules(sweep)), Counter()).update(there)
    return found


def _rules(sweep: SweepInfo) -> Hashable:
    """Return which lists a sweep used, and at which distances."""
    lists = tuple(sweep.identities().items())
    return lists, tuple((each.name, each.max_distance) for each in sweep.hashes)


def _shards(sweep: SweepInfo) -> Iterator[tuple[Sequence[str], int, Sequence[int]]]:
    if sweep.rematch:
        for each in sweep.rematch.shards:
            yield each.sources, each.of, each.there
    elif sweep.shard:
        number, of = sweep.shard
        yield sweep.sources, of, [number]
