"""Reads what precedes a JPEG's first scan: its coding, and the parts a decoder needs.

Used only if the decoder refused a file. Knows markers (ITU-T T.81, annex B), no pixel.
"""

import io
from dataclasses import dataclass, field
from typing import BinaryIO

from hashsweep.media.spliced import Piece

_SCAN, _END = 0xDA, 0xD9
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD, 0xDC})  # Huffman, conditioning, quantizers, DRI, DNL
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a body
_ADOBE, _JFIF = 0xEE, 0xE0
_ADOBE_BODY, _JFIF_BODY = 12, 14  # bytes that libjpeg needs to use them
_MAX_MARKERS = 100_000

_CODINGS = {
    0xC3: "lossless",
    0xC5: "hierarchical",
    0xC6: "hierarchical",
    0xC7: "hierarchical",
    0xCB: "lossless, arithmetic-coded",
    0xCD: "hierarchical",
    0xCE: "hierarchical",
    0xCF: "hierarchical",
}
_PRECISION = 8
_LAYERS = (1, 3, 4)

EOI = b"\xff\xd9"
"""The marker at the end."""


@dataclass
class JpegHeaders:
    """The headers of one file.

    `pieces` are the segments that affect pixels, and all from the first scan on; `coding` says
    what is not decoded here ("12 bits", "lossless" ...), "" if all is. `is_adobe_short` says that
    the segment that names the colours is truncated.
    """

    pieces: list[Piece] = field(default_factory=lambda: [b"\xff\xd8"])
    coding: str = ""
    is_adobe_short: bool = False


def read_headers(stream: BinaryIO) -> JpegHeaders:
    """Walk the markers of `stream` from its start to its first scan."""
    found = JpegHeaders()
    end = stream.seek(0, io.SEEK_END)
    at = 2
    for _ in range(_MAX_MARKERS):
        stream.seek(at)
        head = stream.read(4)
        code = head[1] if len(head) > 1 and head[0] == 0xFF else 0xFF  # noqa: PLR2004
        if not head or code == _END:
            break
        if code in (0x00, 0xFF) or head[0] != 0xFF:  # noqa: PLR2004 - fill, or not a marker
            at += 1
            continue
        if code in _LONE:
            at += 2
            continue
        if code == _SCAN:
            found.pieces.append((at, end))
            break
        length = max(int.from_bytes(head[2:4], "big"), 2)
        if _is_needed(found, code, stream.read(min(length - 2, 64)), length - 2):
            found.pieces.append((at, at + 2 + length))
        at += 2 + length
    return found


def _is_needed(found: JpegHeaders, code: int, body: bytes, length: int) -> bool:
    """Say whether a segment affects pixels, and note what it says about them."""
    if code == _ADOBE and body.startswith(b"Adobe"):
        found.is_adobe_short = found.is_adobe_short or length < _ADOBE_BODY
        return length >= _ADOBE_BODY
    if code == _JFIF:
        return body.startswith(b"JFIF\0") and length >= _JFIF_BODY
    if code in _FRAMES and len(body) >= 6:  # noqa: PLR2004
        found.coding = _name_coding(code, body)
    return code in _TABLES or code in _FRAMES


def _name_coding(code: int, frame: bytes) -> str:
    """Return the coding of a frame that is not decoded here; "" if it is decoded."""
    if code in _CODINGS:
        return _CODINGS[code]
    if frame[0] != _PRECISION:
        return f"{frame[0]} bits"
    return "" if frame[5] in _LAYERS else f"{frame[5]} components"
