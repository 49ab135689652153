"""Files of this machine: what they hold, and how they refuse."""

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from hashsweep.errors import REASONS, STAGES, ItemError
from hashsweep.model import Item
from hashsweep.storage import local
from hashsweep.storage.beneath import Roots
from hashsweep.storage.local import LocalFile, read_error


def opened(path: Path | str | bytes) -> LocalFile:
    return LocalFile(Item(os.fsdecode(path)))


def refusal(path: Path | str | bytes) -> tuple[str, str]:
    """Stage and reason for which the file cannot be opened."""
    with pytest.raises(ItemError) as caught:
        opened(path)
    return caught.value.stage, caught.value.reason


def test_holds_what_the_file_holds(tmp_path: Path) -> None:
    """Size, time and bytes are those of the file."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"some bytes")
    os.utime(path, ns=(5, 1_700_000_000_123_456_789))
    with opened(path) as file:
        assert (file.size, file.mtime_ns) == (10, 1_700_000_000_123_456_789)
        assert list(file.chunks()) == [b"some bytes"]


def test_is_closed_in_the_end(tmp_path: Path) -> None:
    """Leaving the context gives the descriptor back."""
    path = tmp_path / "a"
    path.write_bytes(b"x")
    with opened(path) as file:
        stream = file.stream
    assert stream.closed


def test_leaves_no_descriptor_open_when_it_refuses(tmp_path: Path) -> None:
    """A million refused files would otherwise end in "too many open files"."""
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "fifo")
    before = len(os.listdir("/proc/self/fd"))
    for name in ("empty", "fifo", ".", "missing"):
        refusal(tmp_path / name)
    assert len(os.listdir("/proc/self/fd")) == before


def test_does_not_touch_the_file(tmp_path: Path) -> None:
    """Reading a file changes neither its bytes nor its time of change."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    before = path.stat().st_mtime_ns
    with opened(path) as file:
        list(file.chunks())
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (b"x" * 100, before)


@pytest.mark.parametrize("name", [b"caf\xe9.jpg", b"two\nlines", b"\x1b[2J", b" ", b"-rf", b"'\""])
def test_any_name(tmp_path: Path, name: bytes) -> None:
    """A file opens by its bytes, be they UTF-8 or not."""
    path = os.path.join(os.fsencode(tmp_path), name)
    Path(os.fsdecode(path)).write_bytes(b"content")
    with opened(path) as file:
        assert b"".join(file.chunks()) == b"content"


def test_gone(tmp_path: Path) -> None:
    """A file that was listed and is no longer there is `gone`."""
    assert refusal(tmp_path / "missing") == ("read", "gone")


def test_folder_became_a_file(tmp_path: Path) -> None:
    """A path through what is no folder any more is `gone`."""
    (tmp_path / "was-a-folder").write_bytes(b"x")
    assert refusal(tmp_path / "was-a-folder" / "a.jpg") == ("read", "gone")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A file that this user may not read is `denied`."""

    def deny(*_: object) -> int:
        raise PermissionError(number, os.strerror(number))

    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.setattr(os, "open", deny)
    assert refusal(tmp_path / "a") == ("read", "denied")


def test_fifo_does_not_block(tmp_path: Path) -> None:
    """A FIFO that nobody writes to is refused at once."""
    os.mkfifo(tmp_path / "fifo")
    assert refusal(tmp_path / "fifo") == ("read", "not-regular")


def test_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket is no regular file."""
    monkeypatch.chdir(tmp_path)  # a socket's path may only be 108 bytes long
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("socket")
        assert refusal("socket") == ("read", "not-regular")


def test_device() -> None:
    """A device is no regular file, and nothing is read from it."""
    assert refusal("/dev/zero") == ("read", "not-regular")


def test_folder(tmp_path: Path) -> None:
    """A folder is no regular file."""
    assert refusal(tmp_path) == ("read", "not-regular")


def test_link_is_not_followed(tmp_path: Path) -> None:
    """A link that took a file's place leads nowhere, wherever it points."""
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert refusal(tmp_path / "link") == ("read", "not-regular")
    assert refusal(tmp_path / "dangling") == ("read", "not-regular")


