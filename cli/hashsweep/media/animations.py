"""Composes the frames of GIF and APNG as players show them, of patches that are decoded alone.

What a patch leaves of the frame before is in the file's own marks. Pillow reads some otherwise: a
GIF's unspecified disposal as the one before, and a half transparent patch of an APNG as darker.
Knows both formats' blocks; the decoder sees one patch at a time.
"""

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from PIL import Image

from hashsweep.media.png_chunks import SIGNATURE, chunk
from hashsweep.media.spliced import Piece, splice

MAX_PATCHES = 1 << 16
"""Further patches of a file are not read: these take up to 40 MB."""

KEEP, CLEAR, RESTORE = range(3)
"""What becomes of a patch before the next one: it stays, its place is empty, or as it was."""

Box = tuple[int, int, int, int]
"""Left, upper, right and lower edge in pixels; the last two are outside."""

_EXTENSION, _PICTURE, _CONTROL = 0x21, 0x2C, 0xF9  # GIF89a, sections 20, 23 and 26
_DISPOSALS = {2: CLEAR, 3: RESTORE, 4: RESTORE}  # 4 as browsers take it
_TABLE = 0x80  # a colour table follows


@dataclass(frozen=True, slots=True)
class Patch:
    """A frame as it is stored; `pieces` of the stream are a file of its own.

    `is_over` says that it is blended with what is there, else it replaces it. `is_alone` is a
    picture for those who show no animations.
    """

    box: Box
    pieces: tuple[Piece, ...]
    disposal: int = KEEP
    is_over: bool = True
    is_alone: bool = False

    def give(self, stream: BinaryIO) -> BinaryIO:
        """Return the patch's file; `stream` is the one it was read from."""
        return splice(stream, self.pieces)


def read_patches(stream: BinaryIO, decoder: str) -> list[Patch]:
    """Return the patches of a GIF or PNG, as far as it goes; the PNG is one of `take_apart`.

    None of another format; none from the first on that has no size, no colours of its own or of
    the file, or reaches beyond the picture.
    """
    found: list[Patch] = []
    if decoder in _READERS:
        with suppress(struct.error, IndexError):  # the decoder says what is wrong
            for patch in islice(_READERS[decoder](stream), MAX_PATCHES):
                found.append(patch)  # noqa: PERF402 - what comes before an error counts
    return found


class Canvas:
    """What a player shows, patch after patch."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Start empty, `size` in pixels."""
        self._image = Image.new("RGBA", size)
        self._before: tuple[Box, Image.Image] | None = None

    def add(self, patch: Patch, drawn: Image.Image) -> Image.Image:
        """Return a new picture of the canvas with a patch on it, both in mode "RGBA"."""
        self._dispose()
        if patch.is_alone:
            return drawn
        if patch.disposal == RESTORE:
            self._before = patch.box, self._image.crop(patch.box)
        elif patch.disposal == CLEAR:
            self._before = patch.box, Image.new("RGBA", drawn.size)
        left, upper = patch.box[:2]
        if patch.is_over:
            self._image.alpha_composite(drawn, (left, upper))
        else:
            self._image.paste(drawn, (left, upper))
        return self._image.copy()

    def _dispose(self) -> None:
        if self._before:
            box, image = self._before
            self._image.paste(image, box[:2])
            self._before = None


def _gif(stream: BinaryIO) -> Iterator[Patch]:
    stream.seek(0)
    screen = stream.read(13)
    width, height, flags = struct.unpack_from("<HHB", screen, 6)
    palette = _read_table(stream, flags)
    disposal, empty = KEEP, None
    while mark := stream.read(1):
        if mark[0] == _EXTENSION:
            if stream.read(1) == bytes([_CONTROL]):
                block = _block(stream)
                if len(block) > 3:  # noqa: PLR2004
                    disposal = _DISPOSALS.get(block[0] >> 2 & 7, KEEP)
                    empty = block[3] if block[0] & 1 else None
            _skip_blocks(stream)
        elif mark[0] == _PICTURE:
            left, upper, w, h, flags = struct.unpack("<4HB", stream.read(9))
            colours = _read_table(stream, flags) or palette
            start = stream.tell()
            stream.seek(1, io.SEEK_CUR)  # the size of a code
            _skip_blocks(stream)
            bits = (len(colours) // 3).bit_length() - 2
            if not (w and h and colours) or left + w > width or upper + h > height:
                raise struct.error("no size, no colours, or beyond the screen")
            screen = b"GIF89a" + struct.pack("<HHBBB", w, h, _TABLE | bits, 0, 0)
            header = b""
            if empty is not None:
                header += struct.pack("<2sBBHBB", b"!\xf9", 4, 1, 0, empty, 0)
            header += b"," + struct.pack("<4HB", 0, 0, w, h, flags & 0x40)
            pieces = screen, colours, header, (start, stream.tell()), b";"
            box = left, upper, left + w, upper + h
            yield Patch(box, pieces, disposal)
            disposal, empty = KEEP, None
        else:
            return


def _read_table(stream: BinaryIO, flags: int) -> bytes:
    return stream.read(3 << (flags & 7) + 1) if flags & _TABLE else b""


def _block(stream: BinaryIO) -> bytes:
    """Return the next block of data; nothing at the end of a chain, or of the file."""
    length = stream.read(1)
    return stream.read(length[0]) if length else b""


def _skip_blocks(stream: BinaryIO) -> None:
    while (length := stream.read(1)) and length[0]:
        stream.seek(length[0], io.SEEK_CUR)


def _png(stream: BinaryIO) -> Iterator[Patch]:
    stream.seek(8)
    header, shared = b"", b""
    control: bytes | None = None
    data: list[Piece] = []
    while len(head := stream.read(8)) == 8:  # noqa: PLR2004
        length, kind = struct.unpack(">I4s", head)
        start = stream.tell()
        if kind in (b"fcTL", b"IEND"):
            if data:
                yield _png_patch(header, shared, control, data)
            control, data = stream.read(length), []
        elif kind == b"IDAT":
            data.append((start - 8, start + length + 4))
        elif kind == b"fdAT":
            # a decoder passes over the checksum, which take_apart has compared
            data += [struct.pack(">I", length - 4) + b"IDAT", (start + 4, start + length + 4)]
        elif kind == b"IHDR":
            header = stream.read(length)
        elif kind in (b"PLTE", b"tRNS"):
            shared += chunk(kind, stream.read(length))
        stream.seek(start + length + 4)


def _png_patch(header: bytes, shared: bytes, control: bytes | None, data: list[Piece]) -> Patch:
    width, height = struct.unpack_from(">II", header)
    box, disposal, is_over = (0, 0, width, height), KEEP, False
    if control:
        width, height, left, upper = struct.unpack_from(">4I", control, 4)
        box = left, upper, left + width, upper + height
        disposal, is_over = {1: CLEAR, 2: RESTORE}.get(control[24], KEEP), control[25] == 1
    begin = chunk(b"IHDR", struct.pack(">II", width, height) + header[8:])
    pieces = (SIGNATURE, begin, shared, *data, chunk(b"IEND", b""))
    return Patch(box, pieces, disposal, is_over, is_alone=control is None)


_READERS: dict[str, Callable[[BinaryIO], Iterator[Patch]]] = {"GIF": _gif, "PNG": _png}
