"""What sweep.json says of a sweep."""

import os

import pytest

from hashsweep.errors import ExitCode
from hashsweep.matching.chance import expect_by_class
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report.outcome import status_of
from hashsweep.report.sweep_json import parse, serialize
from hashsweep.report.tally import Tally
from hashsweep.sweep.accounting import close_info, list_info, resume_info, start_info
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
    about = close_info(start_info(plan, Tally()), plan, counted(record), state, None)

    assert status_of(about) == expected
    assert about.state == state
    assert parse(serialize(about), "r") == about


def test_what_chance_can_do_is_said_of_pictures_that_are_compared(plan, tmp_path):
    """For each class, by listed PDQs and pictures; nothing where there are none of either."""
    (tmp_path / "pdq.csv").write_text(f"entry_id,pdq\na,{7:064d}\nb,{8:064d}\n")
    config = ScanConfig((str(tmp_path),), lists=(str(tmp_path / "pdq.csv"),), engine="serial")
    tally = counted(*(Record(Item(f"/{n}"), hashes={"pdq": b""}) for n in range(3)))
    with build_plan(config) as other:
        found, none = (
            close_info(start_info(other, Tally()), other, each, "complete", None).chance_by_class
            for each in (tally, Tally())
        )

    assert found == pytest.approx(expect_by_class(31, 2, 3), rel=0.05)
    assert (
        none
        == close_info(start_info(plan, Tally()), plan, tally, "complete", None).chance_by_class
        == {}
    )


def test_nothing_at_all_is_not_clean(plan):
    """An unmounted disk is an empty folder."""
    about = close_info(start_info(plan, Tally()), plan, Tally(), "complete", None)

    assert status_of(about) == ExitCode.INCOMPLETE


def test_each_run_is_told_with_what_it_did(plan):
    """A sweep that goes on keeps its id, its beginning and its first options."""
    tally = counted(Record(Item("/a"), size=5))
    first = close_info(start_info(plan, Tally()), plan, tally, "interrupted", "disk full")
    about = resume_info(first, start_info(plan, tally), tally)

    assert (about.state, about.incomplete, about.ended) == ("running", True, None)
    assert (first.error, about.error) == ("disk full", None)
    assert about.tally.items == 1
    assert about.runs[0] == first.runs[0]
    for number in range(2):
        tally.add(Record(Item(f"/{number}"), size=10))
    ended = close_info(about, plan, tally, "complete", None)
    assert (ended.run_id, ended.started) == (first.run_id, first.started)
    assert [(run.items, run.bytes) for run in ended.runs] == [(1, 5), (2, 20)]
    assert ended.runs[1].ended == ended.ended
    assert [run.host for run in ended.runs] == [os.uname().nodename] * 2
    assert ended.workers_confined == []
    again = close_info(ended, plan, tally, "complete", None)  # as when it was not written at first
    assert again.runs[1].items == 2


def test_what_is_said_at_the_beginning_can_be_read(plan):
    """As it is until the sweep ends: nothing is known of its end, and it is no clean one."""
    about = start_info(plan, Tally())

    assert parse(serialize(about), "r") == about
    assert (about.kind, about.state, about.incomplete) == ("sweep", "running", True)
    assert (about.ended, about.runs[0].ended, about.runs[0].items) == (None, None, None)
    assert (about.rematch, about.rematch_of, about.observed) == (None, None, None)


def test_what_a_report_says_of_a_list(plan):
    """Its counts and the files it was made of; what makes it what it is goes with these."""
    (known,) = plan.lists
    about = list_info(known)

    assert (about.name, about.entries, about.hashes) == ("known", 1, {"md5": 1})
    assert [source.format for source in about.sources] == ["csv"]
    assert about.is_used
    assert about == start_info(plan, Tally()).lists[0]
