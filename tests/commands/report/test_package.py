"""Each command of `hashsweep report` is a module that is imported when it is called."""

import click
import pytest

from hashsweep.commands.report import report


@pytest.mark.parametrize("name", report.list_commands(click.Context(report)))
def test_the_tables_line_is_the_commands_own(name):
    """Listing the commands imports none of them, so the line stands in two places."""
    command = report.get_command(click.Context(report), name)

    assert command.name == name
    assert report.table[name][1] == command.help.splitlines()[0]
