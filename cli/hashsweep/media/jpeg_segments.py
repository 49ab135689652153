"""Reads the segments of a JPEG in order, with the entropy-coded data of its scans.

Knows markers (ITU-T T.81, annex B), no entropy coding and no pixel.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PROGRESSIVE = 0xC2
HUFFMAN = 0xC4
END = 0xD9
SCAN = 0xDA
QUANTIZERS = 0xDB
_START = b"\xff\xd8"
_COMMENT = 0xFE
_APPLICATION = range(0xE0, 0xF0)


@dataclass(frozen=True)
class Segment:
    """One segment: its bytes are `start` to `end` of the file, the marker's two included.

    `body` is what follows the two bytes of length. If `code` is SCAN, entropy-coded data is
    from `header_end` to `end`; for all others the two are equal.
    """

    code: int
    start: int
    header_end: int
    end: int
    body: bytes


def is_metadata(code: int) -> bool:
    """Say whether a segment is application data or a comment."""
    return code == _COMMENT or code in _APPLICATION


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments after the start marker; the last one is END.

    They end without END if the file ends, or at something that is not a segment.
    """
    if data[:2] != _START:
        return
    markers = _markers(data)
    at = 2
    while (at := _skip_fill(data, at)) + 2 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004
        code = data[at + 1]
        if code == END:
            yield Segment(END, at, at + 2, at + 2, b"")
            return
        body = _body(data, at + 2)
        if body is None:
            return
        header_end = at + 4 + len(body)
        end = _next(markers, header_end, len(data)) if code == SCAN else header_end
        yield Segment(code, at, header_end, end, body)
        at = end


def _markers(data: bytes) -> npt.NDArray[np.intp]:
    """Return the positions where entropy-coded data may end: int, ascending.

    Within it a stuffed zero, a restart or one more fill byte follows 0xFF (B.1.1.2, B.1.1.5).
    """
    values = np.frombuffer(data, dtype=np.uint8)
    places = np.flatnonzero(values[:-1] == 0xFF)  # noqa: PLR2004
    codes = values[places + 1]
    inside = (codes == 0) | ((codes >= 0xD0) & (codes <= 0xD7)) | (codes == 0xFF)  # noqa: PLR2004
    ends: npt.NDArray[np.intp] = places[~inside]
    return ends


def _next(markers: npt.NDArray[np.intp], at: int, last: int) -> int:
    """Return the position of the first marker at or after `at`; that of the end if none."""
    index = int(np.searchsorted(markers, at))
    return int(markers[index]) if index < len(markers) else last


def _skip_fill(data: bytes, at: int) -> int:
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    return at


def _body(data: bytes, at: int) -> bytes | None:
    """Return what follows a marker's two bytes of length, or None if it is incomplete."""
    if at + 2 > len(data):
        return None
    (length,) = struct.unpack_from(">H", data, at)
    body = data[at + 2 : at + length]
    return body if len(body) == length - 2 else None
