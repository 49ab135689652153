"""Deliveries of feeds and tables, drawn from events, and what of them is active in a list."""

import json
from typing import Any

from support.list_samples import md5, pdq

DAY = 86_400
FIRST = 1_767_225_600  # 2026-01-01

Event = tuple[int, int, int | None]
"""(which entry, which day, which hash or None for a deletion)."""


def iso(day: int) -> str:
    """A day of January 2026, as the feeds write it."""
    return f"2026-01-{day:02}T00:00:00Z"


def ncmec(events: list[Event]) -> str:
    """A page of NCMEC."""
    parts = [
        f'<deletedImage><member id="4">M</member><id>{n}</id><timestamp>{iso(day)}</timestamp>'
        "</deletedImage>"
        if value is None
        else f'<image><member id="4">M</member><timestamp>{iso(day)}</timestamp><id>{n}</id>'
        f"<fingerprints><md5>{md5(value)}</md5></fingerprints></image>"
        for n, day, value in events
    ]
    ns = "https://hashsharing.ncmec.org/hashsharing/v2"
    return f'<queryResult xmlns="{ns}"><images>{"".join(parts)}</images></queryResult>'


def stopncii(events: list[Event]) -> str:
    """A page of StopNCII; a record is named by its hash."""
    records = [
        {
            "signalType": "ImagePDQ",
            "hashValue": pdq(n),
            "lastModtimestamp": FIRST + day * DAY,
            "hashStatus": "Withdrawn" if value is None else "Active",
            "CSPFeedbacks": [{"tags": [f"t{value}"]}],
        }
        for n, day, value in events
    ]
    return json.dumps({"count": len(records), "hashRecords": records})


def tat(events: list[Event]) -> str:
    """A page of Tech Against Terrorism."""
    return json.dumps(
        [
            {
                "id": n,
                "hash_digest": md5(value or 0),
                "algorithm": "MD5",
                "deleted": value is None,
                "updated_on": FIRST + day * DAY + 0.25,
            }
            for n, day, value in events
        ]
    )


def threatexchange(events: list[Event]) -> str:
    """A page of ThreatExchange."""
    descriptors = {"data": [{"id": "7", "status": "MALICIOUS", "tags": []}]}
    data = [
        {
            "id": str(n),
            "indicator": md5(value or 0),
            "type": "HASH_MD5",
            "last_updated": FIRST + day * DAY,
            "should_delete": value is None,
            "descriptors": descriptors,
        }
        for n, day, value in events
    ]
    return json.dumps({"data": data})


def table(events: list[Event]) -> str:
    """A CSV; a row with a hash adds to its id, a deletion takes all of it back."""
    rows = [
        f"{n},{'' if value is None else md5(value)},{iso(day)},"
        f"{'withdrawn' if value is None else 'active'},c{day}"
        for n, day, value in events
    ]
    return "\n".join(["id,md5,updated,status,category", *rows, ""])


def by_hash(events: list[Event]) -> str:
    """A CSV in which a deletion names a hash as well."""
    rows = [
        f"{n % 2},{md5(n)},{iso(day)},{'withdrawn' if value is None else 'active'},c{value}"
        for n, day, value in events
    ]
    return "\n".join(["id,md5,updated,status,category", *rows, ""])


def active(opened: Any) -> list[Any]:
    """What a list matches, whatever its order."""
    found = [
        (e.entry_id, e.hashes, e.category, e.labels, e.updated)
        for e in opened.entries()
        if not e.withdrawn
    ]
    return sorted(found)
