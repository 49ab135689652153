"""A plug-in whose hashers go wrong at certain files, for the tests of this folder.

"trap" hashes bytes: a file that begins with "TRAP name" sets off that trap. "picture-trap"
hashes pictures: one that is FIRST + n pixels wide sets off the n-th trap.
"""

import ctypes
import hashlib
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass

from hashsweep.model import HashSpec

MARK = b"TRAP "
FIRST = 100
SIZE = 8
SENSIBLE = b"\x5a" * SIZE
"""What a trap gives that only leaves something behind."""


class Odd(BaseException):
    """Neither an Exception nor anything that the interpreter itself knows."""


class Silent(Exception):
    """Cannot even be shown."""

    def __str__(self):
        raise LookupError("no text")

    __repr__ = __str__


class Liar(bytes):
    """Pretends to be as long as it should be."""

    __slots__ = ()

    def __len__(self):
        return SIZE


def _raises(error):
    def trap():
        raise error

    return trap


def _recurses():
    return [_recurses() for _ in "1"]


def _eats():
    eaten = []
    while True:
        eaten.append(bytearray(16 << 20))


def _leaves(function):
    def trap():
        function()
        return SENSIBLE

    return trap


def _talks():
    print("stdout")  # noqa: T201
    print("stderr", file=sys.stderr)  # noqa: T201
    for number in (1, 2):
        os.write(number, b"written\n")


def _takes_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)


def _starts_threads():
    for _ in range(3):
        threading.Thread(target=time.sleep, args=(600,)).start()


def _signals(number):
    return lambda: (os.kill(os.getpid(), number), time.sleep(600))


TRAPS = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit 3": lambda: os._exit(3),
    "exit 0": lambda: os._exit(0),
    "sigkill": _signals(signal.SIGKILL),
    "sigterm": _signals(signal.SIGTERM),
    "closes all files": lambda: (os.closerange(0, 4096), time.sleep(600)),
    "closes all files and goes on": _leaves(lambda: os.closerange(0, 4096)),
    "sigstop": _signals(signal.SIGSTOP),
    "sleeps": lambda: time.sleep(600),
    "spins": lambda: re.match(r"(a+)+$", "a" * 60 + "b"),
    "holds the interpreter": lambda: ctypes.PyDLL(None).sleep(600),
    "asks for much": lambda: bytearray(64 << 30),
    "eats": _eats,
    "raises Exception": _raises(Exception("of a plug-in")),
    "raises OSError": _raises(OSError(5, "Input/output error")),
    "raises MemoryError": _raises(MemoryError()),
    "raises StopIteration": _raises(StopIteration()),
    "raises a group": _raises(ExceptionGroup("two", [ValueError("one"), ValueError("two")])),
    "raises long lines": _raises(ValueError("\x1b[31mline\n\udcff" * 100_000)),
    "raises Silent": _raises(Silent()),
    "recurses": _recurses,
    "raises KeyboardInterrupt": _raises(KeyboardInterrupt()),
    "raises SystemExit": _raises(SystemExit(0)),
    "raises GeneratorExit": _raises(GeneratorExit()),
    "raises Odd": _raises(Odd()),
    "gives None": lambda: None,
    "gives a number": lambda: 7,
    "gives text": lambda: "x" * SIZE,
    "gives a list": lambda: [0] * SIZE,
    "gives nothing": lambda: b"",
    "gives too little": lambda: b"1234567",
    "gives too much": lambda: b"123456789",
    "gives far too much": lambda: bytes(100 << 20),
    "gives lies": lambda: Liar(b"123456789"),
    "talks": _leaves(_talks),
    "takes signals": _leaves(_takes_signals),
    "starts threads": _leaves(_starts_threads),
}


OF_ALL = {"kills all": lambda: os.killpg(0, signal.SIGKILL)}
"""What ends the command together with all its processes, as a container's memory limit does."""


@dataclass(frozen=True)
class Trap:
    """A BytesHasher."""

    spec: HashSpec
    known: tuple = ()

    def start(self):
        return Digest()


class Digest:
    """BLAKE2b of 64 bits, but for traps."""

    def __init__(self):
        self._sensible = hashlib.blake2b(digest_size=SIZE)
        self._trap = None

    def update(self, chunk):
        self._sensible.update(chunk)
        if chunk.startswith(MARK):
            self._trap = (TRAPS | OF_ALL)[chunk.removeprefix(MARK).decode()]

    def digest(self):
        return self._trap() if self._trap else self._sensible.digest()


@dataclass(frozen=True)
class PictureTrap:
    """A PictureHasher."""

    spec: HashSpec
    known: tuple = ()

    def hash(self, picture):
        number = picture.width - FIRST
        trap = list(TRAPS.values())[number] if 0 <= number < len(TRAPS) else None
        return (trap() if trap else SENSIBLE), None


def _spec(name, reads):
    metric = "exact" if reads == "bytes" else "hamming"
    return HashSpec(name, "1", 8 * SIZE, metric, reads, 0, "tests", 1)


TRAP = Trap(_spec("trap", "bytes"))
PICTURE_TRAP = PictureTrap(_spec("picture-trap", "picture"))
