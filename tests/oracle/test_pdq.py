"""PDQ against the `pdqhash` package, Facebook's C++ in Python: the oracle of every bit."""

import io
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.hashers import Undecided, pdq_rounding
from hashsweep.hashers.pdq import PDQ
from hashsweep.hashers.pdq_bits import bits, quality
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.sniff import HEAD, sniff
from support import drawings
from support.thoroughness import EXHAUSTIVE

pdqhash = pytest.importorskip(
    "pdqhash",
    reason="pdqhash has to be compiled where it has no wheel; this machine has no C++ compiler",
)

CORPORA = Path(__file__).parents[2] / "../shared/corpora"
LARGE = 4_000_000  # pixels; the oracle takes half a second for 12 megapixels

Answer = tuple[str, int]


def oracle(rgb: np.ndarray) -> Answer:
    """The package's hash, as hex, and its quality."""
    vector, rated = pdqhash.compute(np.array(rgb))
    return np.packbits(vector).tobytes().hex(), rated


def ours(picture: Picture) -> Answer:
    value, rated = PDQ.hash(picture)
    return value.hex(), rated


def by_default(data: bytes) -> Answer:
    """The answer of a sweep, which decodes in full what the scaled picture leaves open."""
    try:
        return ours(opened(data, exact=False))
    except Undecided:
        return ours(opened(data, exact=True))


def of_array(rgb: np.ndarray) -> Picture:
    return Picture(Image.fromarray(rgb), rgb.shape[1], rgb.shape[0], 1, animated=False)


def opened(data: bytes, *, exact: bool) -> Picture:
    kind = sniff(data[:HEAD], data[-32:])
    return open_picture(io.BytesIO(data), kind, exact=exact, max_pixels=100_000_000)


def distance(a: Answer, b: Answer) -> int:
    return (int(a[0], 16) ^ int(b[0], 16)).bit_count()


@pytest.mark.parametrize("name", drawings.NAMES)
def test_every_drawing(name: str) -> None:
    """A drawing has the package's bits and quality: flat, symmetric, tiny and thin ones too."""
    rgb = np.asarray(drawings.draw(name))
    assert ours(of_array(rgb)) == oracle(rgb)


@pytest.mark.parametrize("form", drawings.FORMATS)
def test_every_format(form: str) -> None:
    """Whatever a format keeps of a picture, the hash is the package's of its RGB values."""
    for name in ("circles", "gradient", "tiny", "black", "dot"):
        picture = opened(drawings.encode(name, form), exact=True)
        assert picture.decode_mode == "exact"
        assert (name, ours(picture)) == (name, oracle(picture.samples))


def test_small_jpegs_are_exact_by_default() -> None:
    """JPEGs too small for a scaled decode are exact in the default mode, too."""
    for name in drawings.NAMES:
        data = drawings.jpeg(drawings.draw(name).resize((500, 380)))
        full = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        assert (name, ours(opened(data, exact=False))) == (name, oracle(full))


def test_drawings_are_near_by_default() -> None:
    """Drawn pictures as JPEGs that are large enough: at most 8 bits of 256."""
    distances = {}
    for name in drawings.NAMES:
        data = drawings.encode(name, "jpeg")
        answer = oracle(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
        if answer[1] >= 50:
            distances[name] = distance(by_default(data), answer)
    assert len(distances) >= 4
    assert max(distances.values()) <= 8, distances


def test_twelve_megapixels() -> None:
    """A large picture is exact when asked for, and within 8 bits by default."""
    data = drawings.encode("panorama", "jpeg")
    picture = opened(data, exact=True)
    expected = oracle(picture.samples)
    fast = opened(data, exact=False)
    assert ours(picture) == expected
    assert fast.decode_mode == "fast/8"
    assert distance(ours(fast), expected) <= 8


SHAPES = [
    (64, 64),
    (64, 65),
    (63, 64),
    (128, 128),
    (129, 127),
    (5, 5),
    (5, 900),
    (1200, 6),
    (7, 64),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_noise(shape: tuple[int, int]) -> None:
    """Random pixels in colour and in grey, at sizes about the steps of the box filter."""
    for seed in range(3):
        colour = drawings.noise(seed, *shape, 3)
        grey = drawings.noise(seed, *shape, 1).repeat(3, 2)
        assert ours(of_array(colour)) == oracle(colour)
        assert ours(of_array(grey)) == oracle(grey)


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (4, 100), (3, 2)], ids=str)
def test_too_small(shape: tuple[int, int]) -> None:
    """Pictures too small to hash get what the package gives them."""
    rgb = drawings.noise(1, *shape, 3)
    assert ours(of_array(rgb)) == oracle(rgb) == ("0" * 64, 0)


