"""The file below a compiled list: whole, private, checked."""

import os
import pickle
import stat
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashsweep.errors import ListError
from hashsweep.hashlists.container import Container, sums, write
from support.thoroughness import examples

ARRAYS = {
    "bytes": np.arange(100, dtype=np.uint8),
    "table": np.arange(12, dtype=np.uint32).reshape(3, 4),
    "words": np.array([2**64 - 1, 0, 7], np.uint64),
    "short": np.array([65535], np.uint16),
    "none": np.empty((0, 32), np.uint8),
}


@pytest.fixture
def path(tmp_path):
    """A file with some arrays."""
    path = tmp_path / "a.hsl"
    write(path, {"name": "a"}, ARRAYS)
    return path


def test_arrays_come_back_as_they_were(path):
    """Values, shapes and types, also of an empty array; and what was said of them."""
    opened = Container(path, verify=True)

    assert opened.names == tuple(ARRAYS)
    assert opened.meta == {"name": "a"}
    for name, array in ARRAYS.items():
        read = opened.array(name)
        assert (read.dtype, read.shape, read.tolist()) == (
            array.dtype, array.shape, array.tolist(),
        )  # fmt: skip


def test_arrays_are_views_that_cannot_be_written(path):
    """Nobody's mistake alters a list; and nothing is copied out of the map."""
    opened = Container(path, verify=True)
    array = opened.array("table")

    assert np.shares_memory(array, opened._bytes)
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


def test_an_array_asked_for_twice_is_one_object(path):
    """A list with many parts is looked up often, and each look-up costs nothing new."""
    opened = Container(path, verify=True)

    assert opened.array("table") is opened.array("table")
    assert opened.array("table") is not opened.array("words")


def test_arrays_are_aligned(path):
    """Each begins at a multiple of 64 bytes, so that wide words can be read."""
    opened = Container(path, verify=True)

    assert {opened.array(name).ctypes.data % 64 for name in ARRAYS if name != "none"} == {0}


def test_an_array_that_is_not_contiguous_is_written_in_order(tmp_path):
    """What counts are the values, not how they lay in memory."""
    array = np.arange(20, dtype=np.uint32).reshape(4, 5).T
    write(tmp_path / "a", {}, {"turned": array})

    assert Container(tmp_path / "a", verify=True).array("turned").tolist() == array.tolist()


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read_it(tmp_path, mask):
    """Mode 0600 regardless of the umask allows."""
    before = os.umask(mask)
    try:
        write(tmp_path / "a", {}, ARRAYS)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_what_is_there_stays(path):
    """An existing file is not written over, and no draft is left."""
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write(path, {"name": "b"}, {})

    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["a.hsl"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is too short"),
        (b"HSWLST\x00\x02", "it is too short"),
        (bytes(64), "it does not start like one"),
        (b"md5\n" + b"0123456789abcdef0123456789abcdef\n" * 9, "it does not start like one"),
        (pickle.dumps(["x" * 100]), "it does not start like one"),
        (b"HSWLST\x00\x02" + bytes(56), "its size is not the recorded one"),
        (struct.pack("<8sQQ32sQ", b"HSWLST\x00\x02", 64, 0, bytes(32), 64), "contents was altered"),
        (struct.pack("<8sQQ32sQ", b"HSWLST\x00\x02", 2**64 - 1, 65, bytes(32), 64), "its size is"),
    ],
)
def test_what_is_no_container_is_refused(tmp_path, content, why):
    """A reason for people, no crash; nothing is unpickled."""
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ListError, match=f"a: damaged, or not a compiled hash list: .*{why}"):
        Container(tmp_path / "a", verify=True)


def test_another_version_says_so(path):
    """The remedy is to import again."""
    content = bytearray(path.read_bytes())
    content[7] = 9
    path.write_bytes(content)
    with pytest.raises(ListError, match=r"another version of hashsweep \(9\); import its sources"):
        Container(path, verify=True)


@pytest.mark.parametrize("where", ["missing", "folder"])
def test_what_cannot_be_read_is_refused(tmp_path, where):
    """The operating system's own words."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(ListError, match=r"No such file|Is a directory"):
        Container(tmp_path / where, verify=True)


def test_a_stamp_holds_only_for_the_file_as_it_was(path):
    """A worker that opens what its parent verified notices that it is another file by now."""
    stamp = Container(path, verify=True).stamp
    again = Container(path, verify=False, stamp=stamp)
    os.utime(path, ns=(1, 1))

    assert again.array("words").tolist() == [2**64 - 1, 0, 7]
    with pytest.raises(ListError, match="changed in place while in use"):
        Container(path, verify=False, stamp=stamp)


def test_a_file_put_in_its_place_has_another_stamp(path, tmp_path):
    """Equal content, size and time do not make it the same file."""
    opened = Container(path, verify=True)
    state = path.stat()
    (tmp_path / "b").write_bytes(path.read_bytes())
    os.utime(tmp_path / "b", ns=(state.st_atime_ns, state.st_mtime_ns))
    os.rename(tmp_path / "b", path)
    with pytest.raises(ListError, match="changed in place while in use"):
        Container(path, verify=False, stamp=opened.stamp)


def test_types_are_checked_before_they_are_used(tmp_path):
    """A table of contents cannot ask for objects, nor for signed numbers."""
    write(tmp_path / "a", {}, {"bytes": np.arange(3, dtype=np.int8)})
    with pytest.raises(ListError, match="its table of contents is invalid"):
        Container(tmp_path / "a", verify=True).array("bytes")


def test_every_single_byte_is_under_a_checksum(path):
    """Header, arrays, padding, contents: whichever byte is altered, it is noticed."""
    whole = path.read_bytes()
    for at in range(len(whole)):
        with path.open("r+b") as stream:
            stream.seek(at)
            stream.write(bytes([whole[at] ^ 1 << at % 8]))
        with pytest.raises(ListError):
            Container(path, verify=True)
        with path.open("r+b") as stream:
            stream.seek(at)
            stream.write(whole[at : at + 1])

    Container(path, verify=True)


def test_every_truncation_is_noticed(path):
    """However much is missing."""
    for size in reversed(range(path.stat().st_size)):
        os.truncate(path, size)
        with pytest.raises(ListError):
            Container(path, verify=True)


@given(st.binary(max_size=300))
@settings(max_examples=examples(50), deadline=None)
def test_equal_bytes_have_equal_sums(content):
    """Sums depend on the bytes alone, length included: padding is not content."""
    flat = np.frombuffer(content, np.uint8)

    assert sums(flat) == sums(flat.copy())
    assert sums(flat) != sums(np.append(flat, np.uint8(0)))


@pytest.mark.parametrize("size", [4096, 8192, 32768, 65536])
def test_moved_pages_are_noticed(size):
    """Blocks that changed places, in an array that is nearly empty as indexes are."""
    rng = np.random.default_rng(size)
    flat = np.zeros(1 << 20, np.uint8)
    flat[rng.integers(len(flat) // 8, size=200) * 8] = 1
    blocks = flat.reshape(-1, size)
    for one in range(len(blocks) - 1):
        other = rng.integers(one + 1, len(blocks))
        moved = blocks.copy()
        moved[[one, other]] = blocks[[other, one]]
        assert (sums(moved.reshape(-1)) == sums(flat)) == (moved == blocks).all()
