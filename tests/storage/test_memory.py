"""Bytes from a pipe, in memory."""

import io
import subprocess
import sys
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
