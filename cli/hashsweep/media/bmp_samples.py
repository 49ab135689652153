"""Decodes bitmaps that Pillow refuses: any bit fields, headers of any size, runs that end early.

Knows the format (Windows GDI, OS/2 2.0) and numpy, and no decoder.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from hashsweep.errors import ItemError

_FILE_HEADER = 14
_CORE = 12
"""Bytes of the oldest header, whose width and height have 16 bits."""

SMALLEST, LARGEST = 12, 1 << 16
"""Bytes of a header: OS/2 allows leaving out all but the first 16, and nothing says that longer
ones do not exist."""

_NONE, _RLE8, _RLE4, _FIELDS, _ALPHA_FIELDS = 0, 1, 2, 3, 6
_PALETTES = (1, 2, 4, 8)
_DEFAULT_FIELDS = {
    16: (0x7C00, 0x3E0, 0x1F),
    24: (0xFF0000, 0xFF00, 0xFF),
    32: (0xFF0000, 0xFF00, 0xFF),
}


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Decoded rows, from top to bottom.

    `samples` is uint8, (height, width, 3) RGB; `missing` is bool, (height, width): what the file
    lacks because it is truncated.
    """

    samples: npt.NDArray[np.uint8]
    missing: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    bits: int
    compression: int
    upside_down: bool
    fields: tuple[int, ...]
    palette: bytes
    entry: int  # bytes of a palette entry
    pixels: int  # where they are


def decode_bitmap(stream: BinaryIO, max_pixels: int) -> Bitmap:
    """Decode the bitmap in `stream`.

    Raises ItemError ("decode": corrupt, too-many-pixels, unsupported-format).
    """
    header = _read_header(stream)
    if header.width < 1 or header.height < 1:
        raise ItemError("decode", "corrupt", f"{header.width} x {header.height} pixels")
    if header.width * header.height > max_pixels:
        raise ItemError("decode", "too-many-pixels", f"{header.width} x {header.height}")
    stream.seek(header.pixels)
    if header.compression in (_RLE8, _RLE4):
        numbers, missing = _runs(stream.read(), header)
        rows = _colours(numbers, header)
    else:
        rows, missing = _rows(stream, header)
    if not header.upside_down:  # the usual: the last row comes first
        rows, missing = rows[::-1], missing[::-1]
    return Bitmap(np.ascontiguousarray(rows), np.ascontiguousarray(missing))


def _read_header(stream: BinaryIO) -> _Header:
    stream.seek(0)
    head = stream.read(_FILE_HEADER + 4)
    if len(head) < _FILE_HEADER + 4 or head[:2] != b"BM":
        raise ItemError("decode", "corrupt", "not a BMP header")
    pixels, size = struct.unpack_from("<II", head, 10)
    if not SMALLEST <= size <= LARGEST:
        raise ItemError("decode", "corrupt", f"a header of {size} bytes")
    body = stream.read(size - 4).ljust(120, b"\0")
    if size == _CORE:
        width, height, _, bits = struct.unpack_from("<4H", body)
        compression, used, entry = _NONE, 0, 3
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", body)
        (used,) = struct.unpack_from("<I", body, 28)
        entry = 4
    fields: tuple[int, ...] = _DEFAULT_FIELDS.get(bits, ())
    at = _FILE_HEADER + size
    if compression in (_FIELDS, _ALPHA_FIELDS):
        if size == 40:  # noqa: PLR2004 - the masks follow the header
            count = 3 if compression == _FIELDS else 4
            body = body[:36] + stream.read(4 * count).ljust(16, b"\0")
            at += 4 * count
        fields = struct.unpack_from("<3I", body, 36)
    colours = (used or 1 << bits) if bits in _PALETTES else 0
    palette = stream.read(entry * min(colours, 1 << bits)) if colours else b""
    _refuse_odd(bits, compression, size)
    return _Header(
        width=width,
        height=abs(height),
        bits=bits,
        compression=_NONE if compression in (_FIELDS, _ALPHA_FIELDS) else compression,
        upside_down=height < 0,
        fields=fields,
        palette=palette,
        entry=entry,
        pixels=pixels if pixels >= at else at + len(palette),
    )


