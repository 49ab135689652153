"""Counts for transparency reports, against a slow count of the same records."""

import datetime
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashsweep.analysis import observations
from hashsweep.analysis.stats import DIMENSIONS, FIGURES, OF_FILES, error_ratio, stats
from hashsweep.model import TIERS
from hashsweep.report.open_report import OpenReport
from support.reports import failed, match, record, write
from support.thoroughness import examples

STARTS = ("2026-03-01T10:00:00+00:00", "2026-03-02T10:00:00+00:00", "2026-04-01T01:30:00+02:00")
LISTS = ("known", "other")
PERIODS = {"month": 7, "day": 10}

matches = st.builds(
    match,
    st.sampled_from(["e-1", "e-2"]),
    st.sampled_from(["close", "far"]),
    st.integers(0, 31),
    st.sampled_from(["pdq", "sha256"]),
    of=st.sampled_from(LISTS),
    decision=st.sampled_from([None, None, "confirmed", "overturned"]),
)
names = st.sampled_from(["/srv/a", "/srv/b"])
scanned = st.builds(
    record,
    names,
    st.integers(1, 3),
    media_type=st.sampled_from(["image/png", "image/gif", None]),
    known_good=st.sampled_from([None, None, "harmless"]),
    matches=st.lists(matches, max_size=2),
)
bad = st.builds(
    failed, names, st.sampled_from(["corrupt", "gone"]), size=st.sampled_from([None, 10])
)


@st.composite
def items(draw):
    """A file's records: itself, and maybe a further frame with matches of its own."""
    first = draw(scanned | bad)
    if first.reasons or not draw(st.booleans()):
        return [first]
    frame = record(first.item.uri, 9, *draw(st.lists(matches, max_size=2)), part="frame 2")
    return [first, frame]


reports = st.lists(
    st.tuples(
        st.sampled_from(STARTS),
        st.sampled_from([LISTS, LISTS, LISTS[:1]]),
        st.lists(items(), max_size=5),
    ),
    min_size=1,
    max_size=3,
)


def category(match, number):
    """What the lists of the sweep of this number say of an entry: one thing a list and sweep."""
    return ("A", "")[(number + LISTS.index(match.list_name) + (match.entry_id == "e-1")) % 2]


def opened(folder, made):
    """Write reports and open them; a sweep's matches are with its own lists alone."""
    found = []
    for number, (started, lists, groups) in enumerate(made):
        first = {group[0].item.uri: group for group in reversed(groups)}
        groups[:] = [first[group[0].item.uri] for group in groups]  # a path named twice
        for each in (one for group in groups for one in group):
            mine = [m for m in each.matches if m.list_name in lists]
            each.matches = [replace(m, category=category(m, number)) for m in mine]
        about = {
            "started": started,
            "lists": [
                *({"name": name} for name in lists),
                {"name": "harmless", "known_good": True},
            ],
        }
        path = write(folder / str(number), groups, segment_rows=3, **about)
        found.append(OpenReport(path))
    return found


def in_period(report, name):
    """A value of month, day or report, from what sweep.json says."""
    if name == "report":
        return str(report.path)
    return report.sweep.started.astimezone(datetime.UTC).date().isoformat()[: PERIODS[name]]


def slow(made, found, by):
    """Count as the definitions say, in loops over records."""
    rows = {}
    ordered = sorted(zip(made, found, strict=True), key=lambda each: in_period(each[1], "day"))
    periods = {}
    for (_, lists, groups), report in ordered:
        period = tuple(
            (name, in_period(report, name)) for name in by if name in (*PERIODS, "report")
        )
        periods.setdefault(period, []).append((lists, groups))
    for period, swept in periods.items():
        count_files(rows, dict(period), swept, by)
        count_matches(rows, dict(period), swept, by)
    return rows


