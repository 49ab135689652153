"""Counts over reports for transparency reports: every item, content and match once.

Knows no terminal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pyarrow as pa

from hashsweep.analysis.counting import Counting, Key
from hashsweep.analysis.observations import Observed
from hashsweep.model import DIGESTS, TIERS
from hashsweep.report.open_report import OpenReport, last_swept, start_of
from hashsweep.safe_text import as_text

FIGURES = {
    "reports": "reports counted here",
    "seen": "items, each once, as the last of these sweeps found it",
    "bytes": "their sizes",
    "hashed": "items with a computed hash (by algorithm: that one)",
    "unreadable": "items that failed: something requested could not be done",
    "unique_contents": "different digests among the items, of the named kind",
    "known_good": "items on a known-good list (by list: on that one)",
    "matched_files": "items with a match that was not overturned",
    "matches": "item x list entry, each once, that were not overturned",
    "undecided": "matches without a decision",
    "confirmed": "matches that were confirmed",
    "overturned": "item x list entry found not to be a match",
    "error_ratio": "overturned / (overturned + confirmed), to six places",
}
"""The figures, with their meanings."""

OF_FILES = ("seen", "bytes", "hashed", "unreadable", "unique_contents", "known_good")
"""Figures not available by category or tier: files without a match have neither."""

_PERIODS: dict[str, Callable[[OpenReport], str]] = {
    "month": lambda report: f"{last_swept(report):%Y-%m}",
    "day": lambda report: f"{last_swept(report):%Y-%m-%d}",
    "report": lambda report: report.name,
}
_SWEPT_WITH = {"list": "lists", "algorithm": "hashes"}
_FILES_OWN = ("media-type", "reason")
_MATCHES_OWN = ("category", "tier")

DIMENSIONS = (*_PERIODS, *_SWEPT_WITH, *_MATCHES_OWN, *_FILES_OWN)
"""The dimensions to count by."""

Figures = dict[str, Any]
"""Values by name, as in FIGURES; None means unknown."""


@dataclass(frozen=True)
class Stats:
    """Figures of all reports, and by key: values of `by`, in its order.

    `digest` distinguishes contents; None if the sweeps have none in common.
    """

    by: tuple[str, ...]
    digest: str | None
    total: Figures
    rows: dict[Key, Figures]


def stats(reports: Sequence[OpenReport], by: Sequence[str] = ()) -> Stats:
    """Count the contents of reports, by none, one or two of DIMENSIONS. Raises ReportError.

    An item that is in several reports counts once for each period (month, day or report), and
    once in total: as its last sweep found it, and the last rematch of that. Months and
    days are those in which a sweep began, in UTC, also for its later rematches.
    """
    ordered = sorted(reports, key=lambda each: (last_swept(each), start_of(each)))
    digest = next((d for d in DIGESTS if all(d in _names_of(r, "hashes") for r in ordered)), None)
    hashes = sorted({name for each in ordered for name in _names_of(each, "hashes")})
    observed = Observed(ordered, hashes if "algorithm" in by else ())
    overall = _start_counting(ordered, (), observed)
    counted = _start_counting(ordered, by, observed)
    of_files = [overall] if set(by) & set(_MATCHES_OWN) else [overall, counted]
    overall.add_reports()
    if not set(by) & {*_MATCHES_OWN, *_FILES_OWN}:
        counted.add_reports()
    for share in range(observed.shares):
        _add(observed, share, digest, of_files, [overall, counted])
    return Stats(
        tuple(by),
        digest,
        _figures(overall, (), digest)[()],
        dict(sorted(_figures(counted, by, digest).items(), key=_order(reports, by))) if by else {},
    )


def _start_counting(
    reports: Sequence[OpenReport], by: Sequence[str], observed: Observed
) -> Counting:
    """Return the counter for these dimensions, with what the sweeps say about them."""
    periods = [{name: _PERIODS[name](each) for name in by if name in _PERIODS} for each in reports]
    swept_with = [name for name in by if name in _SWEPT_WITH]
    there = [{name: _names_of(each, _SWEPT_WITH[name]) for name in swept_with} for each in reports]
    values = [sorted({value for each in there for value in each[n]}) for n in swept_with]
    covered = []
    for combination in product(*values):
        named = dict(zip(swept_with, combination, strict=True))
        have = [all(named[name] in each[name] for name in swept_with) for each in there]
        covered.append((named, [number for number, each in enumerate(have) if each]))
    return Counting(by, periods, covered, observed.codes)


def _add(
    observed: Observed,
    share: int,
    digest: str | None,
    of_files: Sequence[Counting],
    of_matches: Sequence[Counting],
) -> None:
    """Count a share, with one table in memory at a time."""
    files = observed.files(share)
    for each in of_files:
        each.add_files(files)
    del files
    contents = observed.contents(digest, share) if digest else pa.table({})
    for each in of_files:
        each.add_contents(contents)
    del contents
    matches = observed.matches(share)
    for each in of_matches:
        each.add_matches(matches)


def _figures(counting: Counting, by: Sequence[str], digest: str | None) -> dict[Key, Figures]:
    """Return all figures by key; None means unknown."""
    unknown = {"reports", *OF_FILES} if set(by) & set(_MATCHES_OWN) else set()
    unknown |= {"reports"} if set(by) & set(_FILES_OWN) else set()
    unknown |= set() if digest else {"unique_contents"}
    return {
        key: {name: None if name in unknown else counts[name] for name in FIGURES}
        | {"error_ratio": error_ratio(counts)}
        for key, counts in counting.counts.items()
    }


def error_ratio(counts: Mapping[str, int]) -> float | None:
    """Return the share of decided matches that were overturned; None if none was decided."""
    decided = counts["confirmed"] + counts["overturned"]
    return round(counts["overturned"] / decided, 6) if decided else None


def _names_of(report: OpenReport, what: str) -> list[str]:
    """Return the names of the lists or hashes that a sweep used."""
    return [as_text(each.name)[0] for each in getattr(report.sweep, what)]


def _order(reports: Sequence[OpenReport], by: Sequence[str]) -> Callable[[Any], Any]:
    """Return a sort key for figures: reports as given, tiers by weight, all else by name."""
    places = {
        "report": [report.name for report in reports],
        "tier": list(TIERS),
    }

    def place(name: str, value: str | None) -> tuple[int, str]:
        known = places.get(name, [])
        return (known.index(value) if value in known else len(known), value or "")

    return lambda each: [(v is None, *place(n, v)) for n, v in zip(by, each[0], strict=True)]
