"""The log of a sweep: lines for machines, whatever the names are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hashsweep.errors import ReportError
from hashsweep.model import Failure, Item, Record, Skipped
from hashsweep.output.event_log import Log
from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally
from support.commands import COMMAND
from support.reports import sweep

TALLY = {**to_json(Tally().totals()), "failed": 1, "matched_items": 2, "matches": 3}
GIVEN = {"sources": ["/srv/\udcff"], "lists": [{"name": "known"}], "incomplete": True}
INFO = sweep(tally=TALLY, **GIVEN)


def lines(path):
    """What stands in a log."""
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_a_run_is_its_beginning_what_was_not_scanned_and_its_end(tmp_path):
    """Each line has time, run and event; what was scanned has none."""
    path = tmp_path / "log"
    with Log(path) as log:
        log.begin(INFO)
        log.record(Record(Item("/a"), hashes={"md5": bytes(16)}))
        log.record(Record(Item("/b"), reasons=[Failure("read", "gone", "No such file")]))
        log.skip(Skipped("/c", "symlink"))
        log.end(replace(INFO, error="the reason"))
    began, failed, skipped, ended = lines(path)

    assert {line["run_id"] for line in lines(path)} == {INFO.run_id}
    assert [line["event"] for line in lines(path)] == ["began", "failed", "skipped", "ended"]
    assert (began["sources"], began["lists"], began["pid"]) == (
        ["/srv/\udcff"], ["known"], os.getpid(),
    )  # fmt: skip
    assert [failed[name] for name in ("uri", "stage", "reason", "detail")] == [
        "/b", "read", "gone", "No such file",
    ]  # fmt: skip
    assert (skipped["uri"], skipped["reason"]) == ("/c", "symlink")
    assert (ended["state"], ended["incomplete"], ended["matches"]) == ("complete", True, 3)
    assert ended["error"] == "the reason"
    assert began["time"] <= ended["time"]


def test_each_reason_has_its_line(tmp_path):
    """With the frame or page that it is of; null for the file itself."""
    reasons = [Failure("read", "changed"), Failure("decode", "corrupt")]
    with Log(tmp_path / "log") as log:
        log.record(Record(Item("/a"), reasons=reasons))
        log.record(Record(Item("/a"), part="frame 2", reasons=reasons[1:]))

    found = [(line["uri"], line["part"], line["reason"]) for line in lines(tmp_path / "log")]
    assert found == [
        ("/a", None, "changed"), ("/a", None, "corrupt"), ("/a", "frame 2", "corrupt"),
    ]  # fmt: skip


def test_a_sweep_that_had_ended_before_has_no_line(tmp_path):
    """Nothing was begun, and so nothing ends."""
    with Log(tmp_path / "log") as log:
        log.end(INFO)

    assert lines(tmp_path / "log") == []


def test_a_run_that_goes_on_says_so(tmp_path):
    """The second run of a sweep has the same id and another event."""
    second = replace(INFO.runs[0], hashsweep="2")
    with Log(tmp_path / "log") as log:
        log.begin(replace(INFO, runs=[*INFO.runs, second]))

    assert [(line["event"], line["hashsweep"]) for line in lines(tmp_path / "log")] == [
        ("resumed", "2")
    ]


@given(st.binary(min_size=1).map(os.fsdecode))
def test_names_read_back_exactly_and_drive_nothing(tmp_path_factory, name):
    """Any bytes stay on one line of printable ASCII."""
    path = tmp_path_factory.mktemp("log") / "log"
    with Log(path) as log:
        log.skip(Skipped(name, "special"))
    data = path.read_bytes()

    assert data.count(b"\n") == 1
    assert data.endswith(b"\n")
    assert all(0x20 <= byte < 0x7F for byte in data[:-1])
    assert os.fsencode(lines(path)[0]["uri"]) == os.fsencode(name)


def test_runs_are_added_to_what_is_there(tmp_path):
    """A log that exists keeps its lines and its mode; a new one is its owner's alone."""
    path, new = tmp_path / "log", tmp_path / "new"
    path.write_text('{"time": "2026", "event": "before"}\n')
    path.chmod(0o640)
    for each in (path, new):
        with Log(each) as log:
            log.begin(INFO)

    assert [line["event"] for line in lines(path)] == ["before", "began"]
    assert [oct(each.stat().st_mode & 0o777) for each in (path, new)] == ["0o640", "0o600"]