def count_files(rows, period, swept, by):
    """Every figure of files, for each value of what sweeps were made with."""
    if {"category", "tier"} & set(by):
        return
    of_lists = (*LISTS, "harmless") if "list" in by else [None]
    for name in of_lists:
        there = [groups for lists, groups in swept if name in (None, "harmless", *lists)]
        for algorithm in ("pdq", "sha256") if "algorithm" in by else [None]:
            named = period | {"list": name, "algorithm": algorithm}
            files = [group[0] for groups in there for group in groups]
            if there and not {"media-type", "reason"} & set(by):
                counts(rows, named, by)["reports"] += len(there)
            for each in {one.item.uri: one for one in files}.values():
                to = counts(rows, named | own(each), by)
                to["seen"] += 1
                to["bytes"] += each.size or 0
                to["hashed"] += bool(each.hashes if algorithm is None else algorithm in each.hashes)
                to["unreadable"] += each.status == "failed"
                to["known_good"] += each.known_good is not None and name in (None, each.known_good)
            kept = [each for each in ("media-type", "reason") if each in by]
            distinct = {
                (tuple((each, own(one)[each]) for each in kept), one.hashes["sha256"])
                for one in files
                if one.hashes
            }
            for told, _ in distinct:
                counts(rows, named | dict(told), by)["unique_contents"] += 1


def count_matches(rows, period, swept, by):
    """Every figure of matches."""
    last, decisions = {}, {}
    for _, groups in swept:
        own_rows = {}
        for group in groups:
            for one in group:
                for each in one.matches:
                    key = (one.item.uri, each.list_name, each.entry_id)
                    own_rows.setdefault(key, []).append((each, group[0]))
        for key, found in own_rows.items():
            last[key] = (min(found, key=weight)[0], found[-1][1])
            said = {each.decision for each, _ in found}
            decided = "confirmed" if "confirmed" in said else None
            decided = "overturned" if said == {"overturned"} else decided
            decisions[key] = decided or decisions.get(key)
    having = set()
    for key, (each, of) in last.items():
        named = period | own(of) | {
            "list": each.list_name, "algorithm": each.algorithm,
            "category": each.category, "tier": each.tier,
        }  # fmt: skip
        to = counts(rows, named, by)
        decided = decisions[key]
        to["matches"] += decided != "overturned"
        to[decided or "undecided"] += 1
        if decided != "overturned":
            having.add((tuple(named[name] for name in by), key[0]))
    for key, _ in having:
        rows[key]["matched_files"] += 1


def weight(pair):
    """The strongest match is the least."""
    found, _ = pair
    return list(TIERS).index(found.tier), found.distance, found.algorithm


def own(of):
    """What a file is counted by."""
    return {"media-type": of.media_type, "reason": of.reasons[0].reason if of.reasons else None}


def counts(rows, named, by):
    """The counts of one key."""
    return rows.setdefault(tuple(named[name] for name in by), Counter())


def plain(figures):
    """Figures without what cannot be said, nor noughts."""
    return {name: value for name, value in figures.items() if value}


BY = st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True)


@settings(max_examples=examples(60))
@given(made=reports, by=BY, share_rows=st.sampled_from([2, 1_000]))
def test_counts_are_those_of_a_slow_count(made, by, share_rows):
    """By anything, over several reports, in one share or many."""
    folder = Path(tempfile.mkdtemp())
    before = observations.SHARE_ROWS
    try:
        observations.SHARE_ROWS = share_rows
        found = opened(folder, made)
        counted = stats(found, by)
        expected = slow(made, found, by)
        (total,) = slow(made, found, ()).values()
    finally:
        observations.SHARE_ROWS = before
        shutil.rmtree(folder)

    ratios = {key: row.pop("error_ratio") for key, row in counted.rows.items()}
    assert ratios == {key: error_ratio(expected[key]) for key in ratios}
    assert plain(counted.total | {"error_ratio": None}) == plain(total)
    if by:
        assert {key: plain(row) for key, row in counted.rows.items()} == {
            key: plain(row) for key, row in expected.items()
        }
    assert counted.digest == "sha256"


