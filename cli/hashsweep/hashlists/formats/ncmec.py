"""NCMEC's hash sharing API, version 2: the XML of `/v2/entries`, images and videos.

Pages may be joined in one file, one behind the other.

An entry is named by the member that gave it and its id: a later one replaces it, and
`deletedImage` or `deletedVideo` takes it back. Fingerprints that are links hold no value and are
passed over. Document types are forbidden, so no entity is ever expanded.
"""

import re
from collections.abc import Iterator
from typing import IO, Any

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
_BLOCK = 8192
_LONGEST_TAG = 64  # bytes of the root's end tag
_END = re.compile(rb"</(?:[A-Za-z_][\w.-]{0,30}:)?queryResult\s{0,8}>")
_BETWEEN = b" \t\r\n\0\xef\xbb\xbf"
_NUMBER = re.compile(r"[0-9]{1,9}")


class NcmecReader:
    """The ListReader."""

    description = "NCMEC hash sharing v2 XML, images and videos, deletions included"

    def recognises(self, head: bytes) -> bool:
        """XML with the API's namespace or root element."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        named = b"hashsharing.ncmec.org" in text or b"<queryResult" in text
        return text.startswith(b"<") and named

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per image or video."""
        yield from entries(source, _elements(source), _entry)


class _Page:
    """One XML document of several in a stream of bytes; `rest` is what came behind its end."""

    def __init__(self, stream: IO[bytes], rest: bytes) -> None:
        self._stream = stream
        self._buffer = rest
        self._given_back = b""
        self._ended = False
        self.rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return some bytes up to the end tag of the root; none behind it."""
        if self._given_back:
            block = self._given_back[:size] if size >= 0 else self._given_back
            self._given_back = self._given_back[len(block) :]
            return block
        while not self._ended:
            block = self._stream.read(min(size, _BLOCK) if size >= 0 else _BLOCK)
            text = self._buffer + block
            if end := _END.search(text):
                self._ended, self.rest = True, text[end.end() :]
                return text[: end.end()]
            self._ended = not block
            keep = 0 if self._ended else min(len(text), _LONGEST_TAG)
            self._buffer = text[len(text) - keep :]
            if given := text[: len(text) - keep]:
                return given
        return b""

    def give_back(self, block: bytes) -> None:
        """Take bytes that were read last."""
        self._given_back = block + self._given_back

    def has_more(self) -> bool:
        """Say whether another document begins behind this one."""
        self.rest = self.rest.lstrip(_BETWEEN)
        while not self.rest and (block := self._stream.read(_BLOCK)):
            self.rest = block.lstrip(_BETWEEN)
        return bool(self.rest)


def _elements(source: ListFile) -> Iterator[Any]:
    """Yield each entry's element of all pages, which may stand one behind the other in a file.

    Raises Damaged, and ListError for any other XML.
    """
    try:
        with source.path.open("rb") as stream:
            page = _Page(stream, stream.read(_BLOCK).lstrip(_BETWEEN))
            yield from _page_elements(source, page)
            while page.has_more():
                page = _Page(stream, page.rest)
                yield from _page_elements(source, page)
    except OSError as error:
        raise ListError(f"{source.path}: {error.strerror}") from error


def _page_elements(source: ListFile, page: _Page) -> Iterator[Any]:
    from xml.etree.ElementTree import ParseError, iterparse

    announced = seen = 0
    try:
        _check_start(source, page)
        gauge = Gauge(page, LONGEST)
        above: list[Any] = []
        for event, element in iterparse(gauge, ("start", "end")):  # noqa: S314
            if event == "start":
                above.append(element)
                if len(above) > _DEEPEST:
                    raise Damaged
                if len(above) == _DEPTH - 1:
                    announced += _count(element)
                continue
            above.pop()
            if len(above) == _DEPTH - 1 and _tag(element) in _ENTRIES:
                seen += 1
                yield element
                gauge.start_record()
            if 0 < len(above) < _DEPTH:
                above[-1].clear()
    except (ParseError, ValueError, LookupError, Damaged) as error:
        raise Damaged(announced - seen) from error


def _count(element: Any) -> int:
    """Return how many entries `images` or `videos` says it holds."""
    text = element.get("count", "")
    return int(text) if _NUMBER.fullmatch(text) else 0


class _Recorded:
    """What is read of a page, to be given back."""

    def __init__(self, page: _Page) -> None:
        self._page = page
        self.taken = b""

    def read(self, size: int = -1) -> bytes:
        """Return some bytes."""
        block = self._page.read(size)
        self.taken += block
        return block


def _check_start(source: ListFile, page: _Page) -> None:
    """Raise ListError for a document type, Damaged for no XML; read up to the root element.

    XML allows no document type after that, so from there on the faster parser of the standard
    library, which has no guard against entities, is good enough.
    """
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import ParseError, iterparse  # type: ignore[import-untyped]

    start = _Recorded(page)
    try:
        next(iter(iterparse(Gauge(start, LONGEST), ("start",), forbid_dtd=True)), None)
    except DefusedXmlException as error:
        raise ListError(f"{source.path}: an XML document type is not allowed") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Damaged from error
    page.give_back(start.taken)


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
