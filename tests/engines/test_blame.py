"""Whom a death is put down to, case by case; test_processes.py has the deaths themselves."""

import signal
import time
from collections import deque

import pytest

from hashsweep.engines.base import Finished, Resumption
from hashsweep.engines.blame import (
    BARREN_DEATHS,
    LOST_WITH_THE_SERVER,
    MOST_DEATHS,
    Blame,
    Place,
)
from hashsweep.engines.forkserver import SERVER_ENDED
from hashsweep.engines.worker_handles import Batch, WorkerHandle
from hashsweep.errors import EngineError
from hashsweep.model import Failure, Item

ITEMS = [Item(f"/{number}") for number in range(6)]
CRASHED = Failure("work", "crashed", "exit status 7")
SENSELESS = Failure("work", "crashed", "the worker gave no sensible answer")
KILLED = Failure("work", "killed", "out of memory, or killed manually")


def hand(*sizes, spoilt=False, timed_out=None):
    """A worker that held batches of so many items, numbered from 40."""
    batches, at = deque(), 0
    for size in sizes:
        batches.append(Batch(40 + at, ITEMS[at : at + size], b""))
        at += size
    return WorkerHandle(None, None, 0, batches, spoilt=spoilt, timed_out=timed_out)


def settled(blame, dead, code, begun=None, touched=None, **inside):
    """(the failures, the URIs of the batches to be done again)."""
    finished = blame.settle(dead, code, Place(begun, inside.get("part", 0), touched))
    failures = [(each.items[0].uri, each.result) for each in finished]
    again = [[item.uri for item in batch] for batch in blame.again]
    blame.again.clear()
    return failures, again


@pytest.mark.parametrize(
    ("begun", "again"),
    [
        (40, [["/1", "/2"], ["/3", "/4"]]),
        (41, [["/0", "/2"], ["/3", "/4"]]),
        (44, [["/0", "/1", "/2"], ["/3"]]),
    ],
)
def test_the_item_at_work_is_to_blame(begun, again):
    """All others are done again, in their order."""
    failed = [(f"/{begun - 40}", CRASHED)]

    assert settled(Blame(2, None), hand(3, 2), 7, begun, begun) == (failed, again)


def test_time_that_ran_out_is_said_in_seconds():
    """The kill was ours, and its reason is the time."""
    failed = [("/0", Failure("work", "timeout", "over 2.5 s"))]
    dead = hand(1, timed_out="part")

    assert settled(Blame(2, 2.5), dead, -signal.SIGKILL, 40, 40) == (failed, [])


@pytest.mark.parametrize(
    ("code", "spoilt", "failure"),
    [
        (-signal.SIGKILL, False, KILLED),
        (-signal.SIGKILL, True, SENSELESS),
    ],
)
def test_a_kill_makes_a_suspect_first(code, spoilt, failure):
    """The item is done once more, alone and last; the second time it is blamed."""
    blame = Blame(2, None)
    once = settled(blame, hand(3, spoilt=spoilt), code, 41, 41)
    twice = settled(blame, hand(3, spoilt=spoilt), code, 41, 41)

    assert once == ([], [["/0", "/2"], ["/1"]])
    assert twice == ([("/1", failure)], [["/0", "/2"]])


def test_the_end_of_the_fork_server_is_no_items_fault():
    """What was at work is done again, alone and last, and is no suspect for it."""
    blame = Blame(2, None)
    again = ([], [["/0", "/2"], ["/1"]])
    for _ in range(LOST_WITH_THE_SERVER):
        assert settled(blame, hand(3), SERVER_ENDED, 41, 41) == again
    assert settled(blame, hand(3), SERVER_ENDED, 40, 40) == ([], [["/1", "/2"], ["/0"]])
    assert settled(blame, hand(3), -signal.SIGKILL, 41, 41) == again
    assert settled(blame, hand(3), -signal.SIGKILL, 41, 41) == (
        [("/1", KILLED)], [["/0", "/2"]],
    )  # fmt: skip


