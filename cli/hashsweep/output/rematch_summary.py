"""What the summary of a rematch has in addition to other summaries.

Knows `sweep.json` but no rematch; makes texts and prints nothing.
"""

from collections.abc import Iterator

from hashsweep.report.gaps import name_missing_shards
from hashsweep.report.retractions import WHY
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.safe_text import printable

Row = tuple[str, int, str]


def list_coverage(info: SweepInfo) -> Iterator[Row]:
    """Yield (what, number, note) about the reports it was made of."""
    own, made_of = info.rematch, info.rematch_of
    if not own or not made_of:
        return
    names = ", ".join(each.report for each in made_of)
    yield "reports matched again", len(made_of), f"no media was read: {names}"
    if own.superseded:
        yield "superseded", own.superseded, "items of which a newer REPORT has rows"
    for each in made_of:
        for name, version in each.unused_hashes.items():
            note = f"hashes of {printable(each.report)} have version {version}: not used"
            yield f"{name} not used", 0, note
    for name, count in own.lacking.items():
        yield f"no stored {name}", count, "items; a new sweep would compute and compare it"
    if own.changes:
        for name, count in own.changes.searched.items():
            yield (
                f"changed {name}",
                count,
                "hashes of the list; all others were compared before",
            )


def list_standing(info: SweepInfo) -> Iterator[Row]:
    """Yield (what, number, note) about the matches of the reports it was made of."""
    if not info.rematch:
        return
    found = info.rematch.matches
    if found.as_before or found.updated or found.retracted:
        yield "not matched before", found.new, ""
        yield "as before", found.as_before, ""
    if found.updated:
        yield "updated", found.updated, "changed category, labels, distance or tier"
    for why, count in found.retracted.items():
        yield f"retracted, {why}", count, WHY.get(why, "")
    for each in info.rematch_of or ():
        for name, count in each.not_looked_for.items():
            whose = f"matches with list {printable(name)} in {printable(each.report)}"
            note = f"{whose}: no list has that name now (see --changes)"
            yield "not looked for", count, note


def gaps(info: SweepInfo) -> list[str]:
    """Return why a rematch is incomplete, besides the reasons that any report can have."""
    own = info.rematch
    if not own:
        return []
    reasons = []
    if count := own.lacking_items:
        lack = "lack" if count > 1 else "lacks"
        reasons.append(
            f"{count:,} file{'s' * (count > 1)} {lack} a hash that a new sweep would have compared"
        )
    for name in own.unfinished:
        reasons.append(f"{printable(name)} is unfinished, so items may be missing")
    return [*reasons, *name_missing_shards([info])]
