"""The walk through a folder."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.folder import Course, FolderSource
from support.swapping import swapped


def below(root, source):
    """What a source yields, as paths below the root."""
    return [os.path.relpath(each.uri, root) for each in source.items()]


def test_the_order_is_that_of_the_names_bytes_folder_by_folder(tmp_path):
    """A folder's files come where its name stands, with the slash that ends it."""
    for name in ("b/2", "b/10", "b-c", "a", "é", "B", "b.d"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()

    assert below(tmp_path, FolderSource(str(tmp_path))) == [
        "B", "a", "b-c", "b.d", "b/10", "b/2", "é",
    ]  # fmt: skip


def test_the_first_file_comes_before_the_rest_of_the_tree_is_walked(tmp_path, monkeypatch):
    """With 200 folders, two are listed when the first file is yielded."""
    for number in range(200):
        folder = tmp_path / f"{number:03}"
        folder.mkdir()
        (folder / "file").touch()
    listed = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or real(path))

    first = next(FolderSource(str(tmp_path)).items())

    assert first.uri == str(tmp_path / "000/file")
    assert len(listed) == 2


def test_a_tree_of_a_thousand_levels_is_walked_to_its_end(tmp_path):
    """Depth costs no recursion and no open folder each."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(os.open("file", os.O_CREAT, dir_fd=here))
    os.close(here)

    (item,) = FolderSource(str(tmp_path)).items()
    # pytest removes temporary folders by recursion, which so deep a tree exhausts
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)

    assert item.uri == str(tmp_path) + "/d" * 1000 + "/file"
    assert item.failure is None


def test_a_path_that_is_too_long_is_one_failed_item(tmp_path):
    """Where the operating system ends, the report says so instead of saying nothing."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)

    (item,) = FolderSource(str(tmp_path)).items()
    subprocess.run(["rm", "-r", tmp_path / ("d" * 250)], check=True)

    assert item.failure == Failure("list", "bad-name", "File name too long")


