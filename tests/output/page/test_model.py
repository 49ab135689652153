"""What a page tells of each report."""

from msgspec.structs import replace

from hashsweep.model import Failure, Item, Record
from hashsweep.output.page.model import content
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import parse, serialize
from hashsweep.report.tally import Tally
from support.reports import matched, write_many

FAILED = Record(Item("/srv/broken"), reasons=[Failure("decode", "corrupt")])


def of(*paths):
    """The content of these reports."""
    return content([OpenReport(path) for path in paths])


def rewritten(path, **changes):
    """The same report with another sweep.json."""
    file = path / "sweep.json"
    info = replace(parse(file.read_bytes(), str(file)), **changes)
    file.write_bytes(serialize(info))
    return path


def test_numbers_of_reports_are_added_up(tmp_path):
    """Counts and counters; each report keeps its own verdict."""
    first = write_many(tmp_path / "a", map(matched, range(3)))
    second = write_many(tmp_path / "b", [FAILED, matched(3)])
    found = of(first, second)

    assert (found.total("items"), found.total("failed"), found.counts.rows) == (5, 1, 4)
    assert found.counter("failures") == {"decode: corrupt": 1}
    assert found.counter("by_algorithm") == {"pdq": 3, "sha256": 1}
    assert [each.verdict for each in found.reports] == [
        "3 of 3 files match",
        "1 of 2 files matches; INCOMPLETE: 1 file could not be scanned",
    ]
    assert (found.is_incomplete, of(first).is_incomplete) == (True, False)


def test_reports_are_ordered_by_their_sweeps(tmp_path):
    """The newest last, in whichever order they were named."""
    late = write_many(tmp_path / "a", [], started="2026-01-09T00:00:00.000+00:00")
    early = write_many(tmp_path / "b", [], started="2026-01-01T00:00:00.000+00:00")

    assert [each.name for each in of(late, early).by_time] == [str(early), str(late)]


def test_failures_are_told_from_accepted_ones_report_by_report(tmp_path):
    """What one sweep accepts does not count as accepted in another."""
    strict = write_many(tmp_path / "a", [FAILED])
    lax = write_many(tmp_path / "b", [FAILED, FAILED], options={"accept": ["corrupt"]})
    found = of(strict, lax)

    assert found.failures(accepted=False) == {"decode: corrupt": 1}
    assert found.failures(accepted=True) == {"decode: corrupt": 2}


def test_only_a_clean_report_is_calm(tmp_path):
    """Neither matches nor gaps."""
    found = of(
        write_many(tmp_path / "a", [Record(Item("/srv/a"), hashes={"md5": bytes(16)})]),
        write_many(tmp_path / "b", [matched(0)]),
        write_many(tmp_path / "c", [FAILED]),
    )

    assert [each.is_calm for each in found.reports] == [True, False, False]


def test_a_killed_sweep_is_added_up_from_its_rows(tmp_path):
    """And is incomplete, whatever it said of itself."""
    path = write_many(tmp_path / "a", map(matched, range(3)))
    none = Tally().totals()
    (told,) = of(rewritten(path, state="running", incomplete=False, tally=none)).reports

    assert (told.sweep.tally.items, told.sweep.incomplete) == (3, True)
    assert "INCOMPLETE: the sweep was killed" in told.verdict


def test_the_limit_is_that_of_the_sweeps(tmp_path):
    """The largest, PDQ's own where none is told."""
    path = write_many(tmp_path / "a", [])
    other = write_many(tmp_path / "b", [], hashes=[{"name": "pdq", "max_distance": 40}])

    assert (of(path).limit, of(path, other).limit) == (31, 40)
    assert of(rewritten(path, hashes=[])).limit == 31
