"""Turns a record with named fields into an Entry, for tables, JSON lines and Parquet files.

Knows no file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.base import (
    ListFile,
    RowError,
    algorithm_by_length,
    is_hash_shaped,
    key_of_hash,
    read_hash,
)
from hashsweep.hashlists.formats.values import date_of, plain, quality_of, split_labels, truth
from hashsweep.hashlists.kinds import KEPT, kind_of
from hashsweep.model import Entry, Refusal

FIELDS = {
    "entry_id": ("id", "item_id", "name"),
    "category": (),
    "scheme": ("category_scheme",),
    "labels": ("tags", "label"),
    "source": ("collab", "member"),
    "updated": ("last_updated", "updated_at", "updated_on", "date_updated", "dateupdated"),
    "status": ("state", "hash_status"),
    "withdrawn": ("deleted", "is_deleted", "should_delete"),
    "algorithm": ("signal_type", "hash_type", "type"),
    "hash": ("hash_value", "signal_str", "value"),
    "pdq_quality": ("quality",),
}
"""Our fields, and other tools' names for them, in lower case."""

WITHDRAWN = {"withdrawn", "deleted", "retracted", "inactive", "revoked", "removed"}
"""Status values that mean an entry must no longer be matched."""

NAMESPACE = "table:"
"""The prefix of keys: the same id in another format is another record."""

_WORDS = ("category", "scheme", "source")
_ENDINGS = ("hash", "sum", "digest", "hex", "value", "hashvalue")  # of column names of a hash kind
_HASH_TYPES = (str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Layout:
    """The positions of fields in a row; -1 for a missing one.

    `kinds` pairs a hash kind with its position, perhaps several times ("" for another
    hash column of a long table), `words` a field that an entry takes unchanged.
    `long` says that each row holds one hash, so that consecutive rows with the same
    id are one entry; `retracts`, that a row may be withdrawn.
    """

    places: Mapping[str, int]
    kinds: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, int], ...]
    width: int
    long: bool
    retracts: bool

    def text(self, row: Sequence[str], name: str) -> str:
        """Return the field's text, without surrounding space."""
        at = self.places.get(name, -1)
        return row[at].strip() if 0 <= at < len(row) else ""

    def cells(self, values: Sequence[Any]) -> list[Any]:
        """Return JSON or Parquet values as texts; a hash may become a tuple.

        The tuple holds the texts of an array, or None for a value that is not text.
        """
        row: list[Any] = [plain(value) for value in values]
        hashes = [at for _, at in self.kinds]
        for at in (*hashes, self.places["hash"]) if self.long else hashes:
            if not isinstance(values[at], _HASH_TYPES):
                row[at] = _parts(values[at])
        return row


def _parts(value: Any) -> tuple[str | None, ...]:
    if isinstance(value, (list, tuple)) and all(isinstance(each, _HASH_TYPES) for each in value):
        return tuple(plain(each) for each in value)
    return (None,)


def layout(names: Sequence[str], source: ListFile, *, partial: bool = False) -> Layout | None:
    """Find the fields by their names or the user's; None if none of them is a hash.

    Without a hash, an id and a status are enough: withdrawn rows are used and others refused.
    Raises ListError for a field or column given by the user that does not exist; a `partial` row
    may lack columns.
    """
    every = [(name.strip().lower(), at) for at, name in enumerate(names)]
    places, named = _find_named(_first(every), source, partial=partial)
    taken = {*places.values(), *named.values()}
    left = [(name, at) for name, at in every if at not in taken]
    kinds = list(named.items())
    for name, at in left:
        kind = _kind_of_column(name)
        if kind and kind not in named:
            kinds.append((kind, at))
    first = _first(left)
    for name, others in FIELDS.items():
        found = [first[other] for other in (name, *others) if other in first]
        if name == "hash" and kinds and name not in first:
            continue  # `value` and the like are not hashes if there are hash columns
        if found:
            places.setdefault(name, found[0])
    if "hash" in places:
        same = every[places["hash"]][0]
        kinds += [("", at) for name, at in left if name == same and at != places["hash"]]
    retracts = not places.keys().isdisjoint({"status", "withdrawn"})
    if "hash" not in places and not kinds and not (retracts and "entry_id" in places):
        return None
    return Layout(
        places,
        kinds=tuple(kinds),
        words=tuple((name, places[name]) for name in _WORDS if name in places),
        width=len(names),
        long="hash" in places,
        retracts=retracts,
    )


