"""What a worker gives up, tried out in processes of its own.

What the kernel at hand does not offer is not in force, and then nothing is promised of it.
"""

import ctypes
import os
import platform
import resource
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hashsweep.engines import confine
from hashsweep.engines.confine import MEASURES, names
from support import confined
from support.confined import MIB, NETWORKING, READING, RUNNING, WRITING, afresh

ALWAYS = {"no-core-dumps", "memory-bound", "no-new-privileges"}


def landlock_version():
    """The kernel's Landlock ABI; 0 for none."""
    number = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
    return max(number, 0)


@pytest.fixture
def folder(tmp_path):
    """A folder with something to write to, rename and delete."""
    confined.furnish(tmp_path)
    return tmp_path


def test_exactly_what_is_in_force_is_refused(folder):
    """Writing, networking and programs are refused; reading, listing and memory are not."""
    in_force, outcomes = afresh(confined.attempts, folder, 200 * MIB)
    refused = set()
    if landlock_version() > 0:
        refused |= {*WRITING, *RUNNING} - ({"truncate"} if landlock_version() < 3 else set())
    if "no-network" in in_force:
        refused |= {*NETWORKING, *RUNNING}

    assert {name for name, outcome in outcomes.items() if outcome == "PermissionError"} == refused
    assert {name for name, outcome in outcomes.items() if outcome == "done"} == (
        {*WRITING, *RUNNING, *NETWORKING, *READING} - refused
    )
    if "no-writing" in in_force:
        assert (folder / "old").read_text() == "some content"


def test_a_process_that_gave_up_nothing_can_do_all_of_it(folder):
    """The refusals above are the confinement's: without it every attempt succeeds."""
    in_force, outcomes = afresh(confined.attempts, folder)

    assert in_force == ()
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "done"} == {}


def test_what_this_kernel_offers_is_in_force(folder):
    """Landlock and seccomp are used wherever they are there."""
    in_force, _ = afresh(confined.attempts, folder, 200 * MIB)
    with open("/proc/self/status") as stream:
        seccomp = "\nSeccomp_filters:" in stream.read() and platform.machine() in confine._CALLS

    assert set(in_force) >= ALWAYS
    assert ("no-writing" in in_force) == (landlock_version() >= 3)
    assert ("no-network" in in_force) == seccomp


def core_limit():
    """One byte stops core dumps to programs, too; where 0 was the bound before, it stays."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return (0, 0) if hard == 0 else (1, 1)


def test_the_limits_hold():
    """No core dumps, no new privileges, and 300 MiB under a bound of 200 are a MemoryError."""
    in_force, core, privileges, large = afresh(confined.limits, 200 * MIB)

    assert set(in_force) >= ALWAYS
    assert (core, privileges, large) == (core_limit(), "1", "MemoryError")


def test_without_a_bound_memory_is_not_bounded():
    """None sets no bound, and it is not said that there is one."""
    in_force, _, _, large = afresh(confined.limits, None)

    assert ("memory-bound" in in_force, large) == (False, "done")


def test_a_bound_beyond_all_memory_is_no_error():
    """A number that the system cannot take bounds nothing, and the rest is in force."""
    in_force, core, _, large = afresh(confined.limits, 1 << 80)

    assert ("memory-bound" in in_force, core, large) == (False, core_limit(), "done")


@pytest.mark.parametrize(
    ("broken", "missing"),
    [("_call", {"no-writing"}), ("_prctl", {"no-new-privileges", "no-network"})],
)
def test_what_the_system_refuses_is_left_out(broken, missing):
    """A kernel without one of the calls costs the measures that need it, and is no error."""
    in_force = set(afresh(confined.after_failures, broken))

    assert in_force & missing == set()
    assert in_force >= ALWAYS - missing


@pytest.mark.parametrize(
    ("version", "in_force", "rights", "net"),
    [
        (1, False, 0x1FF3, None),
        (2, False, 0x3FF3, None),
        (3, True, 0x7FF3, None),
        (4, True, 0x7FF3, 3),
        (5, True, 0xFFF3, 3),
        (7, True, 0xFFF3, 3),
    ],
)
def test_no_writing_is_said_only_where_truncating_is_refused_too(
    monkeypatch, version, in_force, rights, net
):
    """Landlock 1 and 2 do not cover it: all they refuse is refused, and nothing is promised."""
    made = []

    def call(number, attributes, size_or_flags, flags=None):
        if number == 446:
            return 0
        if attributes is None:
            return version
        made.append((attributes[: size_or_flags.value], flags))
        return os.open(os.devnull, os.O_RDONLY)

    monkeypatch.setattr(confine, "_call", call)

    assert confine._no_writing() is in_force
    expected = struct.pack("=Q", rights) if net is None else struct.pack("=QQ", rights, net)
    assert made == [(expected, 0)]


def test_names_of_bits():
    """Bit 0 is the first measure; no bit is no measure."""
    assert names(0) == ()
    assert names(0b11111) == MEASURES == (
        "no-core-dumps", "memory-bound", "no-new-privileges", "no-writing", "no-network",
    )  # fmt: skip
    assert names(0b01001) == ("no-core-dumps", "no-writing")


def test_be_nice():
    """The lowest priority at the processor, and the class "idle" at the disk."""
    niceness, kind = afresh(confined.manners)

    assert niceness == 19
    assert kind in (3, None)


ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
I386, ARM, RISCV64 = 0x40000003, 0x40000028, 0xC00000F3
REFUSED = {
    "x86_64": {
        "socket": 41, "connect": 42, "bind": 49, "socketpair": 53, "execve": 59, "ptrace": 101,
        "process_vm_writev": 311, "execveat": 322, "io_uring_setup": 425,
    },
    "aarch64": {
        "ptrace": 117, "socket": 198, "socketpair": 199, "bind": 200, "connect": 203,
        "execve": 221, "process_vm_writev": 271, "execveat": 281, "io_uring_setup": 425,
    },
}  # fmt: skip
"""Numbers from the kernel's tables of system calls (syscall_64.tbl, asm-generic/unistd.h)."""
ALLOW, EACCES = 0x7FFF0000, 0x0005000D


