"""`hashsweep report show` through the real command, on reports of real sweeps."""

import csv
import io
import json
import os
import subprocess

import pytest

from conftest import COMMAND
from hashsweep.report.encryption import VARIABLE, key_id, new_key
from swept import KEY


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
