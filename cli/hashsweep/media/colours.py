"""Colours as they are shown: a picture's profile or gamma, applied if it is far from sRGB.

Ordinary profiles move a hash by few bits and are left alone. One with an inverted or squeezed
curve shows another picture than the samples hold. Knows LittleCMS by way of Pillow, and no
picture format.
"""

import hashlib
import io
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

MAX_PROFILE = 16 << 20
"""Bytes of a profile; a larger one is not applied. Those of printers have up to 3 MB, and a JPEG
holds 255 segments of 64 KiB."""

_SIGNATURE = b"acsp"
"""At byte 36 (ICC.1:2022, 7.2.9). No viewer takes a profile without it, or one that is shorter than
its first number says."""

FAR_GREY, FAR_COLOUR, FAR_MEAN = 40, 64, 20
"""A profile is far from sRGB if it moves luminance, 0 to 255, by this much.

By so much at one of 256 greys or pure colours; at one colour of a cube; or over the cube, as the
root of the mean square. Display P3, Adobe RGB, ProPhoto, Rec. 2020 and gammas from 1.6 to 3.0 stay
at 31, 61 and 18 or less. They move PDQ by 2 to 11 bits at the median of 60 photographs, linear
light (73 at grey) by 16, a fifth of the range stretched to all of it (102) by 34.
"""

_KEPT = 64
"""How many profiles' verdicts a worker remembers."""

_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_STEPS = {"RGB": 17, "CMYK": 7}
_WEIGHTS = np.array([0.299, 0.587, 0.114])  # ITU-R 601, as in Pillow's "L"

Chromaticities = tuple[int, ...]
Colour = tuple[float, float, float]

_SRGB: Chromaticities = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_PRIMARIES: dict[int, Chromaticities] = {
    9: (31270, 32900, 70800, 29200, 17000, 79700, 13100, 4600),
    12: (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000),
}
"""Those of Rec. 2020 and Display P3, by code point of ITU-T H.273."""

_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""Cone responses of colours (ICC.1:2022, annex E.3)."""


class UnreadableProfileError(ValueError):
    """A profile that cannot be applied here, though a viewer may apply it."""


_Found = tuple[str, Any] | type[UnreadableProfileError] | None
_verdicts: OrderedDict[tuple[bytes, str], _Found] = OrderedDict()
_lock = threading.Lock()


class Correction:
    """What makes a picture's samples those of sRGB; `mode` is Pillow's mode that it takes."""

    def __init__(self, mode: str, transform: Any) -> None:
        """`transform` is one of ImageCms, to RGB."""
        self.mode = mode
        self._transform = transform

    def apply(self, image: Image.Image) -> Image.Image:
        """Return `image`, of `mode`, as RGB."""
        from PIL import ImageCms

        corrected = ImageCms.applyTransform(image, self._transform)
        if corrected is None:  # only if done in place
            raise ValueError("no picture")
        return corrected


def read_correction(profile: bytes, mode: str) -> Correction | None:
    """Return the correction that an ICC profile asks for, in a picture of Pillow's `mode`.

    None if it is near sRGB, no profile at all, or one of another kind of colours, which viewers
    ignore. Greys may have a profile of RGB. Raises UnreadableProfileError.
    """
    key = hashlib.blake2b(profile, digest_size=16).digest(), mode
    with _lock:
        if key in _verdicts:
            _verdicts.move_to_end(key)
            return _correction(_verdicts[key])
    found = _judge(profile, mode)
    with _lock:
        _verdicts[key] = found
        while len(_verdicts) > _KEPT:
            _verdicts.popitem(last=False)
    return _correction(found)


def _correction(found: _Found) -> Correction | None:
    if isinstance(found, type):
        raise found
    return Correction(*found) if found else None


def _judge(profile: bytes, mode: str) -> _Found:
    from PIL import ImageCms  # 10 ms that most sweeps do not need

    if profile[36:40] != _SIGNATURE or int.from_bytes(profile[:4]) > len(profile):
        return None
    if len(profile) > MAX_PROFILE:
        return UnreadableProfileError
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        takes = _SPACES.get(opened.profile.xcolor_space)
        fits = takes == mode or (takes == "RGB" and mode == "L")
        if takes is None or not fits:
            return None
        transform = ImageCms.buildTransform(
            opened, ImageCms.createProfile("sRGB"), takes, "RGB", ImageCms.Intent.PERCEPTUAL
        )
        found = takes, transform
        return found if _is_far(Correction(*found)) else None
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return UnreadableProfileError


def _is_far(correction: Correction) -> bool:
    ramps, cube = _samples(correction.mode)
    if np.abs(_moved(correction, ramps)).max() >= FAR_GREY:
        return True
    if cube is None:
        return False
    moved = _moved(correction, cube)
    return bool(np.abs(moved).max() >= FAR_COLOUR or np.sqrt((moved**2).mean()) >= FAR_MEAN)


def _moved(correction: Correction, samples: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    image = Image.fromarray(samples, correction.mode)
    shown = np.asarray(correction.apply(image), np.float64)
    stored = np.asarray(image.convert("RGB"), np.float64)
    moved: npt.NDArray[np.float64] = (shown - stored) @ _WEIGHTS
    return moved


@lru_cache
def _samples(mode: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8] | None]:
    """Return pictures of what a mode can hold: 256 greys and of each pure colour, and a cube."""
    ramp = np.arange(256, dtype=np.uint8)
    if mode == "L":
        return ramp[None, :], None
    bands = len(mode)
    pure = [np.multiply.outer(ramp, np.arange(bands) == at).astype(np.uint8) for at in range(bands)]
    grey = [np.repeat(ramp[:, None], bands, 1)] if mode == "RGB" else []
    steps = np.linspace(0, 255, _STEPS[mode]).astype(np.uint8)
    cube = np.stack(np.meshgrid(*[steps] * bands, indexing="ij"), -1)
    return np.stack([*grey, *pure]), cube.reshape(_STEPS[mode], -1, bands)


@lru_cache(maxsize=_KEPT)
def make_profile(gamma: int, chromaticities: Chromaticities | None = None) -> bytes | None:
    """Return an ICC profile of RGB for a PNG's gAMA and cHRM, both times 100,000.

    Light is the sample to the power of 100,000 / gamma. Impossible chromaticities count as those
    of sRGB. None if the profile cannot be made.
    """
    return _make(_SAMPLES ** min(100_000 / gamma, 1e4), chromaticities or _SRGB)


@lru_cache(maxsize=_KEPT)
def make_coded_profile(primaries: int, transfer: int) -> bytes | None:
    """Return an ICC profile of RGB for code points of ITU-T H.273, as in a PNG's cICP.

    Unknown primaries count as those of sRGB. None for a transfer function near that of sRGB, or an
    unknown one.
    """
    curve = _TRANSFERS.get(transfer)
    return None if curve is None else _make(curve(_SAMPLES), _PRIMARIES.get(primaries, _SRGB))


def _make(light: npt.NDArray[np.float64], chromaticities: Chromaticities) -> bytes | None:
    primaries = _adapt(chromaticities) or _adapt(_SRGB)
    curve = np.round(light.clip(0, 1) * 65535).astype(">u2")
    return _pack(curve, primaries) if primaries else None


def _perceptual(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return light by SMPTE ST 2084; white is at 203 of 10,000 candelas (ITU-R BT.2408)."""
    root = samples ** (32 / 2523)
    light = np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
    scaled: npt.NDArray[np.float64] = light ** (8192 / 1305) * 10_000 / 203
    return scaled


