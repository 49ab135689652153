"""Reports that no sweep has made: of fixed records, the same at every time and on every machine.

write(path, [record("/srv/a.jpg", 1, match())])     a finished report
open_report(path, ...)                              the same, open
write_many(path, map(matched, range(20)))           many matches, for pages
"""

import json
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report import schema
from hashsweep.report.encryption import new_key
from hashsweep.report.folder import ReportFolder
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segments import sealed_as
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
    return Record(Item(uri), failure=Failure(stage, reason, "as it is"), **{"size": 10, **more})


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


def sweep(tally=None, /, **changes):
    """What sweep.json says of a sweep of `/srv` on the first of March 2026."""
    tally = (tally or Tally()).to_json()
    times = {
        "started": "2026-03-01T10:00:00.000+00:00",
        "ended": "2026-03-01T10:00:10.000+00:00",
    }
    times |= {name: changes[name] for name in times if name in changes}
    run = {
        **times,
        "items": tally["items"],
        "bytes": tally["bytes"],
        "items_before": 0,
        "bytes_before": 0,
    }
    known = {
        "name": "known",
        "entries": 3,
        "hashes": {"sha256": 3, "pdq": 3},
        "not_matchable_here": {},
        "known_good": False,
        "refused": {},
    }
    about = {
        "report_version": schema.VERSION,
        "hashsweep": "0.3.0",
        "run_id": "00000000-0000-4000-8000-000000000001",
        "state": "complete",
        "incomplete": bool(tally["failed"]),
        "sources": ["/srv"],
        "options": {"max_frames": 8, "shard": None},
        "lists": [known, {**known, "name": "harmless", "known_good": True}],
        "hashes": [{"name": "sha256"}, {"name": "pdq"}],
        "baseline": None,
        "encrypted": None,
        "workers_confined": [],
        "chance_matches": {},
        "runs": [run],
        "tally": tally,
        **times,
    }
    return about | changes


LIST = {
    "name": "known",
    "known_good": False,
    "entries": 6,
    "hashes": {"sha256": 6, "pdq": 6},
    "not_matchable_here": {},
    "refused": {},
    "created": "2026-01-01T00:00:00+00:00",
}
OF_MEDIA = {
    "started": "2026-01-02T00:00:00.000+00:00",
    "ended": "2026-01-02T01:00:00.000+00:00",
    "sources": ["/srv/media"],
    "lists": [LIST],
    "hashes": [{"name": "pdq", "version": "1", "bits": 256, "max_distance": 31}],
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
    about = sweep(tally, **changes)
    if keys:
        about["encrypted"] = keys.ids[0]
    seal = partial(keys.writing, sealed_as(about)) if keys else None
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder, run_id=about["run_id"], segment_rows=segment_rows, seal=seal)
        for group in groups:
            writer.add(group)
        writer.finish()
        folder.write_sweep(about)
    return path


def write_many(path: Path, records: Iterable[Record], *, segment_rows=50_000, **changes) -> Path:
    """Write a report of these records, of a sweep OF_MEDIA."""
    return write(path, records, segment_rows=segment_rows, **OF_MEDIA | changes)


def open_report(path: Path, records, *, segment_rows=50_000, **changes) -> OpenReport:
    """Write a finished report and open it."""
    return OpenReport(write(path, records, segment_rows=segment_rows, **changes))


def aged(path):
    """Make a report one of version 3, without digests of parts, decisions, hashes in matches."""
    for part in (path / "matches").iterdir():
        table = pq.read_table(part)
        pq.write_table(table.drop_columns(["md5", "sha1", "sha256", "pdq", "decision"]), part)
    file = path / "sweep.json"
    about = json.loads(file.read_text()) | {"report_version": 3}
    del about["parts"]
    file.write_text(json.dumps(about))
    return path


def golden(path, text):
    """Compare text with a golden file; with HASHSWEEP_RENEW_GOLDEN=1 write the file first."""
    if os.environ.get("HASHSWEEP_RENEW_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return text == path.read_text("utf-8")
