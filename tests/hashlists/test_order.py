"""Time decides what an entry is, not the order in which files are read."""

import itertools
import json
import os
import random
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists, open_lists
from support.list_samples import md5, pdq
from support.thoroughness import examples

fuzzed = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DAY = 86_400
FIRST = 1_767_225_600  # 2026-01-01

Event = tuple[int, int, int | None]
"""(which entry, which day, which hash or None for a deletion)."""


def iso(day: int) -> str:
    """A day of January 2026, as the feeds write it."""
    return f"2026-01-{day:02}T00:00:00Z"


def ncmec(events: list[Event]) -> str:
    """A page of NCMEC."""
    parts = [
        f'<deletedImage><member id="4">M</member><id>{n}</id><timestamp>{iso(day)}</timestamp>'
        "</deletedImage>"
        if value is None
        else f'<image><member id="4">M</member><timestamp>{iso(day)}</timestamp><id>{n}</id>'
        f"<fingerprints><md5>{md5(value)}</md5></fingerprints></image>"
        for n, day, value in events
    ]
    ns = "https://hashsharing.ncmec.org/hashsharing/v2"
    return f'<queryResult xmlns="{ns}"><images>{"".join(parts)}</images></queryResult>'


def stopncii(events: list[Event]) -> str:
    """A page of StopNCII; a record is named by its hash."""
    records = [
        {
            "signalType": "ImagePDQ",
            "hashValue": pdq(n),
            "lastModtimestamp": FIRST + day * DAY,
            "hashStatus": "Withdrawn" if value is None else "Active",
            "CSPFeedbacks": [{"tags": [f"t{value}"]}],
        }
        for n, day, value in events
    ]
    return json.dumps({"count": len(records), "hashRecords": records})


def tat(events: list[Event]) -> str:
    """A page of Tech Against Terrorism."""
    return json.dumps(
        [
            {
                "id": n,
                "hash_digest": md5(value or 0),
                "algorithm": "MD5",
                "deleted": value is None,
                "updated_on": FIRST + day * DAY + 0.25,
            }
            for n, day, value in events
        ]
    )


def threatexchange(events: list[Event]) -> str:
    """A page of ThreatExchange."""
    descriptors = {"data": [{"id": "7", "status": "MALICIOUS", "tags": []}]}
    data = [
        {
            "id": str(n),
            "indicator": md5(value or 0),
            "type": "HASH_MD5",
            "last_updated": FIRST + day * DAY,
            "should_delete": value is None,
            "descriptors": descriptors,
        }
        for n, day, value in events
    ]
    return json.dumps({"data": data})


def table(events: list[Event]) -> str:
    """A CSV; a row with a hash adds to its id, a deletion takes all of it back."""
    rows = [
        f"{n},{'' if value is None else md5(value)},{iso(day)},"
        f"{'withdrawn' if value is None else 'active'},c{day}"
        for n, day, value in events
    ]
    return "\n".join(["id,md5,updated,status,category", *rows, ""])


def by_hash(events: list[Event]) -> str:
    """A CSV in which a deletion names a hash as well."""
    rows = [
        f"{n % 2},{md5(n)},{iso(day)},{'withdrawn' if value is None else 'active'},c{value}"
        for n, day, value in events
    ]
    return "\n".join(["id,md5,updated,status,category", *rows, ""])


FORMATS = [ncmec, stopncii, tat, threatexchange, table, by_hash]
events = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3) | st.none()),
    min_size=1,
    max_size=5,
)


def active(opened: Any) -> list[Any]:
    """What a list matches, whatever its order."""
    found = [
        (e.entry_id, e.hashes, e.category, e.labels, e.updated)
        for e in opened.entries()
        if not e.withdrawn
    ]
    return sorted(found)


@pytest.mark.parametrize("form", FORMATS)
@fuzzed
@given(deliveries=st.lists(events, min_size=2, max_size=4), seed=st.integers(0, 9))
def test_any_order_of_deliveries_gives_the_same_list(tmp_path_factory, form, deliveries, seed):
    """Also where some come as compiled lists, and some upon others as their base."""
    folder = tmp_path_factory.mktemp("order")
    for n, each in enumerate(deliveries):
        (folder / f"{n}.in").write_text(form(each))
    dice = random.Random(seed)
    orders = list(itertools.permutations(range(len(deliveries))))
    found = []
    for at, order in enumerate(dice.sample(orders, min(4, len(orders)))):
        base = None
        cut = dice.randrange(1, len(order) + 1) if at else len(order)
        for step, part in enumerate((order[:cut], order[cut:])):
            if part:
                named = [ListName(folder / f"{n}.in") for n in part]
                made = folder / f"{at}-{step}.hsl"
                base = import_lists(named, "made", made, ListOptions(), base)
        found.append(active(base))
        assert base.meta["undated"] == 0
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("form", FORMATS)
@fuzzed
@given(given_events=events)
def test_by_the_plain_rule(tmp_path_factory, form, given_events):
    """An entry is there unless a deletion, or a newer one of its name, is of a later day."""
    folder = tmp_path_factory.mktemp("rule")
    (folder / "in").write_text(form(given_events))
    made = import_lists([ListName(folder / "in")], "made", folder / "made.hsl", ListOptions())
    replaces = form not in (table, by_hash)
    expected = {
        (n, day)
        for n, day, value in given_events
        if value is not None
        and not any(
            o == n and later > day and (gone is None or replaces) for o, later, gone in given_events
        )
    }
    days = {e[4] for e in active(made)}
    assert len(days) <= len({day for _, day in expected})
    assert bool(active(made)) == bool(expected)


