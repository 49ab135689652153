"""The process that asks the disks, from the command's side: deaths, silence and what follows."""

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice
from hashsweep.sources.folder import FolderSource
from hashsweep.sources.looking import Look
from hashsweep.sweep import walker as module
from hashsweep.sweep.walker import WalkedFolder, Walker

SILENT = Failure("list", "timeout", "no answer for 0.3 s")


@pytest.fixture
def walker():
    """The process, with ten seconds for each question."""
    with closing(Walker(10.0)) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch):
    """A process whose disks give no answer for "hang" and "dead" (support.hanging_walker)."""
    monkeypatch.setattr(module, "_PROGRAM", "support.hanging_walker")
    monkeypatch.setattr(module, "_LEAST", 0.3)
    with closing(Walker(0.3)) as made:
        yield made


def plant(root, *names):
    """Files of these names."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def source(walker, root, choice=TAKE_ALL, leave_out=None):
    """The folder as a source."""
    return WalkedFolder(str(root), walker, walker.look(str(root)), choice, leave_out)


def below(found, root):
    """Pairs of path below the root and failure."""
    return [(each.uri.removeprefix(f"{root}/"), each.failure) for each in found]


@pytest.mark.parametrize("choice", [TAKE_ALL, Choice(("*.jpg",), ("b*",), 3)])
def test_the_walk_is_that_of_the_folder_itself(walker, tmp_path, choice):
    """Item by item: odd names, links, FIFOs, what is left out, impossible times."""
    names = [b"a.jpg", b"b\nnewline.jpg", b"c\xff.jpg", "ü/d.jpg".encode(), b"e/f/g", b"report/x"]
    for size, name in enumerate(names):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    for number in range(600):
        (tmp_path / "e" / f"{number}.jpg").touch()
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    os.utime(tmp_path / "a.jpg", (1e10, 1.5e10))
    leave_out = str(tmp_path / "report")

    found = list(source(walker, tmp_path, choice, leave_out).items())

    assert found == list(FolderSource(str(tmp_path), choice, leave_out).items())
    assert {type(each) for each in found} == {Item, Skipped}


def test_a_file_named_as_a_source_is_its_only_item(walker, tmp_path):
    """As it is for a folder that is walked here."""
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")

    (item,) = source(walker, tmp_path / "link").items()

    assert (item.uri, item.size) == (str(tmp_path / "file"), 3)


def test_an_open_root_is_walked_whatever_has_its_name_by_now(walker, tmp_path):
    """Its descriptor came from the process, and goes to it again."""
    plant(tmp_path, "in/file", "other/stranger")
    walked = source(walker, tmp_path / "in")
    (tmp_path / "in").rename(tmp_path / "kept")
    (tmp_path / "other").rename(tmp_path / "in")
    found = [each.uri for each in walked.items()]
    os.close(walked.look.descriptor)

    assert found == [str(tmp_path / "in/file")]


def test_what_is_not_there_is_refused_by_its_check(walker, tmp_path):
    """With the error that a folder walked here has."""
    with pytest.raises(SourceError, match="nowhere: No such file or directory"):
        source(walker, tmp_path / "nowhere").check()


def test_a_process_that_dies_is_followed_by_another(walker, tmp_path):
    """Every file comes once, though the process is killed again and again."""
    plant(tmp_path, *(f"{number // 50:02}/{number}" for number in range(2000)))
    found = []
    for number, each in enumerate(source(walker, tmp_path).items()):
        found.append(each)
        if number in (0, 300, 1111):
            os.kill(walker._process.pid, signal.SIGKILL)

    assert found == list(FolderSource(str(tmp_path)).items())


def test_a_process_that_only_dies_ends_the_sweep(walker, monkeypatch, tmp_path):
    """With an error in words, and not for ever."""
    monkeypatch.setattr(module, "_PROGRAM", "hashsweep.no_such_program")

    with pytest.raises(SourceError, match="keeps dying"):
        walker.look(str(tmp_path))


def test_a_file_without_an_answer_costs_itself_alone(impatient, tmp_path):
    """Those before it and after it are there; the process is another one afterwards."""
    plant(tmp_path, "a", "b/c", "b/hang", "b/z", "d")
    walked = source(impatient, tmp_path)

    assert below(walked.items(), tmp_path) == [
        ("a", None), ("b/c", None), ("b/hang", SILENT), ("b/z", None), ("d", None),
    ]  # fmt: skip
    assert impatient.left == []


def test_a_folder_without_an_answer_is_one_failed_item(impatient, tmp_path):
    """Its neighbours are walked all the same."""
    plant(tmp_path, "a/1", "dead/1", "dead/2", "e/3")

    found = source(impatient, tmp_path).items()

    assert below(found, tmp_path) == [("a/1", None), ("dead/", SILENT), ("e/3", None)]


def test_a_disk_that_gives_no_answer_again_is_given_up_level_by_level(impatient, tmp_path):
    """With nothing answered in between, the folder above is the failed item; others follow."""
    plant(tmp_path, "a/0", "b/1/dead/x", "b/2/dead/x", "b/2/lost", "b/3/y", "c/dead/z", "d")

    found = source(impatient, tmp_path).items()

    assert below(found, tmp_path) == [
        ("a/0", None), ("b/1/dead/", SILENT), ("b/2/", SILENT), ("b/3/y", None),
        ("c/dead/", SILENT), ("d", None),
    ]  # fmt: skip


def test_a_tree_in_which_nothing_is_answered_is_soon_given_up(impatient, tmp_path):
    """In as many time-outs as it has levels, however many folders there are."""
    plant(tmp_path, *(f"a/{number}/dead/x" for number in range(30)), "b")

    found = source(impatient, tmp_path).items()

    assert below(found, tmp_path) == [
        ("a/0/dead/", SILENT), ("a/1/", SILENT), ("a/", SILENT), ("b", None),
    ]  # fmt: skip


def test_a_root_without_an_answer_is_the_item(walker, tmp_path):
    """It is neither looked for again nor refused."""
    silent = WalkedFolder("mnt", walker, Look("/mnt", "/mnt", is_silent=True), TAKE_ALL)
    silent.check()

    assert list(silent.items()) == [
        Item("/mnt", failure=Failure("list", "timeout", "no answer for 10 s"))
    ]
    assert walker._process is None


def test_a_stopped_process_is_continued_and_nobody_fails(walker, tmp_path, monkeypatch):
    """Somebody's SIGSTOP is not a disk's silence."""
    monkeypatch.setattr(walker, "_timeout", 0.3)
    plant(tmp_path, *map(str, range(300)))
    found = []
    for number, each in enumerate(source(walker, tmp_path).items()):
        found.append(each)
        if number in (0, 100):
            os.kill(walker._process.pid, signal.SIGSTOP)

    assert found == list(FolderSource(str(tmp_path)).items())


def test_a_list_of_paths_is_examined_in_order(walker, tmp_path):
    """As it is here, in as many requests as it needs."""
    plant(tmp_path, *map(str, range(700)))
    paths = [os.fsencode(tmp_path / str(number)) for number in range(701)]
    found = list(walker.examine(paths, TAKE_ALL))

    assert [each.uri for each in found] == [os.fsdecode(each) for each in paths]
    assert [each.failure and each.failure.reason for each in found] == [None] * 700 + ["gone"]


def test_paths_without_an_answer_fail_alone(impatient, tmp_path):
    """Each in its place, and those around it are examined."""
    plant(tmp_path, "a", "b/hang", "c", "d/hang", "e")
    paths = [os.fsencode(tmp_path / each) for each in ("a", "b/hang", "c", "d/hang", "e", "b/hang")]

    assert below(impatient.examine(paths, TAKE_ALL), tmp_path) == [
        ("a", None), ("b/hang", SILENT), ("c", None), ("d/hang", SILENT), ("e", None),
        ("b/hang", SILENT),
    ]  # fmt: skip


def test_a_disk_without_two_answers_in_a_row_is_not_asked_about_further_paths(impatient, tmp_path):
    """A million paths on it would take a million time-outs."""
    names = [f"{number}/hang" for number in range(40)]
    plant(tmp_path, *names)
    began = time.monotonic()
    found = list(impatient.examine([os.fsencode(tmp_path / each) for each in names], TAKE_ALL))

    assert below(found, tmp_path) == [(each, SILENT) for each in names]
    assert time.monotonic() - began < 40 * 0.3


def test_a_stop_ends_the_wait_for_a_disk(impatient, tmp_path, monkeypatch):
    """A signal's exception passes, and no process is left."""
    monkeypatch.setattr(impatient, "_timeout", None)
    plant(tmp_path, "hang")
    walked = source(impatient, tmp_path)
    thread = threading.main_thread().ident
    handler = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    timer = threading.Timer(0.5, signal.pthread_kill, (thread, signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(walked.items())
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, handler)

    assert impatient._process is None


def test_a_mount_point_is_opened_and_a_path_resolved_by_the_process(walker, tmp_path):
    """What gives no answer is left as it is named."""
    (tmp_path / "link").symlink_to("folder")

    assert walker.visit(str(tmp_path)) is None
    assert walker.resolve(str(tmp_path / "link")) == str(tmp_path / "folder")
