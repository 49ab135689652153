"""Retries a picture that the decoder refused, without the parts it stumbled over.

Knows how each format breaks off; `damaged` does the decoding. Knows Pillow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media.bmp_samples import decode_bitmap
from hashsweep.media.damaged import (
    DAMAGE,
    Mask,
    Rest,
    decode_rest,
    find_differences,
    rest_of,
    samples_of,
)
from hashsweep.media.jpeg_headers import EOI, JpegHeaders, read_headers
from hashsweep.media.spliced import Piece, splice
from hashsweep.media.webp_chunks import BrokenOff, find_break

LARGEST_BLOCK = 64 * 1024 * 1024
"""JPEGs up to this many bytes go to the decoder in one piece: it cannot wait for more in
the middle of arithmetic-coded data."""

_FILLERS = (0x00, 0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0, 0xFF)
"""Substitutes for a WebP's missing bytes, tried in turn: a lossless one refuses those that it
takes for copies beyond its end."""

_GREY = (127, 128)  # libjpeg's value for missing blocks

Opener = Callable[[BinaryIO], Any]
"""Opens a stream with the decoder in question, without decoding pixels."""


@dataclass(frozen=True, eq=False)
class Recovered:
    """A picture that could be decoded after all.

    `image` is loaded. `rest` says what is missing in it, None if nothing is; `damage` what is
    wrong with the file, None if only the decoder could not continue.
    """

    image: Any
    rest: Rest | None
    damage: ItemError | None


def recover(
    stream: BinaryIO, decoder: str, opened: Opener, error: ItemError, max_pixels: int
) -> Recovered | None:
    """Return what can be recovered from `stream`, refused with `error`; None if nothing.

    Raises ItemError ("decode": unsupported-format) if it is intact but coded in a way that is
    not decoded here.
    """
    if decoder == "JPEG":
        return _recover_jpeg(stream, opened, error)
    if decoder == "BMP":
        return _recover_bitmap(stream, error, max_pixels)
    if decoder == "WEBP":
        end = find_break(stream)
        if end is None:
            return None
        truncated = ItemError("decode", "truncated", "shorter than its header says")
        return _as_recovered(_fill_webp(stream, end, opened), truncated)
    return _as_recovered(decode_rest(lambda _: opened(stream)), error)


def _as_recovered(rest: Rest | None, damage: ItemError) -> Recovered | None:
    return None if rest is None else Recovered(rest.image, rest, damage)


def _recover_bitmap(stream: BinaryIO, error: ItemError, max_pixels: int) -> Recovered | None:
    bitmap = decode_bitmap(stream, max_pixels)
    image = Image.fromarray(bitmap.samples)
    if not bitmap.missing.any():
        return Recovered(image, None, None)
    truncated = ItemError("decode", "truncated", error.detail)
    rest = rest_of(image, bitmap.missing)
    return None if rest is None else Recovered(image, rest, truncated)


def _fill_webp(stream: BinaryIO, end: BrokenOff, opened: Opener) -> Rest | None:
    """Decode with two fillings: what differs is missing. With one, use the share of bytes."""
    images: list[Any] = []
    for value in _FILLERS:
        image = _load_fully(partial(_open_filled, stream, end, opened, value))
        images += [] if image is None else [image]
        if len(images) > 1:
            missing = find_differences(images[0], images[1])
            broken = np.flatnonzero(missing.mean(axis=1) > 0.5)  # noqa: PLR2004 - most of a row
            missing[int(broken[0]) if len(broken) else len(missing) :] = True  # rest by chance
            return rest_of(images[0], missing)
    if not images:
        return None
    missing = np.zeros(images[0].size[::-1], np.bool_)
    missing[int(len(missing) * end.share) :] = True
    return rest_of(images[0], missing)


def _open_filled(stream: BinaryIO, end: BrokenOff, opened: Opener, value: int) -> Any:
    return opened(end.fill(stream, value))


def _recover_jpeg(stream: BinaryIO, opened: Opener, error: ItemError) -> Recovered | None:
    """Leave out segments that do not affect pixels; then feed all at once; then add an end."""
    headers = read_headers(stream)
    if headers.coding:
        raise ItemError("decode", "unsupported-format", f"JPEG: {headers.coding}") from error
    image = _load_fully(lambda: _start(stream, headers, opened))
    if image is not None:
        short = ItemError("decode", "corrupt", "the Adobe segment is truncated")
        return Recovered(image, None, short if headers.is_adobe_short else None)
    sure = decode_rest(lambda _: _start(stream, headers, opened))
    ended = _load_fully(lambda: _start(stream, headers, opened, EOI))
    if ended is None:
        return _as_recovered(sure, error)
    missing = _grey_end(samples_of(ended), sure.rows[1] if sure else 0)
    return _as_recovered(rest_of(ended, missing), error)


def _start(stream: BinaryIO, headers: JpegHeaders, opened: Opener, *behind: Piece) -> Any:
    source = splice(stream, [*headers.pieces, *behind])
    size = source.seek(0, 2)
    source.seek(0)
    image = opened(source)
    if size <= LARGEST_BLOCK:
        image.decodermaxblock = size
    return image


def _load_fully(start: Callable[[], Any]) -> Any:
    """Return the image that `start` opens if it decodes to its end, else None."""
    try:
        image = start()
        image.load()
    except DAMAGE:
        return None
    return image


def _grey_end(samples: npt.NDArray[np.uint8], sure: int) -> Mask:
    """Return which pixels are the grey of missing blocks.

    They are at the end, after the first `sure` rows: whole rows, and those parts of others that
    are grey to their right edge.
    """
    is_grey = np.isin(samples, _GREY).reshape(*samples.shape[:2], -1)
    grey = np.asarray(is_grey.all(axis=2))
    grey[:sure] = False
    coloured = np.flatnonzero(~grey.all(axis=1))
    decoded = int(coloured[-1]) + 1 if len(coloured) else 0
    missing = np.zeros(grey.shape, np.bool_)
    missing[decoded:] = True
    if sure:  # else it is progressive, and rows of blocks do not break off
        missing[sure:decoded] = np.logical_and.accumulate(grey[sure:decoded, ::-1], axis=1)[:, ::-1]
    return missing
