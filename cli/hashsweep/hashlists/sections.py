"""The table of contents of a container: its arrays, where they lie, and which are optional.

An optional section is one that a reader may not know. Each says of itself whether such a reader may
ignore it or has to refuse the list. Knows no file and no hash.
"""

from collections.abc import Iterable, Mapping
from math import prod
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

ALIGN = 64
"""Arrays begin at multiples of this many bytes and are padded with zeros to the next one."""

TYPES = {"uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8}
"""Types of arrays that can be read here, and the bytes of one number."""

KNOWN: frozenset[str] = frozenset()
"""Names of the optional sections that this version reads: none is needed yet."""

_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Shape = Annotated[list[Annotated[int, Meta(ge=0, lt=2**40)]], Meta(max_length=8)]
_Text = Annotated[str, Meta(max_length=100)]


class _Plain(msgspec.Struct, forbid_unknown_fields=True):
    """A line of `sections`."""

    start: _Number
    shape: _Shape
    type: _Text
    sums: _Text


class _Optional(_Plain, forbid_unknown_fields=True):
    """A line of `optional`."""

    length: _Number
    required: bool


class _Tables(msgspec.Struct, forbid_unknown_fields=True):
    meta: dict[str, Any]
    sections: dict[_Text, _Plain]
    optional: dict[_Text, _Optional]


class Section(NamedTuple):
    """One array: `length` bytes from `start` on, of this shape and type, with this checksum.

    `required` is None for the arrays that every list has. For optional ones it says whether a
    reader that does not know the section must refuse the list. Only those may have a type that is
    not one of TYPES.
    """

    start: int
    length: int
    shape: tuple[int, ...]
    type: str
    sums: str
    required: bool | None = None

    @property
    def stop(self) -> int:
        """Where its padding ends."""
        return self.start + self.length + (-self.length % ALIGN)

    def to_json(self) -> dict[str, Any]:
        """Return its line in the table of contents."""
        about = {"start": self.start, "shape": list(self.shape), "type": self.type}
        if self.required is not None:
            about |= {"length": self.length, "required": self.required}
        return about | {"sums": self.sums}


def read_tables(contents: Any, first: int, end: int) -> tuple[dict[str, Any], dict[str, Section]]:
    """Return `meta` of a table of contents, and all its sections by name.

    These must fill the file from `first` to `end`, without a gap and without an overlap. Raises
    ValueError for anything else, and for what no writer makes.
    """
    tables = msgspec.convert(contents, _Tables)
    if tables.sections.keys() & tables.optional.keys():
        raise ValueError("a name is there twice")
    sections = {name: _read_plain(each) for name, each in tables.sections.items()}
    sections |= {name: _read_optional(each) for name, each in tables.optional.items()}
    _check_places(sections.values(), first, end)
    return tables.meta, sections


def list_unknown(sections: Mapping[str, Section], *, required: bool) -> list[str]:
    """Return the names of the optional sections that are not in KNOWN, those `required` or not."""
    return [
        name
        for name, section in sections.items()
        if section.required is required and name not in KNOWN
    ]


def _read_plain(line: _Plain) -> Section:
    if line.type not in TYPES:
        raise ValueError("an unknown type")
    length = prod(line.shape) * TYPES[line.type]
    return Section(line.start, length, tuple(line.shape), line.type, line.sums)


def _read_optional(line: _Optional) -> Section:
    if line.type in TYPES and line.length != prod(line.shape) * TYPES[line.type]:
        raise ValueError("a shape and a length that differ")
    shape = tuple(line.shape)
    return Section(line.start, line.length, shape, line.type, line.sums, line.required)


def _check_places(sections: Iterable[Section], first: int, end: int) -> None:
    """Raise ValueError unless they lie one behind the other from `first` to `end`."""
    at = first
    for section in sorted(sections, key=lambda each: (each.start, each.length)):
        if section.start != at:
            raise ValueError("a gap or an overlap")
        at = section.stop
    if at != end:
        raise ValueError("a gap or an overlap")
