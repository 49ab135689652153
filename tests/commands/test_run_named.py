"""`hashsweep run` through the real command: what people, mail programs and timers see."""

import importlib
import json
import os
import signal
import subprocess

import pytest

from hashsweep.settings.weakening import WEAKENING
from support.commands import COMMAND, run_here

SERIAL = 'engine = "serial"\n'


@pytest.fixture
def config(tmp_path, media, known):
    """Writes a configuration with a sweep of this test's media, and more lines; returns it."""
    (tmp_path / "cfg").mkdir(mode=0o700)
    path = tmp_path / "cfg" / "hashsweep.toml"

    def write(more=SERIAL):
        path.write_text(
            f'[sweep.nightly]\nsources = ["{media}"]\nlist = ["{known}"]\n'
            f'reports = "{tmp_path / "nights"}"\n{more}'
        )
        return path

    return write


@pytest.fixture
def run(hashsweep, config):
    """`hashsweep run nightly` with these lines in its table."""
    return lambda *words, more=SERIAL: hashsweep("--config", config(more), "run", "nightly", *words)


def test_news_is_printed_once(run, tmp_path):
    """Without a program that tells it; the report is named by its moment."""
    first, second = run(), run()
    reports = sorted((tmp_path / "nights").glob("20*Z*"))

    assert (first.returncode, second.returncode) == (1, 1)
    assert "\nNew:\n  1 match, of 1 file\n\nIn all: 1 of 4 files match; 0 " in first.stdout
    assert f"\n  hashsweep report show {reports[0]}\n" in first.stdout
    assert second.stdout == ""
    assert len(reports) == 2
    assert WEAKENING["engine"] in first.stderr
    options = json.loads((reports[1] / "sweep.json").read_text())["options"]
    (weakened,) = options["weakened"]
    assert weakened["origin"] == f"{tmp_path}/cfg/hashsweep.toml [sweep.nightly] engine"
    assert options["baseline"] == str(reports[0])


def test_news_goes_to_a_program(run, tmp_path):
    """As its input; nothing is printed."""
    script = tmp_path / "cfg" / "tell"
    script.write_text(
        f'#!/bin/sh\ncat >> "{tmp_path}/mail"\nprintf "%s\\n" "$@" >> "{tmp_path}/mail"\n'
    )
    script.chmod(0o755)
    more = f'{SERIAL}notify = ["{script}", "a b; $(id)"]\n'
    first = run(more=more)
    run(more=more)
    text = (tmp_path / "mail").read_text()

    assert (first.returncode, first.stdout) == (1, "")
    assert text.count("hashsweep run nightly on ") == 1
    assert text.endswith("\na b; $(id)\n")


def test_what_a_program_does_not_take_is_no_clean_end(run):
    """Status 2, and a line that says why."""
    done = run(more=f'{SERIAL}notify = ["/bin/false"]\n')

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "hashsweep: notify: /bin/false: ended with status 1; what is new is told the next night"
    )


def test_it_says_what_it_would_do(run, tmp_path, known):
    """List, source, baseline, room, last success; nothing is written, and 2 if it could not run."""
    done = run("--dry-run")
    known.unlink()
    without = run("--dry-run")

    assert done.returncode == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "list", "source", "mounted", "baseline", "free space", "last success", "notify",
    ]  # fmt: skip
    assert "last success: never\n" in done.stdout
    assert without.returncode == 2
    assert "\nproblem:  " not in without.stdout
    assert without.stdout.startswith("problem:      ")
    assert not (tmp_path / "nights").exists()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("lists = []\n", "[sweep.nightly] lists: there is no such key; did you mean list?"),
        ('output = "x"\n', "[sweep.nightly] output: a named sweep does not take this"),
        ('max-frames = "x"\n', "[sweep.nightly] max-frames: this has to be a number"),
        ('accept = ["nonsense"]\n', "'nonsense' is not a reason"),
        ('metrics = "a.txt"\n', "[sweep.nightly] metrics: "),
        ("reports = 1\n", "is not TOML: "),
        ('password = "x"\n', "[sweep.nightly] password: secrets are not accepted here"),
    ],
)
def test_a_wrong_table_is_one_line(run, config, hashsweep, more, why):
    """Before anything is done; `config check` finds it as well, unless it needs the whole call."""
    done = run(more=more)

    assert done.returncode == 2
    assert done.stdout == ("hashsweep run: nothing was swept: `hashsweep config check` says why\n")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (config(more).parents[1] / "nights").exists()
    if "nonsense" not in why:
        checked = hashsweep("config", "check", config(more))
        assert (checked.returncode, why in checked.stderr) == (2, True)


def test_two_sweeps_need_two_folders(run, tmp_path):
    """Or each would build on the other's reports."""
    more = f'[sweep.b]\nlist = ["a"]\nsources = ["/"]\nreports = "{tmp_path / "nights"}"\n'
    done = run(more=more)

    assert done.returncode == 2
    assert "b has the same folder; each sweep needs its own" in done.stderr


def test_an_unknown_name_and_no_file_are_told(hashsweep, config):
    """With what there is."""
    unknown = hashsweep("--config", config(), "run", "weekly")
    without = hashsweep("run", "nightly")

    assert unknown.stderr.endswith("has no sweep weekly: it has nightly\n")
    assert "there is no configuration file" in without.stderr
    assert (unknown.returncode, without.returncode) == (2, 2)


def test_options_of_scan_are_not_its_own(hashsweep, config):
    """What it does is in its table alone: nothing of [scan], and no variable of scan."""
    path = config(f"{SERIAL}\n[scan]\naccept = ['corrupt']\nmax-frames = 3\n")
    done = hashsweep(
        "--config", path, "run", "nightly", env={**os.environ, "HASHSWEEP_SCAN_HASH": "md5"}
    )
    (report,) = (path.parents[1] / "nights").glob("20*Z")
    options = json.loads((report / "sweep.json").read_text())["options"]

    assert done.returncode == 1
    assert (options["max_frames"], options["hashes"], options["accept"]) == (1000, [], [])


def test_an_installation_that_finds_nothing_is_told(run, tmp_path, monkeypatch):
    """And sweeps nothing."""
    module = importlib.import_module("hashsweep.commands.selftest")
    monkeypatch.setitem(module._EXPECTED, "another.jpg", "close")
    done = run()

    assert done.returncode == 2
    assert "(selftest)" in done.stdout
    assert "the selftest failed: another.jpg: expected close, got None" in done.stderr
    assert not [*(tmp_path / "nights").glob("20*")]


@pytest.mark.exhaustive
def test_the_real_command_with_workers(config, tmp_path):
    """While one is at work a second ends with one line; SIGTERM ends the first, which goes on."""
    path = config("")
    words = [*COMMAND, "--config", str(path), "run", "nightly"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "nights" / ".nightly.json").exists():
        assert process.poll() is None
    second = run_here("--config", path, "run", "nightly")
    process.send_signal(signal.SIGTERM)
    process.communicate()
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert second.returncode == 2
    assert second.stderr == "hashsweep: another run of nightly is still at work; none was started\n"
    assert process.returncode in (1, 130)
    assert done.returncode == 1
