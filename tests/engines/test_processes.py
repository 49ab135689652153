"""The supervised worker processes: whatever happens to one costs one item, which is named."""

import json
import os
import random
import signal
import struct
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from hashsweep.engines import Job, processes
from hashsweep.engines.forkserver import Forked
from hashsweep.engines.processes import ProcessEngine
from hashsweep.engines.worker_process import Confinement
from hashsweep.errors import EngineError
from hashsweep.model import Failure, Item
from support.proc import workers
from support.singles import read, singles, split

MIB = 1 << 20
pytestmark = pytest.mark.usefixtures("no_worker_left")


def outcome(fault, tmp_path, *, timeout=60.0, before=9):
    """Run 20 items of which one is bad, in batches of four; return (failures, others)."""
    items = [Item(f"/{number}") for number in range(19)]
    items.insert(before, Item("/bad"))
    batches = [items[at : at + 4] for at in range(0, 20, 4)]
    job = Job(
        "support.faulty_workers:open_echo", {"fault": fault, "marker": str(tmp_path / "marker")}
    )
    finished = list(singles(ProcessEngine(2, timeout=timeout), job, batches))
    failures = [(each.item.uri, each.result) for each in finished if _failed(each)]
    return failures, sorted(each.item.uri for each in finished if not _failed(each))


def _failed(finished):
    return isinstance(finished.result, Failure)


OTHERS = sorted(f"/{number}" for number in range(19))


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("segfault", Failure("work", "crashed", "SIGSEGV")),
        ("raise", Failure("work", "crashed", "exit status 1")),
        ("exit", Failure("work", "crashed", "exit status 7")),
        ("killed", Failure("work", "killed", "out of memory, or killed manually")),
    ],
)
@pytest.mark.parametrize("before", [0, 9, 19])
def test_a_worker_that_dies_costs_the_item_it_had_begun(fault, failure, before, tmp_path):
    """Exactly the bad item fails, with the signal or status; all others are answered."""
    assert outcome(fault, tmp_path, before=before) == ([("/bad", failure)], OTHERS)


def test_an_item_that_never_ends_is_given_up(tmp_path):
    """After the timeout the item fails as `timeout`, and all others are answered."""
    failures, others = outcome("hang", tmp_path, timeout=3)

    assert failures == [("/bad", Failure("work", "timeout", "over 3 s"))]
    assert others == OTHERS


