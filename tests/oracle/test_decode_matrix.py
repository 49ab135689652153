"""Every format x depth x layout x compression looks as a second decoder shows it, or is refused.

TIFF and bitmaps with bit fields have matrices of their own (test_tiff_samples, test_bmp_samples).
"""

import io
import itertools
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import HEAD, sniff
from support import drawings

PHOTO = drawings.scene(5, 165, 119)  # of no whole number of blocks, bytes or passes
RGB, GREY = np.asarray(PHOTO), np.asarray(PHOTO.convert("L"))
OPAQUE = np.full_like(GREY, 255)
BANDS = {1: GREY, 2: np.dstack([GREY, OPAQUE]), 3: RGB, 4: np.dstack([RGB, OPAQUE])}


def deepened(samples, bits):
    """Samples of 8 bits as ones of `bits`, in the smallest type that holds them."""
    kind = np.uint8 if bits <= 8 else np.uint16
    return (samples.astype(np.uint32) * ((1 << bits) - 1) // 255).astype(kind)


def seen(samples, bits=8):
    """What a second decoder returned, as luminance of 8 bits; alpha is left out."""
    samples = np.asarray(samples, np.float64) * 255 / ((1 << bits) - 1)
    if samples.ndim == 3 and samples.shape[2] >= 3:
        return samples[:, :, :3] @ [0.299, 0.587, 0.114]
    return samples if samples.ndim == 2 else samples[:, :, 0]


def opened(data):
    kind = sniff(data[:HEAD], data[-32:])
    picture = open_picture(io.BytesIO(data), kind, exact=True, max_pixels=MAX_PIXELS)
    assert picture.damage is None
    return np.asarray(picture.luminance).astype(float)


def is_same(data, expected):
    """Whether the picture differs by less than 2 grey levels on average, and nowhere much."""
    ours = opened(data)
    gap = np.abs(ours - expected) if ours.shape == expected.shape else np.full(1, 256.0)
    return gap.mean() < 2 and np.percentile(gap, 99) < 12


def is_refused(data):
    try:
        opened(data)
    except ItemError as error:
        return error.reason == "unsupported-format"
    return False


# PNG: written here, since no library writes all of it

ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
         (1, 0, 2, 1))  # fmt: skip
COLOURS = {"grey": (0, 1), "rgb": (2, 3), "palette": (3, 1), "grey, alpha": (4, 2),
           "rgb, alpha": (6, 4)}  # fmt: skip
DEPTHS = {"grey": (1, 2, 4, 8, 16), "palette": (1, 2, 4, 8), "rgb": (8, 16),
          "grey, alpha": (8, 16), "rgb, alpha": (8, 16)}  # fmt: skip


