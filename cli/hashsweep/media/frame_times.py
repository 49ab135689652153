"""How long each frame of an animation is shown, read from the file's own marks without decoding.

Knows GIF, APNG and WebP. Knows no decoder.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

_EXTENSION, _PICTURE, _CONTROL = 0x21, 0x2C, 0xF9  # GIF89a, sections 20, 23 and 26


def read_times(stream: BinaryIO, decoder: str) -> list[int]:
    """Return milliseconds for each frame, from the first; nothing for formats without times.

    A file that breaks off has times as far as it goes. The stream is left where it was.
    """
    if decoder not in _READERS:
        return []
    place = stream.tell()
    try:
        stream.seek(0)
        return list(_READERS[decoder](stream))
    finally:
        stream.seek(place)


def choose_frames(times: Sequence[int], last: int, count: int) -> list[int]:
    """Return `count` of the numbers 1 to `last`, sorted: those shown longest, others spread evenly.

    `times` are milliseconds from the frame 0 on, possibly none. Up to half are frames that are
    shown longer than the usual one, the longest first. `count` is at most `last`.
    """
    known = {number: times[number] for number in range(1, min(last + 1, len(times)))}
    usual = sorted(known.values())[(len(known) - 1) // 2] if known else 0
    longer = sorted((n for n in known if known[n] > usual), key=lambda n: -known[n])
    chosen = set(longer[: (count + 1) // 2])
    others = [number for number in range(1, last + 1) if number not in chosen]
    rest = count - len(chosen)
    chosen.update(others[round(step * len(others) / rest) - 1] for step in range(1, rest + 1))
    return sorted(chosen)


def _gif(stream: BinaryIO) -> Iterator[int]:
    flags = stream.read(13)[10:11]  # header and logical screen
    if flags:
        stream.seek(_table_bytes(flags[0]), 1)
    delay = 0
    while mark := stream.read(1):
        if mark[0] == _EXTENSION:
            if stream.read(1) == bytes([_CONTROL]):
                block = _block(stream)
                delay = struct.unpack_from("<H", block, 1)[0] * 10 if len(block) > 2 else 0  # noqa: PLR2004
            while _block(stream):
                pass
        elif mark[0] == _PICTURE:
            yield delay
            delay = 0
            descriptor = stream.read(9)
            if len(descriptor) == 9:  # noqa: PLR2004
                stream.seek(_table_bytes(descriptor[8]) + 1, 1)  # and the size of a code
            while _block(stream):
                pass
        else:
            return


def _table_bytes(flags: int) -> int:
    """Return the length of a colour table, by the flags of the block before it."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _block(stream: BinaryIO) -> bytes:
    """Return the next block of data; nothing at the end of a chain, or of the file."""
    length = stream.read(1)
    return stream.read(length[0]) if length else b""


def _png(stream: BinaryIO) -> Iterator[int]:
    stream.seek(8)
    is_first = True
    while len(head := stream.read(8)) == 8:  # noqa: PLR2004
        length, kind = struct.unpack(">I4s", head)
        if kind == b"fcTL":
            number, of = struct.unpack(">HH", stream.read(length)[20:24].ljust(4, b"\0"))
            yield number * 1000 // (of or 100)  # APNG: a denominator of 0 is 100
            is_first = False
            stream.seek(4, 1)
            continue
        if kind == b"IDAT" and is_first:
            yield 0  # a picture for those who cannot show animations
            is_first = False
        stream.seek(length + 4, 1)


def _webp(stream: BinaryIO) -> Iterator[int]:
    stream.seek(12)
    while len(head := stream.read(8)) == 8:  # noqa: PLR2004
        kind, length = struct.unpack("<4sI", head)
        padded = length + (length & 1)
        if kind == b"ANMF":
            yield int.from_bytes(stream.read(15)[12:15], "little")
            padded = max(padded - 15, 0)
        stream.seek(padded, 1)


_READERS: dict[str, Callable[[BinaryIO], Iterator[int]]] = {
    "GIF": _gif,
    "PNG": _png,
    "WEBP": _webp,
}
