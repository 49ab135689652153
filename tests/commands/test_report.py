"""`hashsweep report` through the real command, on reports of real sweeps."""

import csv
import io
import json
import os
import stat
import subprocess
import time

import pytest

from conftest import COMMAND
from hashsweep.report.encryption import VARIABLE, key_id, new_key

KEY = new_key()
EVIL = "=cmd\udcff\x1b[31m.jpg"


@pytest.fixture
def report(hashsweep):
    """`hashsweep report` with these arguments."""
    return lambda *arguments, **options: hashsweep("report", *arguments, **options)


@pytest.fixture
def swept(hashsweep, media, known):
    """A function that sweeps the media folder into `out`; what it printed."""
    (media / "empty.jpg").touch()
    (media / EVIL).write_bytes((media / "1.jpg").read_bytes())

    def run(*options, **more):
        return hashsweep(
            "scan", media, "--list", known, "-o", "out", "--engine", "serial", *options, **more
        )

    return run


@pytest.fixture
def key_file(tmp_path):
    """A key file."""
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(KEY)
    return path


def test_summary_is_printed_again(swept, report):
    """Word for word, with the same exit status, from the folder alone."""
    first = swept()
    again = report("summary", "out")

    assert first.returncode == again.returncode == 5
    assert again.stdout == first.stdout
    assert again.stderr == ""


def test_summary_of_several_reports(swept, report, hashsweep, media, known):
    """One after the other; the exit status adds up."""
    swept()
    (media / "other").mkdir()
    (media / "other/a.txt").write_text("harmless")
    clean = hashsweep("scan", media / "other", "--list", known, "-o", "clean")
    both = report("summary", "clean", "out")

    assert clean.returncode == report("summary", "clean").returncode == 0
    assert both.returncode == 5
    assert both.stdout.startswith(clean.stdout + "\n")
    assert both.stdout.endswith("Report: out\n")


def test_summary_needs_no_key(swept, report, key_file):
    """The totals are not encrypted."""
    swept("--encrypt", "--key-file", key_file)

    assert "2 of 6 files match" in report("summary", "out").stdout


def rows(done):
    """What --format jsonl printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_show_prints_matches_files_and_failures(swept, report, media):
    """Matches unless something else is asked for; exit 0 whatever they are."""
    swept()
    matches = report("show", "out")
    files = report("show", "out", "--what", "files", "--format", "jsonl")
    failed = report("show", "out", "--what", "failed")

    assert [done.returncode for done in (matches, files, failed)] == [0, 0, 0]
    assert [line.split()[0] for line in matches.stdout.splitlines()] == ["TIER", "exact", "exact"]
    assert {os.fsencode(row["uri"]) for row in rows(files)} == {
        os.fsencode(path) for path in media.iterdir()
    }
    assert len({row["sha256"] for row in rows(files) if row["size"]}) == 4
    assert [line.split()[:2] for line in failed.stdout.splitlines()] == [
        ["STAGE", "REASON"], ["read", "empty"],
    ]  # fmt: skip
    assert "\x1b" not in matches.stdout


def test_show_csv_is_safe_for_spreadsheets(hashsweep, report, tmp_path):
    """A name that is a formula stands as text; a header is there without rows, too."""
    (tmp_path / "=1+1.txt").write_text("x")
    hashsweep("scan", "=1+1.txt", "--hash", "md5", "-o", "out")
    files = report("show", "out", "--what", "files", "--format", "csv")
    head, row = csv.reader(io.StringIO(files.stdout))

    assert row[head.index("uri")].endswith("=1+1.txt")
    assert row[head.index("uri")][0] in "/'"
    assert report("show", "out", "--format", "csv").stdout.startswith("item_id,uri,part,")


def test_show_stops_at_the_limit(swept, report):
    """After so many rows, also none."""
    swept("--part-rows", "2")
    shown = [
        rows(report("show", "out", "--what", "files", "--format", "jsonl", "--limit", limit))
        for limit in "034"
    ]

    assert [len(each) for each in shown] == [0, 3, 4]


def test_show_decrypts(swept, report, key_file):
    """With the key in a file or the environment; without, one line says what to do."""
    swept("--encrypt", "--key-file", key_file)
    environ = {**os.environ, VARIABLE: KEY}
    shown = [
        report("show", "out", "--what", "files", *given, env=env)
        for given, env in ((["--key-file", key_file], None), ([], environ))
    ]
    none = report("show", "out")
    other = report("show", "out", env={**os.environ, VARIABLE: new_key()})

    assert shown[0].stdout == shown[1].stdout
    assert len(shown[0].stdout.splitlines()) == 7
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr == (
        "hashsweep: report out is encrypted: name its key with --key-file or HASHSWEEP_REPORT_KEY\n"
    )
    assert (other.returncode, other.stdout) == (2, "")
    assert f"is encrypted with key {key_id(bytes.fromhex(KEY))}" in other.stderr
    assert KEY[:12] not in none.stderr + other.stderr


def test_show_of_an_altered_part_says_so(swept, report, key_file, tmp_path):
    """One line, and no row of it."""
    swept("--encrypt", "--key-file", key_file)
    path = tmp_path / "out/files/part-00000.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    done = report("show", "out", "--what", "files", "--key-file", key_file)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "hashsweep: report out/files/part-00000.parquet is damaged or was altered\n"
    )


@pytest.mark.parametrize("command", ["summary", "show"])
def test_a_folder_that_is_no_report_is_refused(report, command, tmp_path):
    """In one line; a damaged one, too."""
    done = report(command, tmp_path)
    (tmp_path / "sweep.json").write_text('{"tally": {}, "report_version": 2, "state": "complete"}')
    damaged = report(command, tmp_path)

    assert (done.returncode, damaged.returncode) == (2, 2)
    assert "is no report: it holds no sweep.json" in done.stderr
    assert "is damaged" in damaged.stderr
    assert (damaged.stderr.count("\n"), damaged.stdout) == (1, "")


def test_a_report_of_another_version_is_named(swept, report, tmp_path):
    """Its rows can be shown; its summary is another's."""
    swept()
    path = tmp_path / "out/sweep.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"report_version": 1, "hashsweep": "0.1.0"}))
    done = report("summary", "out")

    assert done.returncode == 2
    assert done.stderr == (
        "hashsweep: report out is of another version: hashsweep 0.1.0 reads it\n"
    )
    assert report("show", "out").returncode == 0