_SAMPLES = np.arange(256) / 255

_TRANSFERS: dict[int, Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]] = {
    5: lambda samples: samples**2.8,
    8: lambda samples: samples,
    16: _perceptual,
}
"""Light by sample, both 0 to 1, by code point.

Of the others, hybrid log-gamma is shown 14 bits from what is stored, and the rest are nearly sRGB.
"""


def _adapt(chromaticities: Chromaticities) -> list[Colour] | None:
    """Return XYZ of red, green and blue, adapted to D50; None if that is impossible."""
    xy = np.array(chromaticities, np.float64).reshape(4, 2) / 100_000
    if not (xy[:, 1] > 0).all():
        return None
    white, *primaries = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in xy)
    matrix = np.array(primaries).T
    if abs(np.linalg.det(matrix)) < 1e-6:  # noqa: PLR2004
        return None
    cones = _BRADFORD @ white
    if not (np.abs(cones) > 1e-6).all():  # noqa: PLR2004
        return None
    scaled = matrix * np.linalg.solve(matrix, white)
    adapted = np.linalg.solve(_BRADFORD, np.diag(_BRADFORD @ _D50 / cones) @ _BRADFORD @ scaled)
    if not np.isfinite(adapted).all() or np.abs(adapted).max() >= 1 << 15:
        return None
    return [(float(x), float(y), float(z)) for x, y, z in adapted.T]


def _pack(curve: npt.NDArray[Any], primaries: list[Colour]) -> bytes:
    """Return a profile of three primaries and one curve (ICC.1:2001-04, 6.1 to 6.3)."""
    shared = b"curv" + bytes(4) + struct.pack(">I", len(curve)) + curve.tobytes()
    text = b"text" + bytes(4) + b"\0"
    named = b"desc" + bytes(4) + struct.pack(">I", 1) + bytes(1 + 8 + 3 + 67)
    bodies = {b"desc": named, b"cprt": text, b"wtpt": _xyz(_D50), b"rTRC": shared}
    bodies |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, primaries), strict=True))
    tags, data, start = {}, b"", 132 + 12 * (len(bodies) + 2)
    for name, body in bodies.items():
        tags[name] = start + len(data), len(body)
        data += body + bytes(-len(body) % 4)
    tags |= {b"gTRC": tags[b"rTRC"], b"bTRC": tags[b"rTRC"]}
    table = struct.pack(">I", len(tags))
    table += b"".join(struct.pack(">4sII", name, *place) for name, place in tags.items())
    head = struct.pack(">I4sI", start + len(data), bytes(4), 0x02100000)
    head += b"mntrRGB XYZ " + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", *(round(each * 65536) for each in _D50)) + bytes(48)
    return head + table + data


def _xyz(colour: Colour) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(each * 65536) for each in colour))
