"""Decodes a picture once, within limits, for all perceptual hashes.

Knows Pillow and numpy but no hash. Whatever a decoder raises becomes an ItemError here.
"""

import importlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from hashsweep.errors import ItemError
from hashsweep.media.colours import make_coded_profile, make_profile
from hashsweep.media.damaged import DAMAGE, LEAST, fill
from hashsweep.media.jp2_header import refuse_deep_colours
from hashsweep.media.jpeg_scans import dc_scans
from hashsweep.media.jpeg_trust import is_suspect, is_too_flat
from hashsweep.media.png_chunks import Span, take_apart
from hashsweep.media.png_metadata import read_metadata
from hashsweep.media.recovery import recover
from hashsweep.media.shown import Shown, find_shown, has_far_colours
from hashsweep.media.sniff import Kind
from hashsweep.media.tiff_layout import TiffLayout, explain, read_layout, read_profile, refuse_raw
from hashsweep.media.tiff_samples import decode_samples, scale

SHORT_SIDE = 192
"""The fast mode decodes a JPEG at the smallest scale that leaves its shorter side this long.

Below it the deviation from the full picture grows quickly (see benchmarks/README.md).
"""

CUT = 64 * 1024 * 1024
"""Larger progressive JPEGs are not cut, so that memory stays bounded."""

