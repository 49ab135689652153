"""Temporary folders: gone at the end, and gone after a kill as soon as another one is made."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time

import pytest

from hashsweep.storage.temporary_folders import PREFIX, TemporaryFolder, remove_orphans

HOLD = """
import time
from hashsweep.storage.temporary_folders import TemporaryFolder
held = TemporaryFolder()
(held.path / "below").mkdir()
(held.path / "below" / "part").write_bytes(b"names")
print(held.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def top(tmp_path, monkeypatch):
    """A folder for temporary files of this test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def holder():
    """A process that has such a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    path = process.stdout.readline().strip()
    return process, path


def kill(process):
    """End it at once."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_it_is_private_and_goes_with_all_that_is_in_it(top):
    """At the end of the block, of the object, or by the call."""
    with TemporaryFolder() as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert path.parent == top
        (path / "a").mkdir()
        (path / "a" / "b").write_bytes(b"x")
    held = TemporaryFolder()
    held.cleanup()
    held.cleanup()
    TemporaryFolder()

    assert list(top.iterdir()) == []


def test_what_a_kill_leaves_goes_with_the_next_one(top):
    """Twenty kills leave no more than the last one's, and that goes as well."""
    for _ in range(20):
        process, path = holder()
        assert [each.name for each in top.iterdir()] == [os.path.basename(path)]
        kill(process)
    remove_orphans()

    assert list(top.iterdir()) == []


def test_what_is_in_use_stays(top):
    """Whoever else makes such folders."""
    process, path = holder()
    try:
        with TemporaryFolder() as mine:
            remove_orphans()
            assert {each.name for each in top.iterdir()} == {os.path.basename(path), mine.name}
            assert os.path.exists(f"{path}/below/part")
    finally:
        kill(process)


def test_nothing_else_is_touched(top):
    """Links, files, folders of other names, and those that were made a moment ago."""
    (top / "elsewhere").mkdir()
    (top / "elsewhere" / "x").touch()
    (top / f"{PREFIX}link").symlink_to(top / "elsewhere")
    (top / f"{PREFIX}file").touch()
    (top / "hashsweep-new-1").mkdir()
    old = top / "hashsweep-new-2"
    old.mkdir()
    os.utime(old, (0, time.time() - 100))
    before = {each.name for each in top.iterdir()}
    remove_orphans()

    assert {each.name for each in top.iterdir()} == before - {"hashsweep-new-2"}
    assert (top / "elsewhere" / "x").exists()


def test_of_another_user_nothing_is_removed(top, monkeypatch):
    """Root could, and does not."""
    (top / f"{PREFIX}theirs").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    remove_orphans()

    assert (top / f"{PREFIX}theirs").exists()


def test_without_locks_nothing_is_an_orphan(top, monkeypatch):
    """It cannot be known who is alive; the folder itself is made all the same."""

    def flock(*_):
        raise OSError(38, "Function not implemented")

    (top / f"{PREFIX}other").mkdir()
    monkeypatch.setattr(fcntl, "flock", flock)
    with TemporaryFolder() as path:
        assert path.is_dir()
    remove_orphans()
    monkeypatch.setenv("TMPDIR", str(top / "none"))
    monkeypatch.setattr(tempfile, "tempdir", str(top / "none"))
    remove_orphans()

    assert [each.name for each in top.iterdir()] == [f"{PREFIX}other"]
