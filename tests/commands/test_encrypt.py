"""`scan --encrypt` through the real command: resume, baseline, new keys, workers without one."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from hashsweep.report.encryption import VARIABLE, key_id, new_key
from support.commands import COMMAND
from support.proc import descendants

OLD, NEW = new_key(), new_key()


def keys(path, *several):
    """A key file."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{key}\n" for key in several))
    return path


@pytest.fixture
def scan(hashsweep, media, known):
    """A function that sweeps the media folder in this process alone."""
    return lambda *options: hashsweep("scan", media, "--list", known, *options, "--engine=serial")


def rows(hashsweep, name, key_file):
    """The files in a report."""
    words = ("--what", "files", "--format", "jsonl", "--key-file", key_file)
    done = hashsweep("report", "show", name, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_nothing_in_an_encrypted_report_names_a_file(scan, media, tmp_path):
    """Neither in its parts nor, but for the sources, in its summary."""
    done = scan("-o", "out", "--encrypt", "--key-file", keys(tmp_path / "key", OLD))
    content = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*.parquet"))
    about = (tmp_path / "out/sweep.json").read_text()

    assert done.returncode == 1
    assert [name for name in (b"1.jpg", b"media", b"md5", OLD.encode()) if name in content] == []
    assert "1.jpg" not in about.replace("known.csv", "")
    assert OLD not in about + done.stdout + done.stderr
    assert json.loads(about)["encrypted"] == key_id(bytes.fromhex(OLD))
    assert str(media) in about


def test_an_encrypted_report_is_a_baseline(scan, hashsweep, tmp_path):
    """With its key; the new report is encrypted with the new one."""
    old, both = keys(tmp_path / "old", OLD), keys(tmp_path / "both", NEW, OLD)
    scan("-o", "monday", "--encrypt", "--key-file", old)
    past = time.time() - 60
    about = tmp_path / "monday/sweep.json"
    for path in (tmp_path / "media").iterdir():
        os.utime(path, (past, past))
    scan("-o", "tuesday", "--encrypt", "--key-file", old)
    today = scan("-o", "today", "--baseline", "tuesday", "--encrypt", "--key-file", both)
    unsaid = scan("-o", "none", "--baseline", "tuesday", "--key-file", old)
    without = scan("-o", "none", "--baseline", "tuesday", "--no-encrypt")
    plain = scan("-o", "plain", "--baseline", "tuesday", "--key-file", old, "--no-encrypt", "-q")

    assert today.returncode == 1
    assert [row["from_baseline"] for row in rows(hashsweep, "today", both)] == [True] * 4
    assert (
        json.loads((tmp_path / "today/sweep.json").read_text())["encrypted"]
        != json.loads(about.read_text())["encrypted"]
    )
    assert (without.returncode, (tmp_path / "none").exists()) == (2, False)
    assert "tuesday is encrypted: give its key" in without.stderr
    assert (unsaid.returncode, unsaid.stdout) == (2, "")
    assert unsaid.stderr == (
        "hashsweep: report tuesday is encrypted: add --encrypt, or --no-encrypt for a new report "
        "that anyone with the folder can read\n"
    )
    assert (plain.returncode, plain.stderr) == (1, "")
    assert [row["from_baseline"] for row in rows(hashsweep, "plain", old)] == [True] * 4


def test_a_sweep_goes_on_with_new_keys(scan, hashsweep, tmp_path):
    """What is there is read with the old key; what comes is written with the new one."""
    old, both = keys(tmp_path / "old", OLD), keys(tmp_path / "both", NEW, OLD)
    scan("-o", "out", "--encrypt", "--key-file", old, "--segment-rows", "1")
    for part in sorted((tmp_path / "out/files").iterdir())[2:]:
        part.unlink()
    about = tmp_path / "out/sweep.json"
    about.write_text(
        json.dumps(json.loads(about.read_text()) | {"state": "running", "segments": {}})
    )
    plain = scan("-o", "out", "--resume")
    less = scan("-o", "out", "--resume", "--encrypt", "--key-file", keys(tmp_path / "new", NEW))
    done = scan("-o", "out", "--resume", "--encrypt", "--key-file", both)
    used = {
        key: sum(key_id(bytes.fromhex(key)).encode() in part.read_bytes()
                 for part in (tmp_path / "out/files").iterdir())
        for key in (OLD, NEW)
    }  # fmt: skip

    assert (plain.returncode, less.returncode, done.returncode) == (2, 2, 1)
    assert "--encrypt changed" in plain.stderr
    assert f"is encrypted with key {key_id(bytes.fromhex(OLD))}" in less.stderr
    assert used == {OLD: 2, NEW: 1}
    assert len({row["uri"] for row in rows(hashsweep, "out", both)}) == 4


def test_a_key_that_encrypts_nothing_is_told(scan, hashsweep, tmp_path, known):
    """Who names one may think that it does; a report in plain text needs none to be read."""
    key = keys(tmp_path / "key", OLD)
    swept = scan("-o", "out", "--key-file", key, "-q")
    matched = hashsweep("rematch", "out", "--list", known, "-o", "new", "--key-file", key, "-q")
    with_one = scan("-o", "secret", "--baseline", "out", "--encrypt", "--key-file", key, "-q")

    told = f"hashsweep: --key-file {key} is not used: only --encrypt encrypts the report\n"
    assert [(each.returncode, each.stderr) for each in (swept, matched, with_one)] == [
        (1, told), (1, told), (1, ""),
    ]  # fmt: skip


def test_encrypting_without_a_key_is_refused(scan, tmp_path):
    """Before anything is done."""
    done = scan("-o", "out", "--encrypt")

    assert (done.returncode, done.stdout, (tmp_path / "out").exists()) == (2, "", False)
    assert done.stderr == (
        "hashsweep: --encrypt needs a key: give one with --key-file or HASHSWEEP_REPORT_KEY\n"
    )


def test_no_worker_inherits_the_key(media, tmp_path):
    """It is in the environment of the command and of nothing that the command starts."""
    running = subprocess.Popen(
        [*COMMAND, "scan", "--files-from", "-", "--hash", "pdq", "-o", "out", "-q", "-j1",
         "--segment-rows", "1", "--encrypt"],
        cwd=tmp_path, stdin=subprocess.PIPE, text=True, env=os.environ | {VARIABLE: OLD},
    )  # fmt: skip
    running.stdin.write("".join(f"{path}\n" for path in [*media.glob("*.jpg")] * 2))
    running.stdin.flush()
    deadline = time.monotonic() + 60
    while not (tmp_path / "out/files/part-00000.parquet").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    started = descendants(running.pid)
    theirs = [Path(f"/proc/{pid}/environ").read_bytes() for pid in started]
    argv = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (running.pid, *started)]
    running.stdin.close()

    assert running.wait(timeout=60) == 0
    assert len(theirs) >= 2
    assert [text for text in (*theirs, *argv) if OLD.encode() in text] == []
