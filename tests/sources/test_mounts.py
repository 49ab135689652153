"""Mounted disks, and noticing that one is missing."""

import pytest

from hashsweep.sources import mounts

TABLE = """\
22 27 0:21 / / rw - ext4 /dev/a rw
23 27 0:22 / /proc rw - proc proc rw
24 22 0:23 / {0}/disk rw - ext4 /dev/b rw
25 24 0:24 / {0}/disk/inner rw - ext4 /dev/c rw
26 22 0:25 / {0}/with\\040space\\134 rw - ext4 /dev/d rw
27 22 0:26 / {0}/disk2 rw - ext4 /dev/e rw
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of folders, and a table of mounts that names them."""
    for name in ("disk/inner", "with space\\", "disk2", "plain"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "table").write_text(TABLE.format(tmp_path))
    monkeypatch.setattr(mounts, "_TABLE", str(tmp_path / "table"))
    return tmp_path


def paths(here, *names):
    """Paths below the folder."""
    return [str(here / name) for name in names]


def test_a_folder_lies_on_its_mount_point_and_holds_those_below(here):
    """Names are read as they are escaped there; a name that merely begins alike is another."""
    assert mounts.mounts([str(here / "disk")]) == paths(here, "disk", "disk/inner")
    assert mounts.mounts([str(here / "plain")]) == ["/"]
    assert mounts.mounts([str(here)]) == [
        "/", *paths(here, "disk", "disk/inner", "disk2", "with space\\"),
    ]  # fmt: skip


def test_a_link_leads_to_where_the_files_are(here):
    """A root that is a link is followed, so its disk is what counts."""
    (here / "link").symlink_to("disk")

    assert mounts.mounts([str(here / "link")]) == paths(here, "disk", "disk/inner")


@pytest.mark.parametrize(
    ("root", "gone"),
    [
        ("disk", ["disk/inner"]),
        ("", ["disk/inner", "disk2"]),
        ("disk/inner/x", ["disk/inner"]),
        ("plain", []),
    ],
)
def test_what_is_mounted_no_more_is_named_if_a_source_lies_there(here, root, gone):
    """Above or below a source; disks of other sources do not matter."""
    before = mounts.mounts([str(here)])
    lines = TABLE.format(here).splitlines(keepends=True)
    (here / "table").write_text("".join(lines[:3] + lines[4:5]))

    assert mounts.find_missing(before, [str(here / root)]) == paths(here, *gone)
    assert mounts.find_missing(before, []) == []


def test_a_system_that_does_not_tell_misses_nothing(here):
    """Without /proc there is nothing to compare."""
    before = mounts.mounts([str(here)])
    (here / "table").unlink()

    assert mounts.mounts([str(here)]) == []
    assert mounts.find_missing(before, [str(here)]) == []


def test_this_machine_has_a_root():
    """The real table is read."""
    assert "/" in mounts.mounts(["/"])
    assert "/proc" in mounts.mounts(["/"])
    assert mounts.find_missing(mounts.mounts(["/"]), ["/"]) == []


def test_a_path_is_on_the_nearest_mount_point_above_it(here):
    """By its name alone: no disk is asked."""
    points = [mounts.point_of(str(here / each)) for each in ("disk", "disk/x", "disk/inner/x", "x")]

    assert points == [*paths(here, "disk", "disk", "disk/inner"), "/"]


def test_no_disk_is_asked_but_through_what_is_given(here, monkeypatch):
    """Those who look for missing disks may have another process do it."""
    asked = []
    monkeypatch.setattr(mounts.os, "scandir", None)
    monkeypatch.setattr(mounts.os.path, "realpath", None)
    before = mounts.mounts([str(here)], str)
    missing = mounts.find_missing([*before, "/gone"], [str(here)], str, asked.append)

    assert asked == [*before, "/gone"]
    assert missing == []
