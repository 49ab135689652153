"""What reports lack to be a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.report.gaps import (
    is_ended,
    name_missing_shards,
    name_unseen_shards,
    reasons,
    shards_of,
)
from hashsweep.report.sweep_json import ShardsInfo, to_json
from support.rematch_info import rematch_info
from support.reports import sweep

SOURCE = {
    "path": "known.csv", "format": "csv", "sha256": "0" * 64, "size": 1, "entries": 3,
    "modified": "2026-01-01T00:00:00+00:00", "refusals": {}, "refused_rows": [],
}  # fmt: skip


def shard(number, of, *sources, **changes):
    """A sweep of one shard."""
    return sweep(sources=list(sources) or ["/srv"], options={"shard": [number, of]}, **changes)


def rematch(*made_of, unfinished=(), **changes):
    """A rematch of sweeps."""
    shards = to_json(shards_of(made_of))
    return sweep(**rematch_info(unfinished=[*unfinished], shards=shards), **changes)


def test_a_whole_lacks_nothing():
    """A sweep, one shard as it was asked for, a rematch of all shards."""
    for about in (sweep(), shard(1, 2), rematch(shard(2, 2), shard(1, 2)), rematch(sweep())):
        assert is_ended(about)
        assert list(reasons(about)) == []


@pytest.mark.parametrize(
    ("about", "ended", "words"),
    [
        (sweep(state="killed"), False, ["the sweep was killed, or its machine stopped"]),
        (rematch(unfinished=["a\x1b"]), False, [r"a\x1b, which it is based on, is unfinished"]),
        (rematch(shard(2, 4)), True, ["shard 1/4 and 2 more missing"]),
        (rematch(shard(1, 2), unfinished=["a"], state="interrupted"), False,
         ["the sweep was stopped before its end", "a, which it is based on, is unfinished",
          "shard 2/2 missing"]),
    ],
)  # fmt: skip
def test_what_is_lacking_is_told_in_words(about, ended, words):
    """Each of the reasons for which rows may be missing."""
    assert is_ended(about) == ended
    assert list(reasons(about)) == words


def test_shards_are_those_of_one_sweep():
    """Of the same sources, divided into as many; others are counted apart."""
    abouts = [shard(3, 3), shard(1, 3), shard(1, 3), shard(1, 2), shard(1, 3, "/a", "/b"), sweep()]

    assert shards_of(abouts) == [
        ShardsInfo(sources=["/srv"], of=3, there=[1, 3]),
        ShardsInfo(sources=["/srv"], of=2, there=[1]),
        ShardsInfo(sources=["/a", "/b"], of=3, there=[1]),
    ]


@given(there=st.lists(st.sets(st.integers(1, 6), min_size=1), min_size=1, max_size=4))
def test_shards_are_missing_however_they_were_put_together(there):
    """Rematches of rematches have the shards of all, and lack the same as the sweeps do."""
    parts = [rematch(*(shard(number, 6) for number in some)) for some in there]
    lacks = sorted(set(range(1, 7)) - set.union(*there))
    more = f" and {len(lacks) - 1} more" if len(lacks) > 1 else ""
    said = [f"shard {lacks[0]}/6{more} missing"] if lacks else []

    assert list(reasons(rematch(*parts))) == list(reasons(rematch(rematch(*parts)))) == said


@pytest.mark.parametrize(
    "other",
    [
        {"lists": [{"name": "known", "entries": 4}]},
        {"lists": [{"name": "known", "sources": [SOURCE]}]},
        {"lists": [{"name": "other"}]},
        {"lists": []},
        {"hashes": [{"name": "pdq", "max_distance": 10}]},
    ],
)
def test_shards_that_were_matched_otherwise_are_not_of_one_sweep(other):
    """A machine with the list of yesterday has not looked for what is new; a rematch has."""
    same = {"lists": [{"name": "known"}], "hashes": [{"name": "pdq"}]}
    first, second, old = shard(1, 2, **same), shard(2, 2, **same), shard(2, 2, **same | other)
    alike = "with the same lists and distances"

    assert list(name_missing_shards([first, old])) == [
        f"shard 2/2 missing {alike}", f"shard 1/2 missing {alike}",
    ]  # fmt: skip
    assert list(name_missing_shards([first, second, shard(1, 2, **same | other), old])) == []
    assert list(name_missing_shards([rematch(first, old)])) == []


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([1, 2, 1, 2], []),
        ([1, 2, 1], ["shard 2/2 missing (1 of 2 times)"]),
        ([2, 2], ["shard 1/2 missing"]),
    ],
)
def test_a_shard_of_one_day_does_not_stand_in_for_that_of_another(there, said):
    """Each has to be there as often as any; a rematch counts once for each that it is made of."""
    assert list(name_missing_shards(shard(number, 2) for number in there)) == said
    assert list(name_missing_shards(rematch(shard(number, 2)) for number in there)) == said
    assert (
        list(name_missing_shards([*(shard(number, 2) for number in there), shard(1, 1), sweep()]))
        == said
    )


@pytest.mark.parametrize(
    ("earlier", "abouts", "said"),
    [
        ([sweep()], [sweep()], []),
        ([sweep()], [shard(1, 2)], []),
        ([shard(1, 2)], [shard(1, 2)], []),
        ([shard(1, 2), rematch(shard(2, 2))], [sweep()], []),
        ([shard(1, 2)], [sweep()], ["shard 2/2 missing"]),
        ([rematch(shard(1, 2))], [rematch(shard(2, 2))], ["shard 2/2 missing"]),
        ([shard(1, 2)], [shard(1, 4)], ["shard 2/2 missing"]),
        ([shard(1, 4)], [shard(number, 4) for number in (1, 2, 3)],
         ["shard 2/4 and 1 more missing"]),
    ],
)  # fmt: skip
def test_an_earlier_sweep_lacks_what_a_later_one_has(earlier, abouts, said):
    """Shard by shard, where both are divided in the same way."""
    assert list(name_unseen_shards(earlier, abouts)) == said


def test_shards_that_are_missing_as_often_are_told_together():
    """The worst first."""
    days = [{1, 2, 3, 4, 5}, {1, 2, 3, 4}, {1, 4}]
    abouts = [shard(number, 7) for day in days for number in day]

    assert list(name_missing_shards(abouts)) == [
        "shard 6/7 and 1 more missing",
        "shard 5/7 missing (2 of 3 times)",
        "shard 2/7 and 1 more missing (1 of 3 times)",
    ]


def test_a_rematch_has_the_shards_of_all_days():
    """The newest rows of each item are taken, be they of Monday or Tuesday."""
    assert list(reasons(rematch(shard(1, 2), shard(2, 2), shard(1, 2)))) == []
