"""Starts worker processes through a fork server that has imported what they need.

Knows no kind of work.
"""

import os
import tempfile
from multiprocessing import forkserver, get_context, resource_tracker, util
from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, Signals, pthread_sigmask
from typing import Any

from hashsweep.errors import EngineError
from hashsweep.signals import deferred

_SOCKET_ROOM = 107 - len("/pymp-12345678/listener-12345678")
"""Most bytes of a temporary folder's name: unix(7) limits a socket's path to 107."""

_SHORT_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 (mkdtemp makes a private one there)

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def context_of(start_method: str, preload: tuple[str, ...]) -> Any:
    """Return a multiprocessing context; `preload` names modules for the fork server."""
    for name in _ONE_THREAD:  # inherited; more BLAS threads than processors cost ten times as much
        os.environ.setdefault(name, "1")
    context = get_context(start_method)
    if start_method == "forkserver":
        with deferred():  # stopped halfway, multiprocessing would start its helpers twice
            _start_fork_server(preload)
    return context


def _make_room_for_sockets() -> None:
    """Give multiprocessing's socket folder a short name if TMPDIR has a long one.

    Raises EngineError if no folder is suitable.
    """
    long = tempfile.gettempdir()
    if len(os.fsencode(long)) <= _SOCKET_ROOM:
        return
    short = next((each for each in _SHORT_FOLDERS if os.access(each, os.W_OK | os.X_OK)), None)
    if short is None:
        raise EngineError(f"the name of TMPDIR is longer than {_SOCKET_ROOM} bytes: {long}")
    tempfile.tempdir = short
    try:
        util.get_temp_dir()  # made once, reused, and removed when the process ends
    finally:
        tempfile.tempdir = long


def _start_fork_server(preload: tuple[str, ...]) -> None:
    """Start it with Ctrl-C blocked: terminals send it to the whole group, even during imports."""
    _make_room_for_sockets()
    forkserver.set_forkserver_preload(list(preload))
    resource_tracker.ensure_running()  # it resets the mask, so it must be running before
    before = pthread_sigmask(SIG_BLOCK, {SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        pthread_sigmask(SIG_SETMASK, before)


def let_the_server_go() -> None:
    """Worker: close the pipe that keeps the fork server alive.

    multiprocessing passes it to every process, so that a worker hanging on a file would keep
    the server, and so itself, alive after the command was killed. Does nothing without a server.
    """
    server = vars(forkserver._forkserver)  # noqa: SLF001
    descriptor = server.get("_forkserver_alive_fd")
    if descriptor is not None:
        server["_forkserver_alive_fd"] = None
        os.close(descriptor)


def describe_end(code: int) -> str:
    """Describe a process's exit code: a status, or the name of a signal."""
    if code >= 0:
        return f"exit status {code}"
    known = {signal.value: signal.name for signal in Signals}
    return known.get(-code, f"signal {-code}")
