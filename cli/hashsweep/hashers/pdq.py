"""PDQ, Facebook's 256-bit perceptual hash, with its quality.

Specification and reference: https://github.com/facebook/ThreatExchange/tree/main/pdq
(pdq/cpp/hashing/pdqhashing.cpp). Exact pictures give the bits of the `pdqhash` package;
scaled luminance gives bits near them, as DESIGN.md measures, or none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hashsweep.hashers import pdq_margin, pdq_rounding
from hashsweep.hashers.base import Undecided
from hashsweep.hashers.inside import buffers_inside
from hashsweep.hashers.pdq_operator import (
    COSINES,
    Axis,
    axis,
    shrink,
    slope_weights,
    sum_rows,
    transform_all,
)
from hashsweep.media.picture import Picture
from hashsweep.model import LOW_QUALITY, PDQ_MAX_DISTANCE, HashSpec
from hashsweep.variants import TURNS, Turn, View

MIN_SIDE = 5
"""Pictures with a side below this many pixels have no hash (MIN_HASHABLE_DIM there)."""

PLAIN, PLAIN_IF_DETAILED = 40, 20
"""A scaled picture with less quality also has low quality in full, and matches nothing.

That holds for photographs. Stripes as fine as samples can lose half of their quality or more when
scaled, so rough pictures never count as plain, and large files only below 20.
"""

FINE = 500.0
"""Roughness of scaled luminance (pdq_margin): plain photographs have 320 at most."""

DETAILED = 0.9
"""Bits per pixel in the file: plain photographs have less, unless they have grain."""


@dataclass(frozen=True)
class Pdq:
    """The PictureHasher."""

    spec: HashSpec
    known: tuple[tuple[str, str], ...]

    def hash(self, picture: Picture) -> tuple[bytes, int | None]:
        """Return 32 bytes, most significant bit first as in the usual hex form, and quality.

        A picture with a side below MIN_SIDE gets zeros and quality 0, as in the reference.
        Raises Undecided if scaled luminance leaves too many bits undecided (pdq_margin) and its
        quality is high enough to be compared.
        """
        value, rated, _ = self.hash_views(picture, ())
        return value, rated

    def hash_views(
        self, picture: Picture, kinds: Collection[str]
    ) -> tuple[bytes, int, dict[str, View]]:
        """Return the hash, its quality, and those of the picture in other variants.

        `kinds` are of variants.KINDS. The turns of a full picture have the hash that `hash`
        returns for the turned one. There are no views of a quality that is too low to match. Raises
        Undecided as `hash` does.
        """
        if min(picture.width, picture.height) < MIN_SIDE:
            return bytes(self.spec.bits // 8), 0, {}
        scale = 1 if picture.decode_mode == "exact" else picture.scale
        rows, columns = axis(picture.height, scale), axis(picture.width, scale)
        planes = sum_rows(picture.samples, rows)
        buffer = shrink(planes[0], columns)
        if picture.decode_mode == "exact":
            value, rated = _of_full(picture, buffer)
        else:
            value, rated = _of_scaled(picture, buffer)
        views: dict[str, View] = {}
        if "turns" in kinds and rated >= LOW_QUALITY:
            for name, pdq in _turn(picture, planes, columns).items():
                views[name] = View(pdq, rated)
        if "inside" in kinds:
            for name, part in buffers_inside(picture).items():
                if (detail := quality(part)) >= LOW_QUALITY:
                    views[name] = View(bits(_transform(part)), detail)
        return value, rated, views


def _turn(picture: Picture, planes: npt.NDArray[np.float32], columns: Axis) -> dict[str, bytes]:
    every = transform_all(planes, columns)
    views = {}
    for name, turn in TURNS.items():
        coefficients = every[turn.upside_down, turn.left_to_right]
        if picture.decode_mode == "exact" and _is_close(coefficients, max(picture.samples.shape)):
            coefficients = pdq_rounding.repeat(_turned(picture.samples, turn))[1]
        elif turn.exchanged:
            coefficients = coefficients.T
        views[name] = bits(coefficients)
    return views


def _of_full(picture: Picture, buffer: npt.NDArray[np.float64]) -> tuple[bytes, int]:
    coefficients = _transform(buffer)
    if _in_doubt(buffer, coefficients, max(picture.width, picture.height)):
        return _finish(*pdq_rounding.repeat(picture.samples))
    return _finish(buffer, coefficients)


def _of_scaled(picture: Picture, buffer: npt.NDArray[np.float64]) -> tuple[bytes, int]:
    samples, scale = picture.samples, picture.scale
    coefficients = _transform(buffer)

    def slopes() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        down, across = axis(picture.height, scale), axis(picture.width, scale)
        of_rows = np.concatenate((_slopes(picture.height, scale), down.spectrum[:16]))
        halves = of_rows @ samples.astype(np.float32)
        return halves[:16] @ across.spectrum[:16].T, halves[16:] @ _slopes(picture.width, scale).T

    rated = quality(buffer)
    if not _is_plain(picture, rated) and not pdq_margin.is_settled(coefficients, samples, slopes):
        raise Undecided
    return bits(coefficients), rated


def _turned(rgb: npt.NDArray[np.uint8], turn: Turn) -> npt.NDArray[np.uint8]:
    turned = rgb[:: -1 if turn.upside_down else 1, :: -1 if turn.left_to_right else 1]
    return np.ascontiguousarray(turned.swapaxes(0, 1) if turn.exchanged else turned)


def _is_plain(picture: Picture, rated: int) -> bool:
    least = PLAIN_IF_DETAILED if picture.rate >= DETAILED else PLAIN
    return rated < least and pdq_margin.roughness(picture.samples) < FINE


@lru_cache(maxsize=16)
def _slopes(n: int, scale: int) -> npt.NDArray[np.float32]:
    """Return what a side's 16 coefficients owe to slopes within blocks: (16, ceil(n / scale))."""
    return (COSINES @ slope_weights(n, scale)).astype(np.float32)


