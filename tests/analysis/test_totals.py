"""What reports come to, alone and together."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis.totals import about_of, added_up, find_gaps, status, total_of
from hashsweep.errors import ReportError
from hashsweep.report.encryption import VARIABLE, Keys, new_key
from hashsweep.report.open_report import OpenReport
from hashsweep.report.tally import Tally
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

    assert added_up(plain) == tallied(RECORDS)
    assert added_up(OpenReport(write(tmp_path / "none", []))) == Tally()
    assert added_up(OpenReport(sealed, keys)) == tallied(RECORDS)
    with pytest.raises(ReportError, match="is encrypted"):
        added_up(OpenReport(sealed))


def test_a_finished_report_says_itself_what_it_came_to(tmp_path):
    """Nothing is counted again; matches are no reason to be incomplete."""
    about = about_of(OpenReport(write(tmp_path / "a", RECORDS[:2], note="as it is")))

    assert about["note"] == "as it is"
    assert (about["state"], status(about)) == ("complete", 1)


def test_a_killed_sweep_is_added_up(tmp_path):
    """As of its last part, and it is incomplete; what it said before is left alone."""
    path = write(tmp_path / "a", RECORDS[:2], state="running")
    report = OpenReport(path)
    about = about_of(report)

    assert (about["state"], about["incomplete"], status(about)) == ("killed", True, 5)
    assert about["tally"]["items"] == about["runs"][-1]["items"] == 2
    assert report.sweep["runs"][-1]["ended"] != about["runs"][-1]["ended"] == about["ended"]


@pytest.mark.parametrize("changes", [{"runs": []}, {"runs": [{}]}, {"started": 3, "runs": 3}])
def test_a_damaged_one_is_named(tmp_path, changes):
    """In one line, whatever it lacks."""
    path = write(tmp_path / "a", RECORDS, state="running", **changes)

    with pytest.raises(ReportError, match=r"report .*a/sweep\.json is damaged"):
        about_of(OpenReport(path))


@pytest.mark.parametrize("value", [None, [], 0, "false"])
def test_a_report_has_to_say_whether_it_is_incomplete(tmp_path, value):
    """What is neither yes nor no must not pass for no."""
    path = write(tmp_path / "a", RECORDS, incomplete=value)

    with pytest.raises(ReportError, match=r"report .*a/sweep\.json is damaged: it does not say"):
        about_of(OpenReport(path))


def test_a_report_that_lacks_shards_is_incomplete(tmp_path):
    """Whatever it says itself, as some rematches of version 4 do."""
    own = {"rematch": {"unfinished": []}, "rematch_of": [sweep(options={"shard": [1, 2]})]}
    about = about_of(OpenReport(write(tmp_path / "a", [], report_version=4, **own)))

    assert status(about) == 4


def test_a_total_has_the_sums(tmp_path):
    """Of all numbers and counts, with what was used in any of the sweeps, each once."""
    records = [RECORDS, [record("/d", 4, match(of="other"))]]
    known, harmless = sweep()["lists"]
    lists = [[{**known, "created": "then"}, harmless], [{**known, "name": "other"}, known]]
    hot = [{"list": "known", "entry_id": "e", "files": 3, "pictures": 2}]
    abouts = [
        sweep(tallied(each), sources=[f"/{number}"], lists=lists[number], hot=hot,
              chance_matches={"pdq": 0.5}, workers_confined=["landlock", "seccomp"][number:])
        for number, each in enumerate(records)
    ]  # fmt: skip
    total = total_of(abouts)

    assert total["tally"] == {
        name: Counter(value) if isinstance(value, dict) else value
        for name, value in tallied([*records[0], *records[1]]).to_json().items()
    }
    assert [each["name"] for each in total["lists"]] == ["known", "harmless", "other"]
    assert total["hashes"] == [{"name": "sha256"}, {"name": "pdq"}]
    assert total["hot"] == [{"list": "known", "entry_id": "e", "files": 6, "pictures": 4}]
    assert (total["chance_matches"], total["workers_confined"]) == ({"pdq": 1.0}, ["seccomp"])
    assert (total["reports"], total["repeated"], total["lacking"]) == (2, False, [])
    assert json.loads(json.dumps(total)) == total
    assert status(total) == 5


def test_the_same_sources_twice_are_noticed():
    """Their items count in each report; shards of them do not."""
    shards = [sweep(options={"shard": [number, 2]}) for number in (1, 2)]

    assert total_of([sweep(), sweep()])["repeated"]
    assert not total_of(shards)["repeated"]


def test_an_unfinished_sweep_makes_the_total_incomplete():
    """However clean the others are."""
    clean = sweep(tallied(RECORDS[1:2]))
    total = total_of([clean, clean | {"state": "killed", "ended": None}, clean])

    assert status(clean) == 0
    assert (total["state"], total["ended"], status(total)) == ("killed", None, 4)
    assert total["lacking"] == ["1 of 3 sweeps is unfinished"]


def test_a_rematch_of_an_unfinished_sweep_is_unfinished():
    """And shards that are missing are those of its sweeps; other reports may have them."""
    shards = [{"sources": ["/srv"], "of": 2, "there": [1]}]
    made = sweep(rematch={"unfinished": [], "shards": shards})
    other = sweep(options={"shard": [2, 2]})

    assert find_gaps([made | {"rematch": {"unfinished": ["a"], "shards": []}}, sweep()]) == [
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
    assert status(total_of(shards)) == (4 if missing else 0)
