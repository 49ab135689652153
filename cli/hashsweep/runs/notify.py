"""Starts the program that tells people what is new: its arguments as they are, without a shell.

The message goes to its standard input. Knows no terminal.
"""

import subprocess
from collections.abc import Mapping, Sequence

from hashsweep.errors import RunError
from hashsweep.safe_text import printable

SECONDS = 120.0
"""How long the program may take; a mail server that does not answer must not hold the sweep."""

_KEPT = frozenset({"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"})
_KEPT_PREFIXES = ("LC_", "HASHSWEEP_NOTIFY_")


class NotToldError(RunError):
    """What is new could not be told; it is told the next night."""


def notify(words: Sequence[str], text: str, environment: Mapping[str, str]) -> None:
    """Run a program with this text as its input; raises NotToldError unless it ends with 0.

    Of the environment it gets what programs need to work and HASHSWEEP_NOTIFY_...: no key of
    reports and no credential of a store.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    try:
        done = subprocess.run(  # noqa: S603 - what the owner of the configuration names
            [*words],
            input=text.encode("utf-8", "backslashreplace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=kept,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_told(words, f"took longer than {SECONDS:g} seconds") from error
    except OSError as error:
        raise _not_told(words, error.strerror or str(error)) from error
    if done.returncode:
        raise _not_told(words, f"ended with status {done.returncode}")


def _not_told(words: Sequence[str], why: str) -> NotToldError:
    return NotToldError(f"notify: {printable(words[0])}: {why}; what is new is told the next night")
