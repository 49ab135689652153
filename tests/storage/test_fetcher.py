"""The parts of the fetching process; it is tried as a process in test_fetching."""

import threading

import pytest

from hashsweep.storage.fetcher import IN_FLIGHT, Answer, Request, Window
from hashsweep.storage.stores import Facts


@pytest.mark.parametrize(
    ("request_", "facts", "changed"),
    [
        (Request("u", 5, "a"), Facts("u", 5, 0, "a"), False),
        (Request("u", 5, "a"), Facts("u", 5, 0, "b"), True),
        (Request("u", 5, None), Facts("u", 6, 0, "b"), True),
        (Request("u", None, None), Facts("u", 6, 0, "b"), False),
        (Request("u", 5, "a", version="7"), Facts("u", 5, 0, "b"), False),
    ],
)
def test_what_has_changed(request_, facts, changed):
    """The change token decides where both have one, else the size; a version never changes."""
    assert Answer(facts).header(request_)["changed"] is changed


def test_a_window_holds_so_many_bytes():
    """One object alone always fits; a second waits until there is room."""
    window = Window(10)
    window.enter(50)
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (window.enter(5), entered.set()))
    thread.start()
    assert not entered.wait(0.1)

    window.leave(50)
    assert entered.wait(10)
    thread.join()


def test_a_window_holds_so_many_objects():
    """However small they are."""
    window = Window(1_000_000)
    for _ in range(IN_FLIGHT):
        window.enter(1)
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (window.enter(1), entered.set()))
    thread.start()
    assert not entered.wait(0.1)

    window.leave(1)
    assert entered.wait(10)
    thread.join()
