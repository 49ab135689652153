"""Drawn pictures for the tests, and each of them in every format that is decoded.

Made with whole numbers and PCG64's raw stream only, whose values numpy guarantees, so that
they are the same on every machine: the known answers of the hashers are about them.

    draw("hills")                    one drawing by name (a PIL image, mode "RGB")
    scene(7)                         as many different "photographs" as a test needs
    encode("hills", "jpeg")          one drawing in one format, as bytes
    png(image), jpeg(image, 85)      any picture as bytes
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from PIL import Image


def noise(seed: int, *shape: int) -> np.ndarray:
    """Evenly spread random uint8 of the given shape."""
    count = int(np.prod(shape))
    raw = np.random.PCG64(seed).random_raw(-(-count // 8))
    return raw.astype("<u8").view(np.uint8)[:count].reshape(shape)


def scene(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """A picture with light and shade at every scale, as a photograph has; each seed another one.

    PDQ gives it a quality of 100 and far less than half of its bits in common with another's.
    """
    return _scene(seed, width, height).copy()


@lru_cache(maxsize=100)
def _scene(seed: int, width: int, height: int) -> Image.Image:
    total = np.zeros((height, width, 3), np.int32)
    weights = 0
    for octave, cells in enumerate((3, 6, 12, 24, 48)):
        grey = noise(seed * 100 + octave, cells + 1, cells + 1, 1).astype(np.int64)
        colour = noise(seed * 100 + 50 + octave, cells + 1, cells + 1, 3).astype(np.int64)
        weight = 16 >> octave if octave else 12
        mixed = ((3 * grey + colour) // 4).astype(np.uint16)
        total += np.int32(weight) * _spread(mixed, height, width)
        weights += weight
    stretched = (total // weights - 128) * 2 + 128
    return Image.fromarray(np.clip(stretched, 0, 255).astype(np.uint8))


def _spread(grid: np.ndarray, height: int, width: int) -> np.ndarray:
    """Blend a grid of (n + 1) x (n + 1) values of 0 to 255 linearly over height x width samples."""
    grid = grid.astype(np.uint16)  # 255 * 256 is the largest value in between
    for axis, length in ((0, height), (1, width)):
        cells = grid.shape[axis] - 1
        place = np.arange(length) * cells * 256 // length
        cell, part = place // 256, place % 256
        part = part.astype(np.uint16).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        low, high = grid.take(cell, axis), grid.take(cell + 1, axis)
        grid = (low * (256 - part) + high * part) >> 8
    return grid


def _hills() -> Image.Image:
    """Ridges under a graded sky with a sun: large areas, soft and hard edges, fine grain."""
    height, width = 480, 640
    y, x = np.mgrid[:height, :width]
    picture = np.stack([90 + y // 4, 140 + y // 5, 235 - y // 8], axis=2)
    picture[(x - 470) ** 2 + (y - 95) ** 2 < 48**2] = (255, 240, 190)
    for ridge, (top, colour) in enumerate(
        ((190, (110, 125, 150)), (260, (75, 105, 85)), (350, (45, 70, 35)))
    ):
        steps = noise(900 + ridge, 41, 1, 1).astype(np.int64) // 2
        line = top + _spread(np.repeat(steps, 2, 1), width, 1)[:, 0, 0] - 64
        below = y > line
        shade = np.clip((y - line) // 3, 0, 60)[below]
        picture[below] = np.array(colour) - shade[:, None] // 2
    grain = noise(77, height, width, 1).astype(np.int64) // 32
    return Image.fromarray(np.clip(picture + grain - 4, 0, 255).astype(np.uint8))


def _text() -> Image.Image:
    """A page of made-up letters, black on white."""
    page = np.full((500, 400, 3), 255, np.uint8)
    letters = noise(11, 22, 30, 7, 5) % 2
    for row in range(22):
        for column in range(30 - row % 7):
            if noise(12, 22, 30)[row, column] < 40:
                continue  # a space between words
            mark = np.kron(letters[row, column], np.ones((2, 2), np.uint8))
            top, left = 24 + 20 * row, 20 + 12 * column
            page[top : top + 14, left : left + 10][mark == 1] = (20, 20, 30)
    return Image.fromarray(page)


def _circles() -> Image.Image:
    """Overlapping discs in strong colours, not symmetric in any direction."""
    height, width = 401, 533  # odd sides
    y, x = np.mgrid[:height, :width]
    picture = np.full((height, width, 3), (245, 240, 225), np.uint8)
    values = noise(21, 24, 6).astype(np.int64)
    for a, b, size, red, green, blue in values:
        near = (x - a * width // 256) ** 2 + (y - b * height // 256) ** 2 < (20 + size // 3) ** 2
        picture[near] = (red, green, blue)
    return Image.fromarray(picture)


def _gradient() -> Image.Image:
    y, x = np.mgrid[:256, :320]
    return Image.fromarray(np.stack([x * 255 // 319, y, (x + y) * 255 // 574], 2).astype(np.uint8))


def _stripes() -> Image.Image:
    x = np.arange(400) * np.ones((300, 1), int)
    return Image.fromarray(_grey((x // 20 % 2) * 255))


def _checker() -> Image.Image:
    """Squares that are the same mirrored and upside down: ties in every transform."""
    y, x = np.mgrid[:256, :256]
    return Image.fromarray(_grey(((x // 32 + y // 32) % 2) * 255))


def _symmetric() -> Image.Image:
    """The hills, mirrored in both directions: half of the coefficients are zero."""
    quarter = np.asarray(draw("hills"))[100:300, 200:440]
    half = np.concatenate([quarter, quarter[:, ::-1]], axis=1)
    return Image.fromarray(np.concatenate([half, half[::-1]], axis=0))


def _grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane.astype(np.uint8)[:, :, None], 3, axis=2)


_DRAWINGS: dict[str, Callable[[], Image.Image]] = {
    "hills": _hills,
    "text": _text,
    "circles": _circles,
    "scene": lambda: scene(1),
    "portrait": lambda: scene(2, 300, 700),
    "flat": lambda: Image.new("RGB", (320, 240), (180, 170, 160)),
    "black": lambda: Image.new("RGB", (100, 100)),
    "stripes": _stripes,
    "gradient": _gradient,
    "checker": _checker,
    "symmetric": _symmetric,
    "noise": lambda: Image.fromarray(noise(5, 240, 320, 3)),
    "tiny": lambda: scene(3, 20, 15),
    "dot": lambda: Image.new("RGB", (1, 1), (10, 200, 30)),
    "hash-sized": lambda: scene(4, 64, 64),
    "ribbon": lambda: scene(6, 2000, 37),
}
NAMES = tuple(_DRAWINGS)
"""All drawings but the large "panorama", which costs half a second."""


def _panorama() -> Image.Image:
    """12 megapixels: a scene in squares of 4 x 4 with grain on every pixel."""
    large = np.asarray(scene(9, 1000, 750)).repeat(4, 0).repeat(4, 1)
    grain = np.tile(noise(10, 250, 250, 1) // 16, (12, 16, 1))
    return Image.fromarray(np.minimum(large, 240) + grain)


_DRAWINGS["panorama"] = _panorama


@cache
def _drawn(name: str) -> Image.Image:
    image = _DRAWINGS[name]()
    assert image.mode == "RGB"
    return image


def draw(name: str) -> Image.Image:
    """The drawing of that name; a copy, so that a test may paint on it."""
    return _drawn(name).copy()


def png(image: Image.Image, **options: object) -> bytes:
    """The picture as PNG, nothing lost."""
    return _saved(image, "PNG", compress_level=1, **options)


def jpeg(image: Image.Image, quality: int = 90, **options: object) -> bytes:
    """The picture as JPEG (4:2:0 unless `subsampling` says otherwise)."""
    return _saved(image, "JPEG", quality=quality, **options)


def _saved(image: Image.Image, decoder: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, decoder, **options)
    return stream.getvalue()


def _deep(image: Image.Image) -> Image.Image:
    """16-bit grey over the full range."""
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def _float(image: Image.Image) -> Image.Image:
    """32-bit floating point grey, 0.0 to 255.0."""
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.float32))


def _clear(image: Image.Image, mode: str) -> Image.Image:
    """With an opacity that falls from the left to the right."""
    image = image.convert(mode)
    ramp = np.arange(image.width) * 255 // max(image.width - 1, 1)
    row = np.broadcast_to((255 - ramp // 2).astype(np.uint8), (image.height, image.width))
    image.putalpha(Image.fromarray(np.ascontiguousarray(row)))
    return image


def _frames(image: Image.Image, decoder: str, **options: object) -> bytes:
    others = [image.transpose(Image.Transpose.ROTATE_180), Image.new("RGB", image.size)]
    return _saved(image, decoder, save_all=True, append_images=others, duration=80, **options)


def _icon(image: Image.Image) -> bytes:
    small = image.resize((min(image.width, 256), min(image.height, 256)))
    return _saved(small, "ICO", sizes=[small.size])


@dataclass(frozen=True)
class Format:
    """How to write a picture, what it is then called, and whether every RGB value survives."""

    media_type: str
    suffix: str
    write: Callable[[Image.Image], bytes]
    lossless: bool = False


FORMATS: dict[str, Format] = {
    "jpeg": Format("image/jpeg", ".jpg", jpeg),
    "jpeg-progressive": Format("image/jpeg", ".jpg", lambda i: jpeg(i, 80, progressive=True)),
    "jpeg-grey": Format("image/jpeg", ".jpeg", lambda i: jpeg(i.convert("L"), 85)),
    "jpeg-cmyk": Format("image/jpeg", ".jpg", lambda i: jpeg(i.convert("CMYK"), 85)),
    "png": Format("image/png", ".png", png, lossless=True),
    "png-1bit": Format("image/png", ".png", lambda i: png(i.convert("1"))),
    "png-grey": Format("image/png", ".png", lambda i: png(i.convert("L"))),
    "png-16bit": Format("image/png", ".png", lambda i: png(_deep(i))),
    "png-palette": Format("image/png", ".png", lambda i: png(i.quantize(64))),
    "png-la": Format("image/png", ".png", lambda i: png(_clear(i, "L"))),
    "png-rgba": Format("image/png", ".png", lambda i: png(_clear(i, "RGB")), lossless=True),
    "gif": Format("image/gif", ".gif", lambda i: _saved(i.quantize(128), "GIF")),
    "gif-animated": Format("image/gif", ".gif", lambda i: _frames(i, "GIF")),
    "webp": Format("image/webp", ".webp", lambda i: _saved(i, "WEBP", quality=80, method=0)),
    "webp-lossless": Format(
        "image/webp",
        ".webp",
        lambda i: _saved(i, "WEBP", lossless=True, exact=True, method=0),
        lossless=True,
    ),
    "webp-animated": Format("image/webp", ".webp", lambda i: _frames(i, "WEBP", method=0)),
    "bmp": Format("image/bmp", ".bmp", lambda i: _saved(i, "BMP"), lossless=True),
    "bmp-palette": Format("image/bmp", ".bmp", lambda i: _saved(i.quantize(200), "BMP")),
    "tiff": Format("image/tiff", ".tif", lambda i: _saved(i, "TIFF"), lossless=True),
    "tiff-lzw": Format(
        "image/tiff", ".tiff", lambda i: _saved(i, "TIFF", compression="tiff_lzw"), lossless=True
    ),
    "tiff-jpeg": Format("image/tiff", ".tif", lambda i: _saved(i, "TIFF", compression="jpeg")),
    "tiff-fax": Format(
        "image/tiff", ".tif", lambda i: _saved(i.convert("1"), "TIFF", compression="group4")
    ),
    "tiff-grey": Format("image/tiff", ".tif", lambda i: _saved(i.convert("L"), "TIFF")),
    "tiff-palette": Format("image/tiff", ".tif", lambda i: _saved(i.quantize(64), "TIFF")),
    "tiff-cmyk": Format(
        "image/tiff", ".tif", lambda i: _saved(i.convert("CMYK"), "TIFF"), lossless=True
    ),
    "tiff-rgba": Format(
        "image/tiff", ".tif", lambda i: _saved(_clear(i, "RGB"), "TIFF"), lossless=True
    ),
    "tiff-16bit": Format("image/tiff", ".tif", lambda i: _saved(_deep(i), "TIFF")),
    "tiff-float": Format("image/tiff", ".tif", lambda i: _saved(_float(i), "TIFF")),
    "avif": Format("image/avif", ".avif", lambda i: _saved(i, "AVIF", quality=75, speed=10)),
    "jp2": Format("image/jp2", ".jp2", lambda i: _saved(i, "JPEG2000"), lossless=True),
    "j2k": Format(
        "image/j2c", ".j2k", lambda i: _saved(i, "JPEG2000", no_jp2=True, irreversible=True)
    ),
    "ico": Format("image/vnd.microsoft.icon", ".ico", _icon),
    "tga": Format("image/x-tga", ".tga", lambda i: _saved(i, "TGA"), lossless=True),
    "tga-rle": Format(
        "image/x-tga", ".tga", lambda i: _saved(i, "TGA", compression="tga_rle"), lossless=True
    ),
    "pbm": Format("image/x-portable-anymap", ".pbm", lambda i: _saved(i.convert("1"), "PPM")),
    "pgm": Format("image/x-portable-anymap", ".pgm", lambda i: _saved(i.convert("L"), "PPM")),
    "ppm": Format("image/x-portable-anymap", ".ppm", lambda i: _saved(i, "PPM"), lossless=True),
}
"""Every format that hashsweep decodes, in its usual forms."""


@cache
def encode(name: str, form: str) -> bytes:
    """The drawing called `name` in the format called `form` (a key of FORMATS)."""
    return FORMATS[form].write(_drawn(name))
