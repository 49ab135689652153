"""From options to objects."""

import csv
import os
from pathlib import Path

import pytest

from hashsweep.errors import ListError, SourceError, UsageProblem
from hashsweep.sources.folder import FolderSource
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.walker import WalkedFolder

SHA256 = "ab" * 32


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder `media` with a folder in it, and a list of one SHA-256; all in the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "media/sub").mkdir(parents=True)
    (tmp_path / "media/file").touch()
    with open("known.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([["entry_id", "sha256"], ["e", SHA256]])
    return tmp_path


def plan(**options):
    """The plan for options, with one hash unless they say otherwise."""
    with build_plan(ScanConfig(**{"sources": ("media",), "hashes": ("md5",), **options})) as made:
        return made


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sources": ()}, "name a folder, a file, a bucket, --files-from or --manifest"),
        ({"hashes": ()}, "nothing to compute: give a --list or a --hash"),
        ({"hashes": ("md6",)}, "unknown hash 'md6'"),
        ({"max_distance": (("pdq", 31),)}, "pdq is not computed here"),
        ({"max_distance": (("md5", 1),)}, "md5 only matches exactly"),
        ({"hashes": ("phash",), "confirm": True}, "--confirm needs a second hash besides phash"),
        ({"hashes": ("pdq",), "max_distance": (("pdq", 128),)}, r"not within 0\.\.127"),
    ],
)
def test_options_that_do_not_fit_are_refused(folder, options, message):
    """Each with a message that says what is wrong."""
    with pytest.raises(UsageProblem, match=message):
        plan(**options)


def test_a_missing_source_or_list_is_refused(folder):
    """Nothing starts without all that was named."""
    with pytest.raises(SourceError, match="source nowhere: No such file or directory"):
        plan(sources=("media", "nowhere"))
    with pytest.raises(ListError, match=r"nowhere\.csv"):
        plan(lists=("nowhere.csv",))


@pytest.mark.parametrize(
    ("sources", "kept", "nested"),
    [
        (("media", "media/sub"), ["media"], ("media/sub",)),
        (("media/sub", "media"), ["media"], ("media/sub",)),
        (("media", "media/", "./media"), ["media"], ("media/", "./media")),
        (("media", "media/file"), ["media"], ("media/file",)),
        (("link", "media/sub"), ["link"], ("media/sub",)),
        (("media/sub", "media/file"), ["media/sub", "media/file"], ()),
        (("media", "media2"), ["media", "media2"], ()),
        (("/", "media"), ["/"], ("media",)),
    ],
)
def test_no_file_is_scanned_twice(folder, sources, kept, nested):
    """A source inside another one, or named twice, is left out and told."""
    (folder / "link").symlink_to("media")
    (folder / "media2").mkdir()
    made = plan(sources=sources)

    assert [source.name for source in made.sources] == [os.path.abspath(name) for name in kept]
    assert made.nested == nested


def test_compiled_lists_are_private_and_go_away(folder, monkeypatch):
    """What a sweep writes of a list is for this user's eyes, and not left behind."""
    (folder / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
    with build_plan(ScanConfig(sources=("media",), lists=("known.csv",))):
        held = [path for path in Path("/proc/self/fd").iterdir() if path.is_file()]
        ours = [path for path in held if str(folder / "tmp") in str(path.readlink())]
        modes = {oct(path.stat().st_mode & 0o777) for path in ours}
        names = list((folder / "tmp").iterdir())

    assert (modes, names) == ({"0o400"}, [])
    left = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.exists()]
    assert [path for path in left if str(folder / "tmp") in path] == []


def test_the_report_is_left_out_of_every_source(folder):
    """By its real path, whether it is there already or not."""
    (folder / "link").symlink_to("media")
    made = plan(sources=("media", "known.csv"), output="link/new/report")

    assert {source.leave_out for source in made.sources} == {str(folder / "media/new/report")}
    assert plan().sources[0].leave_out is None


def test_a_missing_source_can_be_left_to_the_walk(folder):
    """Where a missing file is to be one failed item among others, the plan says nothing."""
    made = plan(sources=("nowhere", "media"), missing_is_failed=True)

    assert [Path(source.name).name for source in made.sources] == ["nowhere", "media"]


def test_disks_are_asked_by_another_process_unless_all_is_done_in_this_one(folder):
    """The roots it opened are handed to workers; it ends with the plan."""
    (folder / "link").symlink_to("media")
    options = {"sources": ("link", "media/sub"), "hashes": ("md5",)}
    with build_plan(ScanConfig(**options)) as made:
        (source,) = made.sources
        process = made.walker._process.pid
        (held,) = made.job.handed
        listed = sorted(os.listdir(held))
    here = plan(engine="serial", **options)

    assert (type(source), listed) == (WalkedFolder, ["file", "sub"])
    assert (made.nested, made.folders()) == (("media/sub",), [str(folder / "link")])
    assert made.real_paths == here.real_paths == {str(folder / "link"): str(folder / "media")}
    assert made.mounts == here.mounts
    assert not os.path.exists(f"/proc/{process}")
    assert (type(here.sources[0]), here.walker, here.folders()) == (
        FolderSource, None, made.folders(),
    )  # fmt: skip
