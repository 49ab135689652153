"""Describes an open list in plain values, for reports and messages.

Knows the compiled form. Never holds a hash.
"""

import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.formats.values import span_of
from hashsweep.model import LEAST_QUALITY, LOW_QUALITY, is_list_used


def facts(compiled: CompiledList) -> dict[str, Any]:
    """Return name, counts, sources and refusals of a list, for `sweep.json`."""
    meta = compiled.meta
    return {
        "name": compiled.name,
        "known_good": compiled.known_good,
        "entries": meta["active"],
        "withdrawn": meta["withdrawn"],
        "superseded": meta["superseded"],
        "withdrawn_by": compiled.withdrawn_by,
        "left_standing": compiled.left_standing,
        "undated": compiled.undated,
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
    """Return how many of a list's PDQs have too low a quality to be compared in full."""
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


def readiness(compiled: CompiledList, now: datetime.datetime) -> dict[str, Any]:
    """Return what a sweep can use of a list and what it cannot, in numbers."""
    meta = compiled.meta
    active = ~compiled.inactive()
    matchable = np.zeros(len(compiled), bool)
    for name in compiled.algorithms:
        column = compiled.column(name)
        usable = column.quality >= LEAST_QUALITY if name == "pdq" else slice(None)
        matchable[column.entries[usable]] = True
    with_plugin = np.zeros(len(compiled), bool)
    for name in meta["kept"]:
        with_plugin[compiled.array(f"kept.{name}.entries")] = True
    refused = count_refusals(compiled)
    return {
        "name": compiled.name,
        "matchable": int(np.count_nonzero(matchable & active)),
        "rows_used": sum(source["entries"] for source in meta["sources"]),
        "rows_refused": sum(refused.values()),
        "refused": refused,
        "withdrawn": meta["withdrawn"],
        "superseded": meta["superseded"],
        "withdrawn_by_others": sum(compiled.withdrawn_by.values()),
        "undated": compiled.undated,
        "plugin_only": int(np.count_nonzero(active & with_plugin & ~matchable)),
        "not_matchable_here": meta["kept"],
        "low_quality": low_quality(compiled),
        "age_days": round(age_days(compiled, now), 2) if meta["sources"] else 0.0,
        "newest_entry": _newest(compiled, active),
    }


def _newest(compiled: CompiledList, active: npt.NDArray[np.bool_]) -> str:
    """Return the latest date of an active entry, "" for none."""
    latest, when = "", None
    known: dict[str, int | None] = {}
    for row in np.nonzero(active)[0].tolist():
        date = compiled.updated(row)
        if date and date not in known:
            span = span_of(date)
            known[date] = at = span[1] if span else None
            if at is not None and (when is None or at > when):
                latest, when = date, at
    return latest