def _transform(buffer: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the 16 x 16 DCT coefficients of a 64 x 64 buffer."""
    coefficients: npt.NDArray[np.float64] = COSINES @ buffer @ COSINES.T
    return coefficients


def _finish(
    buffer: npt.NDArray[np.floating], coefficients: npt.NDArray[np.floating]
) -> tuple[bytes, int]:
    return bits(coefficients), quality(buffer)


def bits(coefficients: npt.NDArray[np.floating]) -> bytes:
    """Return 32 bytes: which of 16 x 16 coefficients exceed the lower median; last one first."""
    values = coefficients.ravel()
    median = np.partition(values, 127)[127]
    return np.packbits((values > median)[::-1]).tobytes()


def quality(buffer: npt.NDArray[np.floating], lean: float = 0.0) -> int:
    """Return 0-100: whole percents of grey levels between neighbours, summed, over 90.

    `lean`, in percent, is added to every step first: it shows what rounding could do.
    """
    steps = np.concatenate(
        ((buffer[1:] - buffer[:-1]).ravel(), (buffer[:, 1:] - buffer[:, :-1]).ravel())
    )
    steps *= 100
    steps /= 255
    np.abs(steps, out=steps)
    steps += lean
    return min(int(steps.astype(np.int32).sum()) // 90, 100)  # whole percents only


def _in_doubt(
    buffer: npt.NDArray[np.float64], coefficients: npt.NDArray[np.float64], side: int
) -> bool:
    """Say whether rounding could decide a bit or the quality; `side` is the longer side.

    The reference works in float32 with running sums. A coefficient's error grows with the
    side: 0.0034 was the largest seen below 1,000 pixels and 0.0075 at 5,616; the bound on the
    gap between the two middle values is four times that. The largest error of a step between
    neighbours seen was 0.0012 percent; only steps of almost whole percents can tip over.
    """
    if _is_close(coefficients, side):
        return True
    return quality(buffer, -0.0012) != quality(buffer, 0.0012)


def _is_close(coefficients: npt.NDArray[np.float64], side: int) -> bool:
    """Say whether rounding could decide a bit."""
    low, high = np.partition(coefficients.ravel(), (127, 128))[127:129]
    return bool(high - low < 0.02 + 2e-6 * side)


PDQ = Pdq(
    HashSpec(
        name="pdq",
        version="1",
        bits=256,
        metric="hamming",
        reads="picture",
        max_distance=PDQ_MAX_DISTANCE,
        source="https://github.com/facebook/ThreatExchange/tree/main/pdq#matching",
        strength=60,
        min_quality=LOW_QUALITY,
    ),
    (  # from pdqhash 0.2.8 on the full RGB; "checker" is one that rounding decides
        ("hills", "a4b6b4b4b6b4cc0448456b764fb65fb49a01984b636b636b8b4b9a59dc9525b6"),
        ("text", "b58739137d12b63d70f5e385407561b11c52e254caa54f988e958daf27059f6e"),
        ("circles", "ce8c903dd52cb4a0b8560b57e072264d935e38956fa706ef984f67123538b9ed"),
        ("checker", "aafd00d5aad500d5a8d500d5a0d500d5ff2aff2a80d5ff2a80d5ff2a80d5ff2a"),
    ),
)
