"""The format that StopNCII.org gives its partners: `{"hashRecords": [...]}`, one page or several.

A record is identified by its hash, so a digest of that is its id here. Withdrawn and deleted
records withdraw it; a later record replaces an earlier one.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from hashsweep.hashlists.formats.base import ListFile, read_hash
from hashsweep.hashlists.formats.fields import WITHDRAWN
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.formats.streams import entries, json_records, member, objects
from hashsweep.hashlists.formats.values import date_of, plain, texts
from hashsweep.model import Entry, Refusal

_COUNT = re.compile(rb'"count"\s*:\s*([0-9]{1,9})\b')
_SOURCE = "StopNCII.org"


class StopNciiReader:
    """The ListReader."""

    description = "StopNCII.org JSON, withdrawals included"

    def recognises(self, head: bytes) -> bool:
        """JSON with the format's own names."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return text.startswith(b"{") and (b'"hashRecords"' in text or b'"nextSetTimestamp"' in text)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield records, one by one."""
        count = _COUNT.search(head_of(source.path))
        records = json_records(source, "hashRecords.item")
        yield from entries(source, records, _record, int(count[1]) if count else 0)


def name_of(kind: str, value: bytes) -> str:
    """Return a name for a hash that does not reveal it: 64 bits of BLAKE2b, in hex."""
    return hashlib.blake2b(kind.encode() + b":" + value, digest_size=8).hexdigest()


def _record(number: int, record: Any) -> Iterator[Entry | Refusal]:
    kind = plain(member(record, "signalType"))
    pair = read_hash(plain(record.get("hashValue")), kind)
    name = name_of(kind.lower(), pair[1])
    if plain(record.get("hashStatus")).lower() in WITHDRAWN:
        yield Entry(
            name,
            (),
            source=_SOURCE,
            updated=date_of(record.get("lastModtimestamp")),
            line=number,
            key=f"stopncii:{name}",
            withdrawn=True,
        )
        return
    tags = (tag for one in objects(record.get("CSPFeedbacks")) for tag in texts(one.get("tags")))
    yield Entry(
        name,
        (pair,),
        labels=tuple(dict.fromkeys(tags)),
        source=_SOURCE,
        updated=date_of(record.get("lastModtimestamp")),
        line=number,
        key=f"stopncii:{name}",
        replaces=True,
    )


READER = StopNciiReader()
