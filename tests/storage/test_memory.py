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
        own = memory.adopted(path)
    for _ in range(2):
        with LocalFile(Item(path), own) as file:
            assert file.size == len(CONTENT)
            assert b"".join(file.chunks()) == CONTENT


def test_what_is_gone_cannot_be_adopted() -> None:
    with pytest.raises(OSError, match="No such file"):
        memory.adopted("/proc/self/fd/987654")
