"""The sections of the page that need no script: verdicts, coverage, counts, failures.

Each function returns finished markup. Knows no file.
"""

import datetime
from collections.abc import Callable, Iterable

from hashsweep.errors import REASONS, SKIPS
from hashsweep.model import LOW_QUALITY, NOTES, PLAIN_NOTE, TIERS
from hashsweep.output import rematch_summary
from hashsweep.output.page.markup import Cell, Html, bars, element, join, table
from hashsweep.output.page.model import Content, ReportView
from hashsweep.output.summary import count_noun, describe_chance
from hashsweep.output.tables import amount
from hashsweep.report.sweep_json import STATES
from hashsweep.safe_text import is_of_file

_NONE = "(none)"

_BOXES = 3
"""Most reports with a box each in sight; the matches of a fortnight should not be pages below."""


def verdicts(content: Content) -> Html:
    """Return one box per report, the newest first: INCOMPLETE, then the verdict and the state.

    Of more than three reports the newest is in sight, the others are folded, and what is incomplete
    is said above.
    """
    if len(content.reports) <= _BOXES:
        return join(_verdict(each) for each in reversed(content.by_time))
    *earlier, newest = content.by_time
    gaps = sum(each.sweep.incomplete for each in content.reports)
    lines = []
    if gaps:
        said = f"Incomplete: {gaps:,} of {len(content.reports):,} reports do not cover everything"
        lines.append(element("div", element("p", said, class_="mark"), class_="verdict"))
    folded = element(
        "details",
        element("summary", f"The verdicts of the {len(earlier):,} earlier reports"),
        *(_verdict(each) for each in reversed(earlier)),
    )
    return join([*lines, _verdict(newest), folded])


def _verdict(view: ReportView) -> Html:
    sweep = view.sweep
    state = STATES[sweep.state]
    times = f"{_date(sweep.started)} to {_date(sweep.ended)} UTC"
    lines = [element("p", view.verdict, class_="line")]
    if sweep.incomplete:
        mark = element("p", "Incomplete: this report does not cover everything", class_="mark")
        lines.insert(0, mark)
    about = f"Report {view.name}: {state}; {times}; hashsweep {sweep.hashsweep}."
    lines.append(element("p", about, class_="about"))
    kind = "verdict calm" if view.is_calm else "verdict"
    return element("div", *lines, class_=kind)


def coverage(content: Content, named: Callable[[str], str]) -> Html:
    """Return what was looked at and by which hashes; `named` gives the text for source names."""
    total = content.total
    low = total("low_quality")
    rows: list[tuple[str, Cell, str]] = [
        ("items", total("items"), _several(content)),
        ("bytes", amount(total("bytes")), ""),
        (
            "failed",
            total("failed"),
            "could not be scanned; see Not scanned" * bool(total("failed")),
        ),
        ("skipped", sum(content.counter("skipped").values()), "skipped by policy; see Not scanned"),
        *(
            (
                f"hashed with {name}",
                number,
                f"{low:,} of them below quality {LOW_QUALITY}: {PLAIN_NOTE}"
                if name == "pdq" and low
                else "",
            )
            for name, number in content.counter("hashed").items()
        ),
    ]
    for what, name, note in (
        ("carried over", "from_baseline", "unchanged since an earlier report; not read again"),
        ("folders not listed", "folders", "of those that failed"),
        ("accepted", "accepted", "of those that failed: for reasons given in --accept alone"),
        ("by a stated MD5", "digest_from_source", "from the source; nothing was read"),
        ("known good", "known_good", "named by a --known-good list"),
        ("with several frames", "with_frames", "animations, documents with several pages"),
        ("further frames", "further_frames", "hashed in addition to the first ones"),
        ("in other shards", "in_other_shards", "left to them (--shard)"),
    ):
        if number := total(name):
            rows.append((what, number, note))
    return join([table("Items", ("what", "count", "note"), rows), _lists(content),
                   _sources(content, named)])  # fmt: skip


def media_types(content: Content) -> Html:
    """Return what was not looked into, by reason, and the types that files were recognised as."""
    counters = {reason: content.counter(reason.replace("-", "_")) for reason in sorted(NOTES)}
    reasons = [
        (reason, sum(counts.values()), REASONS[reason])
        for reason, counts in counters.items()
        if counts
    ]
    files = content.counter("media_types")
    types = sorted({*files}.union(*counters.values()), key=lambda kind: (-files.get(kind, 0), kind))
    if not types:
        return Html("")
    parts = []
    if reasons:
        head = ("reason", "files", "what it means")
        parts.append(bars("What was not looked into", head, reasons))
    else:
        parts.append(element("p", "Everything was looked into, as far as it was scanned."))
    names = [reason for reason, _, _ in reasons]
    rows: list[tuple[Cell, ...]] = [
        (kind, files.get(kind, 0), *(counters[name].get(kind, 0) for name in names))
        for kind in types
    ]
    made = table("Media types, by content", ("type", "files", *names), rows)
    return join([element("h3", "Media types"), *parts, made])


def _several(content: Content) -> str:
    number = len(content.reports)
    return f"in {number} reports; items in several reports count in each" if number > 1 else ""


def _lists(content: Content) -> Html:
    rows: dict[tuple[Cell, ...], None] = {}
    for report in content.reports:
        for each in report.sweep.lists:
            notes = [f"{count:,} {name}" for name, count in each.hashes.items()]
            kept = each.not_matchable_here.items()
            notes += [f"{count:,} {name} not matchable here" for name, count in kept]
            refused = sum(each.refused.values())
            notes += [f"{refused:,} rows could not be used"] if refused else []
            notes += ["known good"] if each.known_good else []
            notes += each.notes
            rows[each.name, each.entries, _date(each.created), ", ".join(notes)] = None
    if not rows:
        return element("p", "No lists were used.")
    return table("Lists", ("list", "active entries", "compiled (UTC)", "hashes"), [*rows])


