"""What reports came to, also unfinished ones, and what several come to together.

Knows no terminal and writes nothing.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hashsweep.errors import ExitCode, ReportError, exit_code
from hashsweep.report import gaps, schema, tally_columns
from hashsweep.report.open_report import OpenReport, damaged
from hashsweep.report.tally import Tally

About = dict[str, Any]
"""What `sweep.json` says, as of now."""

_WORST_FIRST = ("running", "killed", "interrupted", "complete")


def about_of(report: OpenReport) -> About:
    """Return what a report's `sweep.json` says, with totals from its rows where it has none yet.

    Raises ReportError for a damaged report.
    """
    if not isinstance(report.sweep.get("incomplete"), bool):  # null would pass for no
        what = f"report {report.name}/sweep.json is damaged"
        raise ReportError(f"{what}: it does not say whether anything is missing")
    # what lacks shards was not incomplete by itself in version 4
    incomplete = report.sweep["incomplete"] or bool(report.gaps)
    about = {**report.sweep, "state": report.state, "incomplete": incomplete}
    if report.state not in ("running", "killed"):
        return about
    with damaged(f"{report.name}/sweep.json"):
        return _as_of_now(report, about)


def added_up(report: OpenReport) -> Tally:
    """Add up the rows that are there; what was skipped is not known. Raises ReportError."""
    tally = Tally()
    of_matches = set(report.names("matches"))
    for name in report.names("files"):
        part = report.part("files", name)
        files = part.table(tally_columns.columns(part.schema))
        own = report.part("matches", name).table() if name in of_matches else None
        tally_columns.add(tally, files, schema.MATCHES.empty_table() if own is None else own)
    return tally


def status(about: Mapping[str, Any]) -> ExitCode:
    """Return the exit status of a report or a total."""
    incomplete = bool(about["incomplete"]) or about["state"] != "complete"
    return exit_code(matches=about["tally"]["matched_items"] > 0, incomplete=incomplete)


def total_of(abouts: Sequence[Mapping[str, Any]]) -> About:
    """Add reports up, in the shape in which one of them is printed.

    What `lacking` names makes the total incomplete, as does any incomplete report. `repeated` says
    that some are of the same sources, so that items count in each.
    """
    lacks = lacking(abouts)
    tally = _added(about["tally"] for about in abouts)
    tally["elsewhere"] = 0  # in the other reports, or named by `lacking`
    confined = [about["workers_confined"] for about in abouts]
    ends = [about["ended"] for about in abouts]
    swept = [_place(about) for about in abouts]
    return {
        "reports": len(abouts),
        "state": min((about["state"] for about in abouts), key=_WORST_FIRST.index),
        "incomplete": bool(lacks) or any(about["incomplete"] for about in abouts),
        "lacking": lacks,
        "repeated": len(set(swept)) < len(swept),
        "started": min(about["started"] for about in abouts),
        "ended": None if None in ends else max(ends),
        "sources": list(dict.fromkeys(name for about in abouts for name in about["sources"])),
        "lists": _distinct((each for about in abouts for each in about["lists"]), _list_key),
        "hashes": _distinct((each for a in abouts for each in a["hashes"]), lambda h: h["name"]),
        "hot": _hot(abouts),
        "options": {"max_frames": max(a["options"].get("max_frames") or 1 for a in abouts)},
        "baseline": {} if any(about["baseline"] for about in abouts) else None,
        "workers_confined": [n for n in confined[0] if all(n in each for each in confined)],
        "chance_matches": _added(about["chance_matches"] for about in abouts),
        "runs": [],
        "tally": tally,
    }


def lacking(abouts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what these reports lack to be a whole: ends of sweeps, and shards of theirs."""
    unfinished = sum(not gaps.is_ended(about) for about in abouts)
    found = []
    if unfinished:
        are = "is" if unfinished == 1 else "are"
        found.append(f"{unfinished:,} of {len(abouts):,} sweeps {are} unfinished")
    return [*found, *gaps.missing(abouts)]


def _as_of_now(report: OpenReport, about: About) -> About:
    """Return `about` with totals from the rows, as of the last part."""
    names = report.names("files")
    written = report.part("files", names[-1]).written if names else None
    last = datetime.datetime.fromtimestamp(written, datetime.UTC) if written else None
    ended = last.isoformat(timespec="milliseconds") if last else about["started"]
    tally = added_up(report).to_json()
    run = dict(about["runs"][-1])
    run |= {name: tally[name] - run[f"{name}_before"] for name in ("items", "bytes")}
    run["ended"] = ended
    return {
        **about,
        "incomplete": True,
        "ended": ended,
        "workers_confined": [],
        "chance_matches": {},
        "runs": [*about["runs"][:-1], run],
        "tally": tally,
    }


def _added(counts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up numbers by name; counts by name within them too, the largest first."""
    total: dict[str, Any] = {}
    for each in counts:
        for name, value in each.items():
            if isinstance(value, dict):
                total[name] = Counter(total.get(name, {})) + Counter(value)
            else:
                total[name] = total.get(name, 0) + value
    return {n: dict(v.most_common()) if isinstance(v, Counter) else v for n, v in total.items()}


def _distinct(found: Iterable[Any], key: Any) -> list[Any]:
    return list({key(each): each for each in found}.values())


def _list_key(each: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what tells lists apart; their `created` is when they were compiled, in each sweep."""
    return (each["name"], each["entries"], json.dumps([each["hashes"], each["refused"]]))


def _hot(abouts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that were suspect in some report, with their files and pictures added up.

    Those of encrypted reports have no id, so that nobody can tell which are the same.
    """
    rows = [row for about in abouts for row in about.get("hot") or ()]
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in (row for row in rows if row["entry_id"] is not None):
        numbers = {name: row[name] for name in ("files", "pictures")}
        counts.setdefault((row["list"], row["entry_id"]), Counter()).update(numbers)
    added = [{"list": name, "entry_id": entry, **n} for (name, entry), n in counts.items()]
    return added + [row for row in rows if row["entry_id"] is None]


def _place(about: Mapping[str, Any]) -> str:
    return json.dumps([about["sources"], about["options"].get("shard")])
