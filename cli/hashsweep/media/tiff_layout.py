"""Reads how the samples of a TIFF are laid out, and whether its decoder gets them right.

Knows the directory (TIFF 6.0, BigTIFF, DNG 1.7) and what Pillow 11 to 13 does with its entries;
decodes nothing.
"""

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from hashsweep.errors import ItemError
from hashsweep.media.colours import MAX_PROFILE
from hashsweep.media.spliced import splice

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_FILL_ORDER, _STRIPS, _SAMPLES, _ROWS, _STRIP_SIZES, _PLANAR = 266, 273, 277, 278, 279, 284
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 317, 322, 323, 324, 325
_EXTRA, _FORMAT, _SUBSAMPLING, _PROFILE, _DNG = 338, 339, 530, 34675, 50706
_WANTED = frozenset(
    {
        *(_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _STRIPS),
        *(_SAMPLES, _ROWS, _STRIP_SIZES, _PLANAR, _PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILES),
        *(_TILE_SIZES, _EXTRA, _FORMAT, _SUBSAMPLING, _DNG),
    }
)
_TYPES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}  # the integers of a directory
MAX_ENTRIES = 4096
MAX_VALUES = 1 << 20
"""Most entries of a directory, and values of an entry, that are read."""

MAX_PAGES = 1 << 20
"""Most pages of a file that are searched."""

_CFA, _LINEAR_RAW = 32803, 34892
_GREYS, _RGB, _SEPARATED, _YCBCR = (0, 1), 2, 5, 6
_COLOURS = {0: 1, 1: 1, _RGB: 3, _SEPARATED: 4, _YCBCR: 3}
_UNSIGNED, _FLOAT = 1, 3
_DEPTHS = {1: (8, 16, 32), 2: (8, 16, 32), 3: (16, 32, 64)}  # bits by sample format
_COMPRESSIONS = frozenset({1, 5, 8, 32773, 32946, 34925, 50000})  # that return bytes unchanged
_SEPARATE = 2


@dataclass(frozen=True)
class TiffLayout:
    """One page: sizes in pixels, `bits` of a sample, `format` 1 unsigned, 2 signed, 3 floating.

    `samples` are those of a pixel, `extra` of them besides its colours. `places` and `sizes` are
    those of the strips or, if `tile` has a width and height, of the tiles, in bytes. `order`
    is "<" or ">". `is_even` says that all samples are alike, `has_more` that another page follows,
    `raw` the raw format of the file, "" for none, `profile` where an ICC profile begins in the
    file, and how long it is.
    """

    order: str
    width: int
    height: int
    bits: int
    format: int
    photometric: int
    samples: int
    compression: int
    is_planar: bool
    predictor: int
    rows: int
    tile: tuple[int, int] | None
    places: tuple[int, ...]
    sizes: tuple[int, ...]
    reversed_bits: bool
    is_even: bool
    has_more: bool
    raw: str
    profile: tuple[int, int] | None = None

    @property
    def description(self) -> str:
        """Its description in messages."""
        kind = {1: "", 2: "signed ", 3: "floating "}.get(self.format, "odd ")
        planes = ", in planes" if self.is_planar else ""
        return (
            f"TIFF: {self.samples} x {self.bits} {kind}bits, photometric {self.photometric}, "
            f"compression {self.compression}{planes}"
        )

    @property
    def colours(self) -> int:
        """Samples that make colour; 0 if the photometric interpretation is unknown here."""
        return _COLOURS.get(self.photometric, 0)

    @property
    def is_misread(self) -> bool:
        """Whether Pillow refuses it, or decodes it into a different picture.

        It reads unsigned 32 bits as signed ones, does not invert deep greys if 0 is
        white, and reads 16 bits in uncompressed planes as 8. It also lacks modes for most depths.
        """
        if self.bits in (1, 2, 4, 8, 12) and self.format != _FLOAT:
            return self.is_planar and self.compression == 1 and self._lacks_planes
        if self.bits != 16 or self.format != _UNSIGNED:  # noqa: PLR2004
            return True
        extra = self.samples - self.colours
        if self.photometric == 1:
            return extra > 0
        return self.is_planar or self.photometric not in (_RGB, _SEPARATED) or extra > 1

    @property
    def _lacks_planes(self) -> bool:
        return self.photometric == _YCBCR or (self.photometric in _GREYS and self.samples > 1)

    @property
    def is_readable(self) -> bool:
        """Whether `tiff_samples` can decode it correctly."""
        return (
            self.colours > 0
            and self.samples >= self.colours
            and self.bits in _DEPTHS.get(self.format, ())
            and self.compression in _COMPRESSIONS
            and self.predictor in (1, 2, 3)
            and (self.predictor == _FLOAT) <= (self.format == _FLOAT)
            and self.is_even
            and not self.reversed_bits
            and (self.photometric != _YCBCR or self.bits == 8)  # noqa: PLR2004
        )


