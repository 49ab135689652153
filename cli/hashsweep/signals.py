"""Ctrl-C and the signals of service managers, delayed while something must not be left half done.

Knows nothing else of hashsweep.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a service manager, a lost connection."""

_held = 0
_waiting = False


def install() -> None:
    """Let the signals raise KeyboardInterrupt; one that is ignored (nohup) stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


@contextmanager
def deferred() -> Iterator[None]:
    """Delay a stop until the end of the block; it is then raised as KeyboardInterrupt."""
    global _held, _waiting  # noqa: PLW0603 - signals are the process's, and so is this
    _held += 1
    try:
        yield
    finally:
        _held -= 1
    if _waiting and not _held:
        _waiting = False
        raise KeyboardInterrupt


def _stop(_signal: int, _frame: FrameType | None) -> None:
    global _waiting  # noqa: PLW0603
    if _held:
        _waiting = True
    else:
        raise KeyboardInterrupt
