"""What reports come to, alone and together."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hashsweep.analysis.totals import Total, add_up, find_gaps, info_of, status_of_all, total_of
from hashsweep.errors import ReportError
from hashsweep.report.encryption import VARIABLE, Keys, new_key
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import HotEntry, to_json
from hashsweep.report.tally import Tally
from support.rematch_info import rematch_info
from support.reports import failed, match, record, sweep, write

RECORDS = [record("/a", 1, match(), match("e-2")), record("/b", 2), failed("/c")]


def tallied(records):
    """What a sweep of these records counts."""
    tally = Tally()
    for each in records:
        tally.add(each)
    return tally


def test_rows_add_up_to_what_was_counted(tmp_path):
    """All that a Tally counts, but what was skipped; encrypted ones with the key alone."""
    keys = Keys.load(None, {VARIABLE: new_key()})
    plain = OpenReport(write(tmp_path / "plain", RECORDS, segment_rows=1))
    sealed = write(tmp_path / "sealed", RECORDS, keys=keys)

    assert add_up(plain) == tallied(RECORDS)
    assert add_up(OpenReport(write(tmp_path / "none", []))) == Tally()
    assert add_up(OpenReport(sealed, keys)) == tallied(RECORDS)
    with pytest.raises(ReportError, match="is encrypted"):
        add_up(OpenReport(sealed))


def test_a_finished_report_says_itself_what_it_came_to(tmp_path):
    """Nothing is counted again; matches are no reason to be incomplete."""
    report = OpenReport(write(tmp_path / "a", RECORDS[:2]))
    info = info_of(report)

    assert info == report.sweep
    assert (info.state, status_of_all([info])) == ("complete", 1)


def test_a_killed_sweep_is_add_up(tmp_path):
    """As of its last segment, and it is incomplete; what it said before is left alone."""
    path = write(tmp_path / "a", RECORDS[:2], state="running")
    report = OpenReport(path)
    info = info_of(report)

    assert (info.state, info.incomplete, status_of_all([info])) == ("killed", True, 5)
    assert info.tally.items == info.runs[-1].items == 2
    assert report.sweep.runs[-1].ended != info.runs[-1].ended == info.ended


def test_a_report_that_lacks_shards_is_incomplete(tmp_path):
    """Whatever it says itself."""
    own = rematch_info(shards=[{"sources": ["/srv"], "of": 2, "there": [1]}])
    report = OpenReport(write(tmp_path / "a", [], **own))

    assert not report.sweep.incomplete
    assert status_of_all([info_of(report)]) == 4


def test_a_total_has_the_sums(tmp_path):
    """Of all numbers and counts, with what was used in any of the sweeps, each once."""
    records = [RECORDS, [record("/d", 4, match(of="other"))]]
    known, harmless = {"name": "known"}, {"name": "harmless", "known_good": True}
    then = {**known, "created": "2025-01-01T00:00:00+00:00"}
    lists = [[then, harmless], [{"name": "other"}, known]]
    hot = [{"list": "known", "entry_id": "e", "files": 3, "pictures": 2}]
    infos = [
        sweep(tallied(each), sources=[f"/{number}"], lists=lists[number], hot=hot,
              chance_matches={"phash": 0.5}, chance_by_class={"icons": 3.0},
              workers_confined=["landlock", "seccomp"][number:])
        for number, each in enumerate(records)
    ]  # fmt: skip
    total = total_of(infos)

    assert total.tally == tallied([*records[0], *records[1]]).totals()
    assert [each.name for each in total.lists] == ["known", "harmless", "other"]
    assert [each.name for each in total.hashes] == ["sha256", "pdq"]
    assert total.hot == [HotEntry(list="known", entry_id="e", files=6, pictures=4)]
    assert (total.chance_matches, total.chance_by_class) == ({"phash": 1.0}, {"icons": 6.0})
    assert total.workers_confined == ["seccomp"]
    assert (total.reports, total.repeated, total.lacking) == (2, False, [])
    assert msgspec.convert(json.loads(json.dumps(to_json(total))), Total) == total
    assert status_of_all(infos) == 5


def test_a_sum_may_be_larger_than_what_a_report_can_say():
    """Each report's own number is bounded; the sum of absurd ones is no fault of ours."""
    most = sweep(tally=to_json(Tally().totals()) | {"bytes": 2**63 - 1})

    assert total_of([most, most]).tally.bytes == 2**64 - 2


def test_the_same_sources_twice_are_noticed():
    """Their items count in each report; shards of them do not."""
    shards = [sweep(options={"shard": [number, 2]}) for number in (1, 2)]

    assert total_of([sweep(), sweep()]).repeated
    assert not total_of(shards).repeated


def test_an_unfinished_sweep_makes_the_total_incomplete():
    """However clean the others are."""
    clean = sweep(tallied(RECORDS[1:2]))
    infos = [clean, replace(clean, state="killed", ended=None), clean]
    total = total_of(infos)

    assert status_of_all([clean]) == 0
    assert (total.state, total.ended, status_of_all(infos)) == ("killed", None, 4)
    assert total.lacking == ["1 of 3 sweeps is unfinished"]


def test_a_rematch_of_an_unfinished_sweep_is_unfinished():
    """And shards that are missing are those of its sweeps; other reports may have them."""
    shards = [{"sources": ["/srv"], "of": 2, "there": [1]}]
    made = sweep(**rematch_info(shards=shards))
    other = sweep(options={"shard": [2, 2]})

    assert find_gaps([sweep(**rematch_info(unfinished=["a"])), sweep()]) == [
        "1 of 2 sweeps is unfinished"
    ]
    assert find_gaps([made]) == ["shard 2/2 missing"]
    assert find_gaps([made, other]) == []
    assert find_gaps([made, other, made]) == ["shard 2/2 missing (1 of 2 times)"]


@given(
    count=st.integers(1, 5),
    there=st.sets(st.integers(1, 5), min_size=1),
)
def test_a_missing_shard_makes_the_total_incomplete(count, there):
    """Nothing was found where nobody looked."""
    there = {number for number in there if number <= count} or {1}
    shards = [sweep(tallied(RECORDS[1:2]), options={"shard": [number, count]}) for number in there]
    missing = set(range(1, count + 1)) - there
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    said = [f"shard {min(missing)}/{count}{others} missing"] if missing else []

    assert find_gaps([*shards, sweep()]) == said
    assert status_of_all(shards) == (4 if missing else 0)