@dataclass(frozen=True, slots=True)
class _Header:
    """How a file's numbers are written: `order` "<" or ">", `is_big` for those of 64 bits."""

    order: str
    is_big: bool
    first: int
    is_cr2: bool

    def number(self, data: bytes, at: int = 0) -> int:
        """Return a position in the file, of 32 or 64 bits."""
        form = f"{self.order}{'Q' if self.is_big else 'I'}"
        return int(struct.unpack_from(form, data, at)[0])

    def count(self, stream: BinaryIO, at: int) -> int:
        """Go to a directory and return the number of its entries."""
        stream.seek(at)
        form = f"{self.order}{'Q' if self.is_big else 'H'}"
        return int(struct.unpack(form, stream.read(struct.calcsize(form)))[0])

    @property
    def entry(self) -> int:
        """Bytes of an entry."""
        return 20 if self.is_big else 12

    @property
    def inline(self) -> int:
        """Bytes of a value stored in its entry, and of a position."""
        return 8 if self.is_big else 4


def _read_header(stream: BinaryIO) -> _Header | None:
    stream.seek(0)
    head = stream.read(16).ljust(16, b"\0")
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None:
        return None
    big = struct.unpack(f"{order}H", head[2:4])[0] == 43  # noqa: PLR2004
    first = _Header(order, big, 0, is_cr2=False).number(head, 8 if big else 4)
    return _Header(order, big, first, is_cr2=not big and head[8:10] == b"CR")


def read_layout(stream: BinaryIO, at: int | None = None) -> TiffLayout | None:
    """Read the directory at byte `at`, or the first; None if none is readable."""
    header = _read_header(stream)
    if header is None:
        return None
    try:
        tags, has_more = _directory(stream, header, header.first if at is None else at)
    except (struct.error, OverflowError):
        return None
    raw = "Canon CR2" if header.is_cr2 and at is None else ""
    return layout_of(tags, header.order, has_more=has_more, raw=raw)


def find_pages(stream: BinaryIO) -> tuple[list[int], bool]:
    """Return the positions of the directories, and whether the last one was reached.

    A chain that loops ends there; at most MAX_PAGES are returned.
    """
    header = _read_header(stream)
    places: dict[int, None] = {}
    at = header.first if header else 0
    while header and at and at not in places:
        try:
            count = header.count(stream, at)
            stream.seek(count * header.entry, io.SEEK_CUR)
            following = header.number(stream.read(header.inline))
        except (struct.error, OverflowError, ValueError):
            return list(places), False
        if len(places) == MAX_PAGES:
            return list(places), False
        places[at] = None
        at = following
    return list(places), True


def begin_at(stream: BinaryIO, at: int) -> BinaryIO:
    """Return the file with the directory at byte `at` as its first."""
    header = _read_header(stream)
    if header is None:
        raise ItemError("decode", "corrupt", "no TIFF header")
    place = 8 if header.is_big else 4
    first = struct.pack(f"{header.order}{'Q' if header.is_big else 'I'}", at)
    end = stream.seek(0, io.SEEK_END)
    return splice(stream, [(0, place), first, (place + len(first), end)])


def _directory(
    stream: BinaryIO, header: _Header, at: int
) -> tuple[dict[int, tuple[int, ...]], bool]:
    """Return the integers of a directory's wanted entries, and whether another one follows.

    Raises struct.error if the file ends too early.
    """
    order, size, inline = header.order, header.entry, header.inline
    count = header.count(stream, at)
    entries = stream.read(min(count, MAX_ENTRIES) * size)
    following = stream.read(inline)
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(0, len(entries) - size + 1, size):
        tag, kind = struct.unpack_from(f"{order}HH", entries, place)
        number = header.number(entries, place + 4)
        if tag == _PROFILE and number > inline:
            tags[tag] = header.number(entries, place + size - inline), number
        if tag not in _WANTED or kind not in _TYPES or number > MAX_VALUES:
            continue
        form = f"{order}{number}{_TYPES[kind]}"
        value = entries[place + size - inline : place + size]
        if struct.calcsize(form) > inline:
            stream.seek(header.number(value))
            value = stream.read(struct.calcsize(form))
        tags[tag] = struct.unpack_from(form, value)
    return tags, any(following)


