"""Reads how many bits a JPEG 2000's samples have, because that matters.

Pillow (up to 13.0) rounds samples of more than 8 bits up to 256 if there are three of them or
more, which becomes 0: white turns black. Knows boxes and the first marker segment (ITU-T T.800,
A.5.1 and I.4), no pixel.
"""

import io
import struct
from typing import BinaryIO

from hashsweep.errors import ItemError

_CODESTREAM = b"\xff\x4f\xff\x51"  # SOC, SIZ
_SIZES = 40  # bytes from SIZ's marker to the first component
_MAX_BOXES = 10_000
_COLOURS, _DEEPEST = 3, 8


def refuse_deep_colours(stream: BinaryIO) -> None:
    """Raise ItemError ("decode": unsupported-format) for colours of more than 8 bits per sample."""
    depths = read_depths(stream)
    if len(depths) >= _COLOURS and max(depths) > _DEEPEST:
        detail = f"JPEG 2000: {len(depths)} x {max(depths)} bits"
        raise ItemError("decode", "unsupported-format", detail)


def read_depths(stream: BinaryIO) -> list[int]:
    """Return the bits of each component's samples; empty if no codestream is found."""
    at = _find_codestream(stream)
    if at is None:
        return []
    stream.seek(at + 2)
    head = stream.read(_SIZES)
    if len(head) < _SIZES:
        return []
    (count,) = struct.unpack_from(">H", head, _SIZES - 2)
    stream.seek(at + 2 + _SIZES)
    return [(depth & 0x7F) + 1 for depth in stream.read(3 * count)[::3]]


def _find_codestream(stream: BinaryIO) -> int | None:
    """Return where the codestream begins: at the start, or in the box that holds it."""
    end = stream.seek(0, io.SEEK_END)
    at = 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        head = stream.read(16)
        if head.startswith(_CODESTREAM):
            return at
        if len(head) < 8 or at >= end:  # noqa: PLR2004
            return None
        length, kind = struct.unpack_from(">I4s", head)
        inner = 8
        if length == 1 and len(head) == 16:  # noqa: PLR2004 - the length has 64 bits
            length, inner = struct.unpack_from(">Q", head, 8)[0], 16
        if kind == b"jp2c":
            at += inner
        elif length < inner:
            return None
        else:
            at += length
    return None
