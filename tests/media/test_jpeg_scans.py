"""A cut progressive JPEG gives, at 1/8, the very samples of the whole one; damage is not hidden."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hashsweep.errors import ItemError
from hashsweep.media.jpeg_scans import dc_scans
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import HEAD, sniff
from support import drawings

CORPORA = Path(__file__).parents[2] / "../shared/corpora"
SCENE = drawings.scene(3, 333, 251)
SAMPLE = drawings.jpeg(SCENE, progressive=True)


def eighth(data: bytes) -> np.ndarray:
    """The luminance at 1/8, by Pillow alone."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        image.draft("L", (max(image.width // 8, 1), max(image.height // 8, 1)))
        return np.asarray(image)


def refusal(data: bytes) -> str:
    """The reason for which a file is not decoded, or not whole; empty for one that is."""
    kind = sniff(data[:HEAD], data[-32:])
    try:
        picture = open_picture(io.BytesIO(data), kind, exact=False, max_pixels=100_000_000)
    except ItemError as error:
        return error.reason
    return picture.damage.reason if picture.damage else ""


@pytest.mark.parametrize("size", [(333, 251), (64, 64), (8, 8), (9, 700)], ids=str)
@pytest.mark.parametrize("quality", [5, 50, 90, 100])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_same_samples(size: tuple[int, int], quality: int, subsampling: str) -> None:
    """Whatever the sides, the tables and the subsampling."""
    image = drawings.scene(1, *size)
    data = drawings.jpeg(image, quality, progressive=True, subsampling=subsampling)
    cut = dc_scans(data)
    assert cut is not None
    assert np.array_equal(eighth(cut), eighth(data))


def test_same_samples_of_grey() -> None:
    data = drawings.jpeg(SCENE.convert("L"), progressive=True)
    cut = dc_scans(data)
    assert cut is not None
    assert len(cut) < len(data) / 3
    assert np.array_equal(eighth(cut), eighth(data))


def test_same_samples_with_restarts() -> None:
    """Restart markers stand inside of entropy-coded data."""
    data = drawings.jpeg(SCENE, progressive=True, restart_marker_rows=1)
    cut = dc_scans(data)
    assert b"\xff\xd3" in data
    assert cut is not None
    assert np.array_equal(eighth(cut), eighth(data))


def test_a_small_picture_within_the_header() -> None:
    """A preview inside a segment has markers of its own, which are none of the file's."""
    preview = drawings.jpeg(drawings.scene(8, 40, 30), progressive=True)
    segment = b"\xff\xe7" + (len(preview) + 2).to_bytes(2) + preview
    data = SAMPLE[:2] + segment + SAMPLE[2:]
    cut = dc_scans(data)
    assert cut is not None
    assert np.array_equal(eighth(cut), eighth(SAMPLE))


def test_fill_bytes_and_what_follows_the_end() -> None:
    """Markers may have any number of fill bytes before them, and files something behind them."""
    at = SAMPLE.index(b"\xff\xda")
    data = SAMPLE[:2] + b"\xff\xff" + SAMPLE[2:at] + b"\xff" + SAMPLE[at:] + b"trailer"
    cut = dc_scans(data)
    assert cut is not None
    assert np.array_equal(eighth(cut), eighth(SAMPLE))
    assert cut.endswith(b"\xff\xd9")


def test_tables_of_two_bytes() -> None:
    """Quantizers of 16 bits (quality below 25 without the baseline limit) are cleared as well."""
    tables = [[300 + n for n in range(64)], [400] * 64]
    data = drawings.jpeg(SCENE, progressive=True, qtables=tables)
    cut = dc_scans(data)
    assert cut is not None
    assert np.array_equal(eighth(cut), eighth(data))


@pytest.mark.parametrize(
    "data",
    [
        drawings.jpeg(SCENE),
        drawings.png(SCENE),
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        SAMPLE.replace(b"\xff\xc2", b"\xff\xca", 1),
        SAMPLE.replace(b"\xff\xda", b"\xff\xdc", 1),
        SAMPLE[: SAMPLE.index(b"\xff\xda")] + b"\xff\xd9",
        SAMPLE[:-2] + SAMPLE[2:],
        SAMPLE[:-2] + SAMPLE[SAMPLE.index(b"\xff\xdb") : SAMPLE.index(b"\xff\xc2")] + b"\xff\xd9",
    ],
    ids=[
        "baseline",
        "png",
        "nothing",
        "start",
        "start and end",
        "arithmetic",
        "other marker",
        "no scan",
        "two pictures",
        "late tables",
    ],
)
def test_what_is_not_cut(data: bytes) -> None:
    """Anything else is left as it is to the decoder."""
    assert dc_scans(data) is None


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_file_that_breaks_off_is_not_cut(length: int) -> None:
    """Wherever it does so, the decoder sees it as it is."""
    assert dc_scans(SAMPLE[:length]) is None


@given(st.lists(st.tuples(st.integers(2, len(SAMPLE) - 1), st.binary(min_size=1, max_size=2))))
def test_damage(changes: list[tuple[int, bytes]]) -> None:
    """Whatever is changed, a cut file is smaller, in order, and cut no further."""
    data = bytearray(SAMPLE)
    for at, value in changes:
        data[at : at + len(value)] = value
    cut = dc_scans(bytes(data))
    if cut is not None:
        assert len(cut) <= len(data)
        assert dc_scans(cut) == cut


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.9999])
def test_a_large_file_that_breaks_off_is_failed(share: float) -> None:
    """The DC scans are all there at a tenth of a file; what follows is looked at all the same."""
    data = drawings.jpeg(drawings.scene(4, 2400, 2100), progressive=True)
    assert refusal(data) == ""
    assert refusal(data[: int(len(data) * share)]) == "truncated"


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared photographs are not here")
def test_corpora() -> None:
    """Every progressive JPEG of the shared corpora that decodes at all."""
    cuts = 0
    for path in sorted(path for path in CORPORA.rglob("*.jp*g") if path.is_file()):
        data = path.read_bytes()
        cut = dc_scans(data)
        try:
            whole = eighth(data) if cut else None
        except (OSError, SyntaxError, ValueError):
            continue
        if cut is not None:
            cuts += 1
            assert np.array_equal(eighth(cut), whole), path.name
    assert cuts > 3
