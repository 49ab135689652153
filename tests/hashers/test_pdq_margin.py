"""How many bits a scaled decode leaves open: few in photographs, many where coefficients tie."""

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks import patterns
from hashsweep.hashers import Undecided, pdq_margin
from hashsweep.hashers.pdq import PDQ
from hashsweep.hashers.pdq_margin import expect_flips, is_settled, roughness
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.sniff import sniff
from support import drawings


def opened(data: bytes, *, exact: bool) -> Picture:
    return open_picture(io.BytesIO(data), sniff(data), exact=exact, max_pixels=10**8)


def fast(data: bytes) -> tuple[bytes, int | None] | None:
    """The hash of the scaled picture; None where that does not decide it."""
    try:
        return PDQ.hash(opened(data, exact=False))
    except Undecided:
        return None


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


def test_a_coefficient_at_the_median_turns_half_of_the_time() -> None:
    """256 equal coefficients are 128 bits; far apart, only the median itself is open."""
    assert expect_flips(np.zeros((16, 16)), 1.0) == pytest.approx(128)
    apart = np.arange(256.0).reshape(16, 16) * 1000
    assert expect_flips(apart, 1.0) == pytest.approx(0.5)


def test_expected_turns_are_those_of_a_normal_error() -> None:
    """Drawn errors turn as many signs as expected, within the approximation."""
    random = np.random.default_rng(1)
    values = np.sort(random.normal(0, 3, 256))
    values -= values[127]
    turned = [
        int(((values > 0) != (values + random.normal(0, 1.5, 256) > 0)).sum()) for _ in range(400)
    ]
    assert expect_flips(values.reshape(16, 16), 1.5) == pytest.approx(np.mean(turned), rel=0.03)


def test_a_larger_error_turns_more() -> None:
    coefficients = drawings.noise(3, 16, 16).astype(float)
    found = [expect_flips(coefficients, error) for error in (0.1, 1.0, 10.0, 100.0)]
    assert found == sorted(found)


def test_roughness_is_that_of_second_differences() -> None:
    """A ramp has none; noise has what all of its rows have, nearly."""
    ramp = np.add.outer(np.arange(80), np.arange(100)).astype(np.uint8)
    assert roughness(ramp) == 0
    noise = drawings.noise(4, 300, 200)
    whole = noise.astype(float)
    expected = sum(np.square(np.diff(whole, 2, axis=axis)).mean() for axis in (0, 1))
    assert roughness(noise) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("period", [2, 3, 4, 5, 8, 16])
def test_roughness_is_in_step_with_no_pattern(period: int) -> None:
    """Lines that come again every few rows are met as often as they are there."""
    lines = np.repeat(((np.arange(240) % period == 0) * 200).astype(np.uint8)[:, None], 50, axis=1)
    expected = np.square(np.diff(lines.astype(float), 2, axis=0)).mean()
    assert roughness(lines) == pytest.approx(expected, rel=0.4)


def test_slopes_are_looked_at_only_where_it_is_open() -> None:
    """Few bits near the median settle it; many do not, and then slopes decide."""
    smooth = np.zeros((50, 50), np.uint8)
    apart = (np.arange(256.0) * 10).reshape(16, 16)

    def none() -> tuple[np.ndarray, np.ndarray]:
        raise AssertionError

    assert is_settled(apart, smooth, none)
    close = np.arange(256.0).reshape(16, 16) / 40  # some six at 0.15
    assert is_settled(close, smooth, lambda: (apart * 0, apart * 0))
    assert not is_settled(close, smooth, lambda: (apart, apart * 0))
    assert not is_settled(close, smooth, lambda: (apart * 0, apart))


@pytest.mark.parametrize("how", ["across", "down", "both"])
@pytest.mark.parametrize("size", [(800, 600), (1000, 1100), (1700, 1600)], ids=str)
def test_symmetric_pictures_are_decoded_in_full(how: str, size: tuple[int, int]) -> None:
    """Half of their coefficients are zero, as is the median: scaled luminance cannot tell."""
    pixels = np.array(drawings.scene(6, *size))
    if how in ("across", "both"):
        pixels[:, size[0] - size[0] // 2 :] = pixels[:, : size[0] // 2][:, ::-1]
    if how in ("down", "both"):
        pixels[size[1] - size[1] // 2 :] = pixels[: size[1] // 2][::-1]
    data = drawings.jpeg(Image.fromarray(pixels), 88)
    assert opened(data, exact=False).decode_mode.startswith("fast/")
    assert fast(data) is None


@pytest.mark.parametrize("kind", patterns.KINDS)
def test_drawn_kinds_are_within_ten_bits_or_open(kind: str) -> None:
    """Whatever the pattern, size and quality: near the full picture's hash, or left to it."""
    for number in range(7):
        data = patterns.pattern(kind, number)
        expected, rated = PDQ.hash(opened(data, exact=True))
        found = fast(data)
        if found is not None and max(rated or 0, found[1] or 0) >= 50:
            assert distance(found[0], expected) <= 10, number


def test_photographs_are_settled() -> None:
    """Of scenes that have detail at all scales none is decoded twice."""
    for seed, size in enumerate([(800, 601), (1033, 777), (513, 519), (1700, 1600)]):
        for quality in (60, 90):
            assert fast(drawings.jpeg(drawings.scene(seed, *size), quality)) is not None


def test_the_limit_lies_between() -> None:
    """Roughness alone settles less than both measures refuse."""
    assert pdq_margin.PLAINLY_FEW < pdq_margin.MOST_TURNED
