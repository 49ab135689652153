"""Has a list parsed in a confined process of its own, and takes in what comes of it.

Knows no format.
"""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from hashsweep.engines import parsing
from hashsweep.engines.parsing import Bounds, FileRefused, ParsingFailed
from hashsweep.errors import ListError
from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.batches import NEEDS_NAME, Batch, unpack
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.known_hashes import known_bits
from hashsweep.hashlists.unpacking import LAYERS, is_packed, most_bytes
from hashsweep.storage.temporary_folders import TemporaryFolder

PARSER = "hashsweep.hashlists.parser:parse"
"""What runs there; not imported here, where it would cost a twentieth of a small sweep."""

PRELOAD = ("hashsweep.hashlists.parser", *FORMATS.modules)
"""Modules that a fork server imports once for all parsers of lists."""

_LEAST = 64 * 1024 * 1024
_TIMES, _TIMES_UNPACKED = 16, 4
# Bytes of rows that any list may come to, and more for each of its own. The shortest row that holds
# a hash, 16 bytes of Parquet, comes to some 85; one of 33 bytes of text as well.

_READS = 1 << 30
_TIMES_READ = 500  # a list may be unpacked and read several times

_HEAD = 16  # bytes by which packing is recognised
_LEAST_ROW = 16  # bytes; a list of so many rows that each is shorter holds nothing


def read_batches(
    path: Path, descriptor: int, options: Mapping[str, Any], *, in_memory: bool
) -> Iterator[Batch]:
    """Yield the rows of the list that `descriptor` is of; messages call it `path`.

    `options` are for hashsweep.hashlists.parser.parse. What is unpacked lies in files without a
    name, with `in_memory` in memory. Raises ListError, and EngineError where no process can be
    started.
    """
    bounds = _bounds(descriptor)
    try:
        for is_named in (False,) if in_memory else (False, True):
            with ExitStack() as stack:
                rooms = _make_rooms(stack, in_memory=in_memory, is_named=is_named)
                if (yield from _read(descriptor, rooms, options, bounds)):
                    return
    except FileRefused as error:
        raise ListError(str(error)) from error
    except ParsingFailed as error:
        raise ListError(f"hash list {path} {error}") from error
    raise ListError(
        f"hash list {path} is a database, which cannot be read through a pipe, nor while it is "
        "replaced: save it as a file, and start again"
    )


def _bounds(descriptor: int) -> Bounds:
    size = os.fstat(descriptor).st_size
    unpacked = most_bytes(size)
    has_layers = is_packed(os.pread(descriptor, _HEAD, 0))
    total = _LEAST + (_TIMES_UNPACKED * unpacked if has_layers else _TIMES * size)
    # text in UTF-16 grows by a half when it becomes UTF-8
    reads = _READS + _TIMES_READ * size
    return Bounds(total, reads=reads, writes=2 * unpacked, silence=parsing.SILENCE)


def _make_rooms(stack: ExitStack, *, in_memory: bool, is_named: bool) -> list[int]:
    """Return descriptors of files to unpack into, as far as the system makes any.

    Those with a name lie in a folder of their own, which the next sweep removes after a kill.
    """
    rooms: list[int] = []
    with suppress(OSError):
        if not is_named:
            scratch = Scratch(stack, in_memory=in_memory)
            rooms.extend(scratch.open() for _ in range(LAYERS))
            return rooms
        folder = stack.enter_context(TemporaryFolder())
        for number in range(LAYERS):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            rooms.append(os.open(os.path.join(folder, f"{number}"), flags, 0o600))
            stack.callback(os.close, rooms[-1])
    return rooms


def _read(
    descriptor: int, rooms: Sequence[int], options: Mapping[str, Any], bounds: Bounds
) -> Generator[Batch, None, bool]:
    """Yield the rows; return False where the parser needs rooms with names instead.

    Raises ParsingFailed.
    """
    bits = known_bits()
    rows = 0
    for content in parsing.read_batches(PARSER, options, [descriptor, *rooms], bounds, PRELOAD):
        if content == NEEDS_NAME:
            return False
        try:
            batch = unpack(content, bits)
        except ValueError as error:
            raise parsing.nonsense() from error
        rows += len(batch.columns) + batch.refused
        if rows > bounds.total // _LEAST_ROW:
            raise ParsingFailed(
                f"has more than {bounds.total // _LEAST_ROW:,} rows, which no list of its size "
                "has: it was not read to its end"
            )
        yield batch
    return True
