"""What containers allow, by files as the kernel shows them."""

import os

import pytest

from hashsweep.engines import limits

HERE = len(os.sched_getaffinity(0))
GIB = 1 << 30


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """A function that makes this process one of the groups that these lines and files describe."""

    def make(lines, files):
        (tmp_path / "cgroup").write_text("".join(f"{line}\n" for line in lines))
        for name, content in files.items():
            path = tmp_path / "fs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{content}\n")
        monkeypatch.setattr(limits, "_GROUPS", tmp_path / "cgroup")
        monkeypatch.setattr(limits, "_MOUNTED", tmp_path / "fs")
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
        return limits.processors(), limits.memory()

    return make


ONE = ["5:cpu,cpuacct:/docker/abc", "4:memory:/docker/abc", "0::/"]


@pytest.mark.parametrize(
    ("lines", "files", "expected"),
    [
        ([], {}, (16, None)),
        (["0::/a"], {"a/cpu.max": "max 100000", "a/memory.max": "max"}, (16, None)),
        (["0::/a"], {"a/cpu.max": "50000 100000", "a/memory.max": str(GIB)}, (1, GIB)),
        (["0::/a"], {"a/cpu.max": "150000 100000"}, (2, None)),
        (["0::/a"], {"a/cpu.max": "6400000 100000"}, (16, None)),
        (["0::/a/b"], {"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, (3, None)),
        (["0::/a/b"], {"a/memory.max": "5", "a/b/memory.max": "7"}, (16, 5)),
        (["0::/"], {"cpu.max": "200000 100000", "memory.max": "9"}, (2, 9)),
        (["0::/../.."], {"cpu.max": "200000 100000"}, (2, None)),
        (ONE, {"cpu/docker/abc/cpu.cfs_quota_us": "-1"}, (16, None)),
        (
            ONE,
            {"cpu/cpu.cfs_quota_us": "250000", "cpu/cpu.cfs_period_us": "100000"},
            (3, None),
        ),
        (ONE, {"memory/docker/abc/memory.limit_in_bytes": str(2 * GIB)}, (16, 2 * GIB)),
        (ONE, {"memory/memory.limit_in_bytes": "9223372036854771712"}, (16, None)),
        (["0::/a"], {"a/cpu.max": "nonsense", "a/memory.max": "-5"}, (16, None)),
        (["0::/a"], {"a/cpu.max": "0 0", "a/memory.max": ""}, (16, None)),
    ],
)
def test_the_narrowest_limit_counts(groups, lines, files, expected):
    """Of this group and all above it, of either version; a part of a processor is one."""
    assert groups(lines, files) == expected


def test_without_control_groups_the_machine_counts(monkeypatch, tmp_path):
    """No such file is no limit."""
    monkeypatch.setattr(limits, "_GROUPS", tmp_path / "nothing")

    assert (limits.processors(), limits.memory()) == (HERE, None)
