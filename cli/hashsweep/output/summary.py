"""The summary for people at a terminal. Knows rich and what is in `sweep.json`, and no sweep."""

import datetime
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hashsweep.errors import REASONS, SKIPS
from hashsweep.model import LOW_QUALITY, TIERS
from hashsweep.output import rematch_summary
from hashsweep.output.tables import add_row, amount, console, duration, new_table
from hashsweep.report.schema import STATES
from hashsweep.safe_text import shown

_MOST_HOT = 10  # entries that are told of


def print_summary(about: dict[str, Any], folder: str | None) -> None:
    """Print totals, matches, failures and skips to stdout, the verdict last.

    `folder` is None where `about` is of several reports (see totals.total_of).
    """
    out = console()
    tally = about["tally"]
    for table in (_lists(about), _totals(about), _matches(about), _counts(tally)):
        if table.row_count:
            out.print(table)
    for name, number in about["chance_matches"].items():
        out.print(
            Text(
                f"Note: about {number:g} matches on {shown(name)} are to be expected by pure "
                "chance at this distance and list size (--confirm asks for a second hash)"
            )
        )
    _print_hot(out, about.get("hot", ()))
    out.print(verdict_line(about))
    if folder is not None:
        out.print(Text(f"Report: {shown(folder)}"))
        return
    if about["repeated"]:
        out.print("Note: some reports are of the same sources: what is in several counts in each")
    out.print(f"Total of {counted(about['reports'], 'report')}")


def _print_hot(out: Console, hot: Sequence[dict[str, Any]]) -> None:
    """Warn of entries that match too many different pictures to be right."""
    for each in hot[:_MOST_HOT]:
        name, entry_id = shown(each["list"]), each["entry_id"]
        entry = f"entry {shown(entry_id)}" if entry_id is not None else "an entry (id encrypted)"
        told = f"{counted(each['pictures'], 'different picture')} in {each['files']:,} files"
        text = f"Warning: {entry} of list {name} matches {told}; is it right?"
        out.print(Text(text, style="bold yellow"))
    if len(hot) > _MOST_HOT:
        out.print(Text(f"Warning: so do {len(hot) - _MOST_HOT:,} more entries (see sweep.json)"))


def _lists(about: dict[str, Any]) -> Table:
    table = new_table("Lists (active entries)", "", "", "")
    for each in about["lists"]:
        notes = [f"{count:,} {name}" for name, count in each["hashes"].items()]
        kept = each["not_matchable_here"]
        notes += [f"{count:,} {name} not matchable here" for name, count in kept.items()]
        if low := each.get("low_quality"):
            notes.append(f"{low:,} pdq below quality {LOW_QUALITY}, never matched")
        notes += ["known good"] if each["known_good"] else []
        add_row(table, each["name"], each["entries"], ", ".join(notes))
    return table


def _totals(about: dict[str, Any]) -> Table:
    tally = about["tally"]
    table = new_table("Coverage", "", "", "")
    rate_of_items, rate_of_bytes = _rates(about)
    add_row(table, "items", tally["items"], rate_of_items)
    table.add_row("bytes", amount(tally["bytes"]), rate_of_bytes)
    for what, number, note in rematch_summary.coverage(about):
        add_row(table, what, number, note)
    _carried(table, about)
    _not_read(table, tally)
    for name in (each["name"] for each in about["hashes"]):
        low = name == "pdq" and tally["low_quality"]
        note = f"{low:,} of them below quality 50: recorded, not matched" if low else ""
        add_row(table, f"hashed with {name}", tally["hashed"].get(name, 0), note)
    pictures = sum(n for kind, n in tally["media_types"].items() if kind.startswith("image/"))
    others = sum(tally["media_types"].values()) - pictures
    if others:
        kinds = [kind for kind in tally["media_types"] if not kind.startswith("image/")]
        more = ", ..." if len(kinds) > 3 else ""  # noqa: PLR2004 - the three most frequent
        add_row(
            table,
            "not pictures",
            others,
            f"compared by digests alone: {', '.join(kinds[:3])}{more}",
        )
    if tally["known_good"]:
        add_row(
            table,
            "known good",
            tally["known_good"],
            "named by a --known-good list; a picture is then not decoded",
        )
    if tally["with_frames"]:
        most = about["options"]["max_frames"]
        note = f"{tally['further_frames']:,} further frames or pages hashed (--max-frames {most})"
        add_row(table, "with several frames", tally["with_frames"], note)
    if about["workers_confined"]:
        how = shown(", ".join(about["workers_confined"]))
        table.add_row("workers", "confined", Text(how))
    fast = sum(n for mode, n in tally["decode_modes"].items() if mode != "exact")
    if fast:
        note = "JPEG at reduced scale (--exact decodes all in full)"
        add_row(table, "decoded fast", fast, note)
    return table


