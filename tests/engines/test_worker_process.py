"""What runs inside a worker process, in one that this test starts by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from multiprocessing import connection

import pytest

from hashsweep.engines import Job, forkserver, protocol
from hashsweep.engines.confine import names
from hashsweep.engines.worker_process import Confinement, Instructions, Slots, private_memory
from hashsweep.model import Item

pytestmark = pytest.mark.usefixtures("no_worker_left")


@contextmanager
def serving(factory="open_echo", confinement=Confinement(), **options):  # noqa: B008 - frozen
    """A worker in slot 1 of two: (process, our end of its pipe, slots)."""
    slots = Slots(2)
    ours, theirs = connection.Pipe()
    job = Job(f"support.faulty_workers:{factory}", options).to_json()
    process = forkserver.start(
        "hashsweep.engines.worker_process:serve",
        Instructions(job, 2, 1, confinement).to_json(),
        [theirs.fileno(), slots.descriptor],
    )
    theirs.close()
    try:
        yield process, ours, slots
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def ask(pipe, serial, *uris):
    """Send a batch and return what the worker says of it."""
    pipe.send_bytes(protocol.encode_batch(serial, [Item(uri) for uri in uris]))
    assert pipe.poll(60)
    serial, answer = protocol.decode_answer(pipe.recv_bytes())
    results = json.loads(answer.payload)
    assert answer.done == len(uris)
    return serial, [each[0]["uri"] for each in results]


def until(condition):
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_answers_batches_until_the_pipe_is_closed():
    """Each answer bears its batch's number; in the end the worker goes with status 0."""
    with serving() as (process, pipe, slots):
        answers = [ask(pipe, 0, "/a", "/b"), ask(pipe, 2, "/c")]
        begun = slots.serial(1)
        pipe.close()
        process.join(60)
        status = process.exitcode

    assert answers == [(0, ["/a", "/b"]), (2, ["/c"])]
    assert (begun, status) == (None, 0)


def test_it_says_which_item_it_has_begun():
    """While the second item of a batch from 40 hangs, its slot and no other names number 41."""
    with serving(fault="hang") as (_, pipe, slots):
        pipe.send_bytes(protocol.encode_batch(40, [Item("/a"), Item("/bad"), Item("/c")]))
        until(lambda: slots.serial(1) == 41)
        seconds = [slots.seconds(1)]
        until(lambda: slots.seconds(1) > seconds[0])

        assert (slots.serial(0), slots.seconds(0)) == (None, 0.0)


def test_a_worker_that_cannot_be_built_says_why_and_goes():
    """A refusal is a message, not a crash."""
    with serving("open_none") as (process, pipe, _):
        with pytest.raises(protocol.WorkerRefused, match="the list at hand is another one"):
            protocol.decode_answer(pipe.recv_bytes())
        process.join(60)

        assert process.exitcode == 0


def test_it_leaves_ctrl_c_to_the_parent_and_heeds_sigterm():
    """SIGINT, which a terminal sends to all, changes nothing; SIGTERM ends it."""
    with serving() as (process, pipe, _):
        ask(pipe, 0, "/a")
        os.kill(process.pid, signal.SIGINT)
        answer = ask(pipe, 1, "/b")
        os.kill(process.pid, signal.SIGTERM)
        process.join(60)

        assert (answer, process.exitcode) == ((1, ["/b"]), -signal.SIGTERM)


def test_what_libraries_print_goes_nowhere():
    """Standard output and error of a worker are /dev/null."""
    with serving() as (process, pipe, _):
        ask(pipe, 0, "/a")
        ends = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (1, 2)]

    assert ends == ["/dev/null", "/dev/null"]


@pytest.mark.parametrize(
    ("confinement", "expected"),
    [
        (Confinement(), set()),
        (Confinement(confined=False, memory=1 << 30), set()),
        (Confinement(confined=True), {"no-core-dumps", "no-new-privileges"}),
        (
            Confinement(confined=True, memory=1 << 30),
            {"no-core-dumps", "no-new-privileges", "memory-bound"},
        ),
    ],
)
def test_it_tells_what_it_gave_up_before_it_works(confinement, expected):
    """By its first answer its slot holds the measures in force; none unless it was told to."""
    with serving(confinement=confinement) as (_, pipe, slots):
        answer = ask(pipe, 0, "/a")
        told = set(names(slots.confinement_of(1)))

    assert answer == (0, ["/a"])
    assert told - {"no-writing", "no-network"} == expected
    assert slots.confinement_of(0) == 0


def test_it_says_by_how_much_it_has_grown():
    """With its answer comes the private memory it kept since its start; the system agrees."""
    with serving(fault="leak") as (process, pipe, slots):
        ask(pipe, 0, "/a")
        before = slots.growth_of(1)
        ask(pipe, 1, "/bad", "/bad", "/bad")
        after = slots.growth_of(1)
        with open(f"/proc/{process.pid}/status") as stream:
            private = next(int(line.split()[1]) for line in stream if line.startswith("RssAnon"))

        assert before < 10 << 20
        # a leak of 30 MiB; what a worker gives back that it had from its start counts against it
        assert 28 << 20 <= after - before < 40 << 20
        assert after < private * 1024
        assert slots.growth_of(0) == 0


GROWN = """
import mmap
from hashsweep.engines.worker_process import private_memory
before = private_memory()
own = b"x" * (40 << 20)
with mmap.mmap(-1, 40 << 20) as shared:
    for place in range(0, 40 << 20, 4096):
        shared[place] = 1
    print(private_memory() - before)
"""


def test_private_memory_is_what_no_other_process_shares():
    """40 MiB more, written to, are 40 MiB more; shared ones do not count."""
    done = subprocess.run([sys.executable, "-c", GROWN], capture_output=True, check=True)

    assert 39 << 20 < int(done.stdout) < 60 << 20


def test_without_proc_private_memory_is_not_known(monkeypatch):
    """Such a system says 0, so that no worker ever seems to have grown."""

    def no_such_file(*_, **__):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("builtins.open", no_such_file)

    assert private_memory() == 0


def test_slots_are_apart_and_can_be_cleared():
    """What one worker writes is its own; clearing forgets the item but not the measures."""
    slots = Slots(2)
    slots.begin(0, 0)
    slots.begin(1, 7)
    slots.tell(1, 5)
    slots.grow(1, 9)

    assert [slots.serial(0), slots.serial(1), slots.confinement_of(0), slots.confinement_of(1)] == [
        0,
        7,
        0,
        5,
    ]

    slots.clear(1)

    assert [slots.serial(0), slots.serial(1), slots.confinement_of(1)] == [0, None, 5]
    assert (slots.seconds(0) >= 0, slots.seconds(1)) == (True, 0.0)
    assert (slots.last_begun(0), slots.last_begun(1), slots.growth_of(0), slots.growth_of(1)) == (
        0,
        7,
        0,
        9,
    )

    slots.grow(1, -1)  # it gave back more than it took
    assert slots.growth_of(1) == 0

    slots.wipe(1)
    assert (slots.serial(1), slots.last_begun(1), slots.confinement_of(1), slots.growth_of(1)) == (
        None,
        None,
        0,
        0,
    )
    assert slots.last_begun(0) == 0
