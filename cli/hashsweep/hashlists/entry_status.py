"""The status of a list's entries in a newer version of it. Knows the compiled form."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.hashlists.compiled import CompiledList

Fate = Literal["withdrawn", "gone", "changed"]


class EntryStatus:
    """Answers by entry id, and caches the answers.

    Entries are matched by id, and also by key if `old`, the list they were on, is given.
    """

    def __init__(self, new: CompiledList, old: CompiledList | None = None) -> None:
        self._new = new
        self._old = old
        self._known: dict[str, Fate] = {}

    def of(self, ids: Iterable[str]) -> dict[str, Fate]:
        """Return "changed" for entries that are still active, and what happened to others."""
        wanted = list(dict.fromkeys(ids))
        missing = [each for each in wanted if each not in self._known]
        if missing:
            self._known |= self._look_up(missing)
        return {each: self._known[each] for each in wanted}

    def _look_up(self, ids: list[str]) -> dict[str, Fate]:
        rows = _rows(self._new, ids)
        inactive = self._new.inactive()
        active = {ids[at] for row, at in rows if not inactive[row]}
        met = {ids[at] for _, at in rows}
        keys = {(ids[at], self._new.array("entry.key")[row].tobytes()) for row, at in rows}
        if self._old is not None:
            old = self._old.array("entry.key")
            keys |= {(ids[at], old[row].tobytes()) for row, at in _rows(self._old, ids)}
        keys = {(each, key) for each, key in keys if any(key)}
        standing, withdrawn = self._by_key({key for _, key in keys})
        active |= {each for each, key in keys if key in standing}
        met |= {each for each, key in keys if key in withdrawn}
        return {
            each: "changed" if each in active else "withdrawn" if each in met else "gone"
            for each in ids
        }

    def _by_key(self, keys: set[bytes]) -> tuple[set[bytes], set[bytes]]:
        """Return which keys active entries of the new list have, and which its tombstones."""
        wanted = list(keys)
        data = pa.py_buffer(np.ascontiguousarray(self._new.array("entry.key")))
        kind = pa.binary(16)
        listed = pa.FixedSizeBinaryArray.from_buffers(kind, len(self._new), [None, data])
        found = pc.index_in(listed, value_set=pa.array(wanted, kind))
        rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        inactive, graves = self._new.inactive(), self._new.array("entry.withdrawn")
        named = [(int(row), wanted[found[int(row)].as_py()]) for row in rows]
        return {k for row, k in named if not inactive[row]}, {k for row, k in named if graves[row]}


def _rows(listed: CompiledList, ids: list[str]) -> list[tuple[int, int]]:
    """Return (row of the entry, index in `ids`) of every entry with one of the ids."""
    ends = np.ascontiguousarray(listed.array("entry.id.ends")).view(np.int64)
    data = np.ascontiguousarray(listed.array("entry.id.bytes"))
    texts = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(listed), [None, pa.py_buffer(ends), pa.py_buffer(data)]
    )
    wanted = pa.array([each.encode("utf-8", "surrogateescape") for each in ids], pa.large_binary())
    found = pc.index_in(texts, value_set=wanted)
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    return [(int(row), found[int(row)].as_py()) for row in rows]
