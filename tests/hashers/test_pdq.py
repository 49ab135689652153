"""PDQ: bits and quality from the picture, the fast mode against the exact one, and ties."""

import io
from statistics import median

import numpy as np
import pytest
from PIL import Image

from hashsweep.hashers import Undecided, pdq, pdq_rounding
from hashsweep.hashers.pdq import PDQ
from hashsweep.hashers.pdq_bits import bits, quality
from hashsweep.media.picture import Picture, full, open_picture
from hashsweep.media.sniff import sniff
from hashsweep.variants import TURNS, View
from support import drawings
from support.turns import TURNED


def exact(image: Image.Image) -> Picture:
    """The picture as a decoder would hand it over at full size."""
    return Picture(image, image.width, image.height, 1, animated=False)


def opened(data: bytes, *, full: bool) -> Picture:
    return open_picture(io.BytesIO(data), sniff(data), exact=full, max_pixels=10**8)


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


@pytest.mark.parametrize("size", [(4, 4), (1, 1), (1000, 4), (4, 1000), (2, 700)], ids=str)
def test_too_small(size: tuple[int, int]) -> None:
    """A picture with a side under 5 pixels gets zeros and quality 0."""
    assert PDQ.hash(exact(drawings.scene(1, *size))) == (bytes(32), 0)


def test_five_pixels_are_enough() -> None:
    """A side of 5 pixels is the smallest that has a hash."""
    value, quality_ = PDQ.hash(exact(drawings.scene(1, 5, 5)))
    assert value != bytes(32)
    assert quality_ > 0


@pytest.mark.parametrize("name", ["flat", "black"])
def test_flat_has_no_quality(name: str) -> None:
    """A picture of one colour has quality 0, so that it never matches."""
    assert PDQ.hash(exact(drawings.draw(name)))[1] == 0


