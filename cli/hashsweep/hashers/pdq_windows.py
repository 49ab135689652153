"""PDQ of windows: a picture without a strip of it, or with one that it may have lost.

A copy whose edges were cut off by a few per cent has another hash, and so has its original. So the
middle of a picture is hashed in several sizes; some windows reach beyond the picture, where its
mirror image is taken for what was there. A window along one axis shares the other axis with the
picture's own hash, so that only its lines, summed across, are resampled to a fixed length. All
are constant operators from there on. Knows no file and no list.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from hashsweep.hashers.base_plane import BASE, base_plane
from hashsweep.hashers.pdq_bits import bits_of_all, count_steps, rate
from hashsweep.hashers.pdq_operator import COSINES, COSINES_32, SIDE, frequencies, triangle_before
from hashsweep.media.picture import Picture
from hashsweep.variants import TURNS, WINDOWS, View, name_turned

_FREQUENCIES = len(COSINES)

_BEYOND = 64  # samples of mirror image on either side; the widest window takes 24 and its blur 3

_WAYS = tuple(product((False, True), repeat=2))
"""Upside down, and left to right: each is needed by two of the eight turns."""

_AT_A_TIME = 1 << 16  # samples that are floating-point numbers at once: they fit the cache

Buffer = npt.NDArray[np.floating]
Plane = npt.NDArray[np.float32]
Planes = npt.NDArray[np.float32]


def hash_windows(
    picture: Picture,
    rows: Planes,
    buffer: Buffer,
    names: tuple[str, ...],
    plane: npt.NDArray[np.uint8] | None = None,
) -> dict[str, View]:
    """Return the PDQs of windows of a picture as it is stored, by their names in WINDOWS.

    `rows` is what pdq_operator.sum_rows returns, turned or not; `buffer` is the picture's own of
    64 x 64 grey levels: from its steps within a window the quality of that is estimated. `plane` is
    what base_plane returns, if it has been made; only windows along both axes need it.
    """
    found = bits_of_all(_transform(picture, rows, names, plane=plane))
    rated = _estimate(buffer, names)
    return {
        name: View(pdq, quality) for name, pdq, quality in zip(names, found, rated, strict=True)
    }


def hash_turned_windows(
    picture: Picture, rows: Planes, buffer: Buffer, names: tuple[str, ...]
) -> dict[str, View]:
    """Return the PDQs of windows turned in all ways, by variants.name_turned.

    As hash_windows, with turned `rows`; each window must be along one axis, and cut by as much at
    either end.
    """
    rated = _estimate(buffer, names)
    mirrored = {way: _transform(picture, rows, names, *way) for way in _WAYS}
    views = {}
    for turn, (upside_down, left_to_right, exchanged) in TURNS.items():
        coefficients = mirrored[bool(upside_down), bool(left_to_right)]
        if exchanged:
            coefficients = coefficients.swapaxes(1, 2)
        for name, pdq, quality in zip(names, bits_of_all(coefficients), rated, strict=True):
            views[name_turned(name, turn)] = View(pdq, quality)
    return views


def _transform(
    picture: Picture,
    rows: Planes,
    names: tuple[str, ...],
    upside_down: bool = False,
    left_to_right: bool = False,
    *,
    plane: npt.NDArray[np.uint8] | None = None,
) -> Plane:
    """Return the coefficients of windows, of one axis if turned: float32, (windows, 16, 16)."""
    found = np.empty((len(names), _FREQUENCIES, _FREQUENCIES), np.float32)
    down, across, others = _group(names)
    if down:
        sums = _sum_columns(picture, turned=left_to_right)
        lines = _resample(sums, picture.height / picture.scale)[:: -1 if upside_down else 1]
        found[down] = (_stack(names, 0) @ lines).reshape(-1, _FREQUENCIES, _FREQUENCIES)
    if across:
        sums = rows[int(upside_down)].T @ COSINES_32.T
        lines = _resample(sums, picture.width / picture.scale)[:: -1 if left_to_right else 1]
        both = (_stack(names, 1) @ lines).reshape(-1, _FREQUENCIES, _FREQUENCIES)
        found[across] = both.swapaxes(1, 2)
    if others:
        base = (base_plane(picture) if plane is None else plane).astype(np.float32)
        for at in others:
            top, bottom, left, right = WINDOWS[names[at]]
            found[at] = operator(top, bottom) @ base @ operator(left, right).T
    return found


def _sum_columns(picture: Picture, *, turned: bool) -> Plane:
    """Return the coefficients of each line of luminance, perhaps read backwards: (h, 16)."""
    samples = picture.samples if picture.samples.ndim == 2 else np.asarray(picture.luminance)  # noqa: PLR2004
    across = frequencies(picture.width, picture.scale, turned=turned)
    sums = np.empty((len(samples), _FREQUENCIES), np.float32)
    step = max(_AT_A_TIME // samples.shape[1], 1)
    for at in range(0, len(samples), step):
        some = slice(at, at + step)
        np.matmul(samples[some].astype(np.float32), across, out=sums[some])
    return sums


def _resample(lines: Plane, size: float) -> Plane:
    """Return the means of BASE equal parts of lines 0 to `size`: (n, 16) to (BASE, 16).

    The last line may reach beyond `size`.
    """
    before, share = _edges(len(lines), size)
    sums = np.zeros((len(lines) + 1, _FREQUENCIES))
    np.cumsum(lines, axis=0, out=sums[1:])
    upto = sums.take(before, axis=0)
    upto += lines.take(before, axis=0) * share
    return (np.diff(upto, axis=0) * (BASE / size)).astype(np.float32)


@lru_cache(maxsize=256)
def _edges(count: int, size: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return for each of BASE + 1 edges how many lines lie before it, and the share of the next."""
    edges = np.arange(BASE + 1, dtype=np.float64) * (size / BASE)
    before = np.minimum(edges.astype(np.intp), count - 1)
    return before, (edges - before)[:, None]


