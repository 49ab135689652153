"""How worker processes come to be: forked by a server that has imported what they need.

The server and its workers get an environment without secrets. Nothing of them has a name in any
folder, so nothing is left when they are killed. Knows no kind of work.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import connection

from hashsweep.engines.server_process import LONGEST, MOST_DESCRIPTORS, REPLY, STATUS
from hashsweep.signals import deferred
from hashsweep.storage import memory
from hashsweep.storage.programs import command

SERVER_ENDED = 1 << 16
"""The exit code of a process whose fork server has ended, and which ended with it."""

_PROGRAM = "hashsweep.engines.server_process"

_LAST_BREATH = 5.0  # seconds in which a process that was killed is gone

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# more BLAS threads than processors cost ten times as much

_PLAIN_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
# Arrow's own allocators reserve a gigabyte at once, which counts in a bound on memory, and start a
# thread; what is forked of a process with threads may hang.

_TRIM, _MMAP, _MMAP_BEFORE = 128 << 20, 128 << 20, 32 << 20
# The C library gives a picture's memory back after each one and takes it again for the next: a
# third of the time of a WebP. Up to this much stays with a worker, half of what one may grow by
# before it is replaced. Versions before the one that this was measured with may refuse a larger
# bound than 32 MiB for single blocks (HEAP_MAX_SIZE / 2 in malloc/malloc.c) and set none.
_MEASURED_WITH = (2, 36)

_KEPT = frozenset(
    {"HOME", "LANG", "LANGUAGE", "PATH", "TEMP", "TMP", "TMPDIR", "TZ", "VIRTUAL_ENV"}
)
_KEPT_PREFIXES = (
    *("ARROW_", "ASAN_", "BLIS_", "FAULTY_STORAGE_", "GLIBC_", "HASHSWEEP_WORKER_", "KMP_"),
    *("LC_", "LD_", "MALLOC_", "MKL_", "NUMBA_", "OMP_", "OPENBLAS_", "PYTHON", "UBSAN_"),
)
# How programs find their files, speak and use memory and processors. Whatever else is in the
# environment may be a secret, under whatever name. HASHSWEEP_WORKER_ is for plug-ins.


def scrub(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what of an environment workers get: nothing that could be a secret."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    for name in _ONE_THREAD:
        kept.setdefault(name, "1")
    if "GLIBC_TUNABLES" not in kept and not any(name.startswith("MALLOC_") for name in kept):
        kept |= _kept_memory()
    return kept | _PLAIN_MEMORY


def _kept_memory() -> dict[str, str]:
    """Return what lets glibc keep memory for the next picture; nothing for other C libraries."""
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
        found = tuple(map(int, version.split(".")))
    except (ValueError, OSError):  # musl knows no such name
        return {}
    if name != "glibc":
        return {}
    largest = _MMAP if found >= _MEASURED_WITH else _MMAP_BEFORE
    return {"MALLOC_TRIM_THRESHOLD_": str(_TRIM), "MALLOC_MMAP_THRESHOLD_": str(largest)}


def is_stopped(pid: int) -> bool:
    """Say whether a process was stopped (SIGSTOP), as by an administrator."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as stream:
            return stream.read(4096).rpartition(b") ")[2][:1] == b"T"
    except OSError:
        return False


