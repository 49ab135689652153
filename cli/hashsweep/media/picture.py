"""A picture decoded once, within bounds, for all perceptual hashes.

Knows Pillow and numpy, and no hash. Whatever a decoder raises becomes an ItemError here.
"""

import importlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from hashsweep.errors import ItemError
from hashsweep.media.jpeg_scans import dc_scans
from hashsweep.media.jpeg_trust import is_suspect, is_too_flat
from hashsweep.media.sniff import Kind

SHORT_SIDE = 192
"""The fast mode decodes a JPEG at the smallest scale that leaves its shorter side this long.

Below it the deviation from the full picture grows quickly; DESIGN.md has the measurement.
"""

CUT = 64 * 1024 * 1024
"""Progressive JPEGs of more bytes are not cut, so that memory stays bounded."""

_JPEG = ("JPEG", "MPO")
_SCALES = (8, 4, 2)
_DC_ONLY = 8  # a block of 8 x 8 pixels becomes one sample, its DC coefficient

# Only these modules are ever imported, so no decoder outside the allow-list can be reached.
_PLUGINS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "GIF": "GifImagePlugin",
    "WEBP": "WebPImagePlugin",
    "BMP": "BmpImagePlugin",
    "TIFF": "TiffImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "ICO": "IcoImagePlugin",
    "TGA": "TgaImagePlugin",
    "PPM": "PpmImagePlugin",
}

# What Pillow and the libraries under it raise for damaged files (seen in its own crash corpus).
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    NotImplementedError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame of a picture, decoded at 1/`scale`.

    `width` and `height` are those of the full picture in pixels, as stored (no rotation by
    EXIF). `image` is mode "RGB" at full size in the exact mode, and mode "L" (the JPEG's own
    luminance, each sample the mean of scale x scale pixels) in the fast one.
    """

    image: Image.Image
    width: int
    height: int
    scale: int
    animated: bool

    @property
    def decode_mode(self) -> str:
        """Return "exact", or "fast/N" for luminance decoded at 1/N."""
        return "exact" if self.image.mode == "RGB" else f"fast/{self.scale}"

    @cached_property
    def samples(self) -> npt.NDArray[np.uint8]:
        """The decoded samples: uint8, (height, width, 3) if exact, (rows, columns) if fast."""
        return np.asarray(self.image)

    @cached_property
    def luminance(self) -> Image.Image:
        """Mode "L" at the decoded size, weighted as ITU-R 601 (what Pillow and JPEG both use)."""
        return self.image.convert("L")

    def shrunk(self, width: int, height: int) -> Image.Image:
        """Return the luminance resampled (Lanczos) to width x height, for small hashes.

        A block at the right or lower edge of a scaled JPEG may reach past the picture; the
        box is the picture's own size (the filter still reads a little beyond it).
        """
        box = (0.0, 0.0, self.width / self.scale, self.height / self.scale)
        return self.luminance.resize((width, height), Image.Resampling.LANCZOS, box=box)


def open_picture(stream: BinaryIO, kind: Kind, *, exact: bool, max_pixels: int) -> Picture:
    """Decode the first frame of `stream`; `kind` says with which decoder.

    Raises ItemError (stage "decode": unsupported-format, corrupt, truncated, too-many-pixels,
    out-of-memory; stage "read": io-error).
    """
    if kind.decoder is None:
        raise ItemError("decode", "unsupported-format", kind.media_type)
    with decoding(kind.decoder):
        return _decode(stream, kind.decoder, exact=exact, max_pixels=max_pixels)


@contextmanager
def decoding(decoder: str) -> Iterator[None]:
    """Turn whatever the decoder raises into ItemErrors, and keep its warnings quiet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise ItemError("decode", "too-many-pixels", str(error)) from error
    except MemoryError as error:
        raise ItemError("decode", "out-of-memory") from error
    except UnidentifiedImageError as error:
        raise ItemError("decode", "corrupt", f"no valid {decoder} header") from error
    except _DAMAGE as error:
        raise _damage(error) from error


