"""Selects the chunks of a PNG for the decoder: only those that affect pixels.

Other chunks must not decide whether pixels are looked at: a viewer ignores a text that is
too long, a profile that is broken or an unknown chunk, and so does this. Knows chunks
(https://www.w3.org/TR/png-3/), no pixel and no decoder.
"""

import io
import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from hashsweep.errors import ItemError
from hashsweep.media.spliced import Piece, splice

SIGNATURE = b"\x89PNG\r\n\x1a\n"

MAX_CHUNKS = 1 << 20
"""A file with more chunks is refused: 64 GiB in chunks of 64 KiB, the most that encoders write."""

MAX_SPANS = 256
"""Further chunks with metadata are not noted."""

METADATA = frozenset(
    {b"gAMA", b"cHRM", b"iCCP", b"sRGB", b"cICP", b"eXIf", b"tEXt", b"zTXt", b"iTXt"}
)
"""Chunks that `png_metadata` reads."""

_LONGEST = (1 << 31) - 1  # of a chunk's body, in bytes (5.3)
_OVERHEAD = 12  # length, type and CRC
_AT_ONCE = 1 << 20
_IHDR, _ACTL, _FCTL = 13, 8, 26  # bytes
_INDEXED = 3  # colour type
_DEPTHS = (1, 2, 4, 8, 16)  # bits
_TRANSPARENCY = {0: 2, 2: 6}  # bytes of tRNS by colour type
_MAX_COLOURS = 256


@dataclass(frozen=True, slots=True)
class Span:
    """A chunk of metadata: its type, and where its body is."""

    kind: bytes
    start: int
    length: int


@dataclass
class PngChunks:
    """The parts of a PNG.

    `pieces` are for the decoder, `metadata` where the first MAX_SPANS chunks of
    METADATA are, `damage` the first thing wrong with chunks that affect pixels, `depth` the
    bits of a sample, 8 if unknown.
    """

    pieces: list[Piece] = field(default_factory=list)
    metadata: list[Span] = field(default_factory=list)
    damage: ItemError | None = None
    depth: int = 8

    def give(self, stream: BinaryIO) -> BinaryIO:
        """Return the pieces of `stream` for the decoder."""
        return splice(stream, self.pieces)


def take_apart(stream: BinaryIO) -> PngChunks:
    """Walk the chunks of `stream`, from its start to IEND or to its premature end.

    Raises ItemError ("decode": corrupt) for what does not begin like a PNG, and for one with more
    than MAX_CHUNKS chunks.
    """
    walk = _Walk(stream)
    walk.run()
    return walk.found


