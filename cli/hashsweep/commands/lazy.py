"""A click group that imports a command only when it is called, to keep `--help` fast."""

import difflib
import importlib
from collections.abc import Iterator
from typing import Any

import click


class ConfiguredGroup(click.Group):
    """A group whose commands take options from the configuration file and from variables."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command and give it its defaults; raises UsageProblem for bad ones."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None and not ctx.resilient_parsing:
            from hashsweep.commands.configured import prepare

            prepare(ctx, name, command, rest)
        return name, command, rest


class LazyGroup(ConfiguredGroup):
    """A group with a table: command name -> ("module:attribute", one line of help).

    The line is repeated here so that listing the commands imports none of them; a test compares
    it with the command's own. `groups` are those that are groups themselves.
    """

    def __init__(
        self,
        *args: Any,
        table: dict[str, tuple[str, str]],
        groups: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        """Accept what click.Group accepts, the table and the groups in it."""
        super().__init__(*args, **kwargs)
        self.table = table
        self.groups = groups

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an EOFError of ours is a fault, which click takes for Ctrl-D."""
        try:
            return super().invoke(ctx)
        except EOFError as error:
            raise RuntimeError(f"EOFError: {error}") from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one gets the nearest ones of all groups as suggestions."""
        if args[0].startswith("-") or self.get_command(ctx, args[0]) is not None:
            return super().resolve_command(ctx, args)
        near = " or ".join(f"'{name}'" for name in suggest(ctx, args[0]))
        raise click.UsageError(
            f"No such command {args[0]!r}.{f' Did you mean {near}?' if near else ''}", ctx
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the table's order: most used first."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; for a shell that completes, with types that say what is completed."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        if ctx.resilient_parsing:
            from hashsweep.commands.completion import name_types

            inner = command.commands.values() if isinstance(command, click.Group) else ()
            for each in (command, *inner):
                name_types(each)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands with their help from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])


def suggest(ctx: click.Context, word: str) -> list[str]:
    """Return the commands, three at most, that someone who typed `word` may have meant."""
    root = ctx.find_root()
    names = list(_all_commands(root)) if isinstance(root.command, LazyGroup) else []
    named_so = [name for name in names if name.split()[-1] == word]
    last = {name.split()[-1]: name for name in reversed(names)}
    near = [last[each] for each in difflib.get_close_matches(word, last, cutoff=0.6)]
    return (named_so + [name for name in near if name not in named_so])[:3]


def _all_commands(root: click.Context) -> Iterator[str]:
    """Yield the names of all commands, those of groups after the group's."""
    top = root.command
    assert isinstance(top, LazyGroup)
    for name in top.table:
        yield name
        group = top.get_command(root, name) if name in top.groups else None
        if isinstance(group, click.Group):
            yield from (f"{name} {each}" for each in group.list_commands(root))
