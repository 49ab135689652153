"""`hashsweep config`."""

import os
import tomllib

import pytest


@pytest.fixture
def path(tmp_path):
    """A configuration of two commands."""
    found = tmp_path / "c.toml"
    found.write_text(
        '[scan]\nlist = ["a", "b \\"c\\""]\nmax-frames = 8\nstrict = true\n'
        "[report.show]\nlimit = 3\n"
    )
    return found


def test_values_that_are_not_defaults_are_shown_with_their_origin(hashsweep, path):
    """Of all commands, in a form that is TOML again."""
    variables = {**os.environ, "HASHSWEEP_SCAN_STRICT": "0"}
    done = hashsweep("--config", path, "config", "show", env=variables)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"# {path}\n\n[scan]\n"
        f'list = ["a", "b \\"c\\""]  # {path} [scan] list\n'
        "strict = false  # HASHSWEEP_SCAN_STRICT\n"
        f"max-frames = 8  # {path} [scan] max-frames\n\n[report.show]\n"
        f"limit = 3  # {path} [report.show] limit\n"
    )
    assert tomllib.loads(done.stdout)["scan"]["max-frames"] == 8


def test_flags_come_first_and_are_named_so(hashsweep, path):
    """`show` can be asked what a call would use."""
    done = hashsweep("--config", path, "config", "show", "scan", "--max-frames", "9", "/srv")

    assert "max-frames = 9  # flag\n" in done.stdout
    assert "[report.show]" not in done.stdout


def test_all_shows_defaults(hashsweep):
    """And says where files were looked for, which none is read of here."""
    done = hashsweep("config", "show", "--all", "report", "show")

    assert done.stdout.startswith("# no configuration file\n\n[report.show]\n")
    assert 'what = "matches"  # default\n' in done.stdout
    assert "# limit: default\n" in done.stdout


def test_a_command_that_is_none_is_an_error(hashsweep):
    """Not an empty answer."""
    done = hashsweep("config", "show", "scna")

    assert done.returncode == 2
    assert "there is no command 'scna'" in done.stderr


def test_show_says_what_is_wrong_with_a_file(hashsweep, path):
    """As the command would that it is for."""
    path.write_text("[scan]\nlits = []\n")
    done = hashsweep("--config", path, "config", "show")

    assert done.returncode == 2
    assert done.stderr == (
        f"hashsweep: {path} [scan] lits: there is no such key; did you mean list?\n"
    )


def test_check_says_all_is_well(hashsweep, path):
    """Of the file that would be used, or of one that is named."""
    done = hashsweep("config", "check", path)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{path}: ok\n", "")
    assert hashsweep("--config", path, "config", "check").stdout == f"{path}: ok\n"
    assert hashsweep("config", "check").stderr == "hashsweep: there is no configuration file\n"


def test_check_tells_what_is_wrong_in_each_table(hashsweep, path):
    """A line for each, whichever command it is for."""
    path.write_text(
        "[scan]\nlits = []\n[rematch]\nhot-after = -1\n[report]\nshow = {limit = 1}\n"
        "[report.shwo]\nlimit = 1\n[check]\nexit-zero = true\n"
    )
    done = hashsweep("config", "check", path)
    lines = done.stderr.splitlines()

    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(": ")[1].removeprefix(f"{path} ") for line in lines] == [
        "[scan] lits",
        "[rematch] hot-after",
        "[report.shwo]",
        "[check] exit-zero",
    ]


def test_named_sweeps_are_shown(hashsweep, tmp_path):
    """With where each value stands; of `run NAME` that one alone."""
    path = tmp_path / "c.toml"
    path.write_text(
        "".join(
            f'[sweep.{name}]\nsources = ["/srv"]\nlist = ["/k.csv"]\nreports = "/var/{name}"\n'
            for name in ("a", "b")
        )
    )
    every = hashsweep("--config", path, "config", "show")
    one = hashsweep("--config", path, "config", "show", "run", "b")

    assert (every.returncode, one.returncode) == (0, 0)
    assert f'\n[sweep.a]\nsources = ["/srv"]  # {path} [sweep.a] sources\n' in every.stdout
    assert f'\nreports = "/var/b"  # {path} [sweep.b] reports\n' in every.stdout
    assert "sweep.a" not in one.stdout
    assert "[sweep.b]" in one.stdout


def test_what_removes_reports_is_confirmed_by_a_flag_alone(hashsweep, tmp_path):
    """No file says yes for whoever calls it."""
    path = tmp_path / "c.toml"
    path.write_text("[report.prune]\nyes = true\nkeep-daily = 1\n")
    done = hashsweep("--config", path, "report", "prune", tmp_path)

    assert done.returncode == 2
    assert "[report.prune] yes: there is no such key" in done.stderr
