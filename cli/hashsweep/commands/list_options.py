"""Options that name hash lists and say how to read them; warnings about refused rows."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hashsweep.commands.values import Real

if TYPE_CHECKING:
    from hashsweep.hashlists.compiled import CompiledList

Command = TypeVar("Command", bound=Callable[..., Any])


class Column(click.ParamType[tuple[str, str]]):
    """OURS=THEIRS."""

    name = "FIELD=COLUMN"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        """Return (our field, their column)."""
        if isinstance(value, tuple):
            return value[0], value[1]
        ours, equals, theirs = value.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            self.fail(f"{value!r} does not look like md5=MD5", param, ctx)
        return ours.strip().lower(), theirs.strip()


class Columns(click.ParamType[tuple[tuple[str, str], ...]]):
    """OURS=THEIRS, several separated by commas."""

    name = "FIELD=COLUMN,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[tuple[str, str], ...]:
        """Return pairs of (our field, their column)."""
        if isinstance(value, tuple):
            return value
        return tuple(Column().convert(part, param, ctx) for part in value.split(","))


class Words(click.ParamType[tuple[str, ...]]):
    """Words separated by commas."""

    name = "NUMBER,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:  # noqa: ARG002
        """Return the words."""
        if isinstance(value, tuple):
            return value
        return tuple(word.strip() for word in value.split(",") if word.strip())


def reading_options(command: Command) -> Command:
    """Options that say how the rows of lists are read."""
    for option in (
        click.option(
            "--allow-readable-lists",
            is_flag=True,
            help="Accept lists that users other than the owner can read, such as mode 0640.",
        ),
        click.option(
            "--category-scheme",
            "scheme",
            metavar="NAME",
            help="Whose category numbers a VICS list uses, if the list does not say.",
        ),
        click.option(
            "--vics-category",
            "categories",
            type=Words(),
            default=(),
            help="Match these categories of VICS lists, such as 1,2 (their meaning differs "
            "between countries, so there is no default).",
        ),
        click.option(
            "--map",
            "columns",
            type=Columns(),
            default=(),
            help="Names of a list's columns, such as md5=MD5,category=Category.",
        ),
    ):
        command = option(command)
    return command


def list_options(command: Command) -> Command:
    """Options that name lists for a sweep."""
    command = reading_options(command)
    for option in (
        click.option("--strict", is_flag=True, help="Refuse a list if any of its rows is refused."),
        click.option(
            "--stale",
            type=click.Choice(["warn", "fail"]),
            default="warn",
            show_default=True,
            help="What to do if a list is older than --max-list-age.",
        ),
        click.option(
            "--max-list-age",
            type=Real(min=0),
            metavar="DAYS",
            help="Warn if the files of a list are older than this, or fail (see --stale).",
        ),
        click.option(
            "--known-good",
            "known_good",
            metavar="LIST",
            multiple=True,
            help="A list of harmless files, such as the NSRL: files on it are marked in the "
            "report and not decoded.",
        ),
        click.option(
            "--list",
            "lists",
            metavar="LIST",
            multiple=True,
            help="A hash list, in any format of `hashsweep lists formats`; ALGORITHM:FILE gives "
            "the algorithm of a plain list, FORMAT:FILE the format; - reads a list from standard "
            "input and keeps it off the disk. May be repeated.",
        ),
    ):
        command = option(command)
    return command


def tell_refusals(lists: Iterable["CompiledList"]) -> None:
    """Say on stderr which rows of which list could not be used, and what its order decided."""
    from hashsweep.hashlists.describe import count_refusals
    from hashsweep.safe_text import printable

    for each in lists:
        count = sum(count_refusals(each).values())
        notes = each.notes
        if count:
            rows = [row for source in each.meta["sources"] for row in source["refused_rows"]]
            where = f"line {rows[0]['line']}: {rows[0]['detail']}"
            refused = f"{count:,} row{'s' * (count > 1)} refused; the first: {printable(where)}"
            notes.insert(0, refused)
        for note in notes:
            click.echo(f"hashsweep: list {printable(each.name)}: {printable(note)}", err=True)