def verdict(program, number, architecture):
    """Run classic BPF over the seccomp_data of one call, as the kernel does."""
    data = struct.pack("=IIQ6Q", number, architecture, 0x7F0000001234, *range(6))
    steps = list(struct.iter_unpack("=HBBI", program))
    accumulator = at = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x20:  # BPF_LD | BPF_W | BPF_ABS
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x15:  # BPF_JMP | BPF_JEQ | BPF_K
            at += yes if accumulator == value else no
        elif code == 0x35:  # BPF_JMP | BPF_JGE | BPF_K
            at += yes if accumulator >= value else no
        else:
            assert code == 0x06  # BPF_RET | BPF_K
            return value


def program(machine):
    """The filter for one kind of machine."""
    return confine._program(*confine._CALLS[machine])


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_refuses_these_calls_and_no_other(machine):
    """Of the first 1,000 numbers exactly those of the named calls are refused, with EACCES."""
    found = [verdict(program(machine), number, ARCHITECTURES[machine]) for number in range(1000)]

    assert [number for number, given in enumerate(found) if given != ALLOW] == sorted(
        REFUSED[machine].values()
    )
    assert set(found) == {ALLOW, EACCES}


@pytest.mark.parametrize(
    ("machine", "other"),
    [
        *(("x86_64", other) for other in (I386, ARM, RISCV64, ARCHITECTURES["aarch64"], 0)),
        *(("aarch64", other) for other in (I386, ARM, RISCV64, ARCHITECTURES["x86_64"], 0)),
    ],
)
def test_the_filter_refuses_every_call_of_another_architecture(machine, other):
    """Numbers mean other calls there, so none passes (a 32-bit call in a 64-bit process)."""
    found = {verdict(program(machine), number, other) for number in (*range(500), 2**30, 2**32 - 1)}

    assert found == {EACCES}


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_refuses_the_numbers_of_x32(machine):
    """From bit 30 up the same calls have other numbers; just below, nothing is refused."""
    numbers = (2**30 - 1, 2**30, 2**30 + 41, 2**31, 2**32 - 1)
    found = [verdict(program(machine), number, ARCHITECTURES[machine]) for number in numbers]

    assert found == [ALLOW, EACCES, EACCES, EACCES, EACCES]


FAMILY = """
import os, time
from hashsweep.engines.confine import die_with_parent
if os.fork() == 0:
    die_with_parent()
    print(os.getpid(), flush=True)
time.sleep(600)
"""
"""A parent and a child that both hang; the child says its number when it will die with it."""


def test_a_process_dies_with_its_parent():
    """A child that hangs is killed as soon as its parent was, and not before."""
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        before = state(child)
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 60
        while state(child) not in ("Z", None):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    assert before not in ("Z", None)


def state(pid):
    """What a process is at, as /proc says in a letter; None if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
