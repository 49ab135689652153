"""The benchmark of hashing runs, on so little that its figures say nothing."""

import csv
import fcntl
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from support.benchmarks import REPOSITORY, run_benchmark

pytestmark = pytest.mark.exhaustive  # whole benchmarks, half a minute

OURS = "hashsweep,hashsweep-exact,hashsweep-phash,hashsweep-digests"


def benchmark(work, *words, status=0):
    """Run the benchmark with hashsweep as it is installed here; return what it printed."""
    ours = ("--installed", "--rows", "1000", "--work", work)
    return run_benchmark("hashing", *ours, *words, status=status)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(work folder, comment, rows of the table) of one run over two sets of drawn pictures."""
    work = tmp_path_factory.mktemp("benchmark")
    benchmark(
        work,
        *("--only", "jpeg-0.3mp,webp-2mp", "--contenders", f"{OURS},cat"),
        *("--files", 3, "--rounds", 2, "--write", work / "runs"),
    )
    (table,) = (work / "runs").iterdir()
    with open(table, newline="", encoding="utf-8") as stream:
        comment = stream.readline()
        return work, comment, list(csv.DictReader(stream))


def test_every_contender_has_its_rates(run):
    """Each set has a row a contender: a rate a round and processor time above 0."""
    _, _, rows = run
    rates = [row for row in rows if not row["against"]]
    wanted = [*OURS.split(","), "cat"]

    assert [row["contender"] for row in rates if row["set"] == "jpeg-0.3mp"] == wanted
    assert [row["contender"] for row in rates if row["set"] == "webp-2mp"] == [
        name for name in wanted if name != "hashsweep-exact"
    ]
    assert {len(row["rounds"].split()) for row in rates} == {2}
    for row in rates:
        if row["contender"] != "cat":  # it may take less than the kernel's clock can tell
            assert float(row["cpu_ms_per_file"]) > 0
            assert int(row["peak_mb"]) >= int(row["private_mb"]) > 0
            assert int(row["worker_peak_mb"]) > 0


def test_ratios_are_of_the_rates(run):
    """A ratio is our rate by the peer's, round by round; only pairs that ran are told."""
    _, _, rows = run
    rounds = {(r["set"], r["contender"], r["against"]): r["rounds"].split() for r in rows}
    pairs = [key for key in rounds if key[2]]

    assert {key[1:] for key in pairs} == {("hashsweep", "cat")}
    for of_set, ours, peer in pairs:
        mine, its = rounds[of_set, ours, ""], rounds[of_set, peer, ""]
        expected = [float(a) / float(b) for a, b in zip(mine, its, strict=True)]
        told = [float(ratio) for ratio in rounds[of_set, ours, peer]]
        assert told == pytest.approx(expected, rel=0.05)


def test_table_tells_the_machine_and_the_versions(run):
    """The first line is a comment that says what the figures depend on."""
    _, comment, _ = run

    assert comment.startswith("# ")
    for word in ("processors", "Python", "hashsweep", "numpy", "coreutils", "1,000 rows"):
        assert word in comment


def test_pictures_are_what_the_set_says(run):
    """Drawn pictures have the set's format and size, and no two are alike."""
    work, _, _ = run
    pictures = sorted(work.glob("pictures/drawn-*/jpeg-0.3mp/*.jpg"))
    seen = []
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.format == "JPEG"
            assert picture.width * picture.height == pytest.approx(300_000, rel=0.01)
            seen.append(np.asarray(picture.convert("L").resize((8, 8))).tobytes())

    assert len(set(seen)) == 3


def test_pictures_are_kept_and_the_same_when_drawn_again(run):
    """A second run draws only what is missing, and that as it was."""
    work, _, _ = run
    first, second, third = sorted(work.glob("pictures/drawn-*/jpeg-0.3mp/*.jpg"))
    before, kept = second.read_bytes(), first.stat().st_mtime_ns
    second.unlink()
    words = ("--only", "jpeg-0.3mp", "--contenders", "cat", "--files", 3, "--rounds", 1)
    benchmark(work, *words)

    assert second.read_bytes() == before
    assert first.stat().st_mtime_ns == kept
    assert third.exists()