def _decode(stream: BinaryIO, decoder: str, *, exact: bool, max_pixels: int) -> Picture:
    image = opened(stream, decoder, max_pixels)
    width, height = image.size
    animated = bool(getattr(image, "is_animated", False))
    scale = 0 if exact or _is_hidden(image, stream) else _draft(image)
    if scale == _DC_ONLY and image.info.get("progressive"):
        stream.seek(0)
        data = stream.read(CUT + 1)
        if len(data) <= CUT and (cut := dc_scans(data)):
            image = opened(io.BytesIO(cut), decoder, max_pixels)
            _draft(image)
    image.load()
    if scale and is_too_flat(image, stream, width * height):
        stream.seek(0)
        return _decode(stream, decoder, exact=True, max_pixels=max_pixels)
    if scale:
        return Picture(image, width, height, scale, animated)
    return full(image, animated=animated)


def opened(stream: BinaryIO, decoder: str, max_pixels: int) -> Image.Image:
    """Read the header, and no pixel; raises ItemError for one that claims too many."""
    importlib.import_module(f"PIL.{_PLUGINS[decoder]}")
    # Frames inside ICO and GIF announce their own size later; Pillow errs at twice its bound.
    Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
    image: Image.Image = Image.open(stream, formats=(decoder,))
    check_size(*image.size, max_pixels)
    return image


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise ItemError for a size, in pixels, that no picture has or that is too large."""
    if width * height > max_pixels:
        raise ItemError("decode", "too-many-pixels", f"{width} x {height}")
    if width < 1 or height < 1:
        raise ItemError("decode", "corrupt", f"{width} x {height} pixels")


def full(image: Image.Image, *, animated: bool) -> Picture:
    """Return the frame that is loaded, as RGB at its full size."""
    rgb = _to_rgb(image)  # an icon may turn out larger or smaller than its header said
    return Picture(rgb, *rgb.size, 1, animated)


def _draft(image: Any) -> int:
    """Ask a large colour or grey JPEG for luminance at a small scale; 0 for any other picture.

    Small ones are decoded in full: that costs them little and makes their hashes exact.
    """
    width, height = image.size
    scale = next((s for s in _SCALES if min(width, height) >= s * SHORT_SIDE), 0)
    if not scale or image.format not in _JPEG or image.mode not in ("RGB", "L"):
        return 0
    image.draft("L", (width // scale, height // scale))
    if image.mode == "RGB" and image.size == (width, height):
        return 0  # the header has no scan after it; the full decode says what is wrong
    if image.mode != "L" or image.size != (-(-width // scale), -(-height // scale)):
        raise ItemError("decode", "internal", f"draft gave {image.mode} {image.size}")
    return scale


def _is_hidden(image: Any, stream: BinaryIO) -> bool:
    """Say whether the picture that a scaled decode gives may be another than the full one."""
    return image.format in _JPEG and is_suspect(image, stream)


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return 8-bit RGB; deeper greys are scaled to 8 bits instead of being clipped to white."""
    if image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.uint16)
        image = Image.fromarray((deep >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        image = _scaled_grey(np.asarray(image, dtype=np.float64))
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled_grey(values: npt.NDArray[np.float64]) -> Image.Image:
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 255 or high <= 1:  # noqa: PLR2004 - not already in 0..255
        values = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    return Image.fromarray(values.astype(np.uint8))


def _damage(error: Exception) -> ItemError:
    if isinstance(error, OSError) and error.errno:  # the system's own, not the decoder's
        return ItemError("read", "io-error", error.strerror or "")
    text = str(error)
    lowered = text.lower()
    if "truncated" in lowered or isinstance(error, EOFError):
        return ItemError("decode", "truncated", text)
    if "memory" in lowered:
        return ItemError("decode", "out-of-memory", text)
    return ItemError("decode", "corrupt", f"{type(error).__name__}: {text}")
