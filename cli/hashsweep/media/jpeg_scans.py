"""The part of a progressive JPEG that a decode at 1/8 needs: its DC scans.

At 1/8 a sample is a block's DC coefficient alone, yet libjpeg reads all scans before it gives
one out, and nine tenths of a file are the others. Leaving those out gives the same samples in a
fifth of the time. Knows markers (ITU-T T.81, annex B), no entropy coding and no pixel.
"""

import struct

import numpy as np
import numpy.typing as npt

_END = 0xD9
_PROGRESSIVE = 0xC2
_SCAN = 0xDA
_QUANTIZERS = 0xDB
# Huffman tables, restart interval, comment, APP0 to APP15: what may stand between scans.
_KEPT = frozenset({0xC4, 0xDD, 0xFE, *range(0xE0, 0xF0)})

_STEPS = 64
"""Quantizers of one table: that of DC first, then those of AC."""


def dc_scans(data: bytes) -> bytes | None:
    """Return a JPEG with the DC scans of `data` only; None if it is not one to be cut.

    Decoded at 1/8 it gives the very samples that the whole file gives. Only a progressive,
    Huffman-coded file is cut, and only if its markers are in order down to its end: one that
    breaks off, or has anything else in it, is left to the decoder, which says what is wrong.

    The quantizers of AC are set to zero. They mean nothing at 1/8, and libjpeg does not smooth
    blocks then, which it otherwise does where a picture's AC coefficients never came.
    """
    if data[:2] != b"\xff\xd8":
        return None
    markers = _markers(data)
    kept = [data[:2]]
    at, frames, scans = 2, 0, 0
    while (at := _skip_fill(data, at)) + 2 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004
        code = data[at + 1]
        if code == _END:
            return b"".join([*kept, data[at : at + 2]]) if frames == 1 and scans else None
        body = _body(data, at + 2)
        if body is None:
            return None
        end = at + 4 + len(body)
        if code == _SCAN:
            end = _next(markers, end, len(data))
            if _is_dc(body):
                kept.append(data[at:end])
                scans += 1
        elif code == _QUANTIZERS:
            tables = _without_ac(body)
            if tables is None or scans:  # tables that change between scans are not looked into
                return None
            kept += [data[at : at + 4], tables]
        elif code == _PROGRESSIVE or code in _KEPT:
            kept.append(data[at:end])
            frames += code == _PROGRESSIVE
        else:
            return None
        at = end
    return None


def _markers(data: bytes) -> npt.NDArray[np.intp]:
    """Return where entropy-coded data may end: int, ascending.

    Within it a stuffed zero, a restart or one more fill byte follows 0xFF (B.1.1.2, B.1.1.5).
    """
    values = np.frombuffer(data, dtype=np.uint8)
    places = np.flatnonzero(values[:-1] == 0xFF)  # noqa: PLR2004
    codes = values[places + 1]
    inside = (codes == 0) | ((codes >= 0xD0) & (codes <= 0xD7)) | (codes == 0xFF)  # noqa: PLR2004
    ends: npt.NDArray[np.intp] = places[~inside]
    return ends


def _next(markers: npt.NDArray[np.intp], at: int, last: int) -> int:
    """Return the place of the first marker at or behind `at`; that of the end if there is none."""
    index = int(np.searchsorted(markers, at))
    return int(markers[index]) if index < len(markers) else last


def _skip_fill(data: bytes, at: int) -> int:
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    return at


def _body(data: bytes, at: int) -> bytes | None:
    """Return what follows a marker's two bytes of length, or None if that is not all there."""
    if at + 2 > len(data):
        return None
    (length,) = struct.unpack_from(">H", data, at)
    body = data[at + 2 : at + length]
    return body if len(body) == length - 2 else None


def _is_dc(header: bytes) -> bool:
    """Say whether a scan header's spectral selection is 0 to 0 (B.2.3)."""
    return header[-3:-1] == b"\x00\x00"


def _without_ac(tables: bytes) -> bytes | None:
    """Return quantization tables (B.2.4.1) with every step but the first set to zero."""
    cleared = bytearray()
    while tables:
        width = 2 if tables[0] >> 4 else 1
        end = 1 + _STEPS * width
        if len(tables) < end:
            return None
        cleared += tables[: 1 + width] + bytes((_STEPS - 1) * width)
        tables = tables[end:]
    return bytes(cleared)
