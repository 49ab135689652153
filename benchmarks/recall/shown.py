"""Files that show the same picture and store other samples: transparency and colour profiles.

Viewers blend a picture with the page behind it, and convert by its profile; hashes are of the
samples as they are stored. `STORED` has functions of a picture (RGB) and a source of chance; each
returns a PNG. What is shown is the picture, before white (or black, where the name says so), in
8 bits per sample.
"""

import io
import struct
from collections.abc import Callable

import numpy as np
from PIL import Image

MARGIN = 0.2
"""Of the new width and height, on each side."""

GRAIN = 8
"""Pixels of a side of the squares in the noise."""

SRGB = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Red, green and blue as columns of XYZ at D50 (brucelindbloom.com, "RGB/XYZ Matrices")."""

PROPHOTO = np.array(
    [
        [0.7976749, 0.1351917, 0.0313534],
        [0.2880402, 0.7118741, 0.0000857],
        [0.0, 0.0, 0.8252100],
    ]
)
"""The same of ProPhoto RGB, whose curve is an exponent of 1.8."""

CURVE = np.linspace(0, 1, 1024)
"""Where the curve of a profile is sampled."""


def png(picture: Image.Image, profile: bytes = b"") -> bytes:
    """Return it as a PNG, lightly packed."""
    stream = io.BytesIO()
    options = {"icc_profile": profile} if profile else {}
    picture.save(stream, "PNG", compress_level=1, **options)
    return stream.getvalue()


def with_alpha(colours: np.ndarray, alpha: np.ndarray) -> bytes:
    """Return an RGBA PNG of `colours`, float (h, w, 3), and `alpha`, uint8 (h, w)."""
    whole = np.dstack([np.clip(np.rint(colours), 0, 255).astype(np.uint8), alpha])
    return png(Image.fromarray(whole, "RGBA"))


def opaque(picture: Image.Image, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Return it with an alpha channel that hides nothing."""
    return png(picture.convert("RGBA"))


def without_white(picture: Image.Image, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Return it with as much white as possible taken out of each pixel, as drawing programs can."""
    values = np.asarray(picture).astype(np.float64)
    alpha = (255 - values.min(2)).astype(np.uint8)
    share = np.maximum(alpha, 1)[..., None] / 255
    return with_alpha((values - 255 * (1 - share)) / share, alpha)


def without_black(picture: Image.Image, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Return it with as much black as possible taken out of each pixel."""
    values = np.asarray(picture).astype(np.float64)
    alpha = values.max(2).astype(np.uint8)
    return with_alpha(values / (np.maximum(alpha, 1)[..., None] / 255), alpha)


def ink(picture: Image.Image, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Return it in grey: every sample is black, and alpha has the picture."""
    alpha = 255 - np.asarray(picture.convert("L"))
    return with_alpha(np.zeros((*alpha.shape, 3)), alpha)


def margin_over_noise(picture: Image.Image, rng: np.random.Generator) -> bytes:
    """Return it with a margin that is transparent and holds noise."""
    width, height = (round(side / (1 - 2 * MARGIN)) for side in picture.size)
    coarse = rng.integers(0, 256, (height // GRAIN + 1, width // GRAIN + 1, 3))
    colours = coarse.repeat(GRAIN, 0).repeat(GRAIN, 1)[:height, :width].astype(np.float64)
    alpha = np.zeros((height, width), np.uint8)
    top, left = (height - picture.height) // 2, (width - picture.width) // 2
    inside = np.s_[top : top + picture.height, left : left + picture.width]
    colours[inside], alpha[inside] = np.asarray(picture), 255
    return with_alpha(colours, alpha)


def palette(picture: Image.Image, rng: np.random.Generator) -> bytes:
    """Return it in 256 colours whose numbers say nothing about how light they are."""
    few = picture.quantize(256)
    return png(few.remap_palette([int(at) for at in rng.permutation(256)]))


def light_of(values: np.ndarray) -> np.ndarray:
    """Return the linear light of sRGB values; both float, 0 to 1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def profile_of(primaries: np.ndarray, curve: np.ndarray) -> bytes:
    """Return an ICC profile (version 2): `primaries` float (3, 3), columns of XYZ at D50.

    `curve` has the linear light, 0 to 1, of samples that are spread evenly over 0 to 1.
    """

    def xyz(values: np.ndarray) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(float(v) * 65536) for v in values))

    points = np.rint(np.clip(curve, 0, 1) * 65535).astype(">u2").tobytes()
    curves = b"curv\0\0\0\0" + struct.pack(">I", len(curve)) + points
    name = b"benchmark\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78)
    parts = {
        b"desc": description,
        b"cprt": b"text\0\0\0\0" + b"none\0",
        b"wtpt": xyz(np.array([0.9642, 1.0, 0.8249])),
        **{bytes([c]) + b"XYZ": xyz(primaries[:, at]) for at, c in enumerate(b"rgb")},
        **{bytes([c]) + b"TRC": curves for c in b"rgb"},
    }
    table, body = struct.pack(">I", len(parts)), b""
    start = 128 + 4 + 12 * len(parts)
    for tag, data in parts.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s28x3i48x",
        start + len(body),
        b"\0\0\0\0",
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)),
    )
    return header + table + body


def profiled(primaries: np.ndarray, curve: np.ndarray) -> Callable:
    """Return a function that stores a picture for a profile (see `profile_of`)."""
    profile = profile_of(primaries, curve)

    def store(picture: Image.Image, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        light = light_of(np.asarray(picture) / 255) @ (np.linalg.inv(primaries) @ SRGB).T
        rising = curve[-1] > curve[0]
        place, height = (CURVE, curve) if rising else (CURVE[::-1], curve[::-1])
        samples = np.interp(np.clip(light, 0, 1), height, place)
        return png(Image.fromarray(np.rint(samples * 255).astype(np.uint8)), profile)

    return store


STORED: dict[str, Callable[[Image.Image, np.random.Generator], bytes]] = {
    "alpha, all opaque": opaque,
    "alpha, white taken out": without_white,
    "alpha, black taken out (before black)": without_black,
    "alpha has the picture, all samples black": ink,
    "alpha, noise in a transparent margin": margin_over_noise,
    "palette of 256 colours": palette,
    "profile, wide colours": profiled(PROPHOTO, CURVE**1.8),
    "profile, linear light": profiled(SRGB, CURVE),
    "profile, channels swapped": profiled(SRGB[:, [1, 2, 0]], light_of(CURVE)),
    "profile, light and dark swapped": profiled(SRGB, light_of(1 - CURVE)),
}
"""By the name of the kind."""
