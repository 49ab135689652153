"""New files: whole or not there."""

import errno
import os
import stat

import pytest

from hashsweep.atomic_files import atomic_file


def written(path, content, midway=lambda: None):
    """Write a file to its end, unless what is done midway breaks it off."""
    with atomic_file(path) as file:
        file.write(content)
        midway()


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_file_has_its_name_at_the_end(tmp_path, mode, sync):
    """Nothing bears it before; nothing else is left."""
    before = os.umask(0)
    try:
        with atomic_file(tmp_path / "a", mode, sync=sync) as file:
            file.write(b"whole")
            meanwhile = os.listdir(tmp_path)
    finally:
        os.umask(before)

    assert "a" not in meanwhile
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_a_file_that_is_there_is_refused_before_anything_is_done(tmp_path):
    """Hours of work are not thrown away at their end."""
    (tmp_path / "a").write_bytes(b"mine")
    begun = []
    with pytest.raises(FileExistsError), atomic_file(tmp_path / "a"):
        begun.append("a")

    assert begun == []
    assert (tmp_path / "a").read_bytes() == b"mine"


def test_a_symbolic_link_is_not_followed(tmp_path):
    """A link that somebody left at the output's name leads nowhere."""
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        written(tmp_path / "a", b"x")

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_breaks_off_leaves_nothing(tmp_path, error):
    """An error or Ctrl-C half-way: no file, no draft."""

    def broken_off():
        raise error

    with pytest.raises(error):
        written(tmp_path / "a", b"half", broken_off)

    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_at_the_end_leaves_nothing(tmp_path, monkeypatch):
    """Some disks say so only when they are asked to flush."""

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        written(tmp_path / "a", b"x")

    assert os.listdir(tmp_path) == []


def test_the_draft_of_a_killed_process_is_not_in_the_way(tmp_path):
    """In containers every process may have the same number."""
    (tmp_path / f".a.{os.getpid()}.part").write_bytes(b"half")
    written(tmp_path / "a", b"whole")

    assert (tmp_path / "a").read_bytes() == b"whole"


@pytest.mark.parametrize("links", [True, False])
def test_of_two_writers_one_wins_whole(tmp_path, monkeypatch, links):
    """A file that comes into being while another is written is not replaced."""

    def refused(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refused)
    with pytest.raises(FileExistsError):
        written(tmp_path / "a", b"slow", lambda: written(tmp_path / "a", b"quick"))

    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"quick"