@lru_cache(maxsize=8)
def _group(names: tuple[str, ...]) -> tuple[list[int], list[int], list[int]]:
    """Return which windows are cut in height alone, in width alone, and otherwise."""
    cut = [(any(WINDOWS[name][:2]), any(WINDOWS[name][2:])) for name in names]
    down = [at for at, each in enumerate(cut) if each == (True, False)]
    across = [at for at, each in enumerate(cut) if each == (False, True)]
    return down, across, sorted({*range(len(names))} - {*down, *across})


@lru_cache(maxsize=8)
def _stack(names: tuple[str, ...], axis: int) -> Plane:
    """Return the operators of all windows that are cut along one axis alone: (16 windows, BASE)."""
    some = (WINDOWS[names[at]] for at in _group(names)[axis])
    return np.concatenate([operator(*each[2 * axis : 2 * axis + 2]) for each in some])


@lru_cache(maxsize=128)
def operator(before: float, after: float) -> Plane:
    """Return what takes an axis of the plane to a window's 16 coefficients: float32, (16, BASE).

    The window begins the share `before` of the axis behind its first end, and ends `after` before
    the last; below 0 it reaches beyond. PDQ's two box filters, each as wide as a 128th of the
    window, are a triangle of that half width.
    """
    start, size = before * BASE, (1 - before - after) * BASE
    centres = start + (np.arange(SIDE) + 0.5) * size / SIDE
    edges = np.arange(-_BEYOND, BASE + _BEYOND + 1)
    shares = np.diff(triangle_before((edges - centres[:, None]) / (size / (2 * SIDE))), axis=1)
    weights = shares[:, _BEYOND:-_BEYOND].copy()
    weights[:, :_BEYOND] += shares[:, _BEYOND - 1 :: -1]
    weights[:, -_BEYOND:] += shares[:, : -_BEYOND - 1 : -1]
    coefficients: Plane = (COSINES @ weights).astype(np.float32)
    return coefficients


def _estimate(buffer: Buffer, names: tuple[str, ...]) -> Sequence[int]:
    """Return the quality, 0-100, that windows have by the steps of the whole picture.

    A window's own 64 x 64 samples are closer together or further apart: along each axis its steps
    add up to those that lie within, and there are 64 lines of them whatever its size.
    """
    total = np.zeros(len(names))
    others = _group(names)[2]
    for steps, (places, weights) in zip(count_steps(buffer), _places(names), strict=True):
        top, bottom, left, right = places
        if others:
            sums = np.zeros((steps.shape[0] + 1, steps.shape[1] + 1))
            np.cumsum(steps, axis=0, out=sums[1:, 1:])
            np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
            inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        else:  # each window has all of one axis
            down, across = (
                np.concatenate(([0], np.cumsum(steps.sum(axis=axis)))) for axis in (1, 0)
            )
            inside = down[bottom] - down[top] + across[right] - across[left] - down[-1]
        total += inside * weights
    return [rate(each) for each in total.tolist()]


@lru_cache(maxsize=8)
def _places(
    names: tuple[str, ...],
) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]]:
    """Return for the steps down and those across which lie in each window, and their weight.

    The first is (4, windows): rows and columns of sums from the first inside to the one after the
    last. What lies beyond the picture is left out.
    """
    cuts = np.clip(np.array([WINDOWS[name] for name in names]), 0, None).T
    ends = [cuts[0], 1 - cuts[1], cuts[2], 1 - cuts[3]]
    lines = [np.rint(each * SIDE).astype(np.intp) for each in ends]
    between = [np.clip(np.rint(each * SIDE - 0.5).astype(np.intp), 0, SIDE - 1) for each in ends]
    height, width = ends[1] - ends[0], ends[3] - ends[2]
    return [
        (np.array([between[0], between[1], lines[2], lines[3]]), 1 / width),
        (np.array([lines[0], lines[1], between[2], between[3]]), 1 / height),
    ]