def _sources(content: Content, named: Callable[[str], str]) -> Html:
    rows = [
        (report.name, named(source))
        for report in content.reports
        for source in report.sweep.sources
    ]
    made = table("Sources", ("report", "source"), rows)
    return element("details", element("summary", "Where the items came from (paths)"), made)


def matches(content: Content) -> Html:
    """Return how many matches there are by tier, list, category and algorithm.

    For a rematch, also what became of the earlier ones.
    """
    return join([_matches(content), *(_since(each) for each in content.reports)])


def _since(view: ReportView) -> Html:
    rows = [*rematch_summary.list_standing(view.sweep)]
    if not rows:
        return Html("")
    title = f"Changes since the reports that {view.name} is based on"
    return table(title, ("what", "count", "note"), rows)


def _matches(content: Content) -> Html:
    counts = content.counts
    if not counts.rows:
        return element("p", "No matches." if not content.is_incomplete else
                       "No matches among what was scanned.")  # fmt: skip
    tiers = counts.of("tier")
    ordered = [*TIERS, *sorted(name for (name,) in tiers if name not in TIERS)]
    by_tier = [(name, tiers[name,], TIERS.get(name, "")) for name in ordered if tiers[name,]]
    several = len(counts.of("list")) > 1
    pairs = counts.of("list", "category") if several else counts.of("category")
    parts = [
        bars("By tier, strongest first", ("tier", "matches", "what it means"), by_tier),
        bars("By list", ("list", "matches"), _largest(counts.of("list").items())),
        bars("By category, in the lists' own words", ("category", "matches"),
             _largest(pairs.items())),
        bars("By strongest algorithm", ("algorithm", "matches"),
             _largest(counts.of("algorithm").items())),
    ]  # fmt: skip
    files = content.total("matched_items")
    view = [element("p", f"Matches of a file with an entry: {counts.rows:,}. Files: {files:,}.")]
    if counts.overturned:
        gone = f"Overturned earlier by reviewers, and counted nowhere else: {counts.overturned:,}."
        view.append(element("p", gone))
    for report in content.reports:
        for name, number in report.sweep.chance_matches.items():
            chance = f"Expect about {number:g} matches on {name} by pure chance."
            view.append(element("p", chance, class_="note"))
        if note := describe_chance(report.sweep.chance_by_class):
            view.append(element("p", f"{note[0].upper()}{note[1:]}.", class_="note"))
    return join([*view, element("div", *parts, class_="pair")])


def _largest(counts: Iterable[tuple[tuple[str, ...], int]]) -> list[tuple[str, int, str]]:
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    return [(": ".join(part or _NONE for part in key), n, "") for key, n in ordered]


def hot(content: Content, named: Callable[[str], str]) -> Html:
    """Return the entries that match implausibly many different files; nothing if there are none.

    `named` gives the text for their ids.
    """
    found = [each for report in content.reports for each in report.sweep.hot or ()]
    if not found:
        return Html("")
    view = element(
        "p",
        "These entries match so many different files that they are probably bad rows of their "
        "list, such as the hash of a blank picture or a logo. Look at a few of their matches "
        "before looking at all of them, and notify the list's publisher.",
    )
    rows = [
        (_entry(each.entry_id, named), each.list, each.files, each.pictures)
        for each in sorted(found, key=lambda each: -each.files)
    ]
    head = ("entry", "list", "files", "different pictures")
    made = table("Hot entries", head, rows)
    title = element("h2", "Entries that match too many pictures", id="hot-title")
    return element("section", title, view, made, aria_labelledby="hot-title")


def _entry(entry_id: str | None, named: Callable[[str], str]) -> str:
    """Return an entry's id, folded if it is a file name."""
    if entry_id is None:
        return "(encrypted)"
    view = named(entry_id)
    if not is_of_file(view):
        return view
    return element("details", element("summary", "Show name"), element("span", view))


def failures(content: Content) -> Html:
    """Return what could not be scanned and what was skipped, with the meaning of each code.

    Reasons that were given in --accept stand apart.
    """
    head = ("stage: reason", "items", "what it means")
    parts = []
    if failed := _explain(content.failures(accepted=False)):
        parts.append(bars("Failed", head, failed))
    if accepted := _explain(content.failures(accepted=True)):
        items = content.total("accepted")
        note = (
            f"Failed for no other reason: {count_noun(items, 'item')}. Reasons that were given in "
            "--accept do not make a report incomplete; nothing more was scanned for that."
        )
        parts += [element("h3", "Accepted failures"), element("p", note)]
        parts.append(bars("Accepted", head, accepted))
    skipped = [
        (what, number, SKIPS.get(what, "")) for what, number in content.counter("skipped").items()
    ]
    if skipped:
        parts.append(bars("Skipped", ("reason", "found", "what it means"), skipped))
    return join(parts) if parts else element("p", "Nothing failed, and nothing was skipped.")


def _explain(counts: dict[str, int]) -> list[tuple[str, int, str]]:
    return [(what, n, REASONS.get(what.rpartition(": ")[2], "")) for what, n in counts.items()]


def _date(moment: datetime.datetime | None) -> str:
    return "not ended" if moment is None else f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"
