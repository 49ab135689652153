"""Reports in an object store, on a real server, through the real command."""

import io
import json
import os
import random
import signal
import subprocess
import time

import obstore
import pyarrow.parquet as pq
import pytest

from hashsweep.report.encryption import new_key
from support.commands import COMMAND
from support.drawings import jpeg, scene
from support.servers.seaweed import READER
from support.thoroughness import times

KILLS = times(20, 4)
"""How often a sweep into a store is killed; .ci/run asks for twenty."""


@pytest.fixture
def place(seaweed):
    """A URI at which a report can be written."""
    return f"s3://{seaweed.bucket()}/reports/one"


@pytest.fixture
def sweeps(hashsweep, seaweed):
    """Run hashsweep with what leads it to the server."""
    environment = seaweed.environment()
    return lambda *words, **more: hashsweep(*words, **{"env": environment, **more})


@pytest.fixture
def objects(seaweed, place):
    """Return name -> bytes of what is below the report's URI."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")

    def read():
        store = seaweed.store(bucket)
        found = [each["path"] for page in obstore.list(store, prefix) for each in page]
        return {
            path.removeprefix(f"{prefix}/"): bytes(obstore.get(store, path).bytes())
            for path in found
        }

    return read


def rows(content, table="files"):
    """Return (name, status) or (name, entry) of all rows of a table."""
    parts = [body for name, body in sorted(content.items()) if name.startswith(f"{table}/")]
    second = "status" if table == "files" else "entry_id"
    return sorted(
        (os.path.basename(row["uri"]), row[second])
        for body in parts
        for row in pq.read_table(io.BytesIO(body)).to_pylist()
    )


def test_it_is_the_report_that_a_folder_would_be(  # noqa: PLR0917
    sweeps, media, known, place, objects, seaweed, tmp_path
):
    """The same parts with the same rows; nothing of it stays on this machine's disk."""
    spool = tmp_path / "spool"
    spool.mkdir()
    local = sweeps("scan", media, "--list", known, "-o", "local")
    environment = seaweed.environment() | {"TMPDIR": str(spool)}
    done = sweeps("scan", media, "--list", known, "-o", place, env=environment)

    assert (done.returncode, done.stderr) == (1, ""), done.stderr
    assert done.stdout.endswith(f"Report: {place}\n")
    found = objects()
    assert sorted(found) == ["files/part-00000.parquet", "matches/part-00000.parquet", "sweep.json"]
    for table in ("files", "matches"):
        own = {f"{table}/a": (tmp_path / f"local/{table}/part-00000.parquet").read_bytes()}
        assert rows(found, table) == rows(own, table) != []
    assert json.loads(found["sweep.json"])["state"] == "complete"
    assert local.stdout.splitlines()[-2] == done.stdout.splitlines()[-2]
    assert list(spool.iterdir()) == []


def test_killed_sweeps_leave_nothing_in_temporary_folders(media, known, place, seaweed, tmp_path):
    """Each run removes what the killed one before it left; the last one leaves nothing."""
    for number in range(600):
        (media / f"{number}.txt").write_text(f"text {number}")
    spool = tmp_path / "spool"
    spool.mkdir()
    environment = {**os.environ, **seaweed.environment(), "TMPDIR": str(spool)}
    words = ("scan", media, "--list", known, "-q", "--segment-rows", "50", "--resume", "-o", place)
    left, delay = set(), random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen([*COMMAND, *words], env=environment, cwd=tmp_path)
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            if any(name.startswith("hashsweep-") for name in {*os.listdir(spool)} - left):
                break
            time.sleep(0.01)
        time.sleep(delay.uniform(0, 0.5))
        process.kill()
        process.wait()
        left = {*os.listdir(spool)}
        assert len(left) <= 1
    done = subprocess.run([*COMMAND, *words], env=environment, cwd=tmp_path, check=False)

    assert done.returncode == 1
    assert os.listdir(spool) == []
    assert [name for name in os.listdir("/dev/shm") if "hashsweep" in name] == []


