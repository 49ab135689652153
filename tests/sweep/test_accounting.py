"""What sweep.json says of a sweep."""

import json
import os

import pytest

from hashsweep.errors import ExitCode
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report.tally import Tally
from hashsweep.sweep.accounting import begun, closed, resumed, status
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan

MATCH = Match("md5", 0, "known", "e", "", (), "exact-md5", (("md5", 0),))


@pytest.fixture
def plan(tmp_path):
    """A plan of one folder by one list."""
    (tmp_path / "known.csv").write_text(f"entry_id,md5\na,{7:032d}\n")
    config = ScanConfig((str(tmp_path),), lists=(str(tmp_path / "known.csv"),), engine="serial")
    with build_plan(config) as made:
        yield made


def counted(*records):
    """A tally of records."""
    tally = Tally()
    for record in records:
        tally.add(record)
    return tally


@pytest.mark.parametrize(
    ("record", "state", "expected"),
    [
        (Record(Item("/a")), "complete", ExitCode.CLEAN),
        (Record(Item("/a"), matches=[MATCH]), "complete", ExitCode.MATCHES),
        (Record(Item("/a"), reasons=[Failure("read", "gone")]), "complete", ExitCode.INCOMPLETE),
        (
            Record(Item("/a"), reasons=[Failure("decode", "corrupt")], matches=[MATCH]),
            "complete",
            ExitCode.MATCHES_AND_INCOMPLETE,
        ),
        (Record(Item("/a")), "interrupted", ExitCode.INCOMPLETE),
    ],
)
def test_the_status_is_what_was_found_and_what_is_missing(plan, record, state, expected):
    """Whatever did not come to its end is not clean."""
    tally = counted(record)
    about = begun(plan, Tally())
    closed(about, plan, tally, state)

    assert status(about) == expected
    assert about["state"] == state
    assert json.loads(json.dumps(about)) is not None


def test_nothing_at_all_is_not_clean(plan):
    """An unmounted disk is an empty folder."""
    about = begun(plan, Tally())
    closed(about, plan, Tally(), "complete")

    assert status(about) == ExitCode.INCOMPLETE


def test_each_run_is_told_with_what_it_did(plan):
    """A sweep that goes on keeps its id, its beginning and its first options."""
    first = begun(plan, Tally())
    closed(first, plan, counted(Record(Item("/a"), size=5)), "interrupted")
    first["error"] = "disk full"
    before = json.loads(json.dumps(first))
    tally = counted(Record(Item("/a"), size=5))
    about = resumed(before, begun(plan, tally), tally)

    assert (about["state"], about["incomplete"], about["ended"]) == ("running", True, None)
    assert "error" not in about
    assert about["tally"]["items"] == 1
    for number in range(2):
        tally.add(Record(Item(f"/{number}"), size=10))
    closed(about, plan, tally, "complete")
    assert (about["run_id"], about["started"]) == (first["run_id"], first["started"])
    assert [(run["items"], run["bytes"]) for run in about["runs"]] == [(1, 5), (2, 20)]
    assert about["runs"][1]["ended"] == about["ended"]
    assert [run["host"] for run in about["runs"]] == [os.uname().nodename] * 2
    assert about["workers_confined"] == []
    closed(about, plan, tally, "complete")  # as when the first writing of it failed
    assert about["runs"][1]["items"] == 2