def filtered(rows, step, kind):
    """Rows of bytes after a filter of PNG, 0 to 4, each with its number before it."""
    before = np.zeros_like(rows)
    before[1:] = rows[:-1]
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], corner[:, step:] = rows[:, :-step], before[:, :-step]
    a, b, c = (each.astype(int) for each in (left, before, corner))
    nearest = [np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)]
    first = (nearest[0] <= nearest[1]) & (nearest[0] <= nearest[2])
    paeth = np.where(first, a, np.where(nearest[1] <= nearest[2], b, c))
    guess = (0 * a, a, b, (a + b) // 2, paeth)[kind]
    changed = (rows.astype(int) - guess).astype(np.uint8)
    return np.pad(changed, ((0, 0), (1, 0)), constant_values=kind).tobytes()


def rows_of(samples, depth):
    """Samples (h, w) or (h, w, n) as PNG packs them: (h, bytes)."""
    flat = samples.reshape(len(samples), -1)
    if depth == 16:
        return flat.astype(">u2").view(np.uint8)
    if depth == 8:
        return flat.astype(np.uint8)
    shifts = np.arange(depth)[::-1]
    return np.packbits((flat[:, :, None] >> shifts & 1).reshape(len(flat), -1), axis=1)


def png(colour, depth, *, interlaced, kind):
    number, bands = COLOURS[colour]
    chunks = []
    if colour == "palette":
        few = PHOTO.quantize(1 << depth)
        samples = np.asarray(few)
        chunks.append((b"PLTE", bytes(few.getpalette())))
    else:
        samples = deepened(BANDS[bands], depth)
    step = max(depth * bands // 8, 1)
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    parts = (samples[top::down, left::across] for top, left, down, across in passes)
    stream = b"".join(filtered(rows_of(part, depth), step, kind) for part in parts)
    height, width = samples.shape[:2]
    chunks.insert(0, (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, number, 0, 0,
                                           interlaced)))  # fmt: skip
    chunks += [(b"IDAT", zlib.compress(stream)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("colour", "depth"), [(colour, depth) for colour in COLOURS for depth in DEPTHS[colour]]
)
def test_png(colour, depth, interlaced):
    """Colour type x depth x interlacing x filter."""
    wrong = []
    for kind in range(5):
        data = png(colour, depth, interlaced=interlaced, kind=kind)
        other = imagecodecs.png_decode(data)
        if not is_same(data, seen(other, 16 if other.dtype == np.uint16 else 8)):
            wrong.append(kind)

    assert wrong == []


SUBSAMPLINGS = ("444", "422", "420", "411", "440", None)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("colour", ["GRAY", "RGB", "YCBCR", "CMYK", "YCCK"])
def test_jpeg(colour, subsampling):
    """Colour space x subsampling x quality."""
    samples = {"GRAY": GREY, "CMYK": 255 - np.asarray(PHOTO.convert("CMYK"))}.get(colour, RGB)
    source = colour if colour in ("GRAY", "CMYK") else "RGB"
    if colour == "YCCK":
        samples, source = 255 - np.asarray(PHOTO.convert("CMYK")), "CMYK"
    wrong = []
    for level in (40, 75, 100):
        data = imagecodecs.jpeg8_encode(
            samples, level, colorspace=source, outcolorspace=colour, subsampling=subsampling
        )
        if source == "CMYK":
            inks = imagecodecs.jpeg8_decode(data, outcolorspace="CMYK").astype(float)
            expected = seen(inks[:, :, :3] * inks[:, :, 3:] / 255)
        else:
            expected = seen(imagecodecs.jpeg8_decode(data))
        if not is_same(data, expected):
            wrong.append(level)

    assert wrong == []


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize(("bits", "lossless"), [(12, False), (8, True), (12, True), (16, True)])
def test_jpeg_of_other_processes(bands, bits, lossless):
    """12 bits and lossless are decoded like everything else, or refused."""
    data = imagecodecs.jpeg8_encode(
        deepened(BANDS[bands], bits), 90, bitspersample=bits, lossless=lossless
    )

    assert is_refused(data) or is_same(data, seen(imagecodecs.jpeg8_decode(data), bits))


@pytest.mark.parametrize("form", ["jp2", "j2k"])
@pytest.mark.parametrize("bands", BANDS)
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_jpeg_2000(bits, bands, form):
    """Depth x bands x box or codestream x wavelet x resolutions: right, or refused."""
    wrong = []
    for reversible, resolutions in itertools.product((False, True), (1, 6)):
        data = imagecodecs.jpeg2k_encode(
            deepened(BANDS[bands], bits), 90, codecformat=form, reversible=reversible,
            resolutions=resolutions, bitspersample=bits,
        )  # fmt: skip
        expected = seen(imagecodecs.jpeg2k_decode(data), bits)
        if not (is_refused(data) or is_same(data, expected)):
            wrong.append((reversible, resolutions))

    assert wrong == []


@pytest.mark.parametrize("options", [
    {"tile_size": (64, 48)}, {"progression": "RPCL"}, {"progression": "CPRL", "mct": 0},
    {"quality_mode": "dB", "quality_layers": [30, 45]}, {"irreversible": True, "plt": True},
])  # fmt: skip
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "YCbCr"])
def test_jpeg_2000_of_other_orders(mode, options):
    """Tiles, progressions, layers and colour transforms, in 8 bits."""
    stream = io.BytesIO()
    PHOTO.convert(mode).save(stream, "JPEG2000", **options)
    expected = seen(imagecodecs.jpeg2k_decode(stream.getvalue()))

    assert is_same(stream.getvalue(), expected)