def test_nul_in_name() -> None:
    """A name with a NUL byte (from a list of paths) is refused as a name."""
    assert refusal("/tmp/a\0b") == ("read", "bad-name")


def test_too_long_a_name(tmp_path: Path) -> None:
    """A name longer than the file system allows is refused as a name."""
    assert refusal(tmp_path / ("x" * 300)) == ("read", "bad-name")


def test_lone_surrogate_in_name(tmp_path: Path) -> None:
    """A name that is no bytes at all (from a list of paths) is refused as a name."""
    assert refusal(f"{tmp_path}/\ud800") == ("read", "bad-name")


def test_no_name() -> None:
    """An empty path names nothing."""
    assert refusal("")[0] == "read"


def test_empty(tmp_path: Path) -> None:
    """A file without bytes is said to be so, and never passes for scanned."""
    (tmp_path / "a").touch()
    assert refusal(tmp_path / "a") == ("read", "empty")


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make everything over 100 bytes a large file, read 40 bytes at a time."""
    monkeypatch.setattr(local, "WHOLE", 100)
    monkeypatch.setattr(local, "CHUNK", 40)


def test_small_file_comes_whole(tmp_path: Path, pieces: None) -> None:
    """A file of at most WHOLE bytes is one chunk, so that the decoder can share it."""
    (tmp_path / "a").write_bytes(b"x" * 100)
    with opened(tmp_path / "a") as file:
        assert [len(chunk) for chunk in file.chunks()] == [100]


def test_large_file_comes_in_chunks(tmp_path: Path, pieces: None) -> None:
    """A larger file passes through in chunks; memory stays bounded."""
    content = bytes(range(101))
    (tmp_path / "a").write_bytes(content)
    with opened(tmp_path / "a") as file:
        chunks = list(file.chunks())
    assert [len(chunk) for chunk in chunks] == [40, 40, 21]
    assert b"".join(chunks) == content


@pytest.mark.parametrize("size", [10, 150])
def test_grown_before_being_read(tmp_path: Path, pieces: None, size: int) -> None:
    """A file that grew between being opened and being read is `changed`."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * size)
    with opened(path) as file:
        with path.open("ab") as other:
            other.write(b"more")
        with pytest.raises(ItemError, match="read: changed"):
            list(file.chunks())


def test_grown_while_being_read(tmp_path: Path, pieces: None) -> None:
    """A file that grows under the reader is `changed`, not hashed as it never was."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150)
    with opened(path) as file:
        chunks = file.chunks()
        next(chunks)
        with path.open("ab") as other:
            other.write(b"y" * 50)
        with pytest.raises(ItemError, match="read: changed"):
            list(chunks)


def test_cut_while_being_read(tmp_path: Path, pieces: None) -> None:
    """A file that is cut short under the reader is `changed`."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150)
    with opened(path) as file:
        chunks = file.chunks()
        next(chunks)
        os.truncate(path, 60)
        with pytest.raises(ItemError, match="read: changed"):
            list(chunks)


def test_written_over_while_being_read(tmp_path: Path, pieces: None) -> None:
    """A file of unchanged length that was written to meanwhile is `changed`."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150)
    os.utime(path, ns=(0, 1_000_000_000))
    with opened(path) as file:
        chunks = file.chunks()
        next(chunks)
        with path.open("r+b") as other:
            other.write(b"y")
        with pytest.raises(ItemError, match="read: changed"):
            list(chunks)


def test_written_over_with_its_time_put_back(tmp_path: Path) -> None:
    """Size and time say that nothing happened; the inode's own time and the bytes do not."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150)
    os.utime(path, ns=(0, 1_000_000_000))
    with opened(path) as file:
        assert b"".join(file.chunks()) == b"x" * 150
        path.write_bytes(b"y" * 150)
        os.utime(path, ns=(0, 1_000_000_000))
        for _ in range(2):
            with pytest.raises(ItemError, match="read: changed"):
                file.check_unchanged()


def rename(path: Path) -> None:
    path.rename(path.with_name("b"))


