"""Reports made of records without a sweep: as many matches, with such names, as a test needs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hashsweep.model import Item, Match, Record
from hashsweep.report import schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter

LIST = {
    "name": "known",
    "known_good": False,
    "entries": 6,
    "hashes": {"sha256": 6, "pdq": 6},
    "not_matchable_here": {},
    "refused": {},
    "created": "2026-01-01T00:00:00+00:00",
}
STARTED, ENDED = "2026-01-02T00:00:00.000+00:00", "2026-01-02T01:00:00.000+00:00"


def matched(number: int, name: str | None = None, **changes: Any) -> Record:
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


def report(path: Path, records: Iterable[Record], *, part_rows: int = 50_000, **about: Any) -> Path:
    """Write a complete report of these records; `about` changes its sweep.json."""
    tally = Tally()
    run_id = (sweep(tally) | about)["run_id"]
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder, run_id=run_id, part_rows=part_rows)
        for record in records:
            tally.add(record)
            writer.add([record])
        writer.finish()
        folder.write_sweep(sweep(tally) | about)
    return path


def sweep(tally: Tally) -> dict[str, Any]:
    """What sweep.json says of a sweep that came to this."""
    return {
        "report_version": schema.VERSION,
        "hashsweep": "0.3.0",
        "run_id": "00000000-0000-0000-0000-000000000000",
        "state": "complete",
        "incomplete": tally.failed > 0,
        "started": STARTED,
        "ended": ENDED,
        "sources": ["/srv/media"],
        "options": {"max_frames": 16},
        "lists": [LIST],
        "hashes": [{"name": "pdq", "version": "1", "bits": 256, "max_distance": 31}],
        "encrypted": None,
        "baseline": None,
        "chance_matches": {},
        "tally": tally.to_json(),
        "runs": [
            {
                "started": STARTED,
                "ended": ENDED,
                "items_before": 0,
                "bytes_before": 0,
                "items": tally.items,
                "bytes": tally.bytes,
            }
        ],
    }
