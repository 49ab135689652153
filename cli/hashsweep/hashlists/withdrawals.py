"""Withdrawals that one list makes and that concern entries of another.

A deletion reaches another list only where both name the same source and it is newer than the
entry. Knows the compiled form.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.compiled import CompiledList, write_without
from hashsweep.hashlists.formats.base import FEEDS, key_of_hash
from hashsweep.hashlists.formats.values import span_of

_HALF = 8  # bytes of a key that are the entry's own


class _Grave(NamedTuple):
    """A tombstone: `key` is that of whole entries, or of one of their hashes."""

    key: bytes
    source: str
    when: int | None


def apply_across(lists: Sequence[CompiledList], scratch: Scratch) -> list[CompiledList]:
    """Return the lists without the entries that another of them takes back; `notes` say so.

    A list that loses entries is written anew to a file of `scratch`. Raises ListError for a
    damaged list, OSError where the disk is full.
    """
    results = list(lists)
    graves = {at: list(_graves(each)) for at, each in enumerate(lists) if each.meta["withdrawn"]}
    for at, each in enumerate(lists):
        gone: dict[int, str] = {}
        standing: Counter[str] = Counter()
        for other, theirs in graves.items():
            if other == at or not theirs:
                continue
            met, left = _find_met(each, theirs)
            gone |= dict.fromkeys(met, lists[other].name)
            if left:
                standing[lists[other].name] += left
        if gone:
            for involved in (each, *(lists[other] for other in graves)):
                involved.verify()
            results[at] = _take_out(each, gone, scratch)
        results[at].left_standing = dict(standing)
    return results


def _take_out(each: CompiledList, gone: dict[int, str], scratch: Scratch) -> CompiledList:
    by = Counter(gone.values())
    path = scratch.new()
    write_without(each, np.fromiter(gone, np.int64, len(gone)), path, {"withdrawn_by": dict(by)})
    scratch.finish(path)
    return CompiledList(path, verify=False, name=each.name)


def _graves(each: CompiledList) -> Iterator[_Grave]:
    rows = each.array("entry.withdrawn").astype(bool) & ~each.array("entry.superseded").astype(bool)
    keys = each.array("entry.key")
    for row in np.nonzero(rows & keys.any(axis=1))[0].tolist():
        span = span_of(each.updated(row))
        yield _Grave(keys[row].tobytes(), _source(each, row), span[0] if span else None)


def _find_met(each: CompiledList, graves: Sequence[_Grave]) -> tuple[list[int], int]:
    """Return the rows that these take back, and how many more they would if they were sure."""
    rows: list[int] = []
    left = 0
    keys = each.array("entry.key")
    firsts = np.frombuffer(b"".join(grave.key[:_HALF] for grave in graves), np.uint64)
    named: npt.NDArray[np.bool_] = np.isin(keys[:, 0], firsts) & ~each.inactive()
    if not named.any():
        return rows, left
    graves_by_key: dict[bytes, list[_Grave]] = {}
    for grave in graves:
        graves_by_key.setdefault(grave.key, []).append(grave)
    for row, parts in _keys_of(each, named):
        its = [grave for part in parts for grave in graves_by_key.get(part, ())]
        if not its:
            continue
        source, span = _source(each, row), span_of(each.updated(row))
        newer = [g for g in its if g.when is None or span is None or g.when > span[1]]
        sure = [g for g in newer if g.when is not None and span and g.source == source != ""]
        if sure:
            rows.append(row)
        elif newer:
            left += 1
    return rows, left


def _keys_of(each: CompiledList, named: npt.NDArray[np.bool_]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield of each of these entries its row and the keys by which it can be taken back."""
    keys = each.array("entry.key")
    parts = {row: [keys[row].tobytes()] for row in np.nonzero(named)[0].tolist()}
    for row, kind, value in each.hashes_of(named):
        parts[row].append(key_of_hash(parts[row][0], kind, value))
    yield from parts.items()


def _source(each: CompiledList, row: int) -> str:
    """Return what an entry names as its source: a feed, or the text in a table; "" for none."""
    scheme, source = each.origin(row)
    return scheme if scheme in FEEDS else source.strip().lower()
