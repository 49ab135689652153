"""Decides the exit status of a sweep, a rematch or a gate from its totals. Knows no terminal."""

from collections.abc import Iterable
from dataclasses import dataclass

from hashsweep.errors import (
    REASONS,
    UNSAFE_TO_ACCEPT,
    ExitCode,
    ReportError,
    UsageProblem,
    exit_code,
)
from hashsweep.model import NOTES, TIERS
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.report.totals import Totals

OUTDATED = "outdated"
"""The word of --fail-on that --require-current adds."""

DEFAULT = "match,incomplete"
"""The default of --fail-on."""


@dataclass(frozen=True)
class FailOn:
    """What makes the exit status nonzero.

    Matches of `tiers` count; with all tiers, any match counts. `incomplete`
    counts anything that makes a report incomplete, `reasons` single reasons, even ones that do not.
    `outdated` counts items that were looked at by earlier rules, or that lack a hash of today's.
    """

    tiers: frozenset[str] = frozenset(TIERS)
    incomplete: bool = True
    reasons: frozenset[str] = frozenset()
    outdated: bool = False

    @classmethod
    def parse(cls, text: str) -> "FailOn":
        """Read words separated by commas: `match`, `tier:TIER`, `incomplete`, `outdated`, a reason.

        `tier:near` is any match of tier near or of an earlier one in model.TIERS. Raises
        UsageProblem for any other word.
        """
        tiers: set[str] = set()
        reasons: set[str] = set()
        incomplete = outdated = False
        for word in (each.strip() for each in text.split(",")):
            tier = word.removeprefix("tier:")
            if word == "match":
                tiers.update(TIERS)
            elif word != tier and tier in TIERS:
                names = [*TIERS]
                tiers.update(names[: names.index(tier) + 1])
            elif word == "incomplete":
                incomplete = True
            elif word == OUTDATED:
                outdated = True
            elif word in REASONS:
                reasons.add(word)
            else:
                known = (
                    f"match, tier:TIER (one of {', '.join(TIERS)}), incomplete, outdated, "
                    "or a reason"
                )
                raise UsageProblem(f"--fail-on: {word!r} is not one of {known}")
        return cls(frozenset(tiers), incomplete, frozenset(reasons), outdated)

    def status(self, totals: Totals, *, incomplete: bool, outdated: bool = False) -> ExitCode:
        """Return the exit status for these totals: 1 for matches, 4 for all else, 5 for both."""
        tiers = [name for name, number in totals.by_tier.items() if number]
        lacks = (incomplete and self.incomplete) or (outdated and self.outdated)
        lacks |= not self.reasons.isdisjoint(reasons_of(totals))
        return exit_code(matches=not self.tiers.isdisjoint(tiers), incomplete=lacks)


def reasons_of(totals: Totals) -> set[str]:
    """Return the reasons that any item of these totals has."""
    noted = {reason for reason in NOTES if getattr(totals, reason.replace("-", "_"))}
    return noted | {code.partition(": ")[2] for code in totals.failures}


def fail_on_of(sweep: SweepInfo) -> FailOn:
    """Return the --fail-on that a report was made with; raises ReportError if it is invalid."""
    try:
        return FailOn.parse(sweep.options.get("fail_on", DEFAULT))
    except UsageProblem as error:
        raise ReportError(f"sweep.json is damaged: {error}") from error


def status_of(sweep: SweepInfo) -> ExitCode:
    """Return the exit status of a sweep or a rematch by its own --fail-on."""
    incomplete = sweep.incomplete or sweep.state != "complete"
    outdated = bool(sweep.outdated or (sweep.rematch and sweep.rematch.lacking_items))
    return fail_on_of(sweep).status(sweep.tally, incomplete=incomplete, outdated=outdated)


def parse_accepted(words: Iterable[str], *, unsafe: bool) -> frozenset[str]:
    """Return the reasons of --accept, which may be separated by commas; raises UsageProblem.

    `unsafe` says that --accept-unsafe was given.
    """
    reasons = [word.strip() for each in words for word in each.split(",")]
    for reason in reasons:
        if reason not in REASONS:
            raise UsageProblem(f"--accept: {reason!r} is not a reason (see docs: reasons)")
        if reason in UNSAFE_TO_ACCEPT and not unsafe:
            raise UsageProblem(
                f"--accept {reason} may hide unknown faults: add --accept-unsafe to confirm"
            )
    return frozenset(reasons)