def stopped(pids):
    """Send SIGSTOP to processes, and wait until they stand."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        while Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "T":
            time.sleep(0.01)


def test_workers_that_were_stopped_by_hand_go_on():
    """After the timeout they are continued: no item is to blame, and none is lost."""
    items = [Item(f"/{number}") for number in range(40)]
    job = Job("support.faulty_workers:open_echo", {"seconds": 0.05})
    results = singles(
        ProcessEngine(2, timeout=1), job, [items[at : at + 4] for at in range(0, 40, 4)]
    )
    finished = [next(results)]
    stopped(workers())
    finished += results

    assert sorted(each.item.uri for each in finished) == sorted(item.uri for item in items)
    assert [each.result for each in finished if _failed(each)] == []


def test_time_in_which_all_stood_still_is_billed_to_no_item():
    """As in a container that is frozen: command and workers stop together, longer than allowed."""
    job = Job("support.faulty_workers:open_echo", {"seconds": 2.0})
    engine = ProcessEngine(1, timeout=3)
    pool = processes._Pool(engine, replace(job, inspect=read), [[Item("/a")], [Item("/b")]])
    results = (each for finished in pool.results() for each in split(finished))
    first = next(results)
    pool._looked -= 10  # this process stood still for as long
    pool._slots._cells[1] -= 10 * 10**9  # and the item was begun before
    second = next(results)
    pool.kill_all()

    assert [_failed(first), _failed(second)] == [False, False]


def test_a_worker_killed_once_from_outside_costs_nothing(tmp_path):
    """The item that a killed worker had begun is tried once more, alone."""
    assert outcome("killed-once", tmp_path) == ([], sorted([*OTHERS, "/bad"]))


@pytest.mark.parametrize(
    "fault",
    ["junk", "junk-and-on", "another-answer", "nested-junk", "endless-message", "half-message"],
)
def test_junk_from_a_worker_costs_the_item_it_had_begun(fault, tmp_path, monkeypatch):
    """Whatever bytes a worker sends, one item fails at stage `work`; all others are answered."""
    monkeypatch.setattr(processes, "_STALL", struct.pack("ll", 0, 200_000))
    failures, others = outcome(fault, tmp_path)

    assert failures == [("/bad", Failure("work", "crashed", "the worker gave no sensible answer"))]
    assert others == OTHERS


@pytest.mark.parametrize("before", [0, 9, 19])
def test_a_refusal_in_the_middle_of_work_costs_the_item_it_had_begun(tmp_path, before):
    """Only a worker that has begun nothing ends the run by refusing."""
    failure = Failure("work", "crashed", "the worker gave no sensible answer")

    assert outcome("refusal", tmp_path, before=before) == ([("/bad", failure)], OTHERS)


def test_time_that_a_batch_takes_as_a_whole_is_billed_to_no_item():
    """After starting(NOTHING) a worker may take longer than the timeout, and nothing fails."""
    items = [Item(f"/{number}") for number in range(6)]
    job = Job("support.faulty_workers:open_matching", {"seconds": 2.0})
    finished = list(singles(ProcessEngine(2, timeout=1), job, [items[:3], items[3:]]))

    assert sorted(each.item.uri for each in finished) == ["/0", "/1", "/2", "/3", "/4", "/5"]
    assert [each.result for each in finished if _failed(each)] == []


def test_a_worker_that_cannot_be_built_ends_the_run_with_its_reason():
    """A refusal is an EngineError with the worker's own text."""
    with pytest.raises(EngineError, match="the list at hand is another one"):
        list(singles(ProcessEngine(2), Job("support.faulty_workers:open_none"), [[Item("/a")]]))


@pytest.mark.parametrize("factory", ["support.faulty_workers:open_broken", "no_such_module:at_all"])
def test_workers_that_always_die_at_once_end_the_run(factory):
    """There is an end to hiring: an EngineError, not an endless loop."""
    with pytest.raises(EngineError, match="worker processes keep dying") as caught:
        list(singles(ProcessEngine(1), Job(factory), [[Item("/a")]]))

    assert str(caught.value) == (
        "worker processes keep dying before they do any work (exit status 1)"
    )


def test_a_worker_is_replaced_after_so_many_items():
    """With recycle=10 no process does more than 10 items and a batch or two."""
    batches = [[Item(f"/{number}"), Item(f"/{number}+")] for number in range(30)]

    finished = list(
        singles(ProcessEngine(1, recycle=10), Job("support.faulty_workers:open_echo"), batches)
    )

    by_process = {}
    for each in finished:
        by_process.setdefault(each.result[0]["pid"], []).append(each.item.uri)
    assert len(finished) == 60
    assert max(map(len, by_process.values())) <= 14
    assert len(by_process) >= 5


@pytest.mark.parametrize("fault", ["die-unanswered", "close-pipe", "die-later"])
def test_a_worker_that_dies_between_the_last_item_and_the_answer(fault, tmp_path):
    """The batch is done again one by one, and the item that does it alone is named."""
    failures, others = outcome(fault, tmp_path)

    assert [(uri, failure.reason) for uri, failure in failures] == [("/bad", "crashed")]
    assert others == OTHERS


def test_a_worker_that_grows_is_replaced(tmp_path):
    """With growth=30 MiB and a leak of 10 MiB an item no process does more than a few batches."""
    batches = [[Item(f"/{number}/bad"), Item(f"/{number}/good")] for number in range(20)]
    job = Job("support.faulty_workers:open_echo", {"fault": "leak"})

    finished = list(singles(ProcessEngine(1, growth=30 * MIB), job, batches))

    by_process = Counter(each.result[0]["pid"] for each in finished)
    assert sorted(each.item.uri for each in finished) == sorted(
        item.uri for batch in batches for item in batch
    )
    # four batches pass the bound, and one more may be in the pipe by then
    assert max(by_process.values()) <= 10
    assert len(by_process) >= 4


