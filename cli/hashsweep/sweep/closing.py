"""However the work on a report ends, the report is closed and says how it was.

Knows neither sweep nor rematch, and no terminal.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from hashsweep import signals
from hashsweep.errors import Interrupted, ReportError, RunError

OUR_FAULT = "a fault in hashsweep itself"


@contextmanager
def ending(
    about: MutableMapping[str, Any], close: Callable[[str], None], stopped: Callable[[], str]
) -> Iterator[None]:
    """Close a report in whatever state the block leaves it; `about` becomes its sweep.json.

    `close` writes the last part and sweep.json with a state. After Ctrl-C raises Interrupted with
    the text that `stopped` gives, unless the work had just come to its end.
    """
    try:
        yield
        with signals.held():
            close("complete")
    except KeyboardInterrupt as stop:
        if _is_complete(about):  # it came a moment too late
            return
        with signals.held():
            close("interrupted")
        raise Interrupted(stopped()) from stop
    except RunError as error:
        _close_somehow(about, close, str(error))
        raise
    finally:
        if about["state"] == "running":  # a fault of ours: what was done is kept
            _close_somehow(about, close, OUR_FAULT)


def _is_complete(about: Mapping[str, Any]) -> bool:
    return bool(about["state"] == "complete")


def _close_somehow(about: MutableMapping[str, Any], close: Callable[[str], None], why: str) -> None:
    about["error"] = why
    try:
        close("interrupted")
    except ReportError:
        return  # the disk is full: what was written before stays, and the first error is told
