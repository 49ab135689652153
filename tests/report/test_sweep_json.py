"""What `sweep.json` says is read as it was written, or refused with the place that is damaged."""

import datetime
import json
import re
from functools import reduce

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import inspect
from msgspec.structs import replace

from hashsweep.errors import ReportError
from hashsweep.report import gaps
from hashsweep.report.carried_over import RereadInfo
from hashsweep.report.sweep_json import (
    LAYOUT,
    HashInfo,
    MadeOf,
    RematchInfo,
    SegmentInfo,
    ShardsInfo,
    SweepInfo,
    parse,
    serialize,
    shard_of,
    to_json,
)
from support.rematch_info import rematch_info
from support.reports import LIST, sweep

RUN_ID = "12345678-1234-1234-1234-123456789abc"
SOURCE = {
    "path": "known.csv",
    "format": "csv",
    "sha256": "0" * 64,
    "size": 1,
    "modified": "2026-01-01T00:00:00+00:00",
    "entries": 3,
    "refusals": {"bad-hash": 1},
    "refused_rows": [{"line": 2, "code": "bad-hash", "detail": "too short"}],
}
SHARDS = {"sources": ["/srv"], "of": 3, "there": [1, 3]}
KEPT = {
    "lists": [{"name": "known", "sources": [SOURCE], "refused": {"bad-hash": 1}}],
    "options": {"shard": [1, 2]},
    "mounts": ["/srv"],
    "decoders": {"pillow": "12.0.0", "webp": None},
    "segments": {"files/part-00000.parquet": {"sha256": "0" * 64, "rows": 1, "bytes": 2}},
    "hot": [{"list": "known", "entry_id": "e", "files": 9, "pictures": 8}],
    "chance_matches": {"phash": 0.25},
    "chance_by_class": {"icons": 2.5},
    "workers_confined": ["no new privileges"],
    "error": "the disk is full",
    "encrypted": "01234567",
    "run_id": RUN_ID,
}
SWEPT = sweep(
    **KEPT,
    baseline={
        "run_id": "b",
        "report": "monday",
        "items": 5,
        "gone": 1,
        "reread": {"take": 1, "of": 30, "first": 29},
    },
    decisions={"sha256": "0" * 64, "rows": 1, "by_decision": {"confirmed": 1}},
)
REMATCHED = sweep(
    **KEPT,
    observed=["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"],
    **rematch_info(
        [{"hashes": [to_json(SWEPT.hashes[0])], "unused_hashes": {"pdq": "0"}}],
        changes={"old": LIST, "searched": {"pdq": 3}},
        unfinished=["monday"],
        shards=[SHARDS],
        lacking={"pdq": 1},
    ),
)
"""A sweep and a rematch that have something under every key."""


def plain(info):
    """What is written of it, as plain JSON values of our own."""
    return json.loads(serialize(info))


def read(values):
    """What is read of plain JSON values."""
    text = json.dumps(values).replace("Infinity", "1e999")  # a number that is none in JSON, either
    return parse(text.encode("ascii"), "r/sweep.json")


def places(values, at=()):
    """Every place in plain JSON values: keys and numbers of lists, one below the other."""
    if at:
        yield at
    if isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            yield from places(value, (*at, key))


def put(values, at, value=...):
    """A copy of plain JSON values with another value in one place, or without it."""
    copy = json.loads(json.dumps(values))
    inside = reduce(lambda found, key: found[key], at[:-1], copy)
    if value is ...:
        del inside[at[-1]]
    else:
        inside[at[-1]] = value
    return copy


@pytest.mark.parametrize("info", [sweep(), SWEPT, REMATCHED])
def test_every_key_is_always_there(info):
    """Null, an empty list or an empty object where it does not apply; and in order of the type."""

    def check(kind, values):
        assert list(values) == [field.encode_name for field in inspect.type_info(kind).fields]
        for name in values:
            inner = getattr(info, name, None) if kind is SweepInfo else None
            if isinstance(inner, msgspec.Struct):
                check(type(inner), values[name])

    check(SweepInfo, plain(info))
    assert info.layout == LAYOUT == plain(info)["layout"]


def test_the_examples_have_something_under_every_key():
    """So that no key is left out of what follows."""
    both = [plain(SWEPT), plain(REMATCHED)]
    empty = [name for name in both[0] if not any(each[name] for each in both)]

    assert empty == ["incomplete"]


