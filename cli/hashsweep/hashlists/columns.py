"""Collects entries in columns of numbers and bytes, not objects, so that ten million fit in memory.

The process that parses a list fills them, and so does the command. Knows no file, and no numpy,
which a parser need not import.
"""

from array import array
from dataclasses import dataclass, field

from hashsweep.hashlists.formats.base import digest_of_key, safe_id
from hashsweep.model import UNKNOWN_QUALITY, Entry

About = tuple[str, str, tuple[str, ...], str]
"""(scheme, category, labels, source): shared by many entries."""


@dataclass
class Texts:
    """Many strings as one block of bytes and their ends."""

    content: bytearray = field(default_factory=bytearray)
    ends: "array[int]" = field(default_factory=lambda: array("Q", [0]))

    def add(self, text: bytes) -> None:
        """Append one."""
        self.content += text
        self.ends.append(len(self.content))


@dataclass
class Kind:
    """The hashes of one kind read so far, and the entry each belongs to."""

    hashes: bytearray = field(default_factory=bytearray)
    entries: "array[int]" = field(default_factory=lambda: array("I"))
    quality: bytearray = field(default_factory=bytearray)


class EntryColumns:
    """Entries by column; `first` is the number of the first one in its list, from 0."""

    def __init__(self, computable: frozenset[str], first: int = 0) -> None:
        """`computable` are the kinds with hashes of a fixed length; others are texts."""
        self._computable = computable
        self._first = first
        self.kinds: dict[str, Kind] = {}
        self.kept: dict[str, tuple[Texts, array[int]]] = {}
        self.ids = Texts()
        self.updated = Texts()
        self.abouts: dict[About, int] = {}
        self.about = array("I")
        self.withdrawn = bytearray()
        self.grave_lines = array("Q")  # of tombstones only
        self.replaces = bytearray()
        self.keys = bytearray()

    def add(self, entry: Entry) -> None:
        """Add one entry. Written for speed: ten million pass through here."""
        (
            entry_id,
            hashes,
            category,
            scheme,
            labels,
            source,
            updated,
            quality,
            line,
            key,
            replaces,
            withdrawn,
        ) = entry
        row = len(self.withdrawn)
        ids, dates = self.ids, self.updated
        safe = safe_id(entry_id, hashes, line or self._first + row + 1)
        ids.content += safe.encode("utf-8", "surrogateescape")
        ids.ends.append(len(ids.content))
        if updated:
            dates.content += updated.encode("utf-8", "replace")
        dates.ends.append(len(dates.content))
        about = (scheme, category, labels, source)
        self.about.append(self.abouts.setdefault(about, len(self.abouts)))
        self.withdrawn.append(withdrawn)
        if withdrawn:
            self.grave_lines.append(line)
        self.replaces.append(replaces)
        self.keys += digest_of_key(key)
        quality = UNKNOWN_QUALITY if quality is None else quality
        for name, value in hashes:
            kind = self.kinds.get(name)
            if kind is None:
                if name not in self._computable:
                    self._keep(name, value, row)
                    continue
                kind = self.kinds[name] = Kind()
            kind.hashes += value
            kind.entries.append(row)
            kind.quality.append(quality)

    def _keep(self, name: str, value: bytes, row: int) -> None:
        texts, entries = self.kept.setdefault(name, (Texts(), array("I")))
        texts.add(value)
        entries.append(row)

    def __len__(self) -> int:
        return len(self.withdrawn)