def test_half_a_line_is_ended_first(tmp_path):
    """What a power cut has left costs that line and not the next run's first."""
    path = tmp_path / "log"
    path.write_bytes(b'{"time": "2026')
    with Log(path) as log:
        log.skip(Skipped("/a", "symlink"))
    half, whole = path.read_bytes().splitlines()

    assert half == b'{"time": "2026'
    assert json.loads(whole)["uri"] == "/a"


WRITER = """
import sys
from pathlib import Path
from hashsweep.model import Skipped
from hashsweep.output.event_log import Log
with Log(Path(sys.argv[1])) as log:
    for number in range(500):
        log.skip(Skipped(f"/{sys.argv[2] * 300}/{number}", "excluded"))
"""


def test_sweeps_at_the_same_time_do_not_mix_their_lines(tmp_path):
    """Every line of each is whole and in its order."""
    path = tmp_path / "log"
    running = [subprocess.Popen([sys.executable, "-c", WRITER, path, each]) for each in "abc"]

    assert [each.wait(timeout=120) for each in running] == [0, 0, 0]
    found = [line["uri"].rpartition("/") for line in lines(path)]
    for each in "abc":
        assert [last for first, _, last in found if each in first] == [*map(str, range(500))]


def test_a_pipe_will_do(tmp_path):
    """/dev/stderr, for one."""
    words = [sys.executable, "-c", WRITER, "/dev/stderr", "a"]
    done = subprocess.run(words, capture_output=True, check=True)

    assert len(done.stderr.splitlines()) == 500


def test_stderr_may_lead_to_a_file_with_other_lines(tmp_path):
    """Warnings go there, too."""
    words = [sys.executable, "-c", WRITER, "/dev/stderr", "a"]
    with (tmp_path / "errors").open("ab") as errors:
        errors.write(b"hashsweep: a warning\n")
        errors.flush()
        subprocess.run(words, stderr=errors, check=True)

    assert len((tmp_path / "errors").read_bytes().splitlines()) == 501


@pytest.mark.parametrize("content", ["entry_id,sha256\n", '{"value": []}\n', "\n"])
def test_a_file_of_another_kind_is_not_added_to(tmp_path, content):
    """Such as a hash list, as CSV or JSON, that was named by mistake."""
    path = tmp_path / "known.csv"
    path.write_text(content)
    with pytest.raises(ReportError, match=r"known\.csv exists and is not a hashsweep log"):
        Log(path)

    assert path.read_text() == content


@pytest.mark.parametrize("name", ["nowhere/log", "."])
def test_a_log_that_cannot_be_opened_is_one_clear_error(tmp_path, name):
    """The message names the file and what is wrong with it."""
    with pytest.raises(ReportError, match=r"^log file .*: (No such file|Is a directory)"):
        Log(tmp_path / name)


def test_a_full_disk_ends_the_sweep_with_a_clear_error():
    """What cannot be noted is not passed over in silence."""
    with Log(Path("/dev/full")) as log, pytest.raises(ReportError, match="No space left on device"):
        log.begin(INFO)


def test_scan_writes_one(tmp_path):
    """Through the command: failures and skips with their reasons, and nothing on stderr."""
    media = tmp_path / "media"
    media.mkdir()
    (media / "good.txt").write_text("text")
    (media / "empty").touch()
    (media / "link").symlink_to("good.txt")
    words = ("scan", media, "--hash", "md5", "-q", "--log-file", tmp_path / "log")
    for name in ("one", "two"):
        done = subprocess.run(
            [*COMMAND, *words, "-o", tmp_path / name], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    found = lines(tmp_path / "log")

    assert [line["event"] for line in found] == ["began", "skipped", "failed", "ended"] * 2 or [
        line["event"] for line in found
    ] == ["began", "failed", "skipped", "ended"] * 2
    assert len({line["run_id"] for line in found}) == 2
    reasons = {line["uri"].rpartition("/")[2]: line["reason"] for line in found if "uri" in line}
    assert reasons == {"empty": "empty", "link": "symlink"}
