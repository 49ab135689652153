"""Finds what changed from one version of a list to the next, entry by entry.

Entries are matched by key; without one by id, or by hashes if the id is
only a line number. Knows the compiled form.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.formats.base import key_of_hash
from hashsweep.model import Entry

What = Literal["added", "changed", "withdrawn", "removed"]

_LINE_ID = re.compile(r"(line|record|row)-\d+")


class Change(NamedTuple):
    """One difference.

    `removed` entries are missing from the new list, `withdrawn` ones are withdrawn by it.
    """

    what: What
    entry_id: str


class _Known(NamedTuple):
    """An active entry of the old list; `taken_back` says that the new list has its tombstone."""

    content: bytes
    entry_id: str
    taken_back: bool


def changes(old: CompiledList, new: CompiledList) -> Iterator[Change]:
    """Yield every difference; memory grows with the old list, by about 300 bytes per entry."""
    graves = {identity(entry) for entry in new.entries() if entry.withdrawn}
    before: dict[bytes, list[_Known]] = {}
    for entry in old.entries():
        if not entry.withdrawn:
            known = _Known(content(entry), entry.entry_id, _is_taken_back(entry, graves))
            before.setdefault(identity(entry), []).append(known)
    for entry in new.entries():
        if entry.withdrawn:
            continue
        were = before.get(identity(entry), [])  # several if a list repeats a name
        now = content(entry)
        same = next((at for at, each in enumerate(were) if each.content == now), None)
        other = next((at for at, each in enumerate(were) if not each.taken_back), None)
        if same is not None:
            del were[same]
        elif other is not None:
            del were[other]
            yield Change("changed", entry.entry_id)
        else:
            yield Change("added", entry.entry_id)
    for were in before.values():
        for each in were:
            yield Change("withdrawn" if each.taken_back else "removed", each.entry_id)


def identity(entry: Entry) -> bytes:
    """Return 16 bytes that identify an entry in another version of its list."""
    if isinstance(entry.key, bytes):
        return entry.key
    if entry.key or not _LINE_ID.fullmatch(entry.entry_id):
        return _digest(entry.key or entry.entry_id)
    return _digest(repr(sorted(entry.hashes)))


def _is_taken_back(entry: Entry, graves: set[bytes]) -> bool:
    """Say whether there is a tombstone for the entry, or for one of its hashes."""
    if not graves:
        return False
    parts = (key_of_hash(entry.key, *pair) for pair in entry.hashes)
    return identity(entry) in graves or any(part in graves for part in parts)


def content(entry: Entry) -> bytes:
    """Return 16 bytes that change when the entry's hashes, category or labels do."""
    return _digest(
        repr((sorted(entry.hashes), entry.scheme, entry.category, entry.labels, entry.quality))
    )


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()