def test_an_item_at_which_the_fork_server_always_ends_is_named():
    """Else a run would never come to its end."""
    blame = Blame(2, None)
    for _ in range(LOST_WITH_THE_SERVER + 1):
        assert settled(blame, hand(1), SERVER_ENDED, 40, 40) == ([], [["/0"]])

    assert settled(blame, hand(1), SERVER_ENDED, 40, 40) == ([("/0", KILLED)], [])


def test_fork_servers_that_always_end_end_the_run(monkeypatch):
    """Workers that never begin anything are put up with for a while."""
    monkeypatch.setattr("hashsweep.engines.blame.PATIENCE", -1)
    blame = Blame(2, None)
    for _ in range(BARREN_DEATHS * 3):
        settled(blame, hand(1), SERVER_ENDED)
    with pytest.raises(EngineError, match=r"keep dying .* \(the fork server has ended\)"):
        settled(blame, hand(1), SERVER_ENDED)


def test_a_name_that_is_asked_for_again_is_no_suspect():
    """What was killed once and then done says nothing of a later request for the same name."""
    blame = Blame(2, None)
    for _ in range(3):
        asked = Batch(40, [Item("/same")], b"")
        dead = WorkerHandle(None, None, 0, deque([asked]))
        assert settled(blame, dead, -signal.SIGKILL, 40, 40) == ([], [["/same"]])


@pytest.mark.parametrize(
    ("spoilt", "begun", "touched"),
    [
        (False, None, 42),  # died between its last item and its answer
        (True, None, 42),  # closed its pipe, or talked nonsense, in that moment
        (True, 43, 43),  # answered with nonsense and went on
        (True, None, None),
    ],
)
def test_a_batch_without_an_answer_is_split(spoilt, begun, touched):
    """Nothing is blamed, and its items are done again one by one, in their order."""
    dead = hand(3, 2, spoilt=spoilt)
    failures, again = settled(Blame(2, None), dead, -signal.SIGKILL, begun, touched)

    assert failures == []
    assert sorted(again) == [["/0"], ["/1"], ["/2"], ["/3", "/4"]]


def test_an_item_that_was_alone_is_to_blame_for_its_answer():
    """There is nothing left to split."""
    assert settled(Blame(2, None), hand(1, 2), 7, None, 40) == ([("/0", CRASHED)], [["/1", "/2"]])


@pytest.mark.parametrize("touched", [None, 39])
def test_deaths_before_anything_was_done_end_the_run(touched):
    """So many in a row; an answer, a failure or a split in between starts the count again."""
    blame = Blame(2, None)
    most = BARREN_DEATHS * 3
    for _ in range(3):
        for _ in range(most):
            assert settled(blame, hand(2), 1, None, touched) == ([], [["/0", "/1"]])
        blame.progress()
        for _ in range(most):
            settled(blame, hand(2), 1, None, touched)
        settled(blame, hand(2), 1, 40, 40)
        for _ in range(most):
            settled(blame, hand(2), 1, None, touched)
        settled(blame, hand(2), 1, None, 41)
    for _ in range(most):
        settled(blame, hand(), 1)
    with pytest.raises(EngineError, match=r"keep dying before they do any work \(SIGABRT\)"):
        settled(blame, hand(2), -signal.SIGABRT, None, touched)


def test_kills_are_put_up_with_for_longer(monkeypatch):
    """They may come from outside and end; without any progress they end the run, too."""
    blame = Blame(2, None)
    for _ in range(100):
        settled(blame, hand(1), -signal.SIGKILL)
    monkeypatch.setattr("hashsweep.engines.blame.PATIENCE", 0.2)
    blame.progress()
    for _ in range(100):
        settled(blame, hand(1), -signal.SIGKILL)
    time.sleep(0.3)
    with pytest.raises(EngineError, match=r"keep dying before they do any work \(SIGKILL\)"):
        settled(blame, hand(1), -signal.SIGKILL)


