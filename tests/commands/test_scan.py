"""`hashsweep scan` through the real command."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from hashsweep.engines import confine
from support.commands import COMMAND
from support.drawings import scene

SERIAL = ("--engine", "serial")
"""For tests in which it does not matter who works: no process has to start."""
CORPORA = Path(__file__).parents[2] / "../shared/corpora"


def rows(folder, kind):
    """All rows of one table of a report."""
    return pq.read_table(folder / kind).to_pylist()


def state(folder):
    """The state that a report tells."""
    return json.loads((folder / "sweep.json").read_text())["state"]


def test_exit_0_nothing_found_and_everything_scanned(hashsweep, media, known):
    """A clean sweep says so, on stdout alone."""
    (media / "1.jpg").unlink()
    done = hashsweep("scan", media, "--list", known, "-o", "report")

    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing found in what was compared\n" in done.stdout


def test_exit_1_matches(hashsweep_process, media, known, tmp_path):
    """A match is found and told."""
    done = hashsweep_process("scan", media, "--list", known, "-o", "report")
    (match,) = rows(tmp_path / "report", "matches")

    assert (done.returncode, done.stderr) == (1, "")
    assert "1 of 4 files matches\n" in done.stdout
    assert (match["uri"], match["entry_id"], match["tier"]) == (
        str(media / "1.jpg"), "1.jpg", "exact",
    )  # fmt: skip
    assert state(tmp_path / "report") == "complete"


def test_a_list_whose_name_is_not_utf8_is_used_as_any_other(hashsweep, media, known, tmp_path):
    """Its name stands escaped in the report and on the terminal."""
    named = known.rename(tmp_path / "kn\udcff.csv")
    done = hashsweep("scan", media, "--list", named, "-o", "report", *SERIAL)
    (match,) = rows(tmp_path / "report", "matches")

    assert (done.returncode, done.stderr) == (1, "")
    assert (match["list"], match["entry_id"]) == ("kn\\xff", "1.jpg")
    assert "list kn\\xff 1" in " ".join(done.stdout.split())


def test_exit_4_something_could_not_be_scanned(hashsweep_process, media, known):
    """An item that failed makes the sweep incomplete."""
    (media / "1.jpg").write_bytes(b"")
    done = hashsweep_process("scan", media, "--list", known, "-o", "report")

    assert done.returncode == 4
    assert "INCOMPLETE: 1 file could not be scanned; nothing found" in done.stdout


def test_exit_5_matches_and_incomplete(hashsweep, media, known):
    """1 and 4 add up."""
    (media / "empty").touch()
    done = hashsweep("scan", media, "--list", known, "-o", "report", *SERIAL)

    assert done.returncode == 5


@pytest.mark.parametrize("content", [None, "link"])
def test_nothing_to_scan_is_incomplete(hashsweep, tmp_path, content):
    """An empty folder may be a disk that was not mounted: exit 4, and the verdict says so."""
    (tmp_path / "media").mkdir()
    if content:
        (tmp_path / "media" / content).symlink_to("nowhere")
    done = hashsweep("scan", "media", "--hash", "md5", "-o", "report", *SERIAL)
    told = json.loads((tmp_path / "report/sweep.json").read_text())

    assert (done.returncode, done.stderr) == (4, "")
    assert "INCOMPLETE: there was nothing to scan\n" in done.stdout
    assert (told["state"], told["incomplete"]) == ("complete", True)


def test_the_reports_own_folder_is_left_out_and_counted(hashsweep, tmp_path):
    """A report inside the source does not meet itself, and the summary says what it passed over."""
    (tmp_path / "a.txt").write_text("a")
    done = hashsweep("scan", ".", "--hash", "md5", "-o", "reports/new", *SERIAL)
    found = [row["uri"] for row in rows(tmp_path / "reports/new", "files")]

    assert (done.returncode, done.stderr) == (0, "")
    assert found == [str(tmp_path / "a.txt")]
    assert "skipped, own-report 1 the folder that this sweep writes its report to" in " ".join(
        done.stdout.split()
    )
    assert "nothing found in what was compared\n" in done.stdout


@pytest.mark.parametrize("target", ["media", "media/1.jpg"])
def test_a_link_named_as_the_source_is_followed(hashsweep, media, known, tmp_path, target):
    """The user named it, so what it leads to is swept."""
    (tmp_path / "link").symlink_to(target)
    done = hashsweep("scan", "link", "--list", known, "-o", "report", *SERIAL)

    assert done.returncode == 1
    assert [row["entry_id"] for row in rows(tmp_path / "report", "matches")] == ["1.jpg"]


def test_exit_zero_hides_matches_and_failures_but_no_error(hashsweep, media, known):
    """--exit-zero knows 0 and 2."""
    (media / "empty").touch()
    words = ("scan", media, "--list", known, "-o", "report", "--exit-zero", *SERIAL)
    done, again = hashsweep(*words), hashsweep(*words)

    assert (done.returncode, again.returncode) == (0, 2)


def test_a_bad_list_row_makes_the_sweep_incomplete(hashsweep, media, known):
    """The line and the reason are told; the hash is not."""
    secret = "0123456789abcdef" * 4
    rows = known.read_text().splitlines()
    rows.append(rows[1].replace(rows[1].split(",")[1], secret[:-1]))
    known.write_text("\n".join(rows))
    (media / "1.jpg").unlink()
    done = hashsweep("scan", media, "--list", known, "-o", "report", *SERIAL)

    assert done.returncode == 4
    assert "hashsweep: list known: 1 row refused; the first: line 3: " in done.stderr
    assert "INCOMPLETE: 1 list row could not be used; nothing found" in done.stdout
    assert secret[:10] not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "nowhere.csv: No such file or directory"),
        ("", "hash list nowhere.csv is empty"),
        ("sha256\nxyz\n", "hash list nowhere.csv holds no usable hash: line 2: "),
        ("sha256\n", "hash list nowhere.csv holds no usable hash"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(hashsweep, media, tmp_path, content, message):
    """Missing, empty or all bad: one line, exit 2, and no report."""
    if content is not None:
        (tmp_path / "nowhere.csv").write_text(content)
    done = hashsweep("scan", media, "--list", "nowhere.csv", "-o", "report")

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--hash", "md5", "-o", "r"], "source nowhere: No such file or directory"),
        (
            ["--hash", "md5", "-o", "r"],
            "name a folder, a file, a bucket, --files-from or --manifest",
        ),
        (["media", "--hash", "md5", "-o", "media"], "media is not empty: choose a new folder"),
        (["media", "-o", "r"], "nothing to compute: give a --list or a --hash\n"),
        (["media", "--hash", "md5", "--files-from", "x", "-o", "r"], "--files-from x: No such"),
        (["media", "--hash", "md6", "-o", "r"], "unknown hash 'md6'"),
    ],
)
def test_what_cannot_run_says_why_in_one_line(hashsweep, media, arguments, message):
    """Exit 2, one line on stderr, nothing on stdout."""
    done = hashsweep("scan", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hashsweep: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_patterns_come_from_a_file_too(hashsweep, media, known, tmp_path):
    """One per line, beside those that are named; comments and empty lines are none."""
    (tmp_path / "skip.txt").write_text("# drafts\n\n 1.* \nno-such\n")
    words = ("scan", media, "--list", known, "--exclude", "2.*", "--exclude-from", "skip.txt")
    done = hashsweep(*words, "-o", "r", "-q")
    missing = hashsweep(*words, "--exclude-from", "none.txt", "-o", "s")

    names = {Path(row["uri"]).name for row in pq.read_table(tmp_path / "r/files").to_pylist()}
    assert done.returncode in (0, 1)
    assert names == {path.name for path in media.iterdir()} - {"1.jpg", "2.jpg"}
    assert missing.returncode == 2
    assert "none.txt: No such file or directory" in missing.stderr


def test_a_list_among_the_sources_is_noticed(hashsweep, media, known):
    """Where nothing else says what to look for."""
    done = hashsweep("scan", media, "known.csv", "-o", "r")

    assert done.returncode == 2
    assert done.stderr.endswith("(is known.csv a list? then --list known.csv)\n")


@pytest.mark.parametrize(
    "arguments",
    [["media"], ["media", "-o", "r", "--max-distance", "pdq"], ["media", "-o", "r", "-j", "0"],
     ["media", "-o", "r", "--max-file-size", "much"], ["media", "-o", "r", "--no-such"]],
)  # fmt: skip
def test_wrong_usage_shows_the_usage(hashsweep_process, media, arguments):
    """Exit 2 with click's own words."""
    done = hashsweep_process("scan", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: hashsweep scan")


def test_json_is_what_is_in_the_report(hashsweep, media, known, tmp_path):
    """--json prints one JSON value for machines and nothing else."""
    done = hashsweep("scan", media, "--list", known, "-o", "report", "--json", *SERIAL)

    assert json.loads(done.stdout) == json.loads((tmp_path / "report/sweep.json").read_text())
    assert (json.loads(done.stdout)["tally"]["matched_items"], done.stderr) == (1, "")


def test_quiet_prints_nothing(hashsweep, media, known):
    """-q leaves the exit status alone."""
    done = hashsweep("scan", media, "--list", known, "-o", "report", "-q")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_no_hash_of_a_list_is_in_the_report(hashsweep, media, known, tmp_path):
    """Lists are secret: a report names entries and repeats no hash that is not the file's own."""
    secret = "0123456789abcdef" * 4
    with known.open("a") as stream:
        stream.write(f"another,{secret},,,,\n")
    hashsweep("scan", media, "--list", known, "-o", "report", *SERIAL)
    written = b"".join(path.read_bytes() for path in (tmp_path / "report").rglob("*.*"))

    assert secret.encode() not in written
    assert bytes.fromhex(secret) not in written


def test_names_of_any_bytes_reach_the_report(hashsweep, tmp_path):
    """Not UTF-8, newlines, escapes: each is one row that leads back to the file."""
    folder = tmp_path / "media"
    folder.mkdir()
    names = [b"\xff.txt", b"a\nb", b"\x1b[31m", "zoë".encode()]
    for name in names:
        Path(str(folder) + "/" + name.decode("utf-8", "surrogateescape")).write_bytes(b"x")
    done = hashsweep("scan", folder, "--hash", "md5", "-o", "report", *SERIAL)
    found = {row["uri_bytes"] or row["uri"].encode() for row in rows(tmp_path / "report", "files")}

    assert done.returncode == 0
    assert found == {bytes(folder) + b"/" + name for name in names}


def test_paths_from_standard_input(hashsweep, media, known, tmp_path):
    """--files-from - scans what is piped in."""
    done = hashsweep(
        "scan",
        "--files-from",
        "-",
        "--list",
        known,
        "-o",
        "report",
        *SERIAL,
        input=f"{media}/1.jpg\n",
    )

    assert done.returncode == 1
    assert len(rows(tmp_path / "report", "files")) == 1


def test_both_engines_say_the_same(hashsweep_process, media, known, tmp_path):
    """Only the speed may differ."""
    hashsweep_process("scan", media, "--list", known, "-o", "one", *SERIAL)
    hashsweep_process("scan", media, "--list", known, "-o", "many", "-j", "2")

    for kind in ("files", "matches"):
        one, many = (
            sorted(rows(tmp_path / name, kind), key=lambda row: row["uri"])
            for name in ("one", "many")
        )
        assert one == many


def test_a_picture_that_needs_more_memory_than_it_may_costs_itself_alone(
    hashsweep_process, media, tmp_path
):
    """With --max-memory one large picture fails with out-of-memory, and the sweep goes on."""
    Image.new("RGB", (8000, 5000), (90, 120, 60)).save(media / "large.png", compress_level=1)
    done = hashsweep_process(
        "scan", media, "--hash", "pdq", "--max-memory", "64M", "-j", "1", "-o", "report"
    )
    failed = {
        Path(row["uri"]).name: (row["reasons"][0]["stage"], row["reasons"][0]["reason"])
        for row in rows(tmp_path / "report", "files")
        if row["status"] == "failed"
    }
    hashed = [Path(row["uri"]).name for row in rows(tmp_path / "report", "files") if row["pdq"]]

    assert (done.returncode, done.stderr) == (4, "")
    assert failed == {"large.png": ("decode", "out-of-memory")}
    assert sorted(hashed) == ["1.jpg", "2.jpg", "3.jpg"]
    assert "INCOMPLETE: 1 file could not be scanned; nothing found in" in done.stdout


def test_the_report_says_which_power_the_workers_gave_up(hashsweep_process, media, tmp_path):
    """`workers_confined` is what this kernel lets a process give up; the serial engine nothing."""
    with ProcessPoolExecutor(1, get_context("forkserver")) as pool:
        expected = list(confine.names(pool.submit(confine.confine, 1 << 30).result()))
    told = {}
    for engine in ("processes", "serial"):
        hashsweep_process("scan", media, "--hash", "md5", "-q", "-o", engine, "--engine", engine)
        told[engine] = json.loads((tmp_path / engine / "sweep.json").read_text())

    assert {"no-core-dumps", "memory-bound", "no-new-privileges"} <= set(expected)
    assert told["processes"]["workers_confined"] == expected
    assert told["serial"]["workers_confined"] == []


def test_a_full_disk_is_one_clear_message(hashsweep_process, tmp_path):
    """Exit 2, no traceback, no report that looks complete."""
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "0").write_bytes(b"x")
    for number in range(1, 1500):
        (folder / str(number)).hardlink_to(folder / "0")
    done = hashsweep_process(
        "scan", folder, "--hash", "md5", "-o", "report", "--engine", "serial",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("hashsweep: report report/files/part-00000.parquet: ")
    assert "File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert state(tmp_path / "report") != "complete"
    assert [path.name for path in (tmp_path / "report/files").iterdir()] == []


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["hash", "media"], ["--help"]])
def test_a_full_standard_output_is_one_clear_message(media, tmp_path, arguments, unbuffered):
    """Exit 2, one line that blames no fault of ours, and no traceback."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False, env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip

    assert (done.returncode, done.stderr) == (
        2, "hashsweep: No space left on device\n",
    )  # fmt: skip


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs a disk that takes any date")
def test_a_date_that_no_clock_shows_costs_nothing(hashsweep_process, media, known, tmp_path):
    """Files of the years 1 to 9999 and of none match, in a scan, a second one and a rematch.

    A date of no year costs the cell and nothing else. Copies to NTFS and SMB have such dates, and
    overflown clocks.
    """
    seconds = {"0001-01-01": -62135596800, "1601-01-01": -11644473600, "1677-09-21": -9223372801}
    seconds |= {"2262-04-12": 9223372037, "2446-05-10": 15032385535, "9999-12-31": 253402214400}
    seconds |= {"no year yet": -(2**56), "no year any more": 2**56}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as disk:
        for date, second in seconds.items():
            shutil.copyfile(media / "1.jpg", f"{disk}/{date}.jpg")
            os.utime(f"{disk}/{date}.jpg", (second, second))
        scan = hashsweep_process("scan", disk, "--list", known, "-o", "one", "-q")
        again = hashsweep_process(
            "scan", disk, "--list", known, "-o", "two", "-q", "--baseline", "one"
        )
        rematch = hashsweep_process("rematch", "one", "--list", known, "-o", "three", "-q")
        hashed = hashsweep_process("hash", disk)

    assert [each.returncode for each in (scan, again, rematch, hashed)] == [1, 1, 1, 0]
    assert [each.stderr for each in (scan, again, rematch, hashed)] == [""] * 4
    for report in ("one", "two", "three"):
        files = rows(tmp_path / report, "files")
        lacking = {Path(row["uri"]).stem for row in files if row["mtime"] is None}
        assert {row["status"] for row in files} == {"scanned"}
        assert len(rows(tmp_path / report, "matches")) == len(files) == len(seconds)
        assert lacking == {"no year yet", "no year any more"}
    for words in (("show", "--what", "files"), ("stats",), ("export", "-o", "one.csv")):
        assert hashsweep_process("report", words[0], "one", *words[1:]).returncode in (0, 1)


def peak_of_parent(folder, report):
    """The largest resident size of the command's own process in kB."""
    process = subprocess.Popen([*COMMAND, "scan", folder, "--hash", "sha256", "-q", "-o", report])
    peak = 0
    while process.poll() is None:
        text = Path(f"/proc/{process.pid}/status").read_text()
        peak = max([peak, *(int(line.split()[1]) for line in text.splitlines() if "HWM" in line)])
        time.sleep(0.02)

    assert process.returncode == 0
    return peak


