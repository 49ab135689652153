"""Options that choose reports and rows, and the filter they make.

Knows no command.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.options import Command, stack_options
from hashsweep.commands.values import Whole
from hashsweep.errors import REASONS, UsageProblem
from hashsweep.model import TIERS

if TYPE_CHECKING:
    from hashsweep.analysis.filters import Filter
    from hashsweep.report.open_report import OpenReport

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_DAY = 86_400 * 10**9
_LAST_NS = 2**63 - 1  # the largest time a column can hold; the first is its negative


class Moment(click.ParamType[tuple[int, int]]):
    """A day, or a time to the second or finer, in ISO 8601; UTC where no zone is named."""

    name = "DATE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Return its first and last nanosecond since 1970 UTC, both inclusive."""
        if isinstance(value, tuple):
            return value[0], value[1]
        try:
            at = datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date like 2026-03-01 or 2026-03-01T12:30Z", param, ctx)
        at = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
        first = (at - _EPOCH) // datetime.timedelta(microseconds=1) * 1000
        if not -_LAST_NS <= first <= _LAST_NS - _DAY:
            self.fail(f"{value!r} is not between the years 1678 and 2261", param, ctx)
        is_day = ":" not in value and "T" not in value.upper()
        return first, first + _DAY - 1 if is_day else first


class Hexadecimal(click.ParamType[str]):
    """An id of 16 bytes as 32 hexadecimal digits."""

    name = "ID"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return lower-case digits."""
        digits = str(value).strip().lower()
        if len(digits) != 32 or not set(digits) <= set("0123456789abcdef"):  # noqa: PLR2004
            self.fail(f"{value!r} is not an id of 32 hexadecimal digits", param, ctx)
        return digits


def _many(option: str, field: str, metavar: str, text: str) -> Any:
    return click.option(option, field, metavar=metavar, multiple=True, help=text)


def filter_options(command: Command) -> Command:
    """Options that choose rows, for `filter_of`."""
    bits = Whole(0, 2**15 - 1)  # what the column of distances can hold
    return stack_options(
        command,
        _many("--list", "lists", "NAME", "Matches with this list."),
        _many("--category", "categories", "NAME", "Matches with entries of this category."),
        _many("--algorithm", "algorithms", "NAME", "Matches by this hash (the strongest one)."),
        click.option("--tier", "tiers", type=click.Choice(list(TIERS)), multiple=True,
                     metavar="TIER", help=f"Matches of this tier: {', '.join(TIERS)}."),
        click.option("--decision", "decisions", multiple=True, metavar="DECISION",
                     type=click.Choice(["confirmed", "overturned", "none"]),
                     help="Confirmed or overturned matches; none: undecided ones."),
        click.option("--min-distance", type=bits, metavar="BITS",
                     help="Matches at this distance or more."),
        click.option("--max-distance", type=bits, metavar="BITS",
                     help="Matches at this distance or less; 0 keeps digests and equal hashes."),
        click.option("--cluster", "clusters", type=Hexadecimal(), multiple=True,
                     help="Matches of this content, in any copy (see --clusters)."),
        click.option("--reason", "reasons", type=click.Choice(list(REASONS)), multiple=True,
                     metavar="CODE", help="Files that failed for this reason."),
        _many("--media-type", "media_types", "GLOB", "Files of this type, such as 'image/*'."),
        _many("--path", "paths", "GLOB", "Rows whose full path, URI or file name "
              "matches; * also matches /."),
        click.option("--item", "items", type=Hexadecimal(), multiple=True,
                     help="Rows of the item with this item_id."),
        click.option("--modified-since", type=Moment(),
                     help="Files last modified at or after this day, such as 2026-03-01, or time "
                     "(UTC unless it names a zone)."),
        click.option("--modified-until", type=Moment(),
                     help="Files last modified at or before this time; a day counts to its end."),
    )  # fmt: skip


def sweep_options(command: Command) -> Command:
    """Options that choose reports by the start of their sweeps, for `select_swept`."""
    return stack_options(
        command,
        click.option("--swept-since", type=Moment(),
                     help="Leave out reports of sweeps that began earlier."),
        click.option("--swept-until", type=Moment(),
                     help="Leave out reports of sweeps that began later; a day counts to its end."),
    )  # fmt: skip


def filter_of(what: str, options: Mapping[str, Any]) -> "Filter":
    """Return the filter for values of `filter_options`, without `clusters`; `what` as in `show`."""
    from hashsweep.analysis.filters import Filter

    given = {name: value for name, value in options.items() if name != "clusters"}
    given["items"] = [bytes.fromhex(each) for each in given["items"]]
    since, until = given["modified_since"], given["modified_until"]
    given["modified_since"] = since and since[0]
    given["modified_until"] = until and until[1]
    return Filter(**given, failed=what == "failed", possible=what == "possible")


def select_swept(
    reports: Sequence["OpenReport"],
    since: tuple[int, int] | None,
    until: tuple[int, int] | None,
) -> list["OpenReport"]:
    """Return the reports whose sweeps began in this time; for a rematch its last sweep counts.

    Raises UsageProblem if there are none: that must not look like reports without matches.
    """
    from hashsweep.report.open_report import last_swept

    def is_wanted(report: "OpenReport") -> bool:
        at = (last_swept(report) - _EPOCH) // datetime.timedelta(microseconds=1) * 1000
        return (since is None or since[0] <= at) and (until is None or at <= until[1])

    if since is None and until is None:
        return list(reports)
    found = [report for report in reports if is_wanted(report)]
    if not found:
        raise UsageProblem("no sweep of these reports began in that time")
    return found


def check_order(earlier: Sequence["OpenReport"], reports: Sequence["OpenReport"]) -> None:
    """Raise UsageProblem if an "earlier" report is later than all others: nothing would be new.

    Compares the starts of sweeps; for a rematch its last sweep counts.
    """
    from hashsweep.report.open_report import last_swept

    latest = max(map(last_swept, reports))
    for each in earlier:
        if last_swept(each) > latest:
            raise UsageProblem(
                f"--new-since {each.name}: its sweep began after every other report's; name the "
                "earlier report here"
            )
