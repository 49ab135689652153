"""All entries of a list, by column: which of them are superseded, and the arrays that are stored.

Knows no file.
"""

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.hashlists.columns import About, EntryColumns, Kind, Texts
from hashsweep.hashlists.fingerprints import LANES, add_prints
from hashsweep.hashlists.formats.base import key_of_hash
from hashsweep.hashlists.formats.values import span_of

_UNDATED = np.iinfo(np.int64).min
_WHOLE = bytes(8)  # in place of a hash's half of a key: all entries of the id are withdrawn

Array = npt.NDArray[Any]


def arrays_of(texts: Texts, name: str) -> dict[str, Array]:
    """Return uint8 `name.bytes` and uint64 `name.ends` (one more than the texts)."""
    return {
        f"{name}.bytes": np.frombuffer(texts.content, np.uint8),
        f"{name}.ends": np.frombuffer(texts.ends, np.uint64),
    }


class ListBuilder(EntryColumns):
    """All entries of a list, by column."""

    def __init__(self, computable: frozenset[str]) -> None:
        """`computable` are the kinds with hashes of a fixed length; others are texts."""
        super().__init__(computable)
        self._starts = np.empty(0, np.int64)
        self.undated = 0

    def extend(self, more: EntryColumns) -> None:
        """Append entries, whose columns are sound."""
        first = len(self)
        _append_texts(self.ids, more.ids)
        _append_texts(self.updated, more.updated)
        numbers = [self.abouts.setdefault(each, len(self.abouts)) for each in more.abouts]
        about = np.asarray(numbers, np.uint32)[np.frombuffer(more.about, np.uint32)]
        self.about.frombytes(about.tobytes())
        self.withdrawn += more.withdrawn
        self.grave_lines += more.grave_lines
        self.replaces += more.replaces
        self.keys += more.keys
        for name, theirs in more.kinds.items():
            kind = self.kinds.setdefault(name, Kind())
            kind.hashes += theirs.hashes
            kind.quality += theirs.quality
            _append_rows(kind.entries, theirs.entries, first)
        for name, (texts, entries) in more.kept.items():
            mine = self.kept.setdefault(name, (Texts(), array("I")))
            _append_texts(mine[0], texts)
            _append_rows(mine[1], entries, first)

    def find_superseded(self, starts: Sequence[int] = ()) -> npt.NDArray[np.bool_]:
        """Say of each entry whether a newer one with the same key replaces or withdraws it.

        The newer one is that with the later time; where one of the two has none, the one that was
        read later. At equal times both stay. One with the same hashes replaces it, too: it is no
        second picture. A tombstone for one hash (see base.key_of_hash) withdraws the entries that
        have it. `starts` are the first rows of each delivery; `undated` counts what was decided
        by the order of these.
        """
        count = len(self)
        result = np.zeros(count, bool)
        self.undated = 0
        self._starts = np.asarray(starts, np.int64)
        keys = np.frombuffer(self.keys, np.uint64).reshape(count, 2)
        (rows,) = np.nonzero(keys.any(axis=1))
        if rows.size:
            rows = rows[np.lexsort((rows, keys[rows, 1], keys[rows, 0]))]
            self._replace_by_key(rows, keys, result)
            self._withdraw_by_hash(keys, result)
            self._replace_by_same(rows, keys, result)
        return result

    def _replace_by_key(self, rows: Array, keys: Array, result: npt.NDArray[np.bool_]) -> None:
        """Mark the entries that a newer final one of their key replaces or withdraws.

        `rows` are those with a key, in the order of their keys.
        """
        final = self.find_withdrawn()[rows] | np.frombuffer(self.replaces, bool)[rows]
        first = np.ones(rows.size, bool)
        first[1:] = (keys[rows[1:]] != keys[rows[:-1]]).any(axis=1)
        group = np.cumsum(first) - 1
        several = np.bincount(group)[group] > 1
        rows, final = rows[several], final[several]
        if not final.any():
            return
        _, group = np.unique(group[several], return_inverse=True)
        early, late = self._times(rows)
        is_dated = early != _UNDATED
        newest = np.full(int(group[-1]) + 1, _UNDATED)
        np.maximum.at(newest, group[final], early[final])
        last, last_undated = (np.full(newest.size, -1) for _ in range(2))
        np.maximum.at(last, group[final], rows[final])
        np.maximum.at(last_undated, group[final & ~is_dated], rows[final & ~is_dated])
        by_time = is_dated & (newest[group] > late)
        latest = np.where(is_dated, last_undated[group], last[group])
        result[rows[by_time | (rows < latest)]] = True
        by_order = ~by_time & (rows < latest)
        self.undated += self._count_apart(rows[by_order], latest[by_order])

    def _withdraw_by_hash(self, keys: Array, result: npt.NDArray[np.bool_]) -> None:
        """Mark the entries that a newer tombstone for one of their hashes withdraws."""
        replaces = np.frombuffer(self.replaces, bool)
        (graves,) = np.nonzero(self.find_withdrawn() & replaces & ~result)
        if not graves.size:
            return
        graves_by_key: dict[bytes, list[tuple[int, int]]] = {}
        for row, early in zip(graves.tolist(), self._times(graves)[0].tolist(), strict=True):
            graves_by_key.setdefault(keys[row].tobytes(), []).append((row, early))
        named = np.isin(keys[:, 0], keys[graves, 0]) & ~self.find_withdrawn() & ~result
        late = dict(
            zip(
                np.nonzero(named)[0].tolist(),
                self._times(np.nonzero(named)[0])[1].tolist(),
                strict=True,
            )
        )
        for row, kind, value in self._hashes_of(named):
            its = graves_by_key.get(key_of_hash(keys[row].tobytes(), kind, value), ())
            dated = late[row] != _UNDATED
            if any(dated and early > late[row] for _, early in its):
                result[row] = True
                continue
            ahead = [grave for grave, early in its if not (dated and early != _UNDATED)]
            if max(ahead, default=-1) > row and not result[row]:
                result[row] = True
                self.undated += self._count_apart(np.array([row]), np.array([max(ahead)]))

    def _replace_by_same(self, rows: Array, keys: Array, result: npt.NDArray[np.bool_]) -> None:
        """Mark the entries that a newer one with their key and just their hashes replaces.

        `rows` are those with a key, in the order of their keys. Of those of one time that stays
        whose category, labels and so on come last, so that the order of deliveries does not matter.
        """
        rows = rows[~self.find_withdrawn()[rows] & ~result[rows]]
        same = (keys[rows[1:]] == keys[rows[:-1]]).all(axis=1)
        repeated = np.zeros(rows.size, bool)
        repeated[1:] = same
        repeated[:-1] |= same
        rows = rows[repeated]
        if not rows.size:
            return
        prints = self._prints(rows)
        named = np.column_stack((keys[rows], prints))
        order = np.lexsort((*self._by_age(rows, named), *named.T))
        again = (named[order[1:]] == named[order[:-1]]).all(axis=1)
        again &= prints[order[1:]].any(axis=1)
        result[rows[order[:-1][again]]] = True

    def _by_age(self, rows: Array, named: Array) -> tuple[Array, ...]:
        """Return columns to sort entries by, oldest first, the least important column first."""
        _, group = np.unique(named, axis=0, return_inverse=True)
        early, _ = self._times(rows)
        lacks = np.bincount(group.reshape(-1), early == _UNDATED) > 0
        in_order = lacks[group.reshape(-1)]
        ranks = np.empty(len(self.abouts), np.int64)
        ranks[sorted(range(len(self.abouts)), key=[*self.abouts].__getitem__)] = np.arange(
            len(self.abouts)
        )
        about = ranks[np.frombuffer(self.about, np.uint32)[rows]]
        quality = np.zeros(len(self), np.int64)
        if kind := self.kinds.get("pdq"):
            quality[np.frombuffer(kind.entries, np.uint32)] = np.frombuffer(kind.quality, np.uint8)
        columns = (quality[rows], about, early)
        return (rows, *(np.where(in_order, 0, each) for each in columns))

    def _times(self, rows: Array) -> tuple[Array, Array]:
        """Return the earliest and the latest time that each entry's date can mean (int64)."""
        known: dict[bytes, tuple[int, int]] = {}
        content, ends = self.updated.content, self.updated.ends
        early, late = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
        for at, row in enumerate(rows.tolist()):
            text = bytes(content[ends[row] : ends[row + 1]])
            if text not in known:
                known[text] = span_of(text.decode("utf-8", "replace")) or (_UNDATED, _UNDATED)
            early[at], late[at] = known[text]
        return early, late

    def _count_apart(self, rows: Array, others: Array) -> int:
        """Count the rows that came in another delivery than the row beside them.

        Those before the first start are of the base, which is older than all others.
        """
        mine = np.searchsorted(self._starts, rows, "right")
        apart = (mine > 0) & (mine != np.searchsorted(self._starts, others, "right"))
        return int(apart.sum())

    def _prints(self, rows: Array) -> Array:
        """Return uint64 (rows, LANES): equal for entries with equal hashes, 0 for none."""
        place = np.full(len(self), -1)
        place[rows] = np.arange(rows.size)
        prints = np.zeros((rows.size, LANES), np.uint64)
        for name, kind in self.kinds.items():
            owners = place[np.frombuffer(kind.entries, np.uint32)]
            hashes = np.frombuffer(kind.hashes, np.uint8).reshape(len(owners), -1)
            add_prints(prints, name, hashes[owners >= 0], owners[owners >= 0])
        for name, (texts, entries) in self.kept.items():
            owners = place[np.frombuffer(entries, np.uint32)]
            mine = np.nonzero(owners >= 0)[0]
            digests = b"".join(
                hashlib.blake2b(
                    texts.content[texts.ends[at] : texts.ends[at + 1]], digest_size=16
                ).digest()
                for at in mine.tolist()
            )
            add_prints(prints, name, np.frombuffer(digests, np.uint8).reshape(-1, 16), owners[mine])
        return prints

    def _hashes_of(self, wanted: npt.NDArray[np.bool_]) -> Iterator[tuple[int, str, bytes]]:
        """Yield (row, kind, hash) of every hash of these entries."""
        for name, kind in self.kinds.items():
            owners = np.frombuffer(kind.entries, np.uint32)
            size = len(kind.hashes) // len(owners)
            for at in np.nonzero(wanted[owners])[0].tolist():
                yield int(owners[at]), name, bytes(kind.hashes[at * size : (at + 1) * size])
        for name, (texts, rows) in self.kept.items():
            owners = np.frombuffer(rows, np.uint32)
            for at in np.nonzero(wanted[owners])[0].tolist():
                value = bytes(texts.content[texts.ends[at] : texts.ends[at + 1]])
                yield int(owners[at]), name, value

    def find_withdrawn(self) -> npt.NDArray[np.bool_]:
        """Say for each entry whether it is a tombstone."""
        return np.frombuffer(self.withdrawn, bool)

    def count_withdrawn(self, gone: npt.NDArray[np.bool_]) -> int:
        """Count tombstones that are not `gone`; several for the same id count as one."""
        keys = np.frombuffer(self.keys, np.uint64).reshape(-1, 2)[self.find_withdrawn() & ~gone]
        named = keys.any(axis=1)
        # without np.unique, which would import numpy.ma, at every start
        return len(set(keys[named, 0].tolist())) + int((~named).sum())

    def count_unmet(self, base: int) -> int:
        """Count the withdrawals after the first `base` entries that match no entry.

        Repeating a withdrawal of the base counts as a match. Each row is one
        withdrawal, which matches if one of its hashes does.
        """
        (graves,) = np.nonzero(self.find_withdrawn())
        new = graves >= base
        keys = np.frombuffer(self.keys, np.uint64).reshape(-1, 2)
        known = self._mark_known_to(graves[new], keys, base)
        replaces = np.frombuffer(self.replaces, bool)
        met: dict[tuple[bytes, int], bool] = {}
        lines = np.frombuffer(self.grave_lines, np.uint64)[new].tolist()
        dated = (self._times(graves[new])[0] != _UNDATED).tolist()
        for row, line, is_dated in zip(graves[new].tolist(), lines, dated, strict=True):
            key = keys[row].tobytes()
            names = (key, key[:8] + _WHOLE) if replaces[row] else (key[:8],)
            is_met = any(name in known and (is_dated or known[name] < row) for name in names)
            met[key[:8], line] = met.get((key[:8], line), False) or is_met
        return sum(not each for each in met.values())

    def _mark_known_to(self, graves: Array, keys: Array, base: int) -> dict[bytes, int]:
        """Return the first row with each half-key or hash that tombstones may name."""
        withdrawn, replaces = self.find_withdrawn(), np.frombuffer(self.replaces, bool)
        named = np.isin(keys[:, 0], keys[graves, 0]) & keys.any(axis=1)
        named &= ~withdrawn | (np.arange(len(self)) < base)
        known: dict[bytes, int] = {}
        for row in np.nonzero(named)[0].tolist():
            key = keys[row].tobytes()
            known.setdefault(key[:8], row)
            if withdrawn[row]:
                known.setdefault(key if replaces[row] else key[:8] + _WHOLE, row)
        for row, kind, value in self._hashes_of(named):
            part = key_of_hash(keys[row].tobytes(), kind, value)
            known[part] = min(row, known.get(part, row))
        return known

    def entry_arrays(self) -> dict[str, Array]:
        """Return the columns of the entries, uint8, uint32 and uint64."""
        return {
            **arrays_of(self.ids, "entry.id"),
            **arrays_of(self.updated, "entry.updated"),
            "entry.about": np.frombuffer(self.about, np.uint32),
            "entry.key": np.frombuffer(self.keys, np.uint64).reshape(-1, 2),
            "entry.withdrawn": np.frombuffer(self.withdrawn, np.uint8),
            "entry.replaces": np.frombuffer(self.replaces, np.uint8),
        }

    def meanings(self) -> list[About]:
        """Return the meanings of the numbers in entry.about."""
        return list(self.abouts)


def _append_texts(texts: Texts, more: Texts) -> None:
    ends = np.frombuffer(more.ends, np.uint64)[1:] + np.uint64(len(texts.content))
    texts.content += more.content
    texts.ends.frombytes(ends.tobytes())


def _append_rows(rows: "array[int]", more: "array[int]", first: int) -> None:
    rows.frombytes((np.frombuffer(more, np.uint32) + np.uint32(first)).tobytes())
