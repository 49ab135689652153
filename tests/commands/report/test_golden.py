"""What `hashsweep report` prints of fixed reports, word for word.

After a change that is meant:

    HASHSWEEP_RENEW_GOLDEN=1 python -m pytest tests/commands/report/test_golden.py
    git diff tests/golden
"""

from pathlib import Path

import pytest

from support.reports import failed, golden, match, record, write

GOLDEN = Path(__file__).parents[2] / "golden"

FIRST = [
    record("/srv/a.jpg", 1, match(), match("e-2", "exact", 0, "sha256", decision="confirmed")),
    record("/srv/b.jpg", 1, match(decision="overturned"), day=1),
    failed("/srv/c.png"),
    failed("/srv/\udcff\x1b[2J.png", "gone", "read"),
    record("/srv/d.txt", 5, media_type="text/plain", known_good="harmless", day=None),
    [
        record("/srv/g.gif", 9, animated=True, frames=3, day=2, media_type="image/gif"),
        record("/srv/g.gif", 11, match("=e-3", "far", 30, category=""), part="frame 2", day=None),
    ],
]
SECOND = [
    record("/srv/a.jpg", 1, match(decision="overturned")),
    record("/srv/c.png", 7, media_type="image/png", day=3),
]
COMMANDS = {
    "summary": ["summary", "first", "second"],
    "summary-total": ["summary", "first", "second", "--total"],
    "summary-json": ["summary", "first", "second", "--json", "--total"],
    "show": ["show", "first"],
    "show-several": ["show", "first", "second", "--tier", "close", "--tier", "exact"],
    "show-csv": ["show", "first", "--format", "csv"],
    "show-jsonl": ["show", "first", "second", "--format", "jsonl", "--max-distance", "4"],
    "show-files": ["show", "first", "--what", "files"],
    "show-failed": ["show", "first", "--what", "failed", "--format", "csv"],
    "show-clusters": ["show", "first", "second", "--clusters"],
    "stats": ["stats", "first", "second"],
    "stats-month": ["stats", "first", "second", "--by", "month"],
    "stats-list-tier": ["stats", "first", "second", "--by", "list", "--by", "tier"],
    "stats-csv": ["stats", "first", "second", "--by", "month", "--by", "algorithm",
                  "--format", "csv"],
    "stats-json": ["stats", "first", "second", "--by", "media-type", "--format", "json"],
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_printed_as_before(name, report, tmp_path):
    """Summaries, rows and counts, in every format."""
    write(tmp_path / "first", FIRST)
    write(
        tmp_path / "second",
        SECOND,
        started="2026-04-02T00:30:00.000+00:00",
        ended="2026-04-02T00:30:10.000+00:00",
    )
    done = report(*COMMANDS[name])

    assert done.stderr == ""
    assert done.returncode == (5 if name.startswith("summary") else 0)
    assert golden(GOLDEN / f"{name}.txt", done.stdout)


def test_every_golden_file_is_compared():
    """None is left of a command that is no more."""
    found = {path.stem for path in GOLDEN.glob("*.txt")}  # others are report/test_cybertip.py's

    assert found == set(COMMANDS)