def again_of(blame, dead, code, part, **more):
    """What is known of the first item after it died at a part of it; its failure, if there is one.

    `spent` are the seconds of the worker at the item.
    """
    finished = [*blame.settle(dead, code, Place(40, part, 40), **more)]
    blame.again.clear()
    return finished[0].result if finished else blame.resumed(ITEMS[:1])[0]


@pytest.mark.parametrize(
    ("code", "timed_out", "deaths"),
    [(7, None, 1), (-signal.SIGKILL, "part", 1), (-signal.SIGKILL, None, 2)],
)
def test_a_part_is_to_blame_for_what_happens_at_it(code, timed_out, deaths):
    """The item is gone on with without the part; a kill from outside is forgiven once."""
    blame = Blame(2, 2.5)
    for number in range(1, deaths):
        assert again_of(blame, hand(1), code, 5).deaths == {}, number
    known = again_of(blame, hand(1, timed_out=timed_out), code, 5)

    assert [*known.deaths] == [5]
    assert known.deaths[5].reason == {7: "crashed"}.get(code, "timeout" if timed_out else "killed")
    assert again_of(blame, hand(1), 7, 6).deaths.keys() == {5, 6}


def test_each_part_has_its_own_retry():
    """Kills at random do not add up to a failed item."""
    blame = Blame(2, None)
    for part in range(2, 60):
        assert again_of(blame, hand(1), -signal.SIGKILL, part).deaths == {}


def test_answers_so_far_are_counted_until_the_item_is_done():
    """So that the next worker leaves out what was said, and a further request begins anew."""
    blame = Blame(2, None)
    for _ in range(3):
        blame.take(Finished((), object(), ITEMS[0]))
    assert again_of(blame, hand(1), -signal.SIGKILL, 9) == Resumption(3, {})
    blame.take(Finished((ITEMS[0],), object()))

    assert blame.resumed(ITEMS[:1]) == {}
    assert blame.spent(ITEMS[0]) == 0


def test_the_whole_item_fails_where_its_time_is_over():
    """However little each part took; what earlier workers spent on it counts."""
    blame = Blame(2, 2, 30)
    again_of(blame, hand(1), -signal.SIGKILL, 9, spent=20.0)
    again_of(blame, hand(1), -signal.SIGKILL, 10, spent=5.5)

    assert blame.spent(ITEMS[0]) == 25.5
    failure = again_of(blame, hand(1, timed_out="item"), -signal.SIGKILL, 10, spent=4.5)
    assert failure == Failure("work", "timeout", "over 30 s in all")
    assert blame.resumed(ITEMS[:1]) == {}


def test_an_item_of_which_too_many_parts_kill_fails():
    """Its last part is named."""
    blame = Blame(2, None)
    for part in range(2, 2 + MOST_DEATHS):
        assert len(again_of(blame, hand(1), 7, part).deaths) == part - 1
    failure = again_of(blame, hand(1), 7, 99)

    assert (failure.reason, failure.detail) == (
        "crashed", f"{MOST_DEATHS + 1} of its parts, the last one: exit status 7",
    )  # fmt: skip


def test_what_comes_behind_a_part_is_the_items_own():
    """A worker that dies while it answers is not told to leave the part out, which was done."""
    blame = Blame(2, None)
    between = Place(None, 5, 40)
    assert [*blame.settle(hand(1), -signal.SIGKILL, between)] == []
    assert blame.resumed(ITEMS[:1])[0].deaths == {}
    finished = [*blame.settle(hand(1), -signal.SIGKILL, between)]

    assert [(each.items, each.result) for each in finished] == [((ITEMS[0],), KILLED)]


def test_the_end_of_the_fork_server_makes_no_part_a_suspect():
    """As with whole items: the retry after a kill is still there."""
    blame = Blame(2, None)
    for _ in range(LOST_WITH_THE_SERVER):
        assert again_of(blame, hand(1), SERVER_ENDED, 5).deaths == {}

    assert again_of(blame, hand(1), -signal.SIGKILL, 5).deaths == {}
    assert [*again_of(blame, hand(1), -signal.SIGKILL, 5).deaths] == [5]
