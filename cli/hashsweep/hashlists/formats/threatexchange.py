"""ThreatExchange updates, as returned by its `/threat_updates`.

Pages (`{"data": [...]}`, one or several), an array of updates, or one update per line. An update
that says `should_delete`, or that has no descriptors, withdraws the indicator.
One with only NON_MALICIOUS descriptors is not matched: it is returned as withdrawn and without a
key, so that it withdraws nothing else.
"""

import re
from collections.abc import Iterator
from typing import Any

from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.formats.streams import entries, json_records, member, objects
from hashsweep.hashlists.formats.values import date_of, plain, texts, truth
from hashsweep.model import Entry, Refusal

_PAGE = re.compile(rb"\s*\{\s*\"(data|paging)\"\s*:")
_SCHEME = "ThreatExchange"
_WORST_FIRST = ("MALICIOUS", "SUSPICIOUS", "NON_MALICIOUS", "UNKNOWN")


class ThreatExchangeReader:
    """The ListReader."""

    description = "ThreatExchange `/threat_updates` JSON: pages, an array, or one update per line"

    def recognises(self, head: bytes) -> bool:
        """JSON with an updated indicator."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        names = (b'"should_delete"', b'"descriptors"', b'"last_updated"')
        return text[:1] in b"{[" and b'"indicator"' in text and any(n in text for n in names)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per update."""
        head = head_of(source.path).removeprefix(b"\xef\xbb\xbf")
        if _PAGE.match(head):
            prefix = "data.item"
        else:
            prefix = "item" if head.lstrip().startswith(b"[") else ""
        yield from entries(source, json_records(source, prefix), _update)


def _update(number: int, update: Any) -> Iterator[Entry | Refusal]:
    name = plain(member(update, "id"))
    key = f"threatexchange:{name}" if name else ""
    descriptors = update.get("descriptors")
    if truth(update.get("should_delete")) or descriptors is None:
        if not key:
            raise RowError("bad-row", "a withdrawn indicator without an id")
        yield Entry(
            name,
            (),
            scheme=_SCHEME,
            updated=date_of(update.get("last_updated")),
            line=number,
            key=key,
            withdrawn=True,
        )
        return
    kind = plain(update.get("type"))
    pair = read_hash(plain(update.get("indicator")), kind)
    if isinstance(descriptors, dict):
        descriptors = descriptors.get("data")
    each = list(objects(descriptors))
    statuses = {plain(one.get("status")) for one in each}
    if statuses == {"NON_MALICIOUS"}:
        yield Entry(name or f"record-{number}", (), line=number, withdrawn=True)
        return
    owners = (owner.get("id") for one in each if isinstance(owner := one.get("owner"), dict))
    yield Entry(
        name or f"record-{number}",
        (pair,),
        category=next((status for status in _WORST_FIRST if status in statuses), ""),
        scheme=_SCHEME,
        labels=tuple(dict.fromkeys(tag for one in each for tag in _tags(one.get("tags")))),
        source=";".join(dict.fromkeys(filter(None, map(plain, owners)))),
        updated=date_of(update.get("last_updated")),
        line=number,
        key=key,
        replaces=bool(key),
    )


def _tags(tags: Any) -> tuple[str, ...]:
    """Return tags: texts, or objects with a `text`, perhaps in an object's `data`."""
    if isinstance(tags, dict):
        tags = tags.get("data")
    if isinstance(tags, list):
        tags = [tag.get("text") if isinstance(tag, dict) else tag for tag in tags]
    return texts(tags)


READER = ThreatExchangeReader()
