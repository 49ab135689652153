"""The engine without processes."""

import os

import pytest

from hashsweep.engines import Job
from hashsweep.engines.serial import SerialEngine
from hashsweep.errors import ListError
from hashsweep.model import Item
from support.singles import singles

ECHO = Job("support.faulty_workers:open_echo")


def test_it_works_in_this_process_and_in_order():
    """Answers come in the order of the items, and no other process makes them."""
    batches = [[Item("/c"), Item("/a")], [Item("/b")]]

    finished = list(singles(SerialEngine(), ECHO, batches))

    assert [each.result for each in finished] == [
        [{"uri": uri, "pid": os.getpid()}] for uri in ("/c", "/a", "/b")
    ]


def test_a_batch_is_drawn_only_when_the_one_before_is_answered():
    """Nothing is drawn ahead."""
    drawn = []

    def source():
        for name in "abc":
            drawn.append(name)
            yield [Item(f"/{name}")]

    results = singles(SerialEngine(), ECHO, source())
    next(results)

    assert drawn == ["a"]


def test_this_process_gives_up_nothing():
    """Before and after a run no measure is in force, because the parent needs its powers."""
    engine = SerialEngine()
    before = engine.in_force()
    list(singles(engine, ECHO, [[Item("/a")]]))

    assert (before, engine.in_force()) == ((), ())
    assert engine.left_behind() == ()


def test_what_a_worker_raises_is_raised():
    """For debugging: a fault shows itself where it is, with its own traceback."""
    job = Job("support.faulty_workers:open_echo", {"fault": "raise", "marker": "the fault"})

    with pytest.raises(LookupError, match="the fault"):
        list(singles(SerialEngine(), job, [[Item("/a")], [Item("/bad")]]))


def test_a_worker_that_cannot_be_built_raises_its_own_error():
    """Before any batch is drawn."""
    drawn = iter([[Item("/a")]])

    with pytest.raises(ListError, match="the list at hand is another one"):
        list(singles(SerialEngine(), Job("support.faulty_workers:open_none"), drawn))
    assert next(drawn) == [Item("/a")]
