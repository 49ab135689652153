"""Describes an open list in plain values, for reports and messages.

Knows the compiled form. Never holds a hash.
"""

import datetime
from typing import Any

import numpy as np

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.model import LOW_QUALITY, is_list_used


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
        "low_quality": low_quality(compiled),
        "not_matchable_here": meta["kept"],
        "created": meta["created"],
        "refused": count_refusals(compiled),
        "sources": meta["sources"],
    }


def count_refusals(compiled: CompiledList) -> dict[str, int]:
    """Return how many rows of the list's sources were refused, by code."""
    counts: dict[str, int] = {}
    for source in compiled.meta["sources"]:
        for code, count in source["refusals"].items():
            counts[code] = counts.get(code, 0) + count
    return counts


def is_used(compiled: CompiledList) -> bool:
    """Say whether all of a list can be used: no row refused, and some hash to match."""
    hashes, refusals = compiled.meta["hashes"], count_refusals(compiled)
    return is_list_used(hashes, low_quality(compiled), refusals)


def low_quality(compiled: CompiledList) -> int:
    """Return how many of a list's PDQs have too low a quality to match anything."""
    if "pdq" not in compiled.algorithms:
        return 0
    return int(np.count_nonzero(compiled.column("pdq").quality < LOW_QUALITY))


def age_days(compiled: CompiledList, now: datetime.datetime) -> float:
    """Return days since the oldest of the list's source files was last written.

    The oldest counts, because a fresh additional file says nothing about the others.
    """
    dates = [source["modified"] for source in compiled.meta["sources"]]
    oldest = min(datetime.datetime.fromisoformat(date) for date in dates)
    return (now - oldest).total_seconds() / 86_400
