"""PDQ, Facebook's 256-bit perceptual hash, with its quality.

Specification and reference: https://github.com/facebook/ThreatExchange/tree/main/pdq
(pdq/cpp/hashing/pdqhashing.cpp). Exact pictures give the bits of the `pdqhash` package;
scaled luminance gives bits near them, as benchmarks/README.md says, or none.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hashsweep.hashers import pdq_margin, pdq_rounding
from hashsweep.hashers.base import Undecided
from hashsweep.hashers.base_plane import base_plane
from hashsweep.hashers.inside import buffers_inside
from hashsweep.hashers.pdq_bits import bits, bits_of_all, quality
from hashsweep.hashers.pdq_operator import (
    COSINES,
    COSINES_32,
    Axis,
    axis,
    frequencies,
    shrink,
    slope_frequencies,
    sum_rows,
    transform_all,
)
from hashsweep.hashers.pdq_windows import hash_turned_windows, hash_windows
from hashsweep.media.picture import Picture
from hashsweep.model import (
    CLOSE_DISTANCE,
    LOW_QUALITY,
    PDQ_MAX_DISTANCE,
    PLAIN_PDQ,
    HashSpec,
)
from hashsweep.variants import INVERTED, KINDS, TURNS, Turn, View

MIN_SIDE = 5
"""Pictures with a side below this many pixels have no hash (MIN_HASHABLE_DIM there)."""

PLAIN, PLAIN_IF_DETAILED = 4, 2
"""A scaled picture with less quality has less than PLAIN_PDQ.file in full, and matches nothing.

That holds for photographs, whose quality differs by 1 at most. Stripes as fine as samples can lose
half of their quality or more when scaled, so rough pictures never count as plain, and large
files only below 2.
"""

_WINDOWS = ("windows", "windows-of-one-side")  # as the picture is stored

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
        returns for the turned one; there are none if its quality is too low to match. Other views
        have a quality of their own. Raises Undecided as `hash` does.
        """
        if min(picture.width, picture.height) < MIN_SIDE:
            return bytes(self.spec.bits // 8), 0, {}
        scale = 1 if picture.decode_mode == "exact" else picture.scale
        rows, columns = axis(picture.height, scale), axis(picture.width, scale)
        turned = not {"turns", "windows-turned"}.isdisjoint(kinds)
        planes = sum_rows(picture.samples, rows, turned=turned)
        buffer = shrink(planes[0], columns)
        if picture.decode_mode == "exact":
            value, rated = _of_full(picture, buffer.astype(np.float64))
        else:
            value, rated = _of_scaled(picture, buffer, planes[0])
        views: dict[str, View] = {}
        if "shown" in kinds:
            views |= {name: _view(shown) for name, shown in picture.draw_shown()}
            if rated >= PLAIN_PDQ.file:
                views[INVERTED] = View(invert(value), rated)
        if "turns" in kinds and rated >= PLAIN_PDQ.file:
            for name, pdq in _turn(picture, planes, columns).items():
                views[name] = View(pdq, rated)
        return value, rated, views | _hash_parts(picture, planes, buffer, kinds)


def _hash_parts(
    picture: Picture,
    planes: npt.NDArray[np.float32],
    buffer: npt.NDArray[np.float32],
    kinds: Collection[str],
) -> dict[str, View]:
    views: dict[str, View] = {}
    plane = None
    if "inside" in kinds:
        plane = base_plane(picture)
        for name, part in buffers_inside(picture, plane).items():
            if (rated := quality(part)) >= LOW_QUALITY:
                views[name] = View(bits(_transform(part)), rated)
    for kind in _WINDOWS:
        if kind in kinds:
            views |= hash_windows(picture, planes, buffer, KINDS[kind], plane)
    if "windows-turned" in kinds:
        views |= hash_turned_windows(picture, planes, buffer, KINDS["windows"])
    return views


def _view(shown: Picture) -> View:
    """Return the view of a picture that is only compared: no rounding is repeated for it."""
    samples = np.asarray(shown.luminance)
    planes = sum_rows(samples, axis(shown.height, 1), turned=False)
    buffer = shrink(planes[0], axis(shown.width, 1))
    return View(bits(_transform(buffer)), quality(buffer))


def _turn(picture: Picture, planes: npt.NDArray[np.float32], columns: Axis) -> dict[str, bytes]:
    every = transform_all(planes, columns)
    turned = []
    for turn in TURNS.values():
        coefficients = every[turn.upside_down, turn.left_to_right]
        if picture.decode_mode == "exact" and _is_close(coefficients, max(picture.samples.shape)):
            coefficients = pdq_rounding.repeat(_turned(picture.samples, turn))[1]
        elif turn.exchanged:
            coefficients = coefficients.T
        turned.append(coefficients)
    return dict(zip(TURNS, bits_of_all(np.stack(turned)), strict=True))


def _of_full(picture: Picture, buffer: npt.NDArray[np.float64]) -> tuple[bytes, int]:
    coefficients = _transform(buffer)
    if _in_doubt(buffer, coefficients, max(picture.width, picture.height)):
        return _finish(*pdq_rounding.repeat(picture.samples))
    return _finish(buffer, coefficients)


def _of_scaled(
    picture: Picture,
    buffer: npt.NDArray[np.float32],
    plane: npt.NDArray[np.float32],
) -> tuple[bytes, int]:
    samples, scale = picture.samples, picture.scale
    coefficients = _transform(buffer)

    def slopes() -> Iterator[npt.NDArray[np.floating]]:
        down = slope_frequencies(picture.height, scale)
        across = frequencies(picture.width, scale)
        yield down.T @ (samples.astype(np.float32) @ across)
        yield (COSINES_32 @ plane) @ slope_frequencies(picture.width, scale)

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


def _transform(buffer: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the 16 x 16 DCT coefficients of a 64 x 64 buffer, in its precision."""
    cosines = COSINES_32 if buffer.dtype == np.float32 else COSINES
    coefficients: npt.NDArray[Any] = cosines @ buffer @ cosines.T
    return coefficients


def _finish(
    buffer: npt.NDArray[np.floating], coefficients: npt.NDArray[np.floating]
) -> tuple[bytes, int]:
    return bits(coefficients), quality(buffer)


def invert(value: bytes) -> bytes:
    """Return the hash of the negative: where no coefficient ties, each is on the other side."""
    return bytes(255 - each for each in value)


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
        low_quality=PLAIN_PDQ,
        tiers=(("close", CLOSE_DISTANCE), ("near", 20)),
    ),
    (  # from pdqhash 0.2.8 on the full RGB; "checker" is one that rounding decides
        ("hills", "a4b6b4b4b6b4cc0448456b764fb65fb49a01984b636b636b8b4b9a59dc9525b6"),
        ("text", "b58739137d12b63d70f5e385407561b11c52e254caa54f988e958daf27059f6e"),
        ("circles", "ce8c903dd52cb4a0b8560b57e072264d935e38956fa706ef984f67123538b9ed"),
        ("checker", "aafd00d5aad500d5a8d500d5a0d500d5ff2aff2a80d5ff2a80d5ff2a80d5ff2a"),
    ),
)
