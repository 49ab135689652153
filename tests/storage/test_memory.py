"""Bytes from a pipe, in memory."""

import io
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from hashsweep.model import Item
from hashsweep.storage import memory
from hashsweep.storage.local import LocalFile

CONTENT = b"some bytes" * 300_000


def test_other_processes_can_read_it() -> None:
    """By its path, until it is closed."""
    with ExitStack() as held:
        path = memory.hold(io.BytesIO(CONTENT), held)
        program = "import sys; print(len(open(sys.argv[1], 'rb').read()))"
        told = subprocess.check_output([sys.executable, "-c", program, path], text=True)
        assert int(told) == len(CONTENT)
    assert not Path(path).exists()


def test_it_is_a_file_like_any_other_once_adopted() -> None:
    """Also after its first owner has let it go."""
    with ExitStack() as held:
        path = memory.hold(io.BytesIO(CONTENT), held)
        own = memory.adopt(path)
    for _ in range(2):
        with LocalFile(Item(path), own) as file:
            assert file.size == len(CONTENT)
            assert b"".join(file.chunks()) == CONTENT


def test_what_is_gone_cannot_be_adopted() -> None:
    with pytest.raises(OSError, match="No such file"):
        memory.adopt("/proc/self/fd/987654")


@pytest.mark.parametrize(("most", "fits"), [(len(CONTENT), True), (len(CONTENT) - 1, False)])
def test_what_is_longer_than_it_may_be_is_not_held(most, fits) -> None:
    """The bound is inclusive, and reading stops soon after it."""
    stream = io.BytesIO(CONTENT)
    with ExitStack() as held:
        if fits:
            assert Path(memory.hold(stream, held, most)).stat().st_size == most
            return
        with pytest.raises(OSError, match="File too large"):
            memory.hold(stream, held, most)
        with open("/dev/zero", "rb") as endless, pytest.raises(OSError, match="File too large"):
            memory.hold(endless, held, most)


@pytest.mark.parametrize("refused", [False, True])
def test_an_unnamed_file_holds_what_it_was_given(tmp_path, monkeypatch, refused) -> None:
    """In memory, or where the system has no such files on disk, without a name either way."""

    def refuse(*_: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if refused:
        monkeypatch.setattr(os, "memfd_create", refuse)
    descriptor = memory.create_unnamed(CONTENT)
    path = memory.by_descriptor(descriptor)
    with open(path, "rb") as stream:
        assert stream.read() == CONTENT
    assert os.readlink(path).startswith(str(tmp_path) if refused else "/memfd:")
    assert list(tmp_path.iterdir()) == []
    if not refused:
        for size in (0, len(CONTENT) + 1):
            with pytest.raises(PermissionError):
                os.ftruncate(descriptor, size)
    os.pwrite(descriptor, b"written", 0)
    os.close(descriptor)


def test_paths_of_what_is_open_here_are_known(tmp_path) -> None:
    """And no others, such as those of another process."""
    assert memory.is_unnamed(Path(memory.by_descriptor(7)))
    assert not memory.is_unnamed(tmp_path / "proc")
    assert not memory.is_unnamed(f"/proc/1{os.getpid()}/fd/7")
