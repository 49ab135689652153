"""Who is told how a sweep goes."""

import pytest

from hashsweep.model import Item, Record, Skipped
from hashsweep.output.listeners import Listener, Listeners
from hashsweep.report.tally import Tally
from support.reports import sweep

CALLS = {
    "begin": sweep(state="running"),
    "record": Record(Item("/a")),
    "skip": Skipped("/b", "symlink"),
    "advance": Tally(items=1),
    "end": sweep(),
    "tell": "a line",
}
"""Every method of a listener with what it hears."""


class Heard(Listener):
    """Notes what it hears, with its own name."""

    def __init__(self, name, notes):
        self._name, self._notes = name, notes

    def _note(self, method, value):
        self._notes.append((self._name, method, value))

    def begin(self, sweep):
        self._note("begin", sweep)

    def record(self, record):
        self._note("record", record)

    def skip(self, skipped):
        self._note("skip", skipped)

    def advance(self, tally):
        self._note("advance", tally)

    def end(self, sweep):
        self._note("end", sweep)

    def tell(self, text):
        self._note("tell", text)


def test_every_method_is_tried_here():
    """One that a listener gets later is not forgotten in Listeners."""
    methods = {name for name in vars(Listener) if not name.startswith("_")}

    assert methods == CALLS.keys()
    assert methods <= vars(Listeners).keys()


@pytest.mark.parametrize("method", CALLS)
def test_all_hear_the_same_in_their_order(method):
    """Each once; the values themselves, not copies of them."""
    notes = []
    listeners = Listeners(iter([Heard("first", notes), Heard("second", notes)]))
    getattr(listeners, method)(CALLS[method])

    assert [(name, which) for name, which, _ in notes] == [("first", method), ("second", method)]
    assert all(value is CALLS[method] for *_, value in notes)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("listener", [Listener(), Listeners(())], ids=["base", "nobody"])
def test_who_has_no_use_for_it_does_nothing(listener, method):
    """A listener has only the methods that it needs; no listener at all is silence."""
    before = dict(vars(listener))

    assert getattr(listener, method)(CALLS[method]) is None
    assert vars(listener) == before


def test_an_error_of_one_ends_the_round():
    """A log that cannot be written ends the sweep: what it raises is not swallowed."""

    class Full(Listener):
        def advance(self, tally):
            raise OSError(28, "full")

    notes = []
    with pytest.raises(OSError, match="full"):
        Listeners([Full(), Heard("second", notes)]).advance(Tally())
    assert notes == []
