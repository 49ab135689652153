"""The segments of a JPEG, one behind the other, with the entropy-coded data of its scans.

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

    `body` is what follows the two bytes of length. Where `code` is SCAN, entropy-coded data lies
    from `header_end` to `end`; for all others the two are equal.
    """

    code: int
    start: int
    header_end: int
    end: int
    body: bytes


def is_metadata(code: int) -> bool:
    """Say whether a segment is an application's, or a comment."""
    return code == _COMMENT or code in _APPLICATION


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments behind the start marker, END being the last.

    They end without END where the file does, or where something that is no segment stands.
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