def test_what_cannot_be_said_is_none(tmp_path):
    """No file has a tier; without a digest in common nobody knows what is unique."""
    report = OpenReport(write(tmp_path / "a", [record("/a", 1, match())]))
    (row,) = stats([report], ["tier"]).rows.values()
    without = OpenReport(write(tmp_path / "b", [record("/a", 1)], hashes=[{"name": "pdq"}]))
    both = stats([report, without])

    assert {name for name, value in row.items() if value is None} == {
        "reports", *OF_FILES, "error_ratio",
    }  # fmt: skip
    assert (both.digest, both.total["unique_contents"], both.total["seen"]) == (None, None, 1)


def test_rows_are_in_order(tmp_path):
    """Reports as given, tiers by weight, other things by name, what is not there last."""
    groups = [
        record("/a", 1, match(tier="far"), media_type=None),
        record("/b", 1, match(tier="exact"), media_type="b/b"),
        record("/c", 1, media_type="a/a"),
    ]
    found = [OpenReport(write(tmp_path / name, groups)) for name in "zy"]

    assert list(stats(found, ["tier"]).rows) == [("exact",), ("far",)]
    assert list(stats(found, ["media-type"]).rows) == [("a/a",), ("b/b",), (None,)]
    assert list(stats(found, ["report"]).rows) == [(str(tmp_path / name),) for name in "zy"]


def test_every_figure_is_there(tmp_path):
    """In the order of their table, which says what they mean."""
    counted = stats([OpenReport(write(tmp_path / "a", []))], ["month"])

    assert list(counted.total) == list(FIGURES)
    assert [list(row) for row in counted.rows.values()] == [list(FIGURES)]
    assert counted.total["seen"] == 0


@pytest.mark.parametrize(("confirmed", "overturned", "ratio"), [(0, 0, None), (2, 1, 0.333333)])
def test_the_ratio_of_errors_is_of_what_was_decided(confirmed, overturned, ratio):
    """Undecided matches are neither right nor wrong."""
    assert error_ratio({"confirmed": confirmed, "overturned": overturned}) == ratio


def test_the_last_decision_counts(tmp_path):
    """By the sweep's start, whatever the order of the reports; one without decides nothing."""
    found = [
        OpenReport(write(tmp_path / str(n), [record("/a", 1, match(decision=said))], started=at))
        for n, (said, at) in enumerate(
            [(None, STARTS[2]), ("overturned", STARTS[1]), ("confirmed", STARTS[0])]
        )
    ]
    total = stats(found).total

    assert (total["overturned"], total["confirmed"], total["matches"]) == (1, 0, 0)


def test_a_rematch_counts_when_its_files_were_seen(tmp_path):
    """On the day of its sweep, and before a later sweep, however late it was made itself."""
    made = {"started": "2026-05-01T10:00:00+00:00", "observed": [STARTS[0]] * 2}
    rematch = OpenReport(write(tmp_path / "new", [record("/a", 1, size=1)], **made))
    second = OpenReport(write(tmp_path / "2", [record("/a", 1, size=2)], started=STARTS[1]))
    found = stats([rematch, second], ["day"])

    assert {day: row["bytes"] for (day,), row in found.rows.items()} == {
        "2026-03-01": 1, "2026-03-02": 2,
    }  # fmt: skip
    assert found.total["bytes"] == 2


def test_a_rematch_says_the_last_word_on_its_sweep(tmp_path):
    """Of the same files at the same time, judged later."""
    sweeps = [
        {"started": "2026-05-01T10:00:00+00:00", "observed": [STARTS[0]] * 2},
        {"started": STARTS[0]},
    ]
    found = [match(tier="near"), match(tier="far")]
    reports = [
        OpenReport(write(tmp_path / str(number), [record("/a", 1, found[number])], **about))
        for number, about in enumerate(sweeps)
    ]

    assert list(stats(reports, ["tier"]).rows) == [("near",)]