def test_a_worker_that_does_not_grow_stays():
    """What the C library keeps for the next batch (forkserver) costs no worker its place."""
    batches = [[Item(f"/{number}/bad")] for number in range(20)]
    job = Job("support.faulty_workers:open_echo", {"fault": "gorge"})

    finished = list(singles(ProcessEngine(1), job, batches))

    assert len(finished) == 20
    assert len({each.result[0]["pid"] for each in finished}) == 1


def test_a_corpus_that_kills_every_worker_comes_to_its_end(tmp_path):
    """300 items, each of which kills its worker in one of five ways: 300 named failures."""
    ways = {
        "segfault": Failure("work", "crashed", "SIGSEGV"),
        "exit": Failure("work", "crashed", "exit status 7"),
        "killed": Failure("work", "killed", "out of memory, or killed manually"),
        "interrupt": Failure("work", "crashed", "exit status 1"),
        "die-unanswered": Failure("work", "crashed", "exit status 8"),
    }
    items = [Item(f"/{number}/{[*ways][number % 5]}") for number in range(300)]
    batches = [items[at : at + 7] for at in range(0, 300, 7)]

    finished = list(singles(ProcessEngine(2), Job("support.faulty_workers:open_poison"), batches))

    assert {each.item.uri: each.result for each in finished} == {
        item.uri: ways[item.uri.rpartition("/")[2]] for item in items
    }
    assert len(finished) == 300


def test_workers_killed_at_random_lose_and_double_nothing():
    """With kill -9 from outside again and again, 2,000 items have one answer each."""
    rng = random.Random(1)
    items = [Item(f"/{number}") for number in range(2000)]
    batches = [items[at : at + 10] for at in range(0, 2000, 10)]
    finished = []
    for each in singles(
        ProcessEngine(3), Job("support.faulty_workers:open_echo", {"seconds": 1e-4}), batches
    ):
        finished.append(each)
        if len(finished) % 100 == 50 and (running := workers()):
            os.kill(rng.choice(running), signal.SIGKILL)

    assert sorted(each.item.uri for each in finished) == sorted(item.uri for item in items)
    assert {each.result.reason for each in finished if _failed(each)} <= {"killed"}


def test_a_stopped_run_leaves_no_worker_even_when_items_never_end():
    """Closing the iterator kills workers in the middle of an item."""
    job = Job("support.faulty_workers:open_echo", {"fault": "hang"})
    results = singles(ProcessEngine(2), job, iter([[Item("/a")], [Item("/bad")], [Item("/bad")]]))
    next(results)
    assert workers() != []

    results.close()


def test_what_all_workers_gave_up_is_in_force_after_a_run():
    """Nothing before the first run; then what every worker gave up, new ones of a slot too."""
    engine = ProcessEngine(2, recycle=5, confinement=Confinement(confined=True, memory=1 << 30))
    before = engine.in_force()
    finished = list(
        singles(
            engine, Job("support.faulty_workers:open_echo"), [[Item(f"/{n}")] for n in range(30)]
        )
    )

    assert (before, len(finished)) == ((), 30)
    assert {"no-core-dumps", "memory-bound", "no-new-privileges"} <= set(engine.in_force())


def test_a_run_without_confinement_has_nothing_in_force():
    """Workers give up nothing unless they are told to, and nothing else is said."""
    engine = ProcessEngine(1)
    list(singles(engine, Job("support.faulty_workers:open_echo"), [[Item("/a")]]))

    assert engine.in_force() == ()


def test_what_a_worker_gave_up_is_not_said_of_the_next_in_its_slot(tmp_path):
    """Where the last worker ended before it gave up anything, nothing is in force."""
    engine = ProcessEngine(1, recycle=1, confinement=Confinement(confined=True))
    job = Job("support.faulty_workers:open_once", {"marker": str(tmp_path / "marker")})
    results = singles(engine, job, [[Item("/a")], [Item("/b")], [Item("/c")]])
    answered = [next(results).item.uri, next(results).item.uri]
    with pytest.raises(EngineError, match="the list at hand is another one"):
        next(results)

    assert (answered, engine.in_force()) == (["/a", "/b"], ())


