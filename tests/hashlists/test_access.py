"""Who may read a list, and lists that come through a pipe."""

import os
import subprocess
import sys
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


def test_a_scratch_folder_is_private_and_goes_away():
    """On disk or in memory."""
    for in_memory in (False, True):
        with access.scratch(in_memory=in_memory) as folder:
            (folder / "a").touch()
            assert oct(folder.stat().st_mode & 0o777) == "0o700"
            assert str(folder).startswith("/dev/shm/") == in_memory
        assert not folder.exists()


def test_without_a_tmpfs_a_piped_list_is_refused(monkeypatch, tmp_path):
    """Rather than written to a disk."""
    monkeypatch.setattr(access, "_MEMORY", tmp_path)
    with (
        pytest.raises(ListError, match="to keep the list off the disk"),
        access.scratch(in_memory=True),
    ):
        pass


def test_a_file_without_a_name_is_there_until_it_is_let_go(tmp_path):
    """Other processes of this user read it by the path; afterwards nothing is left."""
    (tmp_path / "a").write_text("text")
    with ExitStack() as held:
        path = access.without_name(tmp_path / "a", held)
        read = subprocess.run(["cat", path], capture_output=True, check=True)
        assert (path.read_text(), read.stdout) == ("text", b"text")
        assert list(tmp_path.iterdir()) == []
    assert not path.exists()


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
