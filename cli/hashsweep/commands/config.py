"""`hashsweep config`: what options are worth without a flag, and where each value comes from."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import click
from click.core import ParameterSource

from hashsweep.commands.configured import (
    SWEEP,
    check_settings,
    config_of,
    describe_kind,
    options_of,
    top_words,
)
from hashsweep.commands.run_named import check_sweeps
from hashsweep.errors import ExitCode, UsageProblem
from hashsweep.runs.named import names_of
from hashsweep.safe_text import printable
from hashsweep.settings.files import ConfigFile, find_places, load_config
from hashsweep.settings.options import check_tables, find_table, origin_of


@click.group(
    epilog="""\b
Examples:
  hashsweep config show
  hashsweep config show --all scan
  hashsweep config check /etc/hashsweep/hashsweep.toml
"""
)
def config() -> None:
    """Show where options get their values from, and check a configuration file."""


@config.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  hashsweep config show
  hashsweep config show scan
  hashsweep config show scan --max-frames 8
  hashsweep config show --all report show
  hashsweep config show run nightly
""",
)
@click.option("--all", "show_all", is_flag=True, help="Print the defaults as well.")
@click.argument("words", metavar="[COMMAND [OPTION]...]", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def show(context: click.Context, words: tuple[str, ...], *, show_all: bool) -> int:
    """Print each value that is not a default, and where it comes from.

    That is a flag, a variable, or the file, its table and the key. Without COMMAND, prints those
    of all commands. Exit status: 0, or 2 if a command would refuse the configuration.
    """
    found = config_of(context)
    if found.path is None:
        places, _ = find_places(context.find_root().params.get("config"), os.environ)
        looked = f" (looked for {', '.join(map(printable, places))})" if places else ""
        click.echo(f"# no configuration file{looked}")
    else:
        click.echo(f"# {printable(found.path)}")
    check_tables(found, [*top_words(context), (SWEEP,)])
    every = [*_commands(context)]
    wanted = [each for each in every if words[: len(each[0])] == each[0]] if words else every
    if shown := _show_sweeps(context, found, words):
        wanted = wanted if not words else []
    elif not wanted:
        raise click.UsageError(f"there is no command {printable(' '.join(words))!r}", context)
    for names, command in wanted:
        arguments = words[len(names) :]
        lines = [*_values(context, found, names, command, arguments, show_all=show_all)]
        if lines or words:
            click.echo(f"\n[{'.'.join(names)}]")
        for line in lines or ["# all as by default"] * bool(words):
            click.echo(line)
    for line in shown:
        click.echo(line)
    return ExitCode.CLEAN


def _show_sweeps(context: click.Context, found: ConfigFile, words: Sequence[str]) -> list[str]:
    """Return the lines about named sweeps: all, or after `run NAME` the one of this name."""
    if words and words[:1] != ("run",):
        return []
    check_sweeps(context, found)
    lines = []
    for name in names_of(found):
        if len(words) < 2 or words[1] == name:  # noqa: PLR2004
            lines += ["", f"[{SWEEP}.{name}]"]
            lines += [
                f"{key} = {_show(value)}  # {origin_of(found, (SWEEP, name), key)}"
                for key, value in found.tables[SWEEP][name].items()
            ]
    return lines


def _values(
    context: click.Context,
    found: ConfigFile,
    names: Sequence[str],
    command: click.Command,
    arguments: Sequence[str],
    *,
    show_all: bool,
) -> Iterator[str]:
    settings = check_settings(context, found, names, command)
    # resilient: what this command lacks is no error here, because nothing is run
    call = command.make_context(
        names[-1], [*arguments], parent=context, resilient_parsing=True, default_map={}
    )
    for name, option in options_of(command).items():
        if call.get_parameter_source(str(option.name)) == ParameterSource.COMMANDLINE:
            yield f"{name} = {_show(call.params.get(str(option.name)))}  # flag"
        elif name in settings:
            each = settings[name]
            is_number = describe_kind(option) in ("number", "size") and str(each.value).isdecimal()
            shown = str(each.value) if is_number else _show(each.value)
            yield f"{name} = {shown}  # {each.origin}"
        elif show_all:
            default = option.get_default(call)
            told = default is not None and str(type(default)) != "<enum 'Sentinel'>"
            yield f"{name} = {_show(default)}  # default" if told else f"# {name}: default"


def _show(value: Any) -> str:
    """Return a value as TOML has it, safe for a terminal."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_show, value))}]"
    if isinstance(value, (int, float)):
        return str(value)
    text = printable(str(value)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _commands(context: click.Context) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield all commands that can have a table, with their words."""
    top = context.find_root().command
    assert isinstance(top, click.Group)
    for (name,) in top_words(context):
        command = top.get_command(context, name)
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                if found := command.get_command(context, inner):
                    yield (name, inner), found
        elif command:
            yield (name,), command


@config.command(
    epilog="""\b
Examples:
  hashsweep config check
  hashsweep config check draft.toml
"""
)
@click.argument("file", metavar="[FILE]", required=False)
@click.pass_context
def check(context: click.Context, file: str | None) -> int:
    """Check all tables of FILE, or of the file that would be used.

    Exit status: 0 all well, 2 something is wrong, or there is no file.
    """
    found = load_config(file, os.environ) if file is not None else config_of(context)
    if found.path is None:
        raise UsageProblem("there is no configuration file")
    problems = [*_problems(context, found)]
    for line in problems:
        click.echo(f"hashsweep: {line}", err=True)
    if problems:
        return ExitCode.USAGE
    click.echo(f"{printable(found.path)}: ok")
    return ExitCode.CLEAN


def _problems(context: click.Context, found: ConfigFile) -> Iterator[str]:
    """Yield what is wrong with a file: the first problem of each table."""
    commands = dict(_commands(context))
    for top, content in found.tables.items():
        alone = ConfigFile(found.path, {top: content})
        try:
            check_tables(alone, [*top_words(context), (SWEEP,)])
            below = [names for names in commands if len(names) > 1 and names[0] == top]
            strays = find_table(alone, (top,)).keys() - {each[1] for each in below}
            if below and strays:
                raise UsageProblem(
                    f"{printable(f'{found.path} [{top}.{min(strays)}]')}: there is no such "
                    f"command; the tables are {', '.join('.'.join(each) for each in below)}"
                )
        except UsageProblem as error:
            yield str(error)
            continue
        if top == SWEEP:
            try:
                check_sweeps(context, alone)
            except UsageProblem as error:
                yield str(error)
        for names in [*below, *[(top,)] * ((top,) in commands)]:
            try:
                check_settings(context, alone, names, commands[names], {})
            except UsageProblem as error:
                yield str(error)