class Scripted:
    """Arrivals that a test lets come: what it puts into `batches`, then the end."""

    def __init__(self, at_empty, batches=()):
        self._at_empty, self.batches = at_empty, [*batches]
        self._always = os.open(os.devnull, os.O_RDONLY)  # readable at any time

    def __iter__(self):
        return self

    def __next__(self):
        if not self.batches and not self._at_empty(self):
            os.close(self._always)
            raise StopIteration
        return self.batches.pop(0) if self.batches else []

    def waits_for(self):
        return [self._always]


def test_all_workers_are_ready_before_anything_arrives():
    """Whoever comes first does not wait for a process to start."""
    seen = []

    def look(arrivals):
        seen.append(len(workers()))
        return seen[-1] < 3

    assert (
        list(singles(ProcessEngine(3), Job("support.faulty_workers:open_echo"), Scripted(look)))
        == []
    )
    assert seen[-1] == 3


def test_a_worker_that_dies_while_idle_is_replaced():
    """What arrives next is answered all the same."""
    killed = []

    def kill(arrivals):
        if not workers():
            return True
        if not killed:
            killed.extend(workers())
            os.kill(killed[0], signal.SIGKILL)
            return True
        if killed[0] in workers():
            return True
        if len(killed) == 1:
            killed.append(0)
            arrivals.batches.append([Item("/late")])
            return True
        return False

    (answer,) = singles(ProcessEngine(1), Job("support.faulty_workers:open_echo"), Scripted(kill))

    assert answer.item.uri == "/late"
    assert answer.result[0]["pid"] != killed[0]


def test_workers_that_cannot_be_kept_end_a_run_before_anything_arrives():
    """A client is told at once, not when it asks."""
    with pytest.raises(EngineError, match="keep dying"):
        list(
            singles(
                ProcessEngine(1),
                Job("support.faulty_workers:open_broken"),
                Scripted(lambda _: True),
            )
        )


def test_a_worker_that_does_not_die_is_left_behind(tmp_path, monkeypatch):
    """Its item is a time-out, others are answered by another worker, and its number is known."""
    immortal = []
    real = Forked._signal

    def spare(process, number=signal.SIGKILL):
        if not immortal or process in immortal:
            immortal.append(process)
        else:
            real(process, number)

    monkeypatch.setattr(Forked, "_signal", spare)
    monkeypatch.setattr(processes, "LAST_BREATH", 0.2)
    job = Job("support.faulty_workers:open_echo", {"fault": "hang", "marker": str(tmp_path / "m")})
    engine = ProcessEngine(1, timeout=1)
    finished = list(singles(engine, job, [[Item("/a"), Item("/bad"), Item("/b")]]))
    (left,) = engine.left_behind()
    is_alive = left in workers()
    os.kill(left, signal.SIGKILL)

    failed = [(each.item.uri, each.result.reason) for each in finished if _failed(each)]
    assert failed == [("/bad", "timeout")]
    assert sorted(each.item.uri for each in finished) == ["/a", "/b", "/bad"]
    assert (is_alive, {each.pid for each in immortal}) == (True, {left})


def test_a_run_that_ends_waits_for_no_worker_that_does_not_die(tmp_path, monkeypatch):
    """All get seconds together, and then the run is over."""
    monkeypatch.setattr(Forked, "_signal", lambda *_: None)
    monkeypatch.setattr(processes, "LAST_BREATH", 0.2)
    job = Job("support.faulty_workers:open_echo", {"fault": "hang", "marker": str(tmp_path / "m")})
    engine = ProcessEngine(2, timeout=None)
    results = singles(engine, job, [[Item("/a")], [Item("/bad")], [Item("/bad")]])
    next(results)
    results.close()
    left = engine.left_behind()
    for pid in left:
        os.kill(pid, signal.SIGKILL)

    assert len(left) == 2


def test_descriptors_that_a_job_hands_over_reach_its_workers(tmp_path):
    """Under numbers of their own, which the worker's options name."""
    (tmp_path / "folder").mkdir()
    folder = os.open(tmp_path / "folder", os.O_RDONLY)
    job = Job("support.faulty_workers:open_listing", handed=(folder,))
    (tmp_path / "folder").rename(tmp_path / "kept")
    (tmp_path / "kept/file").touch()
    (finished,) = singles(ProcessEngine(1), job, [[Item("/a")]])
    (here,) = job.build().work([Item("/a")], lambda _: None)
    os.close(folder)

    assert [finished.result] == json.loads(here.payload) == [[{"listed": ["file"]}]]


