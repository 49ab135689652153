"""Lists of paths: --files-from."""

import os
import subprocess
import sys
import threading

import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Failure
from hashsweep.sources.paths import LONGEST, PathsSource


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Three files in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b c", "d\ne"):
        (tmp_path / name).touch()
    return tmp_path


def uris(listing, *, null=False):
    """Write a list and return what it names, relative to the current folder."""
    with open("list", "wb") as stream:
        stream.write(listing)
    return [os.path.relpath(each.uri) for each in PathsSource("list", null).items()]


@pytest.mark.parametrize(
    "listing", [b"a\nb c\n", b"a\nb c", b"a\r\nb c\r\n", b"\n\na\n\n\r\nb c\n\n"]
)
def test_lines_name_files(files, listing):
    """LF or CRLF, with or without a last one; blank lines are passed over."""
    assert uris(listing) == ["a", "b c"]


def test_a_byte_order_mark_is_no_part_of_a_name(files):
    """In text; names that end in NUL are bytes as they are. UTF-16 is refused in one line."""
    assert uris(b"\xef\xbb\xbfa\nb c\n") == ["a", "b c"]
    assert uris(b"\xef\xbb\xbfa\0", null=True) == ["\ufeffa"]
    with pytest.raises(SourceError, match="it is UTF-16: save it as UTF-8"):
        uris("a\nb c\n".encode("utf-16"))


@pytest.mark.parametrize("listing", [b"a\0d\ne\0", b"a\0d\ne", b"\0a\0\0d\ne\0"])
def test_nul_separates_names_that_hold_newlines(files, listing):
    """As from find -print0."""
    assert uris(listing, null=True) == ["a", "d\ne"]


def test_the_order_is_that_of_the_list(files):
    """Nothing is sorted and nothing is dropped, not even what is named twice."""
    assert uris(b"b c\na\nb c\n") == ["b c", "a", "b c"]


def test_an_empty_list_names_nothing(files):
    """No line, no item."""
    assert uris(b"") == []


def test_names_across_the_chunks_of_a_long_list_stay_whole(files):
    """Names are the same wherever a read happens to end."""
    names = [f"{'x' * 90}{number}" for number in range(20_000)]

    assert uris("\n".join(names).encode()) == names


def test_what_is_not_there_is_a_failed_item(files):
    """A wrong line costs one row and nothing else."""
    (files / "list").write_bytes(b"a\nnot-there\nb c\n")
    found = list(PathsSource("list").items())

    assert [each.failure for each in found] == [
        None,
        Failure("list", "gone", "No such file or directory"),
        None,
    ]


def test_a_folder_on_the_list_is_a_failed_item(files):
    """A list names files; a folder on it would otherwise be left out in silence."""
    (files / "sub").mkdir()
    (files / "list").write_bytes(b"sub\n")
    (found,) = PathsSource("list").items()

    assert found.failure == Failure("list", "not-regular", "a folder")


def test_a_name_without_end_is_one_failed_item(files):
    """A list that is no list of paths fills no memory."""
    (files / "list").write_bytes(b"x" * (40 * LONGEST) + b"\na\n")
    first, second = PathsSource("list").items()

    assert (first.failure.reason, len(first.uri) < 2 * LONGEST) == ("bad-name", True)
    assert second.failure is None


def test_a_nul_in_a_line_is_a_failed_item(files):
    """The list was made with -print0 and --null was forgotten."""
    (files / "list").write_bytes(b"a\0b c\0")
    (found,) = PathsSource("list").items()

    assert found.failure.reason == "bad-name"


def test_a_list_that_is_a_folder_is_refused(files):
    """check() says so before the sweep starts."""
    with pytest.raises(SourceError, match=r"--files-from \.: Is a directory"):
        PathsSource(".").check()


def test_standard_input_is_read(files):
    """`-` reads the list from a pipe."""
    code = (
        "from hashsweep.sources.paths import PathsSource\n"
        "source = PathsSource('-')\n"
        "source.check()\n"
        "print([each.uri.rpartition('/')[2] for each in source.items()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"a\nb c\n", capture_output=True, check=True
    )

    assert done.stdout == b"['a', 'b c']\n"


def test_a_fifo_is_read_once(files):
    """What is written to a FIFO before the walk begins is not lost by the check."""
    os.mkfifo("fifo")
    source = PathsSource("fifo")
    source.check()
    writer = threading.Thread(target=(files / "fifo").write_bytes, args=(b"a\nb c\n",))
    writer.start()
    found = [os.path.relpath(each.uri) for each in source.items()]
    writer.join()

    assert found == ["a", "b c"]


def test_a_path_through_the_folder_above_a_links_target_is_the_kernels(files):
    """`link/../a` is the file beside the link's target; a link with nothing of that stays."""
    (files / "far/target").mkdir(parents=True)
    (files / "far/a").touch()
    (files / "far/target/b").touch()
    (files / "link").symlink_to("far/target")

    assert uris(b"link/../a\nlink/b\n") == ["far/a", "link/b"]
