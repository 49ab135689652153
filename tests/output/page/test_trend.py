"""What several sweeps found one after the other."""

import re

from hashsweep.model import Failure, Item, Record
from hashsweep.output.page.model import content
from hashsweep.output.page.trend import render
from hashsweep.report.open_report import OpenReport
from support.reports import matched, write_many

FAILED = Record(Item("/srv/broken"), reasons=[Failure("decode", "corrupt")])


def trend(*paths):
    """The section of these reports, and the cells of its rows."""
    reports = [OpenReport(path) for path in paths]
    made = render(reports, content(reports))
    rows = made.partition("<tbody>")[2].split("</tr>")[:-1]
    return made, [re.findall("<t[hd][^>]*>([^<]*)<", row) for row in rows]


def night(folder, day, *records, **changes):
    """A report of a sweep that began on this day of January."""
    started = f"2026-01-{day:02}T02:15:00.000+00:00"
    return write_many(folder / f"night-{day}", records, started=started, **changes)


def test_sweeps_are_in_the_order_in_which_they_began(tmp_path):
    """The newest last, with what it has that the one before has not."""
    overturned = matched(3, decision="overturned")
    second = night(tmp_path, 2, matched(0), matched(1), matched(2), overturned, FAILED)
    first = night(tmp_path, 1, matched(0))
    made, rows = trend(second, first)

    assert rows == [
        ["2026-01-01 02:15", str(first), "1", "1", "-", "0", "0", "0", "0", "complete"],
        ["2026-01-02 02:15", str(second), "5", "3", "2", "1", "0", "0", "0", "INCOMPLETE"],
    ]
    assert "sweep by sweep, the newest last; at most 3" in made


def test_matches_are_new_to_the_sweep_of_the_same_place(tmp_path):
    """Another source, or another shard, says nothing of that."""
    places = (
        night(tmp_path, 1, matched(0)),
        night(tmp_path, 2, matched(1), sources=["/srv/other"]),
        night(tmp_path, 3, matched(0), matched(2)),
    )
    _, rows = trend(*places)

    assert [row[4] for row in rows] == ["-", "-", "1"]


def test_one_report_has_no_trend(tmp_path):
    """There is nothing to compare it with."""
    made, _ = trend(night(tmp_path, 1, matched(0)))

    assert made == ""