def parts_of(fault=None, at=(), timeout=60.0, item_timeout=None, kill=None, **options):
    """Run three items of ten parts each; (what was said of each part, the items' failures)."""
    items = [Item("/a"), Item("/bad"), Item("/c")]
    job = Job("support.faulty_workers:open_parted", {"fault": fault, "at": at, **options})
    engine = ProcessEngine(1, timeout=timeout, item_timeout=item_timeout)
    said, failures = {}, {}
    for finished in engine.run(replace(job, inspect=lambda data, *_: json.loads(data)), [items]):
        if kill and (running := workers()):
            kill(running)
        if isinstance(finished.result, Failure):
            failures[finished.items[0].uri] = finished.result
        elif finished.ahead:
            said.setdefault(finished.ahead.uri, []).extend(finished.result)
        else:
            (item,), (rest,) = finished.items, finished.result
            said.setdefault(item.uri, []).extend(rest)
            failures.setdefault(item.uri, None)
    return said, failures


DONE = [[part, "done"] for part in range(2, 11)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("segfault", "crashed"), ("exit", "crashed"), ("killed", "killed"), ("hang", "timeout"),
        ("junk", "crashed"), ("half-message", "crashed"),
    ],
)  # fmt: skip
def test_a_part_at_which_a_worker_dies_costs_that_part(fault, reason, tmp_path, monkeypatch):
    """All others are answered once, in their order, and no item fails."""
    monkeypatch.setattr(processes, "_STALL", struct.pack("ll", 0, 200_000))
    said, failures = parts_of(fault, [4, 9], 2 if fault == "hang" else 60, marker=str(tmp_path))
    dead = [[part, reason if part in {4, 9} else "done"] for part, _ in DONE]

    assert said == {"/a": DONE, "/bad": dead, "/c": DONE}
    assert failures == {"/a": None, "/bad": None, "/c": None}


def test_a_part_that_was_killed_once_from_outside_costs_nothing(tmp_path):
    """It is tried once more; what was answered before it is not said again."""
    said, failures = parts_of("killed-once", [3, 6, 7], marker=str(tmp_path / "marker"))

    assert said == {"/a": DONE, "/bad": DONE, "/c": DONE}
    assert set(failures.values()) == {None}


def test_an_item_of_which_too_many_parts_kill_is_given_up():
    """As a whole, with what it died of at last; what was said of its parts stands."""
    said, failures = parts_of("exit", [*range(3, 15)], parts=20, chunk=1)

    assert failures["/bad"] == Failure(
        "work", "crashed", "9 of its parts, the last one: exit status 7"
    )
    assert said["/bad"][:2] == [[2, "done"], [3, "crashed"]]
    assert len(said["/a"]) == len(said["/c"]) == 19


def test_an_item_has_a_time_of_its_own():
    """Parts of which each is quick enough may take too long together, over several workers."""
    said, failures = parts_of("exit", [4], 60, 1.0, parts=40, chunk=1, seconds=0.05)

    assert {uri: each and each.reason for uri, each in failures.items()} == dict.fromkeys(
        ("/a", "/bad", "/c"), "timeout"
    )
    assert failures["/bad"].detail == "over 1 s in all"
    assert 2 <= len(said["/bad"]) < 38


def test_workers_killed_at_random_lose_and_double_no_part():
    """With kill -9 at every other answer, each part is said once."""
    rng = random.Random(1)

    def kill(running):
        if rng.random() < 0.3:
            os.kill(rng.choice(running), signal.SIGKILL)

    said, failures = parts_of(kill=kill, parts=60, chunk=2, seconds=1e-3)

    for uri, failure in failures.items():
        found = [part for part, _ in said[uri]]
        assert failure is None
        assert found == [*range(2, 61)]
        assert {what for _, what in said[uri]} <= {"done", "killed"}