def test_a_folder_that_cannot_be_listed_is_one_failed_item(tmp_path, monkeypatch):
    """Its neighbours are walked all the same."""
    for name in ("a/1", "b/2", "c/3"):
        path = tmp_path / name
        path.parent.mkdir()
        path.touch()
    real = os.scandir

    def scandir(path):
        if os.readlink(f"/proc/self/fd/{path}").endswith("/b"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(FolderSource(str(tmp_path)).items())

    assert [(os.path.relpath(each.uri, tmp_path), each.failure) for each in found] == [
        ("a/1", None),
        ("b", Failure("list", "denied", "Permission denied")),
        ("c/3", None),
    ]


def test_a_folder_that_fails_half_way_keeps_what_it_gave(tmp_path, monkeypatch):
    """Files seen before the error are scanned, and the error is a failed item."""
    (tmp_path / "a").touch()
    real = os.scandir

    class Failing:
        def __init__(self, path):
            self.entries = real(path)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.entries.close()

        def __iter__(self):
            yield from self.entries
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", Failing)
    first, second = FolderSource(str(tmp_path)).items()

    assert (os.path.basename(first.uri), first.failure) == ("a", None)
    assert second.failure == Failure("list", "io-error", "Input/output error")


class Untyped:
    """A listing without types, as of XFS with ftype=0 and many network disks.

    Each entry has to be asked for its type, and one whose name has "broken" in it does not answer.
    """

    class Entry:
        """One entry of it."""

        def __init__(self, entry):
            self.name, self._entry = entry.name, entry

        def is_dir(self, *, follow_symlinks):
            if "broken" in self.name:
                raise OSError(5, "Input/output error")
            return self._entry.is_dir(follow_symlinks=follow_symlinks)

    def __init__(self, path, scandir=os.scandir):
        self._entries = scandir(path)

    def __enter__(self):
        return map(self.Entry, self._entries)

    def __exit__(self, *_):
        self._entries.close()


def test_an_entry_whose_type_cannot_be_told_costs_no_other(tmp_path, monkeypatch):
    """It is a failed item in its place; what comes after it in the listing is walked."""
    for name in ("a", "broken.jpg", "c", "sub/broken", "sub/d", "z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(os, "scandir", Untyped)
    found = list(FolderSource(str(tmp_path)).items())
    failure = Failure("list", "io-error", "Input/output error")

    assert [(os.path.relpath(each.uri, tmp_path), each.failure) for each in found] == [
        ("a", None),
        ("broken.jpg", failure),
        ("c", None),
        ("sub/broken", failure),
        ("sub/d", None),
        ("z", None),
    ]


def test_an_entry_whose_size_cannot_be_told_costs_no_other(tmp_path, monkeypatch):
    """The listing has its type, and the disk does not answer for its size."""
    for name in "abc":
        (tmp_path / name).touch()
    real = os.lstat

    def lstat(path, **options):
        if os.fsencode(path).endswith(b"/b"):
            raise OSError(5, "Input/output error")
        return real(path, **options)

    monkeypatch.setattr(os, "lstat", lstat)
    found = list(FolderSource(str(tmp_path)).items())

    assert [each.failure and each.failure.reason for each in found] == [None, "io-error", None]


def test_a_file_that_is_a_folder_by_now_is_a_failed_item(tmp_path):
    """What is in it was not seen, so it is not passed over as a special file."""
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    walk = FolderSource(str(tmp_path)).items()
    next(walk)
    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()

    assert next(walk).failure == Failure("list", "not-regular", "a folder")


def test_a_socket_is_passed_over(tmp_path, monkeypatch):
    """Sockets are special files."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert list(FolderSource(".").items()) == [Skipped(str(tmp_path / "socket"), "special")]


def test_a_linked_folder_is_not_entered_unless_it_is_the_root(tmp_path):
    """Links are followed only where the user names one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "link").symlink_to("real")

    assert [type(each) for each in FolderSource(str(tmp_path)).items()] == [Skipped, Item]
    assert below(tmp_path, FolderSource(str(tmp_path / "link"))) == ["link/file"]


def test_a_folder_that_has_become_a_link_is_not_entered(tmp_path):
    """Since its name was listed, or since the walk began: what is elsewhere is never listed."""
    for name in ("in/a/1", "in/b/2", "out/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    walk = FolderSource(str(tmp_path / "in")).items()
    first = next(walk)
    (tmp_path / "in/b").rename(tmp_path / "b")
    (tmp_path / "in/b").symlink_to(tmp_path / "out")
    found = [first, *walk]

    assert [(os.path.relpath(each.uri, tmp_path), each.failure) for each in found] == [
        ("in/a/1", None),
        ("in/b", Failure("list", "not-regular", "Too many levels of symbolic links")),
    ]


def test_a_folder_swapped_with_a_link_again_and_again_never_leads_out(tmp_path):
    """200 walks while another thread swaps them."""
    for name in ("in/x/file", "out/secret"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with swapped(tmp_path / "in/x", tmp_path / "out", tmp_path / "kept"):
        found = {
            os.path.basename(each.uri)
            for _ in range(200)
            for each in FolderSource(str(tmp_path / "in")).items()
        }

    assert "secret" not in found


def test_a_root_that_is_held_is_walked_whatever_has_its_name(tmp_path):
    """Under the name that it had."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/file").touch()
    descriptor = os.open(tmp_path / "in", os.O_RDONLY)
    source = FolderSource(str(tmp_path / "in"), held=f"/proc/self/fd/{descriptor}")
    (tmp_path / "in").rename(tmp_path / "kept")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/other").touch()
    found = [each.uri for each in source.items()]
    os.close(descriptor)

    assert found == [str(tmp_path / "in/file")]


def test_a_link_to_a_file_named_as_a_source_is_followed(tmp_path):
    """The user named it: what it leads to is the item, under its own path."""
    (tmp_path / "real").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "link-to-link").symlink_to("link")

    (item,) = FolderSource(str(tmp_path / "link-to-link")).items()

    assert (item.uri, item.size) == (str(tmp_path / "real"), 3)


def test_a_broken_link_named_as_a_source_is_refused(tmp_path):
    """There is nothing to follow it to."""
    (tmp_path / "link").symlink_to("nowhere")

    with pytest.raises(SourceError, match="link: No such file or directory"):
        FolderSource(str(tmp_path / "link")).check()


@pytest.mark.parametrize("root", ["media", "link"])
def test_the_folder_to_leave_out_is_passed_over_and_told(tmp_path, root):
    """One skip stands for all that is in it; a folder of its name elsewhere is walked."""
    for name in ("media/a", "media/report/part", "media/sub/report/part", "media/reports/part"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "link").symlink_to("media")
    source = FolderSource(str(tmp_path / root), leave_out=str(tmp_path / "media/report"))
    found = {os.path.relpath(each.uri, tmp_path / root): each for each in source.items()}

    assert list(found) == ["a", "report", "reports/part", "sub/report/part"]
    assert found["report"] == Skipped(f"{tmp_path / root}/report/", "own-report")


def test_a_folder_to_leave_out_that_is_elsewhere_changes_nothing(tmp_path):
    """A report beside the source, even one whose name begins like it, hides no file."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media/file").touch()
    source = FolderSource(str(tmp_path / "media"), leave_out=str(tmp_path / "media-report"))

    assert below(tmp_path, source) == ["media/file"]


def test_a_single_file_is_a_source(tmp_path):
    """A file named as a source is the only item."""
    path = tmp_path / "file"
    path.write_bytes(b"abc")

    (item,) = FolderSource(str(path)).items()

    assert (item.uri, item.size) == (str(path), 3)


def test_relative_roots_give_absolute_paths(tmp_path, monkeypatch):
    """The report can be read from anywhere."""
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)

    assert [item.uri for item in FolderSource(".").items()] == [str(tmp_path / "file")]


def test_a_root_with_a_nul_byte_is_refused():
    """A name that cannot exist is a SourceError and no traceback."""
    with pytest.raises(SourceError, match="not a path"):
        FolderSource("/a\0b").check()


def test_a_root_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    """A sweep does not start on a root that it cannot walk."""

    def scandir(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", scandir)

    with pytest.raises(SourceError, match="Permission denied"):
        FolderSource(str(tmp_path)).check()


def test_a_file_that_vanishes_during_the_walk_does_not_end_it(tmp_path):
    """Files removed after their folder was listed are failed items, in their place."""
    for name in "abc":
        (tmp_path / name).touch()
    walk = FolderSource(str(tmp_path)).items()
    found = [next(walk)]
    Path(tmp_path / "b").unlink()
    found += walk

    assert [each.failure and each.failure.reason for each in found] == [None, "gone", None]


def test_a_folder_above_what_a_link_points_to_is_the_kernels(tmp_path, monkeypatch):
    """`link/..` is the folder that holds the link's target, not the one that holds the link."""
    (tmp_path / "far/target").mkdir(parents=True)
    (tmp_path / "near").mkdir()
    (tmp_path / "far/wanted").touch()
    (tmp_path / "near/other").touch()
    (tmp_path / "near/link").symlink_to("../far/target")
    monkeypatch.chdir(tmp_path)

    for root in ("near/link/..", f"{tmp_path}/near/link/../"):
        assert [each.uri for each in FolderSource(root).items()] == [str(tmp_path / "far/wanted")]


def drawn(tmp_path):
    """A tree whose names sort otherwise with a slash than without; all that its walk yields."""
    for name in ("a", "b-c", "b/x", "b/y/1", "b/y/2", "b/z", "b0", "c/d/e", "f"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b/link").symlink_to("x")
    return list(FolderSource(str(tmp_path)).items())


def test_a_walk_goes_on_after_whatever_it_yielded_last(tmp_path):
    """Nothing comes twice, and nothing is left out."""
    found = drawn(tmp_path)
    for number, last in enumerate(found):
        rest = FolderSource(str(tmp_path)).walk(Course(after=os.fsencode(last.uri)))

        assert list(rest) == found[number + 1 :]


def test_a_folder_that_was_yielded_stands_for_all_that_is_in_it(tmp_path):
    """It had failed, or was left out, and its neighbours follow."""
    drawn(tmp_path)
    rest = FolderSource(str(tmp_path)).walk(Course(after=os.fsencode(f"{tmp_path}/b/")))

    assert [os.path.relpath(each.uri, tmp_path) for each in rest] == ["b0", "c/d/e", "f"]


@pytest.mark.parametrize(
    ("silent", "left"),
    [
        ("b/y/", ["a", "b-c", "b/link", "b/x", "b/y/", "b/z", "b0", "c/d/e", "f"]),
        ("b/y", ["a", "b-c", "b/link", "b/x", "b/y", "b/z", "b0", "c/d/e", "f"]),
        ("b/x", ["a", "b-c", "b/link", "b/x", "b/y/1", "b/y/2", "b/z", "b0", "c/d/e", "f"]),
    ],
)
def test_a_path_without_an_answer_is_one_failed_item_in_its_place(tmp_path, silent, left):
    """Nothing is asked about it again, and its neighbours are walked."""
    drawn(tmp_path)
    path = os.fsencode(f"{tmp_path}/{silent}")
    asked = []
    course = Course(silent=frozenset([path]), touch=asked.append)
    found = list(FolderSource(str(tmp_path)).walk(course))
    failed = [each for each in found if isinstance(each, Item) and each.failure]

    assert [each.uri.removeprefix(f"{tmp_path}/") for each in found] == left
    assert failed == [Item(os.fsdecode(path), failure=Failure("list", "timeout"))]
    assert path not in asked


def test_each_question_to_the_disk_is_told_before_it_is_asked(tmp_path):
    """The root, each folder, each name in it and each file."""
    drawn(tmp_path)
    asked = []
    list(FolderSource(str(tmp_path)).walk(Course(touch=asked.append)))
    told = [os.fsdecode(each).removeprefix(str(tmp_path)) for each in asked]

    assert told[:2] == ["", "/"]
    assert {"/b/", "/b/y/", "/c/d/"} <= set(told)
    assert told[told.index("/b/y/") :].count("/b/y/1") == 2
