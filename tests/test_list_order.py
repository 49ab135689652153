"""Time decides what an entry is, not the order in which files are read."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
from support.deliveries import active, by_hash, ncmec, stopncii, table, tat, threatexchange
from support.list_samples import md5
from support.thoroughness import examples

fuzzed = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FORMATS = [ncmec, stopncii, tat, threatexchange, table, by_hash]
events = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3) | st.none()),
    min_size=1,
    max_size=5,
)


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