class Forked:
    """A process of the fork server, as this process sees it.

    `sentinel` is a descriptor that turns readable when the process has ended.
    """

    def __init__(self, pid: int, sentinel: int) -> None:
        """Take over `sentinel`, to which the server writes how the process ended."""
        self.pid = pid
        self.sentinel = sentinel
        self._code: int | None = None
        self._handle: int | None = None
        with suppress(OSError):
            self._handle = os.pidfd_open(pid)

    @property
    def exitcode(self) -> int | None:
        """The exit status, a signal's number below zero, or SERVER_ENDED; None while it runs."""
        if self._code is None and connection.wait([self.sentinel], 0):
            answer = os.read(self.sentinel, STATUS.size)
            if len(answer) == STATUS.size:
                self._code = STATUS.unpack(answer)[0]
            else:
                self._signal()  # it dies with the server; what it has begun must not go on
                if self._handle is not None:
                    connection.wait([self._handle], _LAST_BREATH)
                self._code = SERVER_ENDED
        return self._code

    def is_alive(self) -> bool:
        """Say whether the process has not ended."""
        return self.exitcode is None

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, `timeout` seconds at most."""
        if self._code is None:
            connection.wait([self.sentinel], timeout)

    def kill(self) -> None:
        """Kill it (SIGKILL) unless it has ended."""
        if self.is_alive():
            self._signal()

    def end(self, seconds: float) -> bool:
        """Kill it and wait that long; False if it is still there.

        A process that waits for a disk without an answer may not even die.
        """
        self.kill()
        self.join(seconds)
        return not self.is_alive()

    def resume(self) -> bool:
        """Let it go on if it was stopped (SIGSTOP), as by an administrator; say whether it was."""
        if not self.is_alive() or not is_stopped(self.pid):
            return False
        self._signal(signal.SIGCONT)
        return True

    def _signal(self, number: int = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            if self._handle is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(self._handle, number)

    def close(self) -> None:
        """Let go of the process, which has ended."""
        os.close(self.sentinel)
        if self._handle is not None:
            os.close(self._handle)


class _Server:
    """A running fork server."""

    def __init__(self, preload: Sequence[str]) -> None:
        """Start it deaf to Ctrl-C, which a terminal sends to the whole group: it may be importing.

        Raises OSError.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                command(_PROGRAM, str(theirs.fileno()), *preload),
                env=scrub(os.environ),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self._channel = ours
        self._owner = os.getpid()
        self._imported = set(preload)

    @property
    def pid(self) -> int:
        """The server's own number."""
        return self._process.pid

    def is_running(self) -> bool:
        """Say whether it runs, and is this process's own (which may be forked from another)."""
        return self._owner == os.getpid() and self._process.poll() is None

    def preload(self, names: Sequence[str]) -> None:
        """Have it import these modules, too, before it forks again."""
        missing = [name for name in names if name not in self._imported]
        if missing:
            with suppress(OSError):  # who needs it next sees that it has ended
                self._channel.send(json.dumps(["", 0, *missing]).encode())
            self._imported.update(missing)

    def end(self) -> None:
        """Let it end, with whatever it has forked."""
        self._channel.close()
        if self._owner == os.getpid():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
                return
            self._process.kill()
            self._process.wait()

    def fork(self, target: str, text: str, descriptors: Sequence[int]) -> Forked:
        """Have a process forked; raises OSError, one without an errno if the server has ended."""
        sentinel, status = os.pipe()
        content = memory.create_unnamed(text.encode())
        given = [status, content, *descriptors]
        request = json.dumps([target, len(given)]).encode()
        if len(given) > MOST_DESCRIPTORS or len(request) > LONGEST:
            raise ValueError("too much for one request")
        try:
            socket.send_fds(self._channel, [request], given)
            reply = self._channel.recv(REPLY.size)
        except OSError:
            reply = b""
        finally:
            os.close(status)
            os.close(content)
        pid, refusal = REPLY.unpack(reply) if reply else (0, 0)
        if not pid:
            os.close(sentinel)
            if refusal:
                raise OSError(refusal, os.strerror(refusal))
            raise OSError("the fork server has ended")
        return Forked(pid, sentinel)


_server: _Server | None = None
_lock = threading.Lock()


def _ensure_running(preload: Sequence[str]) -> _Server:
    global _server  # noqa: PLW0603 - one server for all workers of this process
    if _server is not None and not _server.is_running():
        _server.end()
        _server = None
    if _server is None:
        _server = _Server(preload)
    _server.preload(preload)
    return _server


def start_server(preload: Sequence[str]) -> None:
    """Start the fork server unless it runs; it imports those of `preload` that it has not yet.

    Where the system refuses, the first `start` says so.
    """
    with _lock, deferred(), suppress(OSError):
        _ensure_running(preload)


def start(
    target: str, text: str, descriptors: Sequence[int], preload: Sequence[str] = ()
) -> Forked:
    """Start a process that calls the function `target`, "module:function", and then ends.

    The function gets `text` and the numbers that `descriptors` have there. The server imports the
    modules `preload` first. Raises OSError where the system refuses.
    """
    with _lock, deferred():  # stopped halfway, nobody would know of the process
        return _ensure_running(preload).fork(target, text, descriptors)


def server_pid() -> int | None:
    """Return the number of the fork server, None where there is none."""
    return _server.pid if _server is not None and _server.is_running() else None


@atexit.register
def _end_server() -> None:
    if _server is not None:
        _server.end()


def describe_end(code: int) -> str:
    """Say what an exit code of a process means: a status, or the name of a signal."""
    if code == SERVER_ENDED:
        return "the fork server has ended"
    if code >= 0:
        return f"exit status {code}"
    known = {each.value: each.name for each in signal.Signals}
    return known.get(-code, f"signal {-code}")