def test_what_is_there_is_never_replaced(sweeps, media, known, place, objects, seaweed):  # noqa: PLR0917
    """Neither a report nor anything else; the sweep ends before it begins."""
    bucket = place.removeprefix("s3://").partition("/")[0]
    assert sweeps("scan", media, "--list", known, "-o", place, "-q").returncode == 1
    before = objects()
    again = sweeps("scan", media, "--list", known, "-o", place)
    seaweed.put(bucket, {"other/a.jpg": b"a"})
    other = sweeps("scan", media, "--list", known, "-o", f"s3://{bucket}/other", "--resume")

    assert (again.returncode, other.returncode) == (2, 2)
    assert again.stderr == (
        f"hashsweep: {place} is not empty: choose a new folder for the report "
        "(`scan --resume` continues an unfinished sweep)\n"
    )
    assert "holds something other than a report" in other.stderr
    assert objects() == before


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_killed_sweep_goes_on(sweeps, known, place, objects, seaweed, tmp_path, encrypted):  # noqa: PLR0917
    """Whatever the kill left: whole parts are kept, the rest is done again, no row twice."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number}.jpg").write_bytes(jpeg(scene(number, 64, 48)))
    options = []
    if encrypted:
        key = tmp_path / "key"
        key.touch(0o600)
        key.write_text(new_key())
        options = ["--encrypt", "--key-file", str(key)]
    words = ["scan", folder, "--list", known, "-o", place, "--resume", "--segment-rows", "10"]
    words += [*options, "--hash", "sha256", "-q"]
    process = subprocess.Popen([*COMMAND, *map(str, words), "-j", "1"], env=seaweed.environment())
    deadline = time.monotonic() + 60
    while sum(name.startswith("files/") for name in objects()) < 3 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {name: body for name, body in objects().items() if name.startswith("files/")}
    done = sweeps(*words)

    assert (done.returncode, done.stderr) == (0, "")
    found = objects()
    assert {name: found[name] for name in kept} == kept
    about = json.loads(found["sweep.json"])
    assert (about["state"], about["tally"]["items"], len(about["runs"])) == ("complete", 120, 2)
    files, matches = (
        {name.partition("/")[2] for name in found if name.startswith(table)}
        for table in ("files/", "matches/")
    )
    assert files == matches
    assert len(files) >= 12
    shown = sweeps("report", "show", place, "--what", "files", "--format", "csv", *options[1:])
    assert (shown.returncode, len(shown.stdout.splitlines())) == (0, 121), shown.stderr


def test_matches_whose_files_were_not_placed_are_removed(  # noqa: PLR0917
    sweeps, media, known, place, objects, seaweed
):
    """They are of items that are done again."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    words = ("scan", media, "--list", known, "-o", place, "--resume", "-q")
    assert sweeps(*words).returncode == 1
    about = json.loads(objects()["sweep.json"]) | {"state": "running"}
    seaweed.put(
        bucket,
        {
            f"{prefix}/sweep.json": json.dumps(about).encode(),
            f"{prefix}/matches/part-00001.parquet": b"half",
        },
    )
    assert sweeps(*words).returncode == 1
    assert sorted(objects()) == [
        "files/part-00000.parquet",
        "matches/part-00000.parquet",
        "sweep.json",
    ]


def test_two_sweeps_cannot_write_to_one_place(  # noqa: PLR0917
    sweeps, media, known, place, objects, seaweed, tmp_path
):
    """The one whose report was taken over ends with a clear line, and spoils nothing."""
    names = tmp_path / "names"
    os.mkfifo(names)
    words = [
        "scan",
        "--files-from",
        str(names),
        "--list",
        str(known),
        "-o",
        place,
        "--resume",
        "-q",
    ]
    first = subprocess.Popen(
        [*COMMAND, *words], env=seaweed.environment(), stderr=subprocess.PIPE, text=True
    )
    with names.open("w"):
        deadline = time.monotonic() + 60
        while "sweep.json" not in objects():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        seaweed.put(bucket, {f"{prefix}/sweep.json": objects()["sweep.json"] + b"\n"})
    told = first.communicate(timeout=60)[1]

    assert first.returncode == 2
    assert told == f"hashsweep: {place}: another sweep is writing to this report\n"


def test_what_reads_reports_reads_it_there(sweeps, media, known, place, tmp_path):
    """Each command gives what it gives of the same report in a folder."""
    for output in (place, "local"):
        sweeps("scan", media, "--list", known, "-o", output, "-q")
    for words in (
        ("summary",),
        ("show", "--what", "files", "--path", "*.jpg", "--format", "csv"),
        ("stats", "--by", "tier"),
        ("decisions",),
    ):
        there, here = (sweeps("report", words[0], at, *words[1:]) for at in (place, "local"))
        assert (there.returncode, there.stderr) == (here.returncode, ""), words
        same = there.stdout.replace(place, "local").splitlines()
        assert len(same) == len(here.stdout.splitlines()) > 1, words
    page = sweeps("report", "html", place, "-o", "page.html", "--list", known)
    assert (page.returncode, (tmp_path / "page.html").stat().st_size > 10_000) == (0, True)
    exported = sweeps("report", "export", place, "--format", "jsonl", "-o", "matches.jsonl")
    assert (exported.returncode, (tmp_path / "matches.jsonl").read_text().count("\n")) == (0, 1)