def _first(columns: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the first position of each name."""
    found: dict[str, int] = {}
    for name, at in columns:
        found.setdefault(name, at)
    return found


def _kind_of_column(name: str) -> str:
    """Return the kind of hash in a column of this name, "" for another column."""
    plain_name = kind_of(name)
    for ending in ("", *_ENDINGS):
        kind = kind_of(plain_name.removesuffix(ending))
        if _is_kind(kind) and kind != "text":
            return kind
    return ""


def _find_named(
    columns: Mapping[str, int], source: ListFile, *, partial: bool
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the positions of the fields and hash kinds that the user named."""
    places: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for name, theirs in source.columns.items():
        if name not in FIELDS and not _is_kind(kind_of(name)):
            raise ListError(f"{source.path}: no field or hash is called {name!r}")
        column = columns.get(theirs.strip().lower())
        if column is None:
            if partial:
                continue
            raise ListError(f"{source.path}: no column is called {theirs!r}")
        if name in FIELDS:
            places[name] = column
        else:
            kinds[kind_of(name)] = column
    return places, kinds


def _is_kind(kind: str) -> bool:
    return kind in known_hashes.known_bits() or kind in KEPT


def entry_of(
    number: int, row: Sequence[Any], where: Layout, source: ListFile, labels: Iterable[str] = ()
) -> Iterator[Entry | Refusal]:
    """Yield the row's entry with its good hashes, after a refusal for each bad one.

    `labels` are labels from outside the row's text. Raises RowError for a row that
    holds no hash, or that is withdrawn and has no id or has a hash in an unknown column.

    A withdrawn row withdraws all entries with its id; one with hashes withdraws only entries with
    its id that have one of these, because all pictures of a case may share its id. Such a
    row gives one tombstone per hash (see base.key_of_hash).
    """
    entry_id = where.text(row, "entry_id")
    key = entry_id and f"{NAMESPACE}{entry_id}"
    withdrawn = where.retracts and _is_withdrawn(row, where)
    if withdrawn and not entry_id:
        raise RowError("bad-row", "a withdrawn row without an id")
    hashes, filled = [], False
    for algorithm, value in _cells(row, where, source):
        filled = True
        try:
            hashes.append(_hash(value, algorithm))
        except RowError as error:
            yield Refusal(number, error.code, error.detail)
    if withdrawn:
        if not filled:
            _refuse_unknown_hash(row, where)
            yield Entry(entry_id, (), line=number, key=key, withdrawn=True)
        yield from _graves(number, entry_id, key, hashes)
        return
    if not filled:
        raise RowError("no-hash")
    if not hashes:
        return
    quality = None
    try:
        if any(kind == "pdq" for kind, _ in hashes):  # it says nothing about any other hash
            quality = quality_of(where.text(row, "pdq_quality"))
    except RowError as error:
        yield Refusal(number, error.code, error.detail)
    yield Entry(
        entry_id=entry_id or f"line-{number}",
        hashes=tuple(dict.fromkeys(hashes)),
        quality=quality,
        line=number,
        key=key,
        **_more(row, where, source, labels),
    )


def _hash(value: str | None, algorithm: str | None) -> tuple[str, bytes]:
    if value is None:
        raise RowError("bad-hash", "the value is not text")
    return read_hash(value, algorithm or algorithm_by_length(value))


def _refuse_unknown_hash(row: Sequence[Any], where: Layout) -> None:
    """Raise RowError for a row that may mean one picture but would withdraw all with its id."""
    its_id = where.places["entry_id"]
    for at, cell in enumerate(row):
        if at != its_id and isinstance(cell, str) and is_hash_shaped(cell.strip()):
            raise RowError("bad-row", "a withdrawn row with a hash in an unknown column")


def _graves(
    number: int, entry_id: str, key: str, hashes: Iterable[tuple[str, bytes]]
) -> Iterator[Entry]:
    for pair in hashes:
        part = key_of_hash(key, *pair)
        yield Entry(entry_id, (), line=number, key=part, replaces=True, withdrawn=True)


def _more(
    row: Sequence[str], where: Layout, source: ListFile, labels: Iterable[str]
) -> dict[str, Any]:
    """Return those of an entry's other fields that the list has."""
    width = len(row)
    more: dict[str, Any] = {name: row[at].strip() for name, at in where.words if at < width}
    if "labels" in where.places:
        more["labels"] = (*split_labels(where.text(row, "labels")), *labels)
    if "updated" in where.places:
        more["updated"] = date_of(where.text(row, "updated"))
    if source.scheme and not more.get("scheme"):
        more["scheme"] = source.scheme
    return more


def _is_withdrawn(row: Sequence[str], where: Layout) -> bool:
    return where.text(row, "status").lower() in WITHDRAWN or truth(where.text(row, "withdrawn"))


def _cells(
    row: Sequence[Any], where: Layout, source: ListFile
) -> Iterator[tuple[str | None, str | None]]:
    """Yield (algorithm or None, hash text) of each filled hash cell; None if it is not text."""
    places = where.kinds
    named: str | None = None
    if where.long:
        places = (*places, ("", where.places["hash"]))
        named = where.text(row, "algorithm") or source.algorithm
    for name, at in places:
        cell = row[at] if at < len(row) else ""
        for each in cell if isinstance(cell, tuple) else (cell,):
            value = each and each.strip()
            if value != "":
                yield name or named, value
