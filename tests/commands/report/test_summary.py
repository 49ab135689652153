"""`hashsweep report summary` through the real command, on reports of real sweeps."""

import json
import shutil
import subprocess
import time

import pytest

from support.commands import COMMAND
from support.reports import record, write


def rows(done):
    """What --format jsonl printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]


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
    assert "\nReport: out\n\nLists" in both.stdout
    assert "2 of 7 files match; INCOMPLETE: 1 file could not be scanned\n" in both.stdout
    assert both.stdout.endswith("Total of 2 reports\n")


def test_summary_needs_no_key(swept, report, key_file):
    """The totals are not encrypted."""
    swept("--encrypt", "--key-file", key_file)

    assert "2 of 6 files match" in report("summary", "out").stdout


def test_a_report_of_another_layout_is_named(swept, report, tmp_path):
    """With what reads it."""
    swept()
    path = tmp_path / "out/sweep.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"layout": 1, "hashsweep": "0.1.0"}))
    done = report("summary", "out")

    assert done.returncode == 2
    assert done.stderr == (
        "hashsweep: report out/sweep.json has another layout, of hashsweep 0.1.0: read it "
        "with that version\n"
    )


@pytest.mark.usefixtures("no_worker_left")
def test_a_sweep_at_work_and_one_that_was_killed(report, media, known, tmp_path):
    """Both are told apart and summed up from their rows; neither looks clean."""
    paths = sorted(media.glob("*.jpg"))
    running = subprocess.Popen(
        [*COMMAND, "scan", "--files-from", "-", "--list", known, "-o", "out", "-q", "-j1",
         "--segment-rows", "1"],
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
    assert "run its command again with --resume" in killed.stdout
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
        "The sweep was stopped before its end: run its command again with --resume.\n"
        "What stopped it: disk full\\x1b\n"
    )


def test_shards_add_up(hashsweep, report, media, known, tmp_path):
    """Their total is what one sweep of all comes to; one that is missing is told."""
    swept = [
        hashsweep("scan", media, "--list", known, "-o", f"s{number}", "--shard", f"{number}/2",
                  "--engine", "serial")
        for number in (1, 2)
    ]  # fmt: skip
    hashsweep("scan", media, "--list", known, "-o", "whole", "--engine", "serial")
    both = report("summary", "s1", "s2", "--json")
    whole = json.loads(report("summary", "whole", "--json").stdout)
    one = report("summary", "s1", "--total")
    shutil.copytree(tmp_path / "s1", tmp_path / "s1-tuesday")
    tuesday = [report(what, "s1", "s2", "s1-tuesday") for what in ("summary", "stats")]
    found = json.loads(both.stdout)

    assert both.returncode == 1
    assert found["total"]["tally"] == whole["reports"][0]["tally"]
    assert found["total"]["lacking"] == []
    assert [each["report"] for each in found["reports"]] == ["s1", "s2"]
    assert one.returncode & 4
    assert "INCOMPLETE: shard 2/2 missing" in one.stdout
    assert [done.returncode for done in tuesday] == [5, 4]
    assert "INCOMPLETE: shard 2/2 missing (1 of 2 times)\n" in tuesday[0].stdout
    assert "shard 2/2 missing (1 of 2 times): counts may be too low" in tuesday[1].stderr
    assert report("summary", "s1").returncode == swept[0].returncode


def test_an_unfinished_report_makes_the_total_incomplete(report, tmp_path):
    """Whatever the others are; the total comes last, or alone."""
    clean = [record("/a", 1)]
    write(tmp_path / "clean", clean)
    write(tmp_path / "killed", clean, state="running")
    both = report("summary", "clean", "killed")
    total = report("summary", "clean", "killed", "--total")

    assert (both.returncode, total.returncode) == (4, 4)
    assert both.stdout.endswith("\n\n" + total.stdout)
    assert total.stdout.splitlines()[-3].startswith("INCOMPLETE: 1 of 2 sweeps is unfinished; no")
    assert report("summary", "clean").returncode == 0


def test_nothing_is_printed_where_one_of_them_cannot_be_read(report, tmp_path):
    """Half a list of reports would look like all of it."""
    write(tmp_path / "clean", [record("/a", 1)])
    path = write(tmp_path / "bad", [record("/a", 1)]) / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lists": None}))
    missing = report("summary", "clean", "none")
    bad = report("summary", "clean", "bad")

    assert (missing.returncode, missing.stdout) == (2, "")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("hashsweep: report bad/sweep.json is damaged: ")
