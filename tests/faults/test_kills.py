"""kill -9 from outside, again and again in one sweep: every file has its row all the same.

A file whose worker was killed twice may be blamed. So that the outcome does not hang on luck, each
victim is stopped first, asked which file it has open, and killed only if no worker was killed
over that file before: then no file at all may fail. Where workers are killed blindly, at their
start and between files too, a file may fail for every two kills, as `killed` and not otherwise.
"""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.commands import COMMAND
from support.drawings import png, scene
from support.faulty_hashers import MARK
from support.first_reason import reason_of
from support.proc import children, descendants

FILES, KILLS = 5000, 100
COLUMNS = ["uri", "status", "reasons", "size", "media_type", "width", "height", "sha256", "pdq"]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Thousands of files: names of 25 pictures. They are only read."""
    folder = tmp_path_factory.mktemp("many")
    originals = [folder / f"0-{number}.png" for number in range(25)]
    for number, path in enumerate(originals):
        path.write_bytes(png(scene(number, 200 + number, 160)))
    for number in range(FILES - len(originals)):
        (folder / f"{number:04}.png").hardlink_to(originals[number % len(originals)])
    return folder


def started(many, folder, name):
    """A sweep of the files that has begun."""
    return subprocess.Popen(
        [*COMMAND, "scan", many, "--hash", "sha256", "--hash", "pdq", "-j", "3", "-o", name, "-q"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def report(folder):
    """(sweep.json, the rows in the order of their names)."""
    table = pq.read_table(folder / "files", columns=COLUMNS).sort_by("uri")
    return json.loads((folder / "sweep.json").read_text()), table


def worker_pids(process):
    """The workers: children of the fork server, which is a child of the command."""
    return [pid for child in children(process.pid) for pid in children(child)]


def is_stopped(pid):
    """Wait until a process does nothing any more; False if it has ended."""
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state in "TZX":
            return state == "T"


def is_running(pid):
    """Whether a process has not ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition):
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def open_files(pid, folder):
    """The files of this folder that a process has open."""
    try:
        held = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    except FileNotFoundError:
        return []
    return [path for path in held if path.startswith(f"{folder}/")]


def killed_over(pid, folder, victims):
    """Kill a worker over the file that it has open; None if it has none, or not for the first."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return None
    held = open_files(pid, folder) if is_stopped(pid) else []
    fresh = [path for path in held if path not in victims]
    try:
        os.kill(pid, signal.SIGKILL if fresh else signal.SIGCONT)
    except ProcessLookupError:
        return None
    return fresh[0] if fresh else None


@pytest.fixture(scope="module")
def undisturbed(many, tmp_path_factory):
    """The report of a sweep in which nothing was killed; made once."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = started(many, folder, "report")
    assert (*process.communicate(timeout=120), process.returncode) == ("", "", 0)
    return report(folder / "report")


def disturbed(many, folder, kill):
    """Sweep while `kill` is called with a worker again and again, until it has killed enough."""
    rng, killed = random.Random(1), 0
    process = started(many, folder, "report")
    while killed < KILLS and process.poll() is None:
        if pids := worker_pids(process):
            killed += kill(rng.choice(pids))
        time.sleep(rng.uniform(0, 0.04))
    ended = (*process.communicate(timeout=120), process.returncode)
    assert killed == KILLS
    assert descendants(process.pid) == []
    return ended, *report(folder / "report")


@pytest.mark.exhaustive
def test_kills_over_as_many_files_cost_nothing(many, undisturbed, tmp_path):
    """One row a file, each equal to that of an undisturbed sweep; none is blamed."""
    victims = set()

    def kill(pid):
        path = killed_over(pid, many, victims)
        victims.update([path] if path else [])
        return path is not None

    ended, told, rows = disturbed(many, tmp_path, kill)
    before, expected = undisturbed

    assert ended == ("", "", 0)
    assert rows.num_rows == FILES
    assert set(rows["status"].to_pylist()) == {"scanned"}
    assert rows.equals(expected)
    assert told["tally"] == before["tally"]


@pytest.mark.exhaustive
def test_blind_kills_cost_a_file_for_every_two_at_most(many, undisturbed, tmp_path):
    """One row a file; each but those of files that are blamed equals the undisturbed one."""

    def kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    ended, told, rows = disturbed(many, tmp_path, kill)
    pairs = list(zip(rows.to_pylist(), undisturbed[1].to_pylist(), strict=True))
    blamed = [row for row, _ in pairs if row["status"] == "failed"]

    assert ended == ("", "", 4 if blamed else 0)
    assert [row["uri"] for row, _ in pairs] == [expected["uri"] for _, expected in pairs]
    assert [row for row, expected in pairs if row != expected] == blamed
    assert {reason_of(row) for row in blamed} <= {"killed"}
    assert len(blamed) <= KILLS // 2
    assert told["tally"]["failed"] == len(blamed)


@pytest.mark.exhaustive
def test_the_fork_server_is_killed_and_its_workers_with_it(many, undisturbed, tmp_path):
    """A new one takes its place; what its workers had begun is done again, and is not to blame."""
    process, killed = started(many, tmp_path, "report"), []
    while len(killed) < 3 and process.poll() is None:
        for server in [pid for pid in children(process.pid) if len(children(pid)) == 3]:
            of_it = children(server)
            time.sleep(0.3)
            os.kill(server, signal.SIGKILL)
            killed.append(server)
            until(lambda gone=(server, *of_it): not any(map(is_running, gone)))
    ended = (*process.communicate(timeout=120), process.returncode)
    pairs = list(
        zip(report(tmp_path / "report")[1].to_pylist(), undisturbed[1].to_pylist(), strict=True)
    )

    assert len(killed) == 3
    assert ended == ("", "", 0)
    assert [row for row, expected in pairs if row != expected] == []


def test_a_command_that_is_killed_leaves_no_worker(tmp_path, plugged):
    """Not even one that hangs at a file and would do so for ever."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(2):
        (folder / str(number)).write_bytes(MARK + b"holds the interpreter")
    process = subprocess.Popen(
        [*COMMAND, "scan", folder, "--hash", "trap", "-j", "2", "-o", "report", "-q"],
        cwd=tmp_path, env=plugged,
    )  # fmt: skip
    until(lambda: sum(map(len, (open_files(p, folder) for p in worker_pids(process)))) == 2)
    others = descendants(process.pid)
    process.kill()
    process.wait()

    assert len(others) == 4  # what asks the disks, the fork server and two workers
    until(lambda: not any(map(is_running, others)))
