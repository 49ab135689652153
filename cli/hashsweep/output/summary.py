"""The summary for people at a terminal. Knows rich and `sweep.json`, but no sweep."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hashsweep.analysis.totals import Total
from hashsweep.errors import REASONS, SKIPS, ExitCode, exit_code
from hashsweep.matching.chance import TOLD_FROM_BY_CLASS
from hashsweep.media.other_types import find_visible, group_of
from hashsweep.model import LOW_QUALITY, PLAIN_NOTE, TIERS
from hashsweep.output import rematch_summary
from hashsweep.output.tables import add_row, amount, console, duration, new_table
from hashsweep.report.outcome import DEFAULT, status_of
from hashsweep.report.sweep_json import STATES, HotEntry, SweepInfo
from hashsweep.report.totals import Totals
from hashsweep.safe_text import printable

_WORKERS_BY = {
    "option": "as asked for",
    "default": "one per processor",
    "container": "by the container's quota",
}
_MEMORY_BY = {
    "option": "as asked for",
    "default": "by default",
    "container": "by the container's limit",
}
_MOST_HOT = 10  # entries that are listed


def print_summary(info: SweepInfo, folder: str) -> None:
    """Print totals, matches, failures and skips of one report to stdout, the verdict last."""
    out = console()
    _print(out, info)
    out.print(Text(f"Report: {printable(folder)}"))


def print_total(total: Total) -> None:
    """Print the same for several reports together."""
    out = console()
    _print(out, total)
    if total.repeated:
        out.print("Note: some reports share sources; items in several reports count in each")
    out.print(f"Total of {count_noun(total.reports, 'report')}")


def _print(out: Console, info: SweepInfo | Total) -> None:
    for table in (_lists(info), _coverage(info), _matches(info), _counts(info.tally)):
        if table.row_count:
            out.print(table)
    for name, number in info.chance_matches.items():
        out.print(
            Text(
                f"Note: about {number:g} matches on {printable(name)} can be expected by pure "
                "chance at this distance and list size (--confirm asks for a second hash)"
            )
        )
    if leads := info.tally.possible_items:
        does = "s" if leads == 1 else ""
        out.print(
            Text(
                f"Note: {count_noun(leads, 'file')} possibly show{does} a listed picture: leads to "
                "look at, not matches (report show --possible)"
            )
        )
    if note := describe_chance(info.chance_by_class):
        out.print(Text(f"Note: {printable(note)}"))
    _print_hot(out, info.hot or ())
    out.print(verdict_line(info))


def describe_chance(by_class: Mapping[str, float]) -> str:
    """Return, in words, how many matches of PDQ can be expected by chance; "" if hardly any."""
    worth = [(n, name) for name, n in by_class.items() if n >= TOLD_FROM_BY_CLASS]
    if not worth:
        return ""
    numbers = ", ".join(f"{float(f'{n:.2g}'):,.0f} for {name}" for n, name in sorted(worth))
    return (
        f"by pure chance, PDQ can be expected to match this many different pictures if all of "
        f"them, listed ones too, are of one class: {numbers}"
    )


def _print_hot(out: Console, hot: Sequence[HotEntry]) -> None:
    """Warn about entries that match too many different pictures to be right."""
    for each in hot[:_MOST_HOT]:
        entry = "an entry (id encrypted)"
        if each.entry_id is not None:
            entry = f"entry {printable(each.entry_id)}"
        matched = f"{count_noun(each.pictures, 'different picture')} in {each.files:,} files"
        text = f"Warning: {entry} of list {printable(each.list)} matches {matched}; is it right?"
        out.print(Text(text, style="bold yellow"))
    if len(hot) > _MOST_HOT:
        out.print(Text(f"Warning: so do {len(hot) - _MOST_HOT:,} more entries (see sweep.json)"))


def _lists(info: SweepInfo | Total) -> Table:
    table = new_table("Lists (active entries)", "", "", "")
    for each in info.lists:
        notes = [f"{count:,} {name}" for name, count in each.hashes.items()]
        kept = each.not_matchable_here
        notes += [f"{count:,} {name} not matchable here" for name, count in kept.items()]
        if each.low_quality:
            notes.append(f"{each.low_quality:,} pdq below quality {LOW_QUALITY}: {PLAIN_NOTE}")
        notes += ["known good"] if each.known_good else []
        add_row(table, each.name, each.entries, ", ".join(notes))
        for note in each.notes:
            table.add_row("", "", Text(printable(note)))
    return table


def _coverage(info: SweepInfo | Total) -> Table:
    tally = info.tally
    table = new_table("Coverage", "", "", "")
    rate_of_items, rate_of_bytes = _rates(info) if isinstance(info, SweepInfo) else ("", "")
    add_row(table, "items", tally.items, rate_of_items)
    table.add_row("bytes", amount(tally.bytes), rate_of_bytes)
    if isinstance(info, SweepInfo):
        for what, number, note in rematch_summary.list_coverage(info):
            add_row(table, what, number, note)
    _add_baseline(table, info)
    _add_unread(table, tally)
    for name in (each.name for each in info.hashes):
        low = name == "pdq" and tally.low_quality
        note = f"{low:,} of them below quality {LOW_QUALITY}: {PLAIN_NOTE}" if low else ""
        add_row(table, f"hashed with {name}", tally.hashed.get(name, 0), note)
    if alone := sum(tally.not_looked_into.values()):
        kinds = [*tally.not_looked_into]
        more = ", ..." if len(kinds) > 3 else ""  # noqa: PLR2004 - the three most frequent
        note = f"not looked into, compared only by digest: {', '.join(kinds[:3])}{more}"
        add_row(table, "may hold more", alone, note)
    hold_nothing = sum(
        n for kind, n in tally.media_types.items() if find_visible(kind) == "nothing"
    )
    if hold_nothing:
        note = "texts, audio and the like: compared by digest"
        add_row(table, "hold no picture", hold_nothing, note)
    if tally.known_good:
        add_row(
            table,
            "known good",
            tally.known_good,
            "on a --known-good list; such pictures are not decoded",
        )
    if tally.with_frames:
        most = f"(--max-frames {info.max_frames})"
        note = f"{tally.further_frames:,} further frames or pages hashed {most}"
        add_row(table, "with several frames", tally.with_frames, note)
    _add_resources(table, info)
    if info.workers_confined:
        how = printable(", ".join(info.workers_confined))
        table.add_row("workers", "confined", Text(how))
    fast = sum(n for mode, n in tally.decode_modes.items() if mode != "exact")
    if fast:
        note = "JPEG at reduced scale (--exact decodes all in full)"
        add_row(table, "decoded fast", fast, note)
    return table


def _add_resources(table: Table, info: SweepInfo | Total) -> None:
    """Add how many workers the last run had, how much memory each, and what decided that."""
    if not isinstance(info, SweepInfo) or info.rematch:
        return
    found = info.runs[-1].resources
    note = _WORKERS_BY[found.workers_by]
    if found.memory_by and "memory-bound" in info.workers_confined:
        note += f"; {amount(found.max_memory or 0)} of memory each, {_MEMORY_BY[found.memory_by]}"
    add_row(table, "workers", found.workers, note)


def _rates(info: SweepInfo) -> tuple[str, str]:
    """Return how fast the last run was, in items and in bytes."""
    run = info.runs[-1]
    ended = run.ended or run.started
    seconds = max((ended - run.started).total_seconds(), 1e-3)
    items, size = run.items or 0, run.bytes or 0
    rate = f"{items / seconds:,.1f} per second, in {duration(seconds)}"
    if len(info.runs) > 1:
        rate = f"{items:,} of them in this run, {rate}"
    if info.rematch:
        return rate, ""  # nothing was read
    return rate, f"{amount(size / seconds)} per second"


def _add_baseline(table: Table, info: SweepInfo | Total) -> None:
    """Add what came from the baseline, and what of it was not found again."""
    known = info.baseline if isinstance(info, SweepInfo) else None
    if not known and not (isinstance(info, Total) and info.has_baseline):
        return
    note = "unchanged since the --baseline report; not read again"
    add_row(table, "carried over", info.tally.from_baseline, note)
    if known and (share := known.reread):
        last = share.first + share.take
        which = f"{share.first + 1}" if share.take == 1 else f"{share.first + 1}-{last}"
        table.add_row("read again", f"{share.take}/{share.of}", f"share {which} (--reread-share)")
    if known and known.gone:
        note = f"of the baseline's {known.items:,} items, not found in this sweep"
        add_row(table, "no longer there", known.gone, note)


def _add_unread(table: Table, tally: Totals) -> None:
    """Add what was not read because its source said enough, and what other shards do."""
    if stated := tally.digest_from_source:
        add_row(table, "by a stated MD5", stated, "from the source; nothing was read")
    if tally.in_other_shards:
        add_row(table, "in other shards", tally.in_other_shards, "left to them (--shard)")


def _matches(info: SweepInfo | Total) -> Table:
    tally = info.tally
    table = new_table("Matches (file x list entry)", "", "", "")
    for what, counts in (
        ("list", tally.by_list),
        ("category", tally.by_category),
        ("algorithm", tally.by_algorithm),
    ):
        for name, number in counts.items():
            add_row(table, f"{what} {name or '(none)'}", number)
    for tier, meaning in TIERS.items():
        if tier in tally.by_tier:
            add_row(table, f"tier {tier}", tally.by_tier[tier], meaning)
    if isinstance(info, SweepInfo):
        for what, number, note in rematch_summary.list_standing(info):
            add_row(table, what, number, note)
    if tally.confirmed:
        add_row(table, "confirmed", tally.confirmed, "by --decisions")
    return table


def _counts(tally: Totals) -> Table:
    table = new_table("Not scanned", "", "", "")
    if tally.accepted:
        add_row(table, "accepted", tally.accepted, "all reasons of these files are in --accept")
    if tally.folders:
        note = "of those that failed; nothing in them was scanned, unless it is named itself"
        add_row(table, "folders not listed", tally.folders, note)
    for what, number in tally.failures.items():
        reason = what.rpartition(": ")[2]
        add_row(table, f"failed, {what}", number, REASONS.get(reason, ""))
    for reason, number in tally.skipped.items():
        add_row(table, f"skipped, {reason}", number, SKIPS.get(reason, ""))
    return table


def verdict_line(info: SweepInfo | Total) -> Text:
    """Return one line that can stand alone; incomplete never looks clean."""
    tally = info.tally
    parts = []
    items, matched = tally.items - tally.folders, tally.matched_items
    if matched:
        parts.append(
            f"{matched:,} of {count_noun(items, 'file')} {'match' if matched > 1 else 'matches'}"
        )
    if overturned := tally.overturned:
        several = f"{overturned:,} matches" if overturned > 1 else "1 match"
        parts.append(f"{several} overturned by --decisions: not counted")
    if info.incomplete:
        parts.append("INCOMPLETE: " + " and ".join(_describe_missing(info)))
    if not matched and tally.items:
        parts.append("nothing found in what was compared")
    parts += list_uncompared(tally)
    parts += _describe_carried(info)
    parts += _describe_accepted(tally)
    bad = bool(matched or info.incomplete)
    if isinstance(info, SweepInfo):
        status = status_of(info)
        bad |= status != ExitCode.CLEAN
        if status != exit_code(matches=bool(matched), incomplete=info.incomplete):
            words = info.options.get("fail_on", DEFAULT)
            parts.append(f"exit status {status:d} by --fail-on {words}")
    return Text("; ".join(parts), style="bold red" if bad else "bold green")


def _describe_carried(info: SweepInfo | Total) -> list[str]:
    """Return, in words, how much rests on what earlier sweeps saw."""
    found = []
    is_rematch = isinstance(info, SweepInfo) and info.rematch  # of which all is carried over
    if info.tally.from_baseline and not is_rematch:
        carried = count_noun(info.tally.from_baseline, "file")
        found.append(f"{carried} carried over from earlier reports")
    if info.outdated:
        found.append(f"{count_noun(info.outdated, 'file')} looked at by earlier rules")
    return found


def _describe_accepted(tally: Totals) -> list[str]:
    if not tally.accepted:
        return []
    what = _describe_failed(tally.accepted, tally.accepted_folders)
    return [f"{' and '.join(what)}, which was accepted"]


def _describe_failed(items: int, folders: int) -> list[str]:
    """Return, in words, so many items that failed, some of which are folders."""
    files = items - folders
    found = [f"{count_noun(files, 'file')} could not be scanned"] * bool(files)
    return found + [f"{count_noun(folders, 'folder')} could not be listed"] * bool(folders)


def list_uncompared(tally: Totals) -> list[str]:
    """Return, in words, what a clean verdict does not cover although nothing failed."""
    found = []
    pictures = sum(n for kind, n in tally.not_compared.items() if find_visible(kind) == "picture")
    if pictures:
        are_plain = tally.low_quality >= pictures  # some frame of each, or another reason
        why = "too plain to compare" if are_plain else "not compared by every hash of the lists"
        found.append(f"{count_noun(pictures, 'picture')} {why}")
    if others := sum(tally.not_compared.values()) - pictures:
        found.append(f"{count_noun(others, 'file')} without any hash that the lists could match")
    if alone := sum(tally.not_looked_into.values()):
        groups = Counter[str]()
        for kind, number in tally.not_looked_into.items():
            groups[group_of(kind)] += number
        named = ", ".join(count_noun(number, group) for group, number in groups.most_common())
        found.append(f"{count_noun(alone, 'file')} compared only by digest: {named}")
    return found


def _describe_missing(info: SweepInfo | Total) -> list[str]:
    """Return, in words, what makes a report incomplete."""
    tally = info.tally
    refused = sum(sum(each.refused.values()) for each in info.lists)
    folders = tally.folders - tally.accepted_folders
    found = _describe_failed(tally.failed - tally.accepted, folders)
    found += [f"{count_noun(refused, 'list row')} could not be used"] * bool(refused)
    found += _describe_unfinished(info)
    found += ["there was nothing to scan"] * (not tally.items and info.state == "complete")
    for each in info.lists:
        if not each.has_matchable:
            found.append(f"list {printable(each.name)} holds nothing that can be matched here")
    return [*found, *(rematch_summary.gaps(info) if isinstance(info, SweepInfo) else ())]


def _describe_unfinished(info: SweepInfo | Total) -> list[str]:
    if isinstance(info, Total):
        return info.lacking
    return [STATES[info.state]] if info.state != "complete" else []


def count_noun(number: int, noun: str) -> str:
    """Return a number with its noun, such as "1 file" or "2,000 files"."""
    first, of, rest = noun.partition(" of ")
    return f"{number:,} {noun if number == 1 else f'{first}s{of}{rest}'}"
