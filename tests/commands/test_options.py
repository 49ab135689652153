"""The values that options take, and options through the real command."""

import os
import subprocess
import time
from subprocess import PIPE

import click
import pytest

from confined import manners_of
from conftest import COMMAND
from hashsweep.commands.options import Count, Distance, Size
from hashsweep.commands.scan import scan
from hashsweep.hashers import HASHERS
from proc import descendants


def options():
    """The options of `scan` by name."""
    return {each.name: each for each in scan.params if isinstance(each, click.Option)}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("500000", 500_000), ("1k", 1024), ("20M", 20_971_520), ("20MB", 20_971_520),
        ("20MiB", 20_971_520), (" 2G ", 2_147_483_648), ("1T", 1_099_511_627_776), ("7B", 7),
        (7, 7),
    ],
)  # fmt: skip
def test_a_size_is_in_powers_of_1024(text, size):
    """With or without B or iB, in any case."""
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("500000", 500_000), ("300M", 300_000_000), ("2k", 2000), (" 5 ", 5), (5, 5)],
)
def test_a_count_is_in_thousands(text, number):
    """K and M are decimal, as for megapixels."""
    assert Count().convert(text, None, None) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [("pdq=31", ("pdq", 31)), (" PDQ =0", ("pdq", 0)), (("pdq", 31), ("pdq", 31))],
)
def test_a_distance_names_its_algorithm(text, value):
    """In any case."""
    assert Distance().convert(text, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Size, text) for text in ("", "much", "1.5G", "-1", "1P", "M", "1 M", "0x10")),
        *((Count, text) for text in ("", "many", "1.5M", "-1", "1G", "K", "1e6")),
        *((Distance, text) for text in ("", "pdq", "pdq=", "pdq=x", "pdq=-1", "31", "pdq=3.1")),
    ],
)
def test_other_values_are_refused_with_what_was_given(kind, text):
    """The message repeats the value and shows one that is right."""
    with pytest.raises(click.BadParameter) as refusal:
        kind().convert(text, None, None)

    assert refusal.value.message.startswith(repr(text))
    assert refusal.value.message.endswith(("20M or 2G", "500000 or 300M", "like pdq=31"))


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

    shared = {each.name: each.opts for each in hash_files.params}
    ours = {each.name: each.opts for each in scan.params}

    assert {name: ours.get(name) for name in shared} == shared


@pytest.mark.parametrize(("engine", "least"), [("serial", 1), ("processes", 4)])
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