def test_it_is_ascii_with_a_key_in_each_line():
    """Invalid UTF-8 in names becomes lone surrogates, escaped."""
    content = serialize(sweep(sources=["/zo\u00eb\udcff"]))

    assert rb'"/zo\u00eb\udcff"' in content
    assert content.isascii()
    assert content.endswith(b"}\n")
    assert b'\n  "state": "complete",\n' in content


def test_times_are_in_utc_and_to_their_millisecond():
    """As ISO 8601 writes them; in whatever zone they come, they are the same time."""
    info = sweep(started="2026-03-01T11:00:00.250+01:00")

    assert info.started == datetime.datetime(2026, 3, 1, 10, 0, 0, 250_000, datetime.UTC)
    assert read(plain(info)).started == info.started


TEXT = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from([chr(0xDC00 + byte) for byte in range(128, 256)]),
    max_size=5,
)
TIMES = st.datetimes(
    datetime.datetime(2, 1, 1),  # noqa: DTZ001 - the zone is beside it
    datetime.datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(
        lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
OPTIONS = st.builds(
    lambda others, frames, shard: others | {"max_frames": frames, "shard": shard},
    others=st.dictionaries(TEXT, VALUES, max_size=2),
    frames=st.integers(0, 9),
    shard=st.sampled_from([None, [1, 1], [2, 3]]),
)


SIMPLE = {
    inspect.BoolType: lambda _: st.booleans(),
    inspect.IntType: lambda kind: st.integers(
        -9 if kind.ge is None else kind.ge, kind.le or 2**63 - 1
    ),
    inspect.FloatType: lambda _: st.floats(0, allow_infinity=False),
    inspect.StrType: lambda kind: (
        st.from_regex(kind.pattern, fullmatch=True) if kind.pattern else TEXT
    ),
    inspect.DateTimeType: lambda _: TIMES,
    inspect.NoneType: lambda _: st.none(),
    inspect.AnyType: lambda _: VALUES,
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
}


def strategy(kind):
    """Values of a type, by what it says of itself."""
    match kind:
        case inspect.Metadata():
            return strategy(kind.type)
        case inspect.ListType():
            few = kind.min_length or 0
            return st.lists(strategy(kind.item_type), min_size=few, max_size=few + 1)
        case inspect.TupleType():
            return st.tuples(*map(strategy, kind.item_types))
        case inspect.DictType():
            return st.dictionaries(strategy(kind.key_type), strategy(kind.value_type), max_size=2)
        case inspect.UnionType():
            return st.one_of(*map(strategy, kind.types))
        case inspect.StructType():
            return structs(kind)
        case _:
            return SIMPLE[type(kind)](kind)


def structs(kind):
    """Values of a struct, in which what goes together does."""
    fields = {field.name: field.type for field in kind.fields}
    drawn = {name: strategy(each) for name, each in fields.items() if name not in OURS}
    if "options" in fields:
        drawn["options"] = OPTIONS
    if kind.cls is HashInfo:
        drawn |= {"bits": st.integers(64, 512), "max_distance": st.integers(0, 64)}
    if kind.cls is ShardsInfo:
        drawn |= {"of": st.integers(3, 9), "there": st.lists(st.integers(1, 3), max_size=2)}
    if kind.cls is RereadInfo:
        drawn = {"take": st.integers(1, 3), "of": st.integers(3, 9), "first": st.integers(0, 2)}
    if kind.cls is not SweepInfo:
        return st.builds(kind.cls, **drawn)
    digests = strategy(inspect.type_info(SegmentInfo))
    drawn["segments"] = st.dictionaries(st.sampled_from(NAMES), digests, max_size=2)
    made = {
        "rematch": strategy(inspect.type_info(RematchInfo)),
        "rematch_of": strategy(inspect.type_info(list[MadeOf])),
    }
    swept = st.builds(SweepInfo, layout=st.just(LAYOUT), kind=st.just("sweep"), **drawn)
    rematched = st.builds(
        SweepInfo, layout=st.just(LAYOUT), kind=st.just("rematch"), **drawn, **made
    )
    return swept | rematched


OURS = {"options", "segments", "layout", "kind", "rematch", "rematch_of"}
"""Fields that are not drawn by their types alone."""

NAMES = [
    "files/part-00000.parquet",
    "matches/part-123456.parquet",
    "retractions/part-00001.parquet",
]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@example(SWEPT)
@example(REMATCHED)
@given(strategy(inspect.type_info(SweepInfo)))
def test_what_was_written_is_read_again(info):
    """Whatever a report says, it says the same when it is read; and is written the same again."""
    again = parse(serialize(info), "r")

    assert again == info
    assert serialize(again) == serialize(info)


OTHERS = [
    *(None, True, False, -1, 0, 1, 2**31, 2**63, 10**30, 1.5, 1e999),
    *("", "x", "\udcff", "2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59"),
    *([], [None], [[]], ["x"], [1, 2], [2, 1], [{}]),
    *({}, {"x": None}, {"": 1}, {"x": []}, {"x": -1}, {"x": {}}),
]
"""What may stand in the place of anything: null, and every kind of value."""


def use(info):
    """What readers ask of it."""
    list(gaps.reasons(info))
    list(gaps.name_missing_shards([info]))
    list(gaps.name_unseen_shards([info], [info]))
    info.identities()
    assert info.max_frames >= 0
    assert info.shard is None or 1 <= info.shard[0] <= info.shard[1]
    assert isinstance(info.is_matched, bool)
    assert {each.is_used for each in info.lists} <= {True, False}
    moments = [info.started, info.ended, *(info.observed or ())]
    moments += [each.created for each in info.lists]
    moments += [source.modified for each in info.lists for source in each.sources]
    moments += [moment for run in info.runs for moment in (run.started, run.ended)]
    for moment in moments:
        assert moment is None or moment.astimezone(datetime.UTC)
    if not info.encrypted or info.run_id == RUN_ID:
        assert info.sealed_as == (RUN_ID.replace("-", "") if info.encrypted else None)
        return
    with pytest.raises(ReportError, match="an encrypted report has no id"):
        assert info.sealed_as


@pytest.mark.parametrize("whole", [SWEPT, REMATCHED], ids=["sweep", "rematch"])
def test_nothing_but_an_error_or_a_report_comes_of_any_value_anywhere(whole):
    """In each place of a whole `sweep.json` each kind of value, and nothing at all.

    What is taken can be used as any other, is written, and is read the same again.
    """
    values = plain(whole)
    refused, taken, refusals = 0, 0, set()
    for at in places(values):
        for other in (..., *OTHERS):
            try:
                info = read(put(values, at, other))
            except ReportError as error:
                refusals.add(str(error))
                refused += 1
                continue
            use(info)
            assert parse(serialize(info), "r") == info, (at, other)
            taken += 1

    assert refused > 2 * taken > 0
    assert all(
        re.fullmatch(r"report r/sweep\.json (is damaged: |has another layout, ).+", each)
        for each in refusals
    )


OPEN = {
    *("options", "decoders", "hashes", "refused", "refusals", "refused_rows", "segments"),
    *("chance_matches", "chance_by_class", "by_decision", "searched", "lacking", "unused_hashes"),
}
"""Objects of which each key is somebody's name for something."""


BASELINE = ("baseline.items", "baseline.gone", "baseline.reread", "rematch", "rematch_of")


@pytest.mark.parametrize("whole", [SWEPT, REMATCHED], ids=["sweep", "rematch"])
def test_no_key_can_be_missing_but_those_that_say_nothing(whole):
    """Those that are not known before the end; a total that is missing is never 0."""
    values, may_be_missing = plain(whole), set()
    for at in places(values):
        if not isinstance(at[-1], str) or OPEN.intersection(at[:-1]):
            continue
        try:
            read(put(values, at))
        except ReportError:
            continue
        may_be_missing.add(".".join(str(key) for key in at if isinstance(key, str)))
    assert may_be_missing == {
        *("error", "workers_confined", "chance_matches", "chance_by_class", "hot", "observed"),
        "segments",
        *(f"runs.{name}" for name in ("ended", "items", "bytes", "workers_confined")),
        *(
            ("baseline.items", "baseline.gone", "baseline.reread", "rematch", "rematch_of")
            if whole is SWEPT
            else ()
        ),
    }


@pytest.mark.parametrize(
    ("at", "value", "where"),
    [
        (("state",), "done", "`$.state`"),
        (("state",), "\udcff", "not valid Unicode"),
        (("kind",), "merge", "`$.kind`"),
        (("incomplete",), None, "`$.incomplete`"),
        (("incomplete",), 0, "`$.incomplete`"),
        (("started",), "2026-01-01T00:00:00", "`$.started`"),
        (("started",), 1_767_225_600, "`$.started`"),
        (("started",), "0001-01-01T00:00:00+23:59", "`started`"),
        (("ended",), "9999-12-31T23:59:59-23:59", "`ended`"),
        (("sources", 0), 1, "`$.sources[0]`"),
        (("mounts",), None, "`$.mounts`"),
        (("options", "max_frames"), ..., "`max_frames`"),
        (("options", "max_frames"), "8", "`max_frames`"),
        (("options", "max_frames"), True, "`max_frames`"),
        (("options", "max_frames"), -1, "`max_frames`"),
        (("options", "shard"), "12", "`shard`"),
        (("options", "shard"), [2], "`shard`"),
        (("options", "shard"), [0, 2], "`shard`"),
        (("options", "shard"), [3, 2], "`shard`"),
        (("options", "shard"), [None, 2], "`shard`"),
        (("lists", 0, "known_good"), ..., "`$.lists[0]`"),
        (("lists", 0, "hashes", "pdq"), -1, "`$.lists[0].hashes[...]`"),
        (("lists", 0, "created"), "0001-01-01T00:00:00+23:59", "`created` is"),
        (("lists", 0, "sources", 0, "sha256"), "0" * 63, "`$.lists[0].sources[0].sha256`"),
        (("lists", 0, "sources", 0, "modified"), "9999-12-31T23:59:59-23:59",
         "`$.lists[0].sources[0]`"),
        (("hashes", 0, "bits"), None, "`$.hashes[0].bits`"),
        (("hashes", 0, "max_distance"), 257, "`$.hashes[0]`"),
        (("tally", "items"), None, "`$.tally.items`"),
        (("tally", "matched_items"), ..., "`matched_items` - at `$.tally`"),
        (("tally", "matched_items"), -1, "`$.tally.matched_items`"),
        (("tally", "items"), 2**63, "`$.tally.items`"),
        (("tally", "items"), True, "`$.tally.items`"),
        (("tally", "failures"), {"read: gone": "x"}, "`$.tally.failures[...]`"),
        (("runs",), [], "`$.runs`"),
        (("runs", 0, "started"), "0001-01-01T00:00:00+23:59", "`$.runs[0]`"),
        (("chance_matches", "phash"), 1e999, "it is not JSON"),
        (("chance_matches", "phash"), -0.5, "`$.chance_matches[...]`"),
        (("chance_by_class", "icons"), -0.5, "`$.chance_by_class[...]`"),
        (("segments",), [], "`$.segments`"),
        (("segments",), {"../x": {"sha256": "0" * 64, "rows": 1, "bytes": 2}}, "`segments`"),
        (("segments",), {"files/x": {"sha256": "0" * 64, "rows": 1, "bytes": 2}}, "`segments`"),
        (("segments",), {"files/part-00000.parquet\n": {"sha256": "0" * 64, "rows": 1, "bytes": 2}},
         "`segments`"),
        (("segments", "files/part-00000.parquet", "rows"), "1", "`$.segments[...].rows`"),
        (("segments", "files/part-00000.parquet", "bytes"), True, "`$.segments[...].bytes`"),
        (("segments", "files/part-00000.parquet", "sha256"), "0", "`$.segments[...].sha256`"),
        (("observed",), ["today"], "`$.observed`"),
        (("observed", 1), "0001-01-01T00:00:00+23:59", "`observed`"),
        (("rematch",), None, "a rematch, and only a rematch"),
        (("rematch_of",), None, "a rematch, and only a rematch"),
        (("kind",), "sweep", "a rematch, and only a rematch"),
        (("rematch", "unfinished"), None, "`$.rematch.unfinished`"),
        (("rematch", "shards", 0, "of"), "x", "`$.rematch.shards[0].of`"),
        (("rematch", "shards", 0, "there"), [0], "`there`"),
        (("rematch", "shards", 0, "there"), [1, 4], "`$.rematch.shards[0]`"),
        (("rematch", "changes", "old"), None, "`$.rematch.changes.old`"),
        (("rematch_of", 0, "started"), "0001-01-01T00:00:00+23:59", "`$.rematch_of[0]`"),
        (("rematch_of", 0, "options"), {}, "`max_frames`"),
        (("rematch_of", 0, "state"), None, "`$.rematch_of[0].state`"),
    ],
)  # fmt: skip
def test_damage_is_one_line_that_names_its_place(at, value, where):
    """What, and where in the file; nothing of it is guessed."""
    with pytest.raises(ReportError) as caught:
        read(put(plain(REMATCHED), at, value))

    assert str(caught.value).startswith("report r/sweep.json is damaged: ")
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff", b'"\xc3\xab"', b"[" * 200_000, b'{"layout": 7, "tally": {',
        b"{'layout': 7}", b'{"layout": NaN}', b'{"a": Infinity, "layout": 7}', b'{"layout": 1e999}',
        b"1" * 5_000,
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_what_is_no_json_is_damage(content):
    """Cut off, in another encoding, nested without end, or with numbers that are none."""
    with pytest.raises(ReportError, match=r"^report r is damaged: it is not JSON$"):
        parse(content, "r")


@pytest.mark.parametrize("content", [b"[]", b"null", b"3", b'"x"'])
def test_what_is_no_object_is_damage(content):
    """Though it is JSON."""
    with pytest.raises(ReportError, match=r"^report r is damaged: it is not an object$"):
        parse(content, "r")


@pytest.mark.parametrize("layout", [None, "6", True, [], {}, 5.5])
def test_a_file_that_does_not_say_its_layout_is_damage(layout):
    """It is of no version, and nothing else of it is looked at."""
    with pytest.raises(ReportError, match="is damaged: it does not state its layout"):
        read({"layout": layout, "tally": 3})


@pytest.mark.parametrize(
    "values",
    [{"layout": LAYOUT + 1}, {"layout": 0}, {"layout": -1}, {"report_version": 5},
     {"report_version": None}],
)  # fmt: skip
def test_another_layout_is_named_with_what_reads_it(values):
    """Nothing else of it is looked at, and what it says is shown as far as it can be."""
    for by, told in (("0.9.1", "0.9.1"), ("x" * 99, "x" * 20), ("\udcff\u00eb", r"\?\?"), (3, "3")):
        with pytest.raises(
            ReportError, match=f"r/sweep.json has another layout, of hashsweep {told}:"
        ):
            read({**values, "hashsweep": by, "segments": 3})


def test_keys_of_later_versions_are_passed_over():
    """On every level; none that is known may be missing for it."""
    values = plain(REMATCHED)
    for at in [(), ("tally",), ("lists", 0), ("runs", 0), ("rematch",), ("rematch_of", 0)]:
        values = put(values, (*at, "later"), {"x": 1})

    assert read(values) == REMATCHED


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, None), ({"shard": None}, None), ({"shard": [2, 3]}, (2, 3)), ({"shard": (1, 1)}, (1, 1))],
)
def test_a_shard_is_its_number_and_of_how_many(options, expected):
    """None without the option; a list, as JSON has it, or a tuple."""
    assert shard_of(options) == expected
    assert sweep(options=options).shard == expected


