"""A file of named numpy arrays with checksums, opened by memory map.

Layout: 64 bytes of header (magic, offset, length and SHA-256 of the table of contents, size
of the file; integers little-endian), then the arrays, each at a multiple of 64 bytes and padded
to one, then the table of contents as JSON (see sections). Every byte is covered by a checksum.
Knows nothing of hashes. Nothing is ever unpickled.

The arrays have sums, not a cryptographic digest: ten gigabytes of index would take
half a minute of SHA-256 but take seconds this way. Sums detect damage, not forgery, which only
the file's mode, 0600, prevents.
"""

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hashsweep.atomic_files import atomic_file
from hashsweep.errors import ListError
from hashsweep.hashlists.sections import ALIGN, TYPES, Section, list_unknown, read_tables
from hashsweep.storage.memory import is_unnamed

MAGIC = b"HSWLST\x00\x02"
"""The last byte is the version of the layout; another version is refused."""

PREVIOUS = 1
"""The version before, which only a renewal reads (see previous_layout)."""

_HEADER = struct.Struct("<8sQQ32sQ")
_BLOCK = 32 * 1024  # bytes per row of the sums
_ROWS = 16  # rows summed at a time
# Odd numbers that look random: equal words in other places of a row change the sum.
_WEIGHTS = np.frombuffer(hashlib.shake_128(b"hashsweep").digest(_BLOCK), "<u8") | np.uint64(1)

Arrays = Mapping[str, npt.NDArray[Any]]


class Optional(NamedTuple):
    """The array of an optional section, and whether a reader that does not know it must refuse."""

    array: npt.NDArray[Any]
    required: bool


def write(
    path: Path,
    meta: Mapping[str, Any],
    arrays: Arrays,
    optional: Mapping[str, Optional] = MappingProxyType({}),
) -> None:
    """Write `arrays` (unsigned integers, C order) and `meta` (JSON) to a new file, mode 0600.

    Raises OSError; a file that is there already is an error. The file is whole or not there. One
    without a name (memory.is_unnamed) is written into.
    """
    with open(path, "r+b") if is_unnamed(path) else atomic_file(path) as stream:
        _write(stream, meta, arrays, optional)


def _write(
    stream: Any, meta: Mapping[str, Any], arrays: Arrays, optional: Mapping[str, Optional]
) -> None:
    stream.write(bytes(_HEADER.size))
    tables = {
        "sections": {name: _put(stream, array, None) for name, array in arrays.items()},
        "optional": {name: _put(stream, *each) for name, each in optional.items()},
    }
    contents = json.dumps({"meta": dict(meta), **tables}).encode()
    start = stream.tell()
    stream.write(contents)
    size = stream.tell()
    stream.seek(0)
    checksum = hashlib.sha256(contents).digest()
    stream.write(_HEADER.pack(MAGIC, start, len(contents), checksum, size))


def _put(stream: Any, array: npt.NDArray[Any], required: bool | None) -> dict[str, Any]:
    """Write an array with its padding; return its line in the table of contents."""
    start = stream.tell()
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    stream.write(flat.data)
    stream.write(bytes(-flat.size % ALIGN))
    section = Section(start, flat.size, array.shape, array.dtype.name, sums(flat), required)
    return section.to_json()


