"""What a named sweep remembers, and how little it takes to lose none of it."""

import subprocess

import pytest

from hashsweep.errors import ReportError
from hashsweep.runs.memory import Memory, memory_file, recall, remember, told_in
from support.full_disk import fill

KNOWN = Memory("one", "full-disk", "2026-03-01T02:00:00+00:00")


def test_what_is_remembered_is_recalled(tmp_path):
    """By the sweep of that name alone."""
    remember(tmp_path, "nightly", KNOWN)
    remember(tmp_path, "weekly", Memory("two"))
    remember(tmp_path, "monthly", Memory())

    assert recall(tmp_path, "nightly") == KNOWN
    assert recall(tmp_path, "hourly") == Memory()
    assert told_in(tmp_path) == {"one", "two"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"told": 1}', b'{"other": null}', b"\xff"])
def test_a_damaged_memory_counts_as_none(tmp_path, content):
    """Everything is told once more, which is better than a night without a sweep."""
    memory_file(tmp_path, "nightly").write_bytes(content)

    assert recall(tmp_path, "nightly") == Memory()


def test_what_cannot_be_read_or_written_is_an_error(tmp_path):
    """With the name of the file."""
    memory_file(tmp_path, "nightly").mkdir()
    with pytest.raises(ReportError, match=r"\.nightly\.json"):
        recall(tmp_path, "nightly")
    with pytest.raises(ReportError, match=r"\.nightly\.json"):
        remember(tmp_path / "none", "nightly", KNOWN)


def test_a_full_disk_does_not_keep_it_from_remembering(tmp_path):
    """What was there is written over: a problem that was told is not told every night."""
    tmpfs = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path]
    if subprocess.run(tmpfs, capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a disk here")
    try:
        remember(tmp_path, "nightly", Memory())
        fill(tmp_path)
        remember(tmp_path, "nightly", KNOWN)
        assert recall(tmp_path, "nightly") == KNOWN
        with pytest.raises(ReportError, match="No space left"):
            remember(tmp_path, "weekly", KNOWN)
    finally:
        subprocess.run(["umount", tmp_path], check=True)
