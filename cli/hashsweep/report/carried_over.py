"""What a report says of rows that it has from earlier reports: which, and looked at by which rules.

Each report numbers its rulesets; where rows of several reports come together, each ruleset has one
number in the new one. Knows no folder and no terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from hashsweep.model import name_frame
from hashsweep.report.totals import Count


class Ruleset(Struct, frozen=True, kw_only=True):
    """By which rules files were looked at."""

    rules: Annotated[
        Count, Meta(description="number of the rules; later ones recognise or decode more")
    ]
    hashsweep: Annotated[str, Meta(description="version that applied them")]
    decoders: Annotated[
        dict[str, str | None], Meta(description="versions of what decoded pictures")
    ]


class RereadInfo(Struct, frozen=True, kw_only=True):
    """Which share of the unchanged files was read again (--reread-share)."""

    take: Annotated[Count, Meta(description="shares that were read again")]
    of: Annotated[Count, Meta(description="shares into which all files are divided")]
    first: Annotated[Count, Meta(description="number of the first share read again, from 0")]

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not (1 <= self.take <= self.of and self.first < self.of):
            raise ValueError("`reread` is not a share")


class BaselineInfo(Struct, frozen=True, kw_only=True):
    """The report of --baseline."""

    run_id: Annotated[str, Meta(description="its run_id")]
    report: Annotated[str, Meta(description="where it was")]
    items: Annotated[Count | None, Meta(description="its items; null until the end")] = None
    gone: Annotated[Count | None, Meta(description="of these, not found in this sweep")] = None
    reread: Annotated[RereadInfo | None, Meta(description="of --reread-share")] = None


def count_outdated(rulesets: Sequence[Ruleset], by_ruleset: Mapping[str, int]) -> int:
    """Return how many items were looked at by earlier rules than those of the first ruleset.

    `by_ruleset` counts items by the number of their ruleset (Totals.by_ruleset).
    """
    current = {
        str(number) for number, each in enumerate(rulesets) if each.rules >= rulesets[0].rules
    }
    return sum(count for number, count in by_ruleset.items() if number not in current)


def merge_rulesets(
    own: Iterable[Ruleset], others: Iterable[Sequence[Ruleset]]
) -> tuple[list[Ruleset], list[list[int]]]:
    """Return all rulesets, each once, `own` first, and for each of `others` its new numbers.

    A row of report i with the number n has the number `numbers[i][n]` in the new report.
    """
    merged: list[Ruleset] = [*own]
    numbers = []
    for rulesets in others:
        merged += [each for each in rulesets if each not in merged]
        numbers.append([merged.index(each) for each in rulesets])
    return merged, numbers


def frames_without_rows(
    rows: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (part, value of `frame_hashes`) of each frame of a file of which only the PDQ is kept.

    `rows` are the file's, its own first.
    """
    there = {row["part"] for row in rows}
    for each in rows[0].get("frame_hashes") or ():
        if each["frame"] > 1 and (part := name_frame(each["frame"])) not in there:
            yield part, each


def renumber(counts: Mapping[str, int], numbers: Sequence[int]) -> dict[str, int]:
    """Return Totals.by_ruleset of a report by the new numbers; those of no ruleset are kept."""
    renumbered: dict[str, int] = {}
    for old, count in counts.items():
        known = old.isdecimal() and int(old) < len(numbers)
        new = str(numbers[int(old)]) if known else old
        renumbered[new] = renumbered.get(new, 0) + count
    return renumbered