def mosaics() -> Iterator[np.ndarray]:
    """Few colours in large squares: many ties, and steps of exactly 20 percent."""
    shapes = [(64, 64, 8), (128, 128, 4), (480, 640, 6), (157, 211, 3)]
    for seed in range(4, 12):
        for height, width, cells in shapes:
            squares = (drawings.noise(seed, cells, cells) % (2 + seed % 5)) * 51
            y, x = np.arange(height) * cells // height, np.arange(width) * cells // width
            yield squares[y][:, x][:, :, None].repeat(3, 2)


def test_mosaics() -> None:
    """Pictures in which rounding decides a bit or the quality are exact as well."""
    for rgb in mosaics():
        assert ours(of_array(rgb)) == oracle(rgb)


def test_mirrored() -> None:
    """Pictures that are the same mirrored, upside down, or turned by 90 degrees."""
    for seed in range(6):
        part = drawings.noise(seed, 9, 9, 3).repeat(13, 0).repeat(13, 1)
        wide = np.concatenate([part, part[:, ::-1]], axis=1)
        tall = np.concatenate([part, part[::-1]], axis=0)
        both = np.concatenate([wide, wide[::-1]], axis=0)
        turned = np.maximum(part, part.transpose(1, 0, 2))
        for rgb in (wide, tall, both, turned):
            assert ours(of_array(np.ascontiguousarray(rgb))) == oracle(rgb)


@pytest.mark.parametrize("level", [0, 1, 7, 100, 127, 128, 200, 254, 255])
def test_flat(level: int) -> None:
    """One grey all over: nothing but rounding, and still the package's bits."""
    for shape in ((5, 5), (64, 64), (100, 133), (300, 400)):
        rgb = np.full((*shape, 3), level, np.uint8)
        assert ours(of_array(rgb)) == oracle(rgb)


@pytest.mark.parametrize("name", ["hills", "text", "flat", "stripes", "checker", "ribbon", "tiny"])
def test_repetition_is_the_package(name: str) -> None:
    """The slow repetition alone gives the package's bits and quality, ties or not."""
    rgb = np.asarray(drawings.draw(name))
    buffer, coefficients = pdq_rounding.repeat(rgb)
    assert (bits(coefficients).hex(), quality(buffer)) == oracle(rgb)


def corpus(*folders: str) -> list[Path]:
    """Every file of some folders of ordinary photographs and test pictures; in haste, some 25."""
    paths = sorted(
        path for name in folders for path in (CORPORA / name).rglob("*") if path.is_file()
    )
    return paths if EXHAUSTIVE else paths[:: max(len(paths) // 25, 1)]


needs_corpora = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="the collection of test photographs is not part of the project"
)


def of_file(data: bytes, *, exact: bool) -> Picture | None:
    """The picture in a file, if one can be decoded at all (tests/media is about the others)."""
    try:
        return opened(data, exact=exact)
    except ItemError:
        return None


@needs_corpora
@pytest.mark.parametrize("folder", ["photos", "pdq", "formats", "hostile"])
def test_corpus(folder: str) -> None:
    """Whatever decodes has the package's bits and quality; of the large ones two are enough.

    On photographs of quality >= 50 the fast mode is within 8 bits, and 2 at the median.
    """
    large = compared = 0
    distances = {}
    for path in corpus(folder):
        data = path.read_bytes()
        full = of_file(data, exact=True)
        if full is None:
            continue
        answer = ours(full)
        large += full.width * full.height > LARGE
        if full.width * full.height <= LARGE or large <= 2:
            compared += 1
            assert (path.name, answer) == (path.name, oracle(full.samples))
        if folder in ("photos", "pdq") and answer[1] >= 50:
            fast = opened(data, exact=False)
            if fast.decode_mode != "exact":
                distances[path.name] = distance(by_default(data), answer)
    assert compared >= 8
    if folder in ("photos", "pdq"):
        assert len(distances) >= 5
        assert max(distances.values()) <= 8, distances
        assert median(distances.values()) <= 2
