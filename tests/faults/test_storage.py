"""Disks that fail, stall and change under the reader: one file fails, with a reason, no other.

Through the real command, with a library that is loaded before libc (storage.c). What happens to
a file is the last part of its name.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.commands import COMMAND
from support.drawings import png, scene
from support.first_reason import first_reason, reason_of
from support.proc import descendants
from support.thoroughness import some

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
FAILS = {
    "eio": "io-error", "eio-late": "io-error", "stale": "io-error", "hang": "timeout",
    "cut": "changed", "open-eio": "io-error", "open-denied": "denied", "open-full": "io-error",
    "open-hang": "timeout",
}  # fmt: skip
ALL_THE_SAME = ["short", "eintr", "sound"]
"""Awkward, but nothing is lost."""
CONTENT = b"the content of a file, longer than what is read of it at once\n" * 3


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """storage.c as a library."""
    path = tmp_path_factory.mktemp("storage") / "storage.so"
    source = Path(__file__).with_name("storage.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"], check=True)
    return path


@pytest.fixture
def faulty(library, tmp_path):
    """An environment in which storage fails; where the reader waits, until "go" is there."""
    return {**os.environ, "LD_PRELOAD": library, "FAULTY_STORAGE_GO": str(tmp_path / "go")}


def files_of(folder, names, content):
    """A folder with files of these names, all with this content."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("fault", some(FAILS, {"eio-late", "open-hang"}))
def test_one_file_that_cannot_be_read(fault, tmp_path, faulty, swept):
    """Exit 4, nothing on stderr, one failed row with its reason; all others have their hash."""
    good = [f"{number}.{name}" for number in range(4) for name in ALL_THE_SAME]
    folder = files_of(tmp_path / "files", [*good, f"2.{fault}"], CONTENT)
    done, rows = swept(folder, "--hash", "sha256", "--timeout", "3", env=faulty)
    bad = rows.pop(f"2.{fault}")

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    stage = "work" if FAILS[fault] == "timeout" else "read"
    assert (bad["status"], bad["sha256"]) == ("failed", None)
    assert first_reason(bad)[:2] == (stage, FAILS[fault])
    assert len(bad["reasons"]) == 1
    assert {name: row["sha256"] for name, row in rows.items()} == dict.fromkeys(
        good, hashlib.sha256(CONTENT).digest()
    )


def test_pictures_that_cannot_be_read(tmp_path, faulty, swept):
    """The same where no digest is wanted, so that the decoder reads: all faults in one sweep."""
    names = [f"picture.{fault}" for fault in (*FAILS, *ALL_THE_SAME)]
    folder = files_of(tmp_path / "files", names, png(scene(1, 90, 70)))
    done, rows = swept(folder, "--hash", "pdq", "--timeout", "3", env=faulty)
    expected = FAILS | {"cut": "truncated"} | dict.fromkeys(ALL_THE_SAME)

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    assert {name.partition(".")[2]: reason_of(row) for name, row in rows.items()} == expected
    assert len({row["pdq"] for row in rows.values() if row["status"] == "scanned"}) == 1
    assert {row["pdq"] for row in rows.values() if row["status"] == "failed"} == {None}


def reads(path, process):
    """Whether a worker of the command has this file open."""
    for pid in descendants(process.pid):
        try:
            held = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
        except (FileNotFoundError, PermissionError):
            continue  # it has just ended
        if str(path) in held:
            return True
    return False


def swept_while(change, path, faulty, tmp_path):
    """Sweep the folder of a file, to which something happens just when it is to be read."""
    process = subprocess.Popen(
        [*COMMAND, "scan", path.parent, "-o", "report", "-q", "-j", "2", "--hash", "sha256"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=faulty,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not reads(path, process):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    change(path)
    (tmp_path / "go").touch()
    out, err = process.communicate(timeout=60)
    rows = pq.read_table(tmp_path / "report/files").to_pylist()
    return (process.returncode, out, err), {Path(row["uri"]).name: row for row in rows}


def _append(path):
    with path.open("ab") as stream:
        stream.write(b"more")


def _rewrite(path):
    before = path.stat()
    path.write_bytes(bytes(len(CONTENT)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _swap(make):
    def change(path):
        path.unlink()
        make(path)

    return change


def _socket(path):
    with socket.socket(socket.AF_UNIX) as end:
        os.chdir(path.parent)  # its whole path may be too long for a socket
        end.bind(path.name)


NEW = b"quite another content"
WHILE_READ = {
    "grows": (_append, "changed"),
    "shrinks": (lambda path: os.truncate(path, 10), "changed"),
    "is emptied": (lambda path: os.truncate(path, 0), "changed"),
    "is overwritten": (lambda path: path.write_bytes(bytes(len(CONTENT))), "changed"),
    "is rewritten, its time put back": (_rewrite, bytes(len(CONTENT))),  # before the first byte
    "is touched": (lambda path: os.utime(path, (1, 1)), "changed"),
    "is replaced": (_swap(lambda path: path.write_bytes(NEW)), CONTENT),
    "is deleted": (os.unlink, CONTENT),
    "is closed to all": (lambda path: path.chmod(0), CONTENT),
}
"""What happens to an open file, and the reason of the failure or the content that is hashed."""
BEFORE_IT_IS_OPENED = {
    "is a FIFO": (_swap(os.mkfifo), "not-regular"),
    "is a folder": (_swap(os.mkdir), "not-regular"),
    "is a link": (_swap(lambda path: path.symlink_to("other")), "not-regular"),
    "is a terminal": (_swap(lambda path: path.symlink_to("/dev/ptmx")), "not-regular"),
    "leads nowhere": (_swap(lambda path: path.symlink_to("nowhere")), "not-regular"),
    "is a socket": (_swap(_socket), "not-regular"),
    "is gone": (os.unlink, "gone"),
    "is empty": (lambda path: os.truncate(path, 0), "empty"),
    "is another file": (_swap(lambda path: path.write_bytes(NEW)), NEW),
}
"""What a listed file has become when a worker opens it."""


@pytest.mark.parametrize(
    ("name", "case"),
    some(
        [("file.wait", case) for case in WHILE_READ]
        + [("file.open-wait", case) for case in BEFORE_IT_IS_OPENED],
        {("file.wait", next(iter(WHILE_READ))), ("file.open-wait", "is another file")},
    ),
)
def test_a_file_that_changes_under_the_reader(name, case, tmp_path, faulty, monkeypatch):
    """It fails, or what is hashed is the whole of one content; it never blocks the worker."""
    monkeypatch.chdir(tmp_path)
    folder = files_of(tmp_path / "files", ["other", name, "third"], CONTENT)
    change, expected = (WHILE_READ | BEFORE_IT_IS_OPENED)[case]
    done, rows = swept_while(change, folder / name, faulty, tmp_path)
    reason = expected if isinstance(expected, str) else None
    row = rows.pop(name)

    assert done == (4 if reason else 0, "", "")
    assert first_reason(row)[:2] == ("read" if reason else None, reason)
    assert row["sha256"] == (None if reason else hashlib.sha256(expected).digest())
    assert {row["sha256"] for row in rows.values()} == {hashlib.sha256(CONTENT).digest()}
    assert rows.keys() == {"other", "third"}
