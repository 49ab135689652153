"""A report's folder: its lock, its modes, and files that appear complete or not at all."""

import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hashsweep.errors import ReportError
from hashsweep.report import folder
from hashsweep.report.folder import LOCK, OWN_LOCK, ReportFolder
from hashsweep.report.segments import sweep_of
from support.reports import sweep


def tree(folder):
    """Every path in a report, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def written(text):
    """Something that writes a draft."""

    def write(draft):
        draft.write_text(text)

    return write


def test_a_folder_that_is_not_empty_is_refused(tmp_path):
    """A report is never mixed with anything else, and nothing is left in what is refused."""
    (tmp_path / "something").touch()

    with pytest.raises(ReportError, match=r"is not empty: choose a new folder for the report$"):
        ReportFolder(tmp_path)
    with pytest.raises(ReportError, match="holds something other than a report"):
        ReportFolder(tmp_path, resume=True)
    assert tree(tmp_path) == ["something"]


def test_a_folder_with_a_report_is_refused_with_a_hint(tmp_path):
    """Who meant to go on is told how."""
    with ReportFolder(tmp_path) as report:
        report.write_sweep(sweep())

    with pytest.raises(ReportError, match=r"is not empty: .* \(`scan --resume` continues"):
        ReportFolder(tmp_path)


@pytest.mark.parametrize("resume", [False, True])
def test_an_empty_folder_is_taken_and_a_missing_one_is_made(tmp_path, resume):
    """Parents are made as needed; a report that was not begun cannot be gone on with."""
    (tmp_path / "empty").mkdir()
    for name in ("empty", "a/b/c"):
        with ReportFolder(tmp_path / name, resume=resume) as report:
            assert report.sweep is None
            assert tree(tmp_path / name) == [LOCK, "files", "matches"]
        assert tree(tmp_path / name) == ["files", "matches"]


def test_a_file_in_the_way_is_refused(tmp_path):
    """A report is a folder."""
    (tmp_path / "file").touch()

    with pytest.raises(ReportError, match="file: "):
        ReportFolder(tmp_path / "file")


def test_only_the_owner_may_read_a_report(tmp_path):
    """Folders are 0700, files are 0600, regardless of the umask."""
    before = os.umask(0)
    try:
        with ReportFolder(tmp_path / "report") as report:
            report.write_sweep(sweep())
            report.place("files/part-00000.parquet", written("x"))
            paths = [tmp_path / "report", *(tmp_path / "report").rglob("*")]
            modes = {path.name: oct(path.stat().st_mode & 0o777) for path in paths}
    finally:
        os.umask(before)

    assert {mode for name, mode in modes.items() if "." not in name} == {"0o700"}
    assert {mode for name, mode in modes.items() if "." in name} == {"0o600"}
    assert len(modes) == 6


def test_sweep_json_is_replaced_as_a_whole(tmp_path):
    """The last state is what is there, in ASCII, and what a resumed sweep finds."""
    about = sweep(sources=["/zo\u00eb\udcff"])
    with ReportFolder(tmp_path / "report") as report:
        report.write_sweep(sweep(state="running"))
        written = report.write_sweep(about)
    text = (tmp_path / "report/sweep.json").read_text(encoding="ascii")

    assert json.loads(text)["sources"] == ["/zo\u00eb\udcff"]
    with ReportFolder(tmp_path / "report", resume=True) as report:
        assert report.sweep == written == about


def test_what_is_written_has_the_digests_of_all_that_was_placed(tmp_path):
    """In the order of their names; those of small files are not among them."""
    names = ["matches/part-00000.parquet", "files/part-00000.parquet"]
    with ReportFolder(tmp_path / "report") as report:
        for name in names:
            report.place(name, written(name), rows=1)
        about = report.write_sweep(sweep())

    assert list(about.segments) == sorted(names)
    assert about.segments == report.digests
    assert sweep_of(tmp_path / "report") == about


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tally": 1}', "\udcff", "[" * 100_000])
def test_a_damaged_sweep_json_is_refused(tmp_path, text):
    """What cannot be read is not gone on with, and the lock is given back."""
    (tmp_path / "sweep.json").write_text(text, "utf-8", "surrogateescape")

    for _ in range(2):
        with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
            ReportFolder(tmp_path, resume=True)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    """A file appears complete or not at all, and the error names it."""

    def fsync(_):
        raise OSError(28, "No space left on device")

    with ReportFolder(tmp_path / "report") as report:
        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(ReportError, match=r"part-00000\.parquet: No space left on device"):
            report.place("files/part-00000.parquet", written("x"), rows=1)
        assert report.digests == {}

    assert tree(tmp_path / "report") == ["files", "matches"]


def test_what_a_killed_sweep_leaves_is_tidied_up(tmp_path):
    """Drafts go, and matches whose files were not placed; whole parts stay."""
    with ReportFolder(tmp_path) as report:
        report.write_sweep(sweep())
        for name in ("matches/part-00000", "files/part-00000", "matches/part-00001"):
            report.place(f"{name}.parquet", written(name))
    (tmp_path / ".sweep.json.tmp").touch()
    (tmp_path / "files/.part-00001.parquet.tmp").touch()
    (tmp_path / LOCK).touch()
    with ReportFolder(tmp_path, resume=True):
        pass

    assert tree(tmp_path) == [
        "files", "files/part-00000.parquet", "matches", "matches/part-00000.parquet", "sweep.json",
    ]  # fmt: skip


def test_matches_that_were_placed_with_their_files_stay(tmp_path):
    """Where the files were lost since: they are what is left of a damaged report."""
    with ReportFolder(tmp_path) as report:
        for table in ("matches", "files"):
            report.place(f"{table}/part-00000.parquet", written(table), rows=1)
        report.write_sweep(sweep())
    (tmp_path / "files/part-00000.parquet").unlink()
    with ReportFolder(tmp_path, resume=True) as report:
        assert [part.name for part in report.segments("matches")] == ["part-00000.parquet"]


def test_matches_before_other_files_stay(tmp_path):
    """Their own files were lost: whoever goes on is refused, and can put them back."""
    with ReportFolder(tmp_path) as report:
        report.write_sweep(sweep())
        for name in ("matches/part-00000", "matches/part-00001", "files/part-00001"):
            report.place(f"{name}.parquet", written(name))
    with ReportFolder(tmp_path, resume=True) as report:
        assert len(report.segments("matches")) == 2


def test_parts_are_in_the_order_of_their_numbers(tmp_path):
    """Also where the numbers have grown longer than five digits."""
    with ReportFolder(tmp_path) as report:
        for number in (100_000, 99_999, 7):
            report.place(f"files/part-{number:05d}.parquet", written("x"))

        assert [path.stem for path in report.segments("files")] == [
            "part-00007", "part-99999", "part-100000",
        ]  # fmt: skip


def test_two_sweeps_never_write_to_one_report(tmp_path):
    """The second one is refused, and may have the folder when the first has ended."""
    with ReportFolder(tmp_path) as report:
        report.write_sweep(sweep())
        with pytest.raises(ReportError, match="another sweep is writing to this report"):
            ReportFolder(tmp_path, resume=True)
        assert (tmp_path / LOCK).exists()
    with ReportFolder(tmp_path, resume=True) as report:
        assert report.sweep == sweep()


@pytest.fixture(params=[errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def without_locks(request, monkeypatch):
    """A file system that answers so when a file is to be locked."""

    def flock(*_):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.usefixtures("without_locks")
def test_without_locks_a_new_report_is_made_and_that_is_said(tmp_path):
    """Two sweeps are kept apart by a file, which goes when the first has ended."""
    path = tmp_path / "report"
    with ReportFolder(path) as report:
        assert "file system without locks" in report.note
        report.write_sweep(sweep())
        for resume in (False, True):
            with pytest.raises(ReportError, match="another sweep is writing to this report, or"):
                ReportFolder(path, resume=resume)
    assert tree(path) == ["files", "matches", "sweep.json"]
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ReportError, match="cannot be continued: name a new folder"):
        ReportFolder(path, resume=True)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.usefixtures("without_locks")
def test_without_locks_the_first_of_two_sweeps_gets_the_folder(tmp_path):
    """They come at the same time: the file is made once."""
    folder._lock_by_name(tmp_path)
    with pytest.raises(ReportError, match=r"or was killed; .*: name a new folder"):
        ReportFolder(tmp_path)
    with pytest.raises(ReportError, match="name a new folder"):
        folder._lock_by_name(tmp_path)


def test_with_locks_there_is_nothing_to_say(tmp_path):
    """No line, and no further file."""
    with ReportFolder(tmp_path) as report:
        assert report.note is None
        assert not (tmp_path / OWN_LOCK).exists()


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_folder_that_cannot_be_flushed_is_no_hindrance(tmp_path, monkeypatch, number):
    """The files can, and are; an error of theirs still ends the sweep."""

    def fsync(descriptor, fsync=os.fsync):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with ReportFolder(tmp_path / "report") as report:
        report.place("files/part-00000.parquet", written("x"), rows=1)

    assert list(report.digests) == ["files/part-00000.parquet"]


HOLD = """
import sys, time
from pathlib import Path
from hashsweep.report.folder import ReportFolder
from support.reports import sweep
with ReportFolder(Path(sys.argv[1])) as report:
    report.write_sweep(sweep())
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_holds_no_lock(tmp_path):
    """The system gives the folder free, whatever file was left."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as process:
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(ReportError, match="another sweep"):
            ReportFolder(tmp_path, resume=True)
        process.kill()
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)

    assert (tmp_path / LOCK).exists()
    with ReportFolder(tmp_path, resume=True) as report:
        assert report.sweep == sweep()


def test_more_tables_are_made_for_their_owner_alone(tmp_path):
    """A rematch has one; the folder is known as a report's afterwards."""
    with ReportFolder(tmp_path / "report") as made:
        made.make("retractions")
        made.make("retractions")
        made.write_sweep(sweep())

    assert stat.S_IMODE((tmp_path / "report" / "retractions").stat().st_mode) == 0o700
    with ReportFolder(tmp_path / "report", resume=True) as again:
        assert again.sweep == sweep()
