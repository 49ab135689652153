"""A click group whose commands are imported when they are called, so that `--help` is quick."""

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """A group over a table of command name -> "module:attribute"."""

    def __init__(self, *args: Any, table: dict[str, str], **kwargs: Any) -> None:
        """Take what click.Group takes, and the table."""
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the table's order: most used first."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command
