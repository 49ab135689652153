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
from support.jpeg_parts import (
    APP,
    COM,
    DHT,
    DQT,
    DRI,
    SOF,
    SOS,
    Part,
    put_together,
    scan_groups,
    take_apart,
    with_steps,
)

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
    """Whatever is changed, a cut file is smaller, and its samples are those of the whole one."""
    data = bytearray(SAMPLE)
    for at, value in changes:
        data[at : at + len(value)] = value
    assert_same_if_cut(bytes(data))


def decoded(data: bytes) -> np.ndarray | None:
    """The luminance at 1/8; None where the decoder fails."""
    try:
        return eighth(data)
    except (OSError, SyntaxError, ValueError):
        return None


def assert_same_if_cut(data: bytes) -> bool:
    """Hold a cut file against the whole one; return whether it was cut."""
    cut = dc_scans(data)
    if cut is None:
        return False
    whole, part = decoded(data), decoded(cut)
    assert len(cut) <= len(data)
    assert (whole is None) == (part is None)
    assert whole is None or np.array_equal(whole, part)
    return True


TINY = drawings.scene(5, 90, 70)
PROGRESSIVE = [
    drawings.jpeg(TINY, 80, progressive=True),
    drawings.jpeg(TINY, 80, progressive=True, restart_marker_blocks=2),
    drawings.jpeg(TINY.convert("L"), 90, progressive=True),
]
HEADER, GROUPS = scan_groups(take_apart(PROGRESSIVE[0]))
STEPS = next(part for part in HEADER if part.code == DQT)
FRAME = next(part for part in HEADER if part.code == SOF)


def scans_in(order: list[int]) -> list[Part]:
    """The header, and the scans (with the tables before them) by these numbers."""
    return [*HEADER, *(part for number in order for part in GROUPS[number])]


def test_a_picture_is_cut_after_it_was_taken_apart() -> None:
    """The tool of these tests changes nothing by itself."""
    for data in PROGRESSIVE:
        assert put_together(take_apart(data)) == data
        assert assert_same_if_cut(data)


def test_scans_of_ac_may_stand_in_any_order_that_the_decoder_takes() -> None:
    """Behind that of DC, a component's scans may come before or after another's."""
    order = list(range(len(GROUPS)))
    assert [group[-1].band for group in GROUPS[1:3]] == [(1, 5), (1, 63)]
    order[1:3] = [2, 1]
    assert assert_same_if_cut(put_together(scans_in(order)))


def test_a_scan_of_ac_that_comes_first_is_not_cut() -> None:
    """A component's quantizers are fixed when its first scan begins, whichever that is.

    Here they are others when DC comes: the whole file shows one picture, its DC scan another.
    """
    order = list(range(len(GROUPS)))
    late = next(n for n, group in enumerate(GROUPS) if group[-1].components == b"\x01" and n)
    order.remove(late)
    parts = scans_in([late, *order])
    at = len(HEADER) + len(GROUPS[late])
    data = put_together([*parts[:at], with_steps(STEPS, 4, first=0), *parts[at:]])
    plain = put_together(parts)
    assert np.array_equal(eighth(data), eighth(plain))
    assert dc_scans(data) is None
    assert dc_scans(plain) is None


def test_dc_in_a_scan_for_each_component_is_cut() -> None:
    """Encoders that search for the smallest file (mozjpeg) write it so."""
    parts = take_apart(drawings.jpeg(TINY.convert("L"), 80, progressive=True))
    header, groups = scan_groups(parts)
    frame = next(part for part in header if part.code == SOF)
    three = bytearray(frame.body[:5] + b"\x03" + frame.body[6:9] * 3)
    three[9], three[12] = 2, 3
    header[header.index(frame)] = Part(SOF, bytes(three))
    scans = []
    for component in (1, 2, 3):
        for part in (part for group in groups for part in group):
            body = bytearray(part.body)
            if part.code == SOS:
                body[1] = component
            scans.append(Part(part.code, bytes(body), part.entropy))
    each = len(scans) // 3
    dc = next(at for at, part in enumerate(scans) if part.code == SOS) + 1
    first = [part for n in range(3) for part in scans[n * each : n * each + dc]]
    rest = [part for n in range(3) for part in scans[n * each + dc : (n + 1) * each]]
    assert assert_same_if_cut(put_together([*header, *first, *rest]))
    assert dc_scans(put_together([*header, *scans])) is None  # AC of one before DC of another


