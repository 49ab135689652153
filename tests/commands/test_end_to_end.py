"""That most tests run commands in their own process changes nothing of what they see."""

import json
import os
import re
import shutil
import signal
import warnings

import pyarrow.parquet as pq
import pytest

from hashsweep.report.encryption import VARIABLE
from support.commands import run_here, run_process
from support.reports import EVIL, KEY

SCAN = ("scan", "media", "--list", "known.csv", "-o", "out")
CALLS = [
    SCAN,
    SCAN,
    (*SCAN[:-1], "zoë", "--json", "--log-file", "log"),
    (*SCAN[:-1], "small", "-q", "--part-rows", "much"),
    ("hash", "media"),
    ("hash",),
    (
        "check",
        "media/1.jpg",
        "media/2.jpg",
        "none",
        "media",
        f"media/{EVIL}",
        "--list",
        "known.csv",
    ),
    ("check", "-", "--list", "known.csv", "--json"),
    ("lists", "import", "known.csv", "-o", "known.hsl"),
    ("lists", "import", "known.csv", "-o", "known.hsl"),
    ("lists", "inspect", "known.hsl"),
    ("rematch", "out", "--list", "known.hsl", "-o", "new", "-q"),
    ("report", "summary", "out", "new"),
    ("report", "show", "out", "--what", "files", "--format", "csv"),
    ("report", "show", "none"),
    ("report", "verify", "out", "new"),
    ("report", "html", "out", "-o", "page.html"),
    ("--version",),
    ("nonsense",),
    (),
]


def same(text):
    """What was written, without what differs from run to run: times, rates, ids, workers."""
    text = re.sub(r"^ workers .*\n( {9,}\S.*\n)*", "", text, flags=re.MULTILINE)
    text = re.sub(r" +", " ", text)  # columns are as wide as their widest value
    text = re.sub(r" +\n", "\n", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.+]+", "TIME", text)
    text = re.sub(r'("run_id": |"item_id": )"[^"]*"', r'\1"ID"', text)
    text = re.sub(r"[\d.,]+ (per second|\w*B per second|s\b).*", "RATE", text)
    text = re.sub(
        r'("sha256": )"[0-9a-f]{64}",\s+("rows": \d+,\s+)?"bytes": \d+', r"\1SEGMENT", text
    )
    text = re.sub(r'("resources": )\{[^}]*\}', r"\1WORKERS", text)
    return re.sub(r'("workers_confined": )\[[^]]*\]|("engine": )"\w+"', r"\1\2SAME", text)


@pytest.fixture
def work(tmp_path, media, known):
    """A function that makes one and the same folder with media and a list anew."""
    (media / "empty.jpg").touch()
    (media / EVIL).write_bytes((media / "1.jpg").read_bytes())

    def make():
        shutil.rmtree(tmp_path / "work", ignore_errors=True)
        (tmp_path / "work").mkdir()
        shutil.copytree(media, tmp_path / "work/media")
        shutil.copy(known, tmp_path / "work/known.csv")
        return tmp_path / "work"

    return make


def told(run, folder):
    """Exit status and both streams of each call, one by one; and the rows of a report."""
    calls = []
    for call in CALLS:
        given = (folder / "known.csv").read_text() if "-" in call else ""
        done = run(*call, cwd=folder, input=given)
        out = same(done.stdout)
        if call[:2] == ("report", "show"):  # rows are in the order in which workers were ready
            out = sorted(out.splitlines())
        calls.append((call, done.returncode, out, same(done.stderr)))
    rows = {
        table: sorted(pq.read_table(folder / "out" / table).to_pylist(), key=repr)
        for table in ("files", "matches")
    }
    return calls, rows


def test_here_and_there_commands_say_the_same(work):
    """In this process without workers, in one of its own with workers: every word and row."""
    here, rows = told(run_here, work())
    there, expected = told(run_process, work())

    for one, other in zip(here, there, strict=True):
        assert one == other
    assert rows == expected
    assert len(rows["matches"]) == 2


def state():
    """What a command may change in its process."""
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    return dict(os.environ), os.getcwd(), os.umask(0o077), handlers, warnings.filters[:]


def test_a_command_here_leaves_nothing_behind(work, monkeypatch):
    """Not the working directory, a handler, a file that is open; nor is its key taken from us."""
    folder = work()
    monkeypatch.setenv(VARIABLE, KEY)
    first = run_here(*SCAN, "--encrypt", cwd=folder)
    before, files = state(), len(os.listdir("/proc/self/fd"))
    again = run_here(*SCAN[:-1], "two", "--encrypt", cwd=folder)
    failed = run_here(*SCAN, "--encrypt", cwd=folder)

    assert (first.returncode, again.returncode, failed.returncode) == (5, 5, 2)
    assert json.loads((folder / "two/sweep.json").read_text())["encrypted"]
    assert (state(), len(os.listdir("/proc/self/fd"))) == (before, files)
    assert os.environ[VARIABLE] == KEY


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ((*SCAN, "-j2"), {}),
        ((*SCAN, "--timeout", "3"), {}),
        ((*SCAN, "--engine", "processes"), {}),
        (("hash", "media", "--nice"), {}),
        (("lists", "inspect", "known.csv"), {"PYTHONUTF8": "0"}),
    ],
)
def test_what_only_a_process_has_is_refused_here(work, words, env):
    """A test that speaks of workers, or of how Python starts, must not pass without them."""
    with pytest.raises(AssertionError, match="use the fixture hashsweep_process"):
        run_here(*words, cwd=work(), env=os.environ | env)
