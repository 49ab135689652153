"""Reports of records that no sweep has made, for what reads reports."""

from hashsweep.model import Item, Match, Record
from hashsweep.report import schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.open_report import OpenReport
from hashsweep.report.writer import ReportWriter


def reported(path, items, *, part_rows=50_000, **about):
    """A finished report, open, of items, each given by its records."""
    told = {"report_version": schema.VERSION, "run_id": "a-run", "tally": {}, "state": "complete"}
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder, run_id=told["run_id"], part_rows=part_rows)
        for records in items:
            writer.add(records)
        writer.finish()
        folder.write_sweep(told | about)
    return OpenReport(path)


def found(name, matches=(), *, part=None, **hashes):
    """A record with these matches."""
    return Record(Item(name), part=part, hashes=hashes, matches=list(matches))


def match(entry_id="e", list_name="l", tier="close", *, algorithm="pdq", decision=None):
    """A match with that entry."""
    evidence = ((algorithm, 0),)
    return Match(algorithm, 0, list_name, entry_id, "cat", (), tier, evidence, decision=decision)
