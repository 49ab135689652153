"""Extracts the part of a progressive JPEG that a decode at 1/8 needs: its DC scans.

At 1/8 a sample is a block's DC coefficient alone, yet libjpeg reads all scans before it returns
one, and nine tenths of a file are the others. Leaving those out gives the same samples in a
fifth of the time. Knows segments (media.jpeg_segments), no entropy coding and no pixel.
"""

from hashsweep.media.jpeg_segments import (
    END,
    HUFFMAN,
    PROGRESSIVE,
    QUANTIZERS,
    SCAN,
    Segment,
    is_metadata,
    segments,
)

_RESTART_INTERVAL = 0xDD
_STEPS = 64
"""Quantizers of one table, or coefficients of one block: that of DC first, then those of AC."""

_LENGTHS = 16
"""Huffman codes have 1 to 16 bits."""

_MOST_SHIFT = 13
"""The largest successive approximation (Al) that libjpeg accepts."""


def dc_scans(data: bytes) -> bytes | None:
    """Return a JPEG with the DC scans of `data` only; None if it must not be cut.

    Decoded at 1/8, it gives the same samples as the whole file. That holds only if the
    scans left out have no influence: libjpeg fixes the quantizers of a component when its first
    scan begins, fails if a scan is out of order, and smooths blocks, DC values with
    them, if AC coefficients are incomplete. So a file is cut only if

    - it is progressive and Huffman-coded, and its segments are in order down to its end;
    - its first scans are those of DC, in one for all components or one for each, and nothing but
      Huffman tables, restart intervals and scans follows;
    - libjpeg accepts each of its scans, and together they give every bit of every coefficient.

    All others go to the decoder unchanged. In the cut file the quantizers of AC are
    zero, so that libjpeg does not smooth there either; at 1/8 they have no effect.
    """
    scans, kept = _Scans(), [data[:2]]
    for segment in segments(data):
        if segment.code == END:
            kept.append(data[segment.start : segment.end])
            return b"".join(kept) if scans.complete else None
        part = _keep(data, segment, scans)
        if part is None:
            return None
        kept.append(part)
    return None


def _keep(data: bytes, segment: Segment, scans: "_Scans") -> bytes | None:
    """Return the part of a segment to keep; None if the segment forbids the cut."""
    code, body = segment.code, segment.body
    whole = data[segment.start : segment.end]
    if code == SCAN:
        if not scans.take(body):
            return None
        return whole if _is_dc(body) else b""
    if code == HUFFMAN:
        scans.define(body)
    if code in (HUFFMAN, _RESTART_INTERVAL):
        return whole
    if scans.begun:
        return None
    if code == PROGRESSIVE:
        return whole if scans.begin_frame(body) else None
    if code == QUANTIZERS:
        tables = _without_ac(body)
        return None if tables is None else whole[: len(whole) - len(body)] + tables
    return whole if is_metadata(code) else None


class _Scans:
    """What the scans of one progressive frame have given so far.

    `_missing` has, for each component's identifier, how many low bits are still missing of each
    of its 64 coefficients; -1 if nothing has come.
    """

    def __init__(self) -> None:
        self.begun = False
        self._missing: dict[int, list[int]] = {}
        self._tables_of_ac: set[int] = set()

    @property
    def complete(self) -> bool:
        """Whether there is a frame and every bit of every coefficient is there."""
        return self.begun and not any(any(bits) for bits in self._missing.values())

    def begin_frame(self, header: bytes) -> bool:
        """Read a frame header (T.81, B.2.2); say whether it is in order and the first one."""
        if self._missing or len(header) < 6 or len(header) != 6 + 3 * header[5]:  # noqa: PLR2004
            return False
        names = header[6::3]
        self._missing = {name: [-1] * _STEPS for name in names}
        return 0 < len(self._missing) == len(names)

    def define(self, body: bytes) -> None:
        """Note which of the four Huffman tables of AC can be used after this segment (B.2.4.2).

        libjpeg fails if a scan uses one that is missing or whose codes do not fit.
        """
        while len(body) > _LENGTHS:
            counts = body[1 : 1 + _LENGTHS]
            if body[0] >> 4:
                self._tables_of_ac.discard(body[0] & 15)
                if len(body) > _LENGTHS + sum(counts) and _fit(counts):
                    self._tables_of_ac.add(body[0] & 15)
            body = body[1 + _LENGTHS + sum(counts) :]

    def take(self, header: bytes) -> bool:
        """Say whether libjpeg accepts a scan with this header (B.2.3) here; if so, count it.

        No AC scan is accepted before all components have had their first DC scan.
        """
        if not header or len(header) != 4 + 2 * header[0]:
            return False
        names, tables = header[1:-3:2], header[2:-3:2]
        first, last, shift = header[-3], header[-2], header[-1] & 15
        before = header[-1] >> 4  # the shift of the scan that this one refines, 0 if none
        if first == 0:
            in_order = last == 0 and 0 < len(set(names)) == len(names)
        else:
            has_dc = all(bits[0] >= 0 for bits in self._missing.values())
            has_table = {table & 15 for table in tables} <= self._tables_of_ac
            in_order = has_dc and has_table and first <= last < _STEPS and len(names) == 1
        if not in_order or shift > _MOST_SHIFT or (before and before != shift + 1):
            return False
        self.begun = True
        return all(self._give(name, slice(first, last + 1), before or -1, shift) for name in names)

    def _give(self, name: int, band: slice, expected: int, shift: int) -> bool:
        """Count what a scan adds to one component; say whether it was that one's turn."""
        bits = self._missing.get(name, [])
        if not bits or any(left != expected for left in bits[band]):
            return False
        bits[band] = [shift] * len(bits[band])
        return True


def _is_dc(header: bytes) -> bool:
    """Say whether a scan header's spectral selection is 0 to 0 (B.2.3)."""
    return header[-3:-1] == b"\x00\x00"


def _fit(counts: bytes) -> bool:
    """Say whether these numbers of codes of 1, 2 ... 16 bits can be distinct, none all ones."""
    codes = 0
    for length, count in enumerate(counts, 1):
        codes = 2 * codes + count
        if count and codes >= 1 << length:
            return False
    return True


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
