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
from hashsweep.hashlists.formats.hash_forms import BLANK
from hashsweep.hashlists.formats.stopncii import name_of
from hashsweep.hashlists.formats.streams import (
    Damaged,
    entries,
    json_events,
    json_records,
    member,
    objects,
)
from hashsweep.hashlists.formats.values import date_of, plain, split_labels, truth
from hashsweep.model import Entry, Refusal

_BLOCK = 1024 * 1024
_LONGEST_CONTEXT = 200  # bytes
_WRAPPED = re.compile(rb"\"(?:value\"\s*:\s*[\[{]|Media\"\s*:\s*\[)")
_OWN_NAMES = (
    *(b'"MediaID"', b'"Media"', b'"VictimIdentified"', b'"OffenderIdentified"', b'"MediaFiles"'),
    *(b'"AlternativeHashes"', b'"IsPrecategorized"', b'"CaseID"', b'"CaseNumber"'),
)
_CASES = ("value.item.Media", "value.Media", "Media")
_OF_MEDIA = frozenset(
    {
        *("MediaID", "MD5", "SHA1", "SHA256", "PhotoDNA", "Category", "MediaSize"),
        "AlternativeHashes",
    }
)
_CONTEXT = re.compile(
    rb"(?:projectvic|vicsdatamodel)[^\"]{0,80}?\.xml(?:/([A-Za-z]{2,16})/\$metadata)?#(media|cases)",
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
        if not text.startswith(b"{"):
            return False
        if b"projectvic" in text.lower() or b"vicsdatamodel" in text.lower():
            return True
        is_wrapped = _WRAPPED.search(text)  # the context may stand behind the media
        return bool(is_wrapped) and any(name in text for name in _OWN_NAMES)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per media item; raises ListError if no categories were given."""
        if source.categories is None:
            raise ListError(
                f"{source.path}: the numbers of VICS categories differ from country to country; "
                "give those to match: --vics-category 1,2"
            )
        country = _country(source)
        scheme = source.scheme or f"VICS {country}".strip()

        def medium(number: int, record: Any) -> Iterator[Entry | Refusal]:
            return _medium(number, record, source, scheme)

        yield from entries(source, json_records(source, _prefix(source)), medium)


def _country(source: ListFile) -> str:
    """Return the country in the context's URL, which may stand anywhere; "" for none."""
    try:
        with source.path.open("rb") as stream:
            rest = b""
            while block := stream.read(_BLOCK):
                if found := _CONTEXT.search(rest + block):
                    return found[1].decode() if found[1] else ""
                rest = block[-_LONGEST_CONTEXT:]
    except OSError as error:
        raise ListError(f"{source.path}: {error.strerror}") from error
    return ""


def _prefix(source: ListFile) -> str:
    """Return where the media are: in one case or several, or by themselves.

    What comes first is what counts: an array of `Media`, or an object of `value` without any.
    """
    found = "value.item"
    try:
        for prefix, event, value in json_events(source):
            if event == "start_array" and prefix in _CASES:
                return f"{prefix}.item"
            if event == "map_key" and prefix == "value.item" and value in _OF_MEDIA:
                return "value.item"
            if event == "end_map" and prefix == "value.item":
                found = "value.item.Media.item"  # a case without media, as it seems
    except Damaged:
        pass
    return found


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
        if (text := plain(record.get(kind)).strip()) and text not in BLANK:
            yield kind, text
    for other in objects(record.get("AlternativeHashes")):
        if (text := plain(other.get("HashValue")).strip()) and text not in BLANK:
            yield plain(other.get("HashName")), text


READER = VicsReader()