def made(folder, *files, base=None, name="made"):
    """A list of these texts."""
    for n, text in enumerate(files):
        (folder / f"{name}-{n}").write_text(text)
    named = [ListName(folder / f"{name}-{n}") for n in range(len(files))]
    return import_lists(named, name, folder / f"{name}.hsl", ListOptions(), base)


def test_a_tie_keeps_the_entry(tmp_path):
    """A deletion of the same moment may be older; a day alone is all of that day."""
    same = made(tmp_path, ncmec([(1, 3, 1)]), ncmec([(1, 3, None)]), name="same")
    head = "id,md5,updated,status\n"
    day = made(
        tmp_path,
        f"{head}a,{md5(1)},2026-01-03T12:00:00Z,\n",
        f"{head}a,,2026-01-03,withdrawn\n",
        name="day",
    )
    later = made(
        tmp_path,
        f"{head}a,{md5(1)},2026-01-03,\n",
        f"{head}a,,2026-01-04,withdrawn\n",
        name="later",
    )
    assert [len(active(each)) for each in (same, day, later)] == [1, 1, 0]


def test_without_times_the_order_decides_and_is_told(tmp_path):
    """As before; counted where two files are concerned. A base is older than what updates it."""
    head = "id,md5,status\n"
    one, gone = f"{head}a,{md5(1)},\nb,{md5(2)},\n", f"{head}a,,withdrawn\n"
    both, turned = made(tmp_path, one, gone, name="x"), made(tmp_path, gone, one, name="y")
    alone = made(tmp_path, f"{one}a,,withdrawn\n", name="z")
    based = made(tmp_path, gone, base=turned, name="based")

    assert [len(active(each)) for each in (both, turned, alone, based)] == [1, 2, 1, 1]
    assert [each.meta["undated"] for each in (both, turned, alone, based)] == [1, 0, 0, 0]


def opened(folder, stack, *texts):
    """Lists of a sweep made of these texts."""
    folder = folder / os.urandom(8).hex()
    folder.mkdir()
    for n, text in enumerate(texts):
        (folder / f"list{n}").write_text(text)
        (folder / f"list{n}").chmod(0o600)
    names = [str(folder / f"list{n}") for n in range(len(texts))]
    return open_lists(names, ListOptions(), folder, set(), stack)


@pytest.mark.parametrize("form", [ncmec, stopncii, tat, threatexchange])
def test_a_deletion_in_another_list_of_the_same_feed(tmp_path, form):
    """It is taken out of the list, in either order, and said."""
    texts = [form([(1, 1, 1), (2, 1, 2), (3, 1, 3)]), form([(1, 2, None), (3, 1, None)])]
    for order in (texts, texts[::-1]):
        with ExitStack() as stack:
            first, second = opened(tmp_path, stack, *order)
            entries, other = (first, second) if order is texts else (second, first)
            entries.verify()
            assert (len(active(entries)), entries.meta["active"]) == (2, 2)
            assert sum(entries.column(a).hashes.shape[0] for a in entries.algorithms) == 2
            assert entries.notes == [
                f"1 entry withdrawn by list {other.name}, which is newer and names the same source"
            ]
            assert entries.meta["withdrawn_by"] == {other.name: 1}
            assert other.notes == []


@pytest.mark.parametrize(
    ("entry", "grave", "left"),
    [
        ("IWF,2026-01-01", "IWF,2026-01-02", 0),
        ("iwf,2026-01-01", "IWF,2026-01-02", 0),
        ("IWF,2026-01-01", "Other,2026-01-02", 1),
        (",2026-01-01", ",2026-01-02", 1),
        ("IWF,", "IWF,2026-01-02", 1),
        ("IWF,2026-01-01", "IWF,", 1),
    ],
)
@pytest.mark.parametrize("value", ["", md5(1)])
def test_a_deletion_in_another_table(tmp_path, entry, grave, left, value):
    """Only where both name one source and have a time; else it is said that the entry stays."""
    head = "id,md5,source,updated,status\n"
    texts = (
        f"{head}a,{md5(1)},{entry},\nb,{md5(2)},{entry},\n",
        f"{head}a,{value},{grave},withdrawn\n",
    )
    with ExitStack() as stack:
        first, _ = opened(tmp_path, stack, *texts)
        assert len(active(first)) == 1 + left
        assert ("stays on it" if left else "which is newer") in first.notes[0]


def test_an_older_deletion_says_nothing(tmp_path):
    """The entry came back, or was never meant."""
    with ExitStack() as stack:
        lists = opened(tmp_path, stack, ncmec([(1, 3, 1)]), ncmec([(1, 2, None), (2, 1, 1)]))
        assert [each.notes for each in lists] == [[], []]
