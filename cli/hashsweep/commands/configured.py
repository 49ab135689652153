"""Gives commands the values of options that come from the configuration file and from variables."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

from hashsweep.commands.values import Count, Real, Size, Whole
from hashsweep.errors import RunError, UsageProblem
from hashsweep.settings.files import ConfigFile, load_config
from hashsweep.settings.options import (
    Kind,
    Option,
    Setting,
    check_tables,
    read_settings,
)
from hashsweep.settings.weakening import WEAKENING, is_weakening, list_weakening

SWEEP = "sweep"
"""The table whose tables are named sweeps (hashsweep.runs)."""

_KEY = "hashsweep.settings"  # in the context's `meta`
_CONFIG = "hashsweep.config"
_NOT_CONFIGURED = ("config", "completion")
"""Commands that work whatever the file says."""

_NOT_OPTIONS = ("help", "version", "config", "yes")
"""Flags alone; what removes something is confirmed by whoever removes it."""


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that can be set, by their names in the file."""
    found = {}
    for param in command.params:
        names = [each[2:] for each in param.opts if each.startswith("--")]
        if isinstance(param, click.Option) and names and names[0] not in _NOT_OPTIONS:
            found[names[0]] = param
    return found


def describe_options(command: click.Command) -> list[Option]:
    """Return the same as what settings knows of options."""
    return [Option(name, describe_kind(each)) for name, each in options_of(command).items()]


def describe_kind(option: click.Option) -> Kind:
    """Return which values an option takes."""
    if option.is_flag:
        return "switch"
    if option.multiple:
        return "texts"
    if isinstance(option.type, (Size, Count)):
        return "size"
    return "number" if isinstance(option.type, (Whole, Real)) else "text"


def words_of(context: click.Context) -> tuple[str, ...]:
    """Return the words of the command of a context, without the program's name."""
    words = []
    at: click.Context | None = context
    while at is not None and at.parent is not None:
        words.append(str(at.info_name))
        at = at.parent
    return tuple(reversed(words))


def config_of(context: click.Context) -> ConfigFile:
    """Return the configuration of this call, which is read once; raises UsageProblem."""
    if _CONFIG not in context.meta:
        named = context.find_root().params.get("config")
        context.meta[_CONFIG] = load_config(named, os.environ)
    found: ConfigFile = context.meta[_CONFIG]
    return found


def prepare(
    context: click.Context, name: str, command: click.Command, arguments: Sequence[str]
) -> None:
    """Give a command that is about to be called its defaults.

    `context` is the one of the group that it belongs to. Raises UsageProblem for a bad
    configuration, unless help is asked for.
    """
    words = (*words_of(context), name)
    if isinstance(command, click.Group) or words[0] in _NOT_CONFIGURED:
        return
    before_files = [*arguments[: arguments.index("--")]] if "--" in arguments else [*arguments]
    try:
        config = config_of(context)
        check_tables(config, [*top_words(context), (SWEEP,)])
        settings = check_settings(context, config, words, command)
    except RunError:
        if {"-h", "--help"} & {*before_files}:
            return
        if words == ("run",):
            tell_refused()
        raise
    context.meta[_KEY] = settings
    options = options_of(command)
    context.default_map = {
        name: {str(options[each].name): settings[each].value for each in settings}
    }


def tell_refused() -> None:
    """Say on standard output that no sweep ran: whom `notify` would have told is not known.

    The error itself goes to stderr, which cron may be told to put into a file.
    """
    if not sys.stdout.isatty():
        click.echo("hashsweep run: nothing was swept: `hashsweep config check` says why")


def top_words(context: click.Context) -> Iterator[tuple[str, ...]]:
    """Yield the names of the commands and groups that can have a table."""
    top = context.find_root().command
    assert isinstance(top, click.Group)
    yield from ((each,) for each in top.list_commands(context) if each not in _NOT_CONFIGURED)


def check_settings(
    context: click.Context,
    config: ConfigFile,
    words: Sequence[str],
    command: click.Command,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Setting]:
    """Return what is set for a command; raises UsageProblem for a value that it would refuse.

    `environment` is that of the process if it is not given.
    """
    given = os.environ if environment is None else environment
    settings = read_settings(config, words, describe_options(command), given)
    check_values(context, command, settings)
    if words[0] == "check" and (weak := list_weakening("check", settings)):
        raise UsageProblem(
            f"{settings[weak[0]].origin}: `check` takes --{weak[0]} from flags alone, because it "
            f"weakens the gate ({WEAKENING[weak[0]]})"
        )
    return settings


def check_values(
    context: click.Context, command: click.Command, settings: Mapping[str, Setting]
) -> None:
    """Raise UsageProblem, with where it stands, for a value that an option would not take."""
    options = options_of(command)
    with click.Context(command, parent=context, info_name=command.name) as trying:
        for name, setting in settings.items():
            try:
                options[name].process_value(trying, setting.value)
            except click.ClickException as error:
                raise UsageProblem(f"{setting.origin}: {error.message}") from error
            except RunError as error:
                raise UsageProblem(f"{setting.origin}: {error}") from error


def tell_weakened(command: str) -> tuple[dict[str, Any], ...]:
    """Say on stderr which options weaken this call without a flag, and return them for the report.

    Each has `option`, `value` and `origin`.
    """
    context = click.get_current_context()
    settings: Mapping[str, Setting] = context.meta.get(_KEY, {})
    options = options_of(context.command)
    return tell_weakening(
        command,
        {
            name: setting
            for name, setting in settings.items()
            if context.get_parameter_source(str(options[name].name)) == ParameterSource.DEFAULT_MAP
        },
    )


def tell_weakening(command: str, settings: Mapping[str, Setting]) -> tuple[dict[str, Any], ...]:
    """Say on stderr which of these settings weaken a command, and return them (tell_weakened)."""
    found = []
    for name, setting in settings.items():
        if is_weakening(command, name, setting.value):
            found.append({"option": name, "value": setting.value, "origin": setting.origin})
            click.echo(f"hashsweep: --{name}, from {setting.origin}: {WEAKENING[name]}", err=True)
    return tuple(found)
