"""Nights of a named sweep: what is told, what is built on, and that nothing is lost."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from hashsweep.errors import ExitCode, Interrupted, UsageProblem
from hashsweep.output.listeners import Listener
from hashsweep.report.open_report import OpenReport
from hashsweep.runs import news
from hashsweep.runs.named import NamedSweep
from hashsweep.runs.night import Ways, only_one, run_night
from hashsweep.runs.notify import NotToldError
from hashsweep.runs.shelf import list_reports
from hashsweep.sweep.config import ScanConfig
from support.commands import COMMAND, run_here
from support.drawings import jpeg, scene
from support.full_disk import fill
from support.thoroughness import times

PICTURES = {number: jpeg(scene(number, 64, 48)) for number in range(1, 7)}
LONG_AGO = 1_700_000_000


class Stops(Listener):
    """Ends a sweep after this many files, as Ctrl-C does."""

    def __init__(self, after):
        self._left = after

    def advance(self, tally):
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


class Store:
    """Media, a list, reports and the mails of a store that is swept every night."""

    def __init__(self, folder):
        self.media, self.reports = folder / "media", folder / "nights"
        self.media.mkdir()
        self.known = folder / "known.csv"
        self.mails, self.log = [], []
        self.sources = (str(self.media),)
        self.keep = 0

    def put(self, name, content):
        """Store a file that is older than any sweep."""
        (self.media / name).write_bytes(content)
        os.utime(self.media / name, (LONG_AGO, LONG_AGO))

    def list(self, *numbers):
        """Make the list one of these pictures."""
        paths = []
        for number in numbers:
            path = self.known.with_name(f"{number}.jpg")
            path.write_bytes(PICTURES[number])
            paths.append(path)
        self.known.write_text(run_here("hash", *paths).stdout)

    def night(self, *, stops_after=None, faults=(), deliver=None, **options):
        """Sweep once; return the exit status and the mails of this night."""
        before = len(self.mails)
        named = NamedSweep("nightly", self.sources, self.reports, keep_daily=self.keep)
        config = ScanConfig(lists=(str(self.known),), engine="serial", **options)
        self.faults = faults
        ways = Ways(
            deliver or self.mails.append,
            self.log.append,
            self.find_faults,
            [Stops(stops_after)] if stops_after else [],
        )
        return run_night(named, config, ways), self.mails[before:]

    def find_faults(self):
        """What is wrong with this installation."""
        return self.faults

    def killed(self, after):
        """Sweep, and be killed after this many files: sweep.json says that it is running."""
        with pytest.raises(Interrupted):
            self.night(stops_after=after)
        path = self.newest().path / "sweep.json"
        told = json.loads(path.read_text())
        path.write_text(json.dumps({**told, "state": "running", "ended": None}, indent=2))

    def newest(self):
        """The newest report."""
        return list_reports(self.reports)[-1].report

    def names(self):
        """The names of the reports."""
        return [each.path.name for each in list_reports(self.reports)]


@pytest.fixture
def store(tmp_path):
    """A store of four pictures and a text, of which the list knows one."""
    found = Store(tmp_path)
    for number in range(1, 5):
        found.put(f"{number}.jpg", PICTURES[number])
    found.put("notes.txt", b"no picture\n")
    found.list(1)
    return found


def rows(report, table="files"):
    """What a report says, in one order."""
    found = pq.read_table(report.path / table).to_pylist()
    return sorted((row["uri"], row.get("status"), row.get("entry_id")) for row in found)


@pytest.fixture
def disk(tmp_path):
    """Mounts small disks; they are gone afterwards."""
    points = []

    def mount(name, size):
        point = tmp_path / name
        point.mkdir(exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", point]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("this system lets nobody mount a disk here")
        points.append(point)
        return point

    def unmount(point):
        subprocess.run(["umount", point], check=True)
        points.remove(point)

    mount.undo = unmount
    yield mount
    for point in points:
        unmount(point)


def test_ten_nights(tmp_path, disk, store):  # noqa: PLR0915 - ten nights in a row
    """Kills, a replaced list, a full disk, a source that is not mounted, a failure, a match.

    Mail exactly when something is new, in counts; and at last the report of a store that was swept
    once.
    """
    store.reports = disk("nights", "2m")
    more = disk("more", "1m")
    (more / "5.jpg").write_bytes(PICTURES[5])
    os.utime(more / "5.jpg", (LONG_AGO, LONG_AGO))
    store.sources = (str(store.media), str(more))

    status, (mail,) = store.night()  # 1: all is new
    assert status == ExitCode.MATCHES
    assert "New:\n  1 match, of 1 file\n\nIn all: 1 of 6 files match" in mail

    assert store.night() == (ExitCode.MATCHES, [])  # 2: the same
    assert store.newest().sweep.tally.from_baseline == 6

    store.put("copy.jpg", PICTURES[1])
    store.killed(2)  # 3: killed
    (unfinished,) = [name for name in store.names() if name == store.newest().path.name]
    status, (mail,) = store.night()  # 4: resumed; what was not told yet is told
    assert store.names()[-1] == unfinished
    assert "  1 match, of 1 file\n\nIn all: 2 of 7 files match" in mail

    store.killed(3)  # 5: killed
    killed = store.names()[-1]
    store.list(1, 2)
    status, (mail,) = store.night()  # 6: the list is another one now, so a new report
    assert store.names()[-1] != killed
    assert store.newest().sweep.tally.from_baseline == 7
    assert "  1 match, of 1 file\n\nIn all: 3 of 7 files match" in mail

    filler = fill(store.reports)
    store.put("another.jpg", PICTURES[2])
    status, (mail,) = store.night()  # 7: the disk is full
    assert (status, "A disk is full." in mail) == (ExitCode.USAGE, True)
    assert store.night() == (ExitCode.USAGE, [])  # it still is, which is no news
    filler.unlink()

    disk.undo(more)
    status, (mail,) = store.night()  # 8: a disk is not mounted
    assert (status, "is not mounted" in mail) == (ExitCode.USAGE, True)
    more = disk("more", "1m")
    status, mails = store.night()  # it is, and is empty, which is the same problem
    assert (status, mails) == (ExitCode.USAGE, [])
    (more / "5.jpg").write_bytes(PICTURES[5])
    os.utime(more / "5.jpg", (LONG_AGO, LONG_AGO))

    status, (mail,) = store.night()  # 9: the match of the night of the full disk is not lost
    assert "  1 match, of 1 file\n\nIn all: 4 of 8 files match" in mail

    store.put("cut.jpg", PICTURES[3][:-200])
    status, (mail,) = store.night()  # 10: a file that cannot be scanned
    assert status == ExitCode.MATCHES_AND_INCOMPLETE
    assert "New since" in mail
    assert "  1 file that could not be scanned\n\nIn all: 4 of 9 files match; 1 " in mail
    assert store.night() == (ExitCode.MATCHES_AND_INCOMPLETE, [])
    assert store.night(accept=("truncated",)) == (ExitCode.MATCHES, [])

    assert not any(".jpg" in mail or "known" in mail for mail in store.mails)
    done = run_here("scan", *store.sources, "--list", store.known, "-o", tmp_path / "once", "-q")
    once = OpenReport(tmp_path / "once")
    assert done.returncode == ExitCode.MATCHES_AND_INCOMPLETE
    for table in ("files", "matches"):
        assert rows(store.newest(), table) == rows(once, table)


def test_what_could_not_be_told_is_told_the_next_night(store):
    """A mail server that is away loses nothing, and the night does not end as if all were well."""

    def fail(_):
        raise NotToldError("notify: mail: ended with status 1")

    assert store.night(deliver=fail) == (ExitCode.USAGE, [])
    assert store.log[-1] == "notify: mail: ended with status 1"
    status, (mail,) = store.night()
    assert (status, "1 match, of 1 file" in mail) == (ExitCode.MATCHES, True)
    assert store.night()[1] == []


def test_a_problem_is_told_once_until_a_sweep_has_finished(store):
    """A list that is away, another problem, and the same after a good night."""
    store.night()
    kept = store.known.read_bytes()
    store.known.unlink()
    status, (mail,) = store.night()
    assert (status, "A hash list cannot be used." in mail) == (ExitCode.USAGE, True)
    assert store.night() == (ExitCode.USAGE, [])
    assert "known.csv" in store.log[-1]
    assert "selftest" in store.night(faults=["copy.jpg: expected exact"])[1][0]
    store.known.write_bytes(kept)
    store.known.chmod(0o600)
    assert store.night() == (ExitCode.MATCHES, [])
    store.known.unlink()
    assert len(store.night()[1]) == 1


def test_a_bug_of_ours_is_told_as_well(store, monkeypatch):
    """Once, and the command still says what it was."""

    def fail(*_):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(store, "find_faults", fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            store.night()

    assert [news.PROBLEMS[news.FAILED] in mail for mail in store.mails] == [True]


def test_an_installation_that_fails_its_selftest_sweeps_nothing(store):
    """No report can look clean."""
    status, (mail,) = store.night(faults=["copy.jpg: expected exact"])

    assert status == ExitCode.USAGE
    assert "(selftest)" in mail
    assert store.names() == []


def test_a_source_that_is_empty_now_is_told(store):
    """Its files do not count as deleted."""
    store.night()
    shutil.move(store.media, store.media.with_name("away"))
    store.media.mkdir()
    status, (mail,) = store.night()

    assert status == ExitCode.USAGE
    assert "is empty and was not before" in mail
    store.media.rmdir()
    shutil.move(store.media.with_name("away"), store.media)
    assert store.night() == (ExitCode.MATCHES, [])
    assert store.newest().sweep.tally.items == 5


def test_a_damaged_report_stops_no_later_night(store):
    """Neither one that is to be built on nor one that is to be resumed; both stay, and are told."""
    store.night()
    store.killed(3)
    part = next((store.newest().path / "files").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    status, mails = store.night()
    assert (status, mails) == (ExitCode.MATCHES, [])
    assert any("cannot be resumed" in line for line in store.log)
    assert len(store.names()) == 3

    next((store.newest().path / "files").iterdir()).unlink()
    assert store.night() == (ExitCode.MATCHES, store.mails[1:])
    assert any("the sweep does not build on it" in line for line in store.log)


def test_a_damaged_first_report_is_begun_anew(store):
    """Where there is nothing else to build on."""
    store.killed(3)
    part = next((store.newest().path / "files").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    status, (mail,) = store.night()

    assert (status, "1 match, of 1 file" in mail) == (ExitCode.MATCHES, True)
    assert len(store.names()) == 2


def test_old_reports_go_after_a_good_night_and_others_stay(store):
    """What nobody needs; a report of another hand in the folder is not touched."""
    store.list(6)  # which nothing matches
    for _ in range(3):
        store.night()
    shutil.copytree(store.newest().path, store.reports / "by-hand")
    store.keep = 1
    store.night()

    assert len(store.names()) == 2
    assert "by-hand" in store.names()


def test_one_run_of_a_name_at_a_time(store):
    """The second says so and ends; nothing is told and nothing is written."""
    named = NamedSweep("nightly", store.sources, store.reports)
    with only_one(named):
        with pytest.raises(UsageProblem, match="another run of nightly is still at work"):
            store.night()
        with only_one(replace(named, name="weekly")):
            pass

    assert (store.mails, store.names()) == ([], [])
    assert store.night()[0] == ExitCode.MATCHES


@pytest.mark.exhaustive
def test_nights_that_are_killed_lose_nothing(tmp_path):
    """SIGKILL at any moment of the real command, at last one whole night: one mail, all rows."""
    store = Store(tmp_path)
    for number in range(400):
        store.put(f"{number}.jpg", PICTURES[1 + number % 6])
    store.list(1)
    (tmp_path / "cfg").mkdir(mode=0o700)
    config = tmp_path / "cfg" / "hashsweep.toml"
    config.write_text(
        f'[sweep.nightly]\nsources = ["{store.media}"]\nlist = ["{store.known}"]\n'
        f'reports = "{store.reports}"\nsegment-rows = 50\n'
    )
    words = [*COMMAND, "--config", str(config), "run", "nightly"]
    for number in range(times(12, 3)):
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.4 + 0.25 * number)
        process.send_signal(signal.SIGKILL)
        told, _ = process.communicate()
        if told:
            break
    else:
        told = b""
    done = subprocess.run(words, capture_output=True, check=False)

    assert done.returncode == ExitCode.MATCHES
    assert (told + done.stdout).count(b"New:\n  67 matches, of 67 files\n") >= 1
    assert store.newest().sweep.tally.items == 400
    assert len(rows(store.newest(), "matches")) == 67
    assert subprocess.run(words, capture_output=True, check=False).stdout == b""
