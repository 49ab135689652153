"""Reports that no sweep has made: of fixed records, the same at every time and on every machine.

write(path, [record("/srv/a.jpg", 1, match())])     a finished report
open_report(path, ...)                              the same, open
write_many(path, map(matched, range(20)))           many matches, for pages
"""

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec

from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report.encryption import new_key
from hashsweep.report.folder import ReportFolder
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import LAYOUT, SweepInfo, to_json
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter

KEY = new_key()
EVIL = "=cmd\udcff\x1b[31m.jpg"
DAY = 86_400 * 10**9
FIRST_OF_MARCH = 1_772_323_200 * 10**9  # 2026-03-01, in nanoseconds


def digest(number, size=32):
    """A made-up hash."""
    return number.to_bytes(2, "big") * (size // 2)


def match(entry="e-1", tier="close", distance=4, algorithm="pdq", *, of="known", **more):
    """A match with an entry of the list `of`."""
    category = more.pop("category", "A")
    evidence = ((algorithm, distance),)
    return Match(algorithm, distance, of, entry, category, (), tier, evidence, **more)


def record(uri, content=None, *found, day=0, matches=(), **more):
    """What a file came to; `content` numbers what is in it, `day` counts from the first of March.

    Without a content it has no hashes.
    """
    hashes = {}
    if content is not None:
        hashes = {"sha256": digest(content), "pdq": digest(content + 1000)}
    more = {"size": 100, "media_type": "image/jpeg", **more}
    mtime = None if day is None else FIRST_OF_MARCH + day * DAY
    return Record(Item(uri), mtime_ns=mtime, hashes=hashes, matches=[*found, *matches], **more)


def found(uri, matches=(), *, part=None, **hashes):
    """A record of which nothing is known but these hashes and matches."""
    return Record(Item(uri), part=part, hashes=hashes, matches=list(matches))


def failed(uri, reason="corrupt", stage="decode", **more):
    """A file that could not be scanned."""
    return Record(Item(uri), reasons=[Failure(stage, reason, "as it is")], **{"size": 10, **more})


def matched(number: int, name: str | None = None, **changes) -> Record:
    """A file that matches one entry; every tenth content is there twice."""
    content = number - (number % 10 == 9)
    tiers = (("sha256", 0, "exact"), ("pdq", 4, "close"), ("pdq", 18, "near"), ("pdq", 30, "far"))
    algorithm, distance, tier = tiers[number % len(tiers)]
    given = {
        "list_name": ("known", "other")[number % 3 == 0],
        "entry_id": f"entry-{content % 1000}",
        "category": ("A1", "A2", "B1", "")[number % 4],
        "labels": ("label",),
        "evidence": ((algorithm, distance),),
    } | changes
    match = Match(algorithm=algorithm, distance=distance, tier=tier, **given)
    return Record(
        Item(f"/srv/media/{number:06d}.jpg" if name is None else name),
        size=1000,
        media_type="image/jpeg",
        hashes={"sha256": content.to_bytes(32)},
        matches=[match],
    )


def sweep(tally=None, /, **changes) -> SweepInfo:
    """What sweep.json says of a sweep of `/srv` on the first of March 2026.

    `changes` are in plain JSON values; those to `options`, and a list or hash that is given by a
    part of its values, are filled up.
    """
    totals = to_json((tally or Tally()).totals())
    times = {
        "started": "2026-03-01T10:00:00.000+00:00",
        "ended": "2026-03-01T10:00:10.000+00:00",
    }
    times |= {name: changes[name] for name in times if name in changes}
    options = {"max_frames": 8, "shard": None} | changes.pop("options", {})
    machine = {
        "hashsweep": "0.3.0",
        "decoders": {},
        "platform": {"python": "3.11.0", "system": "Linux"},
        "host": "here",
    }
    run = {
        **times,
        **machine,
        "options": options,
        "resources": RESOURCES,
        "items": totals["items"],
        "bytes": totals["bytes"],
        "items_before": 0,
        "bytes_before": 0,
    }
    info = {
        "layout": LAYOUT,
        "kind": "sweep",
        "run_id": "00000000-0000-4000-8000-000000000001",
        "state": "complete",
        "incomplete": bool(totals["failed"]),
        "sources": ["/srv"],
        "mounts": [],
        "options": options,
        "lists": [{"name": "known"}, {"name": "harmless", "known_good": True}],
        "hashes": [{"name": "sha256"}, {"name": "pdq"}],
        "rulesets": [{"rules": 1, "hashsweep": "0.3.0", "decoders": {}}],
        "baseline": None,
        "decisions": None,
        "encrypted": None,
        "runs": [run],
        "tally": totals,
        **machine,
        **times,
    } | changes
    info["lists"] = [LIST | each for each in info["lists"]]
    info["hashes"] = [HASH | each for each in info["hashes"]]
    return msgspec.convert(info, SweepInfo)


RESOURCES = {
    "workers": 2,
    "workers_by": "option",
    "max_memory": 3 << 30,
    "memory_by": "default",
}
LIST = {
    "name": "known",
    "known_good": False,
    "entries": 3,
    "withdrawn": 0,
    "superseded": 0,
    "withdrawn_by": {},
    "left_standing": {},
    "undated": 0,
    "hashes": {"sha256": 3, "pdq": 3},
    "low_quality": 0,
    "not_matchable_here": {},
    "created": "2026-01-01T00:00:00+00:00",
    "refused": {},
    "sources": [],
}
HASH = {"version": "1", "bits": 256, "max_distance": 31, "min_quality": None}
OF_MEDIA = {
    "started": "2026-01-02T00:00:00.000+00:00",
    "ended": "2026-01-02T01:00:00.000+00:00",
    "sources": ["/srv/media"],
    "lists": [{"entries": 6, "hashes": {"sha256": 6, "pdq": 6}}],
    "hashes": [{"name": "pdq"}],
}
"""What is otherwise in a sweep of an hour with one list, for sweep() and write()."""


def write(path: Path, records, *, segment_rows=4, keys=None, **changes) -> Path:
    """Write a finished report of records (lists of them are a file and its frames).

    `changes` are to its sweep.json. Returns the path.
    """
    tally = Tally()
    groups = [each if isinstance(each, list) else [each] for each in records]
    for each in (one for group in groups for one in group):
        tally.add(each)
    info = sweep(tally, **({"encrypted": keys.ids[0]} if keys else {}) | changes)
    seal = partial(keys.encryption_of, info.sealed_as) if keys else None
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder, run_id=info.run_id, segment_rows=segment_rows, seal=seal)
        for group in groups:
            writer.add(group)
        writer.finish()
        folder.write_sweep(info)
    return path


def write_many(path: Path, records: Iterable[Record], *, segment_rows=50_000, **changes) -> Path:
    """Write a report of these records, of a sweep OF_MEDIA."""
    return write(path, records, segment_rows=segment_rows, **OF_MEDIA | changes)


def open_report(path: Path, records, *, segment_rows=50_000, **changes) -> OpenReport:
    """Write a finished report and open it."""
    return OpenReport(write(path, records, segment_rows=segment_rows, **changes))


def golden(path, text):
    """Compare text with a golden file; with HASHSWEEP_RENEW_GOLDEN=1 write the file first."""
    if os.environ.get("HASHSWEEP_RENEW_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return text == path.read_text("utf-8")
