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
    """Yield every difference; memory grows with the old list, by some 200 bytes an entry."""
    before = {identity(e): (content(e), e.entry_id) for e in old.entries() if not e.withdrawn}
    for entry in new.entries():
        was = before.pop(identity(entry), None)
        if entry.withdrawn:
            if was is not None:
                yield Change("withdrawn", was[1])
        elif was is None:
            yield Change("added", entry.entry_id)
        elif was[0] != content(entry):
            yield Change("changed", entry.entry_id)
    for _, entry_id in before.values():
        yield Change("removed", entry_id)


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
