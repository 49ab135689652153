"""Animations with any patches, as no encoder writes them.

gif((64, 48), GifPatch(pixels, (8, 4), disposal=2, empty=0), ...)
apng((64, 48), PngPatch(rgba, (8, 4), disposal=1, blend=1), ...)
"""

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from hashsweep.media.png_chunks import SIGNATURE, chunk
from support.drawings import noise

COLOURS = noise(77, 256, 3)
"""The palette of all patches of a GIF."""


@dataclass
class GifPatch:
    """`pixels` are numbers of COLOURS: uint8, (height, width)."""

    pixels: np.ndarray
    place: tuple[int, int] = (0, 0)
    disposal: int = 0
    empty: int | None = None
    has_table: bool = False


@dataclass
class PngPatch:
    """`pixels` are RGBA: uint8, (height, width, 4)."""

    pixels: np.ndarray
    place: tuple[int, int] = (0, 0)
    disposal: int = 0
    blend: int = 0


def gif(size, *patches):
    """A GIF on a screen of this size, in pixels."""
    data = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 5, 0) + COLOURS.tobytes()
    for patch in patches:
        flags = patch.disposal << 2 | (patch.empty is not None)
        data += b"!\xf9\4" + struct.pack("<BHBB", flags, 10, patch.empty or 0, 0)
        height, width = patch.pixels.shape
        data += b"," + struct.pack("<4H", *patch.place, width, height)
        data += b"\x87" + COLOURS.tobytes() if patch.has_table else b"\0"
        data += _coded(patch.pixels)
    return data + b";"


def apng(size, *patches, default=None):
    """An APNG; `default` are the RGBA of a picture that is not part of the animation."""
    data = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0))
    data += chunk(b"acTL", struct.pack(">II", len(patches), 0))
    sequence = 0
    if default is not None:
        data += chunk(b"IDAT", _packed(default))
    for number, patch in enumerate(patches):
        height, width = patch.pixels.shape[:2]
        body = struct.pack(">5IHHBB", sequence, width, height, *patch.place, 1, 10, 0, 0)
        data += chunk(b"fcTL", body[:-2] + bytes([patch.disposal, patch.blend]))
        sequence += 1
        if number == 0 and default is None:
            data += chunk(b"IDAT", _packed(patch.pixels))
        else:
            data += chunk(b"fdAT", struct.pack(">I", sequence) + _packed(patch.pixels))
            sequence += 1
    return data + chunk(b"IEND", b"")


def _coded(pixels):
    """Pixels as a GIF holds them: the size of a code, and blocks."""
    image = Image.fromarray(pixels, "P")
    image.putpalette(COLOURS.tobytes())
    stream = io.BytesIO()
    image.save(stream, "GIF", optimize=False, interlace=False)
    data = stream.getvalue()
    start = data.index(b",\0\0\0\0" + struct.pack("<HH", *image.size), 13 + 768)
    return data[start + 10 : -1]


def _packed(rgba):
    """Pixels as a PNG holds them."""
    stream = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(stream, "PNG")
    data = stream.getvalue()
    start = data.index(b"IDAT")
    return data[start + 4 : start + 4 + int.from_bytes(data[start - 4 : start], "big")]
