"""Pads a truncated WebP so that libwebp decodes what is there.

Called by Pillow, libwebp refuses a file shorter than its header says. Viewers show what there is.
Knows the container (RFC 9649) but no bitstream.
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from hashsweep.media.spliced import Piece, splice

_HEADER = 12  # RIFF, size, WEBP
_FRAME, _FRAME_HEADER = b"ANMF", 16
_BITSTREAMS = frozenset({b"VP8 ", b"VP8L"})

MOST_MISSING = 9
"""A file missing more than this many times its length is not padded: less than a
tenth of it is there."""

_MORE = 1 << 20
"""Additional bytes: the padding may need more room than the missing data."""


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Where a file ends too early: `kept` bytes of it are used and `missing` ones appended.

    `share` is how much of the picture's bytes are there, 0 to 1; `sizes` are the (place, value)
    of sizes to be rewritten, little-endian, 32 bits.
    """

    kept: int
    missing: int
    share: float
    sizes: tuple[tuple[int, int], ...]

    def fill(self, stream: BinaryIO, value: int) -> BinaryIO:
        """Return a complete file; missing bytes are `value`."""
        pieces: list[Piece] = []
        at = 0
        for place, size in self.sizes:
            pieces += [(at, place), struct.pack("<I", size)]
            at = place + 4
        return splice(stream, [*pieces, (at, self.kept), bytes([value]) * self.missing])


def find_break(stream: BinaryIO) -> BrokenOff | None:
    """Return where `stream` breaks off; None if it is complete, or if too little is there.

    A truncated chunk after the picture (EXIF, XMP) is left out, and so is a truncated further frame
    of an animation: the frames before it are shown.
    """
    end = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(_HEADER)
    if len(head) < _HEADER or 8 + int.from_bytes(head[4:8], "little") <= end:
        return None
    at, within, has_picture = _HEADER, [4], False  # the positions of the enclosing sizes
    while at + 8 <= end:
        stream.seek(at)
        kind, length = struct.unpack("<4sI", stream.read(8))
        behind = at + 8 + length + length % 2
        if behind <= end:
            has_picture = has_picture or kind in _BITSTREAMS or kind == _FRAME
            at = behind
        elif has_picture:
            break
        elif kind == _FRAME:
            within.append(at + 4)
            at += 8 + _FRAME_HEADER
        else:
            return _find_fill(kind, [*within, at + 4], behind, end)
    return BrokenOff(at, 0, 1.0, ((4, at - 8),)) if has_picture and len(within) == 1 else None


def _find_fill(kind: bytes, within: list[int], behind: int, end: int) -> BrokenOff | None:
    if kind not in _BITSTREAMS or behind - end > MOST_MISSING * end:
        return None
    missing = behind - end
    share = end / behind
    missing += _MORE + 4 * missing + (end + missing + _MORE) % 2
    sizes = tuple((place, end + missing - place - 4) for place in within)
    return BrokenOff(end, missing, share, sizes)
