"""The list of Tech Against Terrorism: an array, pages with `results`, or one entry per line."""

from collections.abc import Iterator
from typing import Any

from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.formats.streams import entries, json_records, member
from hashsweep.hashlists.formats.values import date_of, plain, truth
from hashsweep.model import Entry, Refusal

_SCHEME = "Tech Against Terrorism"


class TatReader:
    """The ListReader."""

    description = "Tech Against Terrorism JSON, deletions included"

    def recognises(self, head: bytes) -> bool:
        """JSON with the format's own name for a hash."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return text[:1] in b"{[" and b'"hash_digest"' in text and b'"algorithm"' in text

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per entry."""
        head = head_of(source.path).removeprefix(b"\xef\xbb\xbf").lstrip()
        prefix = "results.item" if b'"results"' in head else ""
        if head.startswith(b"["):
            prefix = "item"
        yield from entries(source, json_records(source, prefix), _entry)


def _entry(number: int, found: Any) -> Iterator[Entry | Refusal]:
    name = plain(member(found, "id"))
    key = f"tat:{name}" if name else ""
    if truth(found.get("deleted")):
        if not key:
            raise RowError("bad-row", "a deleted entry without an id")
        yield Entry(
            name,
            (),
            scheme=_SCHEME,
            source=_SCHEME,
            updated=date_of(found.get("updated_on")),
            line=number,
            key=key,
            withdrawn=True,
        )
        return
    pair = read_hash(plain(found.get("hash_digest")), plain(found.get("algorithm")))
    kind = plain(found.get("file_type"))
    yield Entry(
        name or f"record-{number}",
        (pair,),
        category=plain(found.get("ideology")),
        scheme=_SCHEME,
        labels=(kind,) if kind else (),
        source=_SCHEME,
        updated=date_of(found.get("updated_on")),
        line=number,
        key=key,
        replaces=bool(key),
    )


READER = TatReader()
