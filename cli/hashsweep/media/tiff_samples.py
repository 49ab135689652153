"""Decodes TIFFs for which Pillow has no mode or the wrong one: deep, signed, floating, in planes.

libtiff only decompresses, as if the bytes were grey; they are interpreted
here. Knows Pillow and numpy.
"""

import io
import struct
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media.spliced import Piece, splice
from hashsweep.media.tiff_layout import TiffLayout

_KINDS = {1: "u", 2: "i", 3: "f"}
_DIFFERENCES, _BYTE_DIFFERENCES = 2, 3  # predictors (TIFF 6.0, section 14; Adobe's note 3)
_WHITE_IS_ZERO, _SEPARATED, _YCBCR = 0, 5, 6
_BRIGHT = 0.5
"""If samples up to 1 stay below this, 1 does not mean white."""

_MAX_SLACK = 1 << 24
"""Pixels of tiles beyond the picture's edges that may be decoded, in addition to its own."""


def decode_samples(stream: BinaryIO, layout: TiffLayout, max_pixels: int) -> Image.Image:
    """Return the page as 8-bit RGB or grey; its alpha and other extra samples are left out.

    16 bits are cut to 8; deeper, signed and floating samples are scaled (see `scale`). The bytes
    may be four per pixel of `max_pixels`, as in a picture with alpha.

    Raises ItemError ("decode": too-many-pixels, corrupt) and whatever Pillow raises for damage.
    """
    planes = layout.samples if layout.is_planar else 1
    each = layout.samples // planes
    across, down = layout.tile or (layout.width, layout.rows)
    if across < 1 or down < 1 or layout.samples > 64:  # noqa: PLR2004
        raise ItemError("decode", "corrupt", "no sensible size of tiles")
    columns, rows = -(-layout.width // across), -(-layout.height // down)
    width = columns * across
    height = rows * down if layout.tile else layout.height
    pixels = layout.width * layout.height
    size = width * height * layout.samples * layout.bits // 8
    if size > 4 * max_pixels or width * height > 2 * pixels + _MAX_SLACK:
        raise ItemError("decode", "too-many-pixels", f"{size} bytes of samples")
    if len(layout.places) < planes * columns * rows or len(layout.sizes) < len(layout.places):
        raise ItemError("decode", "corrupt", "strips or tiles are missing")
    kind = np.dtype(f"{layout.order}{_KINDS[layout.format]}{layout.bits // 8}")
    found = []
    for plane in range(min(planes, layout.colours)):
        part = slice(plane * columns * rows, (plane + 1) * columns * rows)
        grey = _as_grey(stream, layout, part, (width * each * kind.itemsize, height), down)
        values = _undo_predictor(grey, layout, kind, (columns, across, each))
        found.append(values[: layout.height, : layout.width, : layout.colours])
    return _picture(np.concatenate(found, axis=2), layout)


def _as_grey(
    stream: BinaryIO, layout: TiffLayout, part: slice, size: tuple[int, int], down: int
) -> npt.NDArray[np.uint8]:
    """Decompress some strips or tiles: uint8, (rows, bytes)."""
    from PIL import TiffImagePlugin

    end = stream.seek(0, io.SEEK_END)
    end += end % 2
    width, height = size
    places, sizes = layout.places[part], layout.sizes[part]
    offsets = (324, 325) if layout.tile else (273, 279)
    tags: dict[int, tuple[int, ...]] = {
        256: (width,),
        257: (height,),
        258: (8,),
        259: (layout.compression,),
        262: (1,),
    }
    tags |= {277: (1,), offsets[0]: places, offsets[1]: sizes}
    if layout.tile:
        columns = -(-layout.width // layout.tile[0])
        tags |= {322: (width // columns,), 323: (down,)}
    else:
        tags[278] = (down,)
    head = {"<": b"II*\0", ">": b"MM\0*"}[layout.order] + struct.pack(f"{layout.order}I", end)
    filled = bytes(end - stream.seek(0, io.SEEK_END))
    pieces: list[Piece] = [head, (8, end), filled, _directory(tags, layout.order, end)]
    with _allowed(width * height):
        image: Any = TiffImagePlugin.TiffImageFile(splice(stream, pieces))
        image.load()
    return np.asarray(image)


class _allowed:  # noqa: N801
    """Lets Pillow decode this many samples, which are not the file's pixels."""

    def __init__(self, pixels: int) -> None:
        self._pixels = pixels
        self._before: int | None = None

    def __enter__(self) -> None:
        self._before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, self._pixels

    def __exit__(self, *_: object) -> None:
        Image.MAX_IMAGE_PIXELS = self._before


def _directory(tags: dict[int, tuple[int, ...]], order: str, at: int) -> bytes:
    """Return a directory of 32-bit numbers to be placed at byte `at`."""
    entries, values = b"", b""
    behind = at + 2 + 12 * len(tags) + 4
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        if len(numbers) > 1:
            place = behind + len(values)
            values, packed = values + packed, struct.pack(f"{order}I", place)
        entries += struct.pack(f"{order}HHI", tag, 4, len(numbers)) + packed
    return struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + values


def _undo_predictor(
    grey: npt.NDArray[np.uint8],
    layout: TiffLayout,
    kind: np.dtype[Any],
    shape: tuple[int, int, int],
) -> npt.NDArray[Any]:
    """Return samples, (rows, columns, samples), with the predictor undone tile by tile."""
    tiles, across, each = shape
    rows = len(grey)
    blocks = grey.reshape(rows, tiles, -1)
    if layout.predictor == _BYTE_DIFFERENCES:
        values = blocks.reshape(rows, tiles, -1, each)
        values = np.add.accumulate(values, axis=2, dtype=np.uint8)
        values = values.reshape(rows, tiles, kind.itemsize, across * each)  # highest bytes first
        blocks = np.ascontiguousarray(np.moveaxis(values, 2, 3))
        return blocks.reshape(rows, -1).view(kind.newbyteorder(">")).reshape(rows, -1, each)
    if layout.predictor == _DIFFERENCES:
        whole = np.dtype(f"{layout.order}u{kind.itemsize}")
        differences = np.ascontiguousarray(blocks).view(whole).reshape(rows, tiles, across, each)
        native = whole.newbyteorder("=")
        values = np.add.accumulate(differences.astype(native), axis=2, dtype=native)
        return values.view(kind.newbyteorder("=")).reshape(rows, -1, each)
    return np.ascontiguousarray(grey).view(kind).reshape(rows, -1, each)


def _picture(values: npt.NDArray[Any], layout: TiffLayout) -> Image.Image:
    if layout.format == 1 and layout.bits <= 16:  # noqa: PLR2004
        eight = (values >> (layout.bits - 8)).astype(np.uint8)
    else:
        whole = 2.0**layout.bits if layout.format == 1 else 1.0
        eight = scale(values.astype(np.float64) / whole)
    if layout.photometric == _WHITE_IS_ZERO:
        eight = 255 - eight
    if layout.colours == 1:
        return Image.fromarray(eight[:, :, 0])
    if layout.photometric in (_SEPARATED, _YCBCR):
        mode = "CMYK" if layout.photometric == _SEPARATED else "YCbCr"
        height, width = eight.shape[:2]
        return Image.frombytes(mode, (width, height), eight.tobytes()).convert("RGB")
    return Image.fromarray(np.ascontiguousarray(eight))


def scale(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Scale samples of any range to 0..255, all by the same factor; NaN becomes 0.

    Those within 0..1 are multiplied by 255 if one reaches _BRIGHT, those within 0..255 that go
    beyond 1 are kept, and any others are stretched from the smallest to the largest.
    """
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and _BRIGHT <= high <= 1:
        values = values * 255.0
    elif low < 0 or high > 255 or high <= 1:  # noqa: PLR2004
        values = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    return values.astype(np.uint8)
