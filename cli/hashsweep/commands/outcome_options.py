"""Options for the exit status: what counts, and what is accepted. Knows no command."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hashsweep.commands.options import stack_options
from hashsweep.report.outcome import DEFAULT, OUTDATED, FailOn, parse_accepted

Command = TypeVar("Command", bound=Callable[..., Any])


def _check_words(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Return the words of --fail-on; a wrong one is reported before anything else happens."""
    FailOn.parse(value)
    return value


def outcome_options(command: Command) -> Command:
    """Options that say what makes the exit status other than 0."""
    return stack_options(
        command,
        click.option(
            "--fail-on",
            metavar="WORDS",
            callback=_check_words,
            default=DEFAULT,
            show_default=True,
            help="What makes the exit status nonzero, separated by commas: match, tier:TIER "
            "(that tier or a stronger one), incomplete, outdated (see --require-current), or a "
            "reason such as not-looked-into. Matches give 1, anything else 4, both 5.",
        ),
        click.option(
            "--accept",
            metavar="REASON[,...]",
            multiple=True,
            help="Items with only accepted reasons do not make the run incomplete. They "
            "are counted and shown separately. May be repeated.",
        ),
        click.option(
            "--accept-unsafe",
            is_flag=True,
            help="Allow --accept internal, crashed and missing-rows.",
        ),
    )


def current_option(command: Command) -> Command:
    """The option of commands that carry over what earlier sweeps saw."""
    return click.option(
        "--require-current",
        is_flag=True,
        help="Exit with 4 if a file was carried over from an earlier report although older rules "
        "applied to it, or it lacks a hash that today's lists hold. Same as --fail-on outdated.",
    )(command)


def take_accepted(options: dict[str, Any]) -> None:
    """Replace --accept and --require-current by what they stand for.

    Raises UsageProblem for a reason that cannot be accepted.
    """
    if options.pop("require_current", False) and OUTDATED not in options["fail_on"].split(","):
        options["fail_on"] += f",{OUTDATED}"
    unsafe = options.pop("accept_unsafe")
    options["accept"] = tuple(sorted(parse_accepted(options["accept"], unsafe=unsafe)))
