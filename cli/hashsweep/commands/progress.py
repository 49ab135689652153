"""The progress bar on stderr: files, bytes, rate, matches, errors. Knows no command."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from hashsweep.output.listeners import Listener
from hashsweep.report.tally import Tally

if TYPE_CHECKING:
    from tqdm import tqdm

_EVERY = 0.2  # seconds between updates


class Progress(Listener):
    """Shows the tally as it grows; silent when stderr is not a terminal, or with `quiet`."""

    _bar: "tqdm[None] | None"

    def __init__(self, *, quiet: bool) -> None:
        """With `quiet`, show nothing at all."""
        self._bar = None
        self._next = 0.0
        if not quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(unit=" files", dynamic_ncols=True, mininterval=_EVERY, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, text: str) -> None:
        """Write a line to stderr, above the bar, if there is one."""
        if self._bar is not None:
            self._bar.clear()
        click.echo(text, err=True)

    def advance(self, tally: Tally) -> None:
        """Update the bar, at most a few times per second."""
        if self._bar is None or (now := time.monotonic()) < self._next:
            return
        self._next = now + _EVERY
        self._bar.set_postfix_str(
            f"{tally.bytes / 1e6:,.0f} MB, {tally.matched_items} matched, {tally.failed} failed",
            refresh=False,
        )
        self._bar.update(tally.items - self._bar.n)
