"""A record with named fields -> an Entry: what tables, JSON lines and Parquet files share.

Knows no file.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists.base import (
    ListFile,
    RowError,
    algorithm_by_length,
    key_of_hash,
    read_hash,
)
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

LONGEST_ENTRY = 256
"""Rows with one id that may add up to one entry."""

_WORDS = ("category", "scheme", "source")
_ENDINGS = ("hash", "sum", "digest", "hex", "value", "hashvalue")  # of a kind as a column's name
_TRUE = {"true", "1", "yes", "y", "t"}
_HASH_TYPES = (str, bytes, type(None))
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.,]+ ?(Z|UTC|[+-]\d\d:?\d\d)?)?")
_WCF = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/")
_MILLISECONDS = 10**11  # a time over this is in milliseconds: in seconds it is the year 5138


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

    Raises ListError for a field or a column of the user's that is not there; a `partial` row
    may lack columns.
    """
    every = [(name.strip().lower(), at) for at, name in enumerate(names)]
    places, named = _named(_first(every), source, partial=partial)
    taken = {*places.values(), *named.values()}
    left = [(name, at) for name, at in every if at not in taken]
    kinds = list(named.items())
    for name, at in left:
        kind = _kind_of_column(name, source)
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
    if "hash" not in places and not kinds:
        return None
    return Layout(
        places,
        kinds=tuple(kinds),
        words=tuple((name, places[name]) for name in _WORDS if name in places),
        width=len(names),
        long="hash" in places,
        retracts=not places.keys().isdisjoint({"status", "withdrawn"}),
    )


def _first(columns: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return where each name stands first."""
    found: dict[str, int] = {}
    for name, at in columns:
        found.setdefault(name, at)
    return found


def _kind_of_column(name: str, source: ListFile) -> str:
    """Return the kind of hash in a column of this name, "" for another column."""
    plain_name = kind_of(name)
    for ending in ("", *_ENDINGS):
        kind = kind_of(plain_name.removesuffix(ending))
        if _is_kind(kind, source) and kind != "text":
            return kind
    return ""


def _named(
    columns: Mapping[str, int], source: ListFile, *, partial: bool
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the places of the fields and of the hash kinds that the user named."""
    places: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for name, theirs in source.columns.items():
        if name not in FIELDS and not _is_kind(kind_of(name), source):
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


def _is_kind(kind: str, source: ListFile) -> bool:
    return kind in source.bits or kind in KEPT


def entry_of(
    number: int, row: Sequence[Any], where: Layout, source: ListFile, labels: Iterable[str] = ()
) -> Iterator[Entry | Refusal]:
    """Yield the row's entry with its good hashes, after a refusal for each bad one.

    `labels` are those that the row's own text does not hold. Raises RowError for a row that
    holds no hash, or that is withdrawn and has no id.

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
            hashes.append(_hash(value, algorithm, source))
        except RowError as error:
            yield Refusal(number, error.code, error.detail)
    if withdrawn:
        if not filled:
            yield Entry(entry_id, (), line=number, key=key, withdrawn=True)
        yield from _graves(number, entry_id, key, hashes)
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


def _hash(value: str | None, algorithm: str | None, source: ListFile) -> tuple[str, bytes]:
    if value is None:
        raise RowError("bad-hash", "the value is no text")
    return read_hash(value, algorithm or algorithm_by_length(value), source.bits)


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


def joined(rows: Iterable[Entry | Refusal]) -> Iterator[Entry | Refusal]:
    """Make one entry of entries that follow each other with the same key and category.

    An entry has one PDQ quality, so rows with PDQ hashes of different qualities stay apart.
    """
    last: _Joined | None = None
    for row in rows:
        if isinstance(row, Refusal):
            yield row
        elif last is None:
            last = _Joined(row)
        elif last.takes(row):
            last.add(row)
        else:
            yield last.entry()
            last = _Joined(row)
    if last is not None:
        yield last.entry()


class _Joined:
    """Rows on their way to be one entry."""

    def __init__(self, first: Entry) -> None:
        self._first = first
        self._rows = 0
        self._hashes: dict[tuple[str, bytes], None] = {}
        self._labels: dict[str, None] = {}
        self._has_pdq = False
        self._quality: int | None = None
        self.add(first)

    def takes(self, row: Entry) -> bool:
        """Say whether a row is one with those before it."""
        first = self._first
        return (
            first.key == row.key != ""
            and (first.category, first.scheme) == (row.category, row.scheme)
            and not (first.withdrawn or row.withdrawn)
            and self._rows < LONGEST_ENTRY
            and not (self._has_pdq and _has_pdq(row) and self._quality != row.quality)
        )

    def add(self, row: Entry) -> None:
        """Take a row in."""
        self._rows += 1
        self._hashes.update(dict.fromkeys(row.hashes))
        self._labels.update(dict.fromkeys(row.labels))
        if not self._has_pdq and _has_pdq(row):
            self._has_pdq, self._quality = True, row.quality

    def entry(self) -> Entry:
        """Return the entry that they are."""
        if self._rows == 1:
            return self._first
        return self._first._replace(
            hashes=tuple(self._hashes), labels=tuple(self._labels), quality=self._quality
        )


def _has_pdq(row: Entry) -> bool:
    return any(kind == "pdq" for kind, _ in row.hashes)


def split_labels(text: str) -> tuple[str, ...]:
    """Return the labels in a text that separates them by ; or |."""
    return tuple(part for each in text.replace("|", ";").split(";") if (part := each.strip()))


def quality_of(text: str) -> int | None:
    """Return a PDQ quality, 0-100, or None for no text; raises RowError."""
    if not text:
        return None
    digits = text.removesuffix(".0")  # what pandas makes of a column with gaps
    if not digits.isascii() or not digits.isdigit() or int(digits[:4]) > 100:  # noqa: PLR2004
        raise RowError("bad-quality")
    return int(digits)


def truth(value: Any) -> bool:
    """Say whether a boolean is true, also where a tool wrote it as text."""
    return value.strip().lower() in _TRUE if isinstance(value, str) else bool(value)


def plain(value: Any) -> str:
    """Return a JSON or Parquet value as text; bytes as hex, what has parts as no text."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 2**53 else ""
    if isinstance(value, int) and abs(value) >= 2**64:
        return ""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return "" if isinstance(value, (list, tuple, dict, set)) or value is None else str(value)


def texts(value: Any) -> tuple[str, ...]:
    """Return labels from an array, or from one text that separates them."""
    if isinstance(value, (list, tuple)):
        return tuple(text for part in value if (text := plain(part).strip()))
    return split_labels(plain(value))


def date_of(value: Any) -> str:
    """Return a date as ISO 8601 where its form is clear: ISO, seconds since 1970, /Date(ms)/."""
    if value is None or value == "" or isinstance(value, bool):
        return ""
    text = plain(value).strip()
    if _ISO.fullmatch(text):
        return text
    try:
        wcf = _WCF.fullmatch(text)
        seconds = int(wcf[1]) / 1000 if wcf else float(text)
        if not wcf and seconds > _MILLISECONDS:
            seconds /= 1000
        when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return when.replace(tzinfo=None).isoformat(timespec="seconds") + "Z" if seconds > 0 else ""
