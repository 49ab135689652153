"""A click group that imports a command only when it is called, to keep `--help` fast."""

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """A group with a table: command name -> ("module:attribute", one line of help).

    The line is repeated here so that listing the commands imports none of them; a test compares
    it with the command's own.
    """

    def __init__(self, *args: Any, table: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        """Accept what click.Group accepts, and the table."""
        super().__init__(*args, **kwargs)
        self.table = table

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an EOFError of ours is a fault, which click takes for Ctrl-D."""
        try:
            return super().invoke(ctx)
        except EOFError as error:
            raise RuntimeError(f"EOFError: {error}") from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the table's order: most used first."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands with their help from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])