@pytest.mark.usefixtures("no_worker_left")
def test_a_sweep_at_work_and_one_that_was_killed(report, media, known, tmp_path):
    """Both are told apart and summed up from their rows; neither looks clean."""
    paths = sorted(media.glob("*.jpg"))
    running = subprocess.Popen(
        [*COMMAND, "scan", "--files-from", "-", "--list", known, "-o", "out", "-q", "-j1",
         "--part-rows", "1"],
        cwd=tmp_path, stdin=subprocess.PIPE, text=True,
    )  # fmt: skip
    running.stdin.write("".join(f"{path}\n" for path in [*paths, *paths]))
    running.stdin.flush()
    deadline = time.monotonic() + 60
    while not (tmp_path / "out/files/part-00000.parquet").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    at_work = report("summary", "out")
    running.kill()
    running.wait()
    running.stdin.close()
    killed = report("summary", "out")
    shown = report("show", "out", "--what", "files", "--format", "jsonl")

    assert (at_work.returncode, killed.returncode) == (5, 5)
    assert "INCOMPLETE: the sweep is still running" in at_work.stdout
    assert "INCOMPLETE: the sweep was killed, or its machine stopped" in killed.stdout
    assert "its command and --resume go on" in killed.stdout
    assert "--resume" not in at_work.stdout
    assert shown.returncode == 4
    assert shown.stderr.endswith("its machine stopped; rows may be missing\n")
    assert rows(shown)[0]["uri"] == str(paths[0])


def test_an_interrupted_sweep_says_what_stopped_it(swept, report, tmp_path):
    """And how to go on."""
    swept()
    path = tmp_path / "out/sweep.json"
    about = json.loads(path.read_text())
    about |= {"state": "interrupted", "incomplete": True, "error": "disk full\x1b"}
    path.write_text(json.dumps(about))
    done = report("summary", "out")

    assert done.returncode == 5
    assert "INCOMPLETE: 1 file could not be scanned and the sweep was stopped" in done.stdout
    assert done.stdout.endswith(
        "The sweep was stopped before its end: its command and --resume go on.\n"
        "What stopped it: disk full\\x1b\n"
    )


def test_keygen_makes_a_key_that_can_be_used(report, swept, tmp_path):
    """A new file of mode 0600; only its id is shown; nothing is written over."""
    made = report("keygen", "-o", "new.key")
    again = report("keygen", "-o", "new.key")
    path = tmp_path / "new.key"
    comment, key = path.read_text().splitlines()
    used = swept("--encrypt", "--key-file", path)
    shown = report("show", "out", "--key-file", path)
    identifier = key_id(bytes.fromhex(key))

    assert (made.returncode, made.stdout) == (0, f"key {identifier} is in new.key\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert comment.startswith(f"# hashsweep report key {identifier}, made 20")
    assert key not in made.stdout
    assert (again.returncode, again.stderr) == (2, "hashsweep: new.key: File exists\n")
    assert (used.returncode, shown.returncode) == (5, 0)


def test_a_reader_that_leaves_early_is_no_match(swept, tmp_path):
    """`report show ... | head` ends without a message, and not with the status of matches."""
    swept()
    words = [*COMMAND, "report", "show", "out", "--what", "files", "--format", "jsonl"]
    running = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()

    assert (running.wait(timeout=60), said) == (2, "")
