"""Ctrl-C and the signals of service managers, delayed while something must not be left half done.

And no core dumps of those that kill. Knows nothing of ours.
"""

import resource
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


def no_core_dumps() -> bool:
    """Let no signal write out the memory of this process, or of those that it starts; for good.

    The bound is one byte: Linux takes that for none, in a file as well as to a program that
    collects core dumps (`|` in core_pattern). A bound of 0 stops files alone.
    """
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    most = 1 if hard == resource.RLIM_INFINITY else min(hard, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    return True


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
