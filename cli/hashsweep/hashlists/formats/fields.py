"""Turns a record with named fields into an Entry, for tables, JSON lines and Parquet files.

Knows no file.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.base import (
    ListFile,
    RowError,
    is_hash_shaped,
    is_marked_hash,
    key_of_hash,
    read_any,
)
from hashsweep.hashlists.formats.hash_forms import BLANK, of_bytes
from hashsweep.hashlists.formats.values import date_of, plain, quality_of, split_labels, truth
from hashsweep.hashlists.kinds import KEPT, kind_of
from hashsweep.model import Entry, Refusal

FIELDS = {
    "entry_id": (
        *("id", "item_id", "uuid", "guid", "hash_id", "media_id", "content_id", "record_id"),
        *("indicator_id", "name"),
    ),
    "category": (),
    "scheme": ("category_scheme",),
    "labels": ("tags", "label"),
    "source": ("collab", "member"),
    "updated": (
        *("last_updated", "updated_at", "updated_on", "date_updated", "timestamp", "modified"),
        *("modified_at", "last_modified", "last_modified_at", "last_mod_timestamp"),
    ),
    "status": ("state", "hash_status"),
    "withdrawn": ("deleted", "is_deleted", "should_delete"),
    "algorithm": ("signal_type", "hash_type", "hash_algorithm", "hash_function", "algo", "type"),
    "hash": ("hash_value", "signal_str", "checksum", "digest", "fingerprint", "value"),
    "pdq_quality": ("quality",),
}
"""Our fields, and what other tools call them; compared in lower case, letters and digits alone."""

WITHDRAWN = {"withdrawn", "deleted", "retracted", "inactive", "revoked", "removed"}
"""Status values that mean an entry must no longer be matched."""

NAMESPACE = "table:"
"""The prefix of keys: the same id in another format is another record."""

_WORDS = ("category", "scheme", "source")
_HASH_WORDS = ("hash", "hashes", "checksum", "digest", "fingerprint")
_NEUTRAL = sorted(  # words beside a kind in a column's name that say nothing else of the hash
    (
        *_HASH_WORDS,
        *(
            "sum",
            "value",
            "hex",
            "hexadecimal",
            "string",
            "text",
            "raw",
            "binary",
            "bytes",
            "base64",
        ),
        *(
            "file",
            "image",
            "img",
            "picture",
            "photo",
            "video",
            "media",
            "content",
            "original",
            "data",
        ),
        *("lowercase", "uppercase", "lower", "upper", "signature", "str", "bin", "b64"),
    ),
    key=len,
    reverse=True,
)
_LARGEST_BYTE = 255
_HASH_TYPES = (str, bytes, type(None), uuid.UUID)


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
        hashes = list(self.kinds)
        for kind, at in (*hashes, ("", self.places["hash"])) if self.long else hashes:
            if isinstance(values[at], bytes):
                row[at] = _of_kind(values[at], kind)
            elif not isinstance(values[at], _HASH_TYPES):
                row[at] = _parts(values[at], kind)
        return row


def _of_kind(value: Any, kind: str) -> str:
    """Return a hash as text; bytes that are hex digits already as these."""
    bits = known_hashes.known_bits().get(kind, 0)
    return of_bytes(value, bits // 8 or None) if isinstance(value, bytes) else plain(value)


def _parts(value: Any, kind: str) -> tuple[str | None, ...]:
    if isinstance(value, dict):  # bytes, as Node and MongoDB have them in JSON
        value = value.get("data", value.get("$binary", value.get("base64")))
        value = value.get("base64") if isinstance(value, dict) else value
        value = [value] if isinstance(value, str) else value
    if not isinstance(value, (list, tuple)):
        return (None,)
    if (
        value
        and kind not in KEPT
        and all(type(each) is int and 0 <= each <= _LARGEST_BYTE for each in value)
    ):
        return (_of_kind(bytes(value), kind),)
    if all(isinstance(each, _HASH_TYPES) for each in value):
        return tuple(_of_kind(each, kind) for each in value)
    return (None,)


def layout(names: Sequence[str], source: ListFile, *, partial: bool = False) -> Layout | None:
    """Find the fields by their names or the user's; None if none of them is a hash.

    Without a hash, an id and a status are enough: withdrawn rows are used and others refused.
    Raises ListError for a field or column given by the user that does not exist; a `partial` row
    may lack columns.
    """
    if any(is_marked_hash(name) for name in names):
        return None  # a row of a list without a header
    every = [(name.strip().lower(), at) for at, name in enumerate(names)]
    places, named = _find_named(_first(every), source, partial=partial)
    taken = {*places.values(), *named.values()}
    left = [(name, at) for name, at in every if at not in taken]
    kinds = list(named.items())
    for name, at in left:
        kind = _kind_of_column(name)
        if kind and kind not in named:
            kinds.append((kind, at))
    _add_known(places, _first((_letters(name), at) for name, at in left), has_kinds=bool(kinds))
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


def _add_known(places: dict[str, int], first: Mapping[str, int], *, has_kinds: bool) -> None:
    """Add the places of fields that the user did not name, by their names' letters."""
    for name, others in FIELDS.items():
        found = [first[each] for each in map(_letters, (name, *others)) if each in first]
        if name == "hash":
            if has_kinds and name not in first:
                continue  # `value` and the like are no hash where there are columns of hashes
            found += [at for other, at in first.items() if _is_called_hash(other)]
        if found:
            places.setdefault(name, found[0])
    if places.get("algorithm", -1) == first.get("type", -2):
        places["type"] = places.pop("algorithm")  # perhaps that of the file