class _Walk:
    """One pass over a file's chunks."""

    def __init__(self, stream: BinaryIO) -> None:
        self.found = PngChunks()
        self._stream = stream
        self._end = stream.seek(0, io.SEEK_END)
        self._header = b""
        self._palette = b""
        self._transparent = False
        self._has_pixels = False
        self._still: list[Piece] = [SIGNATURE]
        self._moving: list[Piece] = [SIGNATURE]  # the same with fcTL and fdAT
        self._frames = 0
        self._sequence = 0
        self._announced = 0  # frames, by the first well-formed acTL
        self._is_animation = True  # until something is wrong

    def run(self) -> None:
        stream = self._stream
        stream.seek(0)
        if stream.read(8) != SIGNATURE:
            raise ItemError("decode", "corrupt", "not a PNG signature")
        at = 8
        for _ in range(MAX_CHUNKS):
            stream.seek(at)
            head = stream.read(8)
            if len(head) < 8:  # noqa: PLR2004
                self._mark("truncated", "the file ends before IEND")
                break
            length, kind = struct.unpack(">I4s", head)
            if length > _LONGEST:
                self._mark("corrupt", f"a chunk claims {length} bytes")
                break
            self._take(kind, at, length)
            at += length + _OVERHEAD
            if kind == b"IEND":
                break
        else:
            raise ItemError("decode", "corrupt", f"more than {MAX_CHUNKS} chunks")
        self._close()

    def _take(self, kind: bytes, at: int, length: int) -> None:
        if kind == b"IDAT":
            self._has_pixels = True
            self._check(kind, at, length)
            self._keep(at, length, self._still, self._moving)
        elif kind in METADATA:
            if len(self.found.metadata) < MAX_SPANS:
                self.found.metadata.append(Span(kind, at + 8, length))
        elif kind == b"IEND":
            self._body(kind, at, 0)
        elif kind in (b"fcTL", b"fdAT"):
            self._take_frame(kind, at, length)
        elif not self._has_pixels:
            self._take_header(kind, at, length)

    def _take_header(self, kind: bytes, at: int, length: int) -> None:
        """Keep the first of each kind that precedes the pixels."""
        if kind == b"IHDR" and not self._header:
            self._header = self._body(kind, at, min(length, _IHDR))
            self._add(kind, self._header)
        elif kind == b"PLTE" and not self._palette and 0 < length <= 3 * _MAX_COLOURS:
            self._palette = self._body(kind, at, length)
            if self._palette:  # else the file ends in it
                self._add(kind, self._palette)
        elif kind == b"tRNS" and not self._transparent:
            self._take_transparency(at, length)
        elif kind == b"acTL" and not self._announced and length == _ACTL:
            self._announced = int.from_bytes((self._sound(kind, at, length) or b"")[:4], "big")

    def _add(self, kind: bytes, body: bytes) -> None:
        self._still.append(chunk(kind, body))
        self._moving.append(chunk(kind, body))

    def _keep(self, at: int, length: int, *places: list[Piece]) -> None:
        """Add a chunk as it is in the file; consecutive chunks are one piece."""
        for pieces in places:
            last, start = pieces[-1], at
            if isinstance(last, tuple) and last[1] == at:
                start = last[0]
                pieces.pop()
            pieces.append((start, at + length + _OVERHEAD))

    def _check(self, kind: bytes, at: int, length: int) -> None:
        """Check a chunk's CRC, one mebibyte at a time."""
        stream = self._stream
        stream.seek(at + 8)
        crc, left = zlib.crc32(kind), length
        while left and (data := stream.read(min(left, _AT_ONCE))):
            crc, left = zlib.crc32(data, crc), left - len(data)
        self._compare(kind, crc, stream.read(4))

    def _compare(self, kind: bytes, crc: int, stored: bytes) -> None:
        if len(stored) < 4:  # noqa: PLR2004
            self._mark("truncated", f"the file ends in {kind.decode()}")
        elif struct.pack(">I", crc) != stored:
            self._mark("corrupt", f"wrong CRC in {kind.decode()}")

    def _body(self, kind: bytes, at: int, length: int) -> bytes:
        """Return a critical chunk's body; a wrong CRC is damage, and the body is used."""
        self._stream.seek(at + 8)
        body = self._stream.read(length)
        self._compare(kind, zlib.crc32(kind + body), self._stream.read(4))
        return body

    def _sound(self, kind: bytes, at: int, length: int) -> bytes | None:
        """Return an ancillary chunk's body if its CRC is right."""
        self._stream.seek(at + 8)
        body = self._stream.read(length)
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return body if self._stream.read(4) == crc else None

    def _take_transparency(self, at: int, length: int) -> None:
        """Keep tRNS if a viewer would use it: with the right length and CRC."""
        colour = self._header[9] if len(self._header) == _IHDR else -1
        indexed = colour == _INDEXED and 0 < length <= len(self._palette) // 3
        if not indexed and _TRANSPARENCY.get(colour) != length:
            return
        if body := self._sound(b"tRNS", at, length):
            self._transparent = True
            self._add(b"tRNS", body)

    def _take_frame(self, kind: bytes, at: int, length: int) -> None:
        """Keep a frame's control or data, while the animation is well-formed."""
        if not self._is_animation:
            return
        self._stream.seek(at + 8)
        head = self._stream.read(min(length, _FCTL))
        if head[:4] != struct.pack(">I", self._sequence):
            self._no_animation(f"{kind.decode()} out of sequence")
            return
        self._sequence += 1
        if kind == b"fdAT":
            self._check(kind, at, length)
            self._keep(at, length, self._moving)
        elif not self._fits(head):
            self._no_animation(f"fcTL {self._frames + 1} does not fit in the picture")
        else:
            self._frames += 1
            self._check(kind, at, length)
            self._moving.append(chunk(kind, head))

    def _fits(self, control: bytes) -> bool:
        """Say whether a frame is within the picture; the one in IDAT must fill it (11.3.6)."""
        if len(control) != _FCTL or len(self._header) != _IHDR:
            return False
        width, height = struct.unpack_from(">II", self._header)
        w, h, x, y = struct.unpack_from(">4I", control, 4)
        if not self._has_pixels:
            return (w, h, x, y) == (width, height, 0, 0)
        return bool(w and h and x + w <= width and y + h <= height)

    def _no_animation(self, detail: str) -> None:
        self._is_animation = False
        self._mark("corrupt", detail)

    def _mark(self, reason: str, detail: str) -> None:
        self.found.damage = self.found.damage or ItemError("decode", reason, detail)

    def _close(self) -> None:
        """Choose the pieces, with an acTL that counts the existing frames."""
        if self._is_animation and self._announced > self._frames > 0:
            self._mark("truncated", f"{self._frames} of {self._announced} frames")
        pieces = self._still
        if self._is_animation and self._frames:
            pieces = self._moving
            pieces.insert(2, chunk(b"acTL", struct.pack(">II", self._frames, 0)))
        last = pieces[-1]
        if not (isinstance(last, tuple) and last[1] > self._end):
            pieces.append(chunk(b"IEND", b""))
        self.found.pieces = pieces
        if len(self._header) == _IHDR and self._header[8] in _DEPTHS:
            self.found.depth = self._header[8]


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and CRC."""
    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)