def _rates(about: dict[str, Any]) -> tuple[str, str]:
    """Return how fast the last run was; nothing where there are several sweeps."""
    if not about["runs"]:
        return "", ""
    run = about["runs"][-1]
    seconds = max(_seconds(run), 1e-3)
    rate = f"{run['items'] / seconds:,.1f} a second, in {duration(seconds)}"
    if len(about["runs"]) > 1:
        rate = f"{run['items']:,} of them in this run, {rate}"
    if rematch_summary.is_rematch(about):
        return rate, ""  # nothing was read
    return rate, f"{amount(run['bytes'] / seconds)} a second"


def _carried(table: Table, about: dict[str, Any]) -> None:
    """Say what came from the baseline, and what of it was not met again."""
    if about["baseline"] is None:
        return
    note = "unchanged since the --baseline report; not read again"
    add_row(table, "carried over", about["tally"]["carried"], note)
    if gone := about["baseline"].get("gone"):
        note = f"of the baseline's {about['baseline']['items']:,} items, not met in this sweep"
        add_row(table, "no longer there", gone, note)


def _not_read(table: Table, tally: dict[str, Any]) -> None:
    """Say what was not read because its source had said enough, and what others do."""
    if tally.get("stated"):
        add_row(table, "by a stated MD5", tally["stated"], "the source's own; nothing was read")
    if tally.get("elsewhere"):
        add_row(table, "in other shards", tally["elsewhere"], "left to them (--shard)")


def _matches(about: dict[str, Any]) -> Table:
    tally = about["tally"]
    table = new_table("Matches (file x list entry)", "", "", "")
    for what, counts in (
        ("list", tally["by_list"]),
        ("category", tally["by_category"]),
        ("algorithm", tally["by_algorithm"]),
    ):
        for name, number in counts.items():
            add_row(table, f"{what} {name or '(none)'}", number)
    for tier, meaning in TIERS.items():
        if tier in tally["by_tier"]:
            add_row(table, f"tier {tier}", tally["by_tier"][tier], meaning)
    for what, number, note in rematch_summary.standing(about):
        add_row(table, what, number, note)
    if confirmed := tally.get("confirmed"):
        add_row(table, "confirmed", confirmed, "by --decisions")
    return table


def _counts(tally: dict[str, Any]) -> Table:
    table = new_table("Not scanned", "", "", "")
    for what, number in tally["failures"].items():
        reason = what.rpartition(": ")[2]
        add_row(table, f"failed, {what}", number, REASONS.get(reason, ""))
    for reason, number in tally["skipped"].items():
        add_row(table, f"skipped, {reason}", number, SKIPS.get(reason, ""))
    return table


def verdict_line(about: dict[str, Any]) -> Text:
    """One line that can be read on its own; incomplete never looks clean."""
    tally = about["tally"]
    refused = sum(sum(each["refused"].values()) for each in about["lists"])
    parts = []
    items, matched = tally["items"], tally["matched_items"]
    if matched:
        parts.append(
            f"{matched:,} of {counted(items, 'file')} {'match' if matched > 1 else 'matches'}"
        )
    if overturned := tally.get("overturned"):
        several = f"{overturned:,} matches" if overturned > 1 else "1 match"
        parts.append(f"{several} overturned by --decisions: not counted")
    if about["incomplete"]:
        missing = [f"{counted(tally['failed'], 'file')} could not be scanned"] * bool(
            tally["failed"]
        )
        missing += [f"{counted(refused, 'list row')} could not be used"] * bool(refused)
        unfinished = about["state"] != "complete"
        missing += _unfinished(about)
        missing += ["there was nothing to scan"] * (not items and not unfinished)
        useless = [
            shown(each["name"])
            for each in about["lists"]
            if sum(each["hashes"].values()) <= each.get("low_quality", 0)  # none before version 5
        ]
        missing += [f"list {name} holds nothing that can be matched here" for name in useless]
        missing += rematch_summary.gaps(about)
        parts.append("INCOMPLETE: " + " and ".join(missing))
    if not matched and items:
        clean = f"no match; {'all ' if items > 1 else ''}{counted(items, 'file')} scanned"
        if bare := tally["without_hash"]:
            clean += f", {bare:,} of them without any hash that the lists could match"
        parts.append("no match among what was scanned" if about["incomplete"] else clean)
    bad = bool(tally["matched_items"] or about["incomplete"])
    return Text("; ".join(parts), style="bold red" if bad else "bold green")


def _unfinished(about: dict[str, Any]) -> list[str]:
    if "lacking" in about:  # of several sweeps
        return [str(each) for each in about["lacking"]]
    unfinished = about["state"] != "complete"
    return [STATES.get(about["state"], STATES["interrupted"])] * unfinished


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as "1 file" or "2,000 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _seconds(run: dict[str, Any]) -> float:
    began, ended = (datetime.datetime.fromisoformat(run[key]) for key in ("started", "ended"))
    return (ended - began).total_seconds()