@pytest.mark.parametrize("name", ["flat", "black", "stripes", "checker", "symmetric"])
def test_ties_take_the_rounding_path(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rounding decides, the reference's own rounding is repeated."""
    taken = []
    repeat = pdq_rounding.repeat
    monkeypatch.setattr(pdq_rounding, "repeat", lambda rgb: taken.append(1) or repeat(rgb))
    value, quality_ = PDQ.hash(exact(drawings.draw(name)))
    buffer, coefficients = repeat(np.asarray(drawings.draw(name)))
    assert taken == [1]
    assert (value, quality_) == (bits(coefficients), quality(buffer))


def test_whole_percents_take_the_rounding_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rounding could tip the quality over, the reference's own rounding is repeated."""
    taken = []
    repeat = pdq_rounding.repeat
    monkeypatch.setattr(pdq_rounding, "repeat", lambda rgb: taken.append(1) or repeat(rgb))
    steps = (drawings.noise(10, 6, 6, 1) % 2 * 51).repeat(80, 0).repeat(107, 1)[:, :640]
    value, quality_ = PDQ.hash(exact(Image.fromarray(steps.repeat(3, 2))))
    assert taken == [1]
    assert (len(value), quality_) == (32, quality(repeat(steps.repeat(3, 2))[0]))


@pytest.mark.parametrize("name", ["hills", "text", "circles", "portrait"])
def test_usual_pictures_take_the_fast_path(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture with a clear median never pays for the slow repetition."""
    monkeypatch.delattr(pdq_rounding, "repeat")
    assert PDQ.hash(exact(drawings.draw(name)))[1] == 100


@pytest.mark.parametrize("name", ["hills", "text", "circles", "scene", "portrait", "noise"])
def test_both_paths_agree(name: str) -> None:
    """Away from ties the operator and the slow repetition give one hash and one quality."""
    buffer, coefficients = pdq_rounding.repeat(np.asarray(drawings.draw(name)))
    assert PDQ.hash(exact(drawings.draw(name))) == (bits(coefficients), quality(buffer))


def large(name: str) -> Image.Image:
    """A drawing at twice its size and a little, so that a JPEG of it is decoded at 1/2."""
    image = drawings.draw(name)
    size = (image.width * 2 + 1, image.height * 2 + 3)
    return image.resize(size, Image.Resampling.BICUBIC)


def test_fast_mode_stays_near() -> None:
    """On large JPEGs the fast mode is within 8 bits of the exact one, and 2 at the median."""
    pictures = [large(name) for name in ("hills", "text", "circles")]
    sizes = [(800, 601), (1033, 777), (513, 519), (1300, 1024), (700, 1055)]
    pictures += [drawings.scene(seed, *size) for seed, size in enumerate(sizes)]
    files = [drawings.jpeg(picture, 90, progressive=True) for picture in pictures]
    files += [drawings.jpeg(picture, 60) for picture in pictures]
    files.append(drawings.encode("panorama", "jpeg"))
    distances, modes, undecided = [], set(), 0
    for data in files:
        slow, fast = opened(data, full=True), opened(data, full=False)
        expected, rated = PDQ.hash(slow)
        try:
            value, quality_ = PDQ.hash(fast)
        except Undecided:  # "text", at some sizes
            undecided += 1
            continue
        distances.append(distance(expected, value))
        modes.add(fast.decode_mode)
        assert slow.decode_mode == "exact"
        assert rated >= 50
        assert abs(quality_ - rated) <= 2
    assert modes == {"fast/2", "fast/4", "fast/8"}
    assert undecided <= 2
    assert max(distances) <= 8
    assert median(distances) <= 2


def stripes(width: int, height: int, period: int) -> bytes:
    """Upright lines, as a grey JPEG of quality 90."""
    lines = np.tile((np.arange(width) % period < period // 2).astype(np.uint8) * 255, (height, 1))
    return drawings.jpeg(Image.fromarray(lines).convert("RGB"), 90)


def waves(side: int, period: float) -> Image.Image:
    """Upright lines of any period, in a square."""
    lines = np.tile((np.arange(side) / period % 1 < 0.5).astype(np.uint8) * 255, (side, 1))
    return Image.fromarray(lines).convert("RGB")


def test_a_plain_picture_is_not_decoded_twice() -> None:
    """Its coefficients tie, but its quality is so low that nobody compares them."""
    level = Image.new("RGB", (900, 800), (90, 120, 30))
    assert PDQ.hash(opened(drawings.jpeg(level), full=False))[1] == 0


def test_fine_stripes_are_left_to_the_full_picture() -> None:
    """They may look plain when scaled, by beats or where blocks are in step with them."""
    assert opened(stripes(448, 448, 2), full=False).decode_mode == "exact"
    beating = opened(drawings.jpeg(waves(1203, 4.03), 90), full=False)
    assert beating.decode_mode == "fast/4"
    for picture in (beating, opened(stripes(1600, 1600, 18), full=False)):
        with pytest.raises(Undecided):
            PDQ.hash(picture)


def test_different_pictures_are_far_apart() -> None:
    """No two of 12 different scenes are near the distance at which hashes match."""
    values = [PDQ.hash(exact(drawings.scene(seed, 200, 150)))[0] for seed in range(12)]
    pairs = [distance(a, b) for i, a in enumerate(values) for b in values[:i]]
    assert min(pairs) > 2 * PDQ.spec.max_distance


def test_half_size_copy_matches() -> None:
    """A picture shrunk to a quarter and saved again is well within the matching distance."""
    original = drawings.draw("hills")
    small = drawings.jpeg(original.resize((160, 120), Image.Resampling.LANCZOS), 40)
    pair = PDQ.hash(exact(original))[0], PDQ.hash(opened(small, full=False))[0]
    assert distance(*pair) <= PDQ.spec.max_distance


@pytest.mark.parametrize("name", drawings.NAMES)
def test_turned_hashes_are_those_of_the_turned_picture(name: str) -> None:
    """Bit for bit, also of symmetric and striped pictures, where rounding decides."""
    image = drawings.draw(name)
    value, rated, views = PDQ.hash_views(exact(image), ["turns"])

    assert (value, rated) == PDQ.hash(exact(image))
    assert list(views) == (list(TURNS) if rated >= 5 else [])
    for turn, seen in views.items():
        assert seen.pdq == PDQ.hash(exact(image.transpose(TURNED[turn])))[0], turn


@pytest.mark.parametrize("size", [(1601, 1203), (1203, 1601), (4096, 1024), (1030, 1031)], ids=str)
def test_turned_hashes_of_scaled_luminance_stay_near(size: tuple[int, int]) -> None:
    """Within the bound of the fast mode of those of the turned picture in full."""
    image = drawings.scene(5, *size)
    picture = opened(drawings.jpeg(image, 92), full=False)
    _, _, views = PDQ.hash_views(picture, ["turns"])

    assert picture.decode_mode != "exact"
    for turn, seen in views.items():
        full = opened(drawings.jpeg(image.transpose(TURNED[turn]), 92), full=True)
        assert distance(seen.pdq, PDQ.hash(full)[0]) <= 8, turn


@pytest.mark.parametrize("seed", range(6))
def test_the_inverted_hash_is_that_of_the_negative(seed: int) -> None:
    """Bit for bit: no two coefficients of a photograph tie."""
    image = drawings.scene(seed, 320 + 31 * seed, 240)
    _, rated, views = PDQ.hash_views(exact(image), ["shown"])
    negative = exact(Image.fromarray(255 - np.asarray(image)))

    assert views == {"inverted": View(*PDQ.hash(negative))}
    assert rated == PDQ.hash(negative)[1]


def test_the_inverted_hash_of_scaled_luminance_stays_near() -> None:
    """Within the bound of the fast mode."""
    image = drawings.scene(5, 1601, 1203)
    picture = opened(drawings.jpeg(image, 92), full=False)
    _, _, views = PDQ.hash_views(picture, ["shown"])
    negative = exact(Image.fromarray(255 - np.asarray(image)))

    assert picture.decode_mode != "exact"
    assert distance(views["inverted"].pdq, PDQ.hash(negative)[0]) <= 8


def test_what_is_shown_is_hashed_however_plain_the_stored_picture_is() -> None:
    """Black with a picture for its opacity; what is plain itself has no negative."""
    image = drawings.scene(3, 320, 240)
    hidden = Image.new("RGBA", image.size)
    hidden.putalpha(image.convert("L").point([255 - at for at in range(256)]))
    picture = full(hidden, animated=False)
    value, rated, views = PDQ.hash_views(picture, ["turns", "shown"])

    assert rated < 50
    assert value == PDQ.hash(exact(Image.new("RGB", image.size)))[0]
    assert list(views) == ["over-white", "over-black"]
    assert distance(views["over-white"].pdq, PDQ.hash(exact(image))[0]) <= 10
    assert views["over-white"].quality == 100


def test_no_turn_is_computed_unless_asked() -> None:
    """As for a sweep that only computes hashes."""
    picture = exact(drawings.draw("hills"))

    assert PDQ.hash_views(picture, ())[2] == {}


def test_spec_follows_the_reference() -> None:
    """256 bits, 31 inclusive, quality 50 inclusive: the figures that PDQ's authors give."""
    spec = pdq.PDQ.spec
    assert (spec.bits, spec.max_distance, spec.min_quality) == (256, 31, 50)