@pytest.mark.parametrize("missing", range(1, len(GROUPS)))
def test_a_file_that_lacks_a_scan_is_not_cut(missing: int) -> None:
    """Where bits of AC never come libjpeg smooths blocks, and DC with them."""
    order = [number for number in range(len(GROUPS)) if number != missing]
    assert dc_scans(put_together(scans_in(order))) is None


@pytest.mark.parametrize(
    "part",
    [STEPS, with_steps(STEPS, 2, first=0), FRAME, Part(COM, b"note"), Part(APP, b"Other\0")],
    ids=["same steps", "other steps", "frame", "comment", "application"],
)
def test_nothing_but_tables_and_scans_may_follow(part: Part) -> None:
    """Anything else behind the first scan leaves the file to the decoder."""
    parts = scans_in(list(range(len(GROUPS))))
    first = next(at for at, each in enumerate(parts) if each.code == SOS)
    for at in (first + 1, len(parts)):
        assert dc_scans(put_together([*parts[:at], part, *parts[at:]])) is None


def test_a_scan_without_its_table_is_not_cut() -> None:
    """The decoder fails at it, and so must the sweep."""
    parts = scans_in(list(range(len(GROUPS))))
    tables = [part for part in parts if part.code == DHT]
    for lost in tables[1:]:
        kept = [part for part in parts if part is not lost]
        assert_same_if_cut(put_together(kept))
    broken = Part(DHT, tables[-1].body[:1] + b"\x03" + tables[-1].body[2:])
    last = parts.index(tables[-1])
    data = put_together([*parts[:last], broken, *parts[last + 1 :]])
    assert decoded(data) is None
    assert dc_scans(data) is None


@st.composite
def rearranged(draw: st.DrawFn) -> bytes:
    """A progressive JPEG with its scans in another order, other segments among them, or less."""
    header, groups = scan_groups(take_apart(draw(st.sampled_from(PROGRESSIVE))))
    for _ in range(draw(st.integers(0, 3))):
        at, to = (draw(st.integers(0, len(groups) - 1)) for _ in range(2))
        groups.insert(to, groups.pop(at))
    if draw(st.booleans()):
        groups.insert(draw(st.integers(0, len(groups))), draw(st.sampled_from(groups)))
    if draw(st.booleans()):
        del groups[draw(st.integers(0, len(groups) - 1))]
    parts = [*header, *(part for group in groups for part in group)]
    steps = next(part for part in header if part.code == DQT)
    others = [
        with_steps(steps, 3),
        with_steps(steps, 3, first=0),
        Part(DRI, bytes((0, draw(st.integers(0, 4))))),
        Part(COM, b"\xff\xd9"),
        Part(APP, b"Adobe\0d\0\0\0\0\1"),
        *(part for part in parts if part.code in (DHT, SOF)),
    ]
    for part in draw(st.lists(st.sampled_from(others), max_size=2)):
        parts.insert(draw(st.integers(0, len(parts))), part)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(parts) - 1))
        body = bytearray(parts[at].body)
        if body:
            body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
        parts[at] = Part(parts[at].code, bytes(body), parts[at].entropy)
    return put_together(parts)


@given(rearranged())
def test_cut_at_an_eighth_equals_whole_at_an_eighth(data: bytes) -> None:
    """However scans and segments are ordered: the same samples, or a failure in both."""
    assert_same_if_cut(data)


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
