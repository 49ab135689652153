"""kill -9 of the sweep itself, at random moments: what is resumed ends with the same rows."""

import os
import random
import re
import signal
import subprocess
import time

import pyarrow.parquet as pq
import pytest

from support.commands import COMMAND
from support.drawings import jpeg, scene
from support.proc import descendants
from support.thoroughness import times

FILES = 2500
KILLS = times(100, 100)
"""How many kills."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Texts and pictures, one in eight of them listed."""
    here = tmp_path_factory.mktemp("killed")
    (here / "tmp").mkdir()
    pictures = [jpeg(scene(seed, 160, 120)) for seed in range(8)]
    for number in range(FILES):
        folder = here / "media" / f"{number // 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        if number % 3:
            (folder / f"{number}.txt").write_text(f"text {number % 500}")
        else:
            (folder / f"{number}.jpg").write_bytes(pictures[number % 8] + b"\0" * (number % 50))
    (here / "known.jpg").write_bytes(pictures[0])
    subprocess.run([*COMMAND, "hash", "known.jpg", "-o", "known.csv"], cwd=here, check=True)
    return here


def start(corpus, report):
    """Begin a sweep, or go on with it, in a session of its own."""
    words = ("scan", "media", "--list", "known.csv", "-q", "--segment-rows", "200", "--resume")
    return subprocess.Popen(
        [*COMMAND, *words, "-o", report], cwd=corpus, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(corpus / "tmp")},
    )  # fmt: skip


def temporary(corpus):
    """What lies in the folders for temporary files, on disk and in memory."""
    shared = [name for name in os.listdir("/dev/shm") if "hashsweep" in name or "pym" in name]
    return os.listdir(corpus / "tmp") + shared


def rows(report):
    """(files, matches), each sorted."""
    return [
        sorted(map(repr, pq.read_table(report / table).to_pylist()))
        for table in ("files", "matches")
    ]


def is_running(pid):
    """Whether a process has not ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.exhaustive
def test_killed_at_any_moment_the_rows_are_those_of_an_undisturbed_sweep(corpus):
    """Nothing that a killed sweep had started runs on, and no temporary file of it is left."""
    began = time.monotonic()
    plain = start(corpus, corpus / "plain")
    _, err = plain.communicate(timeout=300)
    length = time.monotonic() - began
    expected = rows(corpus / "plain")
    seed = random.SystemRandom().randrange(1000)
    moments = random.Random(seed)
    left, kills, sweeps = set(), 0, 0

    assert (plain.returncode, err) == (1, "")
    assert len(expected[0]) == FILES
    assert len(expected[1]) > FILES // 30
    while kills < KILLS:
        report = corpus / f"report-{sweeps}"
        while True:
            process = start(corpus, report)
            try:
                _, err = process.communicate(timeout=moments.uniform(0, length))
            except subprocess.TimeoutExpired:
                left.update(descendants(process.pid))
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=60)
                kills += 1
                assert temporary(corpus) == [], (seed, kills)
                continue
            break
        sweeps += 1
        assert process.returncode == 1, (seed, kills)
        finished = re.escape(f"hashsweep: {report} was finished at ")  # and killed after its end
        note = (
            rf"({finished}\S+; nothing was scanned now \(for a new sweep, name a new report\)\n)?"
        )
        assert re.fullmatch(note, err), (seed, kills, err)
        assert rows(report) == expected, (seed, kills)
    deadline = time.monotonic() + 30
    while any(map(is_running, left)) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert [pid for pid in left if is_running(pid)] == []
