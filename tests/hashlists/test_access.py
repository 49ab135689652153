"""Who may read a list, and lists that come through a pipe."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists import access


def test_a_list_of_its_owner_alone_is_private(tmp_path):
    """0600 and less are fine; any right of others is not; what is not there is told."""
    path = tmp_path / "list"
    path.touch()
    for mode in (0o600, 0o400, 0o700):
        path.chmod(mode)
        access.check_private(path)
    path.chmod(0o610)
    with pytest.raises(ListError, match="mode 0610"):
        access.check_private(path)
    with pytest.raises(ListError, match="No such file"):
        access.check_private(tmp_path / "nowhere")


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_scratch_file_has_no_name_and_goes_away(tmp_path, monkeypatch, in_memory):
    """Other processes of this user read it by its path; nothing of it is in any folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.listdir("/dev/shm")
    with ExitStack() as held:
        path = access.Scratch(held, in_memory=in_memory).new()
        with path.open("r+b") as stream:
            stream.write(b"text")
        read = subprocess.run(["cat", path], capture_output=True, check=True)
        where = os.readlink(path)
        assert (path.read_text(), read.stdout) == ("text", b"text")
        assert (list(tmp_path.iterdir()), os.listdir("/dev/shm")) == ([], before)
        assert where.startswith("/memfd:" if in_memory else str(tmp_path))
    assert not path.exists()


def test_what_is_finished_in_memory_is_written_to_by_nobody():
    """Not even by a process that has it open: a confined worker may open what it has."""
    with ExitStack() as held:
        scratch = access.Scratch(held, in_memory=True)
        path = scratch.new()
        writing = os.open(path, os.O_RDWR)
        held.callback(os.close, writing)
        os.write(writing, b"text")
        scratch.finish(path)
        for change in (
            lambda: os.pwrite(writing, b"x", 0),
            lambda: os.ftruncate(writing, 1),
            lambda: os.ftruncate(writing, 9),
        ):
            with pytest.raises(PermissionError):
                change()
        assert path.read_text() == "text"
        assert oct(path.stat().st_mode)[-3:] == "400"


def test_a_kill_leaves_nothing_of_a_scratch_file(tmp_path):
    """Wherever it lies."""
    script = (
        "import os, signal\nfrom contextlib import ExitStack\n"
        "from hashsweep.hashlists.access import Scratch\n"
        "held = ExitStack()\n"
        "for in_memory in (False, True):\n"
        "    Scratch(held, in_memory=in_memory).new().write_bytes(b'text')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    before = os.listdir("/dev/shm")
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=env, check=False)

    assert done.returncode == -signal.SIGKILL
    assert (list(tmp_path.iterdir()), os.listdir("/dev/shm")) == ([], before)


READ = """
from contextlib import ExitStack
from hashsweep.hashlists import access
with ExitStack() as held:
    path = access.from_stdin(held)
    print(path.read_bytes() == bytes(range(256)) * 20_000, path.read_bytes()[:1], path)
"""


def test_what_is_piped_in_can_be_read_again_and_again():
    """Whatever its length, from a path of this process's memory."""
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=bytes(range(256)) * 20_000,
        capture_output=True,
        check=True,
    )
    same, start, path = done.stdout.decode().split()

    assert (same, start) == ("True", "b'\\x00'")
    assert Path(path).parts[1] == "proc"


def test_what_is_held_open_outlives_its_name(tmp_path):
    """Whatever is put in its place; and it goes when nobody holds it."""
    path = tmp_path / "list"
    path.write_bytes(b"the first")
    with ExitStack() as held:
        opened = access.hold_open(path, held)
        path.unlink()
        path.write_bytes(b"another")
        assert opened.read_bytes() == b"the first"
    assert not opened.exists()


def test_a_terminal_is_no_list(monkeypatch):
    """Nobody types a list: who forgot the pipe is told instead of left waiting."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as terminal, ExitStack() as held:
        monkeypatch.setattr(sys, "stdin", terminal)
        with pytest.raises(ListError, match="nothing is piped in"):
            access.from_stdin(held)
    os.close(ours)