def test_it_can_be_verified_there(sweeps, media, known, place, seaweed):
    """What was altered is told, and so is what does not belong there."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    sweeps("scan", media, "--list", known, "-o", place, "-q")
    good = sweeps("report", "verify", place)
    seaweed.put(bucket, {f"{prefix}/stray": b"a"})
    stray = sweeps("report", "verify", place)
    obstore.delete(seaweed.store(bucket), f"{prefix}/stray")
    seaweed.put(bucket, {f"{prefix}/files/part-00000.parquet": b"PAR1 PAR1"})
    altered = sweeps("report", "verify", place)

    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, f"{place}: good")
    assert (stray.returncode, "stray does not belong" in stray.stdout) == (2, True)
    assert (altered.returncode, "part-00000.parquet has 9 bytes" in altered.stdout) == (2, True)


@pytest.mark.parametrize("lost", ["files/part-00003.parquet", "matches/part-00000.parquet"])
def test_a_part_that_is_lost_there_is_told(sweeps, media, known, place, seaweed, lost):  # noqa: PLR0917
    """Nobody reads what is left as if it were whole."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    scan = ("scan", media, "--list", known)
    assert sweeps(*scan, "-o", place, "-q", "--segment-rows", "1").returncode == 1
    obstore.delete(seaweed.store(bucket), f"{prefix}/{lost}")
    for words in (
        ("report", "show", place), ("rematch", place, "--list", known, "-o", "new"),
        (*scan, "-o", "next", "--baseline", place),
        (*scan, "-o", place, "--resume", "--segment-rows", "1"),
    ):  # fmt: skip
        done = sweeps(*words)

        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr == f"hashsweep: report {place} is damaged: {lost} is missing\n"


def test_a_rematch_from_store_to_store(sweeps, media, known, place, objects):
    """Both reports are there, and the new one is whole."""
    sweeps("scan", media, "--list", known, "-o", place, "-q", "--hash", "all")
    done = sweeps("rematch", place, "--list", known, "-o", f"{place}-2", "-q")
    verified = sweeps("report", "verify", f"{place}-2")
    again = sweeps("rematch", place, "--list", known, "-o", f"{place}-2")

    assert (done.returncode, done.stderr) == (1, "")
    assert verified.returncode == 0, verified.stdout
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
    assert "sweep.json" in objects()


def test_it_can_be_a_baseline(sweeps, media, known, place, tmp_path):
    """Nothing is read again that has not changed."""
    old = time.time() - 3600
    for path in media.iterdir():
        os.utime(path, (old, old))
    sweeps("scan", media, "--list", known, "-o", place, "-q")
    done = sweeps("scan", media, "--list", known, "-o", "next", "--baseline", place, "--json")

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["tally"]["from_baseline"] == 4


def test_a_bucket_with_its_own_report_in_it(sweeps, known, seaweed, media, objects):
    """A sweep does not scan what it writes."""
    bucket = seaweed.bucket()
    seaweed.put(bucket, {"a.jpg": (media / "1.jpg").read_bytes()})
    words = ("scan", f"s3://{bucket}", "--list", known, "-o", f"s3://{bucket}/report", "--json")
    done = sweeps(*words, "--segment-rows", "1")

    assert done.returncode == 1, done.stderr
    tally = json.loads(done.stdout)["tally"]
    assert (tally["items"], set(tally["skipped"])) == (
        1,
        {"own-report"} if tally["skipped"] else set(),
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "canary"}, "secret of the access key"),
        ({"reader": ""}, "refuses"),
    ],
)
def test_a_store_that_refuses(hashsweep, seaweed, media, known, place, change, told):  # noqa: PLR0917
    """One line before any file is read, and no secret in it."""
    environment = seaweed.environment(READER) if "reader" in change else seaweed.environment()
    done = hashsweep("scan", media, "--list", known, "-o", place, env=environment | change)

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr
