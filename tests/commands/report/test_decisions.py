"""`hashsweep report decisions` through the real command, and what a sweep makes of its file."""

import csv
import hashlib
import json
import os
import stat
from io import StringIO

import pyarrow.parquet as pq
import pytest

from support.drawings import jpeg, scene
from support.reports import EVIL

SERIAL = ("--engine", "serial")


def fill_in(path, decision, **wanted):
    """Write a decision into the rows in which these columns stand so."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if all(row[name] == value for name, value in wanted.items()):
            row.update(decision=decision, by="ann", when="2026-11-24")
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def matches(folder):
    """(file's name, decision) of all matches of a report."""
    rows = pq.read_table(folder / "matches").to_pylist()
    return sorted((os.path.basename(row["uri"]), row["decision"]) for row in rows)


@pytest.fixture
def copies(media):
    """A near copy beside the listed picture: three files of one content and an other."""
    (media / "again.jpg").write_bytes(jpeg(scene(1, 320, 240), 60))
    return media


@pytest.mark.parametrize("extra", [(), ("--hash", "all"), ("--segment-rows", "1")])
def test_one_decision_covers_all_copies(hashsweep, copies, known, tmp_path, extra):
    """Filled in as overturned, the next sweep is clean; its rows say why."""
    first = hashsweep("scan", copies, "--list", known, "-o", "first", *SERIAL, *extra)
    written = hashsweep("report", "decisions", "first", "-o", "todo.csv")
    (row,) = csv.DictReader(StringIO((tmp_path / "todo.csv").read_text()))
    fill_in(tmp_path / "todo.csv", "overturned")
    (copies / "new.jpg").write_bytes(jpeg(scene(1, 320, 240), 70))
    again = hashsweep(
        "scan", copies, "--list", known, "-o", "again", "--decisions", "todo.csv", *SERIAL, *extra
    )
    about = json.loads((tmp_path / "again/sweep.json").read_text())

    assert (first.returncode, written.returncode, written.stdout, written.stderr) == (1, 0, "", "")
    assert (row["copies"], row["tier"], row["decision"]) == ("2", "exact", "")
    assert stat.S_IMODE((tmp_path / "todo.csv").stat().st_mode) == 0o600
    assert (again.returncode, again.stderr) == (0, "")
    assert (
        "3 matches overturned by --decisions: not counted; nothing found in what was compared"
        in again.stdout
    )
    assert matches(tmp_path / "again") == [
        ("1.jpg", "overturned"), ("again.jpg", "overturned"), ("new.jpg", "overturned"),
    ]  # fmt: skip
    assert about["decisions"] == {
        "sha256": hashlib.sha256((tmp_path / "todo.csv").read_bytes()).hexdigest(),
        "rows": 1,
        "by_decision": {"overturned": 1},
    }
    assert {name: about["tally"][name] for name in ("overturned", "matches", "by_list")} == {
        "overturned": 3, "matches": 0, "by_list": {},
    }  # fmt: skip
    assert hashsweep("report", "summary", "again").returncode == 0


def test_what_was_decided_is_in_the_next_file(hashsweep, report, copies, known, tmp_path):
    """Confirmed matches count as before; the file to fill in has them as they are."""
    hashsweep("scan", copies, "--list", known, "-o", "first", *SERIAL)
    report("decisions", "first", "-o", "todo.csv")
    fill_in(tmp_path / "todo.csv", "confirmed")
    again = hashsweep(
        "scan", copies, "--list", known, "-o", "again", "--decisions", "todo.csv", *SERIAL
    )
    (row,) = csv.DictReader(StringIO(report("decisions", "again").stdout))

    assert again.returncode == 1
    assert "2 of 5 files match\n" in again.stdout
    assert "confirmed 2 by --decisions" in " ".join(again.stdout.split())
    assert row["decision"] == "confirmed"


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_resumed_sweep_counts_as_one_that_nothing_disturbed(
    hashsweep, copies, known, tmp_path, cut
):
    """Decisions hold for what was there and for what comes; other decisions are refused."""
    scan = ("scan", copies, "--list", known, "-o", "out", "--segment-rows", "1", *SERIAL)
    hashsweep(*scan[:5], "first", *SERIAL)
    hashsweep("report", "decisions", "first", "-o", "todo.csv")
    fill_in(tmp_path / "todo.csv", "overturned")
    hashsweep(*scan, "--decisions", "todo.csv")
    whole = json.loads((tmp_path / "out/sweep.json").read_text())
    for part in sorted((tmp_path / "out/files").iterdir())[cut:]:
        part.unlink()
    cut_short = json.dumps(whole | {"state": "running", "segments": {}})
    (tmp_path / "out/sweep.json").write_text(cut_short)
    without = hashsweep(*scan, "--resume")
    done = hashsweep(*scan, "--resume", "--decisions", "todo.csv")

    assert (without.returncode, done.returncode) == (2, 0)
    assert "cannot resume out: --decisions changed" in without.stderr
    assert json.loads((tmp_path / "out/sweep.json").read_text())["tally"] == whole["tally"]


def test_encrypted_and_unfinished_reports_and_names(hashsweep, report, swept, key_file, tmp_path):
    """With their key; rows that may be missing are told; names only if they are asked for."""
    swept("--encrypt", "--key-file", key_file)
    sweep = tmp_path / "out/sweep.json"
    sweep.write_text(json.dumps(json.loads(sweep.read_text()) | {"state": "interrupted"}))
    without_key = report("decisions", "out", "-o", "none.csv")
    done = report("decisions", "out", "--key-file", key_file, "-o", "todo.csv")
    named = report("decisions", "out", "--key-file", key_file, "--names")

    assert (without_key.returncode, (tmp_path / "none.csv").exists()) == (2, False)
    assert (done.returncode, named.returncode) == (4, 4)
    assert "out: the sweep was stopped before its end; rows may be missing" in done.stderr
    assert "media/" not in (tmp_path / "todo.csv").read_text()
    (row,) = csv.DictReader(StringIO(named.stdout))
    assert row["uri"].endswith("1.jpg") or EVIL[:4] in row["uri"]


def test_a_file_that_is_there_is_not_written_over(report, swept, tmp_path):
    """It may hold a day's work."""
    swept()
    (tmp_path / "todo.csv").write_text("mine")
    done = report("decisions", "out", "-o", "todo.csv")

    assert (done.returncode, done.stderr) == (
        2,
        "hashsweep: todo.csv already exists: choose another name\n",
    )
    assert (tmp_path / "todo.csv").read_text() == "mine"


@pytest.mark.parametrize("command", ["scan", "check"])
def test_a_file_of_decisions_that_cannot_be_used_stops_the_command(
    hashsweep, media, known, tmp_path, command
):
    """With the line, and before anything is read or written."""
    (tmp_path / "bad.csv").write_text(f"decision,entry_id,sha256\nmaybe,e,{0:064x}\n")
    to = ("-o", "out") if command == "scan" else ()
    done = hashsweep(
        command, media / "1.jpg", "--list", known, *to, "--decisions", "bad.csv", *SERIAL
    )

    assert (done.returncode, done.stdout, (tmp_path / "out").exists()) == (2, "", False)
    assert done.stderr == (
        "hashsweep: --decisions bad.csv: line 2: 'maybe' is neither confirmed nor overturned\n"
    )


def test_a_gate_lets_pass_what_was_overturned(hashsweep, report, copies, known, tmp_path):
    """And says so; what was confirmed, or not decided, is a match."""
    hashsweep("scan", copies, "--list", known, "-o", "first", *SERIAL)
    report("decisions", "first", "-o", "todo.csv")
    fill_in(tmp_path / "todo.csv", "overturned")
    words = ("check", copies / "again.jpg", copies / "2.jpg", "--list", known)
    found = hashsweep(*words)
    passed = hashsweep(*words, "--decisions", "todo.csv")

    assert (found.returncode, passed.returncode) == (1, 0)
    assert passed.stdout.splitlines()[0].startswith("clean\t")
    assert "overturned)" in passed.stdout
