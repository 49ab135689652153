"""A compiled hash list: entries in columns, hashes sorted, opened by memory map.

Written by `compile_list`, read by `CompiledList`. Knows no source format; the index
stored with it is made by a function passed in.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hashsweep.errors import ListError
from hashsweep.hashlists import container, known_hashes
from hashsweep.hashlists.builder import Array, ListBuilder, arrays_of
from hashsweep.hashlists.columns import EntryColumns, Kind, Texts
from hashsweep.model import UNKNOWN_QUALITY, Entry, describe_order

if TYPE_CHECKING:
    from array import array

SUFFIX = ".hsl"
VERSION = 2
"""Version of the arrays' meaning; a list of another version must be imported again."""


@dataclass(frozen=True, eq=False)
class HashColumn:
    """All active hashes of one algorithm on a list, in the order of their first 8 bytes.

    `hashes` uint8 (n, bits / 8); `keys` uint64 (n,), those first 8 bytes as big-endian numbers;
    `entries` uint32 (n,), rows of the entry columns; `quality` uint8 (n,), 0-100 or
    UNKNOWN_QUALITY; `index` the result of known_hashes.index.
    """

    hashes: npt.NDArray[np.uint8]
    keys: npt.NDArray[np.uint64]
    entries: npt.NDArray[np.uint32]
    quality: npt.NDArray[np.uint8]
    index: Mapping[str, Array]


def compile_list(
    entries: Iterable[Entry | EntryColumns],
    path: Path,
    *,
    about: Callable[[], Mapping[str, Any]],
    base: int = 0,
    starts: Sequence[int] = (),
) -> None:
    """Write `entries`, one by one or many in columns, to a new compiled list; raises OSError.

    `about` is called after the last
    entry was drawn, so it may tell what was counted as they passed; its values are stored. The
    first `base` entries are an older list that the others update. `starts`, which may grow while
    entries are drawn, holds the number of the first entry of each delivery.
    """
    bits = known_hashes.known_bits()
    gathered = ListBuilder(frozenset(bits))
    for each in entries:
        if isinstance(each, EntryColumns):
            gathered.extend(each)
        else:
            gathered.add(each)
    gone = gathered.find_superseded(starts)
    inactive = gone | gathered.find_withdrawn()
    arrays = gathered.entry_arrays()
    arrays["entry.superseded"] = gone.astype(np.uint8)
    hashes = {}
    for name, kind in gathered.kinds.items():
        column = _column(name, kind, inactive, bits[name] // 8)
        hashes[name] = len(column[f"{name}.keys"])
        arrays.update(column)
    kept = {
        name: _store_kept(name, *pair, inactive, arrays) for name, pair in gathered.kept.items()
    }
    meta = {
        **about(),
        "list_version": VERSION,
        "entries": len(gathered),
        "active": int((~inactive).sum()),
        "withdrawn": gathered.count_withdrawn(gone),
        "superseded": int(gone.sum()),
        "unmet": gathered.count_unmet(base) if base else 0,
        "undated": gathered.undated,
        "hashes": {name: count for name, count in hashes.items() if count},
        "kept": {name: count for name, count in kept.items() if count},
        "abouts": gathered.meanings(),
    }
    container.write(path, meta, arrays)


def _column(name: str, kind: Kind, inactive: npt.NDArray[np.bool_], size: int) -> dict[str, Array]:
    owners = np.frombuffer(kind.entries, np.uint32)
    active = ~inactive[owners]
    hashes = np.frombuffer(kind.hashes, np.uint8).reshape(-1, size)
    if not active.all():
        owners, hashes = owners[active], hashes[active]
    keys = np.ascontiguousarray(hashes[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
    order = np.argsort(keys, kind="stable")
    hashes = hashes[order]
    quality = np.frombuffer(kind.quality, np.uint8)[active]
    index = known_hashes.index(name, hashes)
    return {
        f"{name}.hashes": hashes,
        f"{name}.keys": keys[order],
        f"{name}.entries": owners[order],
        f"{name}.quality": quality[order],
        **{f"{name}.index.{part}": array for part, array in index.items()},
    }


def _store_kept(
    name: str,
    texts: Texts,
    owners: "array[int]",
    inactive: npt.NDArray[np.bool_],
    arrays: dict[str, Array],
) -> int:
    """Store hashes that are never matched, as their original texts; return how many are active."""
    arrays.update(arrays_of(texts, f"kept.{name}"))
    rows = arrays[f"kept.{name}.entries"] = np.frombuffer(owners, np.uint32)
    return int((~inactive[rows]).sum())


def write_without(
    compiled: "CompiledList", rows: npt.NDArray[np.int64], path: Path, more: Mapping[str, Any]
) -> None:
    """Write a list anew with these entries superseded, and `more` in its meta; raises OSError.

    Every byte of the list must have been verified.
    """
    arrays = {name: compiled.array(name) for name in compiled.sections}
    arrays["entry.superseded"] = arrays["entry.superseded"].copy()
    arrays["entry.superseded"][rows] = 1
    inactive = (arrays["entry.withdrawn"] | arrays["entry.superseded"]).astype(bool)
    hashes = {}
    for name in compiled.algorithms:
        column = compiled.column(name)
        keep = ~inactive[column.entries]
        hashes[name] = int(keep.sum())
        left = np.ascontiguousarray(column.hashes[keep])
        arrays[f"{name}.hashes"] = left
        for part in ("keys", "entries", "quality"):
            arrays[f"{name}.{part}"] = getattr(column, part)[keep]
        for part in column.index:
            del arrays[f"{name}.index.{part}"]
        for part, array in known_hashes.index(name, left).items():
            arrays[f"{name}.index.{part}"] = array
    kept = {
        name: int((~inactive[compiled.array(f"kept.{name}.entries")]).sum())
        for name in compiled.meta["kept"]
    }
    meta = {
        **compiled.meta,
        "active": int((~inactive).sum()),
        "superseded": int(arrays["entry.superseded"].sum()),
        "hashes": {name: count for name, count in hashes.items() if count},
        "kept": {name: count for name, count in kept.items() if count},
        **more,
    }
    container.write(path, meta, arrays)


class CompiledList:
    """A compiled list, open. Raises ListError when damaged; see container.Container."""

    def __init__(
        self,
        path: Path,
        *,
        verify: bool = True,
        stamp: str | None = None,
        name: str | None = None,
    ) -> None:
        """Map the file; `verify` checks every byte of it; `name` replaces the list's own."""
        called = f"list {name}" if name else None
        self._file = container.Container(path, verify=verify, stamp=stamp, called=called)
        self.path = self.open_as = path  # open_as: where the file is, even if it was renamed
        self.stamp = self._file.stamp
        self.meta = self._file.meta
        if (version := self.meta.get("list_version")) != VERSION:
            is_older = isinstance(version, int) and version < VERSION
            remedy = (
                "renew it with hashsweep lists import OLD -o NEW"
                if is_older
                else ("import its sources again")
            )
            raise ListError(f"{path}: made by another version of hashsweep; {remedy}")
        self.name: str = name or self.meta["name"]
        self.known_good: bool = self.meta["known_good"]
        self._abouts = self.meta["abouts"]
        self.left_standing: dict[str, int] = {}
        """Entries that another list would take back if it were sure, by that list's name."""
        self.left_out: tuple[str, ...] = ()
        """Optional sections of the list that this one was renewed from, which it does not have."""

    @property
    def withdrawn_by(self) -> dict[str, int]:
        """Entries that other lists of this run took back, by the names of these lists."""
        return dict(self.meta.get("withdrawn_by", {}))

    @property
    def undated(self) -> int:
        """Entries that were replaced or withdrawn by the order of the files alone."""
        return int(self.meta.get("undated", 0))

    @property
    def notes(self) -> list[str]:
        """What people should know of how it was made ready, in words."""
        order = describe_order(self.withdrawn_by, self.left_standing, self.undated)
        return order + [
            f"its section {name!r} was left out: it is of a newer version of hashsweep"
            for name in self.left_out
        ]

    def verify(self) -> None:
        """Check every byte of the file now; raises ListError. May run in a thread."""
        self._file.verify()

    def is_at(self, path: Path) -> bool:
        """Say whether the very file that is open here is at this path; raises OSError."""
        return self.stamp == container.stamp_of(path.stat())

    def check_unchanged(self) -> None:
        """Raise ListError if the file was modified since; a new file of the same name is fine."""
        state = self.open_as.stat()
        if not self.stamp.endswith(f":{state.st_size}:{state.st_mtime_ns}"):
            raise container.changed_in_place(f"list {self.name}")

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Names of the hash kinds on the list that can be matched here."""
        return tuple(self.meta["hashes"])

    def __len__(self) -> int:
        """Return the number of entries, tombstones and superseded ones included."""
        count: int = self.meta["entries"]
        return count

    def column(self, algorithm: str) -> HashColumn:
        """Return the active hashes of one algorithm."""
        parts = ("hashes", "keys", "entries", "quality")
        prefix = f"{algorithm}.index."
        index = {
            name.removeprefix(prefix): self._file.array(name)
            for name in self._file.names
            if name.startswith(prefix)
        }
        hashes, keys, entries, quality = (self._file.array(f"{algorithm}.{p}") for p in parts)
        return HashColumn(hashes, keys, entries, quality, index)

    def array(self, name: str) -> Array:
        """Return one of the list's own arrays, such as "entry.withdrawn"."""
        return self._file.array(name)

    @property
    def sections(self) -> Iterable[str]:
        """Names of all arrays."""
        return tuple(self._file.names)

    def ids(self) -> Iterator[str]:
        """Yield the id of every entry that is not superseded."""
        gone = self.array("entry.superseded")
        yield from (self._text("entry.id", row) for row in range(len(self)) if not gone[row])

    def updated(self, row: int) -> str:
        """Return the date that the list gives for an entry, "" for none."""
        return self._text("entry.updated", row)

    def origin(self, row: int) -> tuple[str, str]:
        """Return (scheme, source) of an entry."""
        scheme, _, _, source = self._about(row)
        return scheme, source

    def hashes_of(self, wanted: npt.NDArray[np.bool_]) -> Iterator[tuple[int, str, bytes]]:
        """Yield (row, kind, hash) of every hash of these entries."""
        for name in self.algorithms:
            column = self.column(name)
            for at in np.nonzero(wanted[column.entries])[0].tolist():
                yield int(column.entries[at]), name, column.hashes[at].tobytes()
        for name in self.meta["kept"]:
            owners = self.array(f"kept.{name}.entries")
            for at in np.nonzero(wanted[owners])[0].tolist():
                value = self._text(f"kept.{name}", at).encode("utf-8", "surrogateescape")
                yield int(owners[at]), name, value

    def describe(self, row: int) -> tuple[str, str, tuple[str, ...]]:
        """Return (entry id, category, labels) of one entry."""
        _, category, labels, _ = self._about(row)
        return self._text("entry.id", row), category, tuple(labels)

    def entries(self) -> Iterator[Entry]:
        """Yield every entry in order with its hashes: tombstones too, but not superseded ones."""
        hashes = self._hashes_by_entry()
        columns = {name: self.array(f"entry.{name}") for name in ("withdrawn", "replaces", "key")}
        superseded = self.array("entry.superseded")
        for row in range(len(self)):
            own = [pair for pairs in hashes for pair in pairs(row)]
            if superseded[row]:
                continue
            scheme, category, labels, source = self._about(row)
            yield Entry(
                entry_id=self._text("entry.id", row),
                hashes=tuple((name, value) for name, value, _ in own),
                category=category,
                scheme=scheme,
                labels=tuple(labels),
                source=source,
                updated=self._text("entry.updated", row),
                quality=next((q for name, _, q in own if name == "pdq"), None),
                key=columns["key"][row].tobytes() if columns["key"][row].any() else "",
                replaces=bool(columns["replaces"][row]),
                withdrawn=bool(columns["withdrawn"][row]),
            )

    def _hashes_by_entry(self) -> "list[_Take]":
        """Return one function per kind, from the next entry's row to its hashes."""
        readers: list[_Take] = []
        for name in self.algorithms:
            column = self.column(name)
            order = np.argsort(column.entries, kind="stable")
            readers.append(_Run(name, column.entries[order], _Ordered(column, order)).take)
        for name in self.meta["kept"]:
            owners = self.array(f"kept.{name}.entries")
            texts = [self._text(f"kept.{name}", at).encode() for at in range(len(owners))]
            readers.append(_Run(name, owners, [(text, None) for text in texts]).take)
        return readers

    def categories(self) -> dict[tuple[str, str], int]:
        """Return how many active entries each (scheme, category) has."""
        counts: Counter[tuple[str, str]] = Counter()
        for (scheme, category, _, _), count in self._counts():
            counts[scheme, category] += count
        return dict(counts)

    def labels(self) -> dict[str, int]:
        """Return how many active entries have each label."""
        counts: Counter[str] = Counter()
        for (_, _, labels, _), count in self._counts():
            counts.update(dict.fromkeys(labels, count))
        return dict(counts)

    def inactive(self) -> npt.NDArray[np.bool_]:
        """Say for each entry whether it is a tombstone or superseded."""
        gone = self.array("entry.withdrawn") | self.array("entry.superseded")
        return gone.astype(bool)

    def _counts(self) -> Iterator[tuple[Any, int]]:
        active = self.array("entry.about")[~self.inactive()]
        counts = np.bincount(active, minlength=len(self._abouts))
        yield from ((about, int(n)) for about, n in zip(self._abouts, counts, strict=True) if n)

    def _about(self, row: int) -> Any:
        return self._abouts[self.array("entry.about")[row]]

    def _text(self, name: str, row: int) -> str:
        ends = self.array(f"{name}.ends")
        content = self.array(f"{name}.bytes")[int(ends[row]) : int(ends[row + 1])]
        return content.tobytes().decode("utf-8", "surrogateescape")


_Take = Callable[[int], list[tuple[str, bytes, int | None]]]


class _Run:
    """The hashes of one kind in the order of their entries, taken entry by entry."""

    def __init__(
        self, name: str, owners: Array, values: Sequence[tuple[bytes, int | None]]
    ) -> None:
        self._name = name
        self._owners = owners.tolist()
        self._values = values
        self._at = 0

    def take(self, row: int) -> list[tuple[str, bytes, int | None]]:
        """Return the hashes of the entry `row`; rows must be requested in order."""
        first = self._at
        while self._at < len(self._owners) and self._owners[self._at] == row:
            self._at += 1
        return [(self._name, *self._values[at]) for at in range(first, self._at)]


class _Ordered(Sequence[tuple[bytes, int | None]]):
    """(hash, quality or None) by position in an order."""

    def __init__(self, column: HashColumn, order: npt.NDArray[np.int64]) -> None:
        self._column, self._order = column, order

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, at: Any) -> Any:
        row = self._order[at]
        quality = int(self._column.quality[row])
        value = self._column.hashes[row].tobytes()
        return value, None if quality == UNKNOWN_QUALITY else quality
