"""Options from the configuration file and from variables, through the real commands."""

import json
import os
import re
from pathlib import Path

import click
import pytest

from hashsweep.commands import main
from hashsweep.commands.configured import describe_options
from hashsweep.settings.options import variable_of
from hashsweep.settings.weakening import WEAKENING

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def config(tmp_path):
    """Writes a configuration and returns its path."""

    def write(text):
        path = tmp_path / "c.toml"
        path.write_text(text)
        return path

    return write


def commands():
    """Yield all commands with their words."""
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield (name, inner), command.get_command(context, inner)
        else:
            yield (name,), command


def test_a_sweep_takes_its_options_from_the_file(hashsweep, media, known, config):
    """A list and a number, as if flags had said them; a flag comes first."""
    path = config(f'[scan]\nlist = ["{known}"]\nmax-frames = 3\nquiet = true\n')
    done = hashsweep("--config", path, "scan", media, "-o", "report", "--max-frames", "4")
    options = json.loads((path.parent / "report" / "sweep.json").read_text())["options"]

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (options["lists"], options["max_frames"]) == ([str(known)], 4)
    assert options["weakened"] == []


def test_what_weakens_a_sweep_is_told_and_recorded(hashsweep, media, known, config):
    """With where it comes from; what a flag says is not."""
    path = config('[scan]\nexit-zero = true\naccept = ["corrupt"]\n')
    variables = {**os.environ, "HASHSWEEP_SCAN_KNOWN_GOOD": str(known)}
    done = hashsweep(
        *("--config", path, "scan", media, "--list", known, "-o", "report"),
        *("--accept", "truncated", "-q"),
        env=variables,
    )
    told = json.loads((path.parent / "report" / "sweep.json").read_text())

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"hashsweep: --exit-zero, from {path} [scan] exit-zero: {WEAKENING['exit-zero']}",
        f"hashsweep: --known-good, from HASHSWEEP_SCAN_KNOWN_GOOD: {WEAKENING['known-good']}",
    ]
    for options in (told["options"], told["runs"][0]["options"]):
        assert options["weakened"] == [
            {"option": "exit-zero", "value": True, "origin": f"{path} [scan] exit-zero"},
            {
                "option": "known-good",
                "value": [str(known)],
                "origin": "HASHSWEEP_SCAN_KNOWN_GOOD",
            },
        ]


def test_a_gate_is_not_weakened_without_a_flag(hashsweep, media, known, config):
    """Neither by the file nor by a variable; other options may come from there."""
    call = ("check", media / "2.jpg", "--list", known)
    path = config('[check]\naccept = ["corrupt"]\n')
    by_file = hashsweep("--config", path, *call)
    variables = {**os.environ, "HASHSWEEP_CHECK_EXACT": "0"}
    by_variable = hashsweep(*call, env=variables)
    harmless = hashsweep("--config", config("[check]\njson = true\n"), *call)

    assert (by_file.returncode, by_variable.returncode) == (2, 2)
    assert by_file.stderr == (
        f"hashsweep: {path} [check] accept: `check` takes --accept from flags alone, because it "
        "weakens the gate (failures with these reasons do not count)\n"
    )
    assert "HASHSWEEP_CHECK_EXACT: `check` takes --exact from flags alone" in by_variable.stderr
    assert harmless.stdout.startswith("{")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[scan]\nstale = "never"\n', "[scan] stale: 'never' is not one of 'warn', 'fail'."),
        ("[scan]\nmax-frames = 0\n", "[scan] max-frames: 0 is not in the range x>=1."),
        ('[scan]\nfail-on = "x"\n', "[scan] fail-on: --fail-on: 'x' is not one of match"),
        ('[scan]\nmetrics = "a.txt"\n', "[scan] metrics: a.txt: the node exporter reads only"),
    ],
)
def test_a_value_that_a_flag_could_not_have_is_told_with_its_place(hashsweep, config, text, said):
    """In one line, with status 2."""
    path = config(text)
    done = hashsweep("--config", path, "scan", "nowhere", "-o", "report")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"hashsweep: {path} {said}")
    assert done.stderr.count("\n") == 1


def test_help_and_completion_work_with_a_broken_file(hashsweep, config):
    """They are what people need to mend it."""
    path = config("[scan\n")
    variables = {**os.environ, "HASHSWEEP_CONFIG": str(path)}
    plain = hashsweep("scan", "--help", "--engine", "serial")
    completing = {"_HASHSWEEP_COMPLETE": "bash_complete", "COMP_WORDS": "hashsweep sc"}
    completed = hashsweep(env={**variables, **completing, "COMP_CWORD": "1"})

    assert hashsweep("scan", "--help", env=variables).stdout == plain.stdout
    assert hashsweep("help", "report", "show", env=variables).returncode == 0
    assert hashsweep("completion", "bash", env=variables).returncode == 0
    assert completed.stdout == "plain,scan\n"
    assert hashsweep("scan", "x", env=variables).returncode == 2


def test_commands_of_groups_have_tables_of_their_own(hashsweep, known, config):
    """A table within the group's."""
    path = config("[lists.inspect]\njson = true\n")

    assert json.loads(hashsweep("--config", path, "lists", "inspect", known).stdout)


def test_no_variable_of_an_option_is_one_of_ours_already():
    """Those that docs/reference/environment.md names."""
    text = (DOCS / "reference" / "environment.md").read_text()
    ours = set(re.findall(r"(?m)^\| `(HASHSWEEP_[A-Z_]+?)_?(?:\.\.\.)?`", text))
    names = [
        variable_of(words, option.name)
        for words, command in commands()
        for option in describe_options(command)
    ]

    assert {"HASHSWEEP_CONFIG", "HASHSWEEP_REPORT_KEY", "HASHSWEEP_WORKER"} <= ours
    assert len(set(names)) == len(names) > 150
    assert not ours & set(names)
    assert not [name for name in names if name.startswith("HASHSWEEP_WORKER")]


def test_every_option_has_a_kind_that_its_default_fits():
    """Switches, repeated options and numbers are told from texts for each command."""
    kinds = {
        option.name: option.kind
        for words, command in commands()
        for option in describe_options(command)
        if words in (("scan",), ("check",))
    }

    assert kinds["strict"] == kinds["encrypt"] == kinds["exact"] == "switch"
    assert kinds["list"] == kinds["accept"] == kinds["max-distance"] == "texts"
    assert kinds["max-frames"] == kinds["timeout"] == "number"
    assert kinds["max-memory"] == kinds["segment-rows"] == "size"
    assert kinds["shard"] == kinds["stale"] == kinds["key-file"] == "text"