@pytest.mark.parametrize(
    "change",
    [os.unlink, rename, lambda path: path.chmod(0o400), lambda path: os.link(path, f"{path}2")],
)
def test_what_becomes_of_the_name_changes_no_byte(tmp_path: Path, change: Any) -> None:
    """It alters the inode's time as well, so the bytes are compared: they are the same."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150)
    with opened(path) as file:
        list(file.chunks())
        change(path)
        file.check_unchanged()
        file.check_unchanged()


def test_what_is_too_large_to_be_compared_passes_for_changed(tmp_path: Path, pieces: None) -> None:
    """Never for the same: what was written in between may have been anything."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150)
    with opened(path) as file:
        chunks = file.chunks()
        next(chunks)
        path.chmod(0o400)
        with pytest.raises(ItemError, match="read: changed"):
            list(chunks)


def test_below_a_root_no_link_is_followed(tmp_path: Path) -> None:
    """A folder that has become a link since it was listed leads nowhere."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").mkdir()
    (tmp_path / "in/a/file").write_bytes(b"x")
    (tmp_path / "in/link").symlink_to("a")
    roots = Roots([(str(tmp_path / "in"), str(tmp_path / "in"))])
    with LocalFile(Item(str(tmp_path / "in/a/file")), None, roots) as file:
        assert b"".join(file.chunks()) == b"x"
    with pytest.raises(ItemError, match="read: not-regular"):
        LocalFile(Item(str(tmp_path / "in/link/file")), None, roots)
    roots.close()


def test_changed_after_being_read(tmp_path: Path) -> None:
    """A decoder that reads the file again can ask whether it still is the same."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    with opened(path) as file:
        list(file.chunks())
        file.check_unchanged()
        with path.open("ab") as other:
            other.write(b"more")
        with pytest.raises(ItemError, match="read: changed"):
            file.check_unchanged()


def test_removed_after_being_opened(tmp_path: Path) -> None:
    """A file that is removed after it was opened is still read to its end."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    with opened(path) as file:
        path.unlink()
        assert b"".join(file.chunks()) == b"x" * 10


class FailingStream:
    """Stands for a descriptor on a disk that fails: no test can break a real one."""

    def read(self, _: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        """Nothing to close."""


def test_failing_disk(tmp_path: Path) -> None:
    """An error in the middle of reading is an `io-error` that says what the system said."""
    (tmp_path / "a").write_bytes(b"x")
    file = opened(tmp_path / "a")
    file.stream.close()
    file.stream = FailingStream()
    with pytest.raises(ItemError) as caught:
        list(file.chunks())
    assert (caught.value.reason, caught.value.detail) == ("io-error", "Input/output error")
    with pytest.raises(ItemError, match="read: io-error"):
        file.ends(5, 5)


@pytest.mark.parametrize(
    ("size", "head", "tail"),
    [(10, b"0123", b"789"), (3, b"012", b"012"), (4, b"0123", b"123"), (1, b"0", b"0")],
)
def test_ends(tmp_path: Path, size: int, head: bytes, tail: bytes) -> None:
    """The first and last bytes, fewer where the file is shorter."""
    (tmp_path / "a").write_bytes(b"0123456789"[:size])
    with opened(tmp_path / "a") as file:
        assert file.ends(4, 3) == (head, tail)


def test_ends_do_not_move(tmp_path: Path) -> None:
    """Looking at the ends leaves the stream at its start."""
    (tmp_path / "a").write_bytes(b"0123456789")
    with opened(tmp_path / "a") as file:
        file.ends(4, 3)
        assert b"".join(file.chunks()) == b"0123456789"


def test_every_system_error_has_a_reason() -> None:
    """Whatever number the system gives, the reason is one of the table's."""
    for number in [*errno.errorcode, 0, 9999]:
        error = read_error(OSError(number, "text"))
        assert (error.stage, error.reason in REASONS) == ("read", True)
    assert read_error(OSError("no number")).reason == "io-error"


def test_path_stays_out_of_the_detail(tmp_path: Path) -> None:
    """The detail is what the system said; the name is in the record's own column."""
    with pytest.raises(ItemError) as caught:
        opened(tmp_path / "missing")
    assert caught.value.detail == "No such file or directory"


def test_stage_can_be_named() -> None:
    """A walker that cannot list a folder says so with its own stage."""
    error = read_error(PermissionError(errno.EACCES, "Permission denied"), "list")
    assert (error.stage in STAGES, str(error)) == (True, "list: denied: Permission denied")