def test_memory_does_not_grow_with_the_number_of_files(tmp_path):
    """Ten times the files cost the parent less than 30 MB more."""
    folder = tmp_path / "media"
    folder.mkdir()
    scene(1, 64, 64).save(folder / "0.png")
    for number in range(1, 300):
        (folder / f"{number}.png").hardlink_to(folder / "0.png")
    few = peak_of_parent(folder, tmp_path / "few")
    for number in range(300, 3000):
        (folder / f"{number}.png").hardlink_to(folder / "0.png")
    many = peak_of_parent(folder, tmp_path / "many")

    assert few > 20_000
    assert many - few < 30_000


def plant(pictures, listed, folder):
    """Write each picture; of listed ones five copies, of others two. Return {path: index}."""
    folder.mkdir()
    planted = {}
    for index, picture in enumerate(pictures):
        small = picture.resize((picture.width // 4, picture.height // 4))
        copies = {"original.jpg": (picture, {"quality": 92}), "q40.jpg": (picture, {"quality": 40})}
        if index in listed:
            copies |= {
                "small.jpg": (small, {"quality": 90}),
                "png.png": (picture, {}),
                "webp.webp": (picture, {"quality": 80}),
            }
        for name, (image, options) in copies.items():
            path = folder / f"{index}-{name}"
            image.save(path, **options)
            planted[str(path)] = index
    return planted


def found_and_expected(hashsweep_process, tmp_path, pictures, listed):
    """Plant, list, sweep; return {path: indices of matched originals} twice."""
    planted = plant(pictures, listed, tmp_path / "media")
    originals = [tmp_path / "media" / f"{index}-original.jpg" for index in listed]
    (tmp_path / "known.csv").write_text(hashsweep_process("hash", *originals).stdout)
    for path in originals:
        (path.parent / f"{path.stem}-again.jpg").hardlink_to(path)
        planted[str(path.parent / f"{path.stem}-again.jpg")] = planted[str(path)]
    hashsweep_process("scan", "media", "--list", "known.csv", "-o", "report")
    found = {path: set() for path in planted}
    for row in rows(tmp_path / "report", "matches"):
        found[row["uri"]].add(planted[str(tmp_path / "media" / row["entry_id"])])
    expected = {path: {index} & set(listed) for path, index in planted.items()}
    return found, expected


def test_every_planted_copy_is_found_and_nothing_else(hashsweep_process, tmp_path):
    """Exact, re-encoded, shrunk and format-changed copies match their original alone."""
    pictures = [scene(seed) for seed in range(100, 112)]
    found, expected = found_and_expected(hashsweep_process, tmp_path, pictures, [0, 3, 7, 11])

    assert found == expected
    assert sum(map(bool, found.values())) == 4 * 6


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared photographs are not here")
def test_every_planted_photograph_is_found_and_nothing_else(hashsweep_process, tmp_path):
    """The same with real photographs."""
    from PIL import Image

    paths = sorted(CORPORA.joinpath("photos").rglob("*.jp*g"))
    pictures = [Image.open(path).convert("RGB") for path in paths]
    for picture in pictures:
        picture.thumbnail((800, 800))
    found, expected = found_and_expected(hashsweep_process, tmp_path, pictures, [0, 3, 7, 11])

    assert len(pictures) > 12
    assert found == expected


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared hostile files are not here")
def test_hostile_files_are_one_row_each(hashsweep_process, tmp_path):
    """No crash, no hang, no traceback."""
    hostile = CORPORA.resolve() / "hostile"
    done = hashsweep_process("scan", hostile, "--hash", "all", "-o", "report", "--timeout", "30")
    found = [row for row in rows(tmp_path / "report", "files") if row["part"] is None]
    uris = [row["uri_bytes"] or row["uri"].encode() for row in found]
    files = [bytes(path) for path in hostile.rglob("*") if path.is_file() and not path.is_symlink()]

    assert (done.returncode, done.stderr) == (4, "")
    assert sorted(uris) == sorted(files)


def test_the_module_can_be_run_from_anywhere(tmp_path):
    """`python -m hashsweep` is the command."""
    done = subprocess.run(
        [sys.executable, "-m", "hashsweep", "--version"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.startswith("hashsweep, version ")
