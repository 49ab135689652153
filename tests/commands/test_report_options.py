"""Options about reports are the same wherever they are taken."""

import click
import pytest

from hashsweep.commands.rematch import rematch
from hashsweep.commands.report import report
from hashsweep.commands.scan import scan
from hashsweep.sweep.config import HOT_AFTER


def options(command):
    """The options of a command by name."""
    return {each.name: each for each in command.params if isinstance(each, click.Option)}


def test_a_sweep_and_a_rematch_take_the_same():
    """Keys, decisions and hot entries, with the same words and defaults."""
    ours, theirs = options(scan), options(rematch)
    for name in ("key_file", "signing_key", "decisions", "hot_after", "metrics_file", "encrypt"):
        assert (ours[name].opts, ours[name].default) == (theirs[name].opts, theirs[name].default)
    assert ours["hot_after"].default == HOT_AFTER


@pytest.mark.parametrize("name", ["summary", "show", "stats", "html", "export", "decisions"])
def test_what_reads_reports_takes_keys(name):
    """Of encrypted ones."""
    command = report.get_command(click.Context(report), name)

    assert options(command)["key_file"].opts == ["--key-file"]
