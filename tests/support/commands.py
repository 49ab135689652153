"""The command line, run as people run it: in a process of its own, or in this one.

A process is what people get, and costs 0.8 seconds of processor time where the command itself costs
0.06: Python starts and imports, a fork server imports again, workers start. So most tests run
commands here, through the same `main`: its messages, exit statuses and streams are the user's.
"""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import IO
from unittest import mock

from hashsweep import signals
from hashsweep.__main__ import main

COMMAND = (sys.executable, "-m", "hashsweep")
LONGEST = 120
"""Seconds after which a command is taken to hang."""

_WORKING = {"scan", "check", "hash"}
_OF_WORKERS = ("-j", "--workers", "--timeout", "--max-memory", "--nice")
_OF_START_UP = ("PYTHON", "LC_", "LANG", "LD_")


def run_process(*arguments, cwd=None, **options) -> CompletedProcess:
    """Run the command to its end in a process of its own; options are those of subprocess.run."""
    options.setdefault("timeout", LONGEST)
    if "preexec_fn" in options:  # a bound on files would cut compiled modules short, for all
        given = options.get("env") or os.environ
        options["env"] = {**given, "PYTHONDONTWRITEBYTECODE": "1"}
    options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
    return subprocess.run(
        [*COMMAND, *map(os.fspath, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        **{name: value for name, value in options.items() if value is not None},
    )


def run_here(
    *arguments,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: str = "",  # noqa: A002 - subprocess.run calls it so
    stdin: IO | None = None,
) -> CompletedProcess:
    """Run the command in this process, by the same `main`; return what a process would.

    What would work with worker processes works with `--engine serial`, which computes the same
    (tests/contracts/test_engines.py, tests/commands/test_end_to_end.py). Working directory,
    environment, standard streams, handlers of signals and filters of warnings are as for a new
    process, and afterwards what they were. Raises AssertionError for what only a process has: an
    option or engine that speaks of workers, a variable that is read as Python starts.
    """
    words = [os.fspath(each) for each in arguments]
    at = 2 if words[:1] == ["--config"] else 0
    working = words[at:] and words[at] in _WORKING
    _refuse(words if working else [], env or {})
    if working and not any(each.startswith("--engine") for each in words):
        words[at + 1 : at + 1] = ["--engine", "serial"]
    with contextlib.ExitStack() as stack:
        out, err = stack.enter_context(_streams(input if stdin is None else stdin))
        stack.enter_context(_handlers())
        stack.callback(gc.set_threshold, *gc.get_threshold())
        stack.enter_context(mock.patch.dict(os.environ, env or {}, clear=env is not None))
        stack.enter_context(contextlib.chdir(cwd or "."))
        stack.enter_context(mock.patch.object(sys, "argv", ["hashsweep", *words]))
        stack.enter_context(mock.patch.object(tempfile, "tempdir", None))  # TMPDIR is asked again
        stack.enter_context(warnings.catch_warnings())
        warnings.resetwarnings()
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", ResourceWarning)
        status = _status()
        sys.stdout.flush()
        sys.stderr.flush()
        return CompletedProcess(words, status, _text(out), _text(err))


def _refuse(words: list[str], env: Mapping[str, str]) -> None:
    """Fail where a test asks for what is not there in this process."""
    named = [each for each in words if each.startswith(_OF_WORKERS)]
    named += ["processes"] if "processes" in words or "--engine=processes" in words else []
    assert not named, f"{named} is about workers: use the fixture hashsweep_process"
    changed = {
        name for name in env.keys() | os.environ if env and env.get(name) != os.environ.get(name)
    }
    early = [name for name in changed if name.startswith(_OF_START_UP)]
    assert not early, f"{early} is read as Python starts: use the fixture hashsweep_process"


def _status() -> int:
    """Call main() and return its exit status; a traceback goes where a user would see it."""
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - whatever it is, a process would end with status 1
        traceback.print_exc()
        return 1
    raise AssertionError("main() has returned")


@contextlib.contextmanager
def _handlers() -> Iterator[None]:
    """Keep the handlers of signals: the command sets its own."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _streams(given: str | IO) -> Iterator[tuple[int, int]]:
    """Put others in the place of the standard streams, down to their descriptors.

    Yields the descriptors of two files in memory that take standard output and standard error.
    """
    kept = [os.dup(number) for number in range(3)]
    out, err = os.memfd_create("stdout"), os.memfd_create("stderr")
    source = _source(given)
    for new, number in ((source, 0), (out, 1), (err, 2)):
        os.dup2(new, number)
    os.close(source)
    utf8 = {"encoding": "utf-8", "closefd": False}
    with (
        open(0, **utf8) as stdin,
        open(1, "w", **utf8) as stdout,
        open(2, "w", **utf8, errors="backslashreplace", buffering=1) as stderr,
        mock.patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr),
    ):
        try:
            yield out, err
        finally:
            with contextlib.suppress(OSError):
                stdout.flush()
            for old, number in zip(kept, range(3), strict=True):
                os.dup2(old, number)
            for each in (*kept, out, err):
                os.close(each)


def _source(given: str | IO) -> int:
    """A descriptor to read this from: the file, or for a text a pipe, for none /dev/null."""
    if not isinstance(given, str):
        return os.dup(given.fileno())
    if not given:
        return os.open(os.devnull, os.O_RDONLY)
    reading, writing = os.pipe()
    threading.Thread(target=_feed, args=(writing, given.encode()), daemon=True).start()
    return reading


def _feed(pipe: int, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(pipe, "wb") as stream:
        stream.write(content)


def _text(file: int) -> str:
    """What was written, as subprocess.run(text=True) gives it."""
    os.lseek(file, 0, os.SEEK_SET)
    with open(file, encoding="utf-8", closefd=False) as stream:
        return stream.read()
