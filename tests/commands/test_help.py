"""Help texts: complete, with examples, and quick."""

import os
import subprocess
import sys

import click
import pytest

from hashsweep.commands import main
from hashsweep.errors import EXIT_MEANING
from support.drawings import jpeg, scene

COMMANDS = list(main.table)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name):
    """No option without a sentence that ends in a full stop or its default."""
    command = main.get_command(click.Context(main), name)
    texts = {each.name: each.help for each in command.params if isinstance(each, click.Option)}

    assert {
        option: text
        for option, text in texts.items()
        if not (text or "").endswith((".", "]", ").", "bit-identical"))
    } == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name, hashsweep):
    """The help ends in commands that can be copied."""
    done = hashsweep(name, "--help")

    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"\n    hashsweep {name}" in done.stdout
    assert "NAMES" not in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_of_commands_is_the_commands_own(name):
    """What `hashsweep --help` says of a command is the first line of its own help."""
    command = main.get_command(click.Context(main), name)

    assert main.table[name][1] == command.help.splitlines()[0]


def test_the_help_names_every_command_and_exit_status(hashsweep):
    """All commands, all exit statuses, and -h is --help."""
    done = hashsweep("--help")
    shown = " ".join(done.stdout.split())

    assert hashsweep("-h").stdout == done.stdout
    assert [name for name in COMMANDS if f"\n  {name} " not in done.stdout] == []
    assert [
        code for code, text in EXIT_MEANING.items() if f"{code.value} {text}" not in shown
    ] == []


def test_without_a_command_the_help_is_shown(hashsweep):
    """Exit 2, the help on stderr."""
    done = hashsweep()

    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: hashsweep" in done.stderr


def test_a_command_that_does_not_exist_is_refused(hashsweep):
    """Exit 2 and no traceback."""
    done = hashsweep("swep")

    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'swep'" in done.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["summry"], "'report summary'"),
        (["show", "r1"], "'report show'"),
        (["report", "shwo"], "'report show'"),
        (["inspect", "a.csv"], "'lists inspect'"),
        (["lists", "imprt"], "'import'"),
    ],
)
def test_a_command_that_was_meant_is_named(hashsweep, words, meant):
    """Also one of another group."""
    done = hashsweep(*words)

    assert done.returncode == 2
    assert f"Did you mean {meant}?" in done.stderr


def test_help_is_a_command_too(hashsweep):
    """For whoever types it as in other programs."""
    assert hashsweep("help").stdout == hashsweep("--help").stdout
    assert hashsweep("help", "report", "show").stdout == hashsweep("report", "show", "-h").stdout
    assert hashsweep("-V").stdout == hashsweep("--version").stdout


def find_imported(*arguments, cwd=None):
    """Return the modules that a command and its processes import."""
    done = subprocess.run(
        [sys.executable, "-m", "hashsweep", *arguments], cwd=cwd, text=True, check=True,
        capture_output=True, env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
    )  # fmt: skip
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    """Help is for people who wait."""
    imported = {name.partition(".")[0] for name in find_imported(*arguments)}

    assert "click" in imported
    assert imported & {"pyarrow", "numpy", "imagehash", "PIL", "rich", "tqdm", "scipy"} == set()


def test_a_sweep_imports_only_what_it_needs(tmp_path):
    """Start-up is most of a small sweep, of its summary too."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "1.jpg").write_bytes(jpeg(scene(1, 64, 64)))
    (tmp_path / "list.txt").write_text(f"{'1f' * 16}\n")
    imported = find_imported("scan", "media", "--list", "list.txt", "-o", "out", cwd=tmp_path)

    assert imported >= {"hashsweep.hashers.damaged_pdq", "pyarrow.parquet", "rich.table"}
    assert imported & {"pyarrow.compute", "numpy.ma", "statistics"} == set()