_JPEG = ("JPEG", "MPO")
_COLOURS = (b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP")
_SCALES = (8, 4, 2)
_DC_ONLY = 8  # a block of 8 x 8 pixels becomes one sample, its DC coefficient

_ALL_IGNORED = ("ignore", None, Warning, None, 0)  # what warnings.simplefilter("ignore") adds

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


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame of a picture, decoded at 1/`scale`.

    `width` and `height` are those of the full picture in pixels, as stored (no rotation by
    EXIF). `image` is mode "RGB" at full size in the exact mode, and mode "L" (the JPEG's own
    luminance, each sample the mean of scale x scale pixels) in the fast one. `rate` is the size of
    the file, in bits per pixel, if known.

    `damage` is what is wrong with a picture that was decoded far enough to be hashed. `rows` are
    the first decoded row of samples and the one after the last, if some are missing: the
    others were filled. `shown` says what a viewer makes of the samples, if anything.
    """

    image: Image.Image
    width: int
    height: int
    scale: int
    animated: bool
    damage: ItemError | None = None
    rows: tuple[int, int] | None = None
    rate: float = 0.0
    shown: Shown | None = None

    @property
    def appearance(self) -> tuple[tuple[int, int], bytes, bytes | None]:
        """Size, samples and opacity, equal in frames that look the same on any page."""
        alpha = self.shown.alpha if self.shown else None
        return self.image.size, self.image.tobytes(), alpha.tobytes() if alpha else None

    def draw_shown(self) -> Iterator[tuple[str, "Picture"]]:
        """Yield (variant, picture) of what viewers show, where that is not what is stored."""
        if self.shown and self.decode_mode == "exact":
            for name, image in self.shown.draw(self.image):
                yield name, Picture(image, *image.size, 1, self.animated)

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

    def shrink(
        self, width: int, height: int, method: Image.Resampling = Image.Resampling.LANCZOS
    ) -> Image.Image:
        """Return the luminance resampled to width x height.

        A block at the right or lower edge of a scaled JPEG may reach past the picture; the
        box is the picture's own size (the filter still reads a little beyond it).
        """
        box = (0.0, 0.0, self.width / self.scale, self.height / self.scale)
        return self.luminance.resize((width, height), method, box=box)


def open_picture(stream: BinaryIO, kind: Kind, *, exact: bool, max_pixels: int) -> Picture:
    """Decode the first frame of `stream`; `kind` names the decoder.

    A damaged picture is decoded as far as possible, and says what is wrong with it.

    Raises ItemError (stage "decode": unsupported-format, corrupt, truncated, too-many-pixels,
    out-of-memory; stage "read": io-error). A picture with less than LEAST of its rows is refused.
    """
    decoder = kind.decoder
    if decoder is None:
        raise ItemError("decode", "unsupported-format", kind.media_type)
    with guard_decoding(decoder):
        source = source_of(stream, decoder)
    try:
        with guard_decoding(decoder):
            picture = _decode(source, decoder, exact=exact, max_pixels=max_pixels)
    except ItemError as error:
        if error.reason not in ("corrupt", "truncated"):
            raise
        with guard_decoding(decoder):
            return _decode_rest(source, decoder, error, exact, max_pixels)
    return replace(picture, damage=source.damage) if source.damage else picture


@dataclass(frozen=True)
class Source:
    """The part of a file for the decoder, its damage, and the layout of a TIFF's first page.

    `profile` is what a PNG says of its colours, and `depth` the bits of its samples.
    """

    stream: BinaryIO
    damage: ItemError | None = None
    tiff: TiffLayout | None = None
    profile: bytes | None = None
    depth: int = 8

    @property
    def is_misread(self) -> bool:
        """Whether the decoder would produce a different picture."""
        return self.tiff is not None and self.tiff.is_misread


def source_of(stream: BinaryIO, decoder: str) -> Source:
    """Examine what surrounds the pixels; raises ItemError for what would be misread."""
    if decoder == "PNG":
        chunks = take_apart(stream)
        profile = _profile_of(stream, chunks.metadata)
        return Source(chunks.give(stream), chunks.damage, profile=profile, depth=chunks.depth)
    if decoder == "TIFF":
        layout = read_layout(stream)
        refuse_raw(layout)
        stream.seek(0)
        return Source(stream, tiff=layout)
    if decoder == "JPEG2000":
        refuse_deep_colours(stream)
        stream.seek(0)
    return Source(stream)


def _profile_of(stream: BinaryIO, metadata: list[Span]) -> bytes | None:
    """Return the profile that a PNG asks for, by the order of its specification (4.3)."""
    spans = [each for each in metadata if each.kind in _COLOURS]
    if not spans:
        return None
    found = read_metadata(stream, spans)
    if found.cicp:
        return make_coded_profile(*found.cicp[:2])
    if found.icc or found.srgb_intent is not None:
        return found.icc
    return make_profile(found.gamma, found.chromaticities) if found.gamma else None


def _decode_rest(
    source: Source, decoder: str, error: ItemError, exact: bool, max_pixels: int
) -> Picture:
    """Decode what is left of a file refused with `error`; raises it if that is too little."""
    width = height = scale = 0

    def again(stream: BinaryIO) -> Image.Image:
        nonlocal width, height, scale
        image = open_header(stream, decoder, max_pixels)
        width, height = image.size
        scale = 0 if exact else _draft(image)
        return image

    if decoder == "TIFF":
        error = explain(source.tiff, source.stream, error)
    error = source.damage or error
    if source.is_misread or error.reason == "unsupported-format":
        raise error
    found = recover(source.stream, decoder, again, error, max_pixels)
    if found is None or (found.rest and found.rest.share < LEAST):
        raise error
    animated = bool(getattr(found.image, "is_animated", False))
    if found.rest is None and not scale:
        return replace(full(found.image, source, animated=animated), damage=found.damage)
    if found.rest is None:
        return Picture(found.image, width, height, scale, animated, found.damage)
    missing = found.rest.missing
    picture = Picture(found.image, width, height, scale, animated)
    if not scale:
        picture = full(found.image, source, animated=animated)
    shown = picture.shown and replace(picture.shown, missing=missing)
    image = Image.fromarray(fill(picture.samples, missing))
    return replace(picture, image=image, damage=found.damage, rows=found.rest.rows, shown=shown)


@contextmanager
def guard_decoding(decoder: str) -> Iterator[None]:
    """Turn the decoder's errors into ItemErrors, and suppress its warnings."""
    try:
        if warnings.filters[:1] == [_ALL_IGNORED]:  # as in workers: catching takes 75 us a picture
            yield
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
    except Image.DecompressionBombError as error:
        raise ItemError("decode", "too-many-pixels", str(error)) from error
    except MemoryError as error:
        raise ItemError("decode", "out-of-memory") from error
    except UnidentifiedImageError as error:
        raise ItemError("decode", "corrupt", f"no valid {decoder} header") from error
    except DAMAGE as error:
        raise _damage(error) from error


def _decode(source: Source, decoder: str, *, exact: bool, max_pixels: int) -> Picture:
    stream = source.stream
    if source.tiff and source.is_misread:
        return full(decode_misread(stream, source.tiff, max_pixels), animated=source.tiff.has_more)
    image = open_header(stream, decoder, max_pixels)
    width, height = image.size
    animated = bool(getattr(image, "is_animated", False))
    scale = 0 if exact or _is_hidden(image, stream) else _draft(image)
    if scale == _DC_ONLY and image.info.get("progressive"):
        stream.seek(0)
        data = stream.read(CUT + 1)
        if len(data) <= CUT and (cut := dc_scans(data)):
            image = open_header(io.BytesIO(cut), decoder, max_pixels)
            _draft(image)
    image.load()
    if not scale:
        return full(image, source, animated=animated)
    rate = 8 * stream.seek(0, io.SEEK_END) / (width * height)
    picture = Picture(image, width, height, scale, animated, rate=rate)
    if is_too_flat(picture.samples, rate):
        stream.seek(0)
        return _decode(source, decoder, exact=True, max_pixels=max_pixels)
    return picture


def open_header(stream: BinaryIO, decoder: str, max_pixels: int) -> Image.Image:
    """Read the header but no pixels; raises ItemError if it claims too many."""
    importlib.import_module(f"PIL.{_PLUGINS[decoder]}")
    # Frames inside ICO and GIF announce their own size later; Pillow raises at twice its limit.
    Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
    image: Image.Image = Image.open(stream, formats=(decoder,))
    check_size(*image.size, max_pixels)
    return image


def decode_misread(stream: BinaryIO, layout: TiffLayout, max_pixels: int) -> Image.Image:
    """Decode a page of a TIFF that Pillow would misread; raises ItemError for what is unknown."""
    check_size(layout.width, layout.height, max_pixels)
    if not layout.is_readable:
        raise ItemError("decode", "unsupported-format", layout.description)
    image = decode_samples(stream, layout, max_pixels)
    if profile := read_profile(stream, layout):
        image.info["icc_profile"] = profile
    return image


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise ItemError for a size, in pixels, that is impossible or too large."""
    if width * height > max_pixels:
        raise ItemError("decode", "too-many-pixels", f"{width} x {height}")
    if width < 1 or height < 1:
        raise ItemError("decode", "corrupt", f"{width} x {height} pixels")


def full(image: Image.Image, source: Source | None = None, *, animated: bool) -> Picture:
    """Return the loaded frame as RGB at full size; `source` is what it was decoded from."""
    rgb = to_rgb(image)  # an icon may be larger or smaller than its header says
    profile, depth = (source.profile, source.depth) if source else (None, 8)
    shown = find_shown(image, rgb, profile, depth)
    return Picture(rgb, *rgb.size, 1, animated, shown=shown)


def _draft(image: Any) -> int:
    """Ask a large colour or grey JPEG for luminance at a small scale; 0 for any other picture.

    Small ones are decoded in full, which costs little and makes their hashes exact.
    """
    width, height = image.size
    scale = next((s for s in _SCALES if min(width, height) >= s * SHORT_SIDE), 0)
    if not scale or image.format not in _JPEG or image.mode not in ("RGB", "L"):
        return 0
    if has_far_colours(image):
        return 0
    image.draft("L", (width // scale, height // scale))
    if image.mode == "RGB" and image.size == (width, height):
        return 0  # the header has no scan after it; the full decode says what is wrong
    if image.mode != "L" or image.size != (-(-width // scale), -(-height // scale)):
        raise ItemError("decode", "internal", f"draft gave {image.mode} {image.size}")
    return scale


def _is_hidden(image: Any, stream: BinaryIO) -> bool:
    """Say whether a scaled decode may give a different picture than the full one."""
    return image.format in _JPEG and is_suspect(image, stream)


def to_rgb(image: Image.Image) -> Image.Image:
    """Return 8-bit RGB; deeper greys are scaled to 8 bits instead of being clipped to white."""
    if image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.uint16)
        image = Image.fromarray((deep >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        image = Image.fromarray(scale(np.asarray(image, dtype=np.float64)))
    return image if image.mode == "RGB" else image.convert("RGB")


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
