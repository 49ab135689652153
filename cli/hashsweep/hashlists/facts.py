"""What an open list says of itself, as plain values for reports and messages.

Knows the compiled form. Never holds a hash.
"""

import datetime
from typing import Any

from hashsweep.hashlists.compiled import CompiledList


def facts(compiled: CompiledList) -> dict[str, Any]:
    """Return name, counts, sources and refusals of a list, for `sweep.json`."""
    meta = compiled.meta
    return {
        "name": compiled.name,
        "known_good": compiled.known_good,
        "entries": meta["active"],
        "withdrawn": meta["withdrawn"],
        "superseded": meta["superseded"],
        "hashes": meta["hashes"],
        "not_matchable_here": meta["kept"],
        "created": meta["created"],
        "refused": refused(compiled),
        "sources": meta["sources"],
    }


def refused(compiled: CompiledList) -> dict[str, int]:
    """Return how many rows of the list's sources were refused, by code."""
    counts: dict[str, int] = {}
    for source in compiled.meta["sources"]:
        for code, count in source["refusals"].items():
            counts[code] = counts.get(code, 0) + count
    return counts


def is_used(compiled: CompiledList) -> bool:
    """Say whether all of a list can be compared with: no row refused, and some hash to match."""
    return bool(compiled.algorithms) and not any(refused(compiled).values())


def age_days(compiled: CompiledList, now: datetime.datetime) -> float:
    """Return days since the oldest of the list's source files was last written.

    The oldest, because a fresh file that was added says nothing of the others.
    """
    dates = [source["modified"] for source in compiled.meta["sources"]]
    oldest = min(datetime.datetime.fromisoformat(date) for date in dates)
    return (now - oldest).total_seconds() / 86_400
