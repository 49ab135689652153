"""What a process tries after it gave up its power, for the tests of confinement.

Runs in processes of its own: what confine() takes is gone for good.
"""

import ctypes
import os
import platform
import resource
import socket
import subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from hashsweep.engines import confine
from hashsweep.model import Item
from hashsweep.storage import memory
from hashsweep.storage.local import LocalFile

MIB = 1 << 20
WRITING = {
    "write": lambda folder: os.close(os.open(folder / "file", os.O_WRONLY)),
    "create": lambda folder: os.close(os.open(folder / "new", os.O_WRONLY | os.O_CREAT)),
    "truncate": lambda folder: os.truncate(folder / "long", 1),
    "unlink": lambda folder: os.unlink(folder / "old"),
    "rename": lambda folder: os.rename(folder / "from", folder / "to"),
    "mkdir": lambda folder: os.mkdir(folder / "made"),
    "rmdir": lambda folder: os.rmdir(folder / "empty"),
    "symlink": lambda folder: os.symlink("file", folder / "link"),
    "mkfifo": lambda folder: os.mkfifo(folder / "fifo"),
}
"""What a process without the right to write cannot do to a folder made by furnish()."""
RUNNING = {"exec": lambda _: subprocess.run(["/bin/true"], check=True)}
"""What is refused where either writing or networking is."""
READING = {
    "read": lambda folder: (folder / "file").read_bytes(),
    "list": os.listdir,
    "100 MiB": lambda _: bytearray(100 * MIB),
}
"""What must go on working."""


def furnish(folder: Path) -> None:
    """Make what the attempts are made on."""
    (folder / "empty").mkdir()
    for name in ("file", "long", "old", "from"):
        (folder / name).write_text("some content")


def afresh(function, *arguments):
    """What a function gives in a process of its own."""
    with ProcessPoolExecutor(1, get_context("forkserver")) as pool:
        return pool.submit(function, *arguments).result()


def attempts(folder, memory=None):
    """Try everything, confined if a bound is given; (measures in force, {attempt: outcome})."""
    client, server = (socket.socket(socket.AF_UNIX) for _ in "12")
    server.bind("")  # an abstract name: no file system, no network
    server.listen()
    networking = {
        "socket": lambda _: socket.socket(socket.AF_INET).close(),
        "socketpair": lambda _: socket.socketpair(),
        "connect": lambda _: client.connect(server.getsockname()),
        "bind": lambda _: socket.socket.bind(unbound, ""),
    }
    with socket.socket(socket.AF_UNIX) as unbound, client, server:
        bits = confine.confine(memory) if memory else 0
        tried = WRITING | RUNNING | READING | networking
        return confine.names(bits), {name: _outcome(tried[name], folder) for name in tried}


NETWORKING = ("socket", "socketpair", "connect", "bind")


def _outcome(attempt, folder):
    try:
        attempt(folder)
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"


ADOPTED = {}


def adopt(path):
    """Open a place of another process, then give up power; the measures in force."""
    ADOPTED[path] = memory.adopt(path)
    return confine.names(confine.confine(200 * MIB))


def read_adopted(path):
    """What is in a place that was adopted, and how an attempt to open it only now ends."""
    with LocalFile(Item(path), ADOPTED[path]) as file:
        content = b"".join(file.chunks())
    return content, _outcome(os.stat, path)


def limits(memory):
    """What the system says of a confined process, and whether 300 MiB can be had."""
    names = confine.names(confine.confine(memory))
    status = Path("/proc/self/status").read_text()
    (privileges,) = (line.split()[1] for line in status.splitlines() if "NoNewPrivs" in line)
    large = _outcome(lambda _: bytearray(300 * MIB), None)
    return names, resource.getrlimit(resource.RLIMIT_CORE), privileges, large


def after_failures(name):
    """The measures in force where one step of confine() fails as the system's calls fail."""

    def fail(*_):
        raise OSError(38, "Function not implemented")

    setattr(confine, name, fail)
    return confine.names(confine.confine(200 * MIB))


def manners():
    """Niceness and input/output class (3 is idle) after be_nice()."""
    confine.be_nice()
    return manners_of(os.getpid())


def manners_of(pid):
    """The same of any process; the class is None where its call's number is not known here."""
    number = {"x86_64": 252, "aarch64": 31}.get(platform.machine())
    libc = ctypes.CDLL(None)
    return (
        os.getpriority(os.PRIO_PROCESS, pid),
        None if number is None else libc.syscall(number, 1, pid) >> 13,
    )
