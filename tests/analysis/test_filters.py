"""Filters of rows, against a slow filter of the same rows."""

import fnmatch

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis.filters import Filter
from hashsweep.errors import UsageProblem
from hashsweep.report import schema
from support.reports import sweep

TEXTS = ("a", "b", "", "é")
MATCHES = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from([b"1" * 16, b"2" * 16]),
        "uri": st.sampled_from(["/a/b.jpg", "/a/c.png", "b.jpg", "/a\n/b", "/\\xff"]),
        "list": st.sampled_from(TEXTS),
        "category": st.sampled_from([*TEXTS, None]),
        "algorithm": st.sampled_from(["pdq", "md5"]),
        "tier": st.sampled_from(["close", "far"]),
        "distance": st.integers(0, 5) | st.none(),
        "decision": st.sampled_from([None, "confirmed", "overturned"]),
    }
)
REASONS = st.fixed_dictionaries(
    {"stage": st.just("decode"), "reason": st.sampled_from(["gone", "corrupt"])}
)
FILES = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from([b"1" * 16, b"2" * 16]),
        "uri": st.sampled_from(["/a/b.jpg", "b.jpg"]),
        "status": st.sampled_from(["scanned", "failed"]),
        "reasons": st.lists(REASONS, max_size=2),
        "media_type": st.sampled_from(["image/png", "text/plain", None]),
        "possible": st.sampled_from([None, [{"list": "a", "entry_id": "e", "distance": 33}]]),
        "mtime": st.integers(-3, 3) | st.none(),  # microseconds
    }
)
PATTERNS = st.sampled_from(["*.jpg", "b.jpg", "/a/*", "?", "*[bc].???", "/\udcff", "B*"])


def some(*values):
    return st.lists(st.sampled_from(values), max_size=2)


OF_MATCHES = st.builds(
    Filter,
    lists=some(*TEXTS),
    categories=some(*TEXTS),
    algorithms=some("pdq", "sha1"),
    tiers=some("close", "near"),
    decisions=some("confirmed", "overturned", "none"),
    min_distance=st.none() | st.integers(0, 5),
    max_distance=st.none() | st.integers(0, 5),
    paths=st.lists(PATTERNS, max_size=2),
    items=some(b"1" * 16, b"3" * 16),
)
OF_FILES = st.builds(
    Filter,
    reasons=some("gone", "empty"),
    media_types=some("image/*", "*/plain"),
    failed=st.booleans(),
    possible=st.booleans(),
    paths=st.lists(PATTERNS, max_size=2),
    items=some(b"1" * 16, b"3" * 16),
    modified_since=st.none() | st.sampled_from(range(-3000, 3001, 1000)),
    modified_until=st.none() | st.sampled_from([*range(-3000, 3001, 1000), 999, -1]),
)


def globbed(patterns, text):
    """The slow way; names that are not UTF-8 are compared as they are shown."""
    shown = [pattern.replace("\udcff", "\\xff") for pattern in patterns]
    names = [text, text.rpartition("/")[2]]
    return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in shown)


def is_wanted(row, asked):
    """The slow way."""
    equal = {
        "list": asked.lists, "category": asked.categories, "algorithm": asked.algorithms,
        "tier": asked.tiers, "item_id": asked.items,
        "decision": [None if each == "none" else each for each in asked.decisions],
        "status": ["failed"] if asked.failed else [],
    }  # fmt: skip
    if any(wanted and row[name] not in wanted for name, wanted in equal.items() if name in row):
        return False
    if asked.possible and not row["possible"]:
        return False
    reasons = [each["reason"] for each in row.get("reasons", ())]
    if asked.reasons and not {*reasons} & {*asked.reasons}:
        return False
    distance = row.get("distance")
    if asked.min_distance is not None and (distance is None or distance < asked.min_distance):
        return False
    if asked.max_distance is not None and (distance is None or distance > asked.max_distance):
        return False
    if asked.paths and not globbed(asked.paths, row["uri"]):
        return False
    kind = row.get("media_type")
    return not asked.media_types or (kind is not None and globbed(asked.media_types, kind))


def batch(rows, table):
    """Rows as a segment of a report has them."""
    names = [field for field in table if field.name in rows[0]]
    return pa.RecordBatch.from_pylist(rows, schema=pa.schema(names))


@given(rows=st.lists(MATCHES, min_size=1, max_size=6), asked=OF_MATCHES)
def test_matches_are_those_of_a_slow_filter(rows, asked):
    """All conditions hold, of several values of one any."""
    assert asked.mask(batch(rows, schema.MATCHES)).to_pylist() == [
        is_wanted(row, asked) for row in rows
    ]


@given(rows=st.lists(FILES, min_size=1, max_size=6), asked=OF_FILES)
def test_files_are_those_of_a_slow_filter(rows, asked):
    """Dates apart, whose bounds are inclusive and of which an unknown one is told."""
    found = batch(rows, schema.FILES)
    low = -9000 if asked.modified_since is None else asked.modified_since
    high = 9000 if asked.modified_until is None else asked.modified_until

    assert asked.mask(found).to_pylist() == [is_wanted(row, asked) for row in rows]
    assert asked.match_dates(found.column("mtime")).fill_null(fill_value=False).to_pylist() == [
        row["mtime"] is not None and low <= row["mtime"] * 1000 <= high for row in rows
    ]


def test_a_column_that_an_older_report_lacks_is_null():
    """Nothing was decided there."""
    rows = batch([{"uri": "/a"}], schema.MATCHES)

    assert Filter(decisions=("none",)).mask(rows).to_pylist() == [True]
    assert Filter(decisions=("confirmed",)).mask(rows).to_pylist() == [False]


@pytest.mark.parametrize(
    ("asked", "table", "said"),
    [
        (
            Filter(tiers=("far",), min_distance=0),
            "files",
            "--tier, --min-distance can only be used with",
        ),
        (
            Filter(reasons=("gone",)),
            "matches",
            "--reason can only be used with --what files or failed",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(asked, table, said):
    """It would choose nothing, which must not look like an answer."""
    with pytest.raises(UsageProblem, match=said):
        asked.check(table, [])


def test_a_name_that_no_sweep_had_is_refused():
    """A list that was misspelt does not look like one without matches."""
    sweeps = [
        sweep(lists=[{"name": "iwf"}], hashes=[{"name": "pdq"}]),
        sweep(lists=[{"name": "\udcff"}], hashes=[{"name": "md5"}]),
    ]
    Filter(lists=("iwf", "\udcff"), algorithms=("pdq", "md5")).check("matches", sweeps)

    with pytest.raises(UsageProblem, match=r"no list iwv in these reports \(they have: "):
        Filter(lists=("iwv",)).check("matches", sweeps)
    with pytest.raises(UsageProblem, match=r"no hash pqd in these reports \(they have: md5, pdq\)"):
        Filter(algorithms=("pqd",)).check("matches", sweeps)
