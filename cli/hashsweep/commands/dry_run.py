"""What `hashsweep scan --dry-run` prints. Uses rich; knows no source."""

from typing import TYPE_CHECKING, Any

from hashsweep.errors import REASONS, SKIPS
from hashsweep.output.tables import add_row, amount, console, duration, new_table

if TYPE_CHECKING:
    from hashsweep.sweep.estimate import Estimate

_FORMATS = 12  # extensions in the table; the others are summed up


def print_estimate(found: "Estimate", workers: int) -> None:
    """Print counts, what would not be read and why, requests, and last the time."""
    out = console()
    for each in (_work(found), _formats(found), _unread(found)):
        if each.row_count:
            out.print(each)
    out.print(_verdict(found, workers))


def _work(found: "Estimate") -> Any:
    made = new_table("This sweep", "", "", "")
    add_row(made, "items", found.items, amount(found.bytes))
    unsized = f", {found.unsized:,} of unknown size" if found.unsized else ""
    add_row(made, "to be read", found.read, amount(found.read_bytes) + unsized)
    if found.digest_from_source:
        add_row(
            made, "by a stated MD5", found.digest_from_source, "from the source; nothing is read"
        )
    if found.from_baseline:
        add_row(made, "carried over", found.from_baseline, "unchanged since the --baseline report")
    if found.in_other_shards:
        add_row(made, "in other shards", found.in_other_shards)
    for kind, number in found.requests.items():
        if number:
            add_row(made, f"{kind.upper()} requests", number, "to stores")
    return made


def _formats(found: "Estimate") -> Any:
    made = new_table("Names end in", "", "", "")
    common = found.formats.most_common(_FORMATS)
    for ending, number in common:
        add_row(made, ending, number)
    others = found.formats.total() - sum(number for _, number in common)
    if others:
        add_row(made, "others", others)
    return made


def _unread(found: "Estimate") -> Any:
    made = new_table("Not scanned", "", "", "")
    for what, number in found.failed.most_common():
        add_row(made, f"would fail, {what}", number, REASONS.get(what.rpartition(": ")[2], ""))
    for reason, number in found.skipped.most_common():
        add_row(made, f"skipped, {reason}", number, SKIPS.get(reason, ""))
    return made


def _verdict(found: "Estimate", workers: int) -> str:
    if found.seconds is None:
        if not found.read:
            return "Nothing would be read."
        if found.sampled:
            return "Every item of the sample failed, so the time cannot be estimated."
        return "The sample was too small to estimate the time."
    what = "worker" if workers == 1 else "workers"
    failed = f", {found.sampled_failed:,} of them failed" if found.sampled_failed else ""
    return (
        f"About {duration(found.seconds)} with {workers} {what}: {found.sampled:,} items "
        f"({amount(found.sampled_bytes)}{failed}) took {duration(found.sampled_seconds)}."
    )
