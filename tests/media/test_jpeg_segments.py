"""Segments of a JPEG are told as the standard has them, and end where something else stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.media.jpeg_segments import END, SCAN, is_metadata, segments
from support import drawings
from support.jpeg_parts import put_together, take_apart

SAMPLE = drawings.jpeg(drawings.scene(3, 120, 90), progressive=True, restart_marker_blocks=4)


def test_a_file_is_its_segments() -> None:
    """One behind the other they are the whole file, as another walker sees it too."""
    found = list(segments(SAMPLE))
    assert SAMPLE[:2] + b"".join(SAMPLE[each.start : each.end] for each in found) == SAMPLE
    assert found[-1].code == END
    parts = take_apart(SAMPLE)
    assert [(each.code, each.body) for each in found[:-1]] == [
        (part.code, part.body) for part in parts
    ]
    assert [SAMPLE[each.header_end : each.end] for each in found[:-1]] == [
        part.entropy for part in parts
    ]
    assert put_together(parts) == SAMPLE


def test_restarts_stand_within_a_scan() -> None:
    scan = next(each for each in segments(SAMPLE) if each.code == SCAN)
    assert b"\xff\xd0" in SAMPLE[scan.header_end : scan.end]


def test_what_follows_the_end_is_none_of_the_file() -> None:
    assert list(segments(SAMPLE + SAMPLE)) == list(segments(SAMPLE))


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"GIF89a", SAMPLE[2:]]
)
def test_what_is_no_jpeg_has_none(data: bytes) -> None:
    assert list(segments(data)) == []


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_file_that_breaks_off_has_no_end(length: int) -> None:
    """Its segments are the first ones of the whole file, the last perhaps shorter."""
    found = list(segments(SAMPLE[:length]))
    assert END not in [each.code for each in found]
    whole = list(segments(SAMPLE))
    assert [each.body for each in found] == [each.body for each in whole[: len(found)]]


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Nothing is read beyond the end, and each segment begins where the last one ended."""
    at = 2
    for each in segments(b"\xff\xd8" + data):
        assert at <= each.start < each.header_end <= each.end <= len(data) + 2
        at = each.end


def test_metadata() -> None:
    """Applications' segments and comments, and nothing else."""
    assert [code for code in range(256) if is_metadata(code)] == [*range(0xE0, 0xF0), 0xFE]
