"""Options through the real command."""

import os
import subprocess
import time
from subprocess import PIPE

import click
import pytest
from click.testing import CliRunner

from hashsweep.commands import main
from hashsweep.commands.scan import scan
from hashsweep.hashers import HASHERS
from support.commands import COMMAND
from support.confined import manners_of
from support.proc import descendants


def options():
    """The options of `scan` by name."""
    return {each.name: each for each in scan.params if isinstance(each, click.Option)}


def test_defaults():
    """300 megapixels, 60 seconds and 3 GiB an item, all processors, in processes of their own."""
    context = scan.make_context("scan", ["media", "-o", "report"])
    expected = {
        "max_pixels": 300_000_000,
        "timeout": 60.0,
        "max_memory": 3_221_225_472,
        "nice": False,
        "workers": None,
        "engine": "processes",
        "exact": False,
        "max_file_size": None,
    }

    assert {name: context.params[name] for name in expected} == expected


def test_the_help_of_hash_names_every_hash():
    """Plug-ins too, and no placeholder is left."""
    text = options()["hashes"].get_help_record(click.Context(scan))[1]

    assert f"One of {', '.join(HASHERS.names)}, or all. " in text
    assert "NAMES" not in text


def test_both_commands_take_the_same_options():
    """What is scanned, and how, is said alike everywhere."""
    from hashsweep.commands.hash import hash_files

    its_own = {"form"}  # --id: what entries are called
    shared = {each.name: each.opts for each in hash_files.params if each.name not in its_own}
    ours = {each.name: each.opts for each in scan.params}

    assert {name: ours.get(name) for name in shared} == shared


@pytest.mark.parametrize(
    "words",
    [
        "scan media -o out -j", "hash media -j", "check 1.jpg -j", "rematch out -o new -j",
        "scan s3://b -o out --retries", "scan s3://b -o out --fetch-timeout",
        "report show out --limit", "report show out --min-distance",
        "report show out --max-distance",
    ],
)  # fmt: skip
def test_a_number_that_no_machine_can_hold_is_refused(words):
    """As a wrong option, before anything is read."""
    done = CliRunner().invoke(main, [*words.split(), "9" * 30])

    assert done.exit_code == 2
    assert "is not in the range" in done.output


@pytest.mark.parametrize(("engine", "least"), [("serial", 1), ("processes", 3)])
def test_nice_lets_other_programs_go_first(media, tmp_path, engine, least):
    """With --nice the command and all its processes have the lowest priority, at the disk too."""
    os.mkfifo(tmp_path / "paths")
    options = ["--nice", "--hash", "md5", "-j", "1", "--engine", engine, "--files-from", "paths"]
    with subprocess.Popen([*COMMAND, "hash", *options], cwd=tmp_path, stdout=PIPE) as process:
        # the command waits for more paths, so its first worker is there to be looked at
        with open(tmp_path / "paths", "w") as paths:
            print(media / "1.jpg", file=paths, flush=True)
            while len(found := [process.pid, *descendants(process.pid)]) < least:
                assert process.poll() is None
                time.sleep(0.05)
            seen = {manners_of(pid) for pid in found}
        out, _ = process.communicate(timeout=60)

    assert seen <= {(19, 3), (19, None)}
    assert (process.returncode, out.count(b"\n")) == (0, 2)