def _refuse_odd(bits: int, compression: int, size: int) -> None:
    is_plain = compression == _NONE and bits in (*_PALETTES, 16, 24, 32)
    is_run = (compression, bits) in ((_RLE8, 8), (_RLE4, 4))
    # In an OS/2 header of 64 bytes the numbers 3 and 4 are Huffman coding and RLE of 24 bits.
    os2 = size == 64 and compression > _RLE4  # noqa: PLR2004
    has_fields = compression in (_FIELDS, _ALPHA_FIELDS) and bits in (16, 24, 32) and not os2
    if not (is_plain or is_run or has_fields):
        detail = f"BMP: {bits} bits, compression {compression}"
        raise ItemError("decode", "unsupported-format", detail)


def _rows(stream: BinaryIO, header: _Header) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Return rows as they come, and which pixels are missing."""
    stride = (header.width * header.bits + 31) // 32 * 4
    data = stream.read(stride * header.height)
    missing = np.zeros((header.height, header.width), np.bool_)
    whole, rest = divmod(len(data), stride)
    if whole < header.height:
        missing[whole, rest * 8 // header.bits :] = True
        missing[whole + 1 :] = True
    raw = np.frombuffer(data.ljust(stride * header.height, b"\0"), np.uint8)
    raw = raw.reshape(header.height, stride)
    if header.bits in _PALETTES:
        return _colours(_numbers(raw, header), header), missing
    return _fields(raw, header), missing


def _numbers(raw: npt.NDArray[np.uint8], header: _Header) -> npt.NDArray[np.uint8]:
    """Unpack palette numbers of 1, 2, 4 or 8 bits, the highest bits first."""
    each = 8 // header.bits
    shifts = np.arange(8 - header.bits, -1, -header.bits, dtype=np.uint8)
    numbers = (raw[:, :, None] >> shifts) & ((1 << header.bits) - 1)
    return numbers.reshape(len(raw), raw.shape[1] * each)[:, : header.width].astype(np.uint8)


def _colours(numbers: npt.NDArray[np.uint8], header: _Header) -> npt.NDArray[np.uint8]:
    """Look numbers up in the palette, blue first; numbers beyond it are black."""
    table = np.zeros((256, 3), np.uint8)
    count = len(header.palette) // header.entry
    entries = np.frombuffer(header.palette[: count * header.entry], np.uint8)
    table[:count] = entries.reshape(count, header.entry)[:, 2::-1]
    return table[numbers]


def _fields(raw: npt.NDArray[np.uint8], header: _Header) -> npt.NDArray[np.uint8]:
    """Extract red, green and blue from pixels by their masks, scaled to 8 bits."""
    size = header.bits // 8
    pixels = raw[:, : header.width * size].reshape(len(raw), header.width, size)
    values = sum(pixels[:, :, n].astype(np.uint32) << np.uint32(8 * n) for n in range(size))
    rows = np.zeros((len(raw), header.width, 3), np.uint8)
    for band, mask in enumerate(header.fields):
        if not mask:
            continue
        shift = (mask & -mask).bit_length() - 1
        most = mask >> shift
        found = (values & np.uint32(mask)) >> np.uint32(shift)
        rows[:, :, band] = (found.astype(np.float32) * (255 / most) + 0.5).astype(np.uint8)
    return rows


def _runs(data: bytes, header: _Header) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Undo run-length encoding; skipped pixels are 0, those after the end are missing."""
    width, height = header.width, header.height
    numbers = np.zeros((height, width), np.uint8)
    four = header.compression == _RLE4
    at = x = y = 0
    while at + 2 <= len(data) and y < height:
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            run = _pair(value, count) if four else value
            end = max(min(x + count, width), x)
            numbers[y, x:end] = run[: end - x] if four else run  # type: ignore[index]
            x += count
        elif value == 0:
            x, y = 0, y + 1
        elif value == 1:
            y = height  # the end, however much there was
        elif value == 2:  # noqa: PLR2004 - a jump
            if at + 2 > len(data):
                break
            x, y = x + data[at], y + data[at + 1]
            at += 2
        else:
            length = (value + 1) // 2 if four else value
            plain = np.frombuffer(data[at : at + length], np.uint8)
            if four:
                plain = np.stack([plain >> 4, plain & 15], axis=1).ravel()[:value]
            end = max(min(x + len(plain), width), x)
            numbers[y, x:end] = plain[: end - x]
            x += value
            at += length + length % 2
    missing = np.zeros((height, width), np.bool_)
    if y < height:
        missing[y, min(x, width) :] = True
        missing[y + 1 :] = True
    return numbers, missing


def _pair(value: int, count: int) -> npt.NDArray[np.uint8]:
    return np.resize(np.array([value >> 4, value & 15], np.uint8), count)
