"""What changed from one version of a list to the next, entry by entry.

An entry is known again by its key; without one by its id, or by its hashes where the id is
only the number of its line. Knows the compiled form.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.model import Entry

What = Literal["added", "changed", "withdrawn", "removed"]

_LINE_ID = re.compile(r"(line|record|row)-\d+")


class Change(NamedTuple):
    """One difference.

    `removed` entries are not in the new list at all, `withdrawn` ones are taken back by it.
    """

    what: What
    entry_id: str


def changes(old: CompiledList, new: CompiledList) -> Iterator[Change]:
    """Yield every difference; memory grows with the old list, by some 300 bytes an entry."""
    before: dict[bytes, list[tuple[bytes, str]]] = {}
    for entry in old.entries():
        if not entry.withdrawn:
            before.setdefault(identity(entry), []).append((content(entry), entry.entry_id))
    for entry in new.entries():
        known = before.get(identity(entry), [])  # several where a list repeats a name
        if entry.withdrawn:
            yield from (Change("withdrawn", entry_id) for _, entry_id in known)
            known.clear()
            continue
        now = content(entry)
        same = next((at for at, (was, _) in enumerate(known) if was == now), None)
        if same is not None:
            del known[same]
        elif known:
            del known[0]
            yield Change("changed", entry.entry_id)
        else:
            yield Change("added", entry.entry_id)
    yield from (Change("removed", name) for known in before.values() for _, name in known)


def identity(entry: Entry) -> bytes:
    """Return 16 bytes by which an entry is known again in another version of its list."""
    if isinstance(entry.key, bytes):
        return entry.key
    if entry.key or not _LINE_ID.fullmatch(entry.entry_id):
        return _digest(entry.key or entry.entry_id)
    return _digest(repr(sorted(entry.hashes)))


def content(entry: Entry) -> bytes:
    """Return 16 bytes that change when the entry's hashes, category or labels do."""
    return _digest(
        repr((sorted(entry.hashes), entry.scheme, entry.category, entry.labels, entry.quality))
    )


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()
