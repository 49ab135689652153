"""Project VIC's VICS JSON, 1.1 to 2.0: a hash set (`#Media`) or a case (`#Cases`).

What a category number means depends on the country, so the user gives those to match; media of
other categories are skipped, and those whose category is not a number are refused. The
scheme is the one in the file's context URL. Media are identified by a digest of their MD5;
a repeated one replaces nothing, since it may say less or use another scheme.
"""

import re
from collections.abc import Iterator
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.formats.stopncii import name_of
from hashsweep.hashlists.formats.streams import entries, json_records, member, objects
from hashsweep.hashlists.formats.values import date_of, plain, split_labels, truth
from hashsweep.model import Entry, Refusal

_HEAD = 8192  # bytes that contain the context
_CONTEXT = re.compile(
    rb"(?:projectvic|vicsdatamodel)[^\"]*?\.xml(?:/([A-Za-z]{2,16})/\$metadata)?#(media|cases)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\+?0*([0-9]{1,9})(?:\.0*)?|-[0-9]{1,9}")
_FLAGS = {
    "VictimIdentified": "victim-identified",
    "OffenderIdentified": "offender-identified",
    "IsDistributed": "distributed",
    "IsSuspected": "suspected",
    "SelfGenerated": "self-generated",
}


class VicsReader:
    """The ListReader."""

    description = "Project VIC VICS JSON 1.1 to 2.0; give the categories to match"

    def recognises(self, head: bytes) -> bool:
        """JSON with one of the format's context URLs, or its names."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        known = b"projectvic" in text.lower() or b"vicsdatamodel" in text.lower()
        return text.startswith(b"{") and known

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per media item; raises ListError if no categories were given."""
        if source.categories is None:
            raise ListError(
                f"{source.path}: the numbers of VICS categories differ from country to country; "
                "give those to match: --vics-category 1,2"
            )
        head = head_of(source.path, _HEAD)
        found = _CONTEXT.search(head)
        country = found[1].decode() if found and found[1] else ""
        scheme = source.scheme or f"VICS {country}".strip()
        is_case = found[2].lower() == b"cases" if found else b'"Media"' in head
        prefix = "value.item.Media.item" if is_case else "value.item"

        def medium(number: int, record: Any) -> Iterator[Entry | Refusal]:
            return _medium(number, record, source, scheme)

        yield from entries(source, json_records(source, prefix), medium)


def _medium(number: int, record: Any, source: ListFile, scheme: str) -> Iterator[Entry | Refusal]:
    value = member(record, "Category")
    category = _category(value if "Category" in record else 0, source)
    if category is None:
        return
    hashes = []
    for kind, text in _hashes(record):
        try:
            hashes.append(read_hash(text, kind))
        except RowError as error:
            yield Refusal(number, error.code, error.detail)
    if not hashes:
        raise RowError("no-hash")
    kind, value = hashes[0]
    name = name_of(kind, value) if kind in ("md5", "sha1") else ""
    series = plain(record.get("Series")).strip()
    labels = [label for flag, label in _FLAGS.items() if truth(record.get(flag))]
    labels += [f"series: {series}"] if series else []
    yield Entry(
        plain(record.get("MediaID")) or name or f"record-{number}",
        tuple(dict.fromkeys(hashes)),
        category=category,
        scheme=scheme,
        labels=(*labels, *split_labels(plain(record.get("Tags")).replace(",", ";"))),
        source="Project VIC",
        updated=date_of(record.get("DateUpdated")),
        line=number,
        key=f"vics:{scheme}:{name}" if name else "",
    )


def _category(value: Any, source: ListFile) -> str | None:
    """Return a category that the user gave, None for another number or null; raises RowError."""
    text = plain(value).strip()
    known = source.categories or ()
    if text in known:
        return text
    number = _NUMBER.fullmatch(text)
    if value is not None and not number:
        raise RowError("bad-row", "the category is not a number")
    return number[1] if number and number[1] in known else None


def _hashes(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of every hash that has a value."""
    for kind in ("MD5", "SHA1", "SHA256", "PhotoDNA"):
        if text := plain(record.get(kind)).strip():
            yield kind, text
    for other in objects(record.get("AlternativeHashes")):
        if text := plain(other.get("HashValue")).strip():
            yield plain(other.get("HashName")), text


READER = VicsReader()
