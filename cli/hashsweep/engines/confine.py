"""Takes from a worker process the privileges that its work does not need.

A worker decodes files chosen by strangers. After start-up it gets a memory limit, no core
dumps and no new privileges, and, if the kernel supports it, a Landlock domain in which nothing can
be written or executed and a seccomp filter without sockets. None of this needs root. Knows no
kind of work.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL

from hashsweep.signals import no_core_dumps

MEASURES = ("no-core-dumps", "memory-bound", "no-new-privileges", "no-writing", "no-network")
"""Names of the measures, as in `sweep.json`."""

# include/uapi/linux/prctl.h and seccomp.h
_PARENT_DEATH_SIGNAL = 1
_NO_NEW_PRIVS = 38
_SET_SECCOMP = 22
_FILTER = 2
# include/uapi/linux/landlock.h; system calls have these numbers on every architecture
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION = 1
_ABI_1 = ((1 << 13) - 1) & ~((1 << 2) | (1 << 3))  # all rights except reading files and folders
_ABI_2, _ABI_3, _ABI_5 = 1 << 13, 1 << 14, 1 << 15  # refer, truncate, ioctl on devices
_TRUNCATE_ABI = 3
_NET_ABI, _NET = 4, 0b11  # bind and connect by TCP
# (AUDIT_ARCH, refused system calls) from include/uapi/linux/audit.h and unistd.h: socket,
# socketpair, connect, bind, execve, execveat, ptrace, process_vm_writev, io_uring_setup
_CALLS = {
    "x86_64": (0xC000003E, (41, 53, 42, 49, 59, 322, 101, 311, 425)),
    "aarch64": (0xC00000B7, (198, 199, 203, 200, 221, 281, 117, 271, 425)),
}
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW; RET_ERRNO with EACCES


def confine(memory: int | None) -> int:
    """Drop this process's privileges permanently; return one bit for each of MEASURES in force.

    `memory` limits the bytes of private writable memory beyond what is in use now;
    None sets no limit. Measures that the system does not support are skipped without error.
    """
    steps: tuple[Callable[[], bool], ...] = (
        no_core_dumps,
        lambda: _bound_memory(memory),
        _no_new_privileges,
        _no_writing,
        _no_network,
    )
    return sum(1 << bit for bit, step in enumerate(steps) if _works(step))


def die_with_parent() -> None:
    """Have this process killed when its parent ends, however that happens.

    Otherwise a worker hanging on a file would outlive a killed command.
    """
    _works(_die_with_parent)


def be_quiet() -> None:
    """Discard what C libraries print about damaged files, permanently."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def be_nice() -> None:
    """Give other processes priority for processor and disk, permanently."""
    os.nice(19)
    number = {"x86_64": 251, "aarch64": 30}.get(platform.machine())
    if number is not None:  # ioprio_set: this process, class "idle" (linux/ioprio.h)
        _works(lambda: _call(number, 1, 0, 3 << 13) == 0)


def names(bits: int) -> tuple[str, ...]:
    """Return the MEASURES in `bits`."""
    return tuple(name for bit, name in enumerate(MEASURES) if bits >> bit & 1)


def _works(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except (OSError, ValueError, AttributeError, OverflowError):
        return False


def _die_with_parent() -> bool:
    _prctl(_PARENT_DEATH_SIGNAL, SIGKILL, 0, 0, 0)
    return True


def _bound_memory(memory: int | None) -> bool:
    """RLIMIT_DATA counts private writable memory; memory maps of lists do not count."""
    if memory is None or not sys.platform.startswith("linux"):
        return False
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmData:"))
    limit = int(line.split()[1]) * 1024 + memory
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    return True


def _call(*arguments: object) -> int:
    """Make a system call; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "system call refused")
    return result


def _prctl(*arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(*arguments) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused")


def _no_new_privileges() -> bool:
    _prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    return True


def _no_writing() -> bool:
    """Enter a Landlock domain without rules: every right that it handles is refused.

    Before version 3 a file can still be truncated, so the measure does not count then.
    """
    abi = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    rights = _ABI_1
    for version, right in ((2, _ABI_2), (_TRUNCATE_ABI, _ABI_3), (5, _ABI_5)):
        rights |= right if abi >= version else 0
    attributes = struct.pack("<QQ", rights, _NET if abi >= _NET_ABI else 0)
    size = 16 if abi >= _NET_ABI else 8
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    try:
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi >= _TRUNCATE_ABI


def _no_network() -> bool:
    """Install a seccomp filter that refuses sockets, programs and other processes' memory."""
    if platform.machine() not in _CALLS or sys.maxsize < 2**32:
        return False
    architecture, calls = _CALLS[platform.machine()]
    program = _program(architecture, calls)
    code = ctypes.create_string_buffer(program, len(program))
    length = len(program) // 8
    packed = struct.pack("HxxxxxxP", length, ctypes.addressof(code))
    _prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(packed, len(packed)), 0, 0)
    return True


def _program(architecture: int, calls: tuple[int, ...]) -> bytes:
    """Return classic BPF: refuse `calls`, and everything from another architecture; allow the rest.

    struct seccomp_data holds the call's number at 0 and the architecture at 4.
    """
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    last = len(calls)

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    steps = [
        step(load, 4),
        step(equal, architecture, yes=0, no=last + 3),
        step(load, 0),
        step(at_least, 0x40000000, yes=last + 1, no=0),  # the x32 numbers of x86_64
    ]
    steps += [step(equal, call, yes=last - at, no=0) for at, call in enumerate(calls)]
    steps += [step(give, _ALLOW), step(give, _REFUSE)]
    return b"".join(steps)