def test_the_id_of_an_encrypted_report_is_that_of_its_sweep():
    """None where nothing is encrypted; an encrypted report without one is damaged."""
    assert sweep(run_id=RUN_ID, encrypted="01234567").sealed_as == RUN_ID.replace("-", "")
    assert sweep(run_id=RUN_ID).sealed_as is None
    assert sweep(run_id="r-1").sealed_as is None
    for bad in ("", "r-1", RUN_ID[:-1]):
        with pytest.raises(ReportError, match=r"sweep\.json is damaged: .* has no id"):
            assert sweep(run_id=bad, encrypted="01234567").sealed_as


@pytest.mark.parametrize(
    ("changes", "is_used"),
    [
        ({}, True),
        ({"refused": {"bad-hash": 0}}, True),
        ({"refused": {"bad-hash": 1}}, False),
        ({"hashes": {}}, False),
        ({"hashes": {"pdq": 2}, "low_quality": 2}, False),
        ({"hashes": {"pdq": 2}, "low_quality": 1}, True),
    ],
)
def test_a_list_is_used_if_all_of_it_can_be_compared(changes, is_used):
    """A row that was refused, or no hash that can match, is half a comparison."""
    (known,) = sweep(lists=[changes]).lists

    assert known.is_used is is_used


def test_a_list_is_the_same_by_what_it_holds():
    """Whatever it is called, wherever it lay, whenever it was compiled."""
    (known,) = SWEPT.lists
    (source,) = known.sources
    later = known.created + datetime.timedelta(days=1)
    moved = replace(source, path="/other/list.csv", modified=later)
    same = replace(known, name="other", created=later, sources=[moved])
    others = [
        replace(known, known_good=True),
        *(replace(known, **{name: 9}) for name in ("entries", "withdrawn", "superseded")),
        replace(known, hashes={"pdq": 1}),
        replace(known, sources=[]),
        replace(known, sources=[replace(source, sha256="1" * 64)]),
        replace(known, sources=[replace(source, format="vics")]),
    ]

    assert same.identity == known.identity
    assert SWEPT.identities() == {"known": known.identity}
    assert len({known.identity, *(each.identity for each in others)}) == 1 + len(others)