def layout_of(
    tags: Mapping[int, Any], order: str, *, has_more: bool = False, raw: str = ""
) -> TiffLayout | None:
    """Return the layout from a directory's `tags`, each one or several numbers; None if invalid.

    `raw` names a raw format already detected.
    """

    def all_of(tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        value = tags.get(tag, default)
        values = value if isinstance(value, tuple) else (value,)
        return tuple(int(each) for each in values) or default

    def one(tag: int, default: int) -> int:
        return all_of(tag, (default,))[0]

    bits, formats = all_of(_BITS, (1,)), all_of(_FORMAT, (_UNSIGNED,))
    tile = (one(_TILE_WIDTH, 0), one(_TILE_HEIGHT, 0)) if _TILES in tags else None
    width, height = one(_WIDTH, 0), one(_HEIGHT, 0)
    if width < 1 or height < 1:
        return None
    photometric = one(_PHOTOMETRIC, 1)
    if _DNG in tags:
        raw = "DNG"
    elif photometric in (_CFA, _LINEAR_RAW):
        raw = "sensor data"
    elif one(_SUBFILE, 0) & 1:
        raw = raw or "only a preview comes first"
    return TiffLayout(
        order=order,
        width=width,
        height=height,
        bits=bits[0],
        format=formats[0],
        photometric=photometric,
        samples=one(_SAMPLES, 1),
        compression=one(_COMPRESSION, 1),
        is_planar=one(_PLANAR, 1) == _SEPARATE and one(_SAMPLES, 1) > 1,
        predictor=one(_PREDICTOR, 1),
        rows=min(one(_ROWS, height), height) or height,
        tile=tile,
        places=all_of(_TILES if tile else _STRIPS),
        sizes=all_of(_TILE_SIZES if tile else _STRIP_SIZES),
        reversed_bits=one(_FILL_ORDER, 1) == 2,  # noqa: PLR2004
        is_even=len(set(bits)) == 1
        and len(set(formats)) == 1
        and (photometric != _YCBCR or all_of(_SUBSAMPLING, (2, 2)) == (1, 1)),
        has_more=has_more,
        raw=raw,
        profile=tags.get(_PROFILE),
    )


def read_profile(stream: BinaryIO, layout: TiffLayout) -> bytes | None:
    """Return the ICC profile, as much of it as there is, one byte more than MAX_PROFILE at most."""
    if layout.profile is None:
        return None
    start, length = layout.profile
    stream.seek(start)
    return stream.read(min(length, MAX_PROFILE + 1))


def refuse_raw(layout: TiffLayout | None) -> None:
    """Raise ItemError ("decode": unsupported-format) for a raw photograph.

    Only its preview would be decoded: a different picture, or one of 8 x 8 pixels.
    """
    if layout and layout.raw:
        raise ItemError("decode", "unsupported-format", f"raw photograph: {layout.raw}")


def explain(layout: TiffLayout | None, stream: BinaryIO, error: ItemError) -> ItemError:
    """Return why a decoder refused `stream`, if the directory explains it better.

    A file that ends before a strip or its directory is truncated; one that is intact and has
    samples without a mode has an unsupported format.
    """
    end = stream.seek(0, io.SEEK_END)
    if layout is None:
        return (
            ItemError("decode", "truncated", "no directory") if _ends_before(stream, end) else error
        )
    if any(at + size > end for at, size in zip(layout.places, layout.sizes, strict=False)):
        return ItemError("decode", "truncated", "the file ends before its last strip or tile")
    if error.detail.startswith("no valid") and layout.places and not layout.is_readable:
        return ItemError("decode", "unsupported-format", layout.description)
    return error


def _ends_before(stream: BinaryIO, end: int) -> bool:
    """Say whether a file of `end` bytes ends before its directory."""
    header = _read_header(stream)
    return header is not None and header.first + 2 > end
