"""A record with named fields -> an Entry: what tables, JSON lines and Parquet files share.

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
"""Our fields, and what other tools call them; in lower case."""

WITHDRAWN = {"withdrawn", "deleted", "retracted", "inactive", "revoked", "removed"}
"""What a status says where an entry is no longer to be matched."""

NAMESPACE = "table:"
"""What keys begin with: a record of another format with the same id is another record."""

_WORDS = ("category", "scheme", "source")
_ENDINGS = ("hash", "sum", "digest", "hex", "value", "hashvalue")  # of a kind as a column's name
_HASH_TYPES = (str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row the fields stand; -1 for one that is not there.

    `kinds` pairs a hash kind with its place, a kind perhaps several times ("" for a further
    column of what a long table calls a hash), `words` a field that an entry takes as it is.
    `long` says that each row holds one hash, so that rows that follow each other with the same
    id are one entry; `retracts`, that a row may be withdrawn.
    """

    places: Mapping[str, int]
    kinds: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, int], ...]
    width: int
    long: bool
    retracts: bool

    def text(self, row: Sequence[str], name: str) -> str:
        """Return what stands in the field, without the space around it."""
        at = self.places.get(name, -1)
        return row[at].strip() if 0 <= at < len(row) else ""

    def cells(self, values: Sequence[Any]) -> list[Any]:
        """Return JSON or Parquet values as texts; in a hash's place perhaps a tuple.

        That holds the texts of an array, or None for a value that is no text and so no hash.
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
    """Find the fields by their names or the user's; None where none of them is a hash.

    Without a hash, an id and a status are enough: rows can be withdrawn, and others are refused.
    Raises ListError for a field or a column of the user's that is not there; a `partial` row
    may lack columns.
    """
    every = [(name.strip().lower(), at) for at, name in enumerate(names)]
    places, named = _named(_first(every), source, partial=partial)
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
            continue  # `value` and the like are no hash where there are columns of hashes
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
    """Return where each name stands first."""
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


def _named(
    columns: Mapping[str, int], source: ListFile, *, partial: bool
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the places of the fields and of the hash kinds that the user named."""
    places: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for name, theirs in source.columns.items():
        if name not in FIELDS and not _is_kind(kind_of(name)):
            raise ListError(f"{source.path}: there is no field or hash called {name!r}")
        column = columns.get(theirs.strip().lower())
        if column is None:
            if partial:
                continue
            raise ListError(f"{source.path}: there is no column {theirs!r}")
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

    `labels` are those that the row's own text does not hold. Raises RowError for a row that
    holds no hash, or that is withdrawn and has no id or a hash of no known column.

    A withdrawn row takes back what has its id; one that holds hashes only those entries with
    its id that have one of these, because the pictures of one case may all bear its id. Such a
    row gives a tombstone for each hash (see base.key_of_hash).
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
        source_of = where.text(row, "source")
        updated = date_of(where.text(row, "updated"))
        grave = Entry(
            entry_id, (), source=source_of, updated=updated, line=number, key=key, withdrawn=True
        )
        if not filled:
            yield grave
        for pair in hashes:
            yield grave._replace(key=key_of_hash(key, *pair), replaces=True)
        return
    if not filled:
        raise RowError("no-hash")
    if not hashes:
        return
    quality = None
    try:
        if any(kind == "pdq" for kind, _ in hashes):  # of any other hash it says nothing
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
        raise RowError("bad-hash", "the value is no text")
    return read_hash(value, algorithm or algorithm_by_length(value))


def _refuse_unknown_hash(row: Sequence[Any], where: Layout) -> None:
    """Raise RowError for a row that may mean one picture, and would take back all of its id."""
    its_id = where.places["entry_id"]
    for at, cell in enumerate(row):
        if at != its_id and isinstance(cell, str) and is_hash_shaped(cell.strip()):
            raise RowError("bad-row", "a withdrawn row with a hash in a column that is not known")


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
    """Yield (algorithm or None, hash text) of each hash cell that is filled; None for no text."""
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
