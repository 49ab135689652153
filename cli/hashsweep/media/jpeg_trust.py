"""Detects JPEGs whose DC plane may show a different picture than their full decode.

A decode clamps samples to 0..255. A file can hold samples far beyond: a few black or white specks
in each block then pull its mean anywhere, so that the DC coefficients alone (all that
counts at 1/8) are the blocks of one picture, and the decoded samples are another with grain.

DC values do not show it: they are those of an ordinary picture. What shows is how much such blocks
cost. Specks have energy at all frequencies, so all AC coefficients are present, at quantizers that
are coarse enough for their size. So a file is suspect if its entropy-coded data is far more than
photographs need at its quantizers. Knows segments and header fields, no entropy coding.
"""

import io
import math
from functools import lru_cache
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from hashsweep.media.jpeg_segments import SCAN, segments

MOST_READ = 64 * 1024 * 1024
"""The segments of a larger file are not examined: all of it counts as scans."""

MOST_RATE = 7.5
"""Bits per pixel that are suspect at quantizers of 1; fewer at coarser ones, by POWER.

One of 505 photographs at 1/4 and 1/8 has that much; of small ones, one in thirty.
"""

POWER = 0.35
"""How the suspect rate falls with the quantizers: drawn files of this kind and photographs at all
qualities are furthest apart this way."""


FLAT, DETAIL = 16, 0.25
"""Scaled luminance is not trusted if it spans at most this many grey levels and the file has at
least this many bits per pixel. A JPEG of one colour has 0.03 to 0.22 bits per pixel."""

_SPREAD = 12
_SPOTS = np.arange(_SPREAD)  # spread over the picture; if they differ, it is not flat


def is_suspect(image: Any, stream: BinaryIO) -> bool:
    """Say whether the scans of a JPEG are far larger than a photograph's would be.

    `image` is Pillow's, with its header read from `stream`, whose position is kept.
    """
    pixels: int = image.width * image.height
    most: float = MOST_RATE / _mean_step(image) ** POWER * pixels / 8  # bytes
    at = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    try:
        if size < most or size > MOST_READ:
            return size >= most
        stream.seek(0)
        scans = (each for each in segments(stream.read()) if each.code == SCAN)
        return sum(each.end - each.header_end for each in scans) >= most
    finally:
        stream.seek(at)


def is_too_flat(samples: npt.NDArray[np.uint8], rate: float) -> bool:
    """Say whether scaled luminance is nearly one grey although the file has detail.

    Lines aligned with the blocks vanish from their means: what is left is a plain picture
    of no quality, while the full one has as much as any. `samples` is (rows, columns), `rate` the
    file's size in bits per pixel of the full picture.
    """
    height, width = samples.shape
    looked_at = samples[_SPOTS * 5 % _SPREAD * height // _SPREAD, _SPOTS * width // _SPREAD]
    if np.ptp(looked_at) > FLAT:  # nearly all photographs
        return False
    return bool(rate >= DETAIL and np.ptp(samples) <= FLAT)


def _mean_step(image: Any) -> float:
    """Return the geometric mean of luminance's AC quantizers; 1.0 if the file has none."""
    layers = getattr(image, "layer", ())
    steps = getattr(image, "quantization", {}).get(layers[0][3] if layers else 0, ())
    return _geometric_mean(tuple(steps[1:]))


@lru_cache(maxsize=64)  # programs and cameras have few tables
def _geometric_mean(steps: tuple[int, ...]) -> float:
    return math.exp(sum(math.log(max(step, 1)) for step in steps) / len(steps)) if steps else 1.0
