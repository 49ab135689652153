"""NCMEC's hash sharing API, version 2: the XML of `/v2/entries`, images and videos.

An entry is named by the member that gave it and its id: a later one replaces it, and
`deletedImage` or `deletedVideo` takes it back. Fingerprints that are links hold no value and are
passed over. Document types are forbidden, so no entity is ever expanded.
"""

from collections.abc import Iterator
from typing import Any

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.streams import Damaged, Gauge, entries
from hashsweep.hashlists.formats.values import date_of
from hashsweep.model import Entry, Refusal

LONGEST = 1024 * 1024
"""No entry is longer than this many bytes; a file with such an entry is damaged."""

_SCHEME = "NCMEC"
_ENTRIES = {"image": False, "video": False, "deletedImage": True, "deletedVideo": True}
_DEPTH = 3  # of an entry, below the root and `images` or `videos`
_DEEPEST = 50


class NcmecReader:
    """The ListReader."""

    description = "NCMEC hash sharing v2 XML, images and videos, deletions included"

    def recognises(self, head: bytes) -> bool:
        """XML with the API's namespace or root element."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        named = b"hashsharing.ncmec.org" in text or b"<queryResult" in text
        return text.startswith(b"<") and named

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield an image or video each."""
        yield from entries(source, _elements(source), _entry)


def _elements(source: ListFile) -> Iterator[Any]:
    """Yield each entry's element; raises Damaged, and ListError for a file that is no such XML."""
    from xml.etree.ElementTree import ParseError, iterparse

    try:
        with source.path.open("rb") as stream:
            _check_start(source, Gauge(stream, LONGEST))
            stream.seek(0)
            gauge = Gauge(stream, LONGEST)
            above: list[Any] = []
            for event, element in iterparse(gauge, ("start", "end")):  # noqa: S314
                if event == "start":
                    above.append(element)
                    if len(above) > _DEEPEST:
                        raise Damaged
                    continue
                above.pop()
                if len(above) == _DEPTH - 1 and _tag(element) in _ENTRIES:
                    yield element
                    gauge.start_record()
                if 0 < len(above) < _DEPTH:
                    above[-1].clear()
    except OSError as error:
        raise ListError(f"{source.path}: {error.strerror}") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Damaged from error


def _check_start(source: ListFile, start: Gauge) -> None:
    """Raise ListError for a document type, Damaged for no XML; read up to the root element.

    XML allows no document type after that, so from there on the faster parser of the standard
    library, which has no guard against entities, does as well.
    """
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import ParseError, iterparse  # type: ignore[import-untyped]

    try:
        next(iter(iterparse(start, ("start",), forbid_dtd=True)), None)
    except DefusedXmlException as error:
        raise ListError(f"{source.path}: a document type in XML is not allowed") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Damaged from error


def _tag(element: Any) -> str:
    name: str = element.tag
    return name.rpartition("}")[2]


def _entry(number: int, element: Any) -> Iterator[Entry | Refusal]:
    parts = {_tag(child): child for child in reversed(element)}
    words = {name: (child.text or "").strip() for name, child in parts.items()}
    member = parts["member"].get("id", "") if "member" in parts else ""
    if not member or not words.get("id"):
        raise RowError("bad-row", "an entry without a member or an id")
    name = f"{member}/{words['id']}"
    key = f"ncmec:{name}"
    if _ENTRIES[_tag(element)]:
        yield Entry(
            name,
            (),
            scheme=_SCHEME,
            source=words.get("member", ""),
            updated=date_of(words.get("timestamp")),
            line=number,
            key=key,
            withdrawn=True,
        )
        return
    hashes = []
    for child in parts.get("fingerprints", ()):
        if text := (child.text or "").strip():
            try:
                hashes.append(read_hash(text, _tag(child)))
            except RowError as error:
                yield Refusal(number, error.code, error.detail)
    if not hashes:
        raise RowError("no-hash")
    yield Entry(
        name,
        tuple(hashes),
        category=words.get("classification", ""),
        scheme=_SCHEME,
        source=words.get("member", ""),
        updated=date_of(words.get("timestamp")),
        line=number,
        key=key,
        replaces=True,
    )


READER = NcmecReader()
