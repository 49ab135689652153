"""Commands that are imported when they are called."""

import sys

import click
import pytest
from click.testing import CliRunner

from hashsweep.commands.lazy import LazyGroup

MODULE = """
import click

@click.command()
def command():
    "Do the second thing."
    click.echo("done")
"""


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A group over three commands, of which only the second one's module exists."""
    (tmp_path / "lazy_second.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield LazyGroup(
        "group",
        table={
            "zebra": ("no_such_module:command", "Do the first thing."),
            "second": ("lazy_second:command", "Do the second thing."),
            "a": ("no_such_module:command", "Do the third thing."),
        },
    )
    sys.modules.pop("lazy_second", None)


def test_help_imports_no_command(group):
    """The lines come from the table, in its order, although two modules do not even exist."""
    done = CliRunner().invoke(group, ["--help"])
    commands = done.output.partition("Commands:\n")[2]

    assert done.exit_code == 0
    assert [line.split(maxsplit=1) for line in commands.splitlines()] == [
        ["zebra", "Do the first thing."],
        ["second", "Do the second thing."],
        ["a", "Do the third thing."],
    ]
    assert "lazy_second" not in sys.modules


def test_a_command_is_imported_when_it_is_called(group):
    """That one alone."""
    done = CliRunner().invoke(group, ["second"])

    assert (done.exit_code, done.output) == (0, "done\n")
    assert "lazy_second" in sys.modules


def test_a_name_that_is_not_in_the_table_is_no_command(group):
    """It imports nothing, whatever the name looks like."""
    context = click.Context(group)

    assert group.get_command(context, "lazy_second:command") is None
    assert "lazy_second" not in sys.modules
    assert CliRunner().invoke(group, ["third"]).exit_code == 2


def test_the_names_keep_the_tables_order(group):
    """Most used first, not by the alphabet."""
    assert group.list_commands(click.Context(group)) == ["zebra", "second", "a"]


def test_an_early_end_of_something_read_is_no_interruption(tmp_path, monkeypatch):
    """Such as a module cut short on a full disk: click would say that the user had stopped it."""
    (tmp_path / "lazy_third.py").write_text(MODULE.replace('click.echo("done")', "raise EOFError"))
    monkeypatch.syspath_prepend(tmp_path)
    group = LazyGroup("group", table={"third": ("lazy_third:command", "Do it.")})

    with pytest.raises(RuntimeError, match="EOFError"):
        group.main(["third"], standalone_mode=False)
    sys.modules.pop("lazy_third", None)