def test_photographs_of_the_users_are_taken(run, tmp_path):
    """With --pictures the sets are made from a folder; what is no picture is passed over."""
    work, _, _ = run
    photographs = tmp_path / "mine"
    photographs.mkdir()
    values = np.add.outer(np.arange(900), np.arange(1200)) // 9 % 256
    Image.fromarray(values.astype(np.uint8)).save(photographs / "one.png")
    (photographs / "notes.txt").write_text("no picture")
    words = ("--only", "progressive-12mp", "--contenders", "cat", "--files", 1, "--rounds", 1)
    benchmark(work, *words, "--pictures", photographs)
    (made,) = work.glob("pictures/photographs-*/progressive-12mp/*.jpg")

    with Image.open(made) as picture:
        assert picture.width * picture.height == pytest.approx(12e6, rel=0.01)
        assert picture.info["progressive"]


@pytest.mark.parametrize(
    "words", [("--only", "jpeg-5mp"), ("--contenders", "hashsweep,hatsweep"), ("--rounds", "0")]
)
def test_unknown_words_are_refused(tmp_path, words):
    """A set or contender that does not exist ends the command before anything is made."""
    assert "error: argument" in benchmark(tmp_path / "work", *words, status=2)
    assert not (tmp_path / "work").exists()


def test_two_benchmarks_do_not_share_a_folder(tmp_path):
    """While another one is at work in the folder, a benchmark says so and ends."""
    with open(tmp_path / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another benchmark" in benchmark(tmp_path, "--contenders", "cat", status=1)

    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


STRAY = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    deadline = time.process_time() + 0.3
    while time.process_time() < deadline:
        held = bytearray(40_000_000)
    os._exit(0)
print("done")
"""


def test_processor_time_of_processes_left_behind_is_counted(tmp_path):
    """A process that outlives the command is waited for: its time counts, wall time does not."""
    measured = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from benchmarks.hashing import measuring\n"
        "measuring.adopt_orphans()\n"
        "run = measuring.run([sys.executable, '-c', sys.argv[1]], dict(os.environ),\n"
        "    os.sched_getaffinity(0), Path(sys.argv[2]), watch=sys.argv[3] == 'watch')\n"
        "print(run.status, run.processor, run.peaks.resident, run.output)\n"
    )
    for watch in ("watch", "no"):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", measured, STRAY, tmp_path / "log", watch],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
        )
        assert time.perf_counter() - began >= 0.3
        status, processor, resident, output = done.stdout.split()
        assert (status, output) == ("0", "done")
        assert float(processor) >= 0.3
        assert (int(resident) > 40_000_000) == (watch == "watch")


def test_a_failure_of_ours_ends_the_benchmark(run):
    """Where hashsweep does not hash every picture, there are no figures."""
    work, _, _ = run
    (drawn,) = work.glob("pictures/drawn-*")
    (drawn / "png-2mp").mkdir()
    (drawn / "png-2mp" / "00000.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    words = ("--only", "png-2mp", "--contenders", "hashsweep", "--files", 1, "--rounds", 1)

    assert "hashsweep on png-2mp: exit status 4" in benchmark(work, *words, status=1)


def test_the_benchmark_of_inventories_reads_every_row(tmp_path):
    """Ours and the peers' loops; the figures say nothing."""
    run_benchmark("inventory", "--rows", "500", "--rounds", "1", "--write", tmp_path)
    (table,) = tmp_path.iterdir()
    with open(table, newline="", encoding="utf-8") as stream:
        stream.readline()
        rows = list(csv.DictReader(stream))

    assert len(rows) == 4
    assert all(float(row["rows_per_second"]) > 0 for row in rows)


def test_the_benchmark_of_buckets_hashes_every_object(tmp_path):
    """Against a real server; every contender is checked, and the figures say nothing."""
    run_benchmark("buckets", "--files", "8", "--rounds", "1", "--write", tmp_path)
    (table,) = tmp_path.iterdir()
    with open(table, newline="", encoding="utf-8") as stream:
        stream.readline()
        rows = list(csv.DictReader(stream))

    assert [row["contender"] for row in rows[:3]] == ["disk", "bucket", "bare"]
    assert all(float(row["ratio"]) > 0 for row in rows[3:])


def test_a_rematch_is_measured_beside_its_peers(tmp_path):
    """On a small report: what all find is the same, and each has its time and its peak."""
    run_benchmark("rematch", "--rows", "2000", "--listed", "3000", "--write", tmp_path)
    (table,) = tmp_path.iterdir()
    with open(table, newline="", encoding="utf-8") as stream:
        stream.readline()
        rows = {row["contender"]: row for row in csv.DictReader(stream)}

    assert {"hashsweep", "brute"} <= rows.keys()
    assert all(float(row["peak_mb"]) > 0 for row in rows.values())
