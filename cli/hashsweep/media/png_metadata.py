"""Reads a PNG's metadata: colour, EXIF and texts, each within limits.

Leaves out malformed or too large chunks and those with a wrong CRC, as viewers do. Knows the chunks
of https://www.w3.org/TR/png-3/#11Ancillary-chunks, and no decoder.
"""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from hashsweep.media.colours import MAX_PROFILE
from hashsweep.media.png_chunks import Span

MAX_BODY = 16 << 20
"""Bytes of a chunk, as stored; larger ones are left out."""

MAX_INFLATED = 4 << 20
"""Bytes of a text, inflated: longer ones are cut."""

MAX_TEXTS = 64
"""Most texts that are read; their bytes are at most MAX_INFLATED in total."""

_CHROMATICITIES = 8


@dataclass(frozen=True, slots=True)
class PngMetadata:
    """The fields of one file; None or empty if missing.

    `gamma` is the exponent and `chromaticities` are x and y of white, red, green and blue, both
    times 100,000. `srgb_intent` is a rendering intent, 0 to 3. `cicp` are primaries, transfer,
    matrix and range (ITU-T H.273). `icc` is the profile, inflated, `exif` the block with its TIFF
    header. `texts` are (keyword, text), as stored: Latin-1, or UTF-8 of iTXt.
    """

    gamma: int | None = None
    chromaticities: tuple[int, ...] | None = None
    srgb_intent: int | None = None
    cicp: tuple[int, ...] | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    texts: tuple[tuple[bytes, bytes], ...] = ()


def read_metadata(stream: BinaryIO, spans: Sequence[Span]) -> PngMetadata:
    """Read the chunks in `spans` (of `png_chunks.take_apart`); the first of each kind counts."""
    fields: dict[bytes, object] = {}
    texts: list[tuple[bytes, bytes]] = []
    room = MAX_INFLATED
    for span in spans:
        if span.kind in fields or span.length > MAX_BODY:
            continue
        body = _body(stream, span)
        if body is None:
            continue
        if span.kind in _FIELDS:
            value = _FIELDS[span.kind](body)
            if value is not None:
                fields[span.kind] = value
        elif len(texts) < MAX_TEXTS and (text := _text(span.kind, body, room)):
            texts.append(text)
            room -= len(text[1])
    values = {name: fields.get(kind) for name, kind in zip(_NAMES, _FIELDS, strict=True)}
    return PngMetadata(**cast("dict[str, Any]", values), texts=tuple(texts))


def _body(stream: BinaryIO, span: Span) -> bytes | None:
    stream.seek(span.start)
    body, crc = stream.read(span.length), stream.read(4)
    return body if crc == struct.pack(">I", zlib.crc32(span.kind + body)) else None


def _gamma(body: bytes) -> int | None:
    return int.from_bytes(body, "big") or None if len(body) == 4 else None  # noqa: PLR2004


def _chromaticities(body: bytes) -> tuple[int, ...] | None:
    fits = len(body) == 4 * _CHROMATICITIES
    return struct.unpack(f">{_CHROMATICITIES}I", body) if fits else None


def _intent(body: bytes) -> int | None:
    return body[0] if len(body) == 1 and body[0] <= 3 else None  # noqa: PLR2004


def _cicp(body: bytes) -> tuple[int, ...] | None:
    return tuple(body) if len(body) == 4 else None  # noqa: PLR2004


def _profile(body: bytes) -> bytes | None:
    _, _, rest = body.partition(b"\0")
    if rest[:1] != b"\0":  # the only compression method
        return None
    data, whole = _inflate(rest[1:], MAX_PROFILE + 1)  # one that is too large is left as such
    return data if whole or len(data) > MAX_PROFILE else None


def _exif(body: bytes) -> bytes | None:
    return body if body[:4] in (b"II*\0", b"MM\0*") else None


_FIELDS: dict[bytes, Callable[[bytes], object]] = {
    b"gAMA": _gamma,
    b"cHRM": _chromaticities,
    b"sRGB": _intent,
    b"cICP": _cicp,
    b"iCCP": _profile,
    b"eXIf": _exif,
}
_NAMES = ("gamma", "chromaticities", "srgb_intent", "cicp", "icc", "exif")


def _text(kind: bytes, body: bytes, room: int) -> tuple[bytes, bytes] | None:
    keyword, found, rest = body.partition(b"\0")
    if not found or not keyword:
        return None
    packed = kind == b"zTXt"
    if packed:
        rest = rest[1:]  # the compression method
    elif kind == b"iTXt":
        packed = rest[:1] == b"\1"
        _, _, rest = rest[2:].partition(b"\0")  # after the language
        _, _, rest = rest.partition(b"\0")  # after the translated keyword
    text = _inflate(rest, room)[0] if packed else rest[:room]
    return keyword, text


def _inflate(data: bytes, limit: int) -> tuple[bytes, bool]:
    """Return at most `limit` bytes, and whether these are all."""
    if limit <= 0:
        return b"", False
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(data, limit)
    except zlib.error:
        return b"", False
    return found, inflater.eof
