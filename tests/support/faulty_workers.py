"""Workers that go wrong on purpose, for the tests of the engines.

A worker answers each item with one wire that repeats its URI (support.singles reads such answers).
What its options name happens at every item whose URI ends in "bad".
"""

import ctypes
import gc
import json
import os
import signal
import time
from multiprocessing.connection import Connection

from hashsweep.engines import protocol
from hashsweep.engines.base import NOTHING, UNTRIED, Answer
from hashsweep.errors import ListError


def answer(wires):
    """The answer for these items."""
    return Answer(len(wires), json.dumps(wires).encode())


class Echo:
    """Answers every item with its URI, after `seconds`, and misbehaves at the bad one."""

    def __init__(self, fault=None, seconds=0.0, marker=""):
        self._fault, self._seconds, self._marker = fault, seconds, marker

    def work(self, items, starting, resumed=None):
        wires = [[self._answer(number, item, starting)] for number, item in enumerate(items)]
        starting(NOTHING)
        if AFTERWARDS:
            AFTERWARDS.pop()()
        yield answer(wires)

    def _answer(self, number, item, starting):
        starting(number)
        time.sleep(self._seconds)
        if self._fault and item.uri.endswith("bad"):
            FAULTS[self._fault](self._marker)
        return {"uri": item.uri, "pid": os.getpid()}


def open_echo(options):
    """Make an Echo; the factory of all tests that say nothing else."""
    return Echo(**options)


class Listing:
    """Answers with what is in the folder whose descriptor was handed over."""

    def __init__(self, descriptors):
        self._folder = descriptors[0]

    def work(self, items, _, resumed=None):
        """Do so for each item."""
        yield answer([[{"listed": os.listdir(self._folder)}] for _ in items])


def open_listing(options):
    """Make a Listing."""
    return Listing(**options)


class Poison(Echo):
    """Goes wrong at every item, as the last part of its URI names."""

    def _answer(self, number, item, starting):
        starting(number)
        FAULTS[item.uri.rpartition("/")[2]](self._marker)


def open_poison(options):
    """Make a Poison."""
    return Poison(**options)


class Parted:
    """Answers with parts 2 to `parts` of each item, `chunk` at a time, and goes wrong at some.

    It does so at the parts `at` of items whose URI ends in "bad", each of which takes `seconds`.
    """

    def __init__(self, *, fault=None, at=(), parts=10, chunk=3, seconds=0.0, marker=""):
        self._fault, self._at, self._marker = fault, at, marker
        self._parts, self._chunk, self._seconds = parts, chunk, seconds

    def work(self, items, starting, resumed=None):
        for number, item in enumerate(items):
            known = (resumed or {}).get(number, UNTRIED)
            starting(number)
            said, answers = [], 0
            for part in range(2, self._parts + 1):
                said.append([part, self._do(number, item, part, starting, known)])
                if len(said) == self._chunk:
                    answers += 1
                    starting(NOTHING)
                    if answers > known.answers:
                        yield Answer(0, json.dumps(said).encode(), ahead=True)
                    said = []
            starting(NOTHING)
            yield answer([said])

    def _do(self, number, item, part, starting, known):
        if part in known.deaths:
            return known.deaths[part].reason
        starting(number, part)
        time.sleep(self._seconds)
        if self._fault and item.uri.endswith("bad") and part in self._at:
            FAULTS[self._fault](f"{self._marker}-{part}")
        return "done"


def open_parted(options):
    """Make a Parted."""
    return Parted(**options)


class Matching(Echo):
    """An Echo that takes `seconds` for the batch as a whole, and none for an item."""

    def work(self, items, starting, resumed=None):
        wires = []
        for number, item in enumerate(items):
            starting(number)
            wires.append([{"uri": item.uri, "pid": os.getpid()}])
        starting(NOTHING)
        time.sleep(self._seconds)
        yield answer(wires)


def open_matching(options):
    """Make a Matching."""
    return Matching(**options)


def open_once(options):
    """Make an Echo the first time, and refuse ever after."""
    if os.path.exists(options["marker"]):
        open_none(options)
    with open(options["marker"], "x"):
        return Echo(**options)


def open_none(options):
    """Refuse to be built, as a worker does whose list has changed under it."""
    raise ListError("the list at hand is another one")


def open_broken(options):
    """Die of a bug while being built."""
    raise ZeroDivisionError


def _segfault(marker):
    ctypes.string_at(0)


def _raise(marker):
    raise LookupError(marker)


def _kill_self(marker):
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_self_once(marker):
    if not os.path.exists(marker):
        with open(marker, "x"):
            _kill_self(marker)


def _pipes():
    return [each for each in gc.get_objects() if isinstance(each, Connection) and not each.closed]


def _write(message):
    for pipe in _pipes():
        os.write(pipe.fileno(), message)


def _framed(text):
    return len(text).to_bytes(4, "big") + text


def _nested():
    return protocol.encode_answer(0, Answer(1, b"[" * 200_000))


LEAKED = []
AFTERWARDS = []
"""What is done when the items of the batch are done."""


def _interrupt(marker):
    raise KeyboardInterrupt


def _close_pipe(marker):
    for pipe in _pipes():
        os.close(pipe.fileno())
    time.sleep(600)


def _die_later(marker):
    AFTERWARDS.append(lambda: (_close_pipe(marker), time.sleep(600)))


FAULTS = {
    "segfault": _segfault,
    "raise": _raise,
    "exit": lambda _: os._exit(7),
    "interrupt": _interrupt,
    "leak": lambda _: LEAKED.append(b"x" * (10 << 20)),
    "gorge": lambda _: len(b"x" * (100 << 20)),
    "die-unanswered": lambda _: AFTERWARDS.append(lambda: os._exit(8)),
    "close-pipe": _close_pipe,
    "die-later": _die_later,
    "hang": lambda _: time.sleep(600),
    "killed": _kill_self,
    "killed-once": _kill_self_once,
    "junk": lambda _: (_write(_framed(b"\xff no JSON")), time.sleep(600)),
    "junk-and-on": lambda _: _write(_framed(b"\xff no JSON")),
    "refusal": lambda _: (
        _write(_framed(protocol.encode_refusal("a list has changed"))),
        time.sleep(600),
    ),
    "another-answer": lambda _: (
        _write(_framed(protocol.encode_answer(999999, answer([[{}]])))),
        time.sleep(600),
    ),
    "nested-junk": lambda _: (_write(_framed(_nested())), time.sleep(600)),
    "endless-message": lambda _: (_write(b"\x7f\xff\xff\xff and no more"), time.sleep(600)),
    "half-message": lambda _: (_write(b"\0\0\1\0 and no more"), time.sleep(600)),
}
