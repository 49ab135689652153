"""Opening below a folder: no link is followed, by one call of the system or level by level."""

import errno
import os
from pathlib import Path

import pytest

from hashsweep.storage import beneath
from hashsweep.storage.beneath import Roots, open_beneath, open_folder
from support.swapping import swapped

READ = os.O_RDONLY | os.O_NONBLOCK
TRIES = 200


@pytest.fixture(params=["openat2", "level by level", "unknown call"])
def way(request, monkeypatch):
    """Each way in which a path is opened; the last finds out that the system lacks the first."""

    class Without:
        def syscall(self, *_):
            beneath.ctypes.set_errno(errno.EPERM)
            return -1

    known = {"openat2": True, "level by level": False, "unknown call": None}
    monkeypatch.setattr(beneath, "_is_known", known[request.param])
    if request.param == "unknown call":
        monkeypatch.setattr(beneath, "_libc", Without())
    return request.param


@pytest.fixture
def tree(tmp_path):
    """A folder with folders and links, and one beside it; an open descriptor of the first."""
    for name in ("in/a/b/file", "in/file", "out/file", "out/b/file"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "in/link").symlink_to("file")
    (tmp_path / "in/linked").symlink_to("a")
    (tmp_path / "in/a/out").symlink_to(tmp_path / "out")
    folder = open_folder(os.fsencode(tmp_path / "in"))
    yield folder
    os.close(folder)


def content(folder, below):
    """What is read below a folder."""
    with open(open_beneath(folder, below, READ), "rb") as stream:
        return stream.read()


@pytest.mark.parametrize("below", [b"file", b"a/b/file"])
def test_what_lies_below_is_opened(way, tree, below):
    """At any depth; other processes that are started do not inherit it."""
    descriptor = open_beneath(tree, below, READ)
    inherited = os.get_inheritable(descriptor)
    os.close(descriptor)

    assert (content(tree, below), inherited) == (b"in/" + below, False)


@pytest.mark.parametrize("below", [b".", b"a", b"a/b", b"a/b/"])
def test_folders_are_opened_as_well(way, tree, below):
    """Also the one at the top."""
    descriptor = open_beneath(tree, below, READ | os.O_DIRECTORY)
    names = os.listdir(descriptor)
    os.close(descriptor)

    assert names


@pytest.mark.parametrize("below", [b"link", b"linked/b/file", b"a/out/file", b"linked/b", b"a/out"])
def test_no_link_is_followed(way, tree, below):
    """Neither in the last place nor on the way."""
    with pytest.raises(OSError, match="Too many levels") as caught:
        open_beneath(tree, below, READ)

    assert caught.value.errno == errno.ELOOP


@pytest.mark.parametrize(
    ("below", "number"),
    [(b"nothing", errno.ENOENT), (b"a/nothing/x", errno.ENOENT), (b"file/x", errno.ENOTDIR)],
)
def test_what_is_not_there_is_an_error_of_the_system(way, tree, below, number):
    """With its number."""
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is looked at
        open_beneath(tree, below, READ)

    assert caught.value.errno == number


def test_no_descriptor_is_left_open(way, tree):
    """Whatever becomes of it."""
    content(tree, b"a/b/file")
    before = len(os.listdir("/proc/self/fd"))
    for below in (b"a/b/file", b"a/out/file", b"linked/b/file", b"a/nothing/x", b"file/x"):
        try:
            content(tree, below)
        except OSError:
            continue

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_is_replaced_by_a_link_again_and_again_never_leads_out(way, tree, tmp_path):
    """200 tries while another thread swaps a folder and a link that leads elsewhere."""
    (tmp_path / "in/x").mkdir()
    (tmp_path / "in/x/file").write_text("inside")
    found = set()
    with swapped(tmp_path / "in/x", tmp_path / "out", tmp_path / "in/kept"):
        for _ in range(TRIES):
            try:
                found.add(content(tree, b"x/file"))
            except OSError as error:
                found.add(error.errno)

    assert found <= {b"inside", errno.ENOENT, errno.ELOOP, errno.ENOTDIR}


def test_roots_are_told_by_their_paths(tmp_path, tree):
    """What lies below none of them is opened as it always was: links on the way are the user's."""
    (tmp_path / "linked").symlink_to("in")
    roots = Roots([(str(tmp_path / "linked"), str(tmp_path / "linked"))])
    flags = READ | os.O_CLOEXEC

    def read(name):
        with open(roots.open(os.fsencode(tmp_path / name), flags)) as stream:
            return stream.read()

    assert [read("linked/file"), read("linked/a/b/file")] == ["in/file", "in/a/b/file"]
    assert [read("in/file"), read("in/linked/b/file")] == ["in/file", "in/a/b/file"]
    for name in ("linked/link", "linked/linked/b/file", "in/link"):
        with pytest.raises(OSError, match="Too many levels"):
            read(name)
    roots.close()


def test_a_root_stays_what_it_was_when_it_was_opened(tmp_path, tree):
    """Whatever bears its name later."""
    roots = Roots([(str(tmp_path / "in"), str(tmp_path / "in"))])
    Path(tmp_path / "in").rename(tmp_path / "moved")
    (tmp_path / "in").symlink_to("out")
    with open(roots.open(os.fsencode(tmp_path / "in/file"), READ)) as stream:
        assert stream.read() == "in/file"
    roots.close()
