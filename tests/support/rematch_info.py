"""What sweep.json says of a rematch alone, in plain JSON values, for sweep() and write().

sweep(**rematch_info(unfinished=["monday"]))            a rematch of one report
write(path, records, **rematch_info(made_of=[{}, {}]))  the report of a rematch of two
"""

MADE_OF = {
    "run_id": "00000000-0000-4000-8000-000000000002",
    "report": "monday",
    "state": "complete",
    "started": "2026-02-01T10:00:00.000+00:00",
    "ended": "2026-02-01T11:00:00.000+00:00",
    "hashsweep": "0.3.0",
    "decoders": {},
    "options": {"max_frames": 8, "shard": None},
    "hashes": [],
    "sources": ["/srv"],
    "lists": ["known"],
    "skipped": {},
    "unused_hashes": {},
    "not_looked_for": {},
    "superseded": 0,
}
STANDING = {"new": 0, "as_before": 0, "updated": 0, "retracted": {}}
REMATCH = {
    "changes": None,
    "unfinished": [],
    "shards": [],
    "superseded": 0,
    "lacking": {},
    "lacking_items": 0,
    "matches": STANDING,
}


def rematch_info(made_of=({},), **changes) -> dict:
    """What makes a sweep() a rematch; `changes` are to its own part, which is filled up."""
    return {
        "kind": "rematch",
        "rematch": REMATCH | changes,
        "rematch_of": [MADE_OF | each for each in made_of],
    }