def _first(columns: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the first position of each name."""
    found: dict[str, int] = {}
    for name, at in columns:
        found.setdefault(name, at)
    return found


def _letters(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _kind_of_column(name: str) -> str:
    """Return the kind of hash in a column of this name, "" for another column.

    Words that say nothing else may stand before and behind it: `Hash (MD5)`, `md5_checksum`.
    """
    plain_name = _letters(name).replace("sha2256", "sha256")
    while plain_name:
        kind = kind_of(plain_name)
        if _is_kind(kind) and kind != "text":
            return kind
        plain_name = _without_a_word(plain_name)
    return ""


def _is_called_hash(plain_name: str) -> bool:
    """Say whether a name is of neutral words, one of which means a hash."""
    met = any(word in plain_name for word in _HASH_WORDS)
    while plain_name:
        plain_name, before = _without_a_word(plain_name), plain_name
        if not plain_name:
            return met and before in _NEUTRAL
    return False


def _without_a_word(name: str) -> str:
    """Return a name without a neutral word at its end or its beginning, "" for none."""
    for word in _NEUTRAL:
        if name.endswith(word):
            return name.removesuffix(word)
    for word in _NEUTRAL:
        if name.startswith(word):
            return name.removeprefix(word)
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
    if entry_id in BLANK:
        entry_id = ""
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
        yield from _graves(Entry(entry_id, (), line=number, key=key), row, where, hashes, filled)
        return
    if not filled:
        raise RowError("no-hash")
    if not hashes:
        return
    quality = None
    try:
        if any(kind == "pdq" for kind, _ in hashes):  # of any other hash it says nothing
            text = where.text(row, "pdq_quality")
            quality = quality_of("" if text in BLANK else text)
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
    return read_any(value, algorithm)


def _graves(
    entry: Entry,
    row: Sequence[Any],
    where: Layout,
    hashes: Iterable[tuple[str, bytes]],
    filled: bool,
) -> Iterator[Entry]:
    """Yield the tombstone of an entry, or one for each of these hashes of it."""
    grave = entry._replace(
        source=where.text(row, "source"),
        updated=date_of(where.text(row, "updated")),
        withdrawn=True,
    )
    if not filled:
        _refuse_unknown_hash(row, where)
        yield grave
    for pair in hashes:
        yield grave._replace(key=key_of_hash(entry.key, *pair), replaces=True)


def _refuse_unknown_hash(row: Sequence[Any], where: Layout) -> None:
    """Raise RowError for a row that may mean one picture but would withdraw all with its id."""
    its_id = where.places["entry_id"]
    for at, cell in enumerate(row):
        if at != its_id and isinstance(cell, str) and is_hash_shaped(cell.strip()):
            raise RowError("bad-row", "a withdrawn row with a hash in an unknown column")


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
        named = where.text(row, "algorithm") or _kind_or_none(where.text(row, "type"))
        named = named or source.algorithm
    for name, at in places:
        cell = row[at] if at < len(row) else ""
        for each in cell if isinstance(cell, tuple) else (cell,):
            value = each and each.strip()
            if value != "" and value not in BLANK:
                yield name or named, value


def _kind_or_none(text: str) -> str | None:
    return text if text and _is_kind(kind_of(text)) else None