@pytest.mark.parametrize("layout", ["400", "420", "422", "444"])
@pytest.mark.parametrize("bands", BANDS)
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif(bits, bands, layout):
    """Depth x bands x subsampling."""
    samples = BANDS[bands]
    if bands in (1, 2) and layout != "400":
        samples = np.dstack([GREY] * 3 + [OPAQUE] * (bands - 1))
    data = imagecodecs.avif_encode(
        deepened(samples, bits), 90, speed=10, bitspersample=bits, pixelformat=layout
    )

    assert is_same(data, seen(imagecodecs.avif_decode(data), bits))


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("method", [0, 4, 6])
@pytest.mark.parametrize("bands", [3, 4])
def test_webp(bands, method, lossless):
    """Lossy and lossless x effort x alpha."""
    samples = BANDS[bands].copy()
    samples[:10, :10, 3:] = 254  # opaque alpha is not written
    data = imagecodecs.webp_encode(samples, 90, method=method, lossless=lossless)

    assert is_same(data, seen(imagecodecs.webp_decode(data)))


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("colours", [2, 3, 4, 15, 16, 17, 128, 256])
def test_gif(colours, interlace):
    """Size of the palette x interlacing."""
    stream = io.BytesIO()
    PHOTO.quantize(colours).save(stream, "GIF", interlace=interlace)

    assert is_same(stream.getvalue(), seen(imagecodecs.gif_decode(stream.getvalue())))


@pytest.mark.parametrize("mode", ["1", "P", "L", "RGB", "RGBA"])
def test_bmp(mode):
    """Whole bytes and bits of a palette."""
    stream = io.BytesIO()
    (PHOTO.quantize(200) if mode == "P" else PHOTO.convert(mode)).save(stream, "BMP")

    assert is_same(stream.getvalue(), seen(imagecodecs.bmp_decode(stream.getvalue())))


@pytest.mark.parametrize("most", [1, 3, 100, 255, 256, 1000, 65535])
@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("plain", [False, True])
def test_pnm(plain, bands, most):
    """Grey and colour x largest value x text or bytes; the samples are known.

    Deep greys are stretched over all of 0 to 255 (test_deep_grey_pgm_is_scaled).
    """
    samples = (BANDS[bands].astype(np.uint32) * most + 127) // 255
    magic = {(1, True): 2, (3, True): 3, (1, False): 5, (3, False): 6}[bands, plain]
    header = f"P{magic} {GREY.shape[1]} # a comment\n{GREY.shape[0]}\n{most}\n".encode()
    if plain:
        body = b"\n".join(b" ".join(b"%d" % v for v in row.ravel()) for row in samples)
    else:
        body = samples.astype(">u2" if most > 255 else np.uint8).tobytes()

    expected = seen(samples / most, 1)
    if most > 255 and bands == 1:
        expected = (expected - expected.min()) * 255 / np.ptp(expected)
    assert is_same(header + body, expected)


@pytest.mark.parametrize("plain", [False, True])
def test_pbm(plain):
    """One bit a pixel; 1 is black."""
    bits = np.asarray(PHOTO.convert("1"))
    header = b"P%d %d %d\n" % (1 if plain else 4, *bits.shape[::-1])
    body = np.packbits(~bits, axis=1).tobytes()
    if plain:
        body = b"\n".join(b" ".join(b"01"[v : v + 1] for v in row) for row in (~bits).astype(int))

    assert is_same(header + body, bits * 255.0)


@pytest.mark.parametrize("packed", [None, "tga_rle"])
@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
def test_tga(mode, upside_down, packed):
    """Layout x order of rows x run lengths; no second decoder here reads it, so what was drawn."""
    stream = io.BytesIO()
    image = PHOTO.quantize(200) if mode == "P" else PHOTO.convert(mode)
    image.save(stream, "TGA", compression=packed, orientation=-1 if upside_down else 1)
    expected = seen(np.asarray(image.convert("RGB")))

    assert is_same(stream.getvalue(), expected)


@pytest.mark.parametrize("content", ["BMP", "PNG"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_ico(mode, content):
    """Bitmaps and PNGs in icons."""
    image = (PHOTO.quantize(200) if mode == "P" else PHOTO.convert(mode)).resize((96, 96))
    stream = io.BytesIO()
    image.save(stream, "ICO", sizes=[(96, 96)], bitmap_format=content.lower())

    assert is_same(stream.getvalue(), seen(np.asarray(image.convert("RGB"))))


def test_cells_differ():
    """What is compared is not one picture again and again."""
    half = np.asarray(Image.fromarray(GREY).transpose(Image.Transpose.FLIP_LEFT_RIGHT))

    assert not is_same(png("grey", 8, interlaced=False, kind=0), half.astype(float))