def sums(flat: npt.NDArray[np.uint8]) -> str:
    """Return a checksum of bytes, as hex: SHA-256 over sums mod 2**64 of rows and columns.

    The bytes, padded with zeros, are taken as rows of _BLOCK bytes of 64-bit words. The sum of
    each row, its words weighted by their places, detects moves; that of each column
    detects changes.
    """
    columns = np.zeros(_BLOCK // 8, np.uint64)
    digest = hashlib.sha256(str(flat.size).encode())
    step = _BLOCK * _ROWS
    for at in range(0, flat.size, step):
        part = flat[at : at + step]
        if part.size % _BLOCK:
            part = np.concatenate((part, np.zeros(-part.size % _BLOCK, np.uint8)))
        words = part.view(np.uint64).reshape(-1, _BLOCK // 8)
        columns += words.sum(axis=0, dtype=np.uint64)
        digest.update((words @ _WEIGHTS).tobytes())
    digest.update(columns.tobytes())
    return digest.hexdigest()


def stamp_of(state: os.stat_result) -> str:
    """Return what tells a file, as it is, from others and from what it may become."""
    return f"{state.st_dev}:{state.st_ino}:{state.st_size}:{state.st_mtime_ns}"


def changed_in_place(called: str) -> ListError:
    """Return the error for a file that was written into after it was opened."""
    return ListError(f"{called} was changed in place while in use: replace lists by rename (mv)")


class Container:
    """The arrays of a file, read-only views of one shared memory map.

    Raises ListError for a file that is not a container, is truncated, or, with `verify`, has an
    array that differs from its checksum, or for an optional section that is not known here and
    may not be ignored. `verify` reads the whole file; workers that open what
    their parent has just verified pass its `stamp` instead, which the file must still have.
    """

    magic = MAGIC

    def __init__(
        self, path: Path, *, verify: bool, stamp: str | None = None, called: str | None = None
    ) -> None:
        """Map the file and read its table of contents; `called` is what errors call the file."""
        self.path = path
        try:
            with path.open("rb") as stream:
                state = os.fstat(stream.fileno())
                self.stamp = stamp_of(state)
                if stamp is not None and stamp != self.stamp:
                    raise changed_in_place(called or f"{path}")
                if state.st_size < _HEADER.size:
                    raise self._damage("it is too short")
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise ListError(f"{path}: {error.strerror}") from error
        self._bytes = np.frombuffer(self._map, dtype=np.uint8)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self.meta: dict[str, Any]
        self._sections: dict[str, Section]
        self.meta, self._sections = self._contents()
        if unknown := list_unknown(self._sections, required=True):
            raise ListError(
                f"{path}: made by a newer version of hashsweep, and it cannot be used without its "
                f"section {unknown[0]!r}: read it with that version"
            )
        if verify:
            self.verify()

    def verify(self) -> None:
        """Compare every byte with its checksum; raises ListError. May run in a thread."""
        for name in self._sections:
            self._verify(name)

    def _damage(self, why: str) -> ListError:
        return ListError(f"{self.path}: damaged, or not a compiled hash list: {why}")

    def _contents(self) -> tuple[dict[str, Any], dict[str, Section]]:
        """Return `meta` and all sections; raises ListError."""
        magic, start, length, checksum, size = _HEADER.unpack_from(self._map)
        if magic[:-1] != MAGIC[:-1]:
            raise self._damage("it does not start like one")
        if magic != self.magic:
            remedy = "import its sources again"
            if magic[-1] == PREVIOUS:
                remedy = "renew it with hashsweep lists import OLD -o NEW"
            raise ListError(
                f"{self.path}: compiled by another version of hashsweep ({magic[-1]}); {remedy}"
            )
        if size != len(self._map) or start + length != size:
            raise self._damage("its size is not the recorded one")
        raw = self._map[start : start + length]
        if hashlib.sha256(raw).digest() != checksum:
            raise self._damage("its table of contents was altered")
        try:
            return read_tables(self.adapt(json.loads(raw)), _HEADER.size, start)
        except (ValueError, RecursionError) as error:
            raise self._damage("its table of contents is invalid") from error

    def adapt(self, contents: Any) -> Any:
        """Return a table of contents in the present form; it may be anything."""
        return contents

    def _verify(self, name: str) -> None:
        section = self._sections[name]
        stop = section.start + section.length
        if self._bytes[stop : section.stop].any():
            raise self._damage(f"its part {name!r} was altered")
        if sums(self._bytes[section.start : stop]) != section.sums:
            raise self._damage(f"its part {name!r} was altered")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the arrays that every list has."""
        return tuple(name for name, each in self._sections.items() if each.required is None)

    @property
    def skipped(self) -> list[str]:
        """Names of optional sections that are not known here and are ignored."""
        return list_unknown(self._sections, required=False)

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return one array by name, read-only and without a copy."""
        if name in self._arrays:
            return self._arrays[name]
        section = self._sections[name]
        if section.type not in TYPES:
            raise self._damage(f"its part {name!r} has an unknown type")
        flat = self._bytes[section.start : section.start + section.length].view(section.type)
        self._arrays[name] = flat.reshape(section.shape)
        return self._arrays[name]
